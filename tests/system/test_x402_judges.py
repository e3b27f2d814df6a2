# SPDX-License-Identifier: MIT
"""The hostile sellers and buyers of the payment rig are sound: against official programs they show
exactly the faults that those are known to have, and no other."""

import json
import unittest

from x402.chain import BUYER, SELLER, Chain
from x402.hostile_seller import CAP, CASES, PRICE, HostileSeller
from x402.market import CHAT, buy_all


def whole(seen):
    """The client got an answer with its end."""
    text = seen.get("body", "")
    if seen.get("status") != 200:
        return False
    if text.startswith("data: "):
        return text.endswith("data: [DONE]\n\n")
    try:
        return bool(json.loads(text)["choices"])
    except (ValueError, KeyError, TypeError):
        return False


class Sellers(unittest.TestCase):
    def setUp(self):
        self.chain = self.enterContext(Chain())
        self.shop = self.enterContext(HostileSeller(self.chain))
        self.chain.fund(BUYER.address, usdc=10**10)

    def judged(self, kind, cases, body=CHAT, **more):
        seen = buy_all(kind, self.chain, BUYER,
                       [self.shop.url(case.name) + "/chat/completions" for case in cases], body, **more)
        return [self.shop.verdict(case.name, whole(one)) for case, one in zip(cases, seen)]

    def test_the_official_client_is_known(self):
        self.assertGreater(len(CASES), 100)
        for case, said in zip(CASES, self.judged("v2", CASES, seconds=10)):
            with self.subTest(case.name):
                self.assertEqual(said, sorted(case.official))
        paid = [transfer for transfer in self.chain.transfers() if transfer.to == SELLER.lower()]
        moved = sum(self.shop.moved(case.name) for case in CASES
                    if case.name != "duplicate-key-escaped")  # that one pays the thief
        self.assertEqual(sum(transfer.value for transfer in paid), moved)

    def test_streams_break_off(self):
        cases = [self.shop.cases[name] for name in ("honest", "cut-stream", "no-receipt")]
        said = self.judged("v2", cases, {**CHAT, "stream": True}, seconds=10)
        self.assertEqual(said, [[], [], []])

    def test_who_signs_anew_pays_again(self):
        said = self.judged("faremeter", [self.shop.cases["loop-settles"]])
        self.assertEqual(said, [["several payments", "too much was moved"]])
        self.assertEqual(self.shop.moved("loop-settles"), 3 * PRICE)

    def test_who_has_no_cap_pays_anything(self):
        said = self.judged("faremeter", [self.shop.cases["price-huge"]])
        self.assertIn("paid too much", said[0])
        self.assertGreater(self.shop.moved("price-huge"), CAP)


if __name__ == "__main__":
    unittest.main()
