# SPDX-License-Identifier: MIT
"""Same protocol in and out: bytes pass as they are, apart from what the contract names."""

import json
import unittest

from fake_upstream import USAGE, FakeUpstream, delta
from gateway import KEY, PROVIDER_KEY, Gateway, GatewayTest, configuration, provider
from wire import events, request

# What a parser that builds values would lose: order, number text, escapes, spaces, unknown fields.
ODD = (b'{ "zeta":1.10,\t"messages" : [{"role":"user","content":"caf\xc3\xa9 \\u00e9 \\/ '
       b'\\ud83d\\ude00 lone \\ud800 end"}],"model":"fake/m","seed":12345678901234567890123,'
       b'\r\n"temperature":0.10000000000000000001,"a":1E+2,"b":-0,"c":[ ],"d":{ },'
       b'"x_unknown":{"b":1,"a":{"10":null,"9":true}},"top_p":1.0}\n')
ODD_ANSWER = (b'{ "usage":{"total_tokens":12,"completion_tokens":3,"prompt_tokens":9,"z":1.10},'
              b'"choices":[{"message":{"content":"\\ud800 \\u00e9 \xc3\xa9","role":"assistant",'
              b'"tool_calls":[{"id":"c","type":"function","function":{"name":"f",'
              b'"arguments":"{\\"n\\":9007199254740993}"}}]},"index":0,"finish_reason":"stop"}],'
              b'"model":"m","big":12345678901234567890123,"x":1E+2,"object":"chat.completion",'
              b'"created":1767225600,"id":"chatcmpl-1" }\n')


