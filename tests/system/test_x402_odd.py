# SPDX-License-Identifier: MIT
"""Oddities of sellers, wallets and clocks: nothing is signed that cannot be judged, and nothing counts
as an answer that is none."""

import json
import unittest

from gateway import KEY, Gateway, configuration
from paying import purchases, shop, tell, wallet
from wire import request
from x402.chain import BUYER, OTHER_BUYER, Chain
from x402.shady_shop import PRICE, Case, HostileSeller, settled_then, v2


def ask(model, text="Hi", **more):
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def stream_of(*pieces):
    def answer(visit):
        visit.call.begin_stream([])
        for piece in pieces:
            visit.call.piece(piece)
        visit.call.end_stream()
    return settled_then(answer)


DONE = b"data: [DONE]\n\n"
MANY = {f"extension-{number}": {"info": {}} for number in range(40)}
IDENTIFIER = {"payment-identifier": {"info": {"required": True}}}

CASES = [
    Case("honest", "takes the money and answers"),
    Case("done", "cashes, and streams nothing but the end", v2(), stream_of(DONE)),
    Case("comments", "cashes, and streams comments", v2(),
         stream_of(*[b": working\n\n"] * 8_000, DONE)),
    Case("empty-events", "cashes, and streams events without choices", v2(),
         stream_of(b'data: {"object":"chat.completion.chunk","choices":[]}\n\n', b"data:\n\n", DONE)),
    Case("no-choice", "cashes, and answers with no choice", v2(),
         settled_then(lambda visit: visit.call.answer(200, {"object": "chat.completion", "choices": []}))),
    Case("finished", "cashes, and finishes without a word", v2(),
         stream_of(b'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n', DONE)),
    Case("many-extensions", "insists on an identifier behind 40 other extensions",
         v2(extensions={**MANY, **IDENTIFIER})),
]


class Odd(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.chain = cls.enterClassContext(Chain())
        cls.chain.fund(BUYER.address, usdc=5_000_000)
        cls.seller = cls.enterClassContext(HostileSeller(cls.chain, CASES))
        shops = [shop(case.name, cls.seller.url(case.name)) for case in CASES]
        cls.gateway = cls.enterClassContext(Gateway(configuration(shops, wallet=wallet(cls.chain))))

    def assert_paid_for_nothing(self, case, **more):
        answer = self.gateway.chat(ask(f"{case}/m", **more))
        origin = f"http://127.0.0.1:{self.seller.server.port}"
        self.assertFalse(b"[DONE]" in answer.body)
        self.assertEqual(self.seller.moved(case), PRICE)
        self.assertEqual(len({payment.nonce for payment in self.seller.payments(case)}), 1)
        rows = purchases(self.gateway, "delivered, origin", f"request = '{answer.header('x-gaterouter-request-id')}'")
        self.assertEqual(rows, [(0, origin)])
        return answer

    def test_an_end_alone_is_no_answer(self):
        for case in ("done", "empty-events", "comments"):
            answer = self.assert_paid_for_nothing(case, stream=True)
            self.assertEqual((answer.status, answer.error()["code"]), (502, "provider_answer_invalid"))

    def test_no_choice_is_no_answer(self):
        self.assertEqual(self.assert_paid_for_nothing("no-choice").status, 502)

    def test_an_answer_without_words_is_one(self):
        answer = self.gateway.chat(ask("finished/m", stream=True))
        self.assertEqual(answer.status, 200)
        self.assertIn(b"[DONE]", answer.body)

    def test_no_extension_hides_the_one_that_is_required(self):
        answer = self.gateway.chat(ask("many-extensions/m"))
        self.assertEqual(answer.status, 200, answer.body)
        sent = self.seller.payments("many-extensions")[0].payload["extensions"]
        self.assertTrue(sent["payment-identifier"]["info"]["id"].startswith("pay_"))

    def test_what_passes_unread_is_not_paid_for(self):
        body = json.dumps({"model": "honest/m", "prompt": "a cat"}).encode()
        for _ in range(2):
            with self.gateway.client() as client:
                client.send(request("POST", "/v1/images/generations", body, KEY))
                answer = client.read()
            self.assertEqual((answer.status, answer.error()["code"]), (403, "payment_refused"))
            self.assertIn("honest asks for payment for images/generations", answer.error()["message"])
        # It rests nobody.
        self.assertEqual(self.gateway.chat(ask("honest/m", "after pictures")).status, 200)


class Purse(unittest.TestCase):
    """What the chain says before anything is signed."""

    def setUp(self):
        self.chain = self.enterContext(Chain())
        self.seller = self.enterContext(HostileSeller(self.chain, CASES))

    def start(self):
        own = {**wallet(self.chain), "key": {"value": OTHER_BUYER.key}}
        self.gateway = self.enterContext(Gateway(configuration(
            [shop("honest", self.seller.url("honest"))], wallet=own)))

    def assert_refused(self, answer, words):
        self.assertEqual((answer.status, answer.error()["code"]), (403, "payment_refused"), answer.body)
        self.assertIn(words, answer.error()["message"])

    def test_what_the_wallet_does_not_hold_is_not_signed_for(self):
        self.chain.fund(OTHER_BUYER.address, usdc=15_000)
        self.start()
        self.assertEqual(self.gateway.chat(ask("honest/m", "first")).status, 200)
        poor = self.gateway.chat(ask("honest/m", "second"))
        self.assert_refused(poor, "costs 0.01 USDC, and the wallet has 0.005 on Base Sepolia")
        self.assertEqual(len(self.seller.payments("honest")), 1)
        self.assertEqual(len(purchases(self.gateway, "id")), 1)
        self.chain.fund(OTHER_BUYER.address, usdc=1_000_000)
        self.assertEqual(self.gateway.chat(ask("honest/m", "third")).status, 200)

    def test_a_clock_that_is_not_the_chains_signs_nothing(self):
        self.chain.fund(OTHER_BUYER.address, usdc=1_000_000)
        self.chain.next_block_at(self.chain.now() + 2 * 3_600)
        self.chain.mine()
        self.start()
        self.assertEqual(tell(self.gateway, command="payments")["clock"], "")
        for text in ("first", "second"):
            self.assert_refused(self.gateway.chat(ask("honest/m", text)), "min behind Base Sepolia")
        self.assertIn("This machine's clock is", tell(self.gateway, command="payments")["clock"])
        self.assertEqual(self.seller.payments("honest"), [])
        self.assertEqual(purchases(self.gateway, "id"), [])


if __name__ == "__main__":
    unittest.main()
