# SPDX-License-Identifier: MIT
"""The hostile sellers and buyers of the payment rig are sound: against official programs they show
exactly the faults that those are known to have, and no other."""

import json
import unittest

from x402.chain import BUYER, SELLER, Chain
from x402.hostile_buyer import ATTACKS, Raid, Signer
from x402.hostile_seller import CAP, CASES, PRICE, HostileSeller
from x402.market import CHAT, buy_all, facilitator, seller_v1, seller_v2, stats


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
        for hangs, seconds in ((False, 50), (True, 3)):
            cases = [case for case in CASES if case.hangs == hangs]
            for case, said in zip(cases, self.judged("v2", cases, seconds=seconds)):
                with self.subTest(case.name):
                    self.assertEqual(said, sorted(case.official))
        paid = [transfer for transfer in self.chain.transfers() if transfer.to == SELLER.lower()]
        moved = sum(self.shop.moved(case.name) for case in CASES
                    if case.name != "duplicate-key-escaped")  # that one pays the thief
        self.assertEqual(sum(transfer.value for transfer in paid), moved)

    def test_streams_break_off(self):
        cases = [self.shop.cases[name] for name in ("honest", "cut-stream", "no-receipt")]
        said = self.judged("v2", cases, {**CHAT, "stream": True})
        self.assertEqual(said, [[], [], []])

    def test_who_signs_anew_pays_again(self):
        said = self.judged("faremeter", [self.shop.cases["loop-settles"]])
        self.assertEqual(said, [["several payments", "too much was moved"]])
        self.assertEqual(self.shop.moved("loop-settles"), 3 * PRICE)

    def test_who_has_no_cap_pays_anything(self):
        said = self.judged("faremeter", [self.shop.cases["price-huge"]])
        self.assertIn("paid too much", said[0])
        self.assertGreater(self.shop.moved("price-huge"), CAP)


class Buyers(unittest.TestCase):
    """Every attack is tried at some official seller."""

    @classmethod
    def setUpClass(cls):
        cls.chain = cls.enterClassContext(Chain())
        cls.signer = cls.enterClassContext(Signer())
        cls.bank = cls.enterClassContext(facilitator(cls.chain))
        cls.new = cls.enterClassContext(seller_v2(cls.chain, cls.bank))
        cls.tried = set()

    def raid(self, url, attacks=ATTACKS, seller=None, **more):
        raid = Raid(self.chain, self.signer, url,
                    worked=lambda: stats(seller or self.new)["ran"], **more)
        attacks = list(attacks)
        *outcomes, later = raid.run(attacks)
        self.assertEqual(later.wrong, [])
        for attack, outcome in zip(attacks, outcomes):
            if not outcome.skipped:
                self.tried.add(attack.name)
                with self.subTest(attack.name):
                    check = self.assertLessEqual if attack.race else self.assertEqual
                    check(set(outcome.wrong), set(attack.official), outcome)
        return [outcome for outcome in outcomes if not outcome.skipped]

    def test_v2(self):
        self.assertGreater(len(ATTACKS), 150)
        self.raid(self.new.url + "/v1", dear={**CHAT, "model": "dear"})
        for path in ("/usdt/v1", "/upto/v1"):
            self.raid(self.new.url + path)
        self.raid(self.new.url + "/dual/v1",
                  (attack for attack in ATTACKS if attack.needs in ("both", "identifier")))
        self.assertEqual({attack.name for attack in ATTACKS} - self.tried, set())

    def test_v1(self):
        old = self.enterContext(seller_v1(self.bank))
        outcomes = self.raid(old.url + "/v1", seller=old, version=1)
        self.assertGreater(len(outcomes), 120)

    def test_v1_at_a_seller_of_both(self):
        outcomes = self.raid(self.new.url + "/dual/v1", version=1, attacks=(
            attack for attack in ATTACKS if attack.needs == "both"))
        self.assertEqual(len(outcomes), 3)


if __name__ == "__main__":
    unittest.main()
