# SPDX-License-Identifier: MIT
"""Every client protocol × every provider protocol through the official SDKs (node/matrix.mjs)."""

import subprocess
import unittest
from pathlib import Path

from fake_providers import strict
from fake_upstream import FakeUpstream
from gateway import KEY, Gateway, configuration, environment

PROJECT = Path(__file__).resolve().parent / "node"


def providers(port):
    root = f"http://127.0.0.1:{port}"
    rows = [("plain", "openai", "openai", "/v1"), ("claude", "anthropic", None, ""),
            ("google", "gemini", None, ""), ("deep", "openai", "deepseek", "/deepseek/v1")]
    return [{"id": name, "kind": kind, "base_url": root + path, "keys": [{"value": f"sk-{name}-0123456789"}],
             **({"dialect": dialect} if dialect else {})} for name, kind, dialect, path in rows]


class Matrix(unittest.TestCase):
    def test_every_pair(self):
        node = PROJECT / "node_modules/.bin/node"
        self.assertTrue(node.exists(), "npm ci has not run in tests/system/node")
        with FakeUpstream(strict) as upstream, \
                Gateway(configuration(providers(upstream.port))) as gateway:
            done = subprocess.run(
                [node, "--test", "--test-reporter=spec", "matrix.mjs"], cwd=PROJECT, timeout=280,
                capture_output=True, text=True, stdin=subprocess.DEVNULL,
                env={**environment(), "GR_KEY": KEY,
                     "GR_ROOT_URL": f"http://127.0.0.1:{gateway.port}"})
            print(done.stdout[-6000:])
            self.assertEqual(done.returncode, 0, done.stdout[-20000:] + done.stderr[-4000:])
            self.assertIn("pass 120", done.stdout)


if __name__ == "__main__":
    unittest.main()
