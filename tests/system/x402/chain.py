# SPDX-License-Identifier: MIT
"""A real EVM chain of one's own (anvil) with USDC, a token like USDT, Permit2 and the x402 proxies.

    with Chain() as chain:
        chain.fund(BUYER.address, usdc=1_000_000)
        before = chain.balance(BUYER.address)

Amounts are integers in atomic units (six decimals), addresses and byte strings are "0x…" text.
Every account of ACCOUNTS has native coin; nobody has tokens before `fund`.
"""

import hashlib
import http.client
import json
import os
import time
from collections import namedtuple

from .leash import FOLDER, MODULES, PATIENCE, Leashed, installed, run

Account = namedtuple("Account", "address key")

# Of the mnemonic "test test test test test test test test test test test junk", m/44'/60'/0'/0/i:
# known to everybody, and the chain signs for them when asked (eth_sendTransaction).
ACCOUNTS = [Account(address, key) for address, key in (
    ("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266",
     "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80"),
    ("0x70997970C51812dc3A010C7d01b50e0d17dc79C8",
     "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d"),
    ("0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC",
     "0x5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a"),
    ("0x90F79bf6EB2c4f870365E785982E1f101E93b906",
     "0x7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6"),
    ("0x15d34AAf54267DB7D7c367839AAf71A00a2C6A65",
     "0x47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a"),
    ("0x9965507D1a55bcC2695C58ba16FB37d819B0A4dc",
     "0x8b3a350cf5c34c9194ca85829a2df0ec3153be0318b5e2d3348e872092edffba"),
    ("0x976EA74026E726554dB657fA54763abd0C3a0aa9",
     "0x92db14e403b83dfe3df233f83dfa3a0d7096f21ca9b0d6d6b8d88b2b4ec1564e"),
    ("0x14dC79964da2C08b23698B3D3cc7Ca32193d9955",
     "0x4bbbf85ce3377467afe5d46f804f221813b2bb87f24d81f60f1fcdbf7cbf4356"),
    ("0x23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f",
     "0xdbda1821b80551c9d65939329250298aa3472ba22feea921c0cf5d620ea67b97"),
    ("0xa0Ee7A142d267C1f36714E4a8F75612F20a79720",
     "0x2a871d0798f97d79848a013d4936a73bf4cc922c825d33c1cf7073dff6d409c6"))]
BUYER, OTHER_BUYER = ACCOUNTS[0], ACCOUNTS[1]
RELAYER = ACCOUNTS[7]      # sends what `settle` settles
FACILITATOR = ACCOUNTS[8]  # the official facilitator sends its transactions from here
OWNER = ACCOUNTS[9]        # owns, mints, pauses and blacklists at USDC
SELLER = "0x209693Bc6afc0C5328bA36FaF03C514EF312287C"  # is paid; nobody here has its key

USDC = "0x036CbD53842c5426634e7929541eC2318f3dCF7e"
USDT = "0xdAC17F958D2ee523a2206206994597C13D831ec7"
PERMIT2 = "0x000000000022D473030F116dDEE9F6B43aC78BA3"
EXACT_PROXY = "0x402085c248EeA27D92E8b30b2C58ed07f9E20001"
UPTO_PROXY = "0x4020A4f3b7b90ccA423B9fabCc0CE57C6C240002"
BASE_SEPOLIA = 84532

TRANSFER = "0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
Transfer = namedtuple("Transfer", "token sender to value transaction block")

_SELECTORS = {"balanceOf": "70a08231", "allowance": "dd62ed3e", "approve": "095ea7b3",
              "transfer": "a9059cbb", "mint": "40c10f19", "blacklist": "f9f92be4",
              "unBlacklist": "1a895266", "pause": "8456cb59", "unpause": "3f4ba83a",
              "authorizationState": "e94a0102", "nonceBitmap": "4fe02b44",
              "DOMAIN_SEPARATOR": "3644e515", "execute": "1cff79cd",
              "transferWithAuthorization": "e3ee160e", "cancelAuthorization": "5a049a70"}


class RpcError(Exception):
    pass


def call_data(function, *arguments):
    """Arguments: integers and hex text of at most 32 bytes each."""
    words = (argument if isinstance(argument, int) else int(argument, 16) for argument in arguments)
    return "0x" + _SELECTORS[function] + "".join(f"{word:064x}" for word in words)


