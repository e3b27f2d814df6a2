# SPDX-License-Identifier: MIT
"""The sandbox's play money with unchanged programs: an official client pays the official seller, whose
facilitator the sandbox is, and viem reads the payment from the sandbox's node."""

import base64
import json
import re
import subprocess
import unittest
import urllib.error
import urllib.request
from collections import namedtuple

from gateway import DAEMON, Gateway, environment, free_port
from x402.chain import BUYER, OTHER_BUYER, SELLER
from x402.leash import Service, run
from x402.market import CHAT, buy, stats

PLAY_CHAIN = 0x4752706c6179  # "GRplay"
Node = namedtuple("Node", "url chain_id")


def post(url, body, **headers):
    request = urllib.request.Request(url, json.dumps(body).encode(), {
        "Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


class PlayMoney(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.gateway = Gateway("{}", ["--port", free_port(), "--sandbox"])
        cls.addClassCleanup(cls.gateway.stop)
        said = cls.gateway.said()
        cls.bank = re.search(r"facilitator: (http://127\.0\.0\.1:\d+)\n", said)[1]
        cls.token = re.search(r"token: +(0x[0-9a-fA-F]{40}),", said)[1]
        cls.wallet = re.search(r"wallet: +(0x[0-9a-fA-F]{40})", said)[1]
        cls.node = Node(cls.bank + "/rpc", PLAY_CHAIN)
        cls.shop = Service(
            "seller_v2.mjs", facilitator=cls.bank, chain_id=PLAY_CHAIN, pay_to=SELLER,
            usdc=cls.token, domain={"name": "GateRouter play money", "version": "1"}, exact_only=True)
        cls.addClassCleanup(cls.shop.stop)

    def balance(self, address, node=None):
        status, answer = post(node or self.node.url, {
            "jsonrpc": "2.0", "id": 1, "method": "eth_call", "params": [
                {"to": self.token, "data": "0x70a08231" + address[2:].rjust(64, "0")}, "latest"]})
        self.assertEqual(status, 200)
        return int(answer["result"], 16)

    def purchase(self, buyer=BUYER):
        return buy("v2", self.node, buyer, self.shop.url + "/v1/chat/completions", CHAT,
                   maximum=10_000)

    def test_a_purchase_moves_play_money_once(self):
        self.assertEqual(post(self.bank + "/faucet", {"address": BUYER.address})[0], 200)
        before, had, ran = self.balance(BUYER.address), self.balance(SELLER), stats(self.shop)["ran"]
        seen = self.purchase()
        self.assertEqual([status for status, _ in seen["exchanges"]], [402, 200], seen)
        self.assertEqual(self.balance(BUYER.address), before - 10_000)
        self.assertEqual(self.balance(SELLER), had + 10_000)
        self.assertEqual(stats(self.shop)["ran"], ran + 1)
        payment = json.loads(base64.b64decode(seen["exchanges"][1][1]["payment-signature"]))
        self.assertEqual(payment["accepted"]["network"], f"eip155:{PLAY_CHAIN}")

        signed, transaction = payment["payload"], seen["receipt"]["transaction"]
        read = run("reader.mjs", job={
            "rpc": self.node.url, "chain_id": PLAY_CHAIN, "token": self.token,
            "transaction": transaction, "payer": BUYER.address, "payee": SELLER, **signed})
        self.assertEqual(read.pop("repeated").count("authorization is used or canceled"), 1)
        self.assertIn([transaction, "10000"], read.pop("transfers"))
        self.assertEqual(read, {
            "chain_id": PLAY_CHAIN, "status": "success", "events": ["AuthorizationUsed", "Transfer"],
            "in_block": True, "name": "GateRouter play money", "decimals": 6,
            "balance": str(had + 10_000), "used": True})

        # The same payment once more buys nothing and moves nothing.
        status, _ = post(self.shop.url + "/v1/chat/completions", CHAT, **{
            "PAYMENT-SIGNATURE": seen["exchanges"][1][1]["payment-signature"]})
        self.assertEqual(status, 402)
        self.assertEqual(self.balance(SELLER), had + 10_000)
        self.assertEqual(stats(self.shop)["ran"], ran + 1)

    def test_who_has_nothing_pays_nothing(self):
        had = self.balance(SELLER)
        seen = self.purchase(OTHER_BUYER)
        self.assertEqual([status for status, _ in seen["exchanges"]], [402, 402], seen)
        self.assertEqual(self.balance(SELLER), had)

    def test_the_gateway_sells_a_model_for_play_money(self):
        url = re.search(r"listening on (\S+)", self.gateway.said())[1] + "/v1/chat/completions"
        ask = {"model": "sandbox/paid", "messages": [{"role": "user", "content": "Thanks!"}]}
        self.assertEqual(post(self.bank + "/faucet", {"address": BUYER.address})[0], 200)
        before, had = self.balance(BUYER.address), self.balance(self.wallet)
        for stream in (False, True):
            seen = buy("v2", self.node, BUYER, url, {**ask, "stream": stream}, maximum=10_000)
            self.assertEqual([status for status, _ in seen["exchanges"]], [402, 200], seen)
        self.assertIn('"content":" paid"', seen["body"])
        self.assertTrue(seen["body"].endswith("data: [DONE]\n\n"))
        self.assertEqual(self.balance(BUYER.address), before - 20_000)
        self.assertEqual(self.balance(self.wallet), had + 20_000)
        # Nothing else is for sale.
        status, refused = post(url, {**ask, "model": "sandbox/story"})
        self.assertEqual((status, refused["error"]["message"]),
                         (403, "This model is not for sale here."))

    def test_the_gateway_has_a_wallet_of_this_run(self):
        with Gateway("{}", ["--port", free_port(), "--sandbox"]) as another:
            self.assertNotIn(self.wallet, another.said())
            wallet = re.search(r"wallet: +(0x[0-9a-fA-F]{40})", another.said())[1]
            node = re.search(r"RPC (http://127\.0\.0\.1:\d+/rpc)", another.said())[1]
            self.assertEqual(self.balance(wallet, node), 10_000_000)

    def test_the_command_tells_the_addresses(self):
        def told(gateway):
            return subprocess.run(
                [DAEMON, "sandbox", "--config", gateway.config_file, "--data-dir", gateway.data],
                env={**environment(), "HOME": str(gateway.folder / "home")}, text=True, timeout=60,
                capture_output=True, check=True).stdout
        for address in (self.bank, self.token, self.wallet, self.node.url):
            self.assertIn(address, told(self.gateway))
        with Gateway("{}", ["--port", free_port()]) as plain:
            self.assertNotIn("play money", plain.said())
            self.assertIn("No sandbox runs there", told(plain))

    def test_web_pages_get_nothing(self):
        question = {"address": BUYER.address}
        for headers in ({"Origin": "https://page.example"}, {"Host": "page.example"}):
            self.assertEqual(post(self.bank + "/faucet", question, **headers)[0], 403)


if __name__ == "__main__":
    unittest.main()
