# SPDX-License-Identifier: MIT
"""Providers of every protocol, strict where the real ones are: unknown fields, missing headers, calls
without answers and lost reasoning get their vendor's own 400.

What they say follows from what they are asked: with tools and no result yet they call `look` (twice
when the text says "parallel"), with results they repeat them, else they say hello. Models whose name
has "think" reason before a call, and want the proof of it back.
"""

import json

SIGNATURES = {"anthropic": "sig-anthropic+/==", "gemini": "c2lnLWdlbWluaQ==", "openai": "enc-openai",
              "deepseek": "First I think.\n"}
THOUGHT = "First I think.\n"
# Key order, a 64-bit integer, a decimal and characters beyond ASCII: all must arrive as they are.
ARGUMENTS = ['{"place":"Zürich \U0001f642","id":9007199254740993,"a":1.10}', '{"place":"Rome","id":2,"a":0.5}']


class Refused(Exception):
    """A 400 with these words."""


def need(condition, words):
    if not condition:
        raise Refused(words)


def only(value, allowed, where):
    extra = set(value) - set(allowed.split())
    need(not extra, f"{where}: Extra inputs are not permitted: {', '.join(sorted(extra))}")


class Talk:
    """A conversation, whatever its protocol."""

    def __init__(self, text="", tools=False, results=(), stream=False, thinks=False):
        self.text, self.tools, self.results = text, tools, list(results)
        self.stream, self.thinks = stream, thinks

    def calls(self):
        if not self.tools or self.results:
            return []
        return ARGUMENTS if "parallel" in self.text else ARGUMENTS[:1]

    def answer(self):
        return "Result: " + " | ".join(self.results) if self.results else "Hello there, \U0001f642 world."

    def pieces(self):
        words = self.answer().split(" ")
        return [word + (" " if i + 1 < len(words) else "") for i, word in enumerate(words)]


