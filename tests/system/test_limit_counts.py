# SPDX-License-Identifier: MIT
"""Where bytes do not fit a limit, the provider is asked for its count of tokens: once, and with care."""

import unittest

from fake_upstream import FakeUpstream, hang, raw
from gateway import KEY, PROVIDER_KEY, Gateway, configuration, provider
from limit_world import PRICE, LimitTest
from wire import request

TEXT = "The quick brown fox jumps over the lazy dog. " * 266  # 12,000 bytes, some 2,700 tokens
COUNT = 3_000
PICTURE = "iVBORw0KGgo" + "A" * 400
SCHEMA = {"type": "object", "properties": {"x": {"type": "string"}}}
NAMED = {"name": "f", "description": "What it does"}
MODELS = {"claude": "claude-sonnet-4-5", "google": "gemini-2.5-flash", "plain": "gpt-4o"}
COUNTED = {"claude": set("model messages system tools tool_choice thinking output_config".split()),
           "plain": set("model input instructions tools tool_choice parallel_tool_calls reasoning text".split()),
           "google": {"generateContentRequest"}}

MESSAGES = {"model": "claude/claude-sonnet-4-5", "max_tokens": 100, "temperature": 0.5,
            "metadata": {"user_id": "u"}, "tools": [{**NAMED, "input_schema": SCHEMA}],
            "messages": [{"role": "user", "content": [
                {"type": "text", "text": TEXT},
                {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PICTURE}}]}]}
CHAT = {"max_tokens": 100, "tools": [{"type": "function", "function": {**NAMED, "parameters": SCHEMA}}],
        "messages": [{"role": "user", "content": TEXT}]}
RESPONSES = {"model": "plain/gpt-4o", "max_output_tokens": 100, "store": False,
             "tools": [{"type": "function", **NAMED, "parameters": SCHEMA}],
             "input": [{"role": "user", "content": TEXT}]}
GEMINI = {"contents": [{"role": "user", "parts": [{"text": TEXT}]}], "generationConfig": {"maxOutputTokens": 100},
          "tools": [{"functionDeclarations": [{**NAMED, "parameters": SCHEMA}]}]}


def isCount(call):
    return any(word in call.path for word in ("/count_tokens", ":countTokens", "/input_tokens"))


class Provider:
    """All three that count; `count` answers the question, and the bill is `COUNT` tokens."""

    def __init__(self, count=None):
        self.count = count or self.number(COUNT)
        self.upstream = FakeUpstream(self.answer)

    @staticmethod
    def number(value):
        return lambda call: call.answer(200, {"input_tokens": value, "totalTokens": value})

    def answer(self, call):
        if isCount(call):
            return self.count(call)
        if call.path.endswith("/messages"):
            return call.answer(200, {
                "id": "msg_1", "type": "message", "role": "assistant", "model": "m", "stop_reason": "end_turn",
                "stop_sequence": None, "content": [{"type": "text", "text": "yes"}],
                "usage": {"input_tokens": COUNT, "output_tokens": 5}})
        if call.path.endswith(":generateContent"):
            return call.answer(200, {
                "candidates": [{"index": 0, "finishReason": "STOP",
                                "content": {"role": "model", "parts": [{"text": "yes"}]}}],
                "usageMetadata": {"promptTokenCount": COUNT, "candidatesTokenCount": 5,
                                  "totalTokenCount": COUNT + 5}})
        return call.answer(200, {
            "id": "resp_1", "object": "response", "created_at": 1, "status": "completed", "model": "m",
            "output": [{"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
                        "content": [{"type": "output_text", "text": "yes", "annotations": []}]}],
            "usage": {"input_tokens": COUNT, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 5,
                      "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": COUNT + 5}})

    def asked(self):
        """How often for a count, and how often for an answer."""
        calls = list(self.upstream.calls)
        counts = sum(map(isCount, calls))
        return counts, len(calls) - counts


