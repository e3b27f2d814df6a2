# SPDX-License-Identifier: MIT
"""The gateway as a buyer: official sellers of both versions on a real chain, and dishonest ones."""

import json
import socket
import sqlite3
import threading
import time
import unittest

from gateway import Gateway, configuration
from x402.chain import BUYER, SELLER, USDC, Chain
from x402.hostile_seller import CAP, CASES, HostileSeller
from x402.market import facilitator, seller_v1, seller_v2, stats

HELLO = [{"role": "user", "content": "Hi"}]


def shop(name, url, **model):
    """A provider that is paid by the request."""
    price = {"input": "100000", "output": "100000", **model}
    return {"id": name, "kind": "openai", "base_url": url, "payment": "x402", "keys": [],
            "models": [{"id": "m", "price": price, "context": 8000}]}


def wallet(chain, **policy):
    caps = {"per_payment": "0.05", "per_hour": "5", "per_day": "5", "ask_above": "0.05",
            "approve_new": "within_limits", **policy}
    return {"key": {"value": BUYER.key}, "policy": caps,
            "networks": [{"id": "eip155:84532", "rpc": chain.url}]}


def tell(gateway, **line):
    """A command of the control socket."""
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(str(gateway.data / "control.sock"))
        door.sendall(json.dumps(line).encode() + b"\n")
        return json.loads(door.makefile().readline())


class Person:
    """Approves every payment that goes to the known seller, as fast as it can; denies others."""

    def __init__(self, gateway):
        self.gateway, self.over = gateway, threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def stop(self):
        self.over.set()
        self.thread.join()

    def _watch(self):
        while not self.over.wait(0.05):
            for held in tell(self.gateway, command="payments")["held"]:
                known = held["payee"] == SELLER.lower()
                tell(self.gateway, command="payments.approve" if known else "payments.deny", id=held["id"])


class Official(unittest.TestCase):
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
        cls.chain.fund(BUYER.address, usdc=5_000_000)
        cls.gateway = Gateway(configuration(
            [shop("new", cls.new.url + "/v1"), shop("old", cls.old.url + "/v1")],
            wallet=wallet(cls.chain)))
        cls.addClassCleanup(cls.gateway.stop)

    def ask(self, model, text, **more):
        body = {"model": model, "messages": [{"role": "user", "content": text}], **more}
        return self.gateway.chat(body)

    def moved(self, work):
        return self.chain.moved(work, (BUYER.address, SELLER))

    def test_buys_from_a_seller_of_version_2(self):
        answer, moved = self.moved(lambda: self.ask("new/m", "version 2"))
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(moved, [-10000, 10000])
        self.assertIn("choices", json.loads(answer.body))

    def test_buys_from_a_seller_of_version_1(self):
        answer, moved = self.moved(lambda: self.ask("old/m", "version 1"))
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(moved[0], -moved[1])
        self.assertGreater(moved[1], 0)

    def test_buys_a_stream(self):
        answer, moved = self.moved(lambda: self.ask("new/m", "a stream", stream=True))
        self.assertEqual(answer.status, 200, answer.body)
        self.assertIn(b"[DONE]", answer.body)
        self.assertEqual(moved, [-10000, 10000])

    def open_purchases(self):
        with sqlite3.connect(f"file:{self.gateway.data}/ledger.sqlite?mode=ro", uri=True) as books:
            return books.execute("SELECT count(*) FROM purchases WHERE open = 1").fetchone()[0]

    def test_the_same_question_later_is_another_purchase(self):
        self.ask("new/m", "twice")
        deadline = time.monotonic() + 30
        while self.open_purchases() and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.open_purchases(), 0)  # seen on the chain
        answer, moved = self.moved(lambda: self.ask("new/m", "twice"))
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(moved, [-10000, 10000])

    def test_the_books_say_what_it_cost(self):
        answer = self.ask("new/m", "what did it cost?")
        self.assertEqual(answer.header("x-gaterouter-cost"), "0.01")


class Limited(unittest.TestCase):
    """Limits count what was paid, and nothing of what was not."""

    @classmethod
    def setUpClass(cls):
        cls.chain = cls.enterClassContext(Chain())
        cls.bank = cls.enterClassContext(facilitator(cls.chain))
        cls.new = cls.enterClassContext(seller_v2(cls.chain, cls.bank))
        cls.shady = cls.enterClassContext(HostileSeller(cls.chain))
        cls.chain.fund(BUYER.address, usdc=5_000_000)
        cls.gateway = cls.enterClassContext(Gateway(configuration(
            [shop("new", cls.new.url + "/v1", input="1", output="1"),
             shop("huge", cls.shady.url("price-huge"), input="1", output="1")],
            limits=[{"scope": "all", "window": "day", "usd": "0.025"},
                    {"scope": "all", "window": "day", "requests": 100}],
            wallet=wallet(cls.chain))))

    def spent(self):
        deadline = time.monotonic() + 20
        while True:  # the client has its answer a moment before the gateway has booked it
            dollars, requests = tell(self.gateway, command="limits")["limits"]
            open_ones = requests["reserved"], dollars["reserved"]
            if open_ones == (0, "0.00") or time.monotonic() > deadline:
                self.assertEqual(requests["reserved"], 0)
                return dollars["spent"], dollars["reserved"]
            time.sleep(0.02)

    def ask(self, model, text):
        return self.gateway.chat({"model": model, "messages": [{"role": "user", "content": text}]})

    def test_what_was_paid_and_no_more(self):
        for _ in range(4):
            refused = self.ask("huge/m", "too dear")
            self.assertEqual(refused.status, 403, refused.body)
            self.assertEqual(refused.error()["code"], "payment_refused")
        self.assertEqual(self.spent(), ("0.00", "0.00"))
        for number in range(2):
            self.assertEqual(self.ask("new/m", f"number {number}").status, 200)
        self.assertEqual(self.spent(), ("0.02", "0.00"))
        before = self.chain.balance(BUYER.address, USDC)
        self.assertEqual(self.ask("new/m", "one too many").status, 429)
        self.assertEqual(self.chain.balance(BUYER.address, USDC), before)
        self.assertEqual(self.spent(), ("0.02", "0.00"))


class Dishonest(unittest.TestCase):
    """At most one payment, never above the policy, never to another host."""

    @classmethod
    def setUpClass(cls):
        cls.chain = Chain()
        cls.addClassCleanup(cls.chain.stop)
        cls.seller = cls.enterClassContext(HostileSeller(cls.chain))
        cls.chain.fund(BUYER.address, usdc=500_000_000)
        cap = f"{CAP / 1_000_000:.6f}"
        cls.gateway = Gateway(configuration(
            [shop(case.name.replace("_", "-"), cls.seller.url(case.name)) for case in CASES],
            wallet=wallet(cls.chain, per_payment=cap, ask_above=cap, per_hour="100",
                          per_day="100")))
        cls.addClassCleanup(cls.gateway.stop)
        # All cases are one origin here: the third that takes money for nothing is held.
        cls.addClassCleanup(Person(cls.gateway).stop)

    def test_every_case(self):
        for case in CASES:
            with self.subTest(case.name):
                body = {"model": case.name.replace("_", "-") + "/m", "messages": HELLO}
                try:
                    answer = self.gateway.chat(body)
                except TimeoutError:  # a seller that hangs is waited for as long as the client does
                    answer = None
                served = answer is not None and answer.status == 200
                self.assertEqual(self.seller.verdict(case.name, served), [])


if __name__ == "__main__":
    unittest.main()
