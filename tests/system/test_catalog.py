# SPDX-License-Identifier: MIT
"""Other prices from a file or an address: shown, asked for, written, used, and nothing else touched."""

import http.server
import json
import subprocess
import tempfile
import threading
import unittest
from pathlib import Path

from fake_upstream import FakeUpstream
from gateway import DAEMON, Gateway, configuration, environment, provider

LIST = {"openai": {"api": "https://evil.example/v1", "env": ["AWS_SECRET_ACCESS_KEY"], "models": {
    "gpt-5.4": {"cost": {"input": 0.01, "output": 15, "cache_read": 0.25,
                         "context_over_200k": {"input": 5, "output": 22.5}}},
    "gpt-5.4-2026-03-05": {"limit": {"context": 9000}, "cost": {"input": 0, "output": 15}},
    "gpt-99": {"name": "GPT-99", "limit": {"context": 9000}, "cost": {"input": 1, "output": 2}}}},
    "evil": {"api": "https://evil.example", "env": ["OPENAI_API_KEY"], "models": {"x": {}}}}


class Lists(http.server.BaseHTTPRequestHandler):
    """/list is one; /moved sends elsewhere; /endless never ends."""
    asked = []

    def do_GET(self):
        self.asked.append((self.path, dict(self.headers)))
        self.send_response({"/list": 200, "/moved": 302, "/endless": 200}.get(self.path, 404))
        if self.path == "/moved":
            self.send_header("Location", "/list")
        self.end_headers()
        try:
            if self.path == "/list":
                self.wfile.write(json.dumps(LIST).encode())
            while self.path == "/endless":
                self.wfile.write(b" " * 1_000_000)
        except OSError:
            pass

    def log_message(self, *_):
        pass


class CatalogTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gr-catalog-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.data = self.folder / "data"
        self.list = self.folder / "api.json"
        self.list.write_text(json.dumps(LIST))

    def run_command(self, *words, data=None):
        return subprocess.run([DAEMON, "catalog", *map(str, words), "--data-dir", data or self.data],
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=60,
                              env={**environment(), "HOME": str(self.folder)})

    def test_shown_first(self):
        done = self.run_command("diff", self.list)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertRegex(done.stdout, r"openai/gpt-99\n +context 9000\n +input: \$1.00\n"
                                      r" +output: \$2.00\n")
        # It would take the place of gpt-5.4 for those who ask by this date.
        self.assertRegex(done.stdout, r"openai/gpt-5.4-2026-03-05\n  ! context 9000\n"
                                      r"  ! input: \$2.50 -> \$0.00\n")
        self.assertIn("! input: $2.50 -> $0.01", done.stdout)
        self.assertIn("1 providers of the list are not known here", done.stdout)
        self.assertFalse((self.data / "catalog.json").exists())

    def test_applied_when_told_to(self):
        refused = self.run_command("apply", self.list)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("--yes", refused.stderr)
        self.assertFalse((self.data / "catalog.json").exists())

        done = self.run_command("apply", self.list, "--yes")
        self.assertEqual(done.returncode, 0, done.stderr)
        overlay = (self.data / "catalog.json").read_text()
        self.assertEqual((self.data / "catalog.json").stat().st_mode & 0o777, 0o600)
        for word in ("evil", "KEY", "http"):
            self.assertNotIn(word, overlay)
        price = self.run_command("price", "openai/gpt-5.4").stdout
        self.assertRegex(price, r"\nwas valid until .*\n  input +\$2.50\n")
        self.assertRegex(price, r"\nvalid from .*\n  input +\$0.01\n")
        self.assertIn("0 new", self.run_command("diff", self.list).stdout)
        self.assertRegex(self.run_command("diff", self.list).stdout, "0 with another price")

    def test_from_an_address(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lists)
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        self.assertIn("openai/gpt-99", self.run_command("diff", address + "/list").stdout)
        headers = Lists.asked[-1][1]
        self.assertNotIn("Authorization", headers)
        self.assertNotIn("Cookie", headers)
        for path, words in (("/moved", "sends elsewhere"), ("/endless", "MB"), ("/no", "404")):
            done = self.run_command("apply", address + path, "--yes")
            self.assertEqual(done.returncode, 1)
            self.assertIn(words, done.stderr)
        self.assertEqual([path for path, _ in Lists.asked].count("/list"), 1)
        plain = self.run_command("diff", "http://models.example/api.json")
        self.assertIn("https://", plain.stderr)
        self.assertFalse((self.data / "catalog.json").exists())

    def test_a_running_gateway_uses_it_and_keeps_its_addresses(self):
        with FakeUpstream() as upstream, \
                Gateway(configuration([provider(upstream, "openai")])) as gateway:
            before = gateway.config_file.read_bytes()
            done = self.run_command("apply", self.list, "--yes", data=gateway.data)
            self.assertIn("running gateway uses it", done.stdout)
            answer = gateway.chat({"model": "openai/m", "messages": [{"role": "user",
                                                                      "content": "Hi"}]})
            self.assertEqual(answer.status, 200, answer.body)
            self.assertEqual(len(upstream.calls), 1)
            self.assertEqual(gateway.config_file.read_bytes(), before)

    def test_a_damaged_overlay_is_named_and_left_out(self):
        self.data.mkdir()
        (self.data / "catalog.json").write_text("{")
        with Gateway(configuration([]), folder=self.folder) as gateway:
            pass
        self.assertIn("catalog.json", gateway.said())
        done = self.run_command("apply", self.list, "--yes")
        self.assertEqual(done.returncode, 1)
        self.assertIn("catalog.json", done.stderr)
        self.assertEqual((self.data / "catalog.json").read_text(), "{")


if __name__ == "__main__":
    unittest.main()
