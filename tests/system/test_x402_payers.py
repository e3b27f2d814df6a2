# SPDX-License-Identifier: MIT
"""What the gateway owes the strangers that it sells to: one charge for one answer, the same answer for
the same payment, what was used and no more, and a word before any price where nothing can be sold."""

import base64
import json
import socket
import threading
import time
import unittest
import urllib.request

import test_x402_seller as seller
from fake_upstream import FakeUpstream, completion, delta
from gateway import Gateway
from wire import events, request
from x402 import purse
from x402.chain import USDC
from x402.hostile_buyer import CHAT, Signer

NAME = "pay_0123456789abcdef"
# 9 tokens read at $10 a million, 3 written at $100, and 20 % of it: in millionths.
USED = 468


class Payers(seller.Shop):
    def setUp(self):
        super().setUp()
        self.signer = self.enterContext(Signer())
        self.payer = self.signer.account()
        self.chain.fund(self.payer.address, usdc=1_000_000, coins=10**18)

    def open(self, settle=None, **more):
        """A gateway of its own."""
        config = seller.shop(self.chain, self.upstream, settle or self.settlement(), **more)
        self.gateway = self.enterContext(Gateway(config))
        return self.gateway

    def offer(self, body, scheme):
        return next(offer for offer in self.terms(self.ask(body))["accepts"]
                    if offer["scheme"] == scheme and offer["asset"] == USDC)

    def pay(self, body, scheme="exact", name=None):
        make = purse.permit2 if scheme == "upto" else purse.eip3009
        payment = make(self.signer, self.payer, self.offer(body, scheme), self.chain.chain_id)
        if name:
            payment.payload["extensions"] = {"payment-identifier": {"info": {"id": name}}}
        return payment

    def send(self, payment, body):
        return self.ask(body, headers=[payment.header()])

    def charged(self):
        return 1_000_000 - self.chain.balance(self.payer.address)

    def until(self, holds, seconds=20):
        end = time.monotonic() + seconds
        while not holds():
            self.assertLess(time.monotonic(), end)
            time.sleep(0.05)


class SameAnswer(Payers):
    def test_the_same_payment_gets_the_same_answer(self):
        for stream in (False, True):
            with self.subTest(stream=stream):
                body = {**CHAT, "user": f"same {stream}", "stream": stream}
                payment = self.pay(body, name=f"{NAME}_{stream}")
                first = self.send(payment, body)
                self.assertEqual(first.status, 200, first.body)
                price, asked = self.charged(), len(self.upstream.calls)
                for _ in range(2):
                    again = self.send(payment, body)
                    self.assertEqual((again.status, again.body), (200, first.body))
                    self.assertEqual(again.header("payment-response"),
                                     first.header("payment-response"))
                self.assertEqual((self.charged(), len(self.upstream.calls)), (price, asked))
                # Not for another request, nor without the name, nor for another payment of the name.
                self.assertEqual(self.send(payment, {**body, "user": body["user"][::-1]}).status,
                                 409)
                other = self.pay(body, name=f"{NAME}_{stream}")
                self.assertEqual(self.send(other, body).status, 409)
                del payment.payload["extensions"]
                self.assertEqual(self.send(payment, body).status, 409)
                self.assertEqual((self.charged(), len(self.upstream.calls)), (price, asked))

    def test_who_left_finds_the_answer_of_his_payment(self):
        arrived, go = threading.Event(), threading.Event()

        def slow(call):
            arrived.set()
            go.wait(30)
            call.answer(200, completion())

        self.upstream.script = slow
        body = {**CHAT, "user": "left"}
        payment = self.pay(body, name=NAME + "_left")
        with self.gateway.client() as client:
            client.send(request(body=body, headers=[payment.header()]))
            self.assertTrue(arrived.wait(20))
        # Whoever asks while it is worked on waits for it.
        self.assertEqual(self.send(payment, body).status, 409)
        go.set()
        self.assertEqual(self.sales(wait_for="served")[-1]["state"], "served")
        answer = self.send(payment, body)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(json.loads(answer.body)["choices"][0]["message"]["content"], "Hello.")


