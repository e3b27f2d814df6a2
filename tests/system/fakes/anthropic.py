# SPDX-License-Identifier: MIT
"""Anthropic's Messages: one open block at a time, signed thoughts, results right behind calls."""

import json
import re

from fake_upstream import FakeUpstream
from fakes.scenes import calls_of, exact, halves, model_of, scene_of, seal, SAID
from fakes.shape import (Wrong, anything, boolean, each, either, fields, filled, free_object,
                         integer, matching, nullable, ranged, tagged, text, words)

NAME = matching(re.compile(r"[a-zA-Z0-9_-]{1,128}"))
IDENTITY = matching(re.compile(r"[a-zA-Z0-9_-]+"))
CACHE = {"cache_control": nullable(tagged("type", {
    "ephemeral": fields({}, {"ttl": words("5m", "1h")})}))}
URL, FILE = fields({"url": text}), fields({"file_id": text})
TEXT = fields({"text": filled}, {**CACHE, "citations": nullable(each(anything))})
IMAGE = fields({"source": tagged("type", {
    "base64": fields({"media_type": words("image/jpeg", "image/png", "image/gif", "image/webp"),
                      "data": text}), "url": URL, "file": FILE})}, CACHE)
DOCUMENT = fields({"source": tagged("type", {
    "base64": fields({"media_type": words("application/pdf"), "data": text}),
    "text": fields({"media_type": words("text/plain"), "data": text}),
    "content": fields({"content": anything}), "url": URL, "file": FILE})},
    {**CACHE, "title": nullable(text), "context": nullable(text), "citations": free_object})
RESULT_PARTS = {"text": TEXT, "image": IMAGE, "document": DOCUMENT}
BLOCKS = {
    "user": {**RESULT_PARTS, "tool_result": fields({"tool_use_id": IDENTITY}, {
        **CACHE, "is_error": boolean,
        "content": either(text, each(tagged("type", RESULT_PARTS)))})},
    "assistant": {"text": TEXT, "thinking": fields({"thinking": text, "signature": text}),
                  "redacted_thinking": fields({"data": text}),
                  "tool_use": fields({"id": IDENTITY, "name": NAME, "input": free_object},
                                     {**CACHE, "caller": free_object, "toolset_name": text})},
    "system": {"text": TEXT}}


def content(role):
    return either(filled, each(tagged("type", BLOCKS[role]), least=1))


EFFORT = words("low", "medium", "high", "xhigh", "max")
MESSAGE = tagged("role", {role: fields({"content": content(role)}, {
    "output_config": fields({}, {"effort": EFFORT})}) for role in BLOCKS})


def schema_of_input(value, path):
    free_object(value, path)
    if value.get("type") != "object":
        raise Wrong("value", f"{path}.type", "Input should be 'object'")
    for key in ("anyOf", "oneOf", "allOf"):
        if key in value:
            raise Wrong("value", path, f"input_schema does not support {key} at the top level")


TOOL_FIELDS = {**CACHE, "description": filled, "strict": boolean, "defer_loading": boolean,
               "eager_input_streaming": boolean, "input_examples": each(free_object),
               "allowed_callers": each(text), "type": words("custom")}
TOOL = fields({"name": NAME, "input_schema": schema_of_input}, TOOL_FIELDS)
PARALLEL = {"disable_parallel_tool_use": boolean}
REQUEST = fields({"model": text, "max_tokens": ranged(1, 128000, integer),
                  "messages": each(MESSAGE, least=1)}, {
    "system": either(text, each(tagged("type", {"text": TEXT}))), "stream": boolean,
    "stop_sequences": each(filled), "tools": each(TOOL),
    "tool_choice": tagged("type", {"auto": fields({}, PARALLEL), "any": fields({}, PARALLEL),
                                   "none": fields({}), "tool": fields({"name": NAME}, PARALLEL)}),
    "thinking": tagged("type", {
        "enabled": fields({"budget_tokens": ranged(1024, 10**6, integer)},
                          {"display": text, "block_binding": free_object}),
        "adaptive": fields({}, {"display": words("summarized", "omitted"),
                                "block_binding": free_object}),
        "disabled": fields({}), "between_tools": fields({})}),
    "output_config": fields({}, {
        "effort": EFFORT,
        "format": tagged("type", {"json_schema": fields({"schema": free_object})})}),
    "metadata": fields({}, {"user_id": nullable(text)}),
    "service_tier": words("auto", "standard_only"), "speed": words("standard", "fast"),
    "cache_control": free_object, "container": anything, "context_management": free_object,
    "temperature": ranged(0, 1), "top_p": ranged(0, 1), "top_k": ranged(0, 10**6, integer)})
