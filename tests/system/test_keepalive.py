# SPDX-License-Identifier: MIT
"""Streams that are silent for longer than 10 s: the client hears something that means nothing, the
answer stays whole, fallback stays possible until its first content, and a failure is told."""

import json
import re
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from fake_upstream import FakeUpstream, delta
from gateway import KEY, Gateway, configuration, provider
from wire import events, request

SILENCE = 12  # seconds

MESSAGES = [{"role": "user", "content": "Hi"}]
ASKS = {
    "chat": ("/v1/chat/completions", {"messages": MESSAGES, "stream": True}),
    "responses": ("/v1/responses", {"input": "Hi", "stream": True, "store": False}),
    "messages": ("/v1/messages", {"messages": MESSAGES, "max_tokens": 99, "stream": True}),
    "completions": ("/v1/completions", {"prompt": "Hi", "stream": True}),
    "gemini": ("/v1beta/models/{model}:streamGenerateContent?alt=sse",
               {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}),
}


def sse(*objects):
    return b"".join((f"event: {o['type']}\n".encode() if "type" in o else b"") +
                    b"data: " + json.dumps(o).encode() + b"\n\n" for o in objects)


def chat_stream(silences):
    """One of OpenAI's streams; sleeps before its head, or before and inside its content."""
    def script(call):
        if "head" in silences:
            time.sleep(SILENCE)
        call.begin_stream()
        call.piece(delta("", role="assistant"))
        if "begun" in silences:
            time.sleep(SILENCE)
        call.piece(delta("whole "))
        if "middle" in silences:
            time.sleep(SILENCE)
        call.piece(delta("answer") + delta(finish="stop") + b"data: [DONE]\n\n")
        call.end_stream()
    return script


def responses_stream(call):
    usage = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
    answer = {"id": "resp_up", "object": "response", "model": "m", "status": "completed",
              "output": [], "usage": usage}
    call.begin_stream()
    call.piece(sse({"type": "response.created", "response": {**answer, "status": "in_progress"}}))
    time.sleep(SILENCE)
    call.piece(sse({"type": "response.output_text.delta", "item_id": "i", "output_index": 0,
                    "content_index": 0, "delta": "whole answer"},
                   {"type": "response.completed", "response": answer}))
    call.end_stream()


def dies(call):
    time.sleep(SILENCE)
    call.answer(500, {"error": {"message": "Scripted failure"}})


def completions(call):
    """Legacy completions: their chunks are none of chat."""
    call.begin_stream()
    for text, finish in (("whole ", None), ("answer", "stop")):
        call.piece(sse({"id": "cmpl-1", "object": "text_completion", "created": 1, "model": "m",
                        "choices": [{"index": 0, "text": text, "finish_reason": finish}]}))
        if not finish:
            time.sleep(SILENCE)
    call.piece(b"data: [DONE]\n\n")
    call.end_stream()


class Heard:
    """What a client got."""

    def __init__(self, gateway, protocol, model):
        path, body = ASKS[protocol]
        body = body if protocol == "gemini" else {**body, "model": model}
        self.answer = gateway.exchange(
            request("POST", path.format(model=model), body=body, key=KEY))
        self.raw = self.answer.body
        self.events = [e for e in events(self.raw.replace(b"\r\n", b"\n")) if e != "[DONE]"]

    def types(self):
        return [e.get("type") for e in self.events]

    def text(self):
        out = ""
        for event in self.events:
            for choice in event.get("choices", []):
                out += choice["delta"].get("content") or ""
            for candidate in event.get("candidates", []):
                out += "".join(part.get("text", "") for part in candidate["content"]["parts"])
            if event.get("type") == "response.output_text.delta":
                out += event["delta"]
            if event.get("type") == "content_block_delta":
                out += event["delta"]["text"]
        return out


KEPT_ALIVE = {
    "chat": lambda h: b"\n: keep-alive" in b"\n" + h.raw
            or any(e.get("choices") and e["choices"][0]["delta"] == {}
                   and not e["choices"][0]["finish_reason"] for e in h.events),
    # An answer that begins early does so in a chunk of its own.
    "responses": lambda h: b"\n: keep-alive" in h.raw
                 or h.types().count("response.in_progress") > 1
                 or b"output_text.delta" not in h.answer.chunks[0],
    "messages": lambda h: "ping" in h.types(),
    "gemini": lambda h: any(c["content"]["parts"] == [{"text": ""}] and "finishReason" not in c
                            for e in h.events for c in e.get("candidates", [])),
}
ENDED = {
    "chat": lambda h: h.raw.endswith(b"data: [DONE]\n\n"),
    "responses": lambda h: h.types()[-1] == "response.completed",
    "messages": lambda h: h.types()[-1] == "message_stop",
    "gemini": lambda h: "finishReason" in h.events[-1]["candidates"][0],
}
TOLD = {
    "chat": lambda h: "error" in h.events[-1],
    "responses": lambda h: h.types()[-1] == "response.failed",
    "messages": lambda h: h.types()[-1] == "error",
    "gemini": lambda h: "error" in h.events[-1],
}


