# SPDX-License-Identifier: MIT
"""The gateway pays through Permit2: what a person allows, and what sellers take of it."""

import base64
import json
import os
import signal
import subprocess
import tempfile
import time
import unittest
import urllib.request
from pathlib import Path

from fake_upstream import FakeUpstream, completion
from gateway import DAEMON, Gateway, configuration, environment
from paying import purchases, shop, wallet
from terminal import Terminal
from wire import wait_until
from x402.chain import (BUYER, EXACT_PROXY, FACILITATOR, OTHER_BUYER, SELLER, UPTO_PROXY, USDC, USDT,
                        Chain, RpcError)
from x402.market import facilitator, seller_v2
from x402.shady_shop import THIEF, encoded

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
        self.assertIn("Ask for the same again", said)
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


class AllowFromTheVault(Allowing):
    PASSPHRASE = "correct horse battery"

    def setUp(self):
        super().setUp()
        own = payer(self.chain)
        del own["key"]
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory(prefix="gr-allow-")))
        self.config_file, self.data = self.folder / "config.json", self.folder / "data"
        self.config_file.write_text(json.dumps(configuration([], wallet=own)))
        self.config_file.chmod(0o600)
        secret = self.folder / "passphrase"
        secret.write_text(self.PASSPHRASE + "\n")
        secret.chmod(0o600)
        self.run_command("import", given=BUYER.key, GATEROUTER_PASSPHRASE_FILE=str(secret))

    def run_command(self, *arguments, given="", **variables):
        done = subprocess.run(
            [DAEMON, "wallet", *arguments, "--config", self.config_file, "--data-dir", self.data],
            input=given, capture_output=True, text=True, timeout=60, start_new_session=True,
            env={**environment(), **variables, "HOME": str(self.folder)})
        return done.returncode, done.stderr

    def test_takes_its_passphrase_and_a_yes(self):
        code, said = self.run_command("allow", WHERE, "USDT", given="y\n")
        self.assertEqual(code, 1)
        self.assertIn("standard input is no terminal", said)
        terminal = self.begin(self, WHERE, "USDT", "--up-to", "1")
        terminal.expect("Passphrase").type(self.PASSPHRASE)
        terminal.expect("[y/N]").type("y").expect("Done: Permit2 may move up to 1 USDT now.")
        self.assertEqual((terminal.end(), self.allowance()), (0, 1_000_000), terminal.shown)
        wrong = self.begin(self, WHERE, "USDT", "--up-to", "2")
        wrong.expect("Passphrase").type("another")
        self.assertNotEqual(wrong.end(), 0)
        self.assertEqual(self.allowance(), 1_000_000)


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
        self.assertEqual(self.settled(2, "scheme, amount, tx"),
                         [("exact-permit2", "10000", one.transaction)
                          for one in self.chain.transfers(USDT)[-2:]])

    def settled(self, count, columns):
        return wait_until(lambda: len(done := purchases(
            self.gateway, columns, "state = 'settled'")) == count and done, "settled")

    def test_upto_takes_what_the_work_took(self):
        answer, moved = self.moved(lambda: self.ask("upto/m", "not allowed"), USDC)
        self.assertEqual((answer.status, moved), (403, [0, 0]), answer.body)
        self.assertIn("The provider takes 0.5 USDC at most by Permit2 alone",
                      answer.error()["message"])
        self.assertEqual(self.allow(self.gateway, WHERE, "USDC")[0], 0)
        for number, stream in enumerate((False, True)):
            answer, moved = self.moved(
                lambda: self.ask("upto/m", f"allowed {number}", stream=stream), USDC)
            self.assertEqual(answer.status, 200, answer.body)
            self.assertEqual(moved, [-102, 102])
            self.assertIn(b"[DONE]" if stream else b"choices", answer.body)
        self.assertEqual(self.allowance(USDC), 10_000_000 - 2 * 102)
        pico = 1_000_000  # pico-dollars a unit
        self.assertEqual(self.settled(2, "scheme, amount, usd_pico, quote_pico"),
                         [("upto", "102", 102 * pico, 500_000 * pico)] * 2)


MOST = 500_000


def offer(scheme, amount, asset, **extra):
    return {"scheme": scheme, "network": WHERE, "amount": str(amount), "asset": asset,
            "payTo": SELLER, "maxTimeoutSeconds": 60, "extra": extra}


# With a word that other buyers might heed.
UPTO = offer("upto", MOST, USDC, name="USDC", version="2", assetTransferMethod="permit2",
             facilitatorAddress=FACILITATOR.address, spender=THIEF)


class Shop:
    """Asks for payment, keeps it, and answers when `work(payment)` is done. Says nothing of any
    transaction."""

    def __init__(self, test, work, accepts=(UPTO,)):
        self.work, self.accepts, self.payments = work, accepts, []
        self.node = test.enterContext(FakeUpstream(self.serve))
        self.url = f"http://127.0.0.1:{self.node.port}/v1"

    def serve(self, call):
        text = call.header("payment-signature")
        if text is None:
            terms = {"x402Version": 2, "error": "payment required",
                     "resource": {"url": self.url, "description": "", "mimeType": "text/plain"},
                     "accepts": self.accepts}
            call.answer(402, {}, [("PAYMENT-REQUIRED", encoded(terms))])
            return
        self.payments.append(json.loads(base64.b64decode(text))["payload"])
        self.work(self.payments[-1])
        call.answer(200, completion())