class Requests(GatewayTest):
    def test_only_the_model_changes(self):
        self.assertEqual(self.gateway.chat(ODD).status, 200)
        self.assertEqual(self.upstream.calls[0].body, ODD.replace(b"fake/m", b"m"))

    def test_the_model_may_stand_anywhere_and_be_escaped(self):
        for body in (b'{"model":"fake/m","messages":[]}', b'{"messages":[],"model" : "fake/m" }',
                     b'{"messages":[],"mod\\u0065l":"f\\u0061ke\\/m"}'):
            self.assertEqual(self.gateway.chat(body).status, 200, body)
            self.assertEqual(self.upstream.calls[-1].json()["model"], "m")

    def test_our_own_extensions_are_taken_out(self):
        body = b'{"model":"fake/m","x-gaterouter-session":"s1","messages":[],"models":["fake/m"]}'
        self.assertEqual(self.gateway.chat(body).status, 200)
        self.assertEqual(self.upstream.calls[0].body, b'{"model":"m","messages":[]}')

    def test_usage_is_asked_of_a_stream_and_nothing_else_changes(self):
        body = b'{"model":"fake/m","messages":[],"stream":true,"n":1.0}'
        self.assertEqual(self.gateway.chat(body).status, 200)
        sent = self.upstream.calls[0]
        self.assertIs(sent.json()["stream_options"]["include_usage"], True)
        for piece in (b'"messages":[]', b'"stream":true', b'"n":1.0'):
            self.assertIn(piece, sent.body)

    def test_keys_that_stand_twice_are_refused(self):
        for body in (b'{"model":"fake/m","model":"fake/other","messages":[]}',
                     b'{"model":"fake/m","mod\\u0065l":"fake/other","messages":[]}',
                     b'{"model":"fake/m","messages":[],"messages":[]}',
                     b'{"model":"fake/m","messages":[],"max_tokens":1,"max\\u005ftokens":9}',
                     b'{"model":"fake/m","messages":[{"role":"user","role":"system"}]}',
                     b'{"model":"fake/m","messages":[],"stream":false,"\\u0073tream":true}'):
            self.assertRefused(self.gateway.chat(body), 400)
        self.assertEqual(self.upstream.calls, [])

    def test_what_is_not_json_is_refused(self):
        for body in (b"", b"null", b"[]", b'"a"', b"{", b'{"model":"fake/m","messages":[]}x',
                     b'{"model":"fake/m","messages":[],}', b'{"model":"fake/m","messages":[01]}',
                     b"{'model':'fake/m'}", b'{"model":"fake/m","messages":["\x01"]}',
                     b'{"model":"fake/m","messages":["\xff"]}', b'{"model":"fake/m","a":NaN}',
                     b'\xef\xbb\xbf{"model":"fake/m","messages":[]}',
                     b'{"model":"fake/m","a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"):
            data = request(body=body, key=KEY) if body else request(
                body=b"", key=KEY, headers=[("Content-Type", "application/json"),
                                            ("Content-Length", "0")])
            self.assertRefused(self.gateway.exchange(data), 400)
        self.assertEqual(self.upstream.calls, [])

    def test_fields_that_must_be_there(self):
        for body, status in [(b'{"messages":[]}', 400), (b'{"model":5,"messages":[]}', 400),
                             (b'{"model":"","messages":[]}', 400), (b'{"model":null}', 400),
                             (b'{"model":"nobody/m","messages":[]}', 404),
                             (b'{"model":"fake/m","messages":[],"stream":"yes"}', 400)]:
            answer = self.gateway.chat(body)
            self.assertIn(answer.status, (status, 404), body)
            self.assertRefused(answer, answer.status)
        self.assertEqual(self.upstream.calls, [])

    def test_headers_go_by_allow_list(self):
        secret = "canary-" + "0" * 20
        self.assertEqual(self.gateway.chat(headers=[
            ("Cookie", secret), ("X-Api-Key", KEY), ("X-Stainless-Lang", secret),
            ("X-Forwarded-For", secret), ("x-gaterouter-session", secret), ("Via", secret),
            ("OpenAI-Organization", secret), ("Proxy-Authorization", secret)]).status, 200)
        call = self.upstream.calls[0]
        self.assertEqual(call.header("authorization"), f"Bearer {PROVIDER_KEY}")
        self.assertNotIn(secret.encode(), call.raw_head)
        self.assertNotIn(KEY.encode(), call.raw_head)
        self.assertEqual(call.header("host"), f"127.0.0.1:{self.upstream.port}")


class Answers(GatewayTest):
    def test_a_whole_answer_is_byte_exact(self):
        self.upstream.script = lambda call: call.answer(200, ODD_ANSWER)
        answer = self.gateway.chat()
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.body, ODD_ANSWER)

    def test_a_chunked_whole_answer_and_one_that_ends_with_the_connection(self):
        def in_chunks(call):
            call.head(200, [("Transfer-Encoding", "chunked")])
            for start in range(0, len(ODD_ANSWER), 50):
                call.piece(ODD_ANSWER[start:start + 50])
            call.end_stream()

        def until_close(call):
            call.head(200)
            call.write(ODD_ANSWER)
            raise ConnectionResetError
        for script in (in_chunks, until_close):
            self.upstream.script = script
            answer = self.gateway.chat()
            self.assertEqual(answer.body, ODD_ANSWER, script.__name__)
            self.assertTrue(answer.whole)

    def test_headers_come_back_by_allow_list(self):
        self.upstream.script = lambda call: call.answer(200, ODD_ANSWER, [
            ("Set-Cookie", "a=b"), ("Server", "secret-server"), ("Access-Control-Allow-Origin", "*"),
            ("x-ratelimit-remaining-requests", "7")])
        answer = self.gateway.chat()
        names = [name for name, _ in answer.headers]
        for name in ("set-cookie", "access-control-allow-origin"):
            self.assertNotIn(name, names)
        self.assertEqual(answer.header("content-type"), "application/json")
        self.assertTrue(answer.header("x-gaterouter-request-id").startswith("req_"))
        self.assertEqual(answer.header("x-gaterouter-model"), "fake/m")
        self.assertEqual(answer.header("x-gaterouter-attempts"), "1")

    def test_a_stream_is_byte_exact(self):
        odd = [b': comment\n\n', b'data: {"choices":[{"delta":{"content":"\\ud800 1.10"},"index":0}],'
               b'"z":1.10,"a":12345678901234567890123}\r\n\r\n', b"id: 7\nretry: 10\n" + delta("x"),
               b"data:" + delta("no space")[6:], delta(finish="stop"), b"data: [DONE]\n\n"]

        def script(call):
            call.begin_stream()
            for event in odd:
                call.piece(event[:3])
                call.piece(event[3:])
            call.end_stream()
        self.upstream.script = script
        answer = self.gateway.chat({"model": "fake/m", "messages": [], "stream": True})
        self.assertEqual(answer.body, b"".join(odd))
        self.assertTrue(answer.whole)
        self.assertTrue(answer.header("content-type").startswith("text/event-stream"))

    def test_the_usage_chunk_is_seen_only_by_who_asked(self):
        chat = {"model": "fake/m", "messages": [], "stream": True}
        plain = events(self.gateway.chat(chat).body)
        self.assertEqual(plain[-1], "[DONE]")
        self.assertFalse([event for event in plain[:-1] if event.get("usage")])
        asked = events(self.gateway.chat(
            {**chat, "stream_options": {"include_usage": True}}).body)
        self.assertEqual(asked[-2]["usage"], USAGE)
        self.assertEqual(asked[-2]["choices"], [])

    def test_models_are_listed_and_found(self):
        listed = self.gateway.get("/v1/models").json()
        self.assertEqual(listed["object"], "list")
        names = [model["id"] for model in listed["data"]]
        self.assertIn("fake/m", names)
        for name in ("auto", "auto:cheap"):
            self.assertIn(name, names)
            found = self.gateway.get(f"/v1/models/{name}").json()
            self.assertEqual((found["id"], found["owned_by"]), (name, "gaterouter"))
        for model in listed["data"]:
            self.assertEqual(model["object"], "model")
            self.assertEqual({type(model["created"]), type(model["owned_by"])}, {int, str})
        self.assertEqual(self.gateway.get("/v1/models/fake/m").json()["id"], "fake/m")
        self.assertEqual(self.gateway.get("/v1/models/fake%2Fm").json()["id"], "fake/m")
        self.assertRefused(self.gateway.get("/v1/models/nobody/m"), 404)


