# SPDX-License-Identifier: MIT
"""What the gateway sends to a real chain itself, when chain or gateway do not play along."""

import json
import threading
import time
import unittest

import test_x402_seller as seller
from gateway import Gateway
from x402 import purse
from x402.chain import FACILITATOR, USDC, USDT
from x402.hostile_buyer import Signer


class OwnTransactions(seller.Shop):
    @classmethod
    def settlement(cls):
        return seller.SelfSettled.settlement.__func__(cls)

    def setUp(self):
        super().setUp()
        self.addCleanup(self.chain.revert, self.chain.snapshot())
        self.signer = self.enterContext(Signer())
        self.payer = self.signer.account()
        self.chain.fund(self.payer.address, usdc=1_000_000, coins=10**19)
        self.gateway = Gateway(seller.shop(self.chain, self.upstream, self.settlement()))
        self.addCleanup(lambda: self.gateway.stop())  # the last one

    def pay(self):
        return purse.eip3009(self.signer, self.payer, self.terms(self.ask())["accepts"][0],
                             self.chain.chain_id)

    def send(self, payment):
        """Sends it; the answer comes later, perhaps."""
        answers = []
        thread = threading.Thread(
            target=lambda: answers.append(self.ask(headers=[payment.header()])))
        thread.start()
        self.addCleanup(thread.join)
        return thread, answers

    def wait(self, holds, what, seconds=30):
        until = time.monotonic() + seconds
        while not holds():
            self.assertLess(time.monotonic(), until, what)
            time.sleep(0.05)

    def charged(self):
        return 1_000_000 - self.chain.balance(self.payer.address)

    def test_an_empty_relayer_takes_nothing(self):
        payment = self.pay()
        self.chain.rpc("anvil_setBalance", FACILITATOR.address, "0x1")
        answer = self.ask(headers=[payment.header()])
        self.assertEqual(answer.status, 503)
        self.assertIsNone(answer.header("payment-required"))
        self.assertNotIn(FACILITATOR.address.lower(), answer.body.decode().lower())
        # What to do about it is for the owner.
        self.assertIn(FACILITATOR.address.lower(), self.gateway.said().lower())
        self.assertIn("send it some", self.gateway.said())
        self.assertEqual((self.charged(), self.rows("relayer_transactions")), (0, []))
        self.chain.rpc("anvil_setBalance", FACILITATOR.address, hex(10**18))
        self.assertEqual(self.ask(headers=[payment.header()]).status, 200)

    def test_what_is_not_approved_is_told_so(self):
        offer = next(one for one in self.terms(self.ask())["accepts"] if one["asset"] == USDT)
        self.chain.fund(self.payer.address, usdt=1_000_000)
        payment = purse.permit2(self.signer, self.payer, offer, self.chain.chain_id)
        refused = self.ask(headers=[payment.header()])
        self.assertEqual(refused.status, 412, refused.body)
        self.assertEqual(self.terms(refused)["error"], "permit2_allowance_required")
        self.chain.approve(self.payer.address, 1_000_000, USDT)
        self.assertEqual(self.ask(headers=[payment.header()]).status, 200)
        self.assertEqual(self.chain.balance(self.payer.address, USDT),
                         1_000_000 - int(offer["amount"]))

    def test_what_is_too_cheap_is_replaced(self):
        """Fees rise before the block that it was meant for."""
        payment = self.pay()
        self.chain.hold()
        self.addCleanup(self.chain.hold, False)
        thread, answers = self.send(payment)
        self.wait(lambda: self.chain.waiting() == 1, "nothing was sent")
        first = self.rows("relayer_transactions")[0]
        # The blocks from here on are too dear for the first one, until it is too late.
        self.chain.rpc("anvil_setNextBlockBaseFeePerGas", hex(12 * int(first["max_fee"])))
        self.chain.rpc("anvil_setIntervalMining", 1)
        self.addCleanup(self.chain.rpc, "anvil_setIntervalMining", 0)
        thread.join(60)
        self.assertEqual([answer.status for answer in answers], [200])
        rows = self.rows("relayer_transactions")
        self.assertGreater(len(rows), 1)
        self.assertEqual({row["nonce"] for row in rows}, {first["nonce"]})
        self.assertIn(self.rows("sales")[-1]["tx"], [row["hash"] for row in rows])
        self.assertEqual(self.charged(), int(self.rows("sales")[-1]["amount"]))

    def killed(self, forget):
        payment = self.pay()
        before = self.chain.block() + 1
        self.chain.hold()
        self.addCleanup(self.chain.hold, False)
        self.send(payment)
        self.wait(lambda: self.chain.waiting() == 1, "nothing was sent")
        self.addCleanup(self.gateway.stop)
        self.gateway.kill()
        sent = self.rows("relayer_transactions")
        self.assertEqual((len(sent), self.charged()), (1, 0))
        if forget:
            self.chain.rpc("anvil_dropTransaction", sent[0]["hash"])
        config = json.loads(self.gateway.config_file.read_text())
        self.gateway = Gateway(config, folder=self.gateway.folder)
        self.chain.hold(False)
        self.wait(lambda: self.rows("sales")[-1]["state"] == "credit", "nobody saw the money")
        self.wait(lambda: self.rows("relayer_transactions")[-1]["state"] == "mined", "not booked")
        self.assertEqual(len(self.chain.transfers(USDC, before)), 1)
        self.assertEqual(self.charged(), int(self.rows("sales")[-1]["amount"]))
        return self.rows("relayer_transactions")

    def test_killed_while_it_waits_for_a_block(self):
        self.assertEqual(len(self.killed(forget=False)), 1)

    def test_killed_and_forgotten_by_the_node(self):
        """The next gateway sends the same bytes again: one payment, whoever lost what."""
        self.assertEqual(len({row["nonce"] for row in self.killed(forget=True)}), 1)


if __name__ == "__main__":
    unittest.main()
