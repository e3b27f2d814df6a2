# SPDX-License-Identifier: MIT
"""OpenAI: chat completions, and with responses.py the Responses API on the same port."""

import json
import re

from fake_upstream import FakeUpstream
from fakes.scenes import calls_of, changed, halves, model_of, scene_of
from fakes.shape import (Wrong, anything, boolean, each, either, fields, free_object, integer,
                         matching, nullable, ranged, tagged, text, words)

NAME = matching(re.compile(r"[a-zA-Z0-9_-]{1,64}"))
EFFORTS = words("none", "minimal", "low", "medium", "high", "xhigh", "max", None)
USAGE = {"prompt_tokens": 20, "completion_tokens": 10, "total_tokens": 30,
         "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": 0},
         "completion_tokens_details": {"reasoning_tokens": 4, "audio_tokens": 0}}

TEXT_PART = {"text": fields({"text": text})}
USER_PARTS = {**TEXT_PART,
              "image_url": fields({"image_url": fields({"url": text}, {
                  "detail": words("auto", "low", "high")})}),
              "input_audio": fields({"input_audio": fields({"data": text,
                                                            "format": words("wav", "mp3")})}),
              "file": fields({"file": fields({}, {"file_id": text, "file_data": text,
                                                  "filename": text})})}
ASSISTANT_PARTS = {**TEXT_PART, "refusal": fields({"refusal": text})}


def content(parts):
    return either(text, each(tagged("type", parts), least=1))


CALL = tagged("type", {
    "function": fields({"id": text, "function": fields({"name": NAME, "arguments": text})}),
    "custom": fields({"id": text, "custom": fields({"name": NAME, "input": text})})})
MESSAGE = tagged("role", {
    "system": fields({"content": content(TEXT_PART)}, {"name": text}),
    "developer": fields({"content": content(TEXT_PART)}, {"name": text}),
    "user": fields({"content": content(USER_PARTS)}, {"name": text}),
    "assistant": fields({}, {"content": nullable(content(ASSISTANT_PARTS)), "name": text,
                             "refusal": nullable(text), "audio": anything,
                             "tool_calls": each(CALL, least=1)}),
    "tool": fields({"content": content(TEXT_PART), "tool_call_id": text})})
FUNCTION = fields({"name": NAME}, {"description": text, "parameters": free_object,
                                   "strict": nullable(boolean)})
TOOL = tagged("type", {"function": fields({"function": FUNCTION}),
                       "custom": fields({"custom": fields({"name": NAME}, {
                           "description": text, "format": free_object})})})
NAMED = {"function": fields({"function": fields({"name": NAME})}),
         "custom": fields({"custom": fields({"name": NAME})})}
CHOICE = either(words("none", "auto", "required"), tagged("type", {
    **NAMED, "allowed_tools": fields({"allowed_tools": fields({
        "mode": words("auto", "required"), "tools": each(tagged("type", NAMED))})})}))
FORMAT = tagged("type", {
    "text": fields({}), "json_object": fields({}),
    "json_schema": fields({"json_schema": fields({"name": NAME}, {
        "description": text, "schema": free_object, "strict": nullable(boolean)})})})
REQUEST = fields({"model": text, "messages": each(MESSAGE, least=1)}, {
    "stream": nullable(boolean),
    "stream_options": fields({}, {"include_usage": boolean, "include_obfuscation": boolean}),
    "max_completion_tokens": ranged(1, 10**6, integer), "max_tokens": ranged(1, 10**6, integer),
    "temperature": ranged(0, 2), "top_p": ranged(0, 1), "frequency_penalty": ranged(-2, 2),
    "presence_penalty": ranged(-2, 2), "logit_bias": free_object, "seed": integer,
    "n": ranged(1, 128, integer), "stop": either(text, each(text, most=4)), "logprobs": boolean,
    "top_logprobs": ranged(0, 20, integer), "tools": each(TOOL, least=1, most=128),
    "tool_choice": CHOICE, "parallel_tool_calls": boolean, "response_format": FORMAT,
    "reasoning_effort": EFFORTS, "verbosity": words("low", "medium", "high"),
    "modalities": each(text), "audio": free_object, "prediction": free_object,
    "web_search_options": free_object, "service_tier": text, "store": boolean,
    "metadata": free_object, "user": text, "safety_identifier": text, "prompt_cache_key": text,
    "prompt_cache_retention": text, "prompt_cache_options": free_object, "moderation": free_object})


