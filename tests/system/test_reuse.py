# SPDX-License-Identifier: MIT
"""Equal requests of one client: answered again from memory, or together while the first is under way."""

import json
import threading
import unittest

from fake_upstream import FakeUpstream, failing, good
from fakes.every import every
from gateway import KEY, Gateway, configuration, provider
from limit_world import OTHER_KEY, PRICE
from test_matrix import providers
from wire import PATIENCE, Client, request

TALK = [{"role": "user", "content": "Hi"}]
ASK = {"model": "fake/m", "max_tokens": 50, "messages": TALK}
EXACT = {"exact": True}
SINGLE = {"single_flight": True}
CONTENTS = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}

# Every protocol, to a provider of its own and to another one.
SHAPES = [
    ("/v1/chat/completions", {"model": "plain/gpt-4o", "messages": TALK}),
    ("/v1/chat/completions", {"model": "plain/gpt-4o", "messages": TALK, "stream": True}),
    ("/v1/chat/completions", {"model": "claude/claude-sonnet-4-5", "messages": TALK, "stream": True}),
    ("/v1/responses", {"model": "plain/gpt-4o", "input": "Hi"}),
    ("/v1/responses", {"model": "google/gemini-2.5-flash", "input": "Hi", "stream": True}),
    ("/v1/messages", {"model": "claude/claude-sonnet-4-5", "max_tokens": 100, "messages": TALK, "stream": True}),
    ("/v1/messages", {"model": "plain/gpt-4o", "max_tokens": 100, "messages": TALK}),
    ("/v1beta/models/google/gemini-2.5-flash:generateContent", CONTENTS),
    ("/v1beta/models/google/gemini-2.5-flash:streamGenerateContent?alt=sse", CONTENTS),
    ("/v1beta/models/claude/claude-sonnet-4-5:streamGenerateContent", CONTENTS),
]


class Reuse(unittest.TestCase):
    def start(self, cache, providers_=None, upstream=None, **more):
        self.upstream = upstream or FakeUpstream()
        self.addCleanup(self.upstream.__exit__)
        priced = [provider(self.upstream, models=[{"id": "m", "price": PRICE}, {"id": "n"}])]
        config = configuration(providers_(self.upstream.port) if providers_ else priced,
                               routing={"cache": cache, "aliases": more.pop("aliases", {})}, **more)
        config["clients"].append({"id": "other", "key": {"value": OTHER_KEY}})
        self.gateway = Gateway(config)
        self.addCleanup(self.gateway.stop)
        return self.gateway

    def calls(self):
        return len(self.upstream.calls)

    def record(self, answer, key=KEY):
        got = self.gateway.get("/v1/generation?id=" + answer.header("x-gaterouter-request-id"), key)
        return got.json()["data"]

    def together(self, count, ask=ASK, **more):
        """So many requests at once; their answers, once `finish` is called."""
        answers, threads = [None] * count, []
        for i in range(count):
            def work(i=i):
                answers[i] = self.gateway.chat(ask, **more)
            threads.append(threading.Thread(target=work))
            threads[-1].start()
            if i == 0:
                self.wait_for_calls(1)

        def finish():
            for thread in threads:
                thread.join(PATIENCE)
            return answers
        return finish

    def wait_for_calls(self, count):
        with self.upstream.lock:
            pass
        deadline = threading.Event()
        for _ in range(PATIENCE * 100):
            if self.calls() >= count:
                return
            deadline.wait(0.01)
        self.fail(f"no {count} calls")

    def running(self, count):
        """Waits until so many requests are in the gateway."""
        for _ in range(PATIENCE * 100):
            text = self.gateway.get("/metrics").body.decode()
            line = next(l for l in text.splitlines() if l.startswith("gaterouter_requests_running "))
            if int(line.split()[1]) >= count:
                return
            threading.Event().wait(0.01)
        self.fail(f"no {count} requests are running")


