# SPDX-License-Identifier: MIT
"""Payments by hand: every field, the signature and the header can be made right or wrong.

    with Signer() as signer:
        payer = signer.account()
        header = eip3009(signer, payer, offer).header()
"""

import base64
import json
import secrets
import subprocess
import threading
import time
from dataclasses import dataclass, field

from .chain import EXACT_PROXY, PERMIT2, UPTO_PROXY, Account
from .leash import FOLDER, NODE, environment, installed

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141  # of secp256k1

TRANSFER_TYPES = {"TransferWithAuthorization": [
    {"name": "from", "type": "address"}, {"name": "to", "type": "address"},
    {"name": "value", "type": "uint256"}, {"name": "validAfter", "type": "uint256"},
    {"name": "validBefore", "type": "uint256"}, {"name": "nonce", "type": "bytes32"}]}
CANCEL_TYPES = {"CancelAuthorization": [
    {"name": "authorizer", "type": "address"}, {"name": "nonce", "type": "bytes32"}]}


def permit2_types(witness):
    return {"PermitWitnessTransferFrom": [
        {"name": "permitted", "type": "TokenPermissions"}, {"name": "spender", "type": "address"},
        {"name": "nonce", "type": "uint256"}, {"name": "deadline", "type": "uint256"},
        {"name": "witness", "type": "Witness"}],
        "TokenPermissions": [{"name": "token", "type": "address"},
                             {"name": "amount", "type": "uint256"}],
        "Witness": [{"name": name, "type": "uint256" if name == "validAfter" else "address"}
                    for name in witness]}


class Signer:
    """viem in a process of its own, which ends with this one. Thread-safe."""

    def __init__(self):
        installed()
        self.lock = threading.Lock()
        self.process = subprocess.Popen([NODE, FOLDER / "signer.mjs"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, env=environment(),
                                        cwd=FOLDER)
        self.process.stdout.readline()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.communicate()

    def _ask(self, job):
        with self.lock:
            self.process.stdin.write(json.dumps(job) + "\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise AssertionError(answer["error"])
        return answer

    def account(self):
        made = self._ask({})
        return Account(made["address"], made["key"])

    def typed(self, account, domain, types, message):
        """The signature in hex; the first of `types` is the primary one."""
        return self._ask({"key": account.key, "domain": domain, "types": types,
                          "primaryType": next(iter(types)), "message": message})["signature"]


# -- signatures bent -------------------------------------------------------------------------------

def high_s(signature):
    """The other signature of the same key for the same digest."""
    s, v = int(signature[66:130], 16), int(signature[130:], 16)
    return f"{signature[:66]}{ORDER - s:064x}{55 - v:02x}"


def with_v(signature, change):
    return f"{signature[:130]}{change(int(signature[130:], 16)):02x}"


def compact(signature):
    """EIP-2098."""
    parity = int(signature[130:], 16) - 27
    return f"{signature[:66]}{int(signature[66:130], 16) | parity << 255:064x}"


# -- payments --------------------------------------------------------------------------------------

@dataclass
class Payment:
    """A payload of either version, to be changed at will before `header` makes a header of it."""
    version: int
    payload: dict
    dump: object = json.dumps
    encode: object = field(default=lambda data: base64.b64encode(data).decode())

    def name(self):
        return "PAYMENT-SIGNATURE" if self.version == 2 else "X-PAYMENT"

    def text(self):
        return self.encode(self.dump(self.payload).encode("utf-8", "surrogatepass"))

    def header(self):
        return self.name(), self.text()

    def inner(self):
        return self.payload["payload"]

    def authorization(self):
        return self.inner().get("authorization") or self.inner()["permit2Authorization"]


def wrapped(offer, inner, accepted=None):
    """In the version of the offer. `accepted` edits the copy of the terms that v2 carries."""
    if "amount" in offer:
        return Payment(2, {"x402Version": 2, "accepted": {**offer, **(accepted or {})},
                           "payload": inner})
    return Payment(1, {"x402Version": 1, "scheme": offer["scheme"], "network": offer["network"],
                       "payload": inner})


def price(offer):
    return int(offer["amount"] if "amount" in offer else offer["maxAmountRequired"])


def eip3009(signer, account, offer, chain_id, change=None, claim=None, domain=None, bend=None,
            accepted=None):
    """`change` edits what is signed, `claim` what is claimed beside it, `domain` the token's domain;
    `bend` is a function of the signature."""
    now = int(time.time())
    signed = {"from": account.address, "to": offer["payTo"], "value": str(price(offer)),
              "validAfter": "0", "validBefore": str(now + min(offer["maxTimeoutSeconds"], 600)),
              "nonce": "0x" + secrets.token_hex(32), **(change or {})}
    where = {"name": offer["extra"]["name"], "version": offer["extra"]["version"],
             "chainId": chain_id, "verifyingContract": offer["asset"], **(domain or {})}
    signature = signer.typed(account, where, TRANSFER_TYPES, signed)
    return wrapped(offer, {"signature": bend(signature) if bend else signature,
                           "authorization": {**signed, **(claim or {})}}, accepted)


def permit2(signer, account, offer, chain_id, change=None, witness=None, claim=None, accepted=None):
    """The same over Permit2, for `exact` and `upto`. `change` edits what is signed, `witness` its
    witness, `claim` what is claimed beside it."""
    upto = offer["scheme"] == "upto"
    seen = {"to": offer["payTo"]}
    if upto:
        seen["facilitator"] = offer["extra"]["facilitatorAddress"]
    seen = {**seen, "validAfter": "0", **(witness or {})}
    signed = {"permitted": {"token": offer["asset"], "amount": offer["amount"]},
              "spender": UPTO_PROXY if upto else EXACT_PROXY,
              "nonce": str(secrets.randbits(256)),
              "deadline": str(int(time.time()) + min(offer["maxTimeoutSeconds"], 600)),
              "witness": seen, **(change or {})}
    where = {"name": "Permit2", "chainId": chain_id, "verifyingContract": PERMIT2}
    signature = signer.typed(account, where, permit2_types(list(seen)), signed)
    return wrapped(offer, {"signature": signature, "permit2Authorization": {
        "from": account.address, **signed, **(claim or {})}}, accepted)


def cancellation(signer, account, offer, chain_id, nonce):
    """Of a nonce of EIP-3009: (authorizer, nonce, signature)."""
    where = {"name": offer["extra"]["name"], "version": offer["extra"]["version"],
             "chainId": chain_id, "verifyingContract": offer["asset"]}
    return account.address, nonce, signer.typed(
        account, where, CANCEL_TYPES, {"authorizer": account.address, "nonce": nonce})