# Of the schemas of answers.
REFUSED_KEYWORDS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
                    "minLength", "maxLength", "maxItems", "uniqueItems", "minProperties",
                    "maxProperties", "not", "oneOf"}


class Refusal(Exception):
    def __init__(self, message, status=400, kind="invalid_request_error"):
        super().__init__(message)
        self.status = status
        self.body = {"type": "error", "error": {"type": kind, "message": message},
                     "request_id": "req_fake"}


SCRIPTED = {400: ("prompt is too long: 300000 tokens > 200000 maximum", "invalid_request_error"),
            402: ("Your credit balance is too low.", "billing_error"),
            429: ("This request would exceed your rate limit.", "rate_limit_error"),
            500: ("Internal server error", "api_error"), 503: ("Overloaded", "overloaded_error")}


def scripted(status):
    message, kind = SCRIPTED[status]
    return Refusal(message, 529 if status == 503 else status, kind)


def refusal_of(wrong):
    path = re.sub(r"\[(\d+)\]", r".\1", wrong.path)
    return Refusal({"unknown": f"{path}: Extra inputs are not permitted",
                    "missing": f"{path}: Field required"}.get(wrong.kind,
                                                              f"{path}: {wrong.message}"))


def generation(model):
    """(family, number) of a name like claude-opus-4-5."""
    found = re.match(r"claude-(\w+)-(\d+)(?:-(\d)(?!\d))?", model)
    if not found:
        raise Refusal(f"model: {model}", 404, "not_found_error")
    return found[1], int(found[2]) + int(found[3] or 0) / 10


def check_calls(raw):
    """Calls that were ours come back as they were, to the last digit."""
    for message in dict(exact(raw))["messages"]:
        content = dict(message)["content"]
        for block in content if isinstance(content, list) else ():
            block = dict(block)
            if block["type"] == "tool_use" and "fake" in block["id"] and block["input"] not in SAID:
                raise Refusal(f"messages: the input of {block['id']} is not what was given")


def check_version(body, version):
    """What the version of 2026-10-21 takes no more."""
    if version != "2026-10-21":
        return
    for index, one in enumerate(body["messages"]):
        for block in blocks_of(one):
            if one["role"] == "user" and block["type"] == "text" and block.get("citations"):
                raise Refusal(f"messages.{index}: citations are not permitted on user text blocks")


def always_thinks(model):
    family, number = generation(model)
    return number >= 5.5 and family != "haiku"


def check_rules(body, version):
    model = model_of(body["model"])
    family, number = generation(model)
    thinking = body.get("thinking", {"type": "disabled"})["type"]
    samples = [key for key in ("temperature", "top_p", "top_k") if key in body]
    if samples and (number >= 4.7 or version == "2026-10-21"):
        raise Refusal(f"{samples[0]}: this model does not take sampling parameters")
    if thinking == "enabled":
        if number >= 4.7:
            raise Refusal("thinking.budget_tokens: use adaptive thinking with this model")
        if body["thinking"]["budget_tokens"] >= body["max_tokens"]:
            raise Refusal("`max_tokens` must be greater than `thinking.budget_tokens`")
    if thinking == "adaptive" and number < 4.6:
        raise Refusal("adaptive thinking is not supported on this model")
    if thinking == "disabled" and "thinking" in body and always_thinks(model):
        raise Refusal("thinking cannot be disabled on this model")
    on = thinking in ("enabled", "adaptive")
    if on and body.get("temperature", 1) != 1:
        raise Refusal("`temperature` may only be set to 1 when thinking is enabled.")
    forced = body.get("tool_choice", {}).get("type") in ("any", "tool")
    if forced and on:
        raise Refusal("Thinking may not be enabled when tool_choice forces tool use.")
    if forced and number >= 5.5 and family != "haiku":
        raise Refusal("tool_choice: this model takes only auto and none")
    if "tool_choice" in body and not body.get("tools"):
        raise Refusal("tool_choice: may only be specified while providing tools")
    if number >= 4.6 and body["messages"][-1]["role"] == "assistant":
        raise Refusal("This model does not support assistant message prefill. The conversation "
                      "must end with a user message.")
    check_schema(body.get("output_config", {}).get("format", {}).get("schema"))


def check_betas(body, betas):
    """Fields that need to be asked for in a header."""
    if "block_binding" in body.get("thinking", {}) and "thinking-binding-controls" not in betas:
        raise Refusal("thinking.block_binding: Extra inputs are not permitted")
    for index, message in enumerate(body["messages"]):
        if "output_config" in message and "per-turn-control" not in betas:
            raise Refusal(f"messages.{index}.output_config: Extra inputs are not permitted")


