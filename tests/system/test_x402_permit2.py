# SPDX-License-Identifier: MIT
"""The gateway pays through Permit2: what a person allows, and what sellers take of it."""

import os
import signal
import unittest
import urllib.request

from fake_upstream import FakeUpstream
from gateway import DAEMON, Gateway, configuration, environment
from paying import purchases, shop, wallet
from terminal import Terminal
from wire import wait_until
from x402.chain import BUYER, SELLER, USDC, USDT, Chain
from x402.market import facilitator, seller_v2

TETHER = {"symbol": "USDT", "address": USDT, "decimals": 6}
WHERE = "eip155:84532"


def payer(chain, **policy):
    """A wallet that pays with both tokens; what upto takes at most is within its caps."""
    own = wallet(chain, **{"per_payment": "1", "ask_above": "1", **policy})
    own["networks"][0]["assets"] = [TETHER]
    return own


class Allowing(unittest.TestCase):
    """`gaterouterd wallet allow`, with a person at a terminal, on a chain."""

    def setUp(self):
        self.chain = self.enterContext(Chain())
        self.chain.fund(BUYER.address, usdc=5_000_000, usdt=5_000_000)

    def gateway_at(self, rpc, providers=()):
        own = payer(self.chain)
        own["networks"][0]["rpc"] = rpc
        return self.enterContext(Gateway(configuration(providers, wallet=own)))

    def begin(self, gateway, *arguments):
        return Terminal([DAEMON, "wallet", "allow", *arguments, "--config", gateway.config_file,
                         "--data-dir", gateway.data], environment())

    def allow(self, gateway, *arguments, says="y"):
        """Asked, and answered; what it showed."""
        terminal = self.begin(gateway, *arguments)
        terminal.expect("[y/N]").type(says)
        code = terminal.end()
        return code, terminal.shown

    def sent(self):
        """Transactions of the wallet in blocks."""
        return int(self.chain.rpc("eth_getTransactionCount", BUYER.address, "latest"), 16)

    def allowance(self, token=USDT):
        return self.chain.allowance(BUYER.address, token)


class Allow(Allowing):
    def setUp(self):
        super().setUp()
        self.gateway = self.gateway_at(self.chain.url)

    def test_a_person_allows_changes_and_ends_it(self):
        before = self.sent()
        code, said = self.allow(self.gateway, WHERE, "usdt", "--up-to", "2.5")
        self.assertEqual(code, 0, said)
        for words in ("may move up to 2.5 USDT of " + BUYER.address, "Base Sepolia", USDT,
                      "of gas at most", "--up-to 0 ends it", "Done: Permit2 may move up to 2.5 USDT"):
            self.assertIn(words, said)
        self.assertEqual((self.allowance(), self.sent() - before), (2_500_000, 1))
        # This token changes an allowance through 0 alone: two transactions, one question.
        code, said = self.allow(self.gateway, "Base Sepolia", USDT)
        self.assertEqual(code, 0, said)
        self.assertIn("this token wants 0 in between", said)
        self.assertEqual((self.allowance(), self.sent() - before), (10_000_000, 3))
        again = self.begin(self.gateway, WHERE, "USDT")
        again.expect("Permit2 may move 10 USDT already.")
        self.assertEqual((again.end(), self.sent() - before), (0, 3))
        code, said = self.allow(self.gateway, WHERE, "USDT", "--up-to", "0")
        self.assertEqual(code, 0, said)
        self.assertIn("From now on Permit2 may move nothing", said)
        self.assertEqual((self.allowance(), self.sent() - before), (0, 4))

    def test_nothing_is_signed_without_a_yes(self):
        before = self.sent()
        code, said = self.allow(self.gateway, WHERE, "USDC", says="n")
        self.assertEqual(code, 1)
        self.assertIn("Nothing was signed.", said)
        for arguments, words in (
                ((WHERE, "EURC"), '"EURC" is none of the tokens that are known on Base Sepolia (USDC, '
                                  'USDT)'),
                (("eip155:1", "USDC"), '"eip155:1" is none of the networks of this wallet'),
                ((WHERE, "USDC", "--up-to", "much"), '"much" is no amount of USDC'),
                ((WHERE, "USDC", "--up-to", "0.0000001"), "is no amount of USDC")):
            terminal = self.begin(self.gateway, *arguments)
            self.assertEqual(terminal.end(), 1, terminal.shown)
            self.assertIn(words, terminal.shown.replace("\n", " "))
        self.chain.fund(BUYER.address, coins=1_000)
        poor = self.begin(self.gateway, WHERE, "USDC")
        self.assertEqual(poor.end(), 1)
        self.assertIn("The gas may cost up to 0.", poor.shown)
        self.assertIn(BUYER.address.lower() + " lacks 0.", poor.shown)
        self.assertEqual((self.sent(), self.allowance(USDC)), (before, 0))

    def test_a_second_run_goes_on_with_the_first(self):
        before = self.sent()
        self.chain.hold()
        code, said = self.allow(self.gateway, WHERE, "USDT", "--wait", "2")
        self.assertEqual(code, 1)
        self.assertIn("Run the same command again", said)
        first = self.begin(self.gateway, WHERE, "USDT", "--wait", "60")
        first.expect("It is brought to its end first")
        other = self.begin(self.gateway, WHERE, "USDT")
        self.assertEqual(other.end(), 1)
        self.assertIn("wallet-allow.lock", other.shown)
        self.assertEqual(self.chain.waiting(), 1)
        self.chain.hold(False)
        first.expect("Permit2 may move 10 USDT already.")
        self.assertEqual(first.end(), 0)
        self.assertEqual((self.allowance(), self.sent() - before), (10_000_000, 1))


