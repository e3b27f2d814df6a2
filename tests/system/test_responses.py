# SPDX-License-Identifier: MIT
"""Stored responses: conversations by previous_response_id through the official SDK, on every provider,
over restarts, for their own client only."""

import json
import os
import sqlite3
import subprocess
import tempfile
import time
import unittest
from contextlib import closing
from pathlib import Path

from fake_upstream import FakeUpstream
from fakes import anthropic, gemini
from fakes.every import every
from fakes.responses import proof_of
from fakes.scenes import ARGUMENTS, TEXT, THOUGHTS
from gateway import KEY, Gateway, configuration, environment
from test_matrix import providers
from wire import request

PROJECT = Path(__file__).resolve().parent / "node"
NODE = PROJECT / "node_modules/.bin/node"
OTHER = "gr-system-test-other-client-key"
PASSPHRASE = "correct horse"
CHAT, MESSAGES, GEMINI, RESPONSES = ("deep/deepseek-chat", "claude/claude-sonnet-4-5",
                                     "google/gemini-3-pro", "plain/gpt-5.6")
ALL = (CHAT, MESSAGES, GEMINI, RESPONSES)
TOOLS = [{"type": "function", "name": "look", "description": "Looks.", "strict": False,
          "parameters": {"type": "object", "properties": {"city": {"type": "string"}}}}]
HELLO, THOUGHT = "".join(TEXT), "".join(THOUGHTS)
SAID = "is fine."  # of it, in every escaping
GONE = {"name": "BadRequestError", "status": 400, "code": "previous_response_not_found",
        "param": "previous_response_id"}


def setUpModule():
    if not NODE.exists():
        raise AssertionError("npm ci has not run in tests/system/node")


