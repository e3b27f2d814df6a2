# SPDX-License-Identifier: MIT
"""A gateway that is killed while it pays, and started again on its books: one payment at most."""

import json
import sqlite3
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from gateway import DAEMON, Gateway, configuration, environment
from paying import purchases, shop, tell, wallet
from wire import wait_until
from x402.chain import BUYER, USDC, Chain
from x402.hostile_seller import HostileSeller
from x402.shady_shop import PRICE

BODY = {"model": "shady/m", "messages": [{"role": "user", "content": "Hi"}]}


class Killed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.chain = cls.enterClassContext(Chain())
        cls.chain.fund(BUYER.address, usdc=5_000_000)

    def setUp(self):
        self.seller = self.enterContext(HostileSeller(self.chain))
        self.folder = self.enterContext(tempfile.TemporaryDirectory(prefix="gr-crash-"))

    def configure(self, case, **policy):
        self.case = case
        self.config = configuration([shop("shady", self.seller.url(case))],
                                    wallet=wallet(self.chain, **policy))

    def start(self):
        gateway = Gateway(self.config, folder=self.folder)
        self.addCleanup(gateway.log.close)
        self.addCleanup(gateway.kill)
        return gateway

    def ask(self, gateway):
        """Asks, and does not wait for the answer, which comes into the list."""
        answers = []

        def work():
            try:
                answers.append(gateway.chat(BODY))
            except OSError:  # it was killed
                answers.append(None)

        thread = threading.Thread(target=work, daemon=True)
        thread.start()
        self.addCleanup(thread.join, 20)
        return answers

    def headers(self, count):
        """What came with a payment, once so much has."""
        seen = wait_until(lambda: len(self.seller.payments(self.case)) >= count and
                          self.seller.payments(self.case), f"{count} payments")
        return [payment.text for payment in seen]

    def test_while_the_seller_thinks(self):
        self.configure("hang-paid")
        first = self.start()
        self.ask(first)
        self.headers(1)
        first.kill()
        second = self.start()
        self.ask(second)
        headers = self.headers(2)
        self.assertEqual(headers, [headers[0]] * 2)
        self.assertEqual(len(purchases(second, "id")), 1)
        second.kill()
        self.assertEqual(self.seller.verdict(self.case), [])

    def test_between_the_money_and_the_answer(self):
        self.configure("hang-settled")
        first = self.start()
        self.ask(first)
        wait_until(lambda: self.seller.moved(self.case) == PRICE, "moved")
        first.kill()
        second = self.start()
        # The seller said nothing: the chain does.
        rows = wait_until(lambda: purchases(second, "tx", "state = 'settled'"), "settled")
        self.assertEqual(rows, [(self.chain.transfers(USDC)[-1].transaction,)])
        self.ask(second)
        headers = self.headers(2)
        self.assertEqual(headers, [headers[0]] * 2)
        self.assertEqual(self.seller.moved(self.case), PRICE)
        second.kill()
        self.assertEqual(self.seller.verdict(self.case), [])

    def test_while_a_person_is_asked(self):
        self.configure("no-receipt", approve_new="ask")
        first = self.start()
        self.ask(first)
        wait_until(lambda: tell(first, command="payments")["held"], "held")
        first.kill()
        second = self.start()
        refused = second.chat(BODY)
        self.assertEqual(refused.error()["code"], "payment_refused")
        self.assertIn("waits for a person already, until", refused.error()["message"])
        second.kill()
        self.assertEqual(self.seller.payments(self.case), [])
        with sqlite3.connect(second.data / "ledger.sqlite") as books:  # six minutes pass
            books.execute("UPDATE purchases SET created_ms = created_ms - 360000")
        third = self.start()
        answers = self.ask(third)
        held = wait_until(lambda: tell(third, command="payments")["held"], "held again")
        self.assertTrue(tell(third, command="payments.approve", id=held[0]["id"])["ok"])
        answer = wait_until(lambda: answers, "an answer")[0]
        self.assertEqual(answer.status, 200, answer.body)
        self.assertIn("choices", json.loads(answer.body))
        self.assertEqual([state for state, in purchases(third, "state")][0], "denied")
        self.assertEqual(self.seller.moved(self.case), PRICE)
        self.assertEqual(self.seller.verdict(self.case, served=True), [])


class Forgotten(unittest.TestCase):
    """Books that were put back to an older state: the vault knows that there were payments."""

    PASSPHRASE = "correct horse battery"

    def setUp(self):
        self.chain = self.enterContext(Chain())
        self.chain.fund(BUYER.address, usdc=5_000_000)
        self.seller = self.enterContext(HostileSeller(self.chain))
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="gr-crash-")))
        secret = self.folder / "passphrase"
        secret.write_text(self.PASSPHRASE + "\n")
        secret.chmod(0o600)
        self.lines = {"GATEROUTER_PASSPHRASE_FILE": str(secret)}
        wanted = wallet(self.chain)
        del wanted["key"]
        self.config = configuration([shop("shady", self.seller.url("no-receipt"))], wallet=wanted)
        (self.folder / "config.json").write_text(json.dumps(self.config))
        (self.folder / "config.json").chmod(0o600)
        self.run_command("wallet", "import", given=BUYER.key)
        self.run_command("wallet", "approve-policy")

    def run_command(self, *command, given=""):
        done = subprocess.run(
            [DAEMON, *command, "--config", self.folder / "config.json", "--data-dir",
             self.folder / "data"], input=given, capture_output=True, text=True, timeout=60,
            env={**environment(), **self.lines, "HOME": str(self.folder)}, start_new_session=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def start(self):
        gateway = self.enterContext(Gateway(self.config, folder=self.folder, wrapper=[
            "env", *(f"{name}={value}" for name, value in self.lines.items())]))
        tell(gateway, command="status")  # the vault is open
        return gateway

    def ask(self, gateway, text):
        return gateway.chat({"model": "shady/m", "messages": [{"role": "user", "content": text}]})

    def test_nothing_is_paid_until_a_person_has_looked(self):
        first = self.start()
        self.assertEqual(self.ask(first, "one").status, 200)
        tell(first, command="status")  # the vault has its mark: it was handed over before
        first.stop()
        for file in (self.folder / "data").glob("ledger.sqlite*"):
            file.unlink()
        second = self.start()
        refused = self.ask(second, "two")
        self.assertEqual((refused.status, refused.error()["code"]), (403, "payment_refused"))
        self.assertIn("gaterouterd payments believe", refused.error()["message"])
        self.assertEqual(len(self.seller.payments("no-receipt")), 1)
        self.assertIn("count as they are", self.run_command("payments", "believe"))
        self.assertEqual(self.ask(second, "two").status, 200)
        second.stop()
        self.assertEqual(self.ask(self.start(), "three").status, 200)


if __name__ == "__main__":
    unittest.main()