class Refusal(Exception):
    """An answer of OpenAI's that is an error."""

    def __init__(self, status, message, param=None, code=None, kind="invalid_request_error"):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}


def refusal_of(wrong):
    """The words for a field of the wrong shape."""
    code, message = {
        "unknown": ("unknown_parameter", f"Unknown parameter: '{wrong.path}'."),
        "missing": ("missing_required_parameter",
                    f"Missing required parameter: '{wrong.path}'."),
        "type": ("invalid_type", f"Invalid type for '{wrong.path}': {wrong.message}."),
        "value": ("invalid_value", f"Invalid value for '{wrong.path}': {wrong.message}.")}[wrong.kind]
    return Refusal(400, message, wrong.path, code)


SCRIPTED = {400: ("This model's maximum context length is 1000 tokens.", "messages",
                  "context_length_exceeded", "invalid_request_error"),
            402: ("You exceeded your current quota.", None, "insufficient_quota",
                  "insufficient_quota"),
            429: ("Rate limit reached. Please try again in 2s.", None, "rate_limit_exceeded",
                  "requests"),
            500: ("The server had an error.", None, None, "server_error"),
            503: ("The engine is currently overloaded.", None, None, "service_unavailable_error")}


def scripted(status):
    message, param, code, kind = SCRIPTED[status]
    return Refusal(429 if status == 402 else status, message, param, code, kind)


def reasons(model):
    return re.match(r"o\d|gpt-[5-9]", model) is not None


def check_rules(body):
    """What a reasoning model refuses, and what belongs together."""
    model = model_of(body["model"])
    unsupported = ["max_tokens"] if reasons(model) else ["reasoning_effort"]
    samples = re.match(r"gpt-5\.[1-6]", model) and body.get("reasoning_effort") == "none"
    if reasons(model) and not samples:
        unsupported += ["temperature", "top_p", "presence_penalty", "frequency_penalty",
                        "logit_bias", "logprobs", "top_logprobs"]
    for key in unsupported:
        if key in body:
            raise Refusal(400, f"Unsupported parameter: '{key}' is not supported with this model.",
                          key, "unsupported_parameter")
    if "max_tokens" in body and "max_completion_tokens" in body:
        raise Refusal(400, "Setting 'max_tokens' and 'max_completion_tokens' at the same time is "
                      "not supported.", "max_tokens", "invalid_parameter_combination")
    if "stream_options" in body and not body.get("stream"):
        raise Refusal(400, "The 'stream_options' parameter is only allowed when 'stream' is "
                      "enabled.", "stream_options")
    for key in ("tool_choice", "parallel_tool_calls"):
        if key in body and "tools" not in body:
            raise Refusal(400, f"'{key}' is only allowed when 'tools' are specified.", key)
    if re.match(r"gpt-5\.[4-9]|gpt-[6-9]", model) and "tools" in body and \
            body.get("reasoning_effort") != "none":
        raise Refusal(400, f"Function tools with reasoning_effort are not supported for {model} in "
                      "/v1/chat/completions. To use function tools, use /v1/responses or set "
                      "reasoning_effort to 'none'.", "reasoning_effort")
    if body.get("top_logprobs") is not None and not body.get("logprobs"):
        raise Refusal(400, "'top_logprobs' needs 'logprobs'.", "top_logprobs")
    for key in ("safety_identifier", "prompt_cache_key"):
        if len(body.get(key, "")) > 64:
            raise Refusal(400, f"Invalid '{key}': string too long.", key, "string_above_max_length")
    if body.get("response_format", {}).get("type") == "json_object" and \
            "json" not in json.dumps(body["messages"]).lower():
        raise Refusal(400, "'messages' must contain the word 'json' in some form, to use "
                      "'response_format' of type 'json_object'.", "messages")