def check_schema(schema):
    if isinstance(schema, list):
        for inner in schema:
            check_schema(inner)
    if not isinstance(schema, dict):
        return
    for key in REFUSED_KEYWORDS & schema.keys():
        raise Refusal(f"output_config.format.schema: For '{schema.get('type')}' type, property "
                      f"'{key}' is not supported")
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        raise Refusal("output_config.format.schema: For 'object' type, 'additionalProperties' "
                      "must be explicitly set to false")
    for key in ("properties", "$defs"):
        for inner in schema.get(key, {}).values():
            check_schema(inner)
    for key in ("items", "anyOf"):
        check_schema(schema.get(key))


def blocks_of(message):
    if isinstance(message["content"], str):
        return [{"type": "text", "text": message["content"]}]
    return message["content"]


def merged(messages):
    """Neighbours of one role are one turn."""
    turns = []
    for message in messages:
        if turns and turns[-1][0] == message["role"]:
            turns[-1][1].extend(blocks_of(message))
        else:
            turns.append((message["role"], list(blocks_of(message))))
    return turns


def check_turns(body):
    open_calls = []
    turns = [turn for turn in merged(body["messages"]) if turn[0] != "system"]
    for index, (role, blocks) in enumerate([*turns, ("user", [])]):
        results = [block for block in blocks if block["type"] == "tool_result"]
        if role == "user" and any(b["type"] != "tool_result" for b in blocks[:len(results)]):
            raise Refusal(f"messages.{index}: `tool_result` blocks must come first")
        for block in results:
            if block["tool_use_id"] not in open_calls:
                raise Refusal(f"messages.{index}: unexpected `tool_use_id` found in `tool_result` "
                              f"blocks: {block['tool_use_id']}. Each `tool_result` block must have "
                              "a corresponding `tool_use` block in the previous message.")
            open_calls.remove(block["tool_use_id"])
        if open_calls:
            raise Refusal(f"messages.{index - 1}: `tool_use` ids were found without `tool_result` "
                          f"blocks immediately after: {', '.join(open_calls)}.")
        open_calls = [block["id"] for block in blocks if block["type"] == "tool_use"]
        if len(set(open_calls)) != len(open_calls):
            raise Refusal(f"messages.{index}: `tool_use` ids must be unique")
        for block in blocks:
            proof = {"thinking": "signature", "redacted_thinking": "data"}.get(block["type"])
            if proof and block[proof] != signature_of(block.get("thinking", "")):
                raise Refusal(f"messages.{index}: Invalid `signature` in `thinking` block")
    continued = [blocks for role, blocks in turns if role == "assistant"][-1:]
    if body.get("thinking", {}).get("type") == "enabled" and fresh_results(body) and continued \
            and continued[0][0]["type"] not in ("thinking", "redacted_thinking"):
        raise Refusal("Expected `thinking` or `redacted_thinking`, but found "
                      f"`{continued[0][0]['type']}`. When `thinking` is enabled, a final "
                      "`assistant` message must start with a thinking block.")


def signature_of(thoughts):
    return seal("anthropic", thoughts)


def plain(value):
    return value if isinstance(value, str) else "".join(p.get("text", "") for p in value or ())


def fresh_results(body):
    role, blocks = merged(body["messages"])[-1]
    return [plain(block.get("content")) for block in blocks if block["type"] == "tool_result"]


def content_of(scene, body):
    blocks = []
    thinking = body.get("thinking", {}).get("type")
    if scene.thoughts and (thinking in ("enabled", "adaptive") or
                           thinking is None and always_thinks(model_of(body["model"]))):
        thoughts = "".join(scene.thoughts)
        blocks.append({"type": "thinking", "thinking": thoughts,
                       "signature": signature_of(thoughts)})
    if scene.text or scene.refusal:
        blocks.append({"type": "text", "text": scene.refusal or "".join(scene.text)})
    names = [tool["name"] for tool in body.get("tools", ())]
    for i, (name, arguments) in enumerate(calls_of(scene, names)):
        blocks.append({"type": "tool_use", "id": f"toolu_{i}fake", "name": name,
                       "input": Raw(arguments)})
    return blocks


class Raw(dict):
    """JSON text that is passed on as it stands."""

    def __init__(self, raw):
        super().__init__(json.loads(raw))
        self.raw = raw