def sse(call, events):
    """Events (name or None, value), each torn in two somewhere."""
    call.begin_stream()
    for name, value in events:
        data = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        text = (f"event: {name}\n" if name else "") + f"data: {data}\n\n"
        raw = text.encode()
        call.piece(raw[:len(raw) // 2])
        call.piece(raw[len(raw) // 2:])
    call.end_stream()


# ---- OpenAI chat completions (and DeepSeek)

CHAT_FIELDS = ("model messages stream stream_options max_completion_tokens max_tokens temperature top_p "
               "tools tool_choice parallel_tool_calls response_format reasoning_effort n stop seed user "
               "logprobs top_logprobs frequency_penalty presence_penalty logit_bias verbosity store "
               "metadata service_tier safety_identifier prompt_cache_key thinking")


def chat_talk(body, deepseek):
    only(body, CHAT_FIELDS, "body")
    need(not (body.get("tools") == []), "Invalid 'tools': empty array.")
    talk = Talk(stream=body.get("stream", False), tools=bool(body.get("tools")),
                thinks="think" in body["model"])
    open_calls = {}
    for message in body["messages"]:
        role = message["role"]
        need(role in ("system", "user", "assistant", "tool") or (role == "developer" and not deepseek),
             f"unknown role {role}")
        need(role == "tool" or not open_calls, "An assistant message with 'tool_calls' must be followed "
             "by tool messages responding to each 'tool_call_id'.")
        content = message.get("content")
        parts = content if isinstance(content, list) else [{"type": "text", "text": content or ""}]
        text = "".join(part.get("text", "") for part in parts)
        if role == "user":
            talk.text, talk.results = text, []
        if role == "tool":
            need(message["tool_call_id"] in open_calls, "orphan tool message")
            del open_calls[message["tool_call_id"]]
            talk.results.append(text)
        for call in message.get("tool_calls") or []:
            need(isinstance(call["function"]["arguments"], str), "arguments must be a string")
            need(call["function"]["arguments"] in ARGUMENTS, "arguments changed: " + call["function"]["arguments"])
            open_calls[call["id"]] = call
        if deepseek and message.get("tool_calls") and talk.thinks:
            need(message.get("reasoning_content") == THOUGHT,
                 "The reasoning_content in the thinking mode must be passed back to the API.")
    need(not open_calls, "unanswered tool calls")
    return talk


def chat(call, body, deepseek=False):
    talk = chat_talk(body, deepseek)
    usage = {"prompt_tokens": 20, "completion_tokens": 9, "total_tokens": 29,
             "prompt_tokens_details": {"cached_tokens": 5}, "completion_tokens_details": {"reasoning_tokens": 4}}
    calls = [{"id": f"call_{i}", "type": "function", "function": {"name": "look", "arguments": arguments}}
             for i, arguments in enumerate(talk.calls())]
    finish = "tool_calls" if calls else "stop"
    thought = {"reasoning_content": THOUGHT} if talk.thinks and deepseek else {}
    head = {"id": "chatcmpl-9", "created": 1767225600, "model": body["model"]}
    if not talk.stream:
        message = {"role": "assistant", "content": None if calls else talk.answer(), "refusal": None, **thought}
        if calls:
            message["tool_calls"] = calls
        call.answer(200, {**head, "object": "chat.completion", "usage": usage, "choices": [
            {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}]})
        return

    def chunk(delta, finish=None, **more):
        return None, {**head, "object": "chat.completion.chunk", **more, "choices": [
            {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]}
    events = [chunk({"role": "assistant", "content": ""})]
    if thought:
        events += [chunk({"reasoning_content": THOUGHT[:5]}), chunk({"reasoning_content": THOUGHT[5:]})]
    for i, one in enumerate(calls):
        events.append(chunk({"tool_calls": [{"index": i, **one, "function": {"name": "look", "arguments": ""}}]}))
    for i, one in enumerate(calls):  # interleaved, as real ones may be
        arguments = one["function"]["arguments"]
        events += [chunk({"tool_calls": [{"index": i, "function": {"arguments": piece}}]})
                   for piece in (arguments[:7], arguments[7:])]
    events += [chunk({"content": piece}) for piece in ([] if calls else talk.pieces())]
    events.append(chunk({}, finish))
    if (body.get("stream_options") or {}).get("include_usage"):
        events.append((None, {**head, "object": "chat.completion.chunk", "choices": [], "usage": usage}))
    sse(call, [*events, (None, "[DONE]")])


# ---- OpenAI Responses

RESPONSES_FIELDS = ("model input instructions stream max_output_tokens temperature top_p tools tool_choice "
                    "parallel_tool_calls text reasoning include store metadata service_tier user "
                    "prompt_cache_key safety_identifier truncation previous_response_id stream_options")


def responses_talk(body):
    only(body, RESPONSES_FIELDS, "body")
    talk = Talk(stream=body.get("stream", False), tools=bool(body.get("tools")), thinks="reasoning" in body)
    for tool in body.get("tools") or []:
        need("function" not in tool and tool["name"], "tools are flat here")
    items = body["input"]
    if isinstance(items, str):
        items = [{"role": "user", "content": items}]
    open_calls, reasoned = set(), False
    for item in items:
        kind = item.get("type", "message")
        if kind == "message" and item["role"] == "user":
            content = item["content"]
            talk.text = content if isinstance(content, str) else "".join(p.get("text", "") for p in content)
            talk.results = []
        elif kind == "reasoning":
            need(item.get("encrypted_content") in (None, SIGNATURES["openai"]),
                 "The encrypted content could not be verified.")
            reasoned = item.get("encrypted_content") is not None
        elif kind == "function_call":
            need(item["arguments"] in ARGUMENTS, "arguments changed: " + item["arguments"])
            need(reasoned or not talk.thinks, "function_call was provided without its required reasoning item")
            open_calls.add(item["call_id"])
        elif kind == "function_call_output":
            need(item["call_id"] in open_calls, "No tool call found for function call output")
            open_calls.discard(item["call_id"])
            output = item["output"]
            talk.results.append(output if isinstance(output, str) else "".join(p.get("text", "") for p in output))
    need(not open_calls, "No tool output found for function call")
    return talk


def responses_items(talk, body):
    items = []
    calls = talk.calls()
    if talk.thinks and calls:
        items.append({"id": "rs_1", "type": "reasoning", "encrypted_content": SIGNATURES["openai"],
                      "summary": [{"type": "summary_text", "text": THOUGHT}]})
    for i, arguments in enumerate(calls):
        items.append({"id": f"fc_{i}", "type": "function_call", "call_id": f"call_{i}", "name": "look",
                      "arguments": arguments, "status": "completed"})
    if not calls:
        items.append({"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [
            {"type": "output_text", "text": talk.answer(), "annotations": [], "logprobs": []}]})
    return items


def responses(call, body):
    talk = responses_talk(body)
    items = responses_items(talk, body)
    whole = {"id": "resp_1", "object": "response", "created_at": 1767225600, "status": "completed",
             "error": None, "incomplete_details": None, "instructions": None, "model": body["model"],
             "output": items, "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
             "usage": {"input_tokens": 20, "input_tokens_details": {"cached_tokens": 5}, "output_tokens": 9,
                       "output_tokens_details": {"reasoning_tokens": 4}, "total_tokens": 29}}
    if not talk.stream:
        call.answer(200, whole)
        return
    events = []

    def add(kind, **fields):
        events.append((kind, {"type": kind, "sequence_number": len(events), **fields}))
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    add("response.created", response=begun)
    add("response.in_progress", response=begun)
    for at, item in enumerate(items):
        where = {"output_index": at, "item_id": item["id"]}
        if item["type"] == "reasoning":
            add("response.output_item.added", output_index=at, item={**item, "summary": []})
            part = {**where, "summary_index": 0}
            add("response.reasoning_summary_part.added", **part, part={"type": "summary_text", "text": ""})
            add("response.reasoning_summary_text.delta", **part, delta=THOUGHT)
            add("response.reasoning_summary_text.done", **part, text=THOUGHT)
            add("response.reasoning_summary_part.done", **part, part=item["summary"][0])
        elif item["type"] == "function_call":
            add("response.output_item.added", output_index=at,
                item={**item, "arguments": "", "status": "in_progress"})
            for piece in (item["arguments"][:9], item["arguments"][9:]):
                add("response.function_call_arguments.delta", **where, delta=piece)
            add("response.function_call_arguments.done", **where, arguments=item["arguments"])
        else:
            add("response.output_item.added", output_index=at, item={**item, "content": [], "status": "in_progress"})
            part = {**where, "content_index": 0}
            add("response.content_part.added", **part, part={**item["content"][0], "text": ""})
            for piece in talk.pieces():
                add("response.output_text.delta", **part, delta=piece, logprobs=[])
            add("response.output_text.done", **part, text=talk.answer(), logprobs=[])
            add("response.content_part.done", **part, part=item["content"][0])
        add("response.output_item.done", output_index=at, item=item)
    add("response.completed", response=whole)
    sse(call, events)


# ---- Anthropic Messages

MESSAGES_FIELDS = ("model messages max_tokens system stream stop_sequences tools tool_choice thinking "
                   "output_config metadata service_tier temperature top_p top_k cache_control")


def messages_talk(call, body):
    only(body, MESSAGES_FIELDS, "body")
    need(call.header("anthropic-version") in ("2023-06-01", "2026-10-21"), "anthropic-version: header is required")
    need(call.header("x-api-key"), "x-api-key header is required")
    need(isinstance(body.get("max_tokens"), int), "max_tokens: Field required")
    thinking = (body.get("thinking") or {}).get("type") in ("enabled", "adaptive")
    if (body.get("thinking") or {}).get("type") == "enabled":
        need(1024 <= body["thinking"]["budget_tokens"] < body["max_tokens"], "thinking.budget_tokens")
    talk = Talk(stream=body.get("stream", False), tools=bool(body.get("tools")), thinks=thinking)
    for tool in body.get("tools") or []:
        need(tool["input_schema"]["type"] == "object", "tools.0.input_schema.type")
    open_calls = set()
    for at, message in enumerate(body["messages"]):
        only(message, "role content", f"messages.{at}")
        need(message["role"] in ("user", "assistant"), f"messages.{at}.role")
        content = message["content"]
        if isinstance(content, str):
            content = [{"type": "text", "text": content}]
        if message["role"] == "user":
            answered = [b["tool_use_id"] for b in content if b["type"] == "tool_result"]
            need(set(answered) == open_calls, "`tool_use` ids were found without `tool_result` blocks immediately after")
            kinds = [b["type"] for b in content]
            need("tool_result" not in kinds or kinds.index("tool_result") == 0, "tool_result blocks come first")
        open_calls = set()
        for block in content:
            if block["type"] == "text":
                need(block["text"], f"messages.{at}: text content blocks must be non-empty")
                if message["role"] == "user" and not talk.results:
                    talk.text = block["text"]
            elif block["type"] == "tool_result":
                inner = block.get("content") or ""
                talk.results.append(inner if isinstance(inner, str) else "".join(b.get("text", "") for b in inner))
            elif block["type"] == "tool_use":
                need(isinstance(block["input"], dict), "input must be an object")
                open_calls.add(block["id"])
            elif block["type"] == "thinking":
                need(block["signature"] == SIGNATURES["anthropic"], f"messages.{at}: Invalid `signature` in `thinking` block")
        if message["role"] == "assistant" and open_calls and thinking:
            need(content[0]["type"] in ("thinking", "redacted_thinking"),
                 "Expected `thinking` or `redacted_thinking`, but found `tool_use`.")
        for block in content:
            if block["type"] == "tool_use":
                need(any(raw in call.body.decode() for raw in ARGUMENTS), "input changed")
    return talk


def messages(call, body):
    talk = messages_talk(call, body)
    blocks = []
    if talk.thinks and talk.calls():
        blocks.append({"type": "thinking", "thinking": THOUGHT, "signature": SIGNATURES["anthropic"]})
    raw = talk.calls()
    blocks += [{"type": "tool_use", "id": f"toolu_{i}", "name": "look", "input": f"@{i}@"} for i in range(len(raw))]
    if not raw:
        blocks.append({"type": "text", "text": talk.answer()})
    usage = {"input_tokens": 15, "cache_read_input_tokens": 5, "cache_creation_input_tokens": 0, "output_tokens": 9}
    whole = {"id": "msg_9", "type": "message", "role": "assistant", "model": body["model"], "content": blocks,
             "stop_reason": "tool_use" if raw else "end_turn", "stop_sequence": None, "usage": usage}
    if not talk.stream:
        text = json.dumps(whole, ensure_ascii=False)
        for i, arguments in enumerate(raw):  # as text, so that its numbers stay what they are
            text = text.replace(f'"@{i}@"', arguments)
        call.answer(200, text.encode())
        return
    events = [("message_start", {"type": "message_start", "message": {
        **whole, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}}), ("ping", {"type": "ping"})]

    def add(kind, index, **fields):
        events.append((kind, {"type": kind, "index": index, **fields}))
    for at, block in enumerate(blocks):
        if block["type"] == "thinking":
            add("content_block_start", at, content_block={"type": "thinking", "thinking": "", "signature": ""})
            add("content_block_delta", at, delta={"type": "thinking_delta", "thinking": THOUGHT})
            add("content_block_delta", at, delta={"type": "signature_delta", "signature": block["signature"]})
        elif block["type"] == "tool_use":
            add("content_block_start", at, content_block={**block, "input": {}})
            arguments = raw[int(block["id"][-1])]
            for piece in ("", arguments[:8], arguments[8:]):
                add("content_block_delta", at, delta={"type": "input_json_delta", "partial_json": piece})
        else:
            add("content_block_start", at, content_block={"type": "text", "text": ""})
            for piece in talk.pieces():
                add("content_block_delta", at, delta={"type": "text_delta", "text": piece})
        add("content_block_stop", at)
    events.append(("message_delta", {"type": "message_delta", "usage": {"output_tokens": 9},
                                     "delta": {"stop_reason": whole["stop_reason"], "stop_sequence": None}}))
    sse(call, [*events, ("message_stop", {"type": "message_stop"})])


# ---- Gemini

GEMINI_FIELDS = "contents systemInstruction tools toolConfig safetySettings generationConfig cachedContent labels"


def gemini_talk(call, body):
    only(body, GEMINI_FIELDS, "Unknown name")
    need(call.header("x-goog-api-key"), "API key not valid. Please pass a valid API key.")
    thinks = "think" in call.path
    talk = Talk(stream="stream" in call.path, tools=bool(body.get("tools")), thinks=thinks)
    pending = 0
    for content in body["contents"]:
        need(content["role"] in ("user", "model"), "Please use a valid role: user, model.")
        need(content["parts"], "contents.parts must not be empty.")
        responses_here = [p["functionResponse"] for p in content["parts"] if "functionResponse" in p]
        if content["role"] == "user":
            need(len(responses_here) == pending, "the number of function response parts must be equal to the "
                 "number of function call parts of the function call turn.")
        calls = [p for p in content["parts"] if "functionCall" in p]
        pending = len(calls)
        if calls and thinks:
            need(calls[0].get("thoughtSignature") in (SIGNATURES["gemini"], "skip_thought_signature_validator"),
                 "Function call is missing a thought_signature in functionCall parts.")
        for one in calls:
            need(any(raw in call.body.decode() for raw in ARGUMENTS), "args changed")
            need(isinstance(one["functionCall"].get("args", {}), dict), "args")
        for one in responses_here:
            need(one.get("name") == "look" and isinstance(one.get("response"), dict), "functionResponse.name")
            value = one["response"]
            talk.results.append(str(value.get("result", value.get("output", value.get("error", json.dumps(value))))))
        for part in content["parts"]:
            if "text" in part and content["role"] == "user":
                talk.text = part["text"]
                if not responses_here:
                    talk.results = []
    return talk


def gemini(call, body):
    talk = gemini_talk(call, body)
    raw = talk.calls()
    parts = []
    if talk.thinks and raw:
        parts.append({"text": THOUGHT, "thought": True})
    for i, _ in enumerate(raw):
        part = {"functionCall": {"name": "look", "args": f"@{i}@", "id": f"fn_{i}"}}
        if talk.thinks and i == 0:
            part["thoughtSignature"] = SIGNATURES["gemini"]
        parts.append(part)
    usage = {"promptTokenCount": 20, "cachedContentTokenCount": 5, "candidatesTokenCount": 5,
             "thoughtsTokenCount": 4, "totalTokenCount": 29}

    def chunk(parts, finish=None):
        candidate = {"content": {"role": "model", "parts": parts}, "index": 0}
        if finish:
            candidate["finishReason"] = finish
        text = json.dumps({"candidates": [candidate], "usageMetadata": usage, "modelVersion": "gemini-x",
                           "responseId": "r1"}, ensure_ascii=False)
        for i, arguments in enumerate(raw):
            text = text.replace(f'"@{i}@"', arguments)
        return text
    if not talk.stream:
        call.answer(200, chunk(parts if raw else [{"text": talk.answer()}], "STOP").encode())
        return
    chunks = [chunk([part]) for part in parts] if raw else [chunk([{"text": piece}]) for piece in talk.pieces()]
    chunks[-1] = chunk(parts[-1:] if raw else [{"text": talk.pieces()[-1]}], "STOP")
    call.begin_stream()
    for text in chunks:
        data = f"data: {text}\r\n\r\n".encode()
        call.piece(data[:len(data) // 3])
        call.piece(data[len(data) // 3:])
    call.end_stream()


def strict(call):
    """A script for FakeUpstream: every protocol by its path."""
    body = call.json()
    gemini_path = "/v1beta/models/" in call.path
    try:
        need(isinstance(body, dict), "not an object")
        if gemini_path:
            gemini(call, body)
        elif call.path.startswith("/v1/messages"):
            messages(call, body)
        elif call.path.startswith("/v1/responses"):
            responses(call, body)
        elif call.path.startswith("/deepseek/v1/chat/completions"):
            chat(call, body, deepseek=True)
        elif call.path.startswith("/v1/chat/completions"):
            need("gpt-5.6" not in body["model"] or not body.get("tools"), "Function tools with reasoning_effort are "
                 "not supported for this model in /v1/chat/completions. To use function tools, use /v1/responses.")
            chat(call, body)
        else:
            call.answer(404, {"error": {"message": "no such path " + call.path}})
    except (Refused, KeyError, TypeError) as problem:
        words = f"{type(problem).__name__}: {problem}" if not isinstance(problem, Refused) else str(problem)
        if gemini_path:
            call.answer(400, {"error": {"code": 400, "message": words, "status": "INVALID_ARGUMENT"}})
        elif call.path.startswith("/v1/messages"):
            call.answer(400, {"type": "error", "error": {"type": "invalid_request_error", "message": words}})
        else:
            call.answer(400, {"error": {"message": words, "type": "invalid_request_error", "param": None, "code": None}})
