# SPDX-License-Identifier: MIT
"""The wallet's commands, as a person at a terminal and as a script use them: words and keys come in
by the terminal or standard input alone, and leave by the terminal alone."""

import json
import re
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from fake_upstream import FakeUpstream
from gateway import DAEMON, Gateway, configuration, environment, provider
from paying import tell
from terminal import Terminal

WORDS = "abandon " * 11 + "about"
ACCOUNTS = ["0x9858EfFD232B4033E47d90003D41EC34EcaEda94",
            "0x6Fac4D18c912343BF86fa7049364Dd4E424Ab9C0"]
OTHER_WORDS = "legal winner thank year wave sausage worth useful legal winner thank yellow"
TREZOR = "0x9c32F71D4DB8Fb9e1A58B0a80dF79935e7256FA6"  # of WORDS with this passphrase
KEY = "0x4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318"
KEY_ADDRESS = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23"
PASSPHRASE = "correct horse battery"


class Wallet(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gr-wallet-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.data = self.folder / "data"
        self.config = self.folder / "config.json"
        self.passphrase = self.folder / "passphrase"
        self.passphrase.write_text(PASSPHRASE + "\n")
        self.passphrase.chmod(0o600)
        self.environment = {**environment(), "HOME": str(self.folder)}

    def configure(self, **sections):
        self.config.write_text(json.dumps({"version": 1, **sections}))

    def arguments(self, *command):
        return [DAEMON, *command, "--config", self.config, "--data-dir", self.data]

    def run_command(self, *command, given="", passphrase=True):
        """By a script: no terminal. Exit code, standard output, standard error."""
        extra = {"GATEROUTER_PASSPHRASE_FILE": str(self.passphrase)} if passphrase else {}
        done = subprocess.run(self.arguments(*command), input=given, capture_output=True, text=True,
                              timeout=60, env={**self.environment, **extra},
                              start_new_session=True)  # /dev/tty is none of ours
        return done.returncode, done.stdout, done.stderr

    def wallet(self, *command, **more):
        code, out, err = self.run_command("wallet", *command, **more)
        self.assertEqual((code, err), (0, ""))
        return out.strip()

    def refused(self, *command, **more):
        code, out, err = self.run_command("wallet", *command, **more)
        self.assertEqual((code, out), (1, ""), err)
        self.assertTrue(err.strip().endswith("."), err)
        return err

    def terminal(self, *command):
        return Terminal(self.arguments("wallet", *command), self.environment)

    def made(self, *options):
        """A new wallet, as a person makes it: what was shown."""
        terminal = self.terminal("new", *options)
        terminal.expect("New passphrase").type(PASSPHRASE).expect("Once more").type(PASSPHRASE)
        terminal.expect("backup-check")
        self.assertEqual(terminal.end(), 0, terminal.shown)
        return terminal.shown

    @staticmethod
    def words_in(shown):
        page = shown.partition("nobody.")[2]
        found = sorted((int(n), word) for n, word in re.findall(r" +(\d+) ([a-z]+)", page))
        return " ".join(word for _, word in found)


class New(Wallet):
    def test_a_person_makes_one_and_shows_that_the_paper_is_right(self):
        shown = self.made()
        words = self.words_in(shown)
        self.assertEqual(len(words.split()), 12, shown)
        address = self.wallet("address")
        self.assertIn(address, shown)
        self.assertRegex(address, r"^0x[0-9a-fA-F]{40}$")
        for typed, said in ((OTHER_WORDS, "not the backup"), (words[:-1] + "qq", "Word 12"),
                            ("", "Nothing was given")):
            terminal = self.terminal("backup-check")
            terminal.expect("Passphrase").type(PASSPHRASE).expect("Words").type(typed).expect(said)
            self.assertEqual(terminal.end(), 1)
        terminal = self.terminal("backup-check")
        terminal.expect("Passphrase").type(PASSPHRASE).expect("Words").type(words)
        terminal.expect("The backup is right.")
        self.assertEqual(terminal.end(), 0)
        # What was typed was not shown.
        self.assertNotIn(PASSPHRASE, shown + terminal.shown)
        self.assertNotIn(words, terminal.shown)
        # The words are all of it: another machine has the same wallet.
        self.data = self.folder / "elsewhere"
        self.assertEqual(self.wallet("import", given=words + "\n"), address)

    def test_the_words_can_be_seen_again_on_a_terminal_alone(self):
        words = self.words_in(self.made("--words", "24"))
        self.assertEqual(len(words.split()), 24)
        terminal = self.terminal("backup-check", "--show")
        terminal.expect("Passphrase").type(PASSPHRASE)
        self.assertEqual(terminal.end(), 0)
        self.assertEqual(self.words_in(terminal.shown), words)
        self.assertIn("terminal", self.refused("backup-check", "--show"))

    def test_without_a_terminal_there_is_no_new_wallet(self):
        self.assertIn("terminal", self.refused("new"))
        self.assertFalse((self.data / "vault").exists())

    def test_passphrases_are_long_and_typed_twice(self):
        terminal = self.terminal("new")
        terminal.expect("New passphrase").type("short").expect("too short")
        self.assertEqual(terminal.end(), 1)
        terminal = self.terminal("new")
        terminal.expect("New passphrase").type(PASSPHRASE).expect("Once more").type(PASSPHRASE + "x")
        terminal.expect("differ")
        self.assertEqual(terminal.end(), 1)
        self.assertFalse((self.data / "vault").exists())

    def test_no_keychain_is_no_wallet(self):
        terminal = self.terminal("new", "--keychain")
        self.assertEqual(terminal.end(), 1, terminal.shown)
        self.assertIn("eychain", terminal.shown)
        self.assertEqual(self.words_in(terminal.shown), "")
        self.assertFalse((self.data / "vault").exists())


class Import(Wallet):
    def test_words_keys_and_accounts(self):
        cases = [(["--account", "0"], WORDS, ACCOUNTS[0]), (["--account", "1"], WORDS, ACCOUNTS[1]),
                 ([], WORDS.upper().replace(" ", "  "), ACCOUNTS[0]), ([], KEY, KEY_ADDRESS),
                 ([], KEY[2:], KEY_ADDRESS), (["--words-passphrase"], WORDS + "\nTREZOR", TREZOR)]
        for place, (options, given, address) in enumerate(cases):
            name = ["--name", f"w{place}"]
            self.assertEqual(self.wallet("import", *name, *options, given=given + "\n"), address)
            self.assertEqual(self.wallet("address", *name), address)

    def test_what_is_none_is_refused_without_being_repeated(self):
        cases = {"": "Nothing", "abandon": "these are 1.", WORDS + " zoo": "these are 13.",
                 WORDS.replace("about", "zoo"): "checksum", WORDS.replace("about", "sesame"): "Word 12",
                 "0x" + "0" * 64: "words", "0x" + "f" * 64: "words", KEY[:-1]: "words",
                 "a" * 5000: "too long"}
        for given, said in cases.items():
            err = self.refused("import", given=given + "\n")
            self.assertIn(said, err, given)
            for word in ("abandon", "sesame", "zoo", KEY[4:-4]):
                self.assertNotIn(word, err)
        self.assertIn("ASCII", self.refused("import", "--words-passphrase",
                                            given=WORDS + "\ncaf\u00e9\n"))
        self.assertFalse((self.data / "vault").exists())

    def test_nothing_is_replaced(self):
        self.wallet("import", given=KEY)
        self.assertIn("already", self.refused("import", given=WORDS))
        self.assertEqual(self.wallet("address"), KEY_ADDRESS)
        self.wallet("import", "--name", "second", given=WORDS)
        self.configure(wallet={"key": {"vault": "wallet/second"}})
        self.assertEqual(self.wallet("address"), ACCOUNTS[0])

    def test_not_as_an_argument(self):
        for words in (WORDS.split(), [KEY]):
            code, _, err = self.run_command("wallet", "import", *words)
            self.assertEqual(code, 2, err)
        code, _, _ = self.run_command("wallet", "import", "--passphrase", PASSPHRASE)
        self.assertEqual(code, 2)

    def test_the_passphrase_protects_it(self):
        self.wallet("import", given=KEY)
        self.passphrase.write_text("wrong horse battery\n")
        self.assertIn("assphrase", self.refused("address"))
        self.assertIn("GATEROUTER_PASSPHRASE_FILE", self.refused("address", passphrase=False))

    def test_a_backup_check_by_a_script(self):
        self.wallet("import", given=KEY)
        self.assertEqual(self.wallet("backup-check", given=KEY), "The backup is right.")
        self.refused("backup-check", given=WORDS)


class Elsewhere(Wallet):
    """Wallets that are not in the vault."""

    def test_files_and_variables(self):
        file = self.folder / "key"
        file.write_text(KEY + "\n")
        file.chmod(0o600)
        self.configure(wallet={"key": {"file": str(file)}})
        self.assertEqual(self.wallet("address", passphrase=False), KEY_ADDRESS)
        self.environment["GR_WALLET"] = WORDS
        self.configure(wallet={"key": {"env": "GR_WALLET"}})
        self.assertEqual(self.wallet("address", passphrase=False), ACCOUNTS[0])
        self.assertIn("--name", self.refused("import", given=KEY))

    def test_watch_only(self):
        self.configure(wallet={"address": KEY_ADDRESS})
        self.assertEqual(self.wallet("address", passphrase=False), KEY_ADDRESS)
        self.configure(wallet={"address": KEY_ADDRESS[:-1] + "4"})
        code, out, _ = self.run_command("check")
        self.assertEqual(code, 1)
        self.assertIn("$.wallet.address: has a wrong checksum", out)

    def test_none_yet(self):
        self.assertIn("wallet new", self.refused("address"))

    def test_real_money_in_clear_is_refused(self):
        for networks in ([{"id": "eip155:8453"}], None):
            more = {} if networks is None else {"networks": networks}
            self.configure(wallet={"key": {"value": KEY}, **more})
            code, out, _ = self.run_command("check")
            self.assertEqual(code, 1)
            self.assertIn("$.wallet.key.value: holds the key of real money in clear", out)
            self.assertNotIn(KEY, out)


class Policy(Wallet):
    """The configuration tightens at once; what it loosens waits for the passphrase."""

    WANTED = {"networks": [{"id": "eip155:84532", "rpc": "http://127.0.0.1:9"}],
              "policy": {"per_day": "20.00", "approve_new": "within_limits"}}

    def setUp(self):
        super().setUp()
        self.wallet("import", given=KEY)

    def warned(self):
        """Whether a gateway that starts holds the policy to what was approved."""
        config = configuration([], wallet=self.WANTED)
        with Gateway(config, folder=self.folder,
                     wrapper=["env", f"GATEROUTER_PASSPHRASE_FILE={self.passphrase}"]) as gateway:
            tell(gateway, command="status")  # answered behind all that is said at the start
            return "(per_day, approve_new)" in gateway.said()

    def test_a_person_approves_what_the_configuration_allows(self):
        self.configure(wallet=self.WANTED)
        self.assertTrue(self.warned())
        self.configure(wallet=self.WANTED)
        for typed, said, code in (("n", "Nothing was approved.", 1), ("y", "Approved.", 0)):
            terminal = self.terminal("approve-policy")
            terminal.expect("Passphrase").type(PASSPHRASE).expect("per_day").expect("approve_new")
            terminal.expect("[y/N]").type(typed).expect(said)
            self.assertEqual(terminal.end(), code, terminal.shown)
        self.assertFalse(self.warned())
        self.configure(wallet=self.WANTED)
        self.assertIn("no more than was approved", self.wallet("approve-policy"))

    def test_without_the_passphrase_nothing_is_approved(self):
        self.configure(wallet=self.WANTED)
        code, _, err = self.run_command("wallet", "approve-policy", passphrase=False)
        self.assertEqual(code, 1)
        self.assertIn("passphrase", err)
        self.assertTrue(self.warned())


class InTheKeychain(Wallet):
    """Beside a real Secret Service: the keychain is used when it is named, and left when it is
    told to. One session, because the keyring lives as long as it does."""

    STEPS = f"""
        step() {{ "$GR_DAEMON" wallet "$@" --config "$HOME/config.json" --data-dir "$HOME/data" \\
            <<<{KEY} 2>&1 | cut -c1-60; }}
        step import --keychain
        step address
        step import --name b
        step import --name b --keychain
        GATEROUTER_PASSPHRASE_FILE=$HOME/passphrase step import --name c --passphrase
        step address
        GATEROUTER_PASSPHRASE_FILE=$HOME/passphrase step address --name b
    """

    def test_by_name_and_no_longer(self):
        done = subprocess.run(
            [Path(__file__).parent / "with_keyring.sh", "bash", "-c", self.STEPS],
            capture_output=True, text=True, timeout=120, start_new_session=True,
            env={**self.environment, "GR_DAEMON": str(DAEMON)})
        self.assertEqual(done.stdout.splitlines(), [
            KEY_ADDRESS, KEY_ADDRESS,
            "The key of the vault lies in the system keychain, which ever",
            KEY_ADDRESS, KEY_ADDRESS,
            "The vault needs its passphrase and there is no terminal to a",
            KEY_ADDRESS], done.stderr)


class Canaries(Wallet):
    def assertNowhere(self, text, *secrets):
        for secret in secrets:
            self.assertNotIn(secret if isinstance(secret, bytes) else secret.encode(), text)

    def test_keys_and_words_are_in_no_file_log_or_core(self):
        with FakeUpstream() as upstream:
            config = configuration([provider(upstream)])
            self.configure(**config)
            self.wallet("import", given=KEY)
            self.wallet("import", "--name", "words", given=WORDS)
            gateway = Gateway(config, ["--log-level", "debug"], folder=self.folder,
                              wrapper=["env", f"GATEROUTER_PASSPHRASE_FILE={self.passphrase}"])
            try:
                gateway.chat()
                time.sleep(0.5)
                self.assertEqual(self.core_limit(gateway.process.pid), "0 0")
            finally:
                gateway.stop()
        files = [p for p in self.folder.rglob("*") if p.is_file() and p != self.passphrase]
        self.assertTrue(any(p.name == "vault" for p in files))
        for file in files:
            self.assertNowhere(file.read_bytes(), KEY[2:], KEY[2:].upper(), bytes.fromhex(KEY[2:]),
                               WORDS, "abandon abandon", PASSPHRASE)
        self.assertEqual((self.data / "vault").stat().st_mode & 0o077, 0)

    def test_the_command_leaves_no_core_and_hides_its_arguments(self):
        process = subprocess.Popen(self.arguments("wallet", "import"), stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env={**self.environment,
                                        "GATEROUTER_PASSPHRASE_FILE": str(self.passphrase)})
        try:
            deadline = time.monotonic() + 20
            while self.core_limit(process.pid) != "0 0":
                self.assertLess(time.monotonic(), deadline)
                time.sleep(0.02)
            out, err = process.communicate(WORDS.encode(), timeout=60)
        finally:
            process.kill()
        self.assertEqual(process.returncode, 0, err)
        self.assertNowhere(out + err, WORDS, "abandon", PASSPHRASE)

    @staticmethod
    def core_limit(pid):
        for line in Path(f"/proc/{pid}/limits").read_text().splitlines():
            if line.startswith("Max core file size"):
                return " ".join(line.split()[4:6])
        return ""


if __name__ == "__main__":
    unittest.main()
