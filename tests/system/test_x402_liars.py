# SPDX-License-Identifier: MIT
"""Sellers that speak two versions at once, answer with something else, or drip; and servers of the
chain that lie: one payment at most, for what was asked, and no lie moves the books."""

import gzip
import json
import time
import unittest

from gateway import Gateway, configuration
from paying import purchases, shop, tell, wallet
from wire import wait_until
from x402 import liar_node
from x402.chain import BUYER, Chain
from x402.liar_node import LiarNode
from x402.shady_shop import (PRICE, Case, HostileSeller, deliver, encoded, offer, old_offer, one,
                             plain, raw_terms, receipt_then_answer, refused, settled_then, terms, v1,
                             v2)


def ask(model, text="Hi", **more):
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def old_terms(visit, **edits):
    return {"x402Version": 1, "error": "pay", "accepts": [old_offer(visit.url)], **edits}


def body_alone(what):
    return lambda visit: visit.call.answer(402, what(visit))


def header_of(what):
    return raw_terms(lambda visit: json.dumps(what(visit)))


def drip(visit):
    """Terms of version 1, a byte at a time, for longer than anybody waits."""
    body = json.dumps(old_terms(visit)).encode()
    visit.call.head(402, [("Content-Length", len(body))])
    for byte in body:
        visit.call.write(bytes([byte]))
        time.sleep(0.1)


def zipped(visit):
    body = gzip.compress(json.dumps(old_terms(visit)).encode())
    visit.call.answer(402, body, [("Content-Encoding", "gzip")])


def url_safe(visit):
    said = encoded(terms(visit.url, [offer()])).replace("+", "-").replace("/", "_").rstrip("=")
    visit.call.answer(402, {}, [("payment-required", said)])


def asks_with_receipt(visit):
    """The money is taken, says the receipt beside the terms."""
    paid = visit.receipt(visit.settle())
    v2(headers=paid)(visit)


def early_hint(visit):
    """Terms to somebody else in an answer before the answer."""
    hint = encoded(terms(visit.url, [offer(payTo="0x" + "77" * 20)]))
    visit.call.write(f"HTTP/1.1 103 Early\r\nPAYMENT-REQUIRED: {hint}\r\n\r\n".encode())
    v2()(visit)


def stream_error(visit):
    visit.call.begin_stream([])
    visit.call.piece(b'data: {"error":{"message":"no more","code":500}}\n\n')
    visit.call.piece(b"data: [DONE]\n\n")
    visit.call.end_stream()


def page(visit):
    visit.call.head(200, [("Content-Length", 20)], "text/html")
    visit.call.write(b"<html>Thanks.</html>")


WRONG = {"error": {"message": "model overloaded", "type": "server_error"}}

SELLERS = [
    refused("v2-in-body", "terms of version 2 in the body alone",
            body_alone(lambda visit: terms(visit.url, [offer()]))),
    refused("v1-in-header", "terms of version 1 in the header alone", header_of(old_terms)),
    refused("v1-named-2", "terms of version 1 that say 2",
            body_alone(lambda visit: old_terms(visit, x402Version=2))),
    refused("v2-named-1", "terms of version 2 that say 1", v2(x402Version=1)),
    refused("v1-amount-in-v2", "version 2 with the price of version 1",
            v2({**offer(), "maxAmountRequired": str(PRICE), "amount": None})),
    refused("offers-object", "offers as an object",
            header_of(lambda visit: terms(visit.url, {"0": offer()}))),
    refused("version-true", "the version is true", v2(x402Version=True)),
    refused("drip", "terms that come a byte at a time", drip),
    Case("both-prices", "version 2 with a lower price of version 1 beside",
         one(maxAmountRequired="1")),
    Case("v1-zipped", "terms of version 1, compressed", zipped, signs=None, served=None),
    Case("url-safe", "another alphabet, no padding, a small header name", url_safe),
    Case("decimals", "says that the token has two decimals", one(
        amount="1", extra={"name": "USDC", "version": "2", "decimals": 2}), pays=1),
    Case("lower-case", "addresses in small letters", one(asset=offer()["asset"].lower())),
    Case("hint", "terms to somebody else in an early hint", early_hint, signs=None, served=None),
    Case("versions-change", "version 2, and after the payment version 1", v2(), settled_then(v1()),
         served=False),
    Case("asks-with-receipt", "asks again, with a receipt", v2(), asks_with_receipt, served=False),
    Case("error-in-200", "cashes, and an error with status 200", v2(),
         settled_then(lambda visit: visit.call.answer(200, WRONG)), served=False),
    Case("page-in-200", "cashes, and a page", v2(), settled_then(page), served=False),
    Case("not-settled-says-so", "hands out, and says that it was settled", v2(), receipt_then_answer(
        False, lambda visit, _: visit.receipt("0x" + "ab" * 32)), pays=0),
    Case("no-such-receipt", "hands out with a receipt that is a number", v2(), receipt_then_answer(
        True, lambda visit, _: [("PAYMENT-RESPONSE", encoded("7"))])),
    Case("stream-error", "cashes, and streams an error", v2(), settled_then(
        lambda visit: stream_error(visit) if visit.stream() else plain(500)(visit)), served=False),
    Case("302-after", "cashes, and sends elsewhere", v2(), settled_then(
        lambda visit: plain(302, [("Location", visit.stranger)])(visit)), served=False),
]


