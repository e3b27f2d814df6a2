# SPDX-License-Identifier: MIT
"""Every client protocol × every provider protocol through the official SDKs (node/matrix.mjs)."""

import subprocess
import unittest
from pathlib import Path

from fake_upstream import FakeUpstream
from fakes.every import every
from gateway import KEY, Gateway, configuration, environment
from wire import request

PROJECT = Path(__file__).resolve().parent / "node"


def providers(port):
    root = f"http://127.0.0.1:{port}"
    rows = [("plain", "openai", "openai", "/v1"), ("claude", "anthropic", None, ""),
            ("google", "gemini", None, ""), ("deep", "openai", "deepseek", "/deepseek/v1")]
    return [{"id": name, "kind": kind, "base_url": root + path, "keys": [{"value": f"sk-{name}-0123456789"}],
             **({"dialect": dialect} if dialect else {})} for name, kind, dialect, path in rows]


class Matrix(unittest.TestCase):
    def setUp(self):
        self.upstream = FakeUpstream(every)
        self.addCleanup(self.upstream.__exit__)
        self.gateway = Gateway(configuration(providers(self.upstream.port)))
        self.addCleanup(self.gateway.stop)

    def test_every_pair(self):
        node = PROJECT / "node_modules/.bin/node"
        self.assertTrue(node.exists(), "npm ci has not run in tests/system/node")
        done = subprocess.run(
            [node, "--test", "--test-reporter=spec", "matrix.mjs"], cwd=PROJECT, timeout=280,
            capture_output=True, text=True, stdin=subprocess.DEVNULL,
            env={**environment(), "GR_KEY": KEY,
                 "GR_ROOT_URL": f"http://127.0.0.1:{self.gateway.port}"})
        print(done.stdout[-6000:])
        self.assertEqual(done.returncode, 0, done.stdout[-20000:] + done.stderr[-4000:])
        self.assertIn("pass 120", done.stdout)
        # From Anthropic's clients to Anthropic, and to nobody else.
        betas = [call.header("anthropic-beta") for call in self.upstream.calls
                 if call.path.startswith("/v1/messages")]
        self.assertEqual((betas.count("matrix-2026-01-01"), len(betas)), (10, 40))

    def messages(self, headers, **more):
        body = {"model": "claude/claude-sonnet-4-5", "max_tokens": 100,
                "messages": [{"role": "user", "content": "Hi"}], **more}
        answer = self.gateway.exchange(request(path="/v1/messages", body=body, key=KEY,
                                               headers=headers))
        self.assertEqual(answer.status, 200, answer.body)
        sent = self.upstream.calls[-1]
        return sent.header("anthropic-version"), sent.header("anthropic-beta")

    def test_anthropics_own_headers(self):
        """Untouched requests and those that are rewritten: a seal in the history is one."""
        new, beta = "2026-10-21", ("anthropic-beta", "a-2026-01-01,b")
        for name, more in (("as it is", {}), ("rewritten", {"messages": [
                {"role": "user", "content": "Hi"},
                {"role": "assistant", "content": [{"type": "thinking", "thinking": "Hm.",
                                                   "signature": "gr1.AAAA"},
                                                  {"type": "text", "text": "Yes?"}]},
                {"role": "user", "content": "Go on."}]})):
            with self.subTest(name):
                self.assertEqual(self.messages([], **more), ("2023-06-01", None))
                self.assertEqual(self.messages([("anthropic-version", new), beta], **more),
                                 (new, beta[1]))
                # The new version refuses sampling, which this model takes.
                self.assertEqual(
                    self.messages([("anthropic-version", new)], temperature=0.5, **more),
                    ("2023-06-01", None))


if __name__ == "__main__":
    unittest.main()
