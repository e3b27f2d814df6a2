# SPDX-License-Identifier: MIT
"""The strict providers themselves: what they take, what they refuse and in which words."""

import copy
import json
import unittest
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from fakes.anthropic import Anthropic, Raw, dumped, signature_of
from fakes.gemini import SKIP, Gemini
from fakes.openai import OpenAi
from fakes.responses import proof_of
from fakes.scenes import ARGUMENTS, SECOND

SCHEMA = {"type": "object", "properties": {"z": {"type": "integer"}, "a": {"type": "string"}},
          "required": ["z", "a"], "additionalProperties": False}
BEARER = {"Authorization": "Bearer k"}
CHAT = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hi"}]}
CHAT_TOOLS = [{"type": "function", "function": {"name": name, "parameters": SCHEMA}}
              for name in ("f", "g")]
RESPONSES = {"model": "gpt-5.6", "input": "Hi"}
RESPONSES_TOOLS = [{"type": "function", "name": name, "parameters": SCHEMA, "strict": False}
                   for name in ("f", "g")]
MESSAGES = {"model": "claude-opus-4-6", "max_tokens": 100,
            "messages": [{"role": "user", "content": "Hi"}]}
MESSAGES_TOOLS = [{"name": name, "input_schema": SCHEMA} for name in ("f", "g")]
CONTENTS = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}
GEMINI_TOOLS = [{"functionDeclarations": [{"name": name, "parametersJsonSchema": SCHEMA}
                                          for name in ("f", "g")]}]


class Fakes(unittest.TestCase):
    """`self.path` and `self.headers` belong to the provider of each class below."""

    fake, path, headers = OpenAi, "/v1/chat/completions", BEARER

    def setUp(self):
        self.server = self.fake()
        self.addCleanup(self.server.__exit__)

    def post(self, body, path=None, headers=None):
        """Status and body as text; ends of connections are status 0."""
        request = Request(f"http://127.0.0.1:{self.server.port}{path or self.path}",
                          dumped(body),
                          {"Content-Type": "application/json",
                           **(self.headers if headers is None else headers)})
        try:
            with urlopen(request) as answer:
                return answer.status, answer.read().decode()
        except HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return 0, ""
        except Exception as error:  # http.client: the stream ended in the middle
            return 0, str(error)

    def answered(self, body, **more):
        status, text = self.post(body, **more)
        self.assertEqual(status, 200, text)
        return text

    def assertRefused(self, words, body, status=400, **more):
        got, text = self.post(body, **more)
        self.assertEqual(got, status, text)
        self.assertIn(words, json.dumps(json.loads(text)).replace('\\"', '"'))

    def assertEachRefused(self, rows, body):
        """Rows of (words of the error, changes of the body)."""
        for words, change in rows:
            with self.subTest(words):
                self.assertRefused(words, {**copy.deepcopy(body), **change})


