# SPDX-License-Identifier: MIT
"""A wallet that is locked while its gateway runs: it pays nothing and its key is nowhere, and
everything else goes on."""

import json
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from fake_upstream import FakeUpstream
from gateway import DAEMON, Gateway, configuration, environment, provider
from paying import purchases, shop, tell, wallet
from terminal import Terminal
from wire import wait_until
from x402.chain import BUYER, Chain
from x402.hostile_seller import HostileSeller

PASSPHRASE = "correct horse battery"
MOST = 1 << 30  # bytes: what a sanitizer knows of all addresses is larger, and no memory of ours


def holds(pid, *needles):
    """Which of these bytes stand in the memory of this process that can be written. Needs rights
    that not every tester has."""
    found = set()
    with open(f"/proc/{pid}/maps") as maps, open(f"/proc/{pid}/mem", "rb", 0) as memory:
        for line in maps:
            place, rights = line.split()[:2]
            if not rights.startswith("rw"):
                continue
            begin, end = (int(part, 16) for part in place.split("-"))
            if end - begin > MOST:
                continue
            try:
                memory.seek(begin)
                content = memory.read(end - begin)
            except (OSError, ValueError):
                continue
            found.update(needle for needle in needles if needle in content)
    return found


class Locked(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gr-lock-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.passphrase = self.folder / "passphrase"
        self.passphrase.write_text(PASSPHRASE + "\n")
        self.passphrase.chmod(0o600)
        self.environment = {**environment(), "HOME": str(self.folder)}
        self.chain = self.enterContext(Chain())
        self.seller = self.enterContext(HostileSeller(self.chain))
        self.chain.fund(BUYER.address, usdc=5_000_000)
        self.upstream = self.enterContext(FakeUpstream())

    def start(self, key=None, **more):
        own = {**wallet(self.chain), **more}
        own["key"] = key or {"vault": "wallet/main"}
        del own["policy"]["approve_new"]  # what is approved stays as it is: a person is asked
        config = configuration([shop("shady", self.seller.url("no-receipt")),
                                provider(self.upstream)], wallet=own)
        (self.folder / "config.json").write_text(json.dumps(config))
        if key is None:
            self.command("wallet", "import", given=BUYER.key, passphrase=True)
        self.gateway = self.enterContext(Gateway(
            config, folder=self.folder,
            wrapper=["env", f"GATEROUTER_PASSPHRASE_FILE={self.passphrase}"]))
        tell(self.gateway, command="status")  # answered once the vault is open
        return self.gateway

    def arguments(self, *command):
        return [DAEMON, *command, "--config", self.folder / "config.json", "--data-dir",
                self.folder / "data"]

    def command(self, *command, given="", passphrase=False):
        extra = {"GATEROUTER_PASSPHRASE_FILE": str(self.passphrase)} if passphrase else {}
        done = subprocess.run(self.arguments(*command), input=given, capture_output=True, text=True,
                              timeout=60, env={**self.environment, **extra},
                              start_new_session=True)
        return done.returncode, done.stdout + done.stderr

    def unlock(self, typed, said):
        terminal = Terminal(self.arguments("wallet", "unlock"), self.environment)
        terminal.expect("Passphrase of the vault").type(typed).expect(said)
        self.assertNotIn(typed, terminal.shown)
        return terminal.end()

    def buy(self, text, model="shady/m"):
        return self.gateway.chat({"model": model, "messages": [{"role": "user", "content": text}]})

    def bought(self, text):
        """With a person who lets it pass."""
        answers = []
        asking = threading.Thread(target=lambda: answers.append(self.buy(text)))
        asking.start()
        held = wait_until(
            lambda: answers or tell(self.gateway, command="payments")["held"], "it is asked")
        if not answers:
            tell(self.gateway, command="payments.approve", id=held[0]["id"], always_up_to="0.05")
        asking.join()
        return answers[0]

    def state(self):
        return tell(self.gateway, command="wallet")

    def test_nothing_is_paid_and_nothing_is_lost(self):
        gateway = self.start()
        self.assertEqual(self.bought("one").status, 200)
        code, said = self.command("wallet", "lock")
        self.assertEqual((code, said.startswith("The wallet is locked")), (0, True), said)
        self.assertEqual(self.command("wallet", "lock")[0], 0)
        # What is open is looked for on the chain all the same, and its address is known.
        wait_until(lambda: purchases(gateway, "id", "state = 'settled'"), "settled")
        facts = self.state()
        self.assertEqual((facts["state"], facts["address"].lower()),
                         ("locked", BUYER.address.lower()))
        paid = len(self.seller.payments("no-receipt"))
        answer = self.buy("two")
        self.assertEqual((answer.status, answer.error()["code"]), (403, "payment_refused"))
        self.assertIn("gaterouterd wallet unlock", answer.error()["message"])
        self.assertEqual(len(self.seller.payments("no-receipt")), paid)
        self.assertEqual(len(purchases(gateway, "id")), 1)
        # Who is paid by key goes on, and the configuration unlocks nothing.
        self.assertEqual(self.buy("three", "fake/m").status, 200)
        self.assertTrue(tell(gateway, command="reload")["ok"])
        self.assertEqual(self.state()["state"], "locked")
        self.assertEqual(self.buy("two").status, 403)
        self.assertIn("gaterouterd wallet unlock", self.command("payments")[1])
        self.assertEqual(self.unlock("wrong horse battery", "assphrase"), 1)
        self.assertEqual(self.state()["state"], "locked")
        self.assertEqual(self.unlock(PASSPHRASE, "The wallet is unlocked."), 0)
        self.assertEqual(self.state()["state"], "ready")
        self.assertEqual(self.buy("two").status, 200)
        self.assertEqual(self.command("wallet", "unlock"), (0, "The wallet is not locked.\n"))

    def test_the_key_is_nowhere(self):
        gateway = self.start()
        self.assertEqual(self.bought("one").status, 200)
        key = BUYER.key.removeprefix("0x")
        needles = (bytes.fromhex(key), key.encode())
        try:
            before = holds(gateway.process.pid, *needles)
        except PermissionError:
            self.skipTest("may not look into the gateway's memory")
        self.assertIn(needles[0], before)
        self.assertEqual(self.command("wallet", "lock")[0], 0)
        self.assertEqual(holds(gateway.process.pid, *needles), set())

    def test_a_request_that_waits_for_a_person_cannot_sign(self):
        gateway = self.start()
        answers = []
        asking = threading.Thread(target=lambda: answers.append(self.buy("one")))
        asking.start()
        self.addCleanup(asking.join)
        held = wait_until(lambda: tell(gateway, command="payments")["held"], "it waits")[0]["id"]
        self.assertEqual(self.command("wallet", "lock")[0], 0)
        code, said = self.command("payments", "approve", held)
        self.assertEqual((code, "wallet unlock" in said), (1, True), said)
        self.assertEqual(self.seller.payments("no-receipt"), [])
        # It waits on, and who unlocks can let it pass.
        self.assertEqual(self.unlock(PASSPHRASE, "The wallet is unlocked."), 0)
        self.assertEqual(self.command("payments", "approve", held)[0], 0)
        asking.join()
        self.assertEqual(answers[0].status, 200)

    def test_a_lock_that_would_protect_nothing_is_refused(self):
        file = self.folder / "key"
        file.write_text(BUYER.key + "\n")
        file.chmod(0o600)
        self.start(key={"file": str(file)}, lock_after_minutes=5)
        code, said = self.command("wallet", "lock")
        self.assertEqual((code, "gaterouterd pause" in said), (1, True), said)
        self.assertEqual(self.state()["state"], "ready")
        self.assertIn("wallet.lock_after_minutes", self.gateway.said())


if __name__ == "__main__":
    unittest.main()
