# SPDX-License-Identifier: MIT
"""The official openai SDK, unchanged but for base URL and key, against the sandbox models."""

import subprocess
import unittest
from pathlib import Path

from fake_upstream import FakeUpstream, delta
from gateway import KEY, Gateway, configuration, environment, provider

PROJECT = Path(__file__).resolve().parent / "node"


def long_stream(call):
    call.begin_stream()
    call.piece(delta("first"))
    call.wait_left()


class Sdk(unittest.TestCase):
    def test_openai(self):
        node = PROJECT / "node_modules/.bin/node"
        self.assertTrue(node.exists(), "npm ci has not run in tests/system/node")
        with FakeUpstream(long_stream) as upstream, \
                Gateway(configuration([provider(upstream)]), ["--sandbox"]) as gateway:
            done = subprocess.run(
                [node, "--test", "--test-reporter=spec", "openai.mjs"], cwd=PROJECT, timeout=110,
                capture_output=True, text=True, stdin=subprocess.DEVNULL,
                env={**environment(), "GR_KEY": KEY,
                     "GR_BASE_URL": f"http://127.0.0.1:{gateway.port}/v1"})
            print(done.stdout[-4000:])
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("pass 11", done.stdout)
            # The SDK's abort reached the provider.
            self.assertTrue(upstream.wait_calls(1)[0].left.wait(30))


if __name__ == "__main__":
    unittest.main()