class Chat(Fakes):
    def test_scenes(self):
        whole = json.loads(self.answered(CHAT))
        self.assertEqual(whole["choices"][0]["message"]["content"], "Zürich \U0001f642 is fine.")
        tools = {**CHAT, "model": "gpt-4o--tools", "tools": CHAT_TOOLS}
        calls = json.loads(self.answered(tools))["choices"][0]["message"]["tool_calls"]
        self.assertEqual([c["function"]["name"] for c in calls], ["f", "g"])
        self.assertEqual(calls[0]["function"]["arguments"], ARGUMENTS)
        stream = self.answered({**tools, "stream": True})
        self.assertTrue(stream.endswith("data: [DONE]\n\n"))
        pieces = [json.loads(line[6:])["choices"][0]["delta"].get("tool_calls", [{}])[0]
                  for line in stream.splitlines() if line.startswith("data: {")]
        self.assertEqual("".join(p.get("function", {}).get("arguments", "") for p in pieces
                                 if p.get("index") == 1), SECOND)

    def test_breaking(self):
        stream = self.answered({**CHAT, "model": "gpt-4o--error", "stream": True})
        self.assertIn('"error"', stream)
        self.assertNotIn("[DONE]", stream)
        self.assertEqual(self.post({**CHAT, "model": "gpt-4o--cut", "stream": True})[0], 0)
        self.assertRefused("rate_limit_exceeded", {**CHAT, "model": "gpt-4o--rate"}, 429)

    def test_refusals(self):
        call = {"role": "assistant", "tool_calls": [
            {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}]}
        self.assertEachRefused([
            ("Unknown parameter: 'top_k'", {"top_k": 1}),
            ("Unknown parameter: 'messages[0].reasoning_content'", {"messages": [
                {"role": "assistant", "content": "x", "reasoning_content": "y"}]}),
            ("'messages[0].role'", {"messages": [{"role": "bot", "content": "x"}]}),
            ("did not have response messages: c", {"messages": [call]}),
            ("must be a response to a preceeding message", {"messages": [
                {"role": "tool", "tool_call_id": "c", "content": "x"}]}),
            ("'tools'", {"tools": []}),
            ("'tool_choice' is only allowed", {"tool_choice": "auto"}),
            ("stream_options", {"stream_options": {"include_usage": True}}),
            ("the word 'json'", {"response_format": {"type": "json_object"}}),
            ("Unsupported parameter: 'temperature'", {"model": "o3", "temperature": 1}),
            ("Unsupported parameter: 'max_tokens'", {"model": "o3", "max_tokens": 1}),
            ("use /v1/responses", {"model": "gpt-5.6", "tools": CHAT_TOOLS}),
        ], CHAT)
        self.assertRefused("invalid_api_key", CHAT, 401, headers={})
        self.assertRefused("another vendor", CHAT, headers={**BEARER, "anthropic-beta": "x"})
        changed = copy.deepcopy(call)
        changed["tool_calls"][0] = {"id": "call_0_fake", "type": "function", "function": {
            "name": "f", "arguments": ARGUMENTS.replace("1.10", "1.1")}}
        self.assertRefused("not those that were given", {**CHAT, "messages": [changed]})


class DeepSeek(Fakes):
    path = "/deepseek/v1/chat/completions"

    def test_thoughts_come_back(self):
        body = {**CHAT, "model": "deepseek-chat--think-tool", "tools": CHAT_TOOLS}
        message = json.loads(self.answered(body))["choices"][0]["message"]
        self.assertEqual(message["reasoning_content"], "Let me think.")
        turn = {**body, "messages": [*CHAT["messages"], message, {
            "role": "tool", "tool_call_id": message["tool_calls"][0]["id"], "content": "42"}]}
        self.assertIn("The tools said: 42", self.answered(turn))
        stream = self.answered({**turn, "stream": True})
        self.assertTrue(stream.startswith(":") and stream.endswith("data: [DONE]\n\n"))
        del message["reasoning_content"]
        self.assertRefused("must be passed back", turn)

    def test_refusals(self):
        self.assertEachRefused([
            ("'messages[0].role'", {"messages": [{"role": "developer", "content": "x"}]}),
            ("max_completion_tokens", {"max_completion_tokens": 9}),
            ("'response_format.type'", {"response_format": {"type": "json_schema"}}),
            ("reasoning_effort", {"reasoning_effort": "medium"}),
        ], {**CHAT, "model": "deepseek-chat"})


