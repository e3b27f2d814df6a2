# SPDX-License-Identifier: MIT
"""The payment rig itself: official programs trade with each other on a real chain, to the unit."""

import json
import socket
import subprocess
import sys
import time
import unittest

from x402.chain import (BUYER, EXACT_PROXY, FACILITATOR, OTHER_BUYER, OWNER, PERMIT2, SELLER,
                        UPTO_PROXY, USDC, USDT, Chain, RpcError, call_data)
from x402.market import BUYERS, CHAT, buy, facilitator, seller_v1, seller_v2, stats

# Of Circle's token on Base Sepolia, as published.
SEPARATOR = "0x71f17a3b2ff373b803d70a5a07c046c1a2bc8e89c09ef722fcb047abe94c9818"


class Contracts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.chain = Chain()
        cls.addClassCleanup(cls.chain.stop)

    def test_everything_stands_at_its_address(self):
        self.assertEqual(self.chain.domain_separator(), SEPARATOR)
        self.assertEqual(int(self.chain.rpc("eth_chainId"), 16), 84532)
        for address in (USDC, USDT, PERMIT2, EXACT_PROXY, UPTO_PROXY):
            self.assertGreater(len(self.chain.rpc("eth_getCode", address, "latest")), 100)

    def test_tokens_move_and_stop(self):
        chain = self.chain
        chain.fund(BUYER.address, usdc=500, usdt=700)
        before = chain.balance(SELLER), chain.balance(SELLER, USDT)
        chain.transfer(BUYER.address, SELLER, 200)
        chain.transfer(BUYER.address, SELLER, 300, USDT)
        self.assertEqual((chain.balance(SELLER), chain.balance(SELLER, USDT)),
                         (before[0] + 200, before[1] + 300))
        moved = chain.transfers(USDC, chain.block() - 1)[-1]
        self.assertEqual((moved.sender, moved.to, moved.value),
                         (BUYER.address.lower(), SELLER.lower(), 200))
        for stop, start in ((chain.pause, lambda: chain.pause(False)),
                            (lambda: chain.blacklist(SELLER), lambda: chain.blacklist(SELLER, False))):
            stop()
            with self.assertRaises(RpcError):
                chain.transfer(BUYER.address, SELLER, 1)
            start()
        chain.transfer(BUYER.address, SELLER, 1)

    def test_usdt_approves_through_zero_only(self):
        self.chain.approve(OTHER_BUYER.address, 5)
        with self.assertRaises(RpcError):
            self.chain.send(OTHER_BUYER.address, USDT, call_data("approve", PERMIT2, 6))
        self.chain.approve(OTHER_BUYER.address, 6)
        self.assertEqual(self.chain.allowance(OTHER_BUYER.address), 6)

    def test_time_travels_and_blocks_wait(self):
        chain = self.chain
        kept, coins = chain.snapshot(), chain.coins(OWNER.address)
        chain.next_block_at(chain.now() + 1000)
        chain.mine()
        self.assertGreaterEqual(chain.now(), time.time() + 900)
        chain.fund(BUYER.address, usdc=9)
        chain.revert(kept)
        self.assertEqual(chain.coins(OWNER.address), coins)
        self.assertLess(chain.now(), time.time() + 900)
        chain.hold()
        sent = chain.rpc("eth_sendTransaction", {"from": BUYER.address, "to": SELLER, "value": "0x1"})
        self.assertIsNone(chain.receipt(sent))
        chain.hold(False)
        self.assertEqual(chain.wait_done(sent)["status"], "0x1")

    def test_a_test_that_dies_leaves_nothing(self):
        orphan = subprocess.Popen(
            [sys.executable, "-B", "-c", "import sys; from x402.chain import Chain\n"
             "chain = Chain(); print(chain.port, flush=True); sys.stdin.read()"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        port = int(orphan.stdout.readline())
        socket.create_connection(("127.0.0.1", port)).close()
        orphan.kill()
        orphan.communicate()
        with self.assertRaises(OSError):
            while True:
                socket.create_connection(("127.0.0.1", port)).close()
                time.sleep(0.01)

    def test_a_block_each_second(self):
        with Chain(block_time=1) as chain:
            chain.fund(BUYER.address, usdc=5)
            self.assertEqual(chain.balance(BUYER.address), 5)


class Market(unittest.TestCase):
    """One chain, one facilitator and both sellers; each test compares balances around a purchase."""

    @classmethod
    def setUpClass(cls):
        cls.chain = Chain()
        cls.addClassCleanup(cls.chain.stop)
        cls.bank = facilitator(cls.chain)
        cls.addClassCleanup(cls.bank.stop)
        cls.new = seller_v2(cls.chain, cls.bank)
        cls.addClassCleanup(cls.new.stop)
        cls.old = seller_v1(cls.bank)
        cls.addClassCleanup(cls.old.stop)
        cls.chain.fund(BUYER.address, usdc=5_000_000, usdt=5_000_000)

    def purchase(self, kind, url, units, token=USDC, body=CHAT, **more):
        """Buys; the seller gets `units` and the buyer has them less, and one handler ran."""
        ran = stats(self.new)["ran"] + stats(self.old)["ran"]
        seen, moved = self.chain.moved(lambda: buy(kind, self.chain, BUYER, url, body, **more),
                                       (BUYER.address, SELLER), token)
        self.assertEqual(seen.get("status"), 200, seen)
        self.assertEqual([status for status, _ in seen["exchanges"]], [402, 200], seen)
        self.assertEqual(moved, [-units, units])
        self.assertEqual(stats(self.new)["ran"] + stats(self.old)["ran"], ran + 1)
        self.assertTrue(seen["receipt"]["success"])
        receipt = self.chain.receipt(seen["receipt"]["transaction"])
        self.assertEqual(receipt["from"], FACILITATOR.address.lower())
        return seen

    def test_v2_buys_from_v2(self):
        seen = self.purchase("v2", self.new.url + "/v1/chat/completions", 10_000)
        self.assertEqual(json.loads(seen["body"])["choices"][0]["message"]["content"], "Hello.")
        self.assertIn("payment-signature", seen["exchanges"][1][1])

    def test_prices_follow_the_model(self):
        self.purchase("v2", self.new.url + "/v1/chat/completions", 50_000,
                      body={**CHAT, "model": "dear"})

    def test_streams(self):
        seen = self.purchase("v2", self.new.url + "/v1/chat/completions", 10_000,
                             body={**CHAT, "stream": True})
        self.assertTrue(seen["body"].endswith("data: [DONE]\n\n"))

    def test_v1_buys_from_v1(self):
        seen = self.purchase("v1", self.old.url + "/v1/chat/completions", 10_000)
        self.assertIn("x-payment", seen["exchanges"][1][1])

    def test_faremeter_buys_from_v2(self):
        self.purchase("faremeter", self.new.url + "/v1/chat/completions", 10_000)

    def test_faremeter_buys_from_v1(self):
        self.purchase("faremeter", self.old.url + "/v1/chat/completions", 10_000)

    def test_both_versions_buy_at_one_address(self):
        for kind in BUYERS:
            seen = self.purchase(kind, self.new.url + "/dual/v1/chat/completions", 10_000)
            self.assertIn("x-payment" if kind == "v1" else "payment-signature",
                          seen["exchanges"][1][1])

    def test_upto_charges_what_was_used(self):
        self.chain.approve(BUYER.address, 600_000, USDC)
        seen = self.purchase("v2", self.new.url + "/upto/v1/chat/completions", 102)
        self.assertEqual(seen["receipt"]["amount"], "102")
        self.assertEqual(self.chain.allowance(BUYER.address, USDC), 600_000 - 102)

    def test_usdt_over_permit2(self):
        self.chain.approve(BUYER.address, 10_000)
        self.purchase("v2", self.new.url + "/usdt/v1/chat/completions", 10_000, USDT,
                      maximum=10_000)
        self.assertEqual(self.chain.allowance(BUYER.address), 0)

    def test_who_has_nothing_pays_nothing(self):
        seen = buy("v2", self.chain, OTHER_BUYER, self.new.url + "/v1/chat/completions", CHAT)
        self.assertEqual([status for status, _ in seen["exchanges"]], [402, 402])
        self.assertEqual(self.chain.balance(OTHER_BUYER.address), 0)

    def test_bad_requests_cost_nothing(self):
        before = self.chain.balance(BUYER.address)
        seen = buy("v2", self.chain, BUYER, self.new.url + "/v1/chat/completions", {"model": "gone"})
        self.assertEqual(seen["status"], 400)
        self.assertEqual(self.chain.balance(BUYER.address), before)


if __name__ == "__main__":
    unittest.main()