class Counts(LimitTest):
    def world(self, count=None, limit=None, **more):
        fake = Provider(count)
        self.addCleanup(fake.upstream.__exit__)
        root = f"http://127.0.0.1:{fake.upstream.port}"
        kinds = {"claude": "anthropic", "google": "gemini", "plain": "openai"}
        config = configuration([
            provider(fake.upstream, name, kind=kind, base_url=root,
                     models=[{"id": MODELS[name], "price": PRICE}, {"id": "m", "price": PRICE}])
            for name, kind in kinds.items()], **more)
        config["limits"] = [limit or {"window": "day", "tokens": 10_000}]
        gateway = Gateway(config)
        self.addCleanup(self.end, gateway)
        return fake, gateway

    @staticmethod
    def post(gateway, path, body):
        return gateway.exchange(request(path=path, body=body, key=KEY))

    def test_what_fits_by_the_providers_count_passes(self):
        rows = [("claude", "/v1/messages", MESSAGES), ("plain", "/v1/responses", RESPONSES),
                ("claude", "/v1/chat/completions", {**CHAT, "model": "claude/claude-sonnet-4-5"}),
                ("google", "/v1beta/models/google/gemini-2.5-flash:generateContent", GEMINI),
                ("google", "/v1/messages", {**MESSAGES, "model": "google/gemini-2.5-flash"})]
        for limit in ({"window": "day", "tokens": 10_000}, {"window": "day", "usd": "0.010"}):
            for name, path, body in rows:
                with self.subTest(name, path=path, limit=limit):
                    fake, gateway = self.world(limit=limit)
                    answer = self.post(gateway, path, body)
                    self.assertEqual(answer.status, 200, answer.body)
                    self.assertEqual(fake.asked(), (1, 1))
                    question, sent = (call.json() for call in fake.upstream.calls)
                    self.assertLessEqual(set(question), COUNTED[name])
                    # The very thing that is then sent, as a question.
                    question = question.get("generateContentRequest", question)
                    self.assertEqual({k: v for k, v in question.items() if k != "model"},
                                     {k: sent[k] for k in question if k != "model"})
                    self.assertIn(MODELS[name], fake.upstream.calls[0].path + question["model"])
                    self.assertTrue(question["tools"])
                    self.assertIn(PROVIDER_KEY, fake.upstream.calls[0].raw_head.decode())
                    got = gateway.get("/v1/generation?id=" + answer.header("x-gaterouter-request-id"))
                    self.assertEqual(len(got.json()["data"]["attempts"]), 1)

    def test_what_fits_by_its_bytes_is_not_counted(self):
        fake, gateway = self.world()
        self.assertEqual(self.post(gateway, "/v1/messages", {**MESSAGES, "messages": [
            {"role": "user", "content": "Hi"}]}).status, 200)
        self.assertEqual(fake.asked(), (0, 1))

    def test_a_count_that_is_none_changes_nothing(self):
        numbers = [-1, 0, 1, 600, 10_000, 10**18, 10**40, "3000", 3000.5, None]
        counts = {f"says {n}": Provider.number(n) for n in numbers}
        counts["fails"] = lambda call: call.answer(500, {"input_tokens": COUNT})
        counts["has none"] = lambda call: call.answer(404, {"error": {"message": "no such path"}})
        counts["is no JSON"] = raw(b"<html>3000</html>", [("Content-Length", 17)])
        counts["breaks off"] = lambda call: call.head(200, [("Content-Length", 999)])
        counts["is endless"] = raw(b'{"input_tokens":3000,"x":"' + b"x" * 100_000 + b'"}')
        counts["hangs"] = hang
        for name, count in counts.items():
            with self.subTest(name):
                fake, gateway = self.world(count)
                answer = self.post(gateway, "/v1/messages", MESSAGES)
                self.assertEqual(answer.status, 429, answer.body)
                self.assertEqual(answer.header("x-gaterouter-error"), "limit_reached")
                self.assertEqual(fake.asked(), (1, 0))

    def test_the_margin_is_reserved_too(self):
        """8,000 tokens, a tenth, 1,000 and 100 of output: 9,900."""
        for most, status in ((9_900, 200), (9_899, 429)):
            fake, gateway = self.world(Provider.number(8_000), {"window": "day", "tokens": most})
            self.assertEqual(self.post(gateway, "/v1/messages", MESSAGES).status, status)
            self.assertEqual(fake.asked(), (1, int(status == 200)))

    def test_nobody_is_asked_whose_count_binds_nobody(self):
        remote = [{"role": "user", "content": [
            {"type": "input_text", "text": TEXT},
            {"type": "input_image", "image_url": "https://example.com/a.png"}]}]
        document = [{"role": "user", "content": [
            {"type": "text", "text": TEXT},
            {"type": "document", "source": {"type": "base64", "media_type": "application/pdf", "data": "AAAA"}}]}]
        rows = {"another vendor's model": ("/v1/messages", {**MESSAGES, "model": "claude/m"}),
                "chat completions": ("/v1/chat/completions", {**CHAT, "model": "plain/gpt-4o"}),
                "a picture by its address": ("/v1/responses", {**RESPONSES, "input": remote}),
                "a document": ("/v1/messages", {**MESSAGES, "messages": document}),
                "the answer alone does not fit": ("/v1/messages", {**MESSAGES, "max_tokens": 9_000})}
        for name, (path, body) in rows.items():
            with self.subTest(name):
                fake, gateway = self.world()
                self.assertIn(self.post(gateway, path, body).status, (422, 429))
                self.assertEqual(fake.asked(), (0, 0))

    def test_a_limit_that_is_spent_asks_nobody(self):
        fake, gateway = self.world()
        statuses = [self.post(gateway, "/v1/messages", MESSAGES).status for _ in range(5)]
        self.assertEqual(statuses, [200, 200, 429, 429, 429])
        self.assertEqual(fake.asked()[1], 2)
        # 3,990 tokens are left, and 4,400 needed: that could have been less, once for each.
        self.assertEqual(fake.asked()[0], 5)
        fake, gateway = self.world(limit={"window": "day", "tokens": 6_000})
        statuses = [self.post(gateway, "/v1/messages", MESSAGES).status for _ in range(5)]
        self.assertEqual(statuses, [200, 429, 429, 429, 429])
        self.assertEqual(fake.asked(), (1, 1))  # 2,995 are left: no count could make it fit

    def test_each_candidate_is_asked_once(self):
        fake, gateway = self.world(Provider.number(9_000))
        answer = self.post(gateway, "/v1/messages", {**MESSAGES, "models": ["google/gemini-2.5-flash"]})
        self.assertEqual(answer.status, 429)
        self.assertEqual([call.path for call in fake.upstream.calls],
                         ["/v1/messages/count_tokens", "/v1beta/models/gemini-2.5-flash:countTokens"])

    def test_it_ends_with_its_client(self):
        fake, gateway = self.world(hang)
        with gateway.client() as client:
            client.send(request(path="/v1/messages", body=MESSAGES, key=KEY))
            call = fake.upstream.wait_calls(1)[0]
        self.assertTrue(call.left.wait(4), "still counted")  # before its own patience of 5 s ends
        self.assertEqual(fake.asked(), (1, 0))
        self.assertEqual(gateway.get("/v1/models").status, 200)


if __name__ == "__main__":
    unittest.main()
