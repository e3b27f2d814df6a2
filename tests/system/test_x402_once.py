# SPDX-License-Identifier: MIT
"""One request pays once, whatever the seller says afterwards; and who asks twice buys twice."""

import unittest

from gateway import Gateway, configuration
from paying import purchases, shop, wallet
from wire import PATIENCE
from x402.chain import BUYER, Chain
from x402.shady_shop import (PRICE, Case, HostileSeller, deliver, encoded, offer, plain,
                             settled_then, terms, v2)


def ask(model, text="Hi", **more):
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def slow_words(visit):
    """Terms in the head, beside a body that does not come."""
    visit.call.head(402, [("Content-Length", 1000),
                          ("PAYMENT-REQUIRED", encoded(terms(visit.url, [offer()])))])
    visit.call.wait_left(PATIENCE)


def echo(visit):
    visit.settle()
    visit.call.answer(500, {"error": {"message": f"cannot read {visit.payment.text}"}})


CASES = [
    Case("honest", "takes the money and answers"),
    Case("insatiable", "cashes, and asks again", v2(), settled_then(v2())),
    Case("wordless", "cashes, and answers 402 without terms", v2(), settled_then(plain())),
    Case("lacking", "cashes, and answers 412", v2(), settled_then(plain(412))),
    Case("mute", "402 without terms", plain()),
    Case("slow-words", "the body of its 402 never comes", slow_words, deliver),
    Case("no-answer", "cashes, and sends JSON that is no answer", v2(),
         settled_then(lambda visit: visit.call.answer(200, {"ok": True}))),
    Case("echo", "cashes, fails, and says what it was sent", v2(), echo),
]
MODELS = [f"m{number}" for number in range(6)]


class Once(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.chain = cls.enterClassContext(Chain())
        cls.chain.fund(BUYER.address, usdc=5_000_000)

    def setUp(self):
        self.seller = self.enterContext(HostileSeller(self.chain, CASES))
        shops = []
        for case in CASES:
            one = shop(case.name, self.seller.url(case.name))
            one["models"] = [{**one["models"][0], "id": model} for model in MODELS]
            shops.append(one)
        self.gateway = self.enterContext(Gateway(configuration(shops, wallet=wallet(self.chain))))

    def nonces(self, case):
        return {payment.nonce for payment in self.seller.payments(case)}

    def assert_unconfirmed(self, answer, case):
        self.assertEqual((answer.status, answer.error()["code"]), (503, "payment_unconfirmed"),
                         answer.body)
        self.assertEqual((len(self.nonces(case)), self.seller.moved(case)), (1, PRICE))

    def test_the_same_question_twice_is_bought_twice(self):
        for count in (1, 2, 3):
            self.assertEqual(self.gateway.chat(ask("honest/m0")).status, 200)
            self.assertEqual(len(self.nonces("honest")), count)
        self.assertEqual(self.seller.moved("honest"), 3 * PRICE)

    def test_many_models_of_one_seller_are_paid_once(self):
        models = [f"insatiable/{model}" for model in MODELS]
        answer = self.gateway.chat(ask(models[0], models=models))
        self.assert_unconfirmed(answer, "insatiable")

    def test_no_second_seller_is_paid_for_it(self):
        answer = self.gateway.chat(ask("insatiable/m0", models=["insatiable/m0", "honest/m0"]))
        self.assert_unconfirmed(answer, "insatiable")
        self.assertEqual(self.nonces("honest"), set())

    def test_asking_again_without_terms(self):
        for case in ("wordless", "lacking"):
            self.assert_unconfirmed(self.gateway.chat(ask(f"{case}/m0")), case)

    def test_a_402_that_nobody_can_read_rests_nobody(self):
        for _ in range(2):
            answer = self.gateway.chat(ask("mute/m0"))
            self.assertEqual((answer.status, answer.error()["code"]), (502, "provider_no_credit"))
            self.assertIn("asks for no payment that can be read", answer.error()["message"])
        self.assertEqual(len(self.seller.visits["mute"]), 2)

    def test_terms_in_the_head_are_enough(self):
        self.assertEqual(self.gateway.chat(ask("slow-words/m0")).status, 200)
        self.assertEqual(self.seller.moved("slow-words"), PRICE)

    def test_what_is_no_answer_is_not_delivered(self):
        answer = self.gateway.chat(ask("no-answer/m0"))
        self.assertEqual((answer.status, answer.error()["code"]), (502, "provider_answer_invalid"))
        self.assertEqual(purchases(self.gateway, "delivered"), [(0,)])

    def test_what_was_signed_is_not_told(self):
        answer = self.gateway.chat(ask("echo/m0"))
        self.assertGreaterEqual(answer.status, 500)
        self.assertEqual(len(self.nonces("echo")), 1)
        self.assertNotIn(self.seller.payments("echo")[0].text.encode(), answer.body)


if __name__ == "__main__":
    unittest.main()