class Exact(Reuse):
    def test_off_every_request_is_asked(self):
        self.start({})
        for _ in range(2):
            self.assertIsNone(self.gateway.chat(ASK).header("x-gaterouter-cache"))
        self.assertEqual(self.calls(), 2)

    def test_every_shape_comes_again_byte_for_byte(self):
        self.start(EXACT, providers, FakeUpstream(every))
        for path, body in SHAPES:
            with self.subTest(path, body=body):
                before = self.calls()
                answers = [self.gateway.exchange(request(path=path, body=body, key=KEY)) for _ in range(2)]
                self.assertEqual([a.status for a in answers], [200, 200], answers[0].body)
                self.assertEqual(self.calls(), before + 1)
                first, second = answers
                self.assertEqual(first.body, second.body)
                self.assertTrue(second.whole)
                self.assertEqual(bool(first.chunks), bool(second.chunks))
                for name in ("content-type", "x-gaterouter-model", "x-gaterouter-dropped"):
                    self.assertEqual(first.header(name), second.header(name), name)
                self.assertEqual([a.header("x-gaterouter-cache") for a in answers], [None, "hit"])

    def test_it_costs_nothing_and_says_so(self):
        self.start(EXACT, limits=[{"window": "day", "usd": "0.001"}, {"window": "day", "requests": 1}])
        first, second = self.gateway.chat(ASK), self.gateway.chat(ASK)
        self.assertEqual((first.status, second.status), (200, 200), second.body)
        self.assertEqual(second.header("x-gaterouter-cost"), "0.00")
        self.assertEqual(second.header("x-gaterouter-attempts"), "0")
        self.assertIn("cache", second.header("x-gaterouter-reason"))
        self.assertNotEqual(*(a.header("x-gaterouter-request-id") for a in (first, second)))
        told = [self.record(answer) for answer in (first, second)]
        self.assertEqual([r["reused"] for r in told], [False, True])
        self.assertEqual((told[1]["cost_usd"], told[1]["attempts"]), ("0.00", []))
        self.assertEqual((told[1]["provider"], told[1]["model"]), ("fake", "m"))
        # Another one has no room.
        self.assertEqual(self.gateway.chat({**ASK, "max_tokens": 51}).status, 429)

    def test_it_is_within_every_maximum(self):
        self.start(EXACT)
        self.gateway.chat(ASK)
        answer = self.gateway.chat(ASK, headers=[("x-gaterouter-max-cost", "0")])
        self.assertEqual((answer.status, answer.header("x-gaterouter-cache")), (200, "hit"))

    def test_never_another_clients(self):
        self.start(EXACT)
        self.gateway.chat(ASK)
        answer = self.gateway.chat(ASK, key=OTHER_KEY)
        self.assertEqual((self.calls(), answer.header("x-gaterouter-cache")), (2, None))

    def test_only_whole_answers_are_kept(self):
        self.start(EXACT)

        def cut(call):
            call.begin_stream()
            call.piece(b'data: {"choices":[{"index":0,"delta":{"content":"One"}}]}\n\n')
            raise ConnectionResetError
        streamed = {**ASK, "stream": True}
        self.upstream.scripts = [cut]
        self.assertFalse(self.gateway.chat(streamed).body.endswith(b"[DONE]\n\n"))
        answer = self.gateway.chat(streamed)
        self.assertIsNone(answer.header("x-gaterouter-cache"))
        self.assertTrue(answer.body.endswith(b"[DONE]\n\n"))
        self.upstream.scripts = [failing(400)]
        self.assertEqual(self.gateway.chat(ASK).status, 400)
        self.assertEqual(self.gateway.chat(ASK).header("x-gaterouter-cache"), None)
        self.assertEqual(self.gateway.chat(ASK).header("x-gaterouter-cache"), "hit")

    def test_what_a_limit_may_have_cut_is_not_kept(self):
        """The gateway's own output maximum is no wish of the client's."""
        self.start(EXACT, limits=[{"window": "day", "usd": "0.002"}])
        ask = {"model": "fake/m", "messages": TALK}

        def long(call):
            tokens = call.json()["max_completion_tokens"]
            call.answer(200, {"id": "c", "object": "chat.completion", "created": 1, "model": "m",
                              "choices": [{"index": 0, "finish_reason": "length",
                                           "message": {"role": "assistant", "content": "yes"}}],
                              "usage": {"prompt_tokens": 1, "completion_tokens": tokens,
                                        "total_tokens": tokens + 1}})
        self.upstream.scripts = [long]
        self.assertEqual(self.gateway.chat(ask).status, 200)
        self.assertNotEqual(self.gateway.chat(ask).header("x-gaterouter-cache"), "hit")

    def test_who_wants_a_new_answer_says_so(self):
        self.start(EXACT)
        replies = [lambda call, i=i: call.answer(200, {
            "id": str(i), "object": "chat.completion", "created": 1, "model": "m", "choices": [{
                "index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": str(i)}}],
            "usage": {"prompt_tokens": 1, "completion_tokens": 1, "total_tokens": 2}}) for i in range(4)]
        self.upstream.scripts = list(replies)

        def content(*headers):
            answer = self.gateway.chat(ASK, headers=headers)
            return answer.json()["choices"][0]["message"]["content"]
        self.assertEqual([content(), content()], ["0", "0"])
        self.assertEqual(content(("Cache-Control", "no-store")), "1")
        self.assertEqual(content(), "0")
        self.assertEqual(content(("Cache-Control", "no-cache")), "2")
        self.assertEqual(content(), "2")

    def test_a_new_configuration_forgets_them(self):
        """The alias is the same, the model behind it is not."""
        self.start(EXACT, aliases={"mine": ["fake/m", "fake/n"]})
        ask = {**ASK, "model": "mine"}
        self.gateway.chat(ask)
        self.assertEqual(self.gateway.chat(ask).header("x-gaterouter-cache"), "hit")
        config = json.loads(self.gateway.config_file.read_text())
        config["routing"]["aliases"]["mine"] = ["fake/n"]
        self.gateway.config_file.write_text(json.dumps(config))
        self.gateway.process.send_signal(1)  # SIGHUP: reads it again
        for _ in range(PATIENCE * 20):
            answer = self.gateway.chat(ask)
            if answer.header("x-gaterouter-model") == "fake/n":
                break
            threading.Event().wait(0.05)
        self.assertEqual(answer.header("x-gaterouter-model"), "fake/n")

    def test_embeddings_come_again_too(self):
        self.start(EXACT)
        reply = {"object": "list", "model": "m", "usage": {"prompt_tokens": 1, "total_tokens": 1},
                 "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}]}
        self.upstream.script = lambda call: call.answer(200, reply)
        answers = [self.gateway.exchange(request(path="/v1/embeddings", key=KEY,
                                                 body={"model": "fake/m", "input": "x"})) for _ in range(2)]
        self.assertEqual(answers[0].body, answers[1].body)
        self.assertEqual(self.calls(), 1)


class SingleFlight(Reuse):
    def setUp(self):
        self.gate = threading.Event()
        self.addCleanup(self.gate.set)

    def held(self, then=good):
        def script(call):
            self.gate.wait(PATIENCE)
            then(call)
        return script

    def test_equal_requests_become_one(self):
        for stream in (False, True):
            with self.subTest(stream=stream):
                self.gate.clear()
                self.start(SINGLE, limits=[{"window": "day", "requests": 1}])
                self.upstream.script = self.held()
                finish = self.together(5, {**ASK, "stream": stream})
                self.running(5)
                self.gate.set()
                answers = finish()
                self.assertEqual([a.status for a in answers], [200] * 5)
                self.assertEqual(len({a.body for a in answers}), 1)
                self.assertEqual(self.calls(), 1)
                self.assertEqual([self.record(a)["reused"] for a in answers], [False] + [True] * 4)
                self.assertEqual({self.record(a)["cost_usd"] for a in answers[1:]}, {"0.00"})
                # Nothing is kept behind it.
                self.assertEqual(self.gateway.chat({**ASK, "stream": stream}).status, 429)

    def test_never_another_clients(self):
        self.start(SINGLE)
        self.upstream.script = self.held()
        finish = self.together(1)
        other = self.together(1, key=OTHER_KEY)
        self.wait_for_calls(2)
        self.gate.set()
        self.assertEqual([finish()[0].status, other()[0].status, self.calls()], [200, 200, 2])

    def test_after_a_failure_everybody_asks(self):
        self.start(SINGLE)
        self.upstream.scripts = [self.held(failing(400))]
        finish = self.together(3)
        self.running(3)
        self.gate.set()
        self.assertEqual(sorted(a.status for a in finish()), [200, 200, 400])
        self.assertEqual(self.calls(), 3)

    def test_a_stream_that_broke_is_nobodys(self):
        self.start(SINGLE)

        def cut(call):
            call.begin_stream()
            call.piece(b'data: {"choices":[{"index":0,"delta":{"content":"One"}}]}\n\n')
            self.gate.wait(PATIENCE)
            raise ConnectionResetError
        self.upstream.scripts = [cut]
        finish = self.together(2, {**ASK, "stream": True})
        self.running(2)
        self.gate.set()
        first, second = finish()
        self.assertFalse(first.body.endswith(b"[DONE]\n\n"))
        self.assertTrue(second.body.endswith(b"[DONE]\n\n"), second.body)
        self.assertNotIn(b"error", second.body)

    def test_the_next_one_goes_on_when_the_first_leaves(self):
        self.start(SINGLE)
        left = threading.Event()

        def first(call):
            try:
                call.wait_left()
            finally:
                left.set()
        self.upstream.scripts = [first]
        with Client(self.gateway.port) as client:
            client.send(request(body=ASK, key=KEY))
            self.wait_for_calls(1)
            finish = self.together(3)
            self.running(4)
        answers = finish()
        self.assertTrue(left.wait(PATIENCE))
        self.assertEqual([a.status for a in answers], [200] * 3)
        self.assertEqual(self.calls(), 2)
        self.assertEqual(sorted(self.record(a)["reused"] for a in answers), [False, True, True])

    def test_who_waits_may_leave(self):
        self.start(SINGLE)
        self.upstream.script = self.held()
        finish = self.together(1)
        with Client(self.gateway.port) as client:
            client.send(request(body=ASK, key=KEY))
            self.running(2)
        self.gate.set()
        self.assertEqual(finish()[0].status, 200)
        self.assertEqual(self.gateway.chat(ASK).status, 200)
        self.assertEqual(self.calls(), 2)

    def test_the_gateway_stops_with_some_that_wait(self):
        self.start(SINGLE)
        self.upstream.script = self.held()
        finish = self.together(3)
        self.running(3)
        self.gateway.stop()
        self.gate.set()
        for answer in finish():
            self.assertTrue(answer is None or answer.status in (499, 503), answer)


if __name__ == "__main__":
    unittest.main()
