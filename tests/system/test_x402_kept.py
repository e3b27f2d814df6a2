# SPDX-License-Identifier: MIT
"""What was paid for is not lost when its client leaves: the same purchase, asked again, has it."""

import tempfile
import threading
import time
import unittest

from fake_upstream import completion, delta
from gateway import KEY, Gateway, configuration
from paying import purchases, shop, wallet
from wire import PATIENCE, request, wait_until
from x402.chain import BUYER, Chain
from x402.shady_shop import PRICE, Case, HostileSeller, v2

BODY = {"model": "slow/m", "messages": [{"role": "user", "content": "Hi"}]}
STREAM = {**BODY, "stream": True}


class Kept(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.chain = cls.enterClassContext(Chain())
        cls.chain.fund(BUYER.address, usdc=5_000_000)

    def setUp(self):
        self.go = threading.Event()
        self.seller = self.enterContext(HostileSeller(
            self.chain, [Case("slow", "takes the money, and its time", v2(), self.slow)]))
        self.gateway = Gateway(configuration([shop("slow", self.seller.url("slow"))],
                                             wallet=wallet(self.chain)),
                               folder=self.enterContext(tempfile.TemporaryDirectory()))
        self.addCleanup(self.gateway.stop)

    def slow(self, visit):
        receipt = visit.receipt(visit.settle())
        if not visit.stream():
            self.go.wait(PATIENCE)
            return visit.call.answer(200, completion(), receipt)
        visit.call.begin_stream(receipt)
        visit.call.piece(delta("One"))
        self.go.wait(PATIENCE)
        visit.call.piece(delta(" two"))
        visit.call.piece(delta(finish="stop"))
        visit.call.piece(b"data: [DONE]\n\n")
        return visit.call.end_stream()

    def ask_and_leave(self, body):
        with self.gateway.client() as client:
            client.send(request(body=body, key=KEY))
            wait_until(lambda: self.seller.moved("slow") == PRICE, "the money")
            if body.get("stream"):
                client.chunk(client.head())

    def delivered(self):
        return purchases(self.gateway, "delivered")

    def assert_one_payment(self):
        self.assertEqual(len(self.seller.payments("slow")), 1)
        self.assertEqual(self.seller.moved("slow"), PRICE)
        wait_until(lambda: self.delivered() == [(1,)], "it is known to be delivered")

    def test_a_whole_answer(self):
        self.ask_and_leave(BODY)
        self.assertEqual(self.delivered(), [(0,)])
        self.go.set()
        answer = self.gateway.chat(BODY)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json()["choices"], completion()["choices"])
        self.assertEqual(answer.header("x-gaterouter-cost"), "0.00")
        self.assertTrue(answer.header("x-gaterouter-reason").startswith("paid: "))
        self.assert_one_payment()

    def test_it_is_given_once(self):
        self.ask_and_leave(BODY)
        self.go.set()
        self.assertEqual(self.gateway.chat(BODY).status, 200)
        self.assert_one_payment()
        wait_until(lambda: not purchases(self.gateway, "id", "open = 1"), "seen on the chain")
        # From now on it is another purchase.
        self.assertEqual(self.gateway.chat(BODY).status, 200)
        self.assertEqual(len(self.seller.payments("slow")), 2)
        self.assertEqual(self.seller.moved("slow"), 2 * PRICE)

    def test_a_stream(self):
        self.ask_and_leave(STREAM)
        self.go.set()
        answer = self.gateway.chat(STREAM)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual([part in answer.body for part in (b"One", b" two", b"[DONE]")], [True] * 3)
        self.assert_one_payment()

    def test_asked_again_while_the_seller_works(self):
        self.ask_and_leave(BODY)
        answers = []
        again = threading.Thread(target=lambda: answers.append(self.gateway.chat(BODY)))
        again.start()
        again.join(0.3)
        self.assertEqual((answers, len(self.seller.payments("slow"))), ([], 1))
        self.go.set()
        again.join(PATIENCE)
        self.assertEqual(answers[0].status, 200)
        self.assert_one_payment()

    def test_another_question_has_nothing_of_it(self):
        self.ask_and_leave(BODY)
        self.go.set()
        other = self.gateway.chat({**BODY, "max_tokens": 99})
        self.assertEqual(other.status, 200)
        self.assertEqual(len(self.seller.payments("slow")), 2)

    def test_a_stop_does_not_wait_for_it(self):
        self.ask_and_leave(BODY)
        began = time.monotonic()
        self.gateway.stop()
        self.assertLess(time.monotonic() - began, PATIENCE / 2)
        self.assertEqual(self.delivered(), [(0,)])
        self.go.set()


if __name__ == "__main__":
    unittest.main()