class GeminiArrays(unittest.TestCase):
    def test_a_stream_without_sse_is_one_json_array(self):
        """Providers are asked for events whichever form the client wants."""
        def script(call):
            call.begin_stream()
            for text, finish in (("Hel", None), ("lo.", "STOP")):
                candidate = {"content": {"role": "model", "parts": [{"text": text}]}, "index": 0}
                if finish:
                    candidate["finishReason"] = finish
                chunk = {"candidates": [candidate], "modelVersion": "m", "responseId": "r"}
                call.piece(b"data: " + json.dumps(chunk).encode() + b"\r\n\r\n")
            call.end_stream()
        with FakeUpstream(script) as upstream, Gateway(configuration(
                [provider(upstream, "google", kind="gemini")])) as gateway:
            body = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
            answer = gateway.exchange(request(
                "POST", "/v1beta/models/google/m:streamGenerateContent", body=body, key=KEY))
            self.assertTrue(answer.header("content-type").startswith("application/json"))
            parts = [part["text"] for chunk in answer.json()
                     for part in chunk["candidates"][0]["content"]["parts"] if "text" in part]
            self.assertEqual("".join(parts), "Hello.")


class AnthropicHeaders(unittest.TestCase):
    """Versions and betas are the business of Anthropic and its clients alone."""

    MESSAGE = {"id": "msg_1", "type": "message", "role": "assistant", "model": "m",
               "content": [{"type": "text", "text": "Hello."}], "stop_reason": "end_turn",
               "stop_sequence": None, "usage": {"input_tokens": 1, "output_tokens": 1}}
    HEADERS = [("anthropic-version", "2026-10-21"), ("anthropic-beta", "one-2026,two-2026")]

    @classmethod
    def setUpClass(cls):
        cls.claude = FakeUpstream(lambda call: call.answer(
            200, cls.MESSAGE, [("anthropic-ratelimit-requests-remaining", "3")]))
        cls.gpt = FakeUpstream()
        for upstream in (cls.claude, cls.gpt):
            cls.addClassCleanup(upstream.__exit__)
        cls.gateway = Gateway(configuration([provider(cls.claude, "claude", kind="anthropic"),
                                             provider(cls.gpt, "gpt")]))
        cls.addClassCleanup(cls.gateway.stop)

    def sent(self, upstream, model, path="/v1/messages", headers=(), **more):
        body = {"model": model, "messages": [{"role": "user", "content": "Hi"}],
                "max_tokens": 9, **more}
        answer = self.gateway.exchange(request("POST", path, body=body, key=KEY, headers=headers))
        self.assertEqual(answer.status, 200, answer.body)
        return upstream.calls[-1]

    def test_a_clients_version_and_betas_go_to_anthropic(self):
        call = self.sent(self.claude, "claude/m", headers=self.HEADERS)
        self.assertEqual(call.header("anthropic-version"), "2026-10-21")
        self.assertEqual(call.header("anthropic-beta"), "one-2026,two-2026")

    def test_the_newer_version_takes_no_sampling_parameters(self):
        call = self.sent(self.claude, "claude/m", headers=self.HEADERS, temperature=1)
        self.assertEqual(call.header("anthropic-version"), "2023-06-01")
        self.assertEqual(call.json()["temperature"], 1)

    def test_others_get_neither(self):
        call = self.sent(self.gpt, "gpt/m", headers=self.HEADERS)
        self.assertIsNone(call.header("anthropic-version"))
        self.assertIsNone(call.header("anthropic-beta"))

    def test_its_limits_reach_each_client_by_the_names_it_knows(self):
        body = {"model": "claude/m", "messages": [{"role": "user", "content": "Hi"}],
                "max_tokens": 9}
        names = {"/v1/messages": "anthropic-ratelimit-requests-remaining",
                 "/v1/chat/completions": "x-ratelimit-remaining-requests"}
        for path, name in names.items():
            answer = self.gateway.exchange(request("POST", path, body=body, key=KEY))
            self.assertEqual(answer.header(name), "3")
            for other in names.values():
                self.assertEqual(answer.header(other) is not None, other == name)

    def test_anthropic_gets_a_version_whoever_asks(self):
        for path in ("/v1/messages", "/v1/chat/completions"):
            call = self.sent(self.claude, "claude/m", path)
            self.assertEqual(call.header("anthropic-version"), "2023-06-01")


if __name__ == "__main__":
    unittest.main()
