# SPDX-License-Identifier: MIT
"""The gateway as a seller: official and other buyers on a real chain, and dishonest ones."""

import base64
import json
import re
import socket
import sqlite3
import subprocess
import threading
import time
import unittest

from fake_upstream import FakeUpstream, completion, delta
from gateway import DAEMON, Gateway, configuration, environment, provider
from wire import request
from x402 import purse
from x402.chain import BUYER, FACILITATOR, SELLER, USDC, USDT, Chain
from x402.hostile_buyer import ATTACKS, CHAT, Raid, Signer
from x402.market import BUYERS, buy, facilitator

PRICE = {"input": "10", "output": "100"}
DEAR = {**CHAT, "max_tokens": 1000}


def shop(chain, upstream, settle, **more):
    """A gateway that sells `m` for money of Base Sepolia."""
    models = [{"id": "m", "price": PRICE, "context": 8000}]
    sell = {"enabled": True, "pay_to": SELLER, "networks": ["eip155:84532"],
            "settle": settle, "accept_test_money": True,
            "price": {"markup_percent": 20, "minimum_usd": "0.001", "default_output_tokens": 100}}
    return configuration(
        [provider(upstream, models=models)],
        wallet={"networks": [{"id": "eip155:84532", "rpc": chain.url, "assets": [
            {"symbol": "USDT", "address": USDT, "decimals": 6, "method": "permit2"}]}]},
        sell={**sell, **more}, routing={"retries": 0})


def honest(call):
    """Answers whole, or as a stream of three pieces."""
    if not call.json().get("stream"):
        return call.answer(200, completion())
    call.begin_stream()
    for piece in (delta("Hel"), delta("lo."), delta(finish="stop"), b"data: [DONE]\n\n"):
        call.piece(piece)
    call.end_stream()