def whole(answer):
    if answer.status != 200:
        return False
    if answer.body.startswith(b"data: "):
        return answer.body.endswith(b"data: [DONE]\n\n") and b"error" not in answer.body
    return b'"choices"' in answer.body


class Sellers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.chain = cls.enterClassContext(Chain())
        cls.chain.fund(BUYER.address, usdc=5_000_000)

    def judge(self, **more):
        with HostileSeller(self.chain, SELLERS) as seller:
            shops = [shop(case.name, seller.url(case.name)) for case in SELLERS]
            with Gateway(configuration(shops, wallet=wallet(self.chain))) as gateway:
                for case in SELLERS:
                    with self.subTest(case.name):
                        answer = gateway.chat(ask(f"{case.name}/m", **more))
                        self.assertEqual(seller.verdict(case.name, whole(answer)), [], answer.body)
                        if case.pays == PRICE and case.served is False:
                            delivered = purchases(
                                gateway, "delivered",
                                f"request = '{answer.header('x-gaterouter-request-id')}'")
                            self.assertEqual(delivered, [(0,)])

    def test_whole(self):
        self.judge()

    def test_streams(self):
        self.judge(stream=True)


class Nodes(unittest.TestCase):
    """What a server of the chain says of a payment is compared with what it cannot make up."""

    def setUp(self):
        self.chain = self.enterContext(Chain())
        self.chain.fund(BUYER.address, usdc=5_000_000)
        self.node = self.enterContext(LiarNode(self.chain))
        cases = [Case("honest", "takes the money and answers", one(maxTimeoutSeconds=10)),
                 Case("gift", "never cashes", one(maxTimeoutSeconds=10), receipt_then_answer(False)),
                 Case("mute", "cashes, and says nothing of it", one(maxTimeoutSeconds=10),
                      receipt_then_answer(True, lambda visit, hash: []))]
        self.seller = self.enterContext(HostileSeller(self.chain, cases))
        own = wallet(self.chain)
        own["networks"][0]["rpc"] = self.node.url
        self.gateway = self.enterContext(Gateway(configuration(
            [shop(case.name, self.seller.url(case.name)) for case in cases], wallet=own)))

    def ask(self, case, text="Hi"):
        return self.gateway.chat(ask(f"{case}/m", text))

    def states(self):
        return [state for state, in purchases(self.gateway, "state")]

    def looks(self):
        """Waits until the gateway has asked about its payments twice more."""
        before = self.node.asked.count("eth_getBlockByNumber")
        wait_until(lambda: self.node.asked.count("eth_getBlockByNumber") > before + 1, "looked at")

    def test_nonsense_is_no_answer(self):
        for number, bend in enumerate((liar_node.page, liar_node.nothing, liar_node.deep,
                                       liar_node.long, liar_node.other_chain)):
            self.node.bend = bend
            with self.subTest(bend.__name__):
                self.assertEqual(self.ask("honest", f"number {number}").status, 200)
        self.assertEqual(set(self.states()), {"sent"})
        self.node.bend = liar_node.honest
        wait_until(lambda: set(self.states()) == {"settled"}, "all of them found")

    def test_another_token_is_refused(self):
        for bend, words in ((liar_node.other_decimals, "decimals"),
                            (liar_node.poor, "the wallet has 0 on Base Sepolia"),
                            (liar_node.tomorrow, "behind Base Sepolia")):
            self.node.bend = bend
            answer = self.ask("honest")
            self.assertEqual((answer.status, answer.error()["code"]), (403, "payment_refused"))
            self.assertIn(words, answer.error()["message"])
        self.assertEqual(self.seller.payments("honest"), [])
        self.node.bend = liar_node.honest
        self.assertEqual(self.ask("honest").status, 200)
        self.assertEqual(tell(self.gateway, command="payments")["clock"], "")

    def test_no_server_releases_what_is_good(self):
        self.node.bend = liar_node.final_in_the_future
        self.assertEqual(self.ask("gift").status, 200)
        self.looks()
        self.assertEqual(self.states(), ["sent"])

    def test_a_used_nonce_alone_is_not_paid(self):
        self.node.bend = liar_node.all_used
        self.assertEqual(self.ask("gift").status, 200)
        self.looks()
        self.assertEqual(self.states(), ["sent"])
        self.assertEqual(self.seller.moved("gift"), 0)

    def test_a_liar_releases_nothing_before_its_end(self):
        """It was taken, and the server says that it never was. Behind its end that is believed, and
        looked at again for a day (test_purchase_watch)."""
        def lie(method, params, result):
            return liar_node.final_in_the_future(
                method, params, liar_node.none_used(method, params, result))
        self.node.bend = lie
        self.assertEqual(self.ask("mute").status, 200)
        self.looks()
        self.assertEqual(self.states(), ["sent"])
        time.sleep(max(0, self.seller.payments("mute")[0].valid_before + 0.5 - time.time()))
        self.assertEqual(self.ask("honest").status, 200)  # makes it look at once
        wait_until(lambda: self.states()[0] == "released", "released by a lie")
        self.assertEqual(self.seller.moved("mute"), PRICE)


if __name__ == "__main__":
    unittest.main()
