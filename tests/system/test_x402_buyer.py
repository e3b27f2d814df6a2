# SPDX-License-Identifier: MIT
"""The gateway as a buyer: official sellers of both versions on a real chain, and dishonest ones."""

import json
import re
import subprocess
import threading
import time
import unittest

from fake_upstream import FakeUpstream
from gateway import DAEMON, KEY, Gateway, configuration, environment
from paying import Person, purchases, shop, tell, wallet
from wire import request, wait_until
from x402.chain import BUYER, SELLER, USDC, Chain
from x402.hostile_seller import CAP, CASES, HostileSeller
from x402.market import facilitator, seller_v1, seller_v2, stats

HELLO = [{"role": "user", "content": "Hi"}]


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

    def test_the_same_question_later_is_another_purchase(self):
        self.ask("new/m", "twice")
        wait_until(lambda: not purchases(self.gateway, "id", "open = 1"), "seen on the chain")
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


class Looked(unittest.TestCase):
    """What the chain is asked beside the sellers."""

    def setUp(self):
        self.chain = self.enterContext(Chain())
        self.seller = self.enterContext(HostileSeller(self.chain))
        self.chain.fund(BUYER.address, usdc=5_000_000)

    def gateway(self, rpc, case, **more):
        own = wallet(self.chain)
        own["networks"][0]["rpc"] = rpc
        return self.enterContext(Gateway(configuration(
            [{**shop("shady", self.seller.url(case)), **more}], wallet=own)))

    def ask(self, gateway):
        return gateway.chat({"model": "shady/m", "messages": HELLO})

    def test_a_transaction_that_nobody_names_is_found(self):
        gateway = self.gateway(self.chain.url, "no-receipt")
        self.assertEqual(self.ask(gateway).status, 200)
        rows = wait_until(lambda: purchases(gateway, "tx, open", "state = 'settled'"), "settled")
        self.assertEqual(rows, [(self.chain.transfers(USDC)[-1].transaction, 0)])

    def test_a_token_that_its_contract_denies_is_not_paid_with(self):
        asked = []

        def liar(call):
            questions = call.json()
            asked.extend(questions)
            results = {"eth_chainId": hex(84532), "0x313ce567": f"0x{6:064x}",
                       "0x3644e515": f"0x{7:064x}", "eth_getBlockByNumber": None}
            rich = f"0x{10**12:064x}"  # a balance
            call.answer(200, [{"jsonrpc": "2.0", "id": one["id"], "result": results.get(
                one["method"] if one["method"] != "eth_call" else one["params"][0]["data"], rich)}
                for one in questions])

        node = self.enterContext(FakeUpstream(liar))
        gateway = self.gateway(f"http://127.0.0.1:{node.port}", "no-receipt")
        answer = self.ask(gateway)
        self.assertEqual((answer.status, answer.error()["code"]), (403, "payment_refused"))
        self.assertIn("another EIP-712 domain", answer.error()["message"])
        self.assertEqual(len(asked), 5)  # all in one
        self.assertEqual(self.seller.payments("no-receipt"), [])
        self.assertEqual(purchases(gateway, "id"), [])

    def test_counting_tokens_is_not_paid_for(self):
        gateway = self.gateway(self.chain.url, "no-receipt", kind="anthropic")
        answer = gateway.exchange(request("POST", "/v1/messages/count_tokens", key=KEY, body={
            "model": "shady/m", "messages": HELLO}))
        self.assertEqual(answer.status, 200, answer.body)
        self.assertGreater(json.loads(answer.body)["input_tokens"], 0)
        self.assertEqual(len(self.seller.visits["no-receipt"]), 1)  # it was asked, and wanted money
        self.assertEqual(self.seller.payments("no-receipt"), [])
        self.assertEqual(purchases(gateway, "id"), [])


class Asked(unittest.TestCase):
    """A person at a terminal."""

    def setUp(self):
        self.chain = self.enterContext(Chain())
        self.seller = self.enterContext(HostileSeller(self.chain))
        self.chain.fund(BUYER.address, usdc=5_000_000)
        self.gateway = self.enterContext(Gateway(configuration(
            [shop("shady", self.seller.url("no-receipt"))],
            wallet=wallet(self.chain, approve_new="ask"))))
        self.answers = []

    def run_command(self, *command):
        done = subprocess.run(
            [DAEMON, *command, "--config", self.gateway.config_file, "--data-dir",
             self.gateway.data], capture_output=True, text=True, timeout=60, env=environment())
        return done.returncode, done.stdout + done.stderr

    def hold(self, text):
        """A request whose payment waits: its thread, and what `payments` shows of it."""
        body = {"model": "shady/m", "messages": [{"role": "user", "content": text}]}
        thread = threading.Thread(target=lambda: self.answers.append(self.gateway.chat(body)))
        thread.start()
        self.addCleanup(thread.join)
        lines = wait_until(lambda: "pay_" in (said := self.run_command("payments")[1]) and said,
                           "it waits")
        return thread, lines, re.search("pay_[0-9A-Z]{26}", lines)[0]

    def test_says_what_is_asked_and_what_becomes_of_it(self):
        self.assertEqual(self.run_command("payments"), (0, "no payment waits\n"))
        thread, lines, id = self.hold("one")
        for part in ("of $0.01 to http://127.0.0.1:", SELLER.lower(), "eip155:84532", 'for "tests"',
                     "127.0.0.1 was never paid before.", "The request should cost $",
                     "gaterouterd payments approve ID"):
            self.assertIn(part, lines)
        code, said = self.run_command("payments", "approve", id, "--always-up-to", "much")
        self.assertEqual((code, said), (1, '"much" is no amount in US dollars; write it as 0.05.\n'))
        self.assertEqual(self.run_command("payments", "deny", id), (0, "It is not paid.\n"))
        thread.join()
        self.assertEqual(self.answers.pop().error()["code"], "payment_refused")
        code, said = self.run_command("payments", "approve", id)
        self.assertEqual((code, said), (1, f'No payment "{id}" waits for an answer.\n'))
        self.assertEqual(self.seller.payments("no-receipt"), [])

    def test_paused_and_approved(self):
        thread, _, id = self.hold("two")
        self.assertEqual(self.run_command("pause")[0], 0)
        self.assertIn("Payments are paused", self.run_command("payments")[1])
        code, said = self.run_command("payments", "approve", id)
        self.assertEqual(code, 1)
        self.assertIn("gaterouterd resume", said)
        self.assertEqual(self.run_command("resume"), (0, "Payments go on.\n"))
        code, said = self.run_command("payments", "approve", id, "--always-up-to", "0.01")
        self.assertEqual(code, 0)
        self.assertIn("It is paid", said)
        thread.join()
        self.assertEqual(self.answers.pop().status, 200)
        # From now on it is known.
        body = {"model": "shady/m", "messages": [{"role": "user", "content": "three"}]}
        self.assertEqual(self.gateway.chat(body).status, 200)


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
