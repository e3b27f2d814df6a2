# SPDX-License-Identifier: MIT
"""What a selling gateway says before any price, and what prices hang on."""

import json
import unittest

import test_x402_seller as seller
from gateway import Gateway
from x402 import purse
from x402.chain import USDC
from x402.hostile_buyer import CHAT, Signer

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