class AllowAtABadNode(Allowing):
    def setUp(self):
        super().setUp()
        self.drops = True
        self.kept = []

    def dropping(self, call):
        """A node that loses transactions, and says nothing of it."""
        asked = call.json()
        if isinstance(asked, dict) and asked["method"] == "eth_sendRawTransaction":
            self.kept.append(asked["params"][0])
            if self.drops:
                return
        with urllib.request.urlopen(urllib.request.Request(
                self.chain.url, call.body, {"Content-Type": "application/json"})) as answer:
            call.answer(200, answer.read())

    def test_what_was_signed_is_sent_again_after_a_kill(self):
        before = self.sent()
        node = self.enterContext(FakeUpstream(self.dropping))
        gateway = self.gateway_at(f"http://127.0.0.1:{node.port}")
        terminal = self.begin(gateway, WHERE, "USDT")
        terminal.expect("[y/N]").type("y")
        wait_until(lambda: self.kept, "sent")
        os.kill(terminal.pid, signal.SIGKILL)
        terminal.end()
        self.assertEqual(self.sent(), before)
        self.drops = False
        again = self.begin(gateway, WHERE, "USDT")
        again.expect("is not known to be in a block").expect("Permit2 may move 10 USDT already.")
        self.assertEqual(again.end(), 0, again.shown)
        self.assertEqual(len(set(self.kept)), 1)
        self.assertEqual((self.allowance(), self.sent() - before), (10_000_000, 1))


class Official(Allowing):
    """The official seller, settled by the official facilitator."""

    def setUp(self):
        super().setUp()
        bank = self.enterContext(facilitator(self.chain))
        seller = self.enterContext(seller_v2(self.chain, bank))
        self.gateway = self.gateway_at(self.chain.url, [
            shop("usdt", seller.url + "/usdt/v1"), shop("upto", seller.url + "/upto/v1")])

    def ask(self, model, text, **more):
        return self.gateway.chat({"model": model, **more,
                                  "messages": [{"role": "user", "content": text}]})

    def moved(self, work, token):
        return self.chain.moved(work, (BUYER.address, SELLER), token)

    def test_a_token_without_eip_3009(self):
        answer, moved = self.moved(lambda: self.ask("usdt/m", "not allowed"), USDT)
        self.assertEqual((answer.status, answer.error()["code"]), (403, "payment_refused"))
        self.assertIn("gaterouterd wallet allow eip155:84532 USDT", answer.error()["message"])
        self.assertEqual((moved, purchases(self.gateway, "id")), ([0, 0], []))
        code, said = self.allow(self.gateway, WHERE, "USDT", "--up-to", "0.02")
        self.assertEqual(code, 0, said)
        for number, stream in enumerate((False, True)):
            answer, moved = self.moved(
                lambda: self.ask("usdt/m", f"allowed {number}", stream=stream), USDT)
            self.assertEqual(answer.status, 200, answer.body)
            self.assertEqual(moved, [-10_000, 10_000])
            self.assertIn(b"[DONE]" if stream else b"choices", answer.body)
        self.assertEqual(self.allowance(), 0)
        answer, moved = self.moved(lambda: self.ask("usdt/m", "used up"), USDT)
        self.assertEqual((answer.status, moved), (403, [0, 0]), answer.body)
        self.assertIn("may not move so much", answer.error()["message"])
        rows = wait_until(lambda: len(done := purchases(
            self.gateway, "scheme, amount, tx", "state = 'settled'")) == 2 and done, "settled")
        self.assertEqual(rows, [("exact-permit2", "10000", one.transaction)
                                for one in self.chain.transfers(USDT)[-2:]])


if __name__ == "__main__":
    unittest.main()
