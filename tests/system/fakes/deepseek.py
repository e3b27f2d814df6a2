# SPDX-License-Identifier: MIT
"""DeepSeek: chat completions that think, and want their thoughts back with every call."""

import json

from fakes.openai import (CALL, CHOICE, TOOL, Refusal, check_turns, chunk, content, finish_of,
                          fresh_results, names_of, read, scripted, TEXT_PART, USER_PARTS)
from fakes.scenes import calls_of, halves, scene_of
from fakes.shape import (boolean, each, either, fields, integer, nullable, ranged, tagged, text,
                         words)

MESSAGE = tagged("role", {
    "system": fields({"content": content(TEXT_PART)}, {"name": text}),
    "user": fields({"content": content(USER_PARTS)}, {"name": text}),
    "assistant": fields({}, {"content": nullable(content(TEXT_PART)), "name": text,
                             "reasoning_content": nullable(text), "prefix": boolean,
                             "tool_calls": each(CALL, least=1)}),
    "tool": fields({"content": content(TEXT_PART), "tool_call_id": text})})
REQUEST = fields({"model": text, "messages": each(MESSAGE, least=1)}, {
    "stream": nullable(boolean), "stream_options": fields({}, {"include_usage": boolean}),
    "max_tokens": ranged(1, 10**6, integer), "temperature": ranged(0, 2), "top_p": ranged(0, 1),
    "frequency_penalty": ranged(-2, 2), "presence_penalty": ranged(-2, 2), "logprobs": boolean,
    "top_logprobs": ranged(0, 20, integer), "stop": either(text, each(text, most=16)),
    "tools": each(TOOL, least=1, most=128), "tool_choice": CHOICE,
    "response_format": tagged("type", {"text": fields({}), "json_object": fields({})}),
    "thinking": tagged("type", {"enabled": fields({}), "disabled": fields({})}),
    "reasoning_effort": words("low", "high", "max"), "user_id": text})
USAGE = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30,
         "prompt_tokens_details": {"cached_tokens": 8}, "prompt_cache_hit_tokens": 8,
         "prompt_cache_miss_tokens": 12, "completion_tokens_details": {"reasoning_tokens": 4}}


def check_thoughts(body, thoughts):
    """Where it thought before its calls, they come back with them."""
    if not thoughts or body.get("thinking", {}).get("type") == "disabled":
        return
    for message in body["messages"]:
        ours = any("fake" in call["id"] for call in message.get("tool_calls", ()))
        if ours and message.get("reasoning_content") != thoughts:
            raise Refusal(400, "The reasoning_content in the thinking mode must be passed back to "
                          "the API.")


def calls(scene, body):
    return [{"id": f"call_{i}_fake", "type": "function",
             "function": {"name": name, "arguments": arguments}}
            for i, (name, arguments) in enumerate(calls_of(scene, names_of(body)))]


def events(scene, body):
    """One call in one chunk, and the usage beside the finish reason."""
    yield chunk(body, {"role": "assistant", "content": None, "reasoning_content": ""})
    for piece in scene.thoughts:
        yield chunk(body, {"content": None, "reasoning_content": piece})
    for piece in scene.text:
        yield chunk(body, {"content": piece, "reasoning_content": None})
    for index, call in enumerate(calls(scene, body)):
        yield chunk(body, {"tool_calls": [{"index": index, **call}]})
    yield chunk(body, {"content": ""}, finish_of(scene), usage=USAGE)


def deepseek(call):
    body = read(call, REQUEST)
    check_turns(body["messages"])
    scene = scene_of(body["model"], names_of(body), fresh_results(body["messages"]), None)
    asked = scene_of(body["model"], names_of(body), [], None)  # what the history came from
    check_thoughts(body, "".join(asked.thoughts))
    if scene.status:
        raise scripted(scene.status)
    if not body.get("stream"):
        message = {"role": "assistant", "content": "".join(scene.text),
                   "reasoning_content": "".join(scene.thoughts) or None}
        if calls(scene, body):
            message["tool_calls"] = calls(scene, body)
        call.answer(200, {"id": "fake", "object": "chat.completion", "created": 1767225600,
                          "model": body["model"], "usage": USAGE, "choices": [
                              {"index": 0, "message": message, "logprobs": None,
                               "finish_reason": finish_of(scene)}]})
        return
    call.begin_stream()
    call.piece(b": keep-alive\n\n")
    for event in events(scene, body):
        for half in halves(b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"):
            call.piece(half)
    call.piece(b"data: [DONE]\n\n")
    call.end_stream()