class Shop(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.chain = cls.enterClassContext(Chain())
        cls.bank = cls.enterClassContext(facilitator(cls.chain))
        cls.upstream = cls.enterClassContext(FakeUpstream())
        cls.gateway = Gateway(shop(cls.chain, cls.upstream, cls.settlement()))
        cls.addClassCleanup(cls.gateway.stop)
        cls.url = f"http://127.0.0.1:{cls.gateway.port}/v1"
        cls.chain.fund(BUYER.address, usdc=5_000_000, usdt=5_000_000)

    @classmethod
    def settlement(cls):
        return {"facilitator": cls.bank.url}

    def setUp(self):
        self.upstream.script = honest

    def ask(self, body=None, headers=(), path="/v1/chat/completions"):
        return self.gateway.exchange(request(body=CHAT if body is None else body, key=None,
                                             path=path, headers=headers))

    def terms(self, answer):
        return json.loads(base64.b64decode(answer.header("payment-required")))

    def rows(self, table):
        """Of the books, oldest first."""
        with sqlite3.connect(f"file:{self.gateway.data}/ledger.sqlite?mode=ro", uri=True) as book:
            book.row_factory = sqlite3.Row
            return [dict(row) for row in book.execute(f"SELECT * FROM {table} ORDER BY sequence")]

    def sales(self, wait_for=None):
        """Waits until the last is in that state."""
        until = time.monotonic() + 15
        while True:
            rows = self.rows("sales")
            if not wait_for or (rows and rows[-1]["state"] == wait_for) or time.monotonic() > until:
                return rows
            time.sleep(0.05)


class Official(Shop):
    def test_one_402_for_both_versions(self):
        asked = len(self.upstream.calls)
        answer = self.ask()
        self.assertEqual(answer.status, 402)
        self.assertEqual(answer.header("x-gaterouter-error"), "payment_required")
        self.assertEqual(answer.header("cache-control"), "no-store")
        terms = self.terms(answer)
        self.assertEqual(terms["x402Version"], 2)
        offer = terms["accepts"][0]
        self.assertEqual((offer["scheme"], offer["network"], offer["asset"], offer["payTo"]),
                         ("exact", "eip155:84532", USDC, SELLER))
        self.assertEqual(terms["resource"]["url"], self.url + "/chat/completions")
        old = json.loads(answer.body)
        self.assertEqual(old["x402Version"], 1)
        self.assertEqual(old["accepts"][0]["maxAmountRequired"], offer["amount"])
        self.assertIn(f"${answer.header('x-gaterouter-price')}, paid with it (x402)",
                      old["openai_error"]["error"]["message"])
        # As a client that must send a key, and for a dearer request.
        for word in ("Bearer x402", "bearer X402", "BEARER x402"):
            self.assertEqual(self.ask(headers=[("Authorization", word)]).status, 402, word)
        dear = self.terms(self.ask(DEAR))["accepts"][0]
        self.assertGreater(int(dear["amount"]), 5 * int(offer["amount"]))
        self.assertEqual(len(self.upstream.calls), asked)

    def test_the_price_is_the_worst_case_with_the_markup(self):
        body = {**CHAT, "max_tokens": 1000}
        units = int(self.terms(self.ask(body))["accepts"][0]["amount"])
        # 1,000 tokens of output at $100 a million are $0.1; with 20 % $0.12, and the input.
        self.assertGreater(units, 120_000)
        self.assertLess(units, 130_000)

    def test_who_shows_a_wrong_key_is_told_so(self):
        answer = self.ask(headers=[("Authorization", "Bearer gr-wrong")])
        self.assertEqual(answer.status, 401)
        self.assertEqual(self.gateway.get("/v1/models", key="gr-wrong").status, 401)
        self.assertEqual(self.ask(path="/v1/messages/count_tokens").status, 401)

    def test_strangers_get_little_memory(self):
        for status, header, word in ((413, ("Content-Length", 17 << 20), b"16 MB"),
                                     (411, ("Transfer-Encoding", "chunked"), b"Content-Length")):
            answer = self.gateway.exchange(request(headers=[("Content-Type", "application/json"),
                                                            header]))
            self.assertEqual(answer.status, status, answer.body)
            self.assertIn(word, answer.body)

    def test_bad_requests_are_told_before_any_price(self):
        for body, status in (({"model": "m"}, 400), ({**CHAT, "model": "gone"}, 404),
                             ({**CHAT, "n": "many"}, 400), ({**CHAT, "messages": []}, 400),
                             ({**CHAT, "messages": [{}]}, 400), ({**CHAT, "stop": 5}, 400),
                             ({**CHAT, "messages": [{"role": "foo", "content": "Hi"}]}, 400),
                             ({**CHAT, "temperature": "hot"}, 400),
                             ({**CHAT, "web_search_options": {}}, 422)):
            self.assertEqual(self.ask(body).status, status, body)

    def test_everybody_can_buy(self):
        for kind in BUYERS:
            for stream in (False, True):
                with self.subTest(kind, stream=stream):
                    self.buy(kind, {**CHAT, "stream": stream} if stream else CHAT)

    def test_what_is_used_is_charged(self):
        self.chain.approve(BUYER.address, 600_000, USDC)
        config = shop(self.chain, self.upstream, self.settlement(), schemes=["upto"],
                      price={"markup_percent": 20, "minimum_usd": "0.0001"})
        self.gateway = self.enterContext(Gateway(config))
        url = f"http://127.0.0.1:{self.gateway.port}/v1/chat/completions"
        before = [self.chain.balance(who) for who in (BUYER.address, SELLER)]
        seen = buy("v2", self.chain, BUYER, url, CHAT, maximum=1_000_000)
        self.assertEqual([status for status, _ in seen.get("exchanges", [])], [402, 200], seen)
        # 9 tokens read at $10 a million, 3 written at $100, and 20 % of it.
        used = 468
        after = [self.chain.balance(who) for who in (BUYER.address, SELLER)]
        self.assertEqual([after[0] - before[0], after[1] - before[1]], [-used, used])
        self.assertEqual(seen["receipt"]["amount"], str(used))
        row = self.sales(wait_for="served")[-1]
        self.assertEqual((row["state"], row["charged"]), ("served", str(used)))
        self.assertGreater(int(row["amount"]), 10 * used)

    def test_what_it_costs_the_owner_is_no_payers_business(self):
        self.chain.fund(BUYER.address, usdc=1_000_000)
        seen = buy("v2", self.chain, BUYER, self.url + "/chat/completions",
                   {**CHAT, "usage": {"include": True}}, {"x-gaterouter-usage-cost": "true"}, 1_000_000)
        self.assertEqual(seen["status"], 200)
        self.assertIn("x-gaterouter-price", seen["headers"])
        self.assertNotIn("x-gaterouter-cost", seen["headers"])
        self.assertNotIn("cost", json.loads(seen["body"])["usage"])
        metrics = self.gateway.get("/metrics").body.decode()
        self.assertIn('gaterouter_client="x402:payers"', metrics)
        self.assertNotIn(BUYER.address.lower(), metrics.lower())
        self.assertGreater(int(re.search(r"unpaid_total (\d+)", metrics)[1]), 0)

    def test_what_its_owner_may_spend_is_not_told(self):
        config = shop(self.chain, self.upstream, self.settlement())
        config["limits"] = [{"window": "day", "usd": "0.001"}]
        with Gateway(config) as gateway:
            seen = buy("v2", self.chain, BUYER, f"http://127.0.0.1:{gateway.port}/v1/chat/completions",
                       CHAT, maximum=1_000_000)
        self.assertEqual([status for status, _ in seen["exchanges"]], [402, 503])
        self.assertIn("Nothing was taken", seen["body"])
        self.assertNotIn("0.001", seen["body"])

    def test_the_books_agree_with_requests_and_chain(self):
        self.buy("v2", CHAT)
        def reconciled():
            return subprocess.run(
                [DAEMON, "ledger", "reconcile", "--config", self.gateway.config_file, "--data-dir",
                 self.gateway.data], env={**environment(), "HOME": str(self.gateway.folder)},
                text=True, capture_output=True, timeout=60)
        told = reconciled()
        until = time.monotonic() + 15  # the request's row comes a moment after its sale
        while told.returncode and time.monotonic() < until:
            told = reconciled()
        self.assertEqual(told.returncode, 0, told.stdout)
        self.assertRegex(told.stdout, r"\d+ sales and 0 payments; all agree")

    def buy(self, kind, body):
        before = [self.chain.balance(who) for who in (BUYER.address, SELLER)]
        asked = len(self.upstream.calls)
        seen = buy(kind, self.chain, BUYER, self.url + "/chat/completions", body, maximum=1_000_000)
        self.assertEqual([status for status, _ in seen.get("exchanges", [])], [402, 200], seen)
        after = [self.chain.balance(who) for who in (BUYER.address, SELLER)]
        row = self.sales(wait_for="served")[-1]
        units = int(row["amount"])
        self.assertEqual([after[0] - before[0], after[1] - before[1]], [-units, units])
        self.assertEqual(len(self.upstream.calls), asked + 1)
        self.assertTrue(seen["receipt"]["success"])
        self.assertEqual(seen["receipt"]["transaction"], row["tx"])
        self.assertEqual((row["state"], row["payer"]), ("served", BUYER.address.lower()))
        if body.get("stream"):
            self.assertTrue(seen["body"].endswith("data: [DONE]\n\n"))
        else:
            self.assertEqual(json.loads(seen["body"])["choices"][0]["message"]["content"], "Hello.")


class Trouble(Shop):
    """What goes wrong behind the payment: nothing is charged twice, and what is owed is served."""

    def setUp(self):
        super().setUp()
        self.signer = self.enterContext(Signer())
        self.payer = self.signer.account()
        self.chain.fund(self.payer.address, usdc=1_000_000)

    def another(self):
        """A gateway of its own for what would trouble the others."""
        return Gateway(shop(self.chain, self.upstream, self.settlement()))

    def pay(self, body=None, identifier=None):
        offer = self.terms(self.ask(body))["accepts"][0]
        payment = purse.eip3009(self.signer, self.payer, offer, self.chain.chain_id)
        if identifier:
            payment.payload["extensions"] = {"payment-identifier": {"info": {"id": identifier}}}
        return payment

    def send(self, payment, body=None):
        return self.ask(body, headers=[payment.header()])

    def fail(self, payment, body):
        """The work fails behind the payment; the provider is well again at once."""
        self.upstream.script = lambda call: call.answer(500, {"error": {"message": "no"}})
        answer = self.send(payment, body)
        self.upstream.script = honest
        self.assertEqual(self.gateway.chat().status, 200)
        return answer

    def charged(self):
        return 1_000_000 - self.chain.balance(self.payer.address)

    def test_failed_work_is_owed_and_served_once(self):
        for identifier in (None, "pay_0123456789abcdef"):
            with self.subTest(identifier):
                before = self.charged()
                body = {**CHAT, "user": f"failed {identifier}"}
                payment = self.pay(body, identifier)
                failed = self.fail(payment, body)
                self.assertGreaterEqual(failed.status, 500)
                self.assertTrue(failed.header("payment-response"))
                price = self.charged() - before
                self.assertGreater(price, 0)
                self.assertEqual(self.sales(wait_for="credit")[-1]["state"], "credit")
                if identifier is None:
                    # Everybody can read the signature on the chain: it alone is worth nothing.
                    self.assertEqual(self.send(payment, body).status, 409)
                    # Nor does somebody else's, or another request.
                    other = {**body, "temperature": 0.5}
                    self.assertEqual(self.send(self.pay(body), other).status, 402)
                    again = self.pay(body)
                else:
                    again = payment
                served = self.send(again, body)
                self.assertEqual(served.status, 200, served.body)
                self.assertEqual(self.charged() - before, price)
                # The credit is used now; the new signature was not, and buys another answer. By
                # its own name it gets the same one again.
                once_more = self.send(again, body)
                self.assertEqual(once_more.status, 200)
                self.assertEqual(self.charged() - before, price if identifier else 2 * price)
                self.assertEqual(once_more.header("x-gaterouter-cache"),
                                 "hit" if identifier else None)

    def test_what_is_owed_and_fails_once_more_is_still_owed(self):
        before, body = self.charged(), {**CHAT, "user": "fails twice"}
        first = self.pay(body)
        self.assertGreaterEqual(self.fail(first, body).status, 500)
        price = self.charged() - before
        again = self.pay(body)
        self.assertGreaterEqual(self.fail(again, body).status, 500)
        self.assertIn("is owed", self.send(first, body).error()["message"])
        self.assertEqual(self.send(again, body).status, 200)
        self.assertEqual(self.charged() - before, price)
        # Nobody is told to sign once more for nothing.
        self.assertIn("used already", self.send(first, body).error()["message"])

    def test_a_stream_that_breaks_is_served(self):
        def breaks(call):
            call.begin_stream()
            call.piece(delta("Hel"))
            call.connection.shutdown(socket.SHUT_RDWR)
        self.upstream.script = breaks
        body = {**CHAT, "stream": True, "user": "breaks"}
        answer = self.send(self.pay(body), body)
        self.assertIn(b"Hel", answer.body)
        row = self.sales(wait_for="served")[-1]
        self.assertEqual((row["state"], row["note"]), ("served", "broken off"))

    def test_who_hangs_up_is_owed_nothing(self):
        arrived = threading.Event()
        def slow(call):
            arrived.set()
            call.left.wait(30)
        self.upstream.script = slow
        body = {**CHAT, "user": "hangs up"}
        payment = self.pay(body)
        with self.gateway.client() as client:
            client.send(request(body=body, headers=[payment.header()]))
            self.assertTrue(arrived.wait(10))
        self.assertEqual(self.sales(wait_for="failed")[-1]["note"], "the payer left")
        self.upstream.script = honest
        self.assertEqual(self.send(payment, body).status, 409)

    def test_credits_are_bounded(self):
        for number in range(9):
            body = {**CHAT, "user": f"bounded {number}"}
            self.assertGreaterEqual(self.fail(self.pay(body), body).status, 500)
        self.assertEqual(self.sales(wait_for="failed")[-1]["note"],
                         "more credits are owed than are given")

    def test_nothing_is_taken_for_what_nobody_can_do(self):
        self.gateway = self.enterContext(self.another())
        body = {**CHAT, "user": "rests"}
        payment = self.pay(body)
        self.upstream.script = lambda call: call.answer(503, {"error": {"message": "no"}})
        for _ in range(12):
            self.gateway.chat()
        before = self.charged()
        answer = self.send(payment, body)
        self.assertEqual((answer.status, self.charged()), (503, before), answer.body)
        self.assertIn(b"Nothing was taken", answer.body)

    def test_killed_between_money_and_answer(self):
        """The payer is owed the answer, and gets it from the gateway that comes next."""
        arrived = threading.Event()
        def slow(call):
            arrived.set()
            call.left.wait(30)
        self.upstream.script = slow
        gateway = self.gateway = self.another()
        self.addCleanup(gateway.stop)
        body = {**CHAT, "user": "killed"}
        payment = self.pay(body, "pay_killed_0123456789")
        with gateway.client() as client:
            client.send(request(body=body, headers=[payment.header()]))
            self.assertTrue(arrived.wait(10))
            gateway.kill()
        price = self.charged()
        self.assertGreater(price, 0)
        self.assertEqual(self.sales()[-1]["state"], "settled")
        self.upstream.script = honest
        config = json.loads(gateway.config_file.read_text())
        self.gateway = self.enterContext(Gateway(config, folder=gateway.folder))
        self.assertEqual(self.sales(wait_for="credit")[-1]["state"], "credit")
        served = self.send(payment, body)
        self.assertEqual(served.status, 200, served.body)
        self.assertEqual(self.send(payment, body).body, served.body)
        self.assertEqual(self.charged(), price)


class Attacked(Shop):
    def raid(self, attacks=ATTACKS, **more):
        signer = self.enterContext(Signer())
        raid = Raid(self.chain, signer, self.url, worked=lambda: len(self.upstream.calls),
                    dear=DEAR, **more)
        *outcomes, later = raid.run(attacks)
        tried = 0
        for outcome in outcomes:
            if outcome.skipped:
                continue
            tried += 1
            with self.subTest(outcome.name):
                self.assertEqual(outcome.wrong, [], outcome)
        self.assertEqual(later.wrong, [])
        return tried

    def test_version_2(self):
        self.assertGreater(self.raid(), 130)

    def test_version_1(self):
        self.assertGreater(self.raid(version=1), 100)


class SelfSettled(Attacked):
    """The gateway brings the payments to the chain itself."""

    @classmethod
    def settlement(cls):
        return {"self": {"relayer_key": {"value": FACILITATOR.key}, "rpc": cls.chain.url,
                         "coin_usd": "10", "gas_per_settlement_usd": "1", "gas_per_day_usd": "500"}}

    def test_the_relayer_pays_the_gas(self):
        coins = self.chain.coins(FACILITATOR.address)
        Official.buy(self, "v2", CHAT)
        self.assertLess(self.chain.coins(FACILITATOR.address), coins)


if __name__ == "__main__":
    unittest.main()
