# SPDX-License-Identifier: MIT
"""What goes wrong around the program: each time a clear sentence and a code, and nothing lost."""

import contextlib
import json
import os
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from fake_upstream import FakeUpstream
from gateway import DAEMON, KEY, Gateway, configuration, environment, provider
from wire import PATIENCE

HISTORY = 0.5  # seconds after which a row must be on disk; the promise is 0.1


def wait_for_disk():
    time.sleep(HISTORY)


def run(*arguments, **more):
    """A command of the daemon that ends by itself."""
    return subprocess.run([DAEMON, *map(str, arguments)], capture_output=True, text=True,
                          timeout=60, stdin=subprocess.DEVNULL, env=environment(), **more)


class Survival(unittest.TestCase):
    def setUp(self):
        self.upstream = FakeUpstream()
        self.addCleanup(self.upstream.__exit__)
        folder = tempfile.TemporaryDirectory(prefix="gr-survival-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.config = configuration([provider(self.upstream)])

    def start(self, config=None, **more):
        gateway = Gateway(config or self.config, folder=self.folder, **more)
        self.addCleanup(gateway.kill)
        return gateway

    def history(self):
        """Request ids in the books of this folder, which are sound."""
        books = ["--data-dir", self.folder / "data", "--config", self.folder / "config.json"]
        verified = run("ledger", "verify", *books)
        self.assertEqual(verified.returncode, 0, verified.stdout + verified.stderr)
        done = run("ledger", "export", "--format", "json", *books)
        self.assertEqual(done.returncode, 0, done.stderr)
        return {row["id"] for row in json.loads(done.stdout)}

    def change(self, *statements):
        with contextlib.closing(sqlite3.connect(self.folder / "data" / "ledger.sqlite")) as books:
            for statement in statements:
                books.execute(statement)
            books.commit()

    def assertGivesUp(self, gateway, *words):
        """Ends with code 1 and a message that holds each of the words."""
        self.assertEqual(gateway.exit_code(), 1, gateway.said())
        for word in words:
            self.assertIn(str(word), gateway.said())
        self.assertNotIn("Sanitizer", gateway.said())

    def test_history_survives_kill_9(self):
        gateway = self.start()
        ids = {gateway.chat().header("x-gaterouter-request-id") for _ in range(50)}
        wait_for_disk()
        gateway.kill()
        again = self.start()
        self.assertEqual(again.chat().status, 200)
        again.stop()
        self.assertEqual(ids - self.history(), set())

    def test_killed_at_any_moment_it_starts_again(self):
        for count in (1, 3, 17):
            gateway = self.start()
            for _ in range(count):
                self.assertEqual(gateway.chat().status, 200)
            gateway.kill()
        self.start().stop()

    def test_a_full_disk_stops_no_answer(self):
        """A bound on the size of files is what a full disk looks like to the ledger."""
        gateway = self.start(wrapper=("env", "--ignore-signal=XFSZ",
                                       "prlimit", "--fsize=600000"))
        ids = []
        for _ in range(3000):
            answer = gateway.chat()
            self.assertEqual(answer.status, 200)
            ids.append(answer.header("x-gaterouter-request-id"))
        self.assertEqual(gateway.get("/healthz").status, 200)
        gateway.kill()
        # With room again it starts, and what found room before is there.
        again = self.start()
        self.assertEqual(again.chat().status, 200)
        again.stop()
        known = self.history()
        self.assertIn(ids[0], known)
        self.assertNotIn(ids[-1], known, "the disk was not full")

    def test_a_data_directory_that_cannot_be_written(self):
        data = self.folder / "data"
        data.write_text("a file stands where the folder should be")
        self.assertGivesUp(self.start(wait=False), data)
        self.assertEqual(data.read_text(), "a file stands where the folder should be")

    @unittest.skipIf(os.geteuid() == 0 and not shutil.which("setpriv"), "root writes everywhere")
    def test_a_read_only_data_directory(self):
        self.start().stop()
        data = self.folder / "data"
        for path in [data, *data.rglob("*")]:
            path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)
        wrapper = ()
        if os.geteuid() == 0:
            # Root without its privilege to write everywhere.
            wrapper = ("setpriv", "--bounding-set=-dac_override,-dac_read_search",
                       "--inh-caps=-dac_override,-dac_read_search")
        before = {p: p.read_bytes() for p in data.rglob("*") if p.is_file()}
        gateway = self.start(wait=False, wrapper=wrapper)
        self.assertGivesUp(gateway, data)
        self.assertEqual(before, {p: p.read_bytes() for p in data.rglob("*") if p.is_file()})

    def test_a_broken_configuration_names_the_place(self):
        cases = [('{"listen": {"port": "x"}}', "$.listen.port"),
                 ('{"listen": {"port": 70000}}', "$.listen.port"),
                 ('{"providers": [{"id": "a"}, {"id": "a"}]}', "$.providers[1]"),
                 ('{"providers": [{"id": "x", "kind": "nonsense", "base_url": "http://a"}]}',
                  "$.providers[0].kind"),
                 ('{"clients": [{"id": "x"}]}', "$.clients[0]"),
                 ('{"listen": {"port": }', "line 1"), ("[]", "$: must be an object"),
                 ('{"version": 99}', "newer")]
        for text, place in cases:
            with self.subTest(text):
                gateway = self.start(text, wait=False)
                self.assertGivesUp(gateway, place)
                checked = run("check", "--config", self.folder / "config.json")
                self.assertEqual(checked.returncode, 1)
                self.assertIn(place, checked.stdout + checked.stderr)
                self.assertEqual((self.folder / "config.json").read_text(), text)

    def test_check_passes_what_is_right(self):
        key = self.folder / "key"
        key.write_text("sk-from-a-file-0123456789")
        key.chmod(0o600)
        self.config["clients"][0]["key"] = self.config["providers"][0]["keys"][0] = {
            "file": str(key)}
        (self.folder / "config.json").write_text(
            "{ // comments and trailing commas are fine\n" + json.dumps(self.config)[1:-1] + ",}")
        done = run("check", "--config", self.folder / "config.json")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_the_books_are_exported_by_date(self):
        gateway = self.start()
        gateway.chat()
        gateway.stop()
        books = ["--data-dir", self.folder / "data", "--config", self.folder / "config.json"]
        for dates, rows in [([], 1), (["--from", "2020-01-01"], 1), (["--to", "2020-01-01"], 0),
                            (["--from", "2020-01-01T00:00:00Z", "--to", "2999-12-31"], 1)]:
            done = run("ledger", "export", "--format", "json", *dates, *books)
            self.assertEqual(len(json.loads(done.stdout)), rows, dates)
        lines = run("ledger", "export", *books).stdout.splitlines()
        self.assertEqual(len(lines), 2)
        for wrong in ("yesterday", "2026-13-01", "2026-02-30", "2026-01-01T25:00:00Z", "2026-01-01x"):
            self.assertEqual(run("ledger", "export", "--from", wrong, *books).returncode, 2, wrong)

    def test_old_rows_go_and_their_sums_stay(self):
        gateway = self.start()
        for _ in range(5):
            gateway.chat()
        gateway.stop()
        self.change("UPDATE requests SET started_ms = started_ms - 10 * 86400000",
                    "UPDATE hours SET hour = hour - 240")
        # The sums agree, the receipts do not.
        told = run("ledger", "verify", "--data-dir", self.folder / "data", "--config",
                   self.folder / "config.json")
        self.assertEqual(told.returncode, 1)
        self.assertIn("Row 5 (number 5 of gateway gw_", told.stdout)
        # As rows that were written before there were any.
        self.change("UPDATE requests SET chain = NULL, number = NULL, mac = NULL",
                    "DELETE FROM chains")
        (self.folder / "data" / "receipts.anchor").unlink()
        self.assertEqual(len(self.history()), 5)
        gateway = self.start({**self.config, "ledger": {"keep_days": 30}})
        kept = gateway.chat().header("x-gaterouter-request-id")
        wait_for_disk()
        self.assertEqual(len(self.history()), 6)
        # A shorter time counts as soon as the configuration is read again.
        (self.folder / "config.json").write_text(
            json.dumps({**self.config, "ledger": {"keep_days": 3}}))
        gateway.process.send_signal(signal.SIGHUP)
        deadline = time.monotonic() + PATIENCE
        while len(self.history()) > 1 and time.monotonic() < deadline:
            time.sleep(0.05)
        self.assertEqual(self.history(), {kept})
        gateway.stop()
        self.assertEqual(self.history(), {kept})
        books = ["--data-dir", self.folder / "data", "--config", self.folder / "config.json"]
        told = [run("ledger", "verify", *books).stdout, run("ledger", "export", *books).stderr]
        for text in told:
            self.assertIn("5 requests from before", text)
            self.assertIn("45 input and 15 output tokens", text)
            self.assertIn("ledger.keep_days", text)
        self.assertIn("1 requests; the books are sound", told[0])
        self.assertIn("1 requests from ", told[1])

    def test_the_books_are_where_the_configuration_says(self):
        self.config["ledger"] = {"url": "sqlite:" + str(self.folder / "elsewhere" / "books.db")}
        gateway = self.start()
        gateway.chat()
        gateway.stop()
        books = ["--data-dir", self.folder / "data", "--config", self.folder / "config.json"]
        self.assertEqual(run("ledger", "verify", *books).returncode, 0)
        done = run("ledger", "export", "--format", "json", "--from", "2020-01-01T00:00:00+01:00",
                   *books)
        self.assertEqual(len(json.loads(done.stdout)), 1)
        self.assertTrue((self.folder / "elsewhere" / "books.db").exists())

    def test_wrong_usage(self):
        for arguments in (["--no-such-option"], ["no-such-command"], ["serve", "--port", "x"],
                          ["serve", "--port"]):
            done = run(*arguments)
            self.assertEqual(done.returncode, 2, (arguments, done.stdout, done.stderr))
            self.assertTrue(done.stderr)
        self.assertEqual(run("--help").returncode, 0)
        self.assertEqual(run("--version").returncode, 0)

    def test_a_corrupt_ledger_is_named_and_kept(self):
        self.start().stop()
        ledgers = [p for p in (self.folder / "data").rglob("*")
                   if p.is_file() and p.read_bytes().startswith(b"SQLite format 3")]
        self.assertEqual(len(ledgers), 1)
        for damage in (b"this is no database at all, whatever it was before" * 100,
                       ledgers[0].read_bytes()[:100] + os.urandom(4096 * 3)):
            ledgers[0].write_bytes(damage)
            gateway = self.start(wait=False)
            self.assertGivesUp(gateway, ledgers[0].name)
            self.assertEqual(ledgers[0].read_bytes(), damage)

    def test_a_port_in_use_names_its_holder(self):
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            holder.listen()
            self.config["listen"]["port"] = holder.getsockname()[1]
            gateway = self.start(wait=False)
            self.assertGivesUp(gateway, holder.getsockname()[1], os.getpid())

    def test_one_process_for_one_data_directory(self):
        first = self.start()
        second = run("serve", "--port", "0", "--config", self.folder / "config.json",
                     "--data-dir", self.folder / "data")
        self.assertEqual(second.returncode, 1, second.stdout + second.stderr)
        self.assertIn("data", second.stderr + second.stdout)
        self.assertEqual(first.chat().status, 200)
        first.stop()

    def test_files_are_private(self):
        old = os.umask(0)
        try:
            gateway = self.start()
        finally:
            os.umask(old)
        self.assertEqual(gateway.chat().status, 200)
        wait_for_disk()
        for path in [self.folder / "data", *(self.folder / "data").rglob("*")]:
            self.assertEqual(stat.S_IMODE(path.stat().st_mode) & 0o077, 0, path)
        gateway.stop()

    def test_an_empty_file_starts_with_a_key_of_its_own(self):
        """Printed once, stored, and good for requests."""
        port = self.config["listen"]["port"]
        gateway = self.start("{}", arguments=["--port", port, "--sandbox"])
        gateway.port = port
        self.assertEqual(gateway.get("/healthz").status, 200)
        self.assertEqual(gateway.get("/v1/models", key="gr-another").status, 401)
        # Without any, what can be bought for play money is all that is told.
        shown = gateway.get("/v1/models", key=None)
        self.assertEqual([model["id"] for model in shown.json()["data"]], ["paid"])
        gateway.stop()

    def test_the_key_is_found_nowhere(self):
        gateway = self.start(arguments=["--log-level", "debug"])
        gateway.chat()
        gateway.chat(key="wrong-key-canary-000")
        gateway.chat({"model": "nobody/m", "messages": []})
        wait_for_disk()
        gateway.stop()
        for path in (self.folder / "data").rglob("*"):
            if path.is_file():
                self.assertNotIn(KEY.encode(), path.read_bytes(), path)
        self.assertNotIn(KEY, gateway_log(self.folder))
        self.assertNotIn("wrong-key-canary-000", gateway_log(self.folder))


def gateway_log(folder):
    return (folder / "log").read_text(errors="replace")


if __name__ == "__main__":
    unittest.main()
