# SPDX-License-Identifier: MIT
"""`gaterouterd connect`: tools are pointed at the gateway from a terminal, and back."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

from gateway import DAEMON, Gateway, configuration, environment


class ConnectTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="gr-connect-")
        self.addCleanup(folder.cleanup)
        self.home = Path(folder.name)
        self.gateway = Gateway(configuration())
        self.addCleanup(self.gateway._clean)
        self.addCleanup(self.gateway.kill)

    def connect(self, *arguments, stdin=""):
        done = subprocess.run(
            [DAEMON, "connect", *arguments, "--port", str(self.gateway.port), "--config",
             self.gateway.config_file, "--data-dir", self.gateway.data],
            capture_output=True, text=True, timeout=60, input=stdin,
            env={**environment(), "HOME": str(self.home)})
        return done.returncode, done.stdout, done.stderr

    def state(self, tool):
        code, out, err = self.connect()
        self.assertEqual(code, 0, err)
        return next(line for line in out.splitlines() if line.startswith(tool + " "))

    def test_codex_is_set_up_and_back(self):
        config = self.home / ".codex" / "config.toml"
        config.parent.mkdir()
        config.write_text('# mine\nmodel = "gpt-5.4" # dear\n\n[tui]\nnotifications = true\n')
        before = config.read_bytes()
        self.assertIn("not set up", self.state("codex"))

        code, out, err = self.connect("codex")
        self.assertEqual(code, 0, err)
        self.assertIn('-model = "gpt-5.4" # dear', out)
        self.assertIn('+model_provider = "gaterouter"', out)
        self.assertIn("Nothing is written without --apply.", out)
        self.assertEqual(config.read_bytes(), before)
        self.assertEqual(os.listdir(config.parent), ["config.toml"])

        code, out, err = self.connect("codex", "--apply", "--model", "auto:fast")
        self.assertEqual(code, 0, err)
        name, key = (config.parent / ".env").read_text().strip().split("=")
        self.assertEqual(name, "GATEROUTER_KEY")
        self.assertNotIn(key, out + err)
        self.assertIn('model = "auto:fast" # dear', config.read_text())
        self.assertIn("[tui]\nnotifications = true\n", config.read_text())
        self.assertIn("ready", self.state("codex"))
        # The key is one that the gateway takes, and is remembered nowhere else.
        self.assertEqual(self.gateway.get("/v1/models", key=key).status, 200)
        self.assertNotIn(key, (Path(self.gateway.data) / "connections.json").read_text())
        code, out, err = self.connect("codex", "--apply")
        self.assertEqual((code, "set up already" in out), (0, True), err)

        code, out, err = self.connect("codex", "--undo")
        self.assertEqual(code, 0, err)
        self.assertEqual(config.read_bytes(), before)
        self.assertEqual(os.listdir(config.parent), ["config.toml"])
        self.assertEqual(self.connect("codex", "--undo")[0], 1)

        # Set up again, under the next name that is free.
        code, out, err = self.connect("codex", "--apply")
        self.assertEqual(code, 0, err)
        self.assertIn("codex-2", out)

    def test_key_on_standard_input(self):
        code, out, err = self.connect("claude-code", "--apply", "--key-stdin", stdin="gr-given-0123\n")
        self.assertEqual(code, 0, err)
        settings = json.loads((self.home / ".claude" / "settings.json").read_text())
        self.assertEqual(settings["env"]["ANTHROPIC_AUTH_TOKEN"], "gr-given-0123")
        self.assertEqual(settings["env"]["ANTHROPIC_BASE_URL"],
                         f"http://127.0.0.1:{self.gateway.port}")
        self.assertNotIn("gr-given-0123", out)
        self.assertIn("ready", self.state("claude-code"))

    def test_what_cannot_be_done_is_told(self):
        broken = self.home / ".codex" / "config.toml"
        broken.parent.mkdir()
        broken.write_text('model = "x\n')
        for arguments, words in ((["nonsense"], "no tool"), (["cursor"], "cannot reach"),
                                 (["cline"], "by hand"), (["codex"], "~/.codex/config.toml: Line 1"),
                                 (["zed", "--undo"], "Nothing was written")):
            code, out, err = self.connect(*arguments)
            self.assertEqual((code, out), (1, ""), arguments)
            self.assertIn(words, err)
        self.assertEqual(broken.read_text(), 'model = "x\n')
        self.gateway.kill()
        code, out, err = self.connect("aider", "--apply")
        self.assertEqual(code, 1)
        self.assertFalse((self.home / ".aider.conf.yml").exists())

    def test_zed_gets_its_key_by_hand(self):
        code, out, err = self.connect("zed", "--apply")
        self.assertEqual(code, 0, err)
        self.assertIn("gaterouterd keys create zed", out)
        self.assertIn("ready", self.state("zed"))


if __name__ == "__main__":
    unittest.main()