def check_named(body):
    choice = body.get("tool_choice")
    if isinstance(choice, dict) and choice["type"] in ("function", "custom"):
        name = choice[choice["type"]]["name"]
        if name not in names_of(body):
            raise Refusal(400, f"Invalid value for 'tool_choice': '{name}' is not in 'tools'.",
                          "tool_choice", "invalid_value")


def check_turns(messages):
    """Every call is answered right behind it, and nothing else is."""
    open_calls = []
    for index, message in enumerate([*messages, {"role": "end"}]):
        if message["role"] == "tool":
            if message["tool_call_id"] not in open_calls:
                raise Refusal(400, "Invalid parameter: messages with role 'tool' must be a "
                              "response to a preceeding message with 'tool_calls'.",
                              f"messages.[{index}].role")
            open_calls.remove(message["tool_call_id"])
            continue
        if open_calls:
            raise Refusal(400, "An assistant message with 'tool_calls' must be followed by tool "
                          "messages responding to each 'tool_call_id'. The following tool_call_ids "
                          f"did not have response messages: {', '.join(open_calls)}",
                          f"messages.[{index}].role")
        open_calls = [call["id"] for call in message.get("tool_calls", ())]
        for call in message.get("tool_calls", ()):
            if call["type"] == "function" and changed(call["id"], call["function"]["arguments"]):
                raise Refusal(400, f"The arguments of {call['id']} are not those that were given.",
                              f"messages.[{index}].tool_calls")
        if message["role"] == "assistant" and message.get("content") is None and not open_calls \
                and not message.get("refusal"):
            raise Refusal(400, "Invalid value for 'content': expected a string, got null.",
                          f"messages.[{index}].content")


def names_of(body):
    return [tool[tool["type"]]["name"] for tool in body.get("tools", ())]


def plain(value):
    """The text of a `content`."""
    if isinstance(value, str):
        return value
    return "".join(part.get("text", "") for part in value or ())


def fresh_results(messages):
    """What tools said since the model last spoke."""
    results = []
    for message in messages:
        if message["role"] == "tool":
            results.append(plain(message["content"]))
        elif message["role"] == "assistant":
            results = []
    return results


def refuse_headers_of_others(call):
    """Vendors' own headers go to no other vendor."""
    foreign = [name for name, _ in call.headers if name.startswith(("anthropic-", "x-goog-"))]
    if foreign or call.header("x-api-key"):
        raise Refusal(400, f"A header of another vendor: {foreign or 'x-api-key'}")


def read(call, checker):
    """The body, if its headers and its shape are right."""
    refuse_headers_of_others(call)
    if not re.match(r"Bearer \S+", call.header("authorization") or ""):
        raise Refusal(401, "Incorrect API key provided.", None, "invalid_api_key")
    if not (call.header("content-type") or "").startswith("application/json"):
        raise Refusal(400, "Unsupported content type.")
    try:
        body = call.json()
    except ValueError:
        raise Refusal(400, "We could not parse the JSON body of your request.") from None
    try:
        checker(body, "")
    except Wrong as wrong:
        raise refusal_of(wrong) from None
    return body


def chunk(body, delta=None, finish=None, **more):
    choices = [{"index": 0, "delta": delta or {}, "logprobs": None, "finish_reason": finish}]
    return {"id": "chatcmpl-fake", "object": "chat.completion.chunk", "created": 1767225600,
            "model": body["model"], "choices": choices, **more}


