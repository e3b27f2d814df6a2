# SPDX-License-Identifier: MIT
"""Another key, another provider: before the first content event, and never behind it."""

import threading
import unittest

from fake_upstream import (FakeUpstream, close_before_head, completion, delta, failing, good,
                           reset_before_head)
from gateway import KEY, Gateway, configuration, free_port, provider
from wire import PATIENCE, events, request

BOTH = {"model": "both", "messages": [{"role": "user", "content": "Hi"}]}
ONLY_A = {**BOTH, "model": "a/m"}
SECOND_KEY = "sk-second-canary-9876543210fedcba"


def answering_b(call):
    if call.json().get("stream"):
        good(call)
    else:
        call.answer(200, completion("from b"))


class Fallback(unittest.TestCase):
    """Two providers behind one alias; each test has its own gateway, because health is remembered."""

    def setUp(self):
        self.a, self.b = FakeUpstream(), FakeUpstream(answering_b)
        self.addCleanup(self.a.__exit__)
        self.addCleanup(self.b.__exit__)

    def start(self, first=None, **routing):
        config = configuration(
            [first or provider(self.a, "a"), provider(self.b, "b")],
            routing={"aliases": {"both": ["a/m", "b/m"]}, **routing})
        gateway = Gateway(config)
        self.addCleanup(gateway.stop)
        return gateway

    def assertFromB(self, answer):
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json()["choices"][0]["message"]["content"], "from b")
        self.assertEqual(answer.header("x-gaterouter-model"), "b/m")
        self.assertGreaterEqual(int(answer.header("x-gaterouter-attempts")), 2)

    def test_a_failing_provider_is_passed_over(self):
        for script in (failing(500), failing(503), failing(529), failing(429), failing(408)):
            self.a.script = script
            self.assertFromB(self.start().chat(BOTH))

    def test_a_refused_connection_is_passed_over(self):
        self.assertFromB(self.start(provider(free_port(), "a")).chat(BOTH))

    def test_a_reset_or_close_before_the_head_is_passed_over(self):
        for script in (reset_before_head, close_before_head):
            self.a.script = script
            self.assertFromB(self.start().chat(BOTH))

    def test_an_answer_that_is_not_http_is_passed_over(self):
        def garbage(call):
            call.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
            raise ConnectionResetError
        self.a.script = garbage
        self.assertFromB(self.start().chat(BOTH))

    def test_the_same_provider_is_tried_again_after_a_hiccup(self):
        self.a.scripts = [failing(500)]
        answer = self.start().chat(BOTH)
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.header("x-gaterouter-attempts"), "2")

    def test_a_connection_that_the_provider_closed_meanwhile_costs_nothing(self):
        gateway = self.start(fallback=False, retries=0)
        for _ in range(5):
            self.assertEqual(gateway.chat(ONLY_A).status, 200)
            self.a.drop_connections()
        self.assertEqual(len(self.a.calls), 5)

    def test_a_provider_that_asks_to_wait_is_left_alone(self):
        self.a.script = failing(429, [("Retry-After", "60")])
        gateway = self.start()
        self.assertFromB(gateway.chat(BOTH))
        asked = len(self.a.calls)
        for _ in range(3):
            self.assertEqual(gateway.chat(BOTH).header("x-gaterouter-model"), "b/m")
        self.assertEqual(len(self.a.calls), asked)

    def test_the_wait_is_told_when_nobody_else_can_answer(self):
        self.a.script = failing(429, [("Retry-After", "60")])
        answer = self.start().chat(ONLY_A)
        self.assertEqual(answer.status, 429)
        self.assertGreater(int(answer.header("retry-after")), 0)

    def test_the_next_key_is_tried_when_one_is_refused(self):
        def picky(call):
            if call.header("authorization") == f"Bearer {SECOND_KEY}":
                good(call)
            else:
                failing(401)(call)
        self.a.script = picky
        first = provider(self.a, "a")
        first["keys"].append({"value": SECOND_KEY})
        gateway = self.start(first)
        for _ in range(2):
            answer = gateway.chat(ONLY_A)
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.header("x-gaterouter-model"), "a/m")
        # The refused key is remembered.
        self.assertEqual(len(self.a.calls), 3)

    def test_what_the_client_did_wrong_is_told_and_not_tried_elsewhere(self):
        body = b'{"error": {"message":"bad tool","type":"invalid_request_error","param":"tools",' \
               b'"code":"x1"}}'
        self.a.script = lambda call: call.answer(400, body)
        answer = self.start().chat(BOTH)
        self.assertEqual(answer.status, 400)
        self.assertEqual(answer.error()["message"], "bad tool")
        self.assertEqual(answer.error()["param"], "tools")
        self.assertEqual((len(self.a.calls), len(self.b.calls)), (1, 0))

    def test_a_named_model_is_sacred(self):
        self.a.script = failing(500)
        answer = self.start().chat(ONLY_A)
        self.assertGreaterEqual(answer.status, 500)
        self.assertTrue(answer.error()["message"])
        self.assertEqual(self.b.calls, [])
        self.assertEqual(len(self.a.calls), 3)  # and two retries

    def test_fallback_and_retries_can_be_switched_off(self):
        self.a.script = failing(500)
        self.assertGreaterEqual(self.start(fallback=False, retries=0).chat(BOTH).status, 500)
        self.assertEqual((len(self.a.calls), len(self.b.calls)), (1, 0))

    def test_the_request_may_name_its_fallbacks(self):
        self.a.script = failing(500)
        answer = self.start().chat({**ONLY_A, "models": ["a/m", "b/m"]})
        self.assertFromB(answer)
        self.assertNotIn("models", self.b.calls[0].json())

    def test_events_before_the_first_content_do_not_commit(self):
        def empty_start(call):
            call.begin_stream()
            call.piece(b": keep-alive\n\n")
            call.piece(b'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}'
                       b"\n\n")
            raise ConnectionResetError
        self.a.script = empty_start
        answer = self.start().chat({**BOTH, "stream": True})
        self.assertEqual(answer.header("x-gaterouter-model"), "b/m")
        text = "".join(e["choices"][0]["delta"].get("content") or ""
                       for e in events(answer.body)[:-1] if e["choices"])
        self.assertEqual(text, "One two three")

    def test_what_is_held_before_the_first_content_has_a_bound(self):
        """64 KB of comments: up to there another provider may go on, behind it this one answers."""
        comment = b":" + b"x" * 1021 + b"\n\n"
        read = threading.Event()

        def few(call):
            call.begin_stream()
            for _ in range(60):
                call.piece(comment)
            raise ConnectionResetError

        def endless(call):
            call.begin_stream()
            for _ in range(70):
                call.piece(comment)
            read.wait(PATIENCE)  # the client has what was held, although nothing was said
            raise ConnectionResetError

        self.a.script = few
        answer = self.start().chat({**BOTH, "stream": True})
        self.assertEqual(answer.header("x-gaterouter-model"), "b/m")
        calls = len(self.b.calls)
        self.a.script = endless
        with self.start().client() as client:
            client.send(request(body={**BOTH, "stream": True}, key=KEY))
            answer = client.head()
            self.assertEqual(answer.header("x-gaterouter-model"), "a/m")
            while answer.body.count(comment) < 64:
                self.assertTrue(client.chunk(answer))
            read.set()
            while client.chunk(answer):
                pass
        self.assertEqual(answer.body.count(comment), 70)
        self.assertIn("error", events(answer.body.replace(comment, b""))[-1])
        self.assertEqual(len(self.b.calls), calls)

    def test_behind_the_first_content_nobody_else_goes_on(self):
        def half(call):
            call.begin_stream()
            call.piece(delta("half"))
            raise ConnectionResetError
        self.a.script = half
        answer = self.start().chat({**BOTH, "stream": True})
        self.assertIn("error", events(answer.body)[-1])
        self.assertEqual(self.b.calls, [])

    def test_nobody_answers(self):
        self.a.script = self.b.script = failing(500, message="secret " + "x" * 5000)
        answer = self.start().chat(BOTH)
        self.assertGreaterEqual(answer.status, 500)
        self.assertTrue(answer.error()["message"])
        self.assertTrue(answer.header("x-gaterouter-error"))

    def test_the_words_of_one_provider_do_not_go_with_the_error_of_another(self):
        self.a.script = failing(404, message="words of a")
        self.b.script = reset_before_head
        answer = self.start(retries=0).chat(BOTH)
        self.assertEqual(answer.status, 502)
        self.assertNotIn(b"words of a", answer.body)

    def test_a_server_without_responses_is_asked_for_chat_completions(self):
        def chat_only(call):
            if call.path.endswith("/responses"):
                call.answer(404, {"detail": "Not Found"})
            else:
                good(call)
        self.a.script = chat_only
        body = {"model": "a/m", "input": "Hi", "store": False}
        gateway = self.start()
        answer = gateway.exchange(request("POST", "/v1/responses", body=body, key=KEY))
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.json()["object"], "response")
        self.assertEqual([call.path for call in self.a.calls],
                         ["/v1/responses", "/v1/chat/completions"])
        # Where chat completions know the model as little, that is what the client hears.
        self.a.script = failing(404, message="no such model")
        answer = gateway.exchange(request("POST", "/v1/responses", body=body, key=KEY))
        self.assertEqual(answer.status, 404)
        self.assertEqual(answer.error()["code"], "model_not_found")


if __name__ == "__main__":
    unittest.main()
