# SPDX-License-Identifier: MIT
"""What passes byte for byte: pictures, sound, moderations, files, batches, rerank."""

import subprocess
import unittest
from pathlib import Path

from fake_relayed import SOUND, Relayed
from fake_upstream import FakeUpstream, failing
from gateway import KEY, PROVIDER_KEY, Gateway, configuration, environment
from wire import request

PROJECT = Path(__file__).resolve().parent / "node"
OTHER, SCOPED, LIMITED = (f"gr-system-test-{name}-key" for name in ("other", "scoped", "limited"))
CLIENTS = [{"id": "tests", "key": {"value": KEY}}, {"id": "other", "key": {"value": OTHER}},
           {"id": "scoped", "key": {"value": SCOPED}, "models": ["plain/whisper-*"]},
           {"id": "limited", "key": {"value": LIMITED}, "limits": [{"window": "day", "usd": "1.00"}]}]


def provider(upstream, name="plain", **more):
    return {"id": name, "kind": "openai", "base_url": f"http://127.0.0.1:{upstream.port}/v1",
            "keys": [{"value": PROVIDER_KEY}], **more}


class RelayedTest(unittest.TestCase):
    def setUp(self):
        self.fake = Relayed()
        self.upstream = FakeUpstream(self.fake)
        self.addCleanup(self.upstream.__exit__)
        # The second cannot be reached: whatever goes there fails.
        second = {**provider(self.upstream, "second"), "base_url": "http://127.0.0.1:9/v1"}
        self.config = configuration([{"id": "claude", "kind": "anthropic", "base_url": "http://127.0.0.1:9"},
                                     provider(self.upstream), second], clients=CLIENTS)
        self.gateway = Gateway(self.config)
        self.addCleanup(lambda: self.gateway.stop())

    def ask(self, method, path, body=b"", key=KEY, **more):
        return self.gateway.exchange(request(method, path, body=body, key=key, **more))

    def record(self, answer, key=KEY):
        return self.gateway.get(f"/v1/generation?id={answer.header('x-gaterouter-request-id')}", key).json()["data"]

    def test_official_sdk(self):
        node = PROJECT / "node_modules/.bin/node"
        self.assertTrue(node.exists(), "npm ci has not run in tests/system/node")
        done = subprocess.run(
            [node, "--test", "--test-reporter=spec", "relayed.mjs"], cwd=PROJECT, timeout=110,
            capture_output=True, text=True, stdin=subprocess.DEVNULL,
            env={**environment(), "GR_KEY": KEY, "GR_OTHER_KEY": OTHER,
                 "GR_ROOT_URL": f"http://127.0.0.1:{self.gateway.port}"})
        print(done.stdout[-4000:])
        self.assertEqual(done.returncode, 0, done.stdout[-10000:] + done.stderr[-4000:])
        self.assertIn("pass 4", done.stdout)

    def test_bytes_pass_both_ways(self):
        body = b'{"model" : "plain/r-1","query":"caf\\u00e9", "top_n": 1.0}'
        self.upstream.script = lambda call: call.answer(
            200, b'{ "results":[], "usage":{"prompt_tokens":3} }', [("x-secret", "no"), ("Set-Cookie", "a=b")])
        answer = self.ask("POST", "/v1/rerank?beta=1&key=leak", body)
        self.assertEqual((answer.status, answer.body), (200, b'{ "results":[], "usage":{"prompt_tokens":3} }'))
        self.assertIsNone(answer.header("x-secret") or answer.header("set-cookie"))
        call = self.upstream.wait_calls(1)[0]
        self.assertEqual(call.body, body.replace(b"plain/r-1", b"r-1"))
        self.assertEqual((call.path, call.header("authorization")), ("/v1/rerank?beta=1", f"Bearer {PROVIDER_KEY}"))
        self.assertNotIn(KEY.encode(), call.raw_head.encode() if isinstance(call.raw_head, str) else call.raw_head)
        record = self.record(answer)
        self.assertEqual([record["endpoint"], record["provider"], record["model"], record["input_tokens"],
                          record["status"], record["outcome"]], ["rerank", "plain", "r-1", 3, 200, "answered"])

    def test_a_form_is_changed_in_its_model_only(self):
        parts = (b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n' + SOUND +
                 b'\r\n--B\r\nContent-Disposition: form-data; name="model"\r\n\r\nplain/whisper-1\r\n--B--\r\n')
        answer = self.ask("POST", "/v1/audio/transcriptions", parts, content_type="multipart/form-data; boundary=B")
        self.assertEqual(answer.status, 200, answer.body)
        call = self.upstream.wait_calls(1)[0]
        self.assertEqual(call.body, parts.replace(b"plain/whisper-1", b"whisper-1"))
        self.assertEqual(call.header("content-type"), "multipart/form-data; boundary=B")
        record = self.record(answer)
        self.assertEqual([record["input_tokens"], record["audio_input_tokens"], record["output_tokens"]], [3, 2, 2])
        # Two readers could pick different models.
        twice = parts.replace(b"--B--", b'--B\r\nContent-Disposition: form-data; name="model"\r\n\r\nx\r\n--B--')
        for body, status in ((twice, 400), (parts[:-30], 400)):
            answer = self.ask("POST", "/v1/audio/transcriptions", body, content_type="multipart/form-data; boundary=B")
            self.assertEqual(answer.status, status)
        self.assertEqual(self.ask("POST", "/v1/audio/transcriptions", b"x", content_type="text/plain").status, 415)

    def test_restricted_keys(self):
        speech = {"model": "plain/tts-1", "input": "x", "voice": "alloy"}
        self.assertEqual(self.ask("POST", "/v1/audio/speech", speech, key=SCOPED).status, 403)
        self.assertEqual(self.ask("POST", "/v1/moderations", {"input": "x"}, key=SCOPED).status, 422)
        self.assertEqual(self.ask("GET", "/v1/files", key=SCOPED).status, 422)
        # The provider is on this machine and costs nothing.
        self.assertEqual(self.ask("POST", "/v1/audio/speech", speech, key=LIMITED).status, 200)
        self.assertEqual(len(self.upstream.wait_calls(1)), 1)

    def test_files_of_others_are_in_no_request(self):
        made = self.ask("POST", "/v1/files", {"purpose": "x"}).json()["id"]
        chat = {"model": "plain/m", "messages": [{"role": "user", "content": [
            {"type": "file", "file": {"file_id": made}}]}]}
        answer = self.ask("POST", "/v1/chat/completions", chat, key=OTHER)
        self.assertEqual((answer.status, answer.error()["param"]), (404, "file_id"))
        self.assertEqual(self.ask("POST", "/v1/rerank", {"model": "m", "query": [made]}, key=OTHER).status, 404)
        self.assertEqual(len(self.upstream.wait_calls(1)), 1)
        self.ask("POST", "/v1/chat/completions", chat)  # the fake has no chat: it was asked
        self.assertEqual(len(self.upstream.wait_calls(2)), 2)

    def test_what_the_provider_does_not_have_is_said_in_its_words(self):
        made = self.ask("POST", "/v1/files", {"purpose": "x"}).json()["id"]
        self.assertEqual(self.ask("DELETE", f"/v1/files/{made}").status, 200)
        answer = self.ask("GET", f"/v1/files/{made}")
        self.assertEqual(answer.status, 404)
        self.assertTrue(answer.error()["message"].startswith("no such thing"), answer.body)

    def test_the_provider_of_choice(self):
        ask = {"model": "m", "query": "x"}
        self.assertEqual(self.ask("POST", "/v1/rerank", ask, headers=[("x-gaterouter-provider", "second")]).status, 502)
        self.assertEqual(self.ask("POST", "/v1/rerank", ask, headers=[("x-gaterouter-provider", "nobody")]).status, 422)
        self.assertEqual(self.ask("POST", "/v1/rerank", ask, headers=[("x-gaterouter-provider", "plain")]).status, 200)
        self.assertEqual(self.ask("POST", "/v1/rerank", ask).status, 200)

    def test_errors(self):
        self.upstream.script = failing(400, message=f"bad {PROVIDER_KEY}")
        answer = self.ask("POST", "/v1/moderations", {"input": "x"})
        self.assertEqual((answer.status, answer.error()["type"]), (400, "scripted"))
        self.assertNotIn(PROVIDER_KEY.encode(), answer.body)
        for scripted, status in ((401, 502), (500, 502), (302, 502)):
            with self.subTest(status=scripted), Gateway(configuration([provider(self.upstream)])) as gateway:
                self.upstream.script = failing(scripted, [("Location", "http://127.0.0.1:9/")])
                answer = gateway.exchange(request("POST", "/v1/moderations", body={"input": "x"}, key=KEY))
                self.assertEqual(answer.status, status)
                self.assertTrue(answer.error()["message"])

    def test_the_next_key_is_tried(self):
        keys = [{"value": f"sk-{i}-0123456789abcdef"} for i in range(2)]
        with Gateway(configuration([{**provider(self.upstream), "keys": keys}])) as gateway:
            self.upstream.scripts = [failing(429, [("Retry-After", "30")])]
            answer = gateway.exchange(request("POST", "/v1/moderations", body={"input": "x"}, key=KEY))
        self.assertEqual((answer.status, answer.header("x-gaterouter-attempts")), (200, "2"))
        self.assertEqual([call.header("authorization")[-24:] for call in self.upstream.wait_calls(2)],
                         [f"er sk-{i}-0123456789abcdef"[-24:] for i in range(2)])

    def test_what_breaks_off_does_not_look_whole(self):
        def torn(call):
            call.head(200, [("Transfer-Encoding", "chunked")], "audio/mpeg")
            call.piece(SOUND)
            raise ConnectionResetError
        self.upstream.script = torn
        answer = self.ask("POST", "/v1/audio/speech", {"model": "m"})
        self.assertFalse(answer.whole)

    def test_ids_survive_a_restart(self):
        made = self.ask("POST", "/v1/files", {"purpose": "x"}).json()["id"]
        first = self.gateway
        self.addCleanup(first._clean)
        first.kill()
        self.gateway = Gateway(self.config, folder=first.folder)
        self.assertEqual(self.ask("GET", f"/v1/files/{made}").status, 200)
        self.assertEqual(self.ask("GET", f"/v1/files/{made}", key=OTHER).status, 404)


if __name__ == "__main__":
    unittest.main()
