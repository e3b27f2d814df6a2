# SPDX-License-Identifier: MIT
"""The user's rules: what may not leave this machine does not, and what else rules decide."""

import json
import subprocess
import tempfile
import unittest
from pathlib import Path

from fake_upstream import FakeUpstream, failing
from gateway import DAEMON, KEY, Gateway, configuration, environment, provider
from wire import request

SECRET = "sk-proj-" + "aB3dE5gH7jK9mN2pQ4rS6tU8vW1xY0z"
CANARY = SECRET[8:].encode()
STAYS = {"name": "secrets stay here", "if": {"has_secret": True}, "then": {"local_only": True}}
PRICE = {"input": "1", "output": "1"}
MODELS = [{"id": name, "price": PRICE} for name in ("m", "big", "gpt-5")]


def user(text, **more):
    return {"messages": [{"role": "user", "content": text}], **more}


def away(upstream, name="away", **more):
    """A provider that is not on this machine, as far as the gateway can tell: its address is none of
    loopback, though it leads there."""
    return {"id": name, "kind": "openai", "base_url": f"http://0.0.0.0:{upstream.port}/v1", "keys": [],
            "models": MODELS, **more}


class RulesTest(unittest.TestCase):
    CLIENTS = [{"id": "tests", "key": {"value": KEY}}]

    def start(self, *rules, **more):
        self.home, self.away = FakeUpstream(), FakeUpstream()
        self.addCleanup(self.home.__exit__)
        self.addCleanup(self.away.__exit__)
        root = f"http://0.0.0.0:{self.away.port}"
        routing = {"retries": 0, "rules": list(rules), "aliases": {"either": ["away/big", "home/m"]},
                   **more.pop("routing", {})}
        self.gateway = Gateway(configuration(
            [away(self.away), provider(self.home, "home", dialect="vllm", models=MODELS[:1]),
             {"id": "claude", "kind": "anthropic", "base_url": root, "keys": [],
              "models": [{"id": "c"}, {"id": "claude-opus-4-1"}]},
             {"id": "gem", "kind": "gemini", "base_url": root, "keys": [], "models": [{"id": "g"}]}],
            routing=routing, clients=self.CLIENTS, **more))
        self.addCleanup(self.gateway.stop)

    def ask(self, body, path="/v1/chat/completions", **more):
        return self.gateway.exchange(request(path=path, body=body, key=KEY, **more))

    def model(self, answer):
        self.assertEqual(answer.status, 200, answer.body)
        return answer.header("x-gaterouter-model")


