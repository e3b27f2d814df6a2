# SPDX-License-Identifier: MIT
"""`auto`: who answers which request, and that POST /v1/route says so beforehand."""

import json
import os
import subprocess
import unittest

from fake_upstream import FakeUpstream, failing, good
from gateway import DAEMON, KEY, Gateway, configuration, environment, provider
from wire import PATIENCE, request

EASY = "Thanks, that worked."
HARD = ("Let f be a continuous function on [0,1] with f(0)=f(1). Show that for every natural n "
        "there is x with f(x)=f(x+1/n).")


def price(usd_in, usd_out):
    return {"input": str(usd_in), "output": str(usd_out)}


def chat(text, model="auto", **more):
    return {"model": model, "messages": [{"role": "user", "content": text}], **more}


def embedding(call):
    call.answer(200, {"object": "list", "model": "m", "usage": {"prompt_tokens": 1,
                                                                "total_tokens": 1},
                      "data": [{"object": "embedding", "index": 0, "embedding": [0.5]}]})


class Routing(unittest.TestCase):
    def setUp(self):
        self.cheap, self.strong = FakeUpstream(), FakeUpstream()
        self.addCleanup(self.cheap.__exit__)
        self.addCleanup(self.strong.__exit__)

    def start(self, clients=(), models=None, **routing):
        config = configuration(
            [provider(self.cheap, "cheap", models=[{"id": "small", "price": price(0.1, 0.4)},
                                                   *(models or [])]),
             provider(self.strong, "strong", models=[{"id": "large", "price": price(5, 25)}])],
            routing=routing)
        config["clients"] += clients
        gateway = Gateway(config)
        self.addCleanup(gateway.stop)
        return gateway

    def answering(self, gateway, body, **more):
        answer = gateway.chat(body, **more)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.header("x-gaterouter-model")

    def route(self, gateway, body, **more):
        answer = gateway.chat(body, path="/v1/route", **more)
        self.assertEqual(answer.status, 200, answer.body)
        return answer.json()

    def test_easy_is_cheap_and_hard_is_strong_at_the_middle_of_the_dial(self):
        gateway = self.start()
        self.assertEqual(self.answering(gateway, chat(EASY)), "cheap/small")
        answer = gateway.chat(chat(HARD))
        self.assertEqual(answer.header("x-gaterouter-model"), "strong/large")
        self.assertRegex(answer.header("x-gaterouter-reason"),
                         r"^auto: ([a-z]+, )?quality 0\.\d\d, about \$0\.0\d+$")
        self.assertEqual(self.strong.calls[-1].json()["model"], "large")

    def test_wishes_in_headers_are_explained_too(self):
        gateway = self.start()
        first = lambda told: told["candidates"][0]["model"]
        self.assertEqual(first(self.route(gateway, chat(EASY))), "small")
        told = self.route(gateway, chat(EASY), headers=[("x-gaterouter-preference", "best")])
        self.assertEqual(first(told), "large")
        told = self.route(gateway, chat(HARD), headers=[("x-gaterouter-max-cost", "0.001")])
        self.assertEqual([row["model"] for row in told["candidates"]], ["small"])
        wrong = gateway.chat(chat(EASY), path="/v1/route",
                             headers=[("x-gaterouter-preference", "nicest")])
        self.assertEqual(wrong.status, 400, wrong.body)

    def test_the_dial_and_the_aims(self):
        for preference, expected in ((0, "cheap/small"), (1, "strong/large")):
            gateway = self.start(preference=preference)
            for text in (EASY, HARD):
                self.assertEqual(self.answering(gateway, chat(text)), expected)
        gateway = self.start()
        self.assertEqual(self.answering(gateway, chat(EASY, "auto:best")), "strong/large")
        self.assertEqual(self.answering(gateway, chat(EASY, "auto:cheap")), "cheap/small")
        best = {"x-gaterouter-preference": "best"}
        self.assertEqual(self.answering(gateway, chat(EASY), headers=list(best.items())),
                         "strong/large")
        self.assertEqual(self.answering(gateway, chat(EASY, **best)), "strong/large")
        self.assertNotIn("x-gaterouter-preference", self.strong.calls[-1].json())
        self.assertEqual(gateway.chat(chat(EASY, "auto:nonsense")).status, 404)
        # Small models are expected to be fast, until something was seen.
        self.assertEqual(self.answering(gateway, chat(HARD, "auto:fast")), "cheap/small")

    def test_the_decision_is_told_beforehand(self):
        gateway = self.start()
        for text in (EASY, HARD):
            told = self.route(gateway, chat(text))
            first = told["candidates"][0]
            self.assertEqual(self.answering(gateway, chat(text)),
                             first["provider"] + "/" + first["model"])
            self.assertEqual(len(told["candidates"]), 2)
            self.assertEqual(told["preference"], 0.5)
            self.assertIn(told["facts"]["domain"], (
                "math", "code", "science", "health", "economics", "humanities", "society",
                "everyday", "facts", "writing"))
            for row in told["candidates"]:
                parts = row["contributions"]
                self.assertAlmostEqual(sum(parts.values()), row["score"], places=3)
                self.assertGreater(float(row["worst_cost"]), float(row["expected_cost"]))
                self.assertGreater(float(row["expected_cost"]), 0)
            self.assertGreater(told["candidates"][0]["score"], told["candidates"][1]["score"])
        self.assertEqual(len(self.cheap.calls) + len(self.strong.calls), 2)

    def test_what_would_have_changed_the_choice_does_change_it(self):
        gateway = self.start()
        for text in (EASY, HARD):
            told = self.route(gateway, chat(text))
            flip = told["flip"]
            self.assertEqual((flip["what"], flip["from"]), ("preference", 0.5))
            now = self.answering(gateway, chat(text))
            other = self.start(preference=flip["to"])
            self.assertEqual(self.answering(other, chat(text)), flip["choice"])
            self.assertNotEqual(now, flip["choice"])
            # And it is the smallest: a step less does not.
            back = 0.01 if flip["to"] < 0.5 else -0.01
            other = self.start(preference=round(flip["to"] + back, 2))
            self.assertEqual(self.answering(other, chat(text)), now)

    def test_other_protocols_are_explained_too(self):
        gateway = self.start()
        expected = self.route(gateway, chat(HARD))["candidates"][0]["model"]
        for body in ({"model": "auto", "input": HARD},
                     {"model": "auto", "contents": [{"role": "user", "parts": [{"text": HARD}]}]},
                     {"model": "auto", "max_tokens": 400,
                      "messages": [{"role": "user", "content": [{"type": "text", "text": HARD}]}]}):
            self.assertEqual(self.route(gateway, body)["candidates"][0]["model"], expected)

    def test_who_cannot_is_left_out_with_the_reason(self):
        gateway = self.start(models=[
            {"id": "text-embedding-tiny", "price": price(0.01, 0.01)},
            {"id": "whisper-1", "price": price(0.01, 0.01)},
            {"id": "short", "price": price(0.01, 0.01), "context": 100}])
        told = self.route(gateway, chat(EASY + " word" * 400))
        why = {row["model"]: row["reason"] for row in told["rejected"]}
        self.assertIn("vectors", why["text-embedding-tiny"])
        self.assertIn("not made for chat", why["whisper-1"])
        self.assertIn("context", why["short"])
        self.assertEqual({row["model"] for row in told["candidates"]}, {"small", "large"})
        told = self.route(gateway, chat(HARD, **{"x-gaterouter-max-cost": 0.001}))
        self.assertIn("cost more", {r["model"]: r["reason"] for r in told["rejected"]}["large"])

    def test_who_rests_comes_last(self):
        self.cheap.script = failing(500)
        gateway = self.start(retries=0, preference=0.3)  # far from a tie
        for _ in range(4):
            self.assertEqual(self.answering(gateway, chat(EASY)), "strong/large")
        asked = len(self.cheap.calls)
        self.assertLess(asked, 4)
        told = self.route(gateway, chat(EASY))
        self.assertEqual([row["model"] for row in told["candidates"]], ["large", "small"])
        self.assertTrue(told["candidates"][1]["rests"])
        self.assertIn("rests", told["candidates"][1]["reason"])
        self.assertIn("rest", [flip["what"] for flip in told["flips"]])

    def test_nothing_is_lost_that_another_could_serve(self):
        self.strong.script = failing(503)
        gateway = self.start()
        answer = gateway.chat(chat(HARD))
        self.assertEqual(answer.header("x-gaterouter-model"), "cheap/small")
        self.assertGreater(int(answer.header("x-gaterouter-attempts")), 1)

    def test_the_key_says_which_models(self):
        own = "gr-key-of-the-weak"
        none = "gr-key-of-nobody"
        gateway = self.start(clients=[
            {"id": "weak", "key": {"value": own}, "models": ["cheap/*"]},
            {"id": "nobody", "key": {"value": none}, "models": ["elsewhere/*"]}])
        self.assertEqual(self.answering(gateway, chat(HARD), key=own), "cheap/small")
        told = self.route(gateway, chat(HARD), key=own)
        self.assertEqual([row["model"] for row in told["candidates"]], ["small"])
        answer = gateway.chat(chat(HARD), key=none)
        self.assertEqual(answer.status, 403)
        self.assertEqual(answer.header("x-gaterouter-error"), "model_forbidden")

    def test_what_costs_nobody_knows_what_comes_last_and_not_at_all_under_a_limit(self):
        unknown = [{"id": "secret"}]
        # Not at home, where it would be free.
        listed = {**provider(self.cheap, "far", models=unknown),
                  "base_url": "https://gaterouter.test/v1"}
        limited = "gr-key-with-a-limit"
        config = configuration(
            [listed, provider(self.strong, "strong",
                              models=[{"id": "large", "price": price(5, 25)}])])
        config["clients"].append({"id": "limited", "key": {"value": limited},
                                  "limits": [{"window": "day", "usd": "5.00"}]})
        gateway = Gateway(config)
        self.addCleanup(gateway.stop)
        told = self.route(gateway, chat(EASY, "auto:cheap"))
        self.assertEqual([row["model"] for row in told["candidates"]], ["large", "secret"])
        self.assertIsNone(told["candidates"][1]["expected_cost"])
        told = self.route(gateway, chat(EASY, "auto:cheap"), key=limited)
        self.assertEqual([row["model"] for row in told["candidates"]], ["large"])
        self.assertIn("price is unknown", told["rejected"][0]["reason"])

    def test_a_session_stays_where_it_is(self):
        gateway = self.start(models=[{"id": "twin", "price": price(0.1, 0.4)}])
        session = {"x-gaterouter-session": "talk"}
        named = chat(EASY, "cheap/twin", **session)
        self.assertEqual(self.answering(gateway, chat(EASY, **session)), "cheap/small")
        self.assertEqual(self.answering(gateway, named), "cheap/twin")
        self.assertEqual(self.answering(gateway, chat(EASY, **session)), "cheap/twin")
        self.assertEqual(self.answering(gateway, chat(EASY)), "cheap/small")
        told = self.route(gateway, chat(EASY, **session))
        self.assertGreater(told["candidates"][0]["contributions"]["session"], 0)
        self.assertIn("session", [flip["what"] for flip in told["flips"]])

    def test_vectors_are_made_by_what_makes_vectors(self):
        gateway = self.start(models=[{"id": "text-embedding-tiny", "price": price(0.01, 0)}])
        self.cheap.script = embedding
        body = {"model": "auto", "input": "x"}
        answer = gateway.exchange(request("POST", "/v1/embeddings", body=body, key=KEY))
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.header("x-gaterouter-model"), "cheap/text-embedding-tiny")
        answer = self.start().exchange(request("POST", "/v1/embeddings", body=body, key=KEY))
        self.assertEqual(answer.status, 422)
        self.assertIn("vectors", answer.error()["message"])

    def test_auto_in_aliases_defaults_and_fallbacks(self):
        gateway = self.start(aliases={"smart": ["auto:best", "cheap/small"]}, default="smart")
        for model in ("smart", "auto"):
            self.assertEqual(self.answering(gateway, chat(EASY, model)), "strong/large")
        self.assertEqual(self.answering(gateway, chat(EASY, "auto:cheap")), "cheap/small")
        self.strong.script = failing(500)
        self.assertEqual(self.answering(gateway, chat(EASY, "strong/large", models=["auto:cheap"])),
                         "cheap/small")

    def test_the_command_says_the_same(self):
        gateway = self.start()
        told = subprocess.run(
            [DAEMON, "route", "--config", gateway.config_file, "--data-dir", gateway.data],
            input=json.dumps(chat(HARD)).encode(), capture_output=True, timeout=PATIENCE,
            env={**environment(), "HOME": os.fspath(gateway.folder)}, check=True)
        told = json.loads(told.stdout)
        self.assertEqual(told["candidates"][0]["model"], "large")
        self.assertEqual(told["candidates"][0]["quality"],
                         self.route(gateway, chat(HARD))["candidates"][0]["quality"])


if __name__ == "__main__":
    unittest.main()
