# SPDX-License-Identifier: MIT
"""The endpoints beside generation: counts of tokens, embeddings, legacy completions, lists of models."""

import subprocess
import unittest
from pathlib import Path

from fake_beside import beside
from fake_upstream import FakeUpstream, failing
from gateway import KEY, Gateway, configuration, environment
from wire import request

PROJECT = Path(__file__).resolve().parent / "node"


def providers(port):
    root = f"http://127.0.0.1:{port}"
    rows = [("plain", "openai", "openai", "/v1"), ("claude", "anthropic", None, ""),
            ("google", "gemini", None, ""), ("deep", "openai", "deepseek", "/deepseek/v1")]
    models = {"plain": ["gpt-4o", "text-embedding-3-small", "gpt-3.5-turbo-instruct", "uncounted"],
              "claude": ["claude-sonnet-4-5", "uncounted"],
              "google": ["gemini-2.5-pro", "gemini-embedding-001", "uncounted"],
              "deep": ["deepseek-flash"]}
    return [{"id": name, "kind": kind, "base_url": root + path, "keys": [{"value": f"sk-{name}-0123456789"}],
             "models": [{"id": model} for model in models[name]],
             **({"dialect": dialect} if dialect else {})} for name, kind, dialect, path in rows]


class Beside(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.upstream = FakeUpstream(beside)
        cls.addClassCleanup(cls.upstream.__exit__)
        cls.gateway = Gateway(configuration(providers(cls.upstream.port)))
        cls.addClassCleanup(cls.gateway.stop)

    def setUp(self):
        self.upstream.script, self.upstream.scripts = beside, []
        with self.upstream.lock:
            self.upstream.calls.clear()

    def post(self, path, body, **more):
        return self.gateway.exchange(request("POST", path, body=body, key=KEY, **more))

    def record(self, answer):
        got = self.gateway.get(f"/v1/generation?id={answer.header('x-gaterouter-request-id')}")
        self.assertEqual(got.status, 200, got.body)
        return got.json()["data"]

    def test_official_sdks(self):
        node = PROJECT / "node_modules/.bin/node"
        self.assertTrue(node.exists(), "npm ci has not run in tests/system/node")
        done = subprocess.run(
            [node, "--test", "--test-reporter=spec", "beside.mjs"], cwd=PROJECT, timeout=110,
            capture_output=True, text=True, stdin=subprocess.DEVNULL,
            env={**environment(), "GR_KEY": KEY, "GR_ROOT_URL": f"http://127.0.0.1:{self.gateway.port}"})
        print(done.stdout[-6000:])
        self.assertEqual(done.returncode, 0, done.stdout[-20000:] + done.stderr[-4000:])
        self.assertIn("pass 22", done.stdout)

    def test_bytes_pass(self):
        body = '{"model":"plain/gpt-4o","input":"caf\\u00e9",\n "dimensions": 2.0e0, "models":["x"]}'
        self.upstream.script = lambda call: call.answer(200, b'{"data":[], "usage":{"prompt_tokens":3}}')
        answer = self.post("/v1/embeddings", body.encode())
        self.assertEqual(answer.body, b'{"data":[], "usage":{"prompt_tokens":3}}')
        self.assertEqual(self.upstream.wait_calls(1)[0].body.decode(),
                         body.replace("plain/gpt-4o", "gpt-4o").replace(', "models":["x"]', ""))

    def test_each_request_is_booked_once(self):
        rows = [("/v1/embeddings", {"model": "plain/text-embedding-3-small", "input": "a"}, "embeddings", 5, None),
                ("/v1/embeddings", {"model": "google/gemini-embedding-001", "input": "a b c"}, "embeddings", 4, None),
                ("/v1/completions", {"model": "plain/gpt-4o", "prompt": "a"}, "completions", 4, 2),
                ("/v1/completions", {"model": "plain/gpt-4o", "prompt": "a", "stream": True}, "completions", 4, 2),
                ("/v1/messages/count_tokens", {"model": "claude/claude-sonnet-4-5", "messages": []},
                 "count_tokens", None, None)]
        for path, body, endpoint, tokens, output in rows:
            with self.subTest(path=path, body=body):
                record = self.record(self.post(path, body))
                self.assertEqual([record["endpoint"], record["status"], record["outcome"], record["provider"],
                                  record["input_tokens"], record["output_tokens"]],
                                 [endpoint, 200, "answered", body["model"].split("/")[0], tokens, output])

    def test_a_count_made_here_has_no_provider_and_costs_nothing(self):
        answer = self.post("/v1/messages/count_tokens?beta=true",
                           {"model": "deep/deepseek-flash", "messages": [{"role": "user", "content": "Hi"}]})
        self.assertEqual((answer.status, answer.header("x-gaterouter-estimate")), (200, "true"))
        record = self.record(answer)
        self.assertEqual([record["provider"], record["attempts"], record["total_cost"], record["outcome"]],
                         ["", [], 0, "answered"])

    def test_a_provider_that_cannot_count_does_not_matter(self):
        for status in (400, 401, 404, 405, 429, 500, 503):
            with self.subTest(status=status), \
                    Gateway(configuration(providers(self.upstream.port))) as gateway:
                self.upstream.script = failing(status)
                answer = gateway.exchange(request("POST", "/v1/messages/count_tokens", key=KEY, body={
                    "model": "claude/claude-sonnet-4-5", "messages": [{"role": "user", "content": "Hi"}]}))
                self.assertEqual((answer.status, answer.header("x-gaterouter-estimate")), (200, "true"))
                # It is not blamed, nor asked again: its keys serve the next request.
                self.upstream.script = beside
                answer = gateway.exchange(request("POST", "/v1/messages/count_tokens", key=KEY, body={
                    "model": "claude/claude-sonnet-4-5", "messages": [{"role": "user", "content": "Hi"}]}))
                self.assertEqual((answer.json(), answer.header("x-gaterouter-estimate")), ({"input_tokens": 1}, None))
        self.assertEqual(len(self.upstream.wait_calls(14)), 14)

    def test_wrong_counts_are_refused_in_the_clients_words(self):
        answer = self.post("/v1/messages/count_tokens", {"model": "deep/deepseek-flash", "messages": "Hi"})
        self.assertEqual((answer.status, answer.json()["type"]), (400, "error"))
        answer = self.post("/v1beta/models/deep/deepseek-flash:countTokens", {})
        self.assertEqual((answer.status, answer.json()["error"]["status"]), (400, "INVALID_ARGUMENT"))
        answer = self.post("/v1/responses/input_tokens", {"model": "deep/deepseek-flash"})
        self.assertEqual((answer.status, answer.error()["param"]), (400, "input"))

    def test_embeddings_fall_back(self):
        self.upstream.scripts = [failing(503)] * 3
        answer = self.post("/v1/embeddings", {"model": "google/gemini-embedding-001", "input": "a",
                                              "models": ["plain/text-embedding-3-small"]})
        self.assertEqual((answer.status, answer.header("x-gaterouter-model"), answer.header("x-gaterouter-estimate")),
                         (200, "plain/text-embedding-3-small", None))

    def test_probes_are_answered(self):
        for path, key, status in (("/", None, 200), ("/v1/messages", KEY, 200), ("/v1/messages", None, 401),
                                  ("/v1/nothing", KEY, 404)):
            with self.gateway.client() as client:
                answer = client.send(request("HEAD", path, key=key, headers=[("Connection", "close")])).head()
                self.assertEqual(answer.status, status, path)
                self.assertTrue(client.ends(), path)


if __name__ == "__main__":
    unittest.main()