def split(signature):
    """v, r and s of 65 bytes in hex."""
    return int(signature[130:132], 16), "0x" + signature[2:66], "0x" + signature[66:130]


def recipe():
    """What contracts.mjs says. Compiling takes seconds, so its answer is kept beside the packages."""
    installed()
    digest = hashlib.sha256()
    for name in ("contracts.mjs", "contracts.sol", "package-lock.json"):
        digest.update((FOLDER / name).read_bytes())
    kept = MODULES / f".contracts-{digest.hexdigest()[:16]}.json"
    if not kept.exists():
        fresh = kept.with_suffix(f".{os.getpid()}")
        fresh.write_text(json.dumps(run("contracts.mjs", OWNER.address)))
        fresh.replace(kept)  # tests side by side may do this twice, and none reads half a file
    return json.loads(kept.read_text())


class Chain:
    """`block_time` in seconds: a block each so many, as on a real chain. Without it every
    transaction is mined at once. Thread-safe."""

    def __init__(self, chain_id=BASE_SEPOLIA, block_time=None):
        self.chain_id, self.held = chain_id, False
        made = recipe()
        self._wallet_code = made["code"]["contract_wallet"]
        self.program = Leashed([MODULES / "@foundry-rs/anvil-linux-amd64/bin/anvil", "--port", 0,
                                "--chain-id", chain_id, "--accounts", len(ACCOUNTS)])
        line = self.program.line(lambda said: said.startswith("Listening on"))
        self.port = int(line.rsplit(":", 1)[1])
        self.url = f"http://127.0.0.1:{self.port}"
        for method, params in made["steps"]:
            result = self.rpc(method, *params)
            if method == "eth_sendTransaction":
                self.wait_done(result)
        if block_time:
            self.rpc("evm_setIntervalMining", block_time)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        self.program.stop()

    # -- JSON-RPC --------------------------------------------------------------------------------

    def rpc(self, method, *params):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        try:
            connection.request("POST", "/", json.dumps(
                {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}),
                {"Content-Type": "application/json"})
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if "error" in answer:
            raise RpcError(f"{method}: {answer['error']}")
        return answer["result"]

    def call(self, to, data):
        return self.rpc("eth_call", {"to": to, "data": data}, "latest")

    def send(self, sender, to, data="0x", value=0):
        """A transaction of one of ACCOUNTS, or of anybody: the chain signs nothing of it. Mined, or
        RpcError."""
        self.rpc("anvil_impersonateAccount", sender)
        sent = self.rpc("eth_sendTransaction", {"from": sender, "to": to, "data": data,
                                                "value": hex(value), "gas": hex(1_000_000)})
        if self.held:
            self.mine()
        return self.wait_done(sent)

    def receipt(self, transaction):
        """None while it is not mined."""
        return self.rpc("eth_getTransactionReceipt", transaction)

    def wait_done(self, transaction):
        """Its receipt, when it is mined and has done what it was to do."""
        deadline = time.monotonic() + PATIENCE
        while (receipt := self.receipt(transaction)) is None and time.monotonic() < deadline:
            time.sleep(0.005)
        if receipt is None or receipt["status"] != "0x1":
            raise RpcError(f"transaction {transaction} " + ("reverted" if receipt else "is not mined"))
        return receipt

    # -- tokens ----------------------------------------------------------------------------------

    def balance(self, address, token=USDC):
        return int(self.call(token, call_data("balanceOf", address)), 16)

    def moved(self, work, addresses, token=USDC):
        """What `work()` gives, and how much more each of the addresses has after it."""
        before = [self.balance(address, token) for address in addresses]
        answer = work()
        return answer, [self.balance(address, token) - had
                        for address, had in zip(addresses, before)]

    def coins(self, address):
        """Native coin, in wei."""
        return int(self.rpc("eth_getBalance", address, "latest"), 16)

    def fund(self, address, usdc=0, usdt=0, coins=None):
        """Tokens are added; `coins` sets the native coin, in wei."""
        if usdc:
            self.send(OWNER.address, USDC, call_data("mint", address, usdc))
        if usdt:
            self.send(OWNER.address, USDT, call_data("mint", address, usdt))
        if coins is not None:
            self.rpc("anvil_setBalance", address, hex(coins))

    def transfer(self, sender, to, value, token=USDC):
        return self.send(sender, token, call_data("transfer", to, value))

    def approve(self, owner, value, token=USDT, spender=PERMIT2):
        """Through zero, as USDT wants it."""
        if value and self.allowance(owner, token, spender):
            self.send(owner, token, call_data("approve", spender, 0))
        return self.send(owner, token, call_data("approve", spender, value))

    def allowance(self, owner, token=USDT, spender=PERMIT2):
        return int(self.call(token, call_data("allowance", owner, spender)), 16)

    def blacklist(self, address, on=True):
        self.send(OWNER.address, USDC, call_data("blacklist" if on else "unBlacklist", address))

    def pause(self, on=True):
        self.send(OWNER.address, USDC, call_data("pause" if on else "unpause"))

    def settle(self, authorization, signature, token=USDC, sender=RELAYER.address):
        """Cashes an EIP-3009 authorization, as x402 carries it: {from, to, value, …} of text."""
        values = [str(authorization[name]) for name in
                  ("from", "to", "value", "validAfter", "validBefore", "nonce")]
        numbers = [value if value.startswith("0x") else int(value) for value in values]
        return self.send(sender, token, call_data("transferWithAuthorization", *numbers,
                                                  *split(signature)))

    def cancel(self, authorizer, nonce, signature, token=USDC):
        """Makes an authorization worthless before it is cashed."""
        return self.send(RELAYER.address, token, call_data(
            "cancelAuthorization", authorizer, nonce, *split(signature)))

    def hurry(self, sender, to, data):
        """Sends what the next block takes before all else that waits."""
        self.rpc("anvil_impersonateAccount", sender)
        return self.rpc("eth_sendTransaction", {
            "from": sender, "to": to, "data": data, "gas": hex(1_000_000),
            "maxFeePerGas": hex(10**12), "maxPriorityFeePerGas": hex(10**12)})

    def waiting(self):
        """How many transactions wait for a block."""
        return int(self.rpc("txpool_status")["pending"], 16)

    def nonce_used(self, owner, nonce, token=USDC):
        """EIP-3009: used or cancelled. `nonce` as hex."""
        return int(self.call(token, call_data("authorizationState", owner, nonce)), 16) == 1

    def permit2_nonce_used(self, owner, nonce):
        word = int(self.call(PERMIT2, call_data("nonceBitmap", owner, nonce >> 8)), 16)
        return word >> (nonce & 0xff) & 1 == 1

    def domain_separator(self, token=USDC):
        return self.call(token, call_data("DOMAIN_SEPARATOR"))

    def transfers(self, token=USDC, since=0):
        """Every Transfer event of the token from block `since` on, in order."""
        if since > self.block():
            return []
        logs = self.rpc("eth_getLogs", {"fromBlock": hex(since), "toBlock": "latest",
                                        "address": token, "topics": [TRANSFER]})
        return [Transfer(token, "0x" + log["topics"][1][26:], "0x" + log["topics"][2][26:],
                         int(log["data"], 16), log["transactionHash"], int(log["blockNumber"], 16))
                for log in logs]

    def contract_wallet(self, owner, address="0x1271127112711271127112711271127112711271"):
        """A wallet that is a contract (EIP-1271): what `owner` signs counts as signed by it."""
        self.rpc("anvil_setCode", address, self._wallet_code)
        self.rpc("anvil_setStorageAt", address, "0x" + "0" * 64, f"0x{int(owner, 16):064x}")
        return address

    # -- time ------------------------------------------------------------------------------------

    def block(self):
        return int(self.rpc("eth_blockNumber"), 16)

    def now(self):
        """Timestamp of the latest block."""
        return int(self.rpc("eth_getBlockByNumber", "latest", False)["timestamp"], 16)

    def mine(self, blocks=1):
        self.rpc("anvil_mine", hex(blocks))

    def next_block_at(self, timestamp):
        """The next block bears this time, which must lie behind the latest one's."""
        self.rpc("evm_setNextBlockTimestamp", timestamp)

    def hold(self, on=True):
        """While on, what others send waits in the pool until `mine`, or until it is off. Not
        together with `block_time`."""
        self.held = on
        self.rpc("evm_setAutomine", not on)
        if not on:
            self.mine()

    def snapshot(self):
        return self.rpc("evm_snapshot")

    def revert(self, snapshot):
        """Everything since then never happened. A snapshot serves once."""
        if self.rpc("evm_revert", snapshot) is not True:
            raise RpcError(f"no snapshot {snapshot}")