class Responses(Fakes):
    path = "/v1/responses"

    def test_scenes(self):
        body = {**RESPONSES, "model": "gpt-5.6--think-tool", "tools": RESPONSES_TOOLS,
                "include": ["reasoning.encrypted_content"]}
        thought, call = json.loads(self.answered(body))["output"]
        self.assertEqual(thought["encrypted_content"], proof_of("rs_fake"))
        self.assertEqual(call["arguments"], ARGUMENTS)
        stream = self.answered({**body, "stream": True})
        last = json.loads(stream.rstrip().rpartition("data: ")[2])
        self.assertEqual(last["type"], "response.completed")
        self.assertEqual(last["response"]["output"], [thought, call])
        output = {"type": "function_call_output", "call_id": call["call_id"], "output": "42"}
        turn = {**body, "input": [{"role": "user", "content": "Hi"}, thought, call, output]}
        self.assertIn("The tools said: 42", self.answered(turn))
        self.assertRefused("without its required 'reasoning' item",
                           {**turn, "input": [call, output]})
        self.assertRefused("could not be verified", {**turn, "input": [
            {**thought, "encrypted_content": "gr1.x"}, call, output]})

    def test_refusals(self):
        call = {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"}
        self.assertEachRefused([
            ("Unknown parameter: 'stop'", {"stop": "x"}),
            ("No tool output found for function call c", {"input": [call]}),
            ("No tool call found", {"input": [
                {"type": "function_call_output", "call_id": "c", "output": "x"}]}),
            ("'input[0].id'", {"input": [{**call, "id": "call_1"}]}),
            ("max_output_tokens", {"max_output_tokens": 1}),
            ("tools[0].function", {"tools": [{**RESPONSES_TOOLS[0], "function": {}}]}),
            ("temperature", {"temperature": 1}),
        ], RESPONSES)


class Messages(Fakes):
    fake, path = Anthropic, "/v1/messages"
    headers = {"x-api-key": "k", "anthropic-version": "2023-06-01"}

    def test_scenes(self):
        body = {**MESSAGES, "model": "claude-opus-4-6--think-tools", "tools": MESSAGES_TOOLS,
                "thinking": {"type": "adaptive"}}
        text = self.answered(body)
        self.assertIn('"input": ' + ARGUMENTS, text)
        blocks = json.loads(text)["content"]
        self.assertEqual([b["type"] for b in blocks], ["thinking", "text", "tool_use", "tool_use"])
        results = [{"type": "tool_result", "tool_use_id": b["id"], "content": "42"}
                   for b in blocks[2:]]
        for block, arguments in zip(blocks[2:], (ARGUMENTS, SECOND)):
            block["input"] = Raw(arguments)  # Python would round its numbers
        turn = {**body, "messages": [*MESSAGES["messages"],
                                     {"role": "assistant", "content": blocks},
                                     {"role": "user", "content": results}]}
        self.assertIn("The tools said: 42, 42", self.answered(turn).replace('", "', ""))
        turn["messages"][1]["content"][0]["signature"] = signature_of("other")
        self.assertRefused("Invalid `signature`", turn)
        turn["messages"][1]["content"][0]["signature"] = blocks[0]["signature"] = signature_of(
            blocks[0]["thinking"])
        blocks[2]["input"] = Raw(ARGUMENTS.replace("9007199254740993", "9007199254740992"))
        self.assertRefused("is not what was given", turn)
        stream = self.answered({**body, "stream": True})
        self.assertTrue(stream.rstrip().endswith('{"type": "message_stop"}'))
        broken = self.answered({**MESSAGES, "model": "claude-opus-4-6--error", "stream": True})
        self.assertIn("event: error", broken)
        self.assertNotIn("message_stop", broken)
        self.assertRefused("overloaded_error", {**MESSAGES, "model": "claude-opus-4-6--overloaded"},
                           529)

    def test_refusals(self):
        use = {"type": "tool_use", "id": "t", "name": "f", "input": {}}
        result = {"type": "tool_result", "tool_use_id": "t", "content": "x"}
        user = MESSAGES["messages"][0]

        def turns(*contents):
            return {"messages": [user, *({"role": r, "content": c} for r, c in contents)]}
        self.assertEachRefused([
            ("n: Extra inputs are not permitted", {"n": 1}),
            ("messages.0.content", {"messages": [{"role": "user", "content": ""}]}),
            ("without `tool_result`", turns(("assistant", [use]), ("user", "go on"))),
            ("unexpected `tool_use_id`", turns(("assistant", "x"), ("user", [result]))),
            ("must come first", turns(("assistant", [use]),
                                      ("user", [{"type": "text", "text": "x"}, result]))),
            ("messages.1.content.0.id", turns(("assistant", [{**use, "id": "a.b"}]))),
            ("prefill", turns(("assistant", "x"))),
            ("input_schema.type", {"tools": [{"name": "f", "input_schema": {}}]}),
            ("sampling", {"model": "claude-opus-4-7", "temperature": 1}),
            ("adaptive thinking is not", {"model": "claude-haiku-4-5",
                                          "thinking": {"type": "adaptive"}}),
            ("budget_tokens", {"thinking": {"type": "enabled", "budget_tokens": 2000}}),
            ("'minimum' is not supported", {"output_config": {"format": {
                "type": "json_schema", "schema": {"type": "integer", "minimum": 1}}}}),
        ], MESSAGES)
        self.assertRefused("anthropic-version", MESSAGES, headers={"x-api-key": "k"})
        new = {**self.headers, "anthropic-version": "2026-10-21"}
        self.answered(MESSAGES, headers=new)
        self.assertRefused("sampling", {**MESSAGES, "temperature": 1}, headers=new)
        cited = {"type": "text", "text": "x", "citations": [{"type": "char_location"}]}
        self.assertRefused("citations", turns(("user", [cited])) | {
            k: v for k, v in MESSAGES.items() if k != "messages"}, headers=new)
        self.assertRefused("authentication_error", MESSAGES, 401, headers={})


class GenerateContent(Fakes):
    fake, headers = Gemini, {"x-goog-api-key": "k"}

    @staticmethod
    def path_of(model, method="generateContent"):
        return f"/v1beta/models/{model}:{method}"

    path = "/v1beta/models/gemini-3-pro:generateContent"

    def test_scenes(self):
        body = {**CONTENTS, "tools": GEMINI_TOOLS}
        text = self.answered(body, path=self.path_of("gemini-3-pro--tools"))
        self.assertIn('"args": ' + ARGUMENTS, text)
        content = json.loads(text)["candidates"][0]["content"]
        first, second = content["parts"]
        first["functionCall"]["args"], second["functionCall"]["args"] = Raw(ARGUMENTS), Raw(SECOND)
        self.assertIn("thoughtSignature", first)
        self.assertNotIn("thoughtSignature", second)
        answers = {"role": "user", "parts": [
            {"functionResponse": {"name": p["functionCall"]["name"], "response": {"result": 42}}}
            for p in content["parts"]]}
        turn = {**body, "contents": [*CONTENTS["contents"], content, answers]}
        self.assertIn("The tools said", self.answered(turn))
        for signature, good in ((SKIP, True), ("gr1.x", False), (None, False)):
            first.pop("thoughtSignature", None)
            if signature:
                first["thoughtSignature"] = signature
            self.assertEqual(self.post(turn)[0], 200 if good else 400)
        second["functionCall"]["args"] = Raw(SECOND.replace("0.50", "0.5"))
        first["thoughtSignature"] = SKIP
        self.assertRefused("not those that were given", turn)
        stream = self.answered(CONTENTS, path=self.path_of(
            "gemini-2.5-flash", "streamGenerateContent?alt=sse"))
        self.assertTrue(stream.endswith("}\r\n\r\n"))
        array = self.answered(CONTENTS, path=self.path_of(
            "gemini-2.5-flash", "streamGenerateContent"))
        self.assertEqual(json.loads(array)[-1]["candidates"][0]["finishReason"], "STOP")

    def test_refusals(self):
        call = {"functionCall": {"name": "f", "args": {}}}
        user = CONTENTS["contents"][0]

        def turns(*parts):
            return {"contents": [user, *({"role": r, "parts": [p]} for r, p in parts)]}
        self.assertEachRefused([
            ('Unknown name "foo"', {"foo": 1}),
            ("contents[0].parts", {"contents": [{"role": "user", "parts": []}]}),
            ("contents[0].parts[0]", {"contents": [{"role": "user", "parts": [{}]}]}),
            ("contents[0].role", {"contents": [{"role": "assistant", "parts": [{"text": "x"}]}]}),
            ("number of function response parts", turns(("model", call), ("user", {"text": "x"}))),
            ("followed by a function response", turns(("model", call))),
            ('Unknown name "additionalProperties"', {"tools": [{"functionDeclarations": [
                {"name": "f", "parameters": SCHEMA}]}]}),
            ("application/json", {"generationConfig": {"responseJsonSchema": SCHEMA}}),
            ("only one of", {"generationConfig": {"thinkingConfig": {
                "thinkingBudget": 1, "thinkingLevel": "low"}}}),
        ], CONTENTS)
        self.assertRefused("PERMISSION_DENIED", CONTENTS, 403, headers={})


if __name__ == "__main__":
    unittest.main()
