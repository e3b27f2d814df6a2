# SPDX-License-Identifier: MIT
"""Providers of the endpoints beside generation, strict about what they take: a script for FakeUpstream.

Counts are the number of words in all texts of the request, so that a test can tell them from an
estimate. Models named "uncounted" have no endpoint for counts, as many servers.
"""

import base64
import json
import struct

VECTOR = [0.5, -0.25, 1.0]


class Refused(Exception):
    """A 400 with these words."""


def need(condition, words):
    if not condition:
        raise Refused(words)


def only(value, allowed):
    extra = set(value) - set(allowed.split())
    need(not extra, f"Extra inputs are not permitted: {', '.join(sorted(extra))}")


def words(value):
    """The words of all strings under `text` or `content` keys."""
    if isinstance(value, dict):
        return sum(len(inner.split()) if key in ("text", "content", "input", "instructions", "system") and isinstance(inner, str)
                   else words(inner) for key, inner in value.items())
    return sum(map(words, value)) if isinstance(value, list) else 0


def count(call, body, field, **more):
    if "uncounted" in call.path or "uncounted" in str(body.get("model")):
        call.answer(404, {"error": {"message": "no such path", "type": "invalid_request_error"}})
    else:
        call.answer(200, {field: words(body), **more})


def messages_count(call, body):
    only(body, "model messages system tools tool_choice thinking output_config")
    need(call.header("anthropic-version"), "anthropic-version: header is required")
    need("/" not in body["model"], "model: " + body["model"])
    count(call, body, "input_tokens")


def responses_count(call, body):
    only(body, "model input instructions tools tool_choice parallel_tool_calls reasoning text")
    need("/" not in body["model"], "model: " + body["model"])
    count(call, body, "input_tokens", object="response.input_tokens")


def gemini_count(call, body, model):
    only(body, "contents generateContentRequest")
    if inner := body.get("generateContentRequest"):
        need("contents" not in body, "contents and generateContentRequest are exclusive")
        need(inner["model"] == "models/" + model, "model: " + inner["model"])
        only(inner, "model contents systemInstruction tools toolConfig generationConfig")
    count(call, body, "totalTokens", promptTokensDetails=[])


def embeddings(call, body):
    only(body, "model input dimensions encoding_format user")
    need("/" not in body["model"], "model: " + body["model"])
    inputs = body["input"] if isinstance(body["input"], list) else [body["input"]]
    tokens = bool(inputs) and isinstance(inputs[0], int)
    vector = VECTOR[:body.get("dimensions", 3)]
    if body.get("encoding_format") == "base64":
        vector = base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()
    call.answer(200, {"object": "list", "model": body["model"],
                      "data": [{"object": "embedding", "index": i, "embedding": vector}
                               for i in range(1 if tokens else len(inputs))],
                      "usage": {"prompt_tokens": 5, "total_tokens": 5}})


def gemini_embeddings(call, body, model, batch):
    asked = body["requests"] if batch else [body]
    for request in asked:
        only(request, "model content taskType title outputDimensionality")
        need(not batch or request["model"] == "models/" + model, "model: " + str(request.get("model")))
        need(request["content"]["parts"][0]["text"], "empty Part")
    vectors = [{"values": VECTOR[:request.get("outputDimensionality", 3)]} for request in asked]
    call.answer(200, {"embeddings": vectors} if batch else {"embedding": vectors[0]})


def completion(call, body):
    only(body, "model prompt suffix max_tokens stream stream_options temperature n stop")
    need("/" not in body["model"], "model: " + body["model"])
    usage = {"prompt_tokens": 4, "completion_tokens": 2, "total_tokens": 6}
    head = {"id": "cmpl-1", "object": "text_completion", "created": 1767225600, "model": body["model"]}

    def choice(text, finish):
        return {"index": 0, "text": text, "logprobs": None, "finish_reason": finish}
    if not body.get("stream"):
        call.answer(200, {**head, "choices": [choice("one two", "stop")], "usage": usage})
        return
    call.begin_stream()
    for text, finish in (("one", None), (" two", None), ("", "stop")):
        call.piece(b"data: " + json.dumps({**head, "choices": [choice(text, finish)]}).encode() + b"\n\n")
    if body.get("stream_options", {}).get("include_usage"):
        call.piece(b"data: " + json.dumps({**head, "choices": [], "usage": usage}).encode() + b"\n\n")
    call.piece(b"data: [DONE]\n\n")
    call.end_stream()


def gemini(call, body):
    model, _, method = call.path.removeprefix("/v1beta/models/").partition(":")
    if method == "countTokens":
        gemini_count(call, body, model)
    else:
        gemini_embeddings(call, body, model, {"batchEmbedContents": True, "embedContent": False}[method])


PATHS = {"/v1/messages/count_tokens": messages_count, "/v1/responses/input_tokens": responses_count,
         "/v1/embeddings": embeddings, "/v1/completions": completion}


def beside(call):
    try:
        if call.path.startswith("/v1beta/models/"):
            gemini(call, call.json())
        else:
            PATHS[call.path](call, call.json())
    except (Refused, KeyError, TypeError) as problem:
        call.answer(400, {"error": {"message": str(problem), "type": "invalid_request_error",
                                    "param": None, "code": None, "status": "INVALID_ARGUMENT"}})
