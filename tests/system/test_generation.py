# SPDX-License-Identifier: MIT
"""GET /v1/generation: the record of one request, for the key that made it and for nobody else."""

import threading
import time
import unittest

from fake_upstream import USAGE, delta, failing
from gateway import KEY, GatewayTest
from wire import request

OTHER = "gr-system-test-other-key"
CLIENTS = [{"id": "tests", "key": {"value": KEY}}, {"id": "others", "key": {"value": OTHER}}]
PATHS = ["/v1/generation", "/generation", "/v1/v1/generation"]
STREAM = {"model": "fake/m", "stream": True, "messages": [{"role": "user", "content": "Hi"}]}


class Generation(GatewayTest):
    OPTIONS = {"clients": CLIENTS, "routing": {"retries": 1}}

    def ask(self, answer, key=KEY):
        """The record of the request that `answer` answers."""
        got = self.gateway.get(f"/v1/generation?id={answer.header('x-gaterouter-request-id')}", key)
        self.assertEqual(got.status, 200, got.body)
        self.assertEqual(set(got.json()), {"data"})
        return got.json()["data"]

    def test_what_is_booked(self):
        answer = self.gateway.chat()
        record = self.ask(answer)
        self.assertEqual(record["id"], answer.header("x-gaterouter-request-id"))
        for name, value in {"client": "tests", "endpoint": "chat.completions", "status": 200,
                            "asked_model": "fake/m", "provider": "fake", "model": "m",
                            "outcome": "answered", "error": "", "streamed": False,
                            "provider_name": "fake", "cancelled": False, "cost_usd": "0.00",
                            "total_cost": 0, "first_token_ms": None,
                            "input_tokens": USAGE["prompt_tokens"],
                            "tokens_prompt": USAGE["prompt_tokens"],
                            "output_tokens": USAGE["completion_tokens"],
                            "tokens_completion": USAGE["completion_tokens"]}.items():
            self.assertEqual(record[name], value, name)
        self.assertEqual(record["latency"], record["total_ms"])
        self.assertEqual(len(record["attempts"]), 1)
        self.assertLessEqual(record["attempts"][0]["ended_ms"], record["total_ms"])

    def test_every_attempt_is_told(self):
        self.upstream.scripts = [failing(503), failing(500)]
        answer = self.gateway.chat()
        self.assertEqual(answer.status, 502)
        record = self.ask(answer)
        self.assertEqual([a["status"] for a in record["attempts"]], [503, 500])
        self.assertTrue(all(a["error"] for a in record["attempts"]))
        self.assertEqual(record["outcome"], "provider_failed")
        self.assertEqual(record["error"], answer.header("x-gaterouter-error"))

    def test_streams_and_clients_that_left(self):
        record = self.ask(self.gateway.chat(STREAM))
        self.assertTrue(record["streamed"])
        self.assertIsInstance(record["first_token_ms"], int)
        self.assertEqual(record["generation_time"], record["total_ms"] - record["first_token_ms"])

        def endless(call):
            call.begin_stream()
            call.piece(delta("One"))
            call.wait_left()

        self.upstream.script = endless
        with self.gateway.client() as client:
            head = client.send(request(body=STREAM, key=KEY)).head()
            client.chunk(head)
            running = self.gateway.get(
                f"/v1/generation?id={head.header('x-gaterouter-request-id')}")
            self.assertRefused(running, 404)  # not booked before it ends
        self.upstream.calls[-1].left.wait(10)
        record = self.ask(head)
        self.assertTrue(record["cancelled"])
        self.assertEqual(record["outcome"], "client_gone")

    def test_found_at_once_and_on_every_path(self):
        """The record is there as soon as the answer is: rows may not be on disk yet."""
        with self.gateway.client() as client:
            for i in range(300):
                answer = client.send(request(body={"model": "fake/m", "messages": []},
                                             key=KEY)).read()
                name = answer.header("x-gaterouter-request-id")
                got = client.send(request("GET", f"{PATHS[i % 3]}?id={name}", key=KEY)).read()
                self.assertEqual(got.status, 200, got.body)
                self.assertEqual(got.json()["data"]["id"], name)

    def test_others_see_nothing(self):
        """The same body for a foreign id as for one that never was, from memory and from disk."""
        mine = self.gateway.chat().header("x-gaterouter-request-id")
        theirs = self.gateway.chat(key=OTHER).header("x-gaterouter-request-id")
        never = mine[:14] + "0123456789ABCDEF"
        nothing = self.gateway.get(f"/v1/generation?id={never}")
        self.assertRefused(nothing, 404)
        for path in PATHS:
            for name, key in [(mine, OTHER), (theirs, KEY), (never, OTHER)]:
                answer = self.gateway.get(f"{path}?id={name}", key)
                self.assertEqual((answer.status, answer.body), (404, nothing.body))
        self.assertEqual(self.gateway.get(f"/v1/generation?id={mine}", None).status, 401)
        self.assertEqual(self.gateway.get(f"/v1/generation?id={theirs}", OTHER).status, 200)

    def test_questions_that_make_no_sense(self):
        for query, param in [("", "id"), ("?id=", "id"), ("?id=chatcmpl-1", "id"),
                             ("?id=x'%20OR%201=1", "id"), ("?id=a&id=b", "id")]:
            answer = self.gateway.get("/v1/generation" + query)
            self.assertRefused(answer, 400)
            self.assertEqual(answer.error()["param"], param)
            self.assertIn("id", answer.error()["message"])
        self.assertRefused(self.gateway.exchange(request("POST", "/v1/generation?id=x", {},
                                                         key=KEY)), 405)

    def test_many_at_once(self):
        """Some may be turned away with 503, which says so; all others are right."""
        names = [self.gateway.chat().header("x-gaterouter-request-id") for _ in range(8)]
        seen = []

        def hammer(name):
            with self.gateway.client() as client:
                # Pipelined, so that questions wait behind each other.
                client.send(request("GET", f"/v1/generation?id={name}", key=KEY) * 50)
                for _ in range(50):
                    answer = client.read()
                    seen.append((answer.status, name, answer.json()))

        threads = [threading.Thread(target=hammer, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(len(seen), 400)
        for status, name, body in seen:
            self.assertIn(status, (200, 503))
            if status == 200:
                self.assertEqual(body["data"]["id"], name)
        self.assertIn(200, [status for status, _, _ in seen])

    def test_a_client_that_leaves_takes_its_question_along(self):
        name = self.gateway.chat().header("x-gaterouter-request-id")
        for _ in range(100):
            with self.gateway.client() as client:
                client.send(request("GET", f"/v1/generation?id={name}", key=KEY))
        # Those that the gateway has not yet seen leave may fill the queue: 503 until it has.
        end = time.monotonic() + 20
        while (status := self.gateway.get(f"/v1/generation?id={name}").status) == 503:
            self.assertLess(time.monotonic(), end, "the questions of those who left stay")
            time.sleep(0.02)
        self.assertEqual(status, 200)


if __name__ == "__main__":
    unittest.main()