def events(scene, body):
    """The chunks of a stream."""
    named = calls_of(scene, names_of(body))
    kinds = {tool[tool["type"]]["name"]: tool["type"] for tool in body.get("tools", ())}
    yield chunk(body, {"role": "assistant", "content": None if named else "", "refusal": None})
    for index, piece in enumerate(scene.text):
        yield chunk(body, {"content": piece})
        if scene.breaks and index == 0:
            if scene.breaks == "cut":
                raise ConnectionResetError
            yield scripted(500).body
            return
    if scene.refusal:
        yield chunk(body, {"refusal": scene.refusal})
    for index, (name, arguments) in enumerate(named):
        kind, field = kinds[name], "arguments" if kinds[name] == "function" else "input"
        yield chunk(body, {"tool_calls": [{"index": index, "id": f"call_{index}_fake",
                                           "type": kind, kind: {"name": name, field: ""}}]})
    for at in range(0, max((len(a) for _, a in named), default=0), 7):  # in turns, as real ones may
        for index, (name, arguments) in enumerate(named):
            kind, field = kinds[name], "arguments" if kinds[name] == "function" else "input"
            if piece := arguments[at:at + 7]:
                yield chunk(body, {"tool_calls": [{"index": index, kind: {field: piece}}]})
    yield chunk(body, {}, finish_of(scene))
    if body.get("stream_options", {}).get("include_usage"):
        yield {**chunk(body), "choices": [], "usage": USAGE}


def finish_of(scene):
    if scene.calls:
        return "tool_calls"
    return {"stop": "stop", "length": "length", "filter": "content_filter"}[scene.finish]


def completion(scene, body):
    message = {"role": "assistant", "content": "".join(scene.text) or None,
               "refusal": scene.refusal or None, "annotations": []}
    kinds = {tool[tool["type"]]["name"]: tool["type"] for tool in body.get("tools", ())}
    calls = [{"id": f"call_{i}_fake", "type": kinds[name],
              kinds[name]: {"name": name,
                            "arguments" if kinds[name] == "function" else "input": arguments}}
             for i, (name, arguments) in enumerate(calls_of(scene, names_of(body)))]
    if calls:
        message["tool_calls"] = calls
    choices = [{"index": i, "message": message, "logprobs": None, "finish_reason": finish_of(scene)}
               for i in range(body.get("n", 1))]
    return {"id": "chatcmpl-fake", "object": "chat.completion", "created": 1767225600,
            "model": body["model"], "choices": choices, "usage": USAGE}


def chat(call):
    body = read(call, REQUEST)
    check_rules(body)
    check_named(body)
    check_turns(body["messages"])
    form = body.get("response_format", {})
    schema = form.get("json_schema", {}).get("schema") if form.get("type") == "json_schema" else \
        {} if form.get("type") == "json_object" else None
    scene = scene_of(body["model"], names_of(body), fresh_results(body["messages"]), schema)
    if scene.status:
        raise scripted(scene.status)
    if not body.get("stream"):
        if scene.breaks == "cut":
            raise ConnectionResetError
        if scene.breaks:
            raise scripted(500)
        call.answer(200, completion(scene, body), [("x-request-id", "req_fake")])
        return
    call.begin_stream([("x-request-id", "req_fake")])
    failed = False
    for event in events(scene, body):
        failed = "error" in event
        for half in halves(b"data: " + json.dumps(event, ensure_ascii=False).encode() + b"\n\n"):
            call.piece(half)
    if not failed:
        call.piece(b"data: [DONE]\n\n")
    call.end_stream()


def script(call):
    from fakes.responses import respond  # it uses this module's parts
    from fakes.deepseek import deepseek
    served = {"/v1/chat/completions": chat, "/v1/responses": respond,
              "/deepseek/v1/chat/completions": deepseek}
    try:
        path = call.path.partition("?")[0]
        if path not in served or call.method != "POST":
            raise Refusal(404, f"Invalid URL ({call.method} {path})", None, "unknown_url")
        served[path](call)
    except Refusal as refusal:
        headers = [("retry-after", "2")] if refusal.status == 429 else []
        call.answer(refusal.status, refusal.body, headers)


class OpenAi(FakeUpstream):
    def __init__(self, **more):
        super().__init__(script, **more)