def settlement(payment, charged, proxy=UPTO_PROXY, **changed):
    """The call of a proxy that takes the payment. `changed`: other words than those signed."""
    signed = {**payment["permit2Authorization"]}
    witness = {**signed["witness"], **changed}
    words = [signed["permitted"]["token"], int(signed["permitted"]["amount"]), int(signed["nonce"]),
             int(signed["deadline"])]
    if proxy == UPTO_PROXY:
        words += [charged, signed["from"], witness["to"], witness["facilitator"]]
    else:
        words += [signed["from"], witness["to"]]
    words += [int(witness["validAfter"]), 32 * (len(words) + 2), 65]
    selector = "ff11e7b4" if proxy == UPTO_PROXY else "13cd3b53"
    signature = payment["signature"][2:]
    return "0x" + selector + "".join(
        f"{word if isinstance(word, int) else int(word, 16):064x}" for word in words
    ) + signature.ljust(192, "0")


class Choosing(Allowing):
    """Two ways to pay: through Permit2, and dearer without."""

    def setUp(self):
        super().setUp()
        self.seller = Shop(self, lambda payment: None, (
            offer("exact", 20_000, USDC, name="USDC", version="2"),
            offer("exact", 10_000, USDT, assetTransferMethod="permit2")))

    def buys(self, rpc):
        """The token that is paid with."""
        gateway = self.gateway_at(rpc, [shop("two", self.seller.url)])
        answer = gateway.chat({"model": "two/m", "messages": [{"role": "user", "content": "Hi"}]})
        self.assertEqual(answer.status, 200, answer.body)
        return "USDT" if "permit2Authorization" in self.seller.payments[-1] else "USDC"

    def test_the_cheapest_that_is_allowed(self):
        self.assertEqual(self.buys(self.chain.url), "USDC")
        self.chain.approve(BUYER.address, 9_999)
        self.assertEqual(self.buys(self.chain.url), "USDC")
        self.chain.approve(BUYER.address, 10_000)
        self.assertEqual(self.buys(self.chain.url), "USDT")

    def test_without_a_node_the_other_is_paid(self):
        self.chain.approve(BUYER.address, 10_000)
        with FakeUpstream(lambda call: call.answer(500, {})) as node:
            self.assertEqual(self.buys(f"http://127.0.0.1:{node.port}"), "USDC")


class Dishonest(Allowing):
    """What a seller can do with an upto payment, and what it cannot."""

    def start(self, work, accepts=(UPTO,), **policy):
        self.shop = Shop(self, work, accepts)
        own = payer(self.chain, **policy)
        self.gateway = self.enterContext(Gateway(configuration(
            [shop("greedy", self.shop.url)], wallet=own)))
        self.chain.approve(BUYER.address, 5_000_000, USDC)

    def ask(self, text="Hi"):
        return self.gateway.chat({"model": "greedy/m",
                                  "messages": [{"role": "user", "content": text}]})

    def take(self, payment, charged, sender=FACILITATOR.address, proxy=UPTO_PROXY, **changed):
        return self.chain.send(sender, proxy, settlement(payment, charged, proxy, **changed))

    def test_more_than_the_work_is_booked_and_twice_is_not_taken(self):
        self.start(lambda payment: self.take(payment, 400_000))
        answer, moved = self.chain.moved(self.ask, (BUYER.address, SELLER), USDC)
        self.assertEqual((answer.status, moved), (200, [-400_000, 400_000]), answer.body)
        rows = wait_until(lambda: purchases(
            self.gateway, "amount, usd_pico, quote_pico, tx", "state = 'settled'"), "settled")
        self.assertEqual(rows, [("400000", 400_000_000_000, 500_000_000_000,
                                 self.chain.transfers(USDC)[-1].transaction)])
        with self.assertRaises(RpcError):
            self.take(self.shop.payments[0], 100_000)

    def test_what_is_signed_binds_it(self):
        def attack(payment):
            for name, charged, more in (
                    ("more than the most", MOST + 1, {}),
                    ("another recipient", 1, {"to": THIEF}),
                    ("another settler", 1, {"facilitator": OTHER_BUYER.address,
                                            "sender": OTHER_BUYER.address}),
                    ("not the settler", 1, {"sender": OTHER_BUYER.address}),
                    ("another spender", MOST, {"proxy": EXACT_PROXY})):
                try:
                    self.take(payment, charged, **more)
                    failures.append(name)
                except RpcError:
                    pass
            self.take(payment, 1)

        failures = []
        self.start(attack)
        answer, moved = self.chain.moved(self.ask, (BUYER.address, SELLER, THIEF), USDC)
        self.assertEqual((answer.status, moved, failures), (200, [-1, 1, 0], []), answer.body)

    def test_the_most_counts_until_the_end(self):
        self.start(lambda payment: None, [{**UPTO, "maxTimeoutSeconds": 10}], per_hour="0.9")
        self.assertEqual(self.ask().status, 200)  # and takes nothing
        second = self.ask("another")
        self.assertEqual((second.status, second.error()["code"]), (403, "payment_refused"))
        self.assertEqual(purchases(self.gateway, "state, amount"), [("sent", str(MOST))])
        end = int(self.shop.payments[0]["permit2Authorization"]["deadline"])
        self.chain.next_block_at(end + 1)
        self.chain.mine(100)
        # The chain's clock alone could be one that somebody set.
        wait_until(lambda: purchases(self.gateway, "id", "state = 'released'"), "released")
        self.assertGreater(time.time(), end)
        self.assertEqual(self.ask("another").status, 200)

    def test_the_most_must_be_within_the_caps(self):
        self.start(lambda payment: None, per_payment="0.4", ask_above="0.4")
        answer = self.ask()
        self.assertEqual((answer.status, answer.error()["code"]), (403, "payment_refused"))
        self.assertEqual(self.shop.payments, [])


if __name__ == "__main__":
    unittest.main()