class KeepAlive(unittest.TestCase):
    """All cases at once: each waits out the same silence."""

    @classmethod
    def setUpClass(cls):
        upstreams = {
            "head": FakeUpstream(chat_stream({"head"})),
            "begun": FakeUpstream(chat_stream({"begun"})),
            "middle": FakeUpstream(chat_stream({"middle"})),
            "quick": FakeUpstream(chat_stream(set())),
            "dies": FakeUpstream(dies),
            "items": FakeUpstream(responses_stream),
            "legacy": FakeUpstream(completions),
        }
        for upstream in upstreams.values():
            cls.addClassCleanup(upstream.__exit__)
        providers = [provider(up, name, dialect="vllm")
                     for name, up in upstreams.items() if name != "items"]
        providers.append(provider(upstreams["items"], "items", dialect="openai"))
        cls.gateway = Gateway(configuration(providers, routing={
            "retries": 0, "aliases": {"second": ["dies/m", "quick/m"]}}))
        cls.addClassCleanup(cls.gateway.stop)
        cases = [(p, m) for p in KEPT_ALIVE for m in ("head/m", "begun/m", "middle/m", "second", "dies/m")]
        cases += [("responses", "items/m"), ("completions", "legacy/m")]
        with ThreadPoolExecutor(len(cases)) as pool:
            heard = pool.map(lambda case: Heard(cls.gateway, *case), cases)
        cls.heard = dict(zip(cases, heard))

    def each(self, *models):
        return [(protocol, heard) for (protocol, model), heard in self.heard.items()
                if model in models]

    def test_silence_is_filled(self):
        for protocol, heard in self.each("head/m", "begun/m", "middle/m", "second", "dies/m",
                                         "items/m"):
            self.assertEqual(heard.answer.status, 200)
            self.assertTrue(KEPT_ALIVE[protocol](heard), heard.raw)

    def test_legacy_completions_hear_no_chunks_of_chat(self):
        heard = self.heard["completions", "legacy/m"]
        self.assertIn(b": keep-alive", heard.raw)
        self.assertEqual({e["object"] for e in heard.events}, {"text_completion"})
        self.assertEqual("".join(e["choices"][0]["text"] for e in heard.events), "whole answer")

    def test_the_answer_stays_whole(self):
        for protocol, heard in self.each("head/m", "begun/m", "middle/m", "items/m"):
            self.assertEqual(heard.text(), "whole answer")
            self.assertTrue(ENDED[protocol](heard), heard.raw)

    def test_another_provider_may_answer_behind_keep_alives(self):
        for protocol, heard in self.each("second"):
            self.assertEqual(heard.text(), "whole answer")
            self.assertTrue(ENDED[protocol](heard), heard.raw)

    def test_a_failure_is_told_and_looks_like_no_end(self):
        for protocol, heard in self.each("dies/m"):
            self.assertTrue(TOLD[protocol](heard), heard.raw)
            self.assertNotIn(b"[DONE]", heard.raw)
            self.assertNotIn("message_stop", heard.types())

    def test_an_answer_begins_once_and_its_events_are_counted(self):
        for _, heard in self.each("head/m", "begun/m", "middle/m", "second", "items/m"):
            types = heard.types()
            self.assertLessEqual(types.count("message_start"), 1)
            self.assertLessEqual(types.count("response.created"), 1)
            if "response.created" not in types:
                continue
            numbers = [e["sequence_number"] for e in heard.events if "sequence_number" in e]
            self.assertEqual(numbers, list(range(len(numbers))))
            ids = {e["response"]["id"] for e in heard.events if "response" in e}
            self.assertEqual(len(ids), 1)

    def test_bytes_pass_but_for_the_keep_alives(self):
        for model in ("head/m", "begun/m", "middle/m"):
            raw = self.heard["chat", model].raw
            rest = re.sub(rb": keep-alive\n\n", b"", raw)
            rest = re.sub(rb'data: [^\n]*"delta":\{\},"finish_reason":null\}\]\}\n\n', b"", rest)
            want = delta("", role="assistant") + delta("whole ") + delta("answer") + \
                delta(finish="stop") + b"data: [DONE]\n\n"
            self.assertEqual(rest, want)


if __name__ == "__main__":
    unittest.main()