def dumped(value):
    """json.dumps(), with every Raw as it stands."""
    raws = []

    def mark(inner):
        if isinstance(inner, Raw):
            raws.append(inner.raw)
            return f"\0{len(raws) - 1}\0"
        if isinstance(inner, dict):
            return {key: mark(v) for key, v in inner.items()}
        return [mark(v) for v in inner] if isinstance(inner, list) else inner
    marked = json.dumps(mark(value), ensure_ascii=False)
    return re.sub(r'"\\u0000(\d+)\\u0000"', lambda m: raws[int(m[1])], marked).encode()


def stop_of(scene):
    if scene.calls:
        return "tool_use"
    return {"stop": "end_turn", "length": "max_tokens", "filter": "refusal"}[scene.finish]


def message(body, blocks, stop):
    return {"id": "msg_fake", "type": "message", "role": "assistant", "model": body["model"],
            "content": blocks, "stop_reason": stop, "stop_sequence": None,
            "usage": {"input_tokens": 12, "cache_creation_input_tokens": 0,
                      "cache_read_input_tokens": 8, "output_tokens": 10 if stop else 1,
                      "service_tier": "standard"}}


def deltas(block):
    if block["type"] == "text":
        return [{"type": "text_delta", "text": block["text"][i:i + 5]}
                for i in range(0, len(block["text"]), 5)]
    if block["type"] == "thinking":
        return [{"type": "thinking_delta", "thinking": block["thinking"]},
                {"type": "signature_delta", "signature": block["signature"]}]
    raw = "" if block["input"].raw == "{}" else block["input"].raw
    return [{"type": "input_json_delta", "partial_json": raw[i:i + 7]}
            for i in range(0, len(raw), 7)] or [{"type": "input_json_delta", "partial_json": ""}]


def events(scene, body):
    yield {"type": "message_start", "message": message(body, [], None)}
    yield {"type": "ping"}
    empty = {"text": "", "thinking": "", "signature": "", "input": {}}
    for index, block in enumerate(content_of(scene, body)):
        yield {"type": "content_block_start", "index": index,
               "content_block": {key: empty.get(key, value) for key, value in block.items()}}
        for delta in deltas(block):
            yield {"type": "content_block_delta", "index": index, "delta": delta}
            if scene.breaks == "cut":
                raise ConnectionResetError
            if scene.breaks:
                yield scripted(503).body
                return
        yield {"type": "content_block_stop", "index": index}
    yield {"type": "message_delta", "delta": {"stop_reason": stop_of(scene), "stop_sequence": None},
           "usage": {"output_tokens": 10}}
    yield {"type": "message_stop"}


def serve(call):
    key = call.header("x-api-key") or re.match(r"Bearer \S+", call.header("authorization") or "")
    if not key:
        raise Refusal("x-api-key header is required", 401, "authentication_error")
    version = call.header("anthropic-version")
    if version not in ("2023-06-01", "2026-10-21"):
        raise Refusal("anthropic-version: header is required")
    path = call.path.partition("?")[0]
    counting = path == "/v1/messages/count_tokens"
    if not (counting or path == "/v1/messages") or call.method != "POST":
        raise Refusal("Not Found", 404, "not_found_error")
    try:
        body = call.json()
        if counting and "max_tokens" in body:
            raise Refusal("max_tokens: Extra inputs are not permitted")
        REQUEST({**body, "max_tokens": 128000} if counting else body, "")
    except Wrong as wrong:
        raise refusal_of(wrong) from None
    except ValueError:
        raise Refusal("The request body is not valid JSON") from None
    check_betas(body, call.header("anthropic-beta") or "")
    check_rules({"max_tokens": 128000, **body}, version)
    check_version(body, version)
    check_turns(body)
    check_calls(call.body)
    if counting:
        call.answer(200, {"input_tokens": len(json.dumps(body["messages"])) // 4})
        return
    schema = body.get("output_config", {}).get("format", {}).get("schema")
    scene = scene_of(body["model"], body.get("tools"), fresh_results(body), schema)
    if scene.status:
        raise scripted(scene.status)
    if not body.get("stream"):
        if scene.breaks == "cut":
            raise ConnectionResetError
        if scene.breaks:
            raise scripted(503)
        call.answer(200, dumped(message(body, content_of(scene, body), stop_of(scene))))
        return
    call.begin_stream([("request-id", "req_fake")])
    for event in events(scene, body):
        for half in halves(f"event: {event['type']}\ndata: ".encode() + dumped(event) + b"\n\n"):
            call.piece(half)
    call.end_stream()


def script(call):
    try:
        serve(call)
    except Refusal as refusal:
        headers = [("retry-after", "2")] if refusal.status == 429 else []
        call.answer(refusal.status, refusal.body, headers)


class Anthropic(FakeUpstream):
    def __init__(self, **more):
        super().__init__(script, **more)