class SecretsStayHere(RulesTest):
    """Whatever is asked and however: no byte of the secret reaches who is not on this machine."""

    def assertNothingLeft(self):
        for call in self.away.calls:
            self.assertNotIn(CANARY, call.raw_head + call.body)
            self.assertNotIn(b"jane.doe", call.body)

    def requests(self):
        texts = [f"my key is {SECRET}", "mail jane.doe@acme.com", "x" * 200_000 + "\n" + SECRET]
        for text in texts:
            yield "/v1/chat/completions", user(text)
        key = f"use {SECRET}"
        tool = {"type": "function", "function": {"name": "f", "description": key,
                                                 "parameters": {"type": "object", "properties": {}}}}
        call = {"id": "call_1", "type": "function",
                "function": {"name": "f", "arguments": json.dumps({"authorization": SECRET})}}
        yield "/v1/chat/completions", user("Hi", tools=[tool])
        yield "/v1/chat/completions", {"messages": [
            {"role": "system", "content": key}, {"role": "user", "content": "Hi"}]}
        yield "/v1/chat/completions", {"messages": [
            {"role": "user", "content": "Hi"}, {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": "done"}]}
        yield "/v1/chat/completions", user("Hi", stream=True, metadata={"note": SECRET})
        yield "/v1/responses", {"input": key}
        yield "/v1/responses", {"instructions": key, "input": "Hi"}
        yield "/v1/messages", user(key, max_tokens=9)
        yield "/v1/messages", user("Hi", max_tokens=9, system=[{"type": "text", "text": key}])
        yield "/v1/completions", {"prompt": key}
        yield "/v1/embeddings", {"input": ["Hi", key]}
        yield "/v1/moderations", {"input": key}
        yield "/v1/images/generations", {"prompt": key}

    def test_no_request_leaves_by_any_name(self):
        self.start(STAYS)
        sent = 0
        for path, body in self.requests():
            for name, more in (("auto", {}), ("m", {}), ("either", {}), ("away/big", {}), ("claude/c", {}),
                               ("gem/g", {}), ("away/big", {"models": ["home/m", "claude/c"]})):
                answer = self.ask({**body, **more, "model": name}, path)
                self.assertIsNotNone(answer, (path, name))
                sent += 1
        self.assertNothingLeft()
        self.assertGreater(len(self.home.calls), sent // 4)  # it was asked all the same
        self.assertTrue(any(CANARY in call.body for call in self.home.calls))

    def test_gemini_and_its_escapes(self):
        self.start(STAYS)
        escaped = ('{"contents":[{"role":"user","parts":[{"text":"\\u0073k-proj-%s"}]}]}' % CANARY.decode()).encode()
        for name in ("auto", "m", "either", "gem%2Fg", "g"):
            for method in ("generateContent", "streamGenerateContent?alt=sse", "countTokens"):
                self.ask(escaped, f"/v1beta/models/{name}:{method}")
        self.assertNothingLeft()
        self.assertTrue(any(CANARY in call.body for call in self.home.calls))

    def test_a_named_model_is_refused_and_not_swapped(self):
        self.start(STAYS)
        answer = self.ask(user(SECRET, model="away/big"))
        self.assertEqual((answer.status, answer.header("x-gaterouter-error")), (422, "no_candidate"))
        self.assertIn('rule "secrets stay here" forbids it (local_only)', answer.error()["message"])
        self.assertEqual((len(self.home.calls), len(self.away.calls)), (0, 0))
        self.assertEqual(self.model(self.ask(user("Hi", model="away/big"))), "away/big")
        # A list that the client gives is a choice of its own.
        self.assertEqual(self.model(self.ask(user(SECRET, model="away/big", models=["home/m"]))), "home/m")
        self.assertNothingLeft()

    def test_who_fails_is_not_stood_in_for(self):
        self.start(STAYS)
        self.home.script = failing(500)
        for name in ("either", "m", "auto"):
            self.assertGreaterEqual(self.ask(user(SECRET, model=name)).status, 500)
        self.assertEqual(len(self.away.calls), 0)
        self.assertEqual(self.model(self.ask(user("Hi", model="m"))), "away/m")

    def test_a_limit_does_not_send_it_away(self):
        limit = {"scope": "provider:home", "window": "day", "requests": 1, "at_limit": "cheaper"}
        self.start(STAYS, limits=[limit], routing={"cheaper": ["away/big"]})
        self.assertEqual(self.model(self.ask(user("Hi", model="home/m"))), "home/m")
        self.assertEqual(self.ask(user(SECRET, model="home/m")).status, 429)
        self.assertEqual(len(self.away.calls), 0)
        self.assertEqual(self.model(self.ask(user("Hi", model="home/m"))), "away/big")

    def test_tokens_are_counted_here(self):
        self.start(STAYS)
        for name in ("claude/c", "auto", "away/big"):
            answer = self.ask(user(SECRET, model=name), "/v1/messages/count_tokens")
            self.assertEqual(answer.status, 200, answer.body)
            self.assertGreater(answer.json()["input_tokens"], 10)
        self.assertEqual(len(self.away.calls), 0)

    def test_earlier_turns_count(self):
        self.start(STAYS)
        first = self.ask({"model": "home/m", "input": SECRET, "store": True}, "/v1/responses")
        self.assertEqual(first.status, 200, first.body)
        second = {"input": "And now?", "previous_response_id": first.json()["id"]}
        self.assertEqual(self.ask({**second, "model": "away/big"}, "/v1/responses").status, 422)
        self.assertEqual(self.model(self.ask({**second, "model": "either"}, "/v1/responses")), "home/m")
        self.assertNothingLeft()

    def test_what_passes_unread(self):
        self.start(STAYS)
        name = [("x-gaterouter-provider", "away")]
        answer = self.ask({"prompt": SECRET}, "/v1/images/generations", headers=name)
        self.assertEqual(answer.status, 422, answer.body)
        self.assertIn("secrets stay here", answer.error()["message"])
        form = (f'--b\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n{SECRET}\r\n'
                '--b\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n{}\r\n--b--\r\n')
        typed = [("Content-Type", "multipart/form-data; boundary=b")]
        for path in ("/v1/files", "/v1/audio/transcriptions"):
            data = request(path=path, body=form.encode(), key=KEY, headers=typed + name, content_type=None)
            self.assertEqual(self.gateway.exchange(data).status, 422)
            self.gateway.exchange(request(path=path, body=form.encode(), key=KEY, headers=typed,
                                          content_type=None))
        self.assertEqual(len(self.away.calls), 0)
        self.assertTrue(any(CANARY in call.body for call in self.home.calls))


class Actions(RulesTest):
    def test_refuse(self):
        self.start({"name": "interns", "if": {"client": "te*", "model": "big"}, "then": {"refuse": "Ask Kim."}})
        answer = self.ask(user("Hi", model="away/big"))
        self.assertEqual((answer.status, answer.header("x-gaterouter-error")), (403, "rule_refused"))
        self.assertTrue(answer.error()["message"].startswith("Ask Kim."))
        self.assertIn('rule "interns"', answer.error()["message"])
        self.assertEqual(len(self.away.calls), 0)
        self.assertEqual(self.model(self.ask(user("Hi", model="away/m"))), "away/m")
        spoken = self.ask(user("Hi", model="away/big", max_tokens=9), "/v1/messages")
        self.assertEqual((spoken.status, spoken.json()["error"]["type"]), (403, "permission_error"))

    def test_who_is_preferred_and_avoided(self):
        self.start({"if": {"header": {"X-Team": "red"}}, "then": {"prefer_providers": "home"}},
                   {"if": {"header": {"X-Team": "blue"}}, "then": {"avoid_models": "home/*"}},
                   {"if": {"header": {"X-Team": "green"}}, "then": {"only_models": ["m"]}})

        def model(name, team):
            return self.model(self.ask(user("Hi", model=name), headers=[("x-team", team)]))
        self.assertEqual(model("m", "none"), "away/m")
        self.assertEqual(model("m", "red"), "home/m")
        self.assertEqual(model("either", "red"), "home/m")
        self.assertEqual(model("either", "blue"), "away/big")
        self.assertEqual(model("either", "green"), "home/m")
        # A model that is named stays the first, whatever is preferred.
        self.assertEqual(self.model(self.ask(user("Hi", model="away/big", models=["home/m"]),
                                             headers=[("x-team", "red")])), "away/big")
        answer = self.ask(user("Hi", model="home/m"), headers=[("x-team", "blue")])
        self.assertEqual(answer.status, 422, answer.body)
        self.assertIn("rule 2 forbids it (avoid_models)", answer.error()["message"])

    def test_alias(self):
        self.start({"name": "plans", "if": {"model": "planner"}, "then": {"alias": "home/m"}},
                   {"name": "tools", "if": {"has_tools": True}, "then": {"alias": "either"}})
        answer = self.ask(user("Hi", model="planner"))
        self.assertEqual(self.model(answer), "home/m")
        self.assertIn('rule "plans"', answer.header("x-gaterouter-reason"))
        tool = {"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}
        self.assertEqual(self.model(self.ask(user("Hi", model="home/m", tools=[tool]))), "away/big")
        answer = self.ask({"model": "planner", "input": "Hi"}, "/v1/embeddings")
        self.assertEqual(self.home.calls[-1].json()["model"], "m")
        # What passes unread goes the same way.
        self.ask({"model": "planner", "prompt": "Hi"}, "/v1/images/generations")
        self.assertEqual(self.home.calls[-1].json(), {"model": "m", "prompt": "Hi"})

    def test_a_key_gets_no_more_than_its_own(self):
        self.CLIENTS = [{"id": "tests", "key": {"value": KEY}, "models": ["home/*"]}]
        self.start({"then": {"alias": "away/big"}})
        self.assertEqual(self.ask(user("Hi", model="home/m")).status, 403)
        self.assertEqual(len(self.away.calls), 0)

    def test_most_that_it_may_cost(self):
        self.start({"name": "cheap", "then": {"max_cost": "0.001"}})
        answer = self.ask(user("x" * 8_000, model="away/m", max_tokens=10))
        self.assertEqual(answer.status, 422, answer.body)
        self.assertIn('maximum is $0.001 (rule "cheap")', answer.error()["message"])
        self.assertEqual(self.ask(user("Hi", model="away/m", max_tokens=10)).status, 200)
        small = self.ask(user("Hi", model="away/m", max_tokens=10), headers=[("x-gaterouter-max-cost", "0.00001")])
        self.assertIn("(x-gaterouter-max-cost)", small.error()["message"])

    def test_effort(self):
        self.start({"if": {"header": {"x-think": "*"}}, "then": {"effort": "high"}})
        hard = [("x-think", "1")]

        def sent(body, path="/v1/chat/completions", headers=()):
            self.ask(body, path, headers=headers)
            return self.away.calls[-1].json()
        for asked in ({"reasoning_effort": "low", "seed": 1}, {}):
            body = sent(user("Hi", model="away/gpt-5", **asked), headers=hard)
            self.assertEqual((body["reasoning_effort"], body.get("seed")), ("high", asked.get("seed")))
        body = sent({"model": "away/gpt-5", "input": "Hi"}, "/v1/responses", hard)
        self.assertEqual(body["reasoning"]["effort"], "high")
        body = sent(user("Hi", model="claude/claude-opus-4-1", max_tokens=9_000), "/v1/messages", hard)
        self.assertGreater(body["thinking"]["budget_tokens"], 4_000)
        # Others, and models that are not known to take one, get what was said.
        for headers, model in (((), "gpt-5"), (hard, "m")):
            asked = user("Hi", model="away/" + model, reasoning_effort="low")
            self.assertEqual(sent(asked, headers=headers), {**asked, "model": model})

    def test_one_after_the_other(self):
        self.start({"name": "a", "continue": True, "if": {"prompt_tokens_over": 100},
                    "then": {"only_providers": ["home", "claude"]}},
                   {"name": "b", "if": {"prompt_tokens_under": 1_000}, "then": {"avoid_providers": "claude"}},
                   {"name": "c", "then": {"refuse": "Too long."}})
        self.assertEqual(self.model(self.ask(user("Hi", model="m"))), "away/m")
        answer = self.ask(user("x" * 1_000, model="m"))
        self.assertEqual(self.model(answer), "home/m")
        self.assertIn('rule "a", rule "b"', answer.header("x-gaterouter-reason"))
        self.assertEqual(self.ask(user("x" * 8_000, model="m")).status, 403)

    def test_language_and_code(self):
        self.start({"if": {"language": "de"}, "then": {"prefer_providers": "home"}},
                   {"if": {"has_code": True}, "then": {"only_providers": "home"}})
        self.assertEqual(self.model(self.ask(user("Wie geht es dir und was ist das?", model="m"))), "home/m")
        self.assertEqual(self.model(self.ask(user("How are you and what is this?", model="m"))), "away/m")
        self.assertEqual(self.model(self.ask(user("Why?\n```\nx = 1\n```", model="m"))), "home/m")

    def test_what_is_not_text_is_left_as_it_was(self):
        """Rules that do not act change no byte."""
        self.start(STAYS)
        body = b'{ "model":"away/m", "messages":[{"role":"user","content":"caf\\u00e9"}], "odd":1.0}'
        self.ask(body)
        self.assertEqual(self.away.calls[-1].body, body.replace(b"away/m", b"m"))

    def test_the_decision_is_told(self):
        self.start(STAYS)
        told = self.ask(user(SECRET, model="either"), "/v1/route").json()
        self.assertEqual([row["provider"] for row in told["candidates"]], ["home"])
        self.assertEqual(told["rules"], ['rule "secrets stay here"'])
        self.assertIn({"provider": "away", "model": "big",
                       "reason": 'rule "secrets stay here" forbids it (local_only).'}, told["rejected"])
        self.assertEqual(self.ask(user(SECRET, model="away/big"), "/v1/route").status, 422)
        self.assertEqual(self.ask(user("Hi", model="either"), "/v1/route").json()["rules"], [])


class Check(unittest.TestCase):
    def check(self, *rules):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "config.json"
            file.write_text(json.dumps(configuration([provider(9)], routing={"rules": list(rules)})))
            return subprocess.run([DAEMON, "check", "--config", file, "--data-dir", folder], env=environment(),
                                  capture_output=True, text=True, timeout=60)

    def test_odd_rules_are_told_and_wrong_ones_refused(self):
        done = self.check(STAYS, {"name": "again", "if": {"has_secret": True}, "then": {"refuse": "No."}})
        self.assertIn('warning: $.routing.rules[1].if: rule "again" has no effect', done.stdout + done.stderr)
        done = self.check({"if": {"has_secrets": True}, "then": {"local_only": True}})
        self.assertIn('error: $.routing.rules[0].if.has_secrets: is unknown', done.stdout + done.stderr)
        self.assertIn('did you mean "has_secret"?', done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