class ByUse(Payers):
    def setUp(self):
        super().setUp()
        self.chain.approve(self.payer.address, 600_000, USDC)
        self.open(schemes=["exact", "upto"],
                  price={"markup_percent": 20, "minimum_usd": "0.0001"})

    def test_a_stream_is_charged_by_use_and_comes_behind_its_money(self):
        def streams(call):
            call.begin_stream()
            for piece in (delta("Hel"), delta("lo."), delta(finish="stop"),
                          b'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":3,'
                          b'"total_tokens":12}}\n\n', b"data: [DONE]\n\n"):
                call.piece(piece)
            call.end_stream()

        self.upstream.script = streams
        body = {**CHAT, "stream": True}
        answer = self.send(self.pay(body, "upto"), body)
        self.assertEqual(answer.status, 200, answer.body)
        self.assertIn("text/event-stream", answer.header("content-type"))
        said = "".join(event["choices"][0]["delta"].get("content") or ""
                       for event in events(answer.body) if event != "[DONE]" and event["choices"])
        self.assertEqual(said, "Hello.")
        self.assertTrue(answer.body.endswith(b"data: [DONE]\n\n"))
        receipt = base64.b64decode(answer.header("payment-response"))
        self.assertEqual(json.loads(receipt)["amount"], str(USED))
        self.assertEqual(self.charged(), USED)
        self.assertEqual(self.sales(wait_for="served")[-1]["state"], "served")

    def test_half_a_stream_is_neither_served_nor_charged(self):
        def breaks(call):
            call.begin_stream()
            call.piece(delta("Hel"))
            call.connection.shutdown(socket.SHUT_RDWR)

        self.upstream.script = breaks
        body = {**CHAT, "stream": True, "user": "half"}
        answer = self.send(self.pay(body, "upto"), body)
        self.assertGreaterEqual(answer.status, 500)
        self.assertNotIn(b"Hel", answer.body)
        self.assertIn(b"Nothing was charged", answer.body)
        self.assertEqual((self.sales(wait_for="failed")[-1]["state"], self.charged()), ("failed", 0))

    def test_who_hangs_up_pays_for_what_was_used(self):
        arrived, go = threading.Event(), threading.Event()

        def slow(call):
            arrived.set()
            go.wait(30)
            call.answer(200, completion())

        self.upstream.script = slow
        body = {**CHAT, "user": "hangs up"}
        payment = self.pay(body, "upto", NAME)
        with self.gateway.client() as client:
            client.send(request(body=body, headers=[payment.header()]))
            self.assertTrue(arrived.wait(20))
        go.set()
        self.assertEqual(self.sales(wait_for="served")[-1]["state"], "served")
        self.assertEqual(self.charged(), USED)
        # What he paid for waits for him.
        asked = len(self.upstream.calls)
        self.assertEqual(self.send(payment, body).status, 200)
        self.assertEqual((self.charged(), len(self.upstream.calls)), (USED, asked))


class InDoubt(Payers):
    """Behind a facilitator that says nothing of use, and settles when the test says so."""

    def setUp(self):
        super().setUp()
        self.waiting = []
        self.late = self.enterContext(FakeUpstream(self.settle_late))
        self.chain.approve(self.payer.address, 600_000, USDC)
        self.open({"facilitator": f"http://127.0.0.1:{self.late.port}"},
                  schemes=["exact", "upto"],
                  price={"markup_percent": 20, "minimum_usd": "0.0001"})

    def settle_late(self, call):
        if call.path != "/settle":
            return call.answer(200, self.pass_on(call.path, call.body))
        self.waiting.append(call.body)
        return call.answer(500, {"error": "out of order"})

    def pass_on(self, path, body):
        question = urllib.request.Request(self.bank.url + path, body or None,
                                          {"Content-Type": "application/json"})
        with urllib.request.urlopen(question, timeout=30) as answer:
            return answer.read()

    def leave_in_doubt(self, payment, body):
        """Its payer is told that nobody knows; sooner than by waiting, he hangs up."""
        settles = len(self.waiting)
        with self.gateway.client() as client:
            client.send(request(body=body, headers=[payment.header()]))
            self.until(lambda: len(self.waiting) > settles)
        self.assertEqual(self.sales(wait_for="unknown")[-1]["state"], "unknown")

    def assert_in_doubt(self, answer):
        self.assertEqual((answer.status, answer.error()["code"]), (503, "payment_unconfirmed"),
                         answer.body)
        self.assertIsNone(answer.header("payment-required"))

    def test_nobody_is_charged_twice_in_doubt(self):
        body = {**CHAT, "user": "doubt"}
        self.leave_in_doubt(self.pay(body), body)
        another = self.pay(body)
        sent = len(self.waiting)
        answer = self.send(another, body)
        self.assert_in_doubt(answer)
        self.assertIn("an earlier payment", answer.error()["message"])
        self.assertEqual((len(self.waiting), len(self.rows("sales"))), (sent, 1))
        # The first one was taken after all: the second one gets its answer.
        self.pass_on("/settle", self.waiting[0])
        price = self.charged()
        self.assertGreater(price, 0)
        served = self.send(another, body)
        self.assertEqual(served.status, 200, served.body)
        self.assertEqual((self.charged(), len(self.waiting)), (price, sent))
        self.assertEqual([row["state"] for row in self.rows("sales")], ["credit", "failed"])

    def test_another_request_is_no_doubt_of_this_one(self):
        body = {**CHAT, "user": "doubt of one"}
        self.leave_in_doubt(self.pay(body), body)
        other = {**CHAT, "user": "no doubt"}
        sent = len(self.waiting)
        self.leave_in_doubt(self.pay(other), other)
        self.assertEqual(len(self.waiting), sent + 1)

    def test_an_answer_that_waits_for_its_money_is_kept(self):
        """Charged by use: the work is done, and nobody knows whether it was charged."""
        body = {**CHAT, "user": "by use"}
        payment = self.pay(body, "upto")
        answers = []
        thread = threading.Thread(target=lambda: answers.append(self.send(payment, body)))
        thread.start()
        self.until(lambda: self.waiting)
        thread.join(60)
        self.assert_in_doubt(answers[0])
        asked = len(self.upstream.calls)
        self.assert_in_doubt(self.send(payment, body))
        self.pass_on("/settle", self.waiting[0])
        self.assertEqual(self.charged(), USED)
        served = self.send(payment, body)
        self.assertEqual(served.status, 200, served.body)
        self.assertEqual((self.charged(), len(self.upstream.calls)), (USED, asked))
        self.assertEqual(json.loads(served.body)["choices"][0]["message"]["content"], "Hello.")