class Sdk:
    """The official SDK in a process of its own (node/sdk.mjs)."""

    def __init__(self):
        self.process = subprocess.Popen([NODE, "sdk.mjs"], cwd=PROJECT, env=environment(), text=True,
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def call(self, port, call, *args, key=KEY):
        line = {"base": f"http://127.0.0.1:{port}/v1", "key": key, "call": call, "args": args}
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        return json.loads(self.process.stdout.readline())

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()


class Stored(unittest.TestCase):
    """A gateway with a vault, strict providers, and the SDK. `restart` keeps the folder."""

    RESPONSES = {}
    VAULT = True

    def setUp(self):
        self.upstream = FakeUpstream(every)
        self.addCleanup(self.upstream.__exit__)
        self.sdk = Sdk()
        self.addCleanup(self.sdk.close)
        folder = tempfile.TemporaryDirectory(prefix="gr-system-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        (self.folder / "data").mkdir(mode=0o700)
        (self.folder / "passphrase").write_text(PASSPHRASE + "\n")
        (self.folder / "passphrase").chmod(0o600)
        if self.VAULT:
            subprocess.run([NODE, "vault.mjs", self.folder / "data/vault", PASSPHRASE], cwd=PROJECT,
                           env=environment(), check=True)
        self.config = configuration(providers(self.upstream.port), responses=self.RESPONSES)
        self.config["clients"].append({"id": "other", "key": {"value": OTHER}})
        self.gateway = None
        self.start()
        self.addCleanup(lambda: self.gateway.stop())

    def start(self, unlocked=True):
        passphrase = self.folder / ("passphrase" if unlocked else "none")
        self.gateway = Gateway(self.config, folder=self.folder, wrapper=(
            "env", f"GATEROUTER_PASSPHRASE_FILE={passphrase}"))
        deadline = time.monotonic() + 30
        while unlocked and self.gateway.get("/v1/responses/resp_none").status == 503:
            self.assertLess(time.monotonic(), deadline, self.gateway.said())
            time.sleep(0.01)

    def restart(self, kill=False):
        if kill:
            self.gateway.kill()
        self.gateway.stop()
        self.start()

    def rows(self, sql, *values):
        with closing(sqlite3.connect(self.folder / "data/responses.sqlite")) as database:
            found = database.execute(sql, values).fetchall()
            database.commit()
            return found

    def call(self, call, *args, key=KEY):
        return self.sdk.call(self.gateway.port, call, *args, key=key)

    def create(self, model, text, previous=None, key=KEY, **more):
        body = {"model": model, "input": text, **more}
        if previous:
            body["previous_response_id"] = previous
        answer = self.call("responses.create", body, key=key)
        self.assertIn("result", answer)
        return answer["result"]

    def refused(self, previous, key=KEY, model=MESSAGES):
        calls = len(self.upstream.calls)
        answer = self.call("responses.create", {"model": model, "input": "x",
                                                "previous_response_id": previous}, key=key)
        self.assertLessEqual(GONE.items(), answer["error"].items())
        self.assertEqual(len(self.upstream.calls), calls, "a provider was asked")
        return answer["error"]["message"].replace(previous, "ID")

    def asked(self):
        """The body of the last request that a provider got."""
        return self.upstream.calls[-1].body.decode()

    def assertInOrder(self, text, *pieces):
        at = 0
        for piece in pieces:
            found = text.find(piece, at)
            self.assertGreaterEqual(found, 0, f"{piece!r} is missing behind {text[:at][-60:]!r} in {text}")
            at = found + len(piece)

    def said_by(self, response):
        return "".join(part["text"] for item in response["output"] if item["type"] == "message"
                       for part in item["content"])


class Conversations(Stored):
    def test_from_provider_to_provider(self):
        """Four turns, each on another provider, whichever begins; the gateway restarts between them."""
        for turn, first in enumerate(ALL):
            previous, texts = None, []
            for number, model in enumerate(ALL[turn:] + ALL[:turn]):
                text = f"Question {turn}.{number}"
                answer = self.create(model, text, previous, stream=number % 2 == 1)
                self.assertEqual(self.said_by(answer), HELLO)
                self.assertEqual(answer.get("previous_response_id"), previous)
                texts += [text] if number == 0 else [SAID, text]
                self.assertInOrder(self.asked(), *texts)
                self.assertEqual(self.asked().count("Question"), number + 1, first)
                previous = answer["id"]
            self.restart()
            last = self.create(first, "Last", previous)
            self.assertInOrder(self.asked(), *texts, SAID, "Last")
            self.assertEqual(self.said_by(last), HELLO)

    def test_one_response_two_continuations(self):
        first = self.create(CHAT, "Root")
        for branch in ("Left", "Right"):
            self.create(MESSAGES, branch, first["id"])
            self.assertInOrder(self.asked(), "Root", SAID, branch)
        self.assertNotIn("Left", self.asked())

    def test_instructions_are_not_carried_over(self):
        first = self.create(MESSAGES, "One", instructions="Speak like a pirate.")
        self.create(MESSAGES, "Two", first["id"], instructions="Speak plainly.")
        self.assertNotIn("pirate", self.asked())
        self.assertIn("plainly", self.asked())

    def test_reasoning_over_a_tool_turn_and_a_restart(self):
        """The proof of the model's thoughts comes back though client and gateway forgot it."""
        proofs = {CHAT: THOUGHT, MESSAGES: anthropic.signature_of(THOUGHT),
                  GEMINI: gemini.signature_of("look"), RESPONSES: proof_of("rs_fake")}
        for model in ALL:
            for stream in (False, True):
                with self.subTest(model=model, stream=stream):
                    more = {"tools": TOOLS, "reasoning": {"effort": "low"}, "stream": stream}
                    if model == RESPONSES:  # passed through: OpenAI's proofs come if asked for
                        more["include"] = ["reasoning.encrypted_content"]
                    scene = model + "--think-tool"
                    first = self.create(scene, "Think, then use it.", **more)
                    call = next(i for i in first["output"] if i["type"] == "function_call")
                    self.assertEqual(call["arguments"], ARGUMENTS)
                    if model != RESPONSES:
                        self.assertNotIn("encrypted_content", json.dumps(first))
                    self.restart()
                    result = [{"type": "function_call_output", "call_id": call["call_id"], "output": "seen"}]
                    second = self.create(scene, result, first["id"], **more)
                    self.assertEqual(self.said_by(second), "The tools said: seen")
                    self.assertIn(proofs[model], self.asked())
                    # And a third turn, which needs all of it.
                    third = self.create(scene, "Thanks.", second["id"], **more)
                    self.assertTrue(third["output"])
                    self.assertInOrder(self.asked(), "Think, then", "seen", "Thanks")

    def test_a_tool_turn_moves_to_another_provider(self):
        first = self.create(MESSAGES + "--think-tool", "Think, then use it.", tools=TOOLS, reasoning={"effort": "low"})
        call = next(i for i in first["output"] if i["type"] == "function_call")
        result = [{"type": "function_call_output", "call_id": call["call_id"], "output": "seen"}]
        for model in (GEMINI, "plain/gpt-4o"):
            second = self.create(model, result, first["id"], tools=TOOLS)
            self.assertEqual(self.said_by(second), "The tools said: seen")
            self.assertNotIn(anthropic.signature_of(THOUGHT), self.asked())

    def test_a_fallback_gets_the_conversation(self):
        first = self.create(CHAT, "Root")
        self.upstream.script = lambda call: call.answer(503, {"error": {"message": "down"}}) \
            if call.path.startswith("/v1/messages") else every(call)
        answer = self.create(MESSAGES, "Next", first["id"], models=[GEMINI])
        self.assertEqual(self.said_by(answer), HELLO)
        self.assertIn("generateContent", self.upstream.calls[-1].path)
        self.assertInOrder(self.asked(), "Root", SAID, "Next")

    def test_what_goes_on_is_never_the_providers_own_state(self):
        first = self.create(RESPONSES, "One")
        self.assertEqual(first["id"], "resp_fake")  # the provider's
        second = self.create(RESPONSES, "Two", first["id"])
        body = json.loads(self.asked())
        self.assertNotIn("previous_response_id", body)
        self.assertIs(body["store"], False)
        self.assertNotIn("msg_fake", self.asked())  # to the provider this id would mean more
        self.assertNotEqual(second["id"], "resp_fake")

    def test_bytes_pass_where_nothing_goes_on(self):
        body = b'{"model":"plain/gpt-4o", "input":[{"role":"user","content":"caf\\u00e9"}],"store":true,' \
               b'"temperature":1.10}'
        answer = self.gateway.exchange(request(path="/v1/responses", body=body, key=KEY))
        self.assertEqual(answer.status, 200)
        self.assertEqual(self.upstream.calls[-1].body, body.replace(b"plain/", b""))
        self.create(CHAT, "Next", json.loads(answer.body)["id"])
        self.assertInOrder(self.asked(), "caf\\u00e9", SAID, "Next")


class Endpoints(Stored):
    def test_retrieve_is_what_came(self):
        for model in ALL:
            for stream in (False, True):
                made = self.create(model, "Keep it.", stream=stream)
                got = self.call("responses.retrieve", made["id"])["result"]
                self.assertEqual(without_text(got), without_text(made))
                self.assertEqual(self.gateway.get(f"/responses/{made['id']}").status, 200)

    def test_input_items(self):
        first = self.create(CHAT, [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}])
        second = self.create(CHAT, "c", first["id"])

        def texts(**query):
            items = self.call("responses.inputItems.list", second["id"], query)["result"]
            self.assertEqual(len({item["id"] for item in items}), len(items))
            return [item["content"][0]["text"] for item in items if item["type"] == "message"]
        self.assertEqual(texts(order="asc"), ["a", "b", HELLO, "c"])
        self.assertEqual(texts(order="asc", limit=1), ["a", "b", HELLO, "c"])  # the SDK turns the pages
        self.assertEqual(texts(), ["c", HELLO, "b", "a"])
        page = json.loads(self.gateway.get(f"/v1/responses/{second['id']}/input_items?limit=2").body)
        self.assertIs(page["has_more"], True)
        self.assertEqual(len(page["data"]), 2)
        self.assertEqual(page["last_id"], page["data"][1]["id"])

    def test_delete(self):
        first = self.create(MESSAGES, "One")
        second = self.create(MESSAGES, "Two", first["id"])
        answer = json.loads(self.gateway.exchange(
            request("DELETE", f"/v1/responses/{first['id']}", key=KEY)).body)
        self.assertEqual(answer, {"id": first["id"], "object": "response", "deleted": True})
        self.assertEqual(self.call("responses.retrieve", first["id"])["error"]["status"], 404)
        self.refused(first["id"])
        # What went on from it still knows it, until it is deleted itself.
        self.create(MESSAGES, "Three", second["id"])
        self.assertInOrder(self.asked(), "One", "Two", "Three")
        self.assertNotIn("error", self.call("responses.delete", second["id"]))
        self.refused(second["id"])

    def test_others_see_nothing(self):
        made = self.create(MESSAGES, "Mine")
        self.assertEqual(self.refused(made["id"], key=OTHER), self.refused("resp_01NEVERWAS", key=OTHER))
        for call in ("responses.retrieve", "responses.delete", "responses.cancel",
                     "responses.inputItems.list"):
            theirs = self.call(call, made["id"], key=OTHER)["error"]
            never = self.call(call, "resp_01NEVERWAS", key=OTHER)["error"]
            self.assertEqual(theirs["status"], 404)
            self.assertEqual(theirs["message"].replace(made["id"], "resp_01NEVERWAS"), never["message"])
        self.assertIn("result", self.call("responses.retrieve", made["id"]))
        self.assertEqual(self.gateway.get(f"/v1/responses/{made['id']}", key=None).status, 401)

    def test_what_is_not_done_here(self):
        made = self.create(MESSAGES, "One")
        error = self.call("responses.retrieve", made["id"], {"stream": True})["error"]
        self.assertEqual((error["status"], error["param"]), (400, "stream"))
        error = self.call("responses.cancel", made["id"])["error"]
        self.assertEqual(error["status"], 400)
        for field in ({"background": True}, {"conversation": "conv_1"}):
            error = self.call("responses.create", {"model": MESSAGES, "input": "x", **field})["error"]
            self.assertEqual((error["status"], error["param"]), (400, *field))
            self.assertIn(*field, error["message"])
        answer = self.gateway.exchange(request("POST", f"/v1/responses/{made['id']}", body={}, key=KEY))
        self.assertEqual(answer.status, 405)

    def test_counts_count_what_comes_before(self):
        first = self.create(MESSAGES, "many words " * 100)

        def count(**more):
            body = {"model": MESSAGES, "input": "x", **more}
            answer = self.gateway.exchange(request(path="/v1/responses/input_tokens", body=body, key=KEY))
            self.assertEqual(answer.status, 200, answer.body)
            return json.loads(answer.body)["input_tokens"]
        self.assertGreater(count(previous_response_id=first["id"]), count() + 200)

    def test_wrong_types(self):
        for field, value in (("store", "yes"), ("previous_response_id", 7)):
            error = self.call("responses.create", {"model": MESSAGES, "input": "x", field: value})["error"]
            self.assertEqual((error["status"], error["param"]), (400, field))


class Keeping(Stored):
    def test_store_false_keeps_nothing(self):
        for model in ALL:
            made = self.create(model, "Forget it.", store=False)
            self.assertEqual(self.call("responses.retrieve", made["id"])["error"]["status"], 404)
            self.refused(made["id"])
        self.assertEqual(self.rows("SELECT count(*) FROM nodes"), [(0,)])

    def test_store_false_goes_on_from_what_is_kept(self):
        first = self.create(MESSAGES, "One")
        second = self.create(MESSAGES, "Two", first["id"], store=False)
        self.assertInOrder(self.asked(), "One", "Two")
        self.assertIs(second["store"], False)
        self.refused(second["id"])

    def test_kill(self):
        """What a client has seen whole is there after kill -9."""
        for _ in range(5):
            made = self.create(MESSAGES, "One")
            self.restart(kill=True)
            self.create(MESSAGES, "Two", made["id"])
            self.assertInOrder(self.asked(), "One", "Two")

    def test_old_ones_leave(self):
        made = self.create(MESSAGES, "One")
        young = self.create(MESSAGES, "Young")
        self.gateway.stop()
        self.rows("UPDATE nodes SET created_ms = created_ms - 31 * 86400000 WHERE id = ?", made["id"])
        self.start()
        self.refused(made["id"])
        self.assertEqual(self.call("responses.retrieve", made["id"])["error"]["status"], 404)
        next = self.create(MESSAGES, "Two", young["id"])
        self.gateway.stop()
        self.assertEqual(self.rows("SELECT id FROM nodes"), [(young["id"],), (next["id"],)])
        self.start()

    def test_a_locked_vault(self):
        """Nothing is said to be gone because the gateway cannot read it yet."""
        made = self.create(MESSAGES, "One")
        self.gateway.stop()
        self.start(unlocked=False)
        error = self.call("responses.create", {"model": MESSAGES, "input": "Two",
                                               "previous_response_id": made["id"]})["error"]
        self.assertEqual((error["status"], error["code"]), (503, "locked"))
        fresh = self.create(MESSAGES, "Three")  # in memory
        self.create(MESSAGES, "Four", fresh["id"])
        self.assertInOrder(self.asked(), "Three", "Four")
        self.restart()
        self.create(MESSAGES, "Two", made["id"])
        self.assertInOrder(self.asked(), "One", "Two")

    def test_a_broken_stream_is_not_kept(self):
        def broken(call):
            call.begin_stream()
            call.piece(b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","type":"message",'
                       b'"role":"assistant","model":"x","content":[],"stop_reason":null,"usage":{"input_tokens":1,'
                       b'"output_tokens":1}}}\n\nevent: content_block_start\ndata: {"type":"content_block_start",'
                       b'"index":0,"content_block":{"type":"text","text":""}}\n\nevent: content_block_delta\ndata: '
                       b'{"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"half"}}\n\n')
            call.end_stream()
        self.upstream.script = broken
        answer = self.call("responses.create", {"model": MESSAGES, "input": "x", "stream": True})
        self.assertEqual(answer["result"]["status"], "failed")
        self.upstream.script = every
        self.refused(answer["result"]["id"])

    def test_nothing_lies_in_clear(self):
        made = self.create(MESSAGES, "canary-question", instructions="canary-instructions")
        self.call("responses.retrieve", made["id"])
        for file in (self.folder / "data").iterdir():
            if file.is_file():
                self.assertNotIn(b"canary", file.read_bytes(), file)
                self.assertNotIn(SAID.encode(), file.read_bytes(), file)
        self.assertEqual((self.folder / "data/responses.sqlite").stat().st_mode & 0o777, 0o600)


class Bounded(Stored):
    RESPONSES = {"max_count": 3}

    def test_the_oldest_leave(self):
        made = [self.create(MESSAGES, f"Number {i}")["id"] for i in range(5)]
        for id in made[:2]:
            self.refused(id)
        for id in made[2:]:
            self.create(MESSAGES, "Next", id, store=False)


class Off(Stored):
    RESPONSES = {"keep_days": 0}

    def test_nothing_is_kept(self):
        made = self.create(MESSAGES, "One")
        self.assertIs(made["store"], False)
        self.refused(made["id"])


class NoVault(Stored):
    VAULT = False

    def test_in_memory_only(self):
        first = self.create(MESSAGES, "One")
        self.create(CHAT, "Two", first["id"])
        self.assertInOrder(self.asked(), "One", "Two")
        self.assertIn("responses.in_memory_only", self.gateway.said())
        self.assertFalse(os.path.exists(self.folder / "data/responses.sqlite"))
        self.restart()
        self.refused(first["id"])


def without_text(response):
    """What the SDK adds to what came."""
    return {key: value for key, value in response.items() if key != "output_text"}


if __name__ == "__main__":
    unittest.main()