class BeforeAnyPrice(Payers):
    def test_what_rests_is_not_sold(self):
        self.open()
        self.upstream.script = lambda call: call.answer(503, {"error": {"message": "no"}})
        for _ in range(12):
            self.gateway.chat()
        answer = self.ask()
        self.assertEqual(answer.status, 503, answer.body)
        self.assertIsNone(answer.header("payment-required"))
        self.assertGreaterEqual(int(answer.header("retry-after")), 1)

    def test_what_has_no_price_is_told_so(self):
        answer = self.ask({**CHAT, "service_tier": "priority"})
        self.assertEqual(answer.status, 422, answer.body)
        self.assertIn("service_tier priority", answer.error()["message"])

    def test_what_is_for_sale_is_listed_for_everybody(self):
        for key in (None, "x402", "X402"):
            answer = self.gateway.get("/v1/models", key=key)
            self.assertEqual(answer.status, 200)
            self.assertEqual(json.loads(answer.body)["data"], [
                {"id": "m", "object": "model", "created": 0, "owned_by": "gaterouter",
                 "pricing": {"prompt": "0.000012", "completion": "0.00012", "minimum": "0.001"}}])
        self.assertEqual(self.gateway.get("/v1/models/m", key=None).status, 200)
        self.assertEqual(self.gateway.get("/v1/models/auto", key=None).status, 404)
        self.assertEqual(self.gateway.get("/v1/responses/resp_1", key=None).status, 401)

    def test_geminis_own_address(self):
        body = {"contents": [{"parts": [{"text": "Hi"}]}]}
        for path in ("/v1beta/models/m:generateContent",
                     "/v1beta/models/m:streamGenerateContent?alt=sse"):
            answer = self.ask(body, path=path)
            self.assertEqual(answer.status, 402, answer.body)
            url = f"http://127.0.0.1:{self.gateway.port}{path}"
            self.assertEqual(self.terms(answer)["resource"]["url"], url)
            self.assertEqual(json.loads(answer.body)["accepts"][0]["resource"], url)

    def test_a_prompt_is_priced_by_its_tokens_where_they_are_known(self):
        words = "The price of a long text should follow its tokens and not its bytes. " * 200
        def price_of(model, **more):
            config = seller.shop(self.chain, self.upstream, self.settlement())
            config["providers"][0]["kind"] = "openai"
            config["providers"][0]["models"] = [
                {"id": name, "price": seller.PRICE, "context": 100_000} for name in ("gpt-4o", "other")]
            with Gateway(config) as self.gateway:
                body = {"model": model, "max_tokens": 10,
                        "messages": [{"role": "user", "content": words}]}
                offer = self.offer(body, "exact")
                payment = purse.eip3009(self.signer, self.payer, offer, self.chain.chain_id)
                served = self.send(payment, body)
                self.assertEqual(served.status, 200, served.body)
                return int(offer["amount"])
        by_bytes, by_tokens = price_of("other"), price_of("gpt-4o")
        # Some 15 tokens for 69 bytes, and what templates may add: 512 and a few.
        self.assertGreater(by_tokens, 200 * 13 * 12)
        self.assertLess(by_tokens, 200 * 16 * 12 + 600 * 12 + 10 * 120 + 1)
        self.assertGreater(by_bytes, 200 * 69 * 12)


if __name__ == "__main__":
    unittest.main()
