# SPDX-License-Identifier: MIT
"""Google's Gemini: whole calls in one part, signed from generation 3 on, streams in CR LF."""

import json
import re

from fake_upstream import FakeUpstream
from fakes.anthropic import Raw, dumped
from fakes.scenes import SAID, calls_of, exact, halves, model_of, scene_of, seal
from fakes.shape import (Wrong, anything, boolean, each, fields, free_object, integer, matching,
                         number, ranged, text, words)

NAME = matching(re.compile(r"[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}"))
SKIP = "skip_thought_signature_validator"
BLOB = fields({"mimeType": text, "data": text}, {"displayName": text})
FILE = fields({"fileUri": text}, {"mimeType": text, "displayName": text})
DATA = {"text", "inlineData", "fileData", "functionCall", "functionResponse", "executableCode",
        "codeExecutionResult"}
PART_FIELDS = fields({}, {
    "text": text, "inlineData": BLOB, "fileData": FILE, "thought": boolean,
    "thoughtSignature": text, "videoMetadata": free_object, "mediaResolution": anything,
    "executableCode": free_object, "codeExecutionResult": free_object,
    "functionCall": fields({"name": NAME}, {"args": free_object, "id": text}),
    "functionResponse": fields({"name": NAME, "response": free_object}, {
        "id": text, "parts": each(fields({}, {"inlineData": BLOB, "fileData": FILE}))})})


def part(value, path):
    PART_FIELDS(value, path)
    if len(DATA & value.keys()) != 1:
        raise Wrong("value", path, "required oneof field 'data' must have one initialized field")


CONTENT = fields({"parts": each(part, least=1)}, {"role": words("user", "model")})
SCHEMA_KEYS = {"type", "format", "title", "description", "nullable", "enum", "items", "minItems",
               "maxItems", "properties", "required", "minProperties", "maxProperties", "minLength",
               "maxLength", "pattern", "example", "anyOf", "propertyOrdering", "default", "minimum",
               "maximum"}


def old_schema(value, path):
    """`parameters` and `responseSchema`: a small part of OpenAPI's schemas."""
    free_object(value, path)
    for key in value:
        if key not in SCHEMA_KEYS:
            raise Wrong("unknown", f"{path}.{key}", "unknown field")
    if isinstance(value.get("type"), list):
        raise Wrong("type", f"{path}.type", "Proto field is not repeating, cannot start list")
    if str(value.get("type")).upper() == "OBJECT" and not value.get("properties"):
        raise Wrong("value", f"{path}.properties", "should be non-empty for OBJECT type")
    for key, inner in value.get("properties", {}).items():
        old_schema(inner, f"{path}.properties.{key}")
    if "items" in value:
        old_schema(value["items"], f"{path}.items")


def real_schema(value, path):
    """`parametersJsonSchema` and `responseJsonSchema`: JSON Schema without `const`."""
    free_object(value, path)
    if "const" in value:
        raise Wrong("unknown", f"{path}.const", "unknown field")
    for key, inner in value.get("properties", {}).items():
        real_schema(inner, f"{path}.properties.{key}")


def declaration(value, path):
    fields({"name": NAME}, {"description": text, "parameters": old_schema,
                            "parametersJsonSchema": real_schema, "behavior": text,
                            "response": free_object, "responseJsonSchema": free_object})(value, path)
    if "parameters" in value and "parametersJsonSchema" in value:
        raise Wrong("value", path, "parameters and parametersJsonSchema exclude each other")


REQUEST = fields({"contents": each(CONTENT, least=1)}, {
    "systemInstruction": fields({"parts": each(part, least=1)}, {"role": text}),
    "tools": each(fields({}, {"functionDeclarations": each(declaration),
                              "googleSearch": free_object, "codeExecution": free_object,
                              "urlContext": free_object})),
    "toolConfig": fields({}, {"functionCallingConfig": fields({}, {
        "mode": words("AUTO", "ANY", "NONE", "VALIDATED"), "allowedFunctionNames": each(NAME)})}),
    "safetySettings": each(fields({"category": text, "threshold": text})),
    "cachedContent": text, "labels": free_object, "serviceTier": text,
    "generationConfig": fields({}, {
        "temperature": ranged(0, 2), "topP": ranged(0, 1), "topK": number,
        "candidateCount": ranged(1, 8, integer), "maxOutputTokens": ranged(1, 10**6, integer),
        "stopSequences": each(text, most=5), "responseMimeType": text,
        "responseSchema": old_schema, "responseJsonSchema": real_schema,
        "responseModalities": each(text), "seed": integer, "presencePenalty": number,
        "frequencyPenalty": number, "responseLogprobs": boolean, "logprobs": integer,
        "speechConfig": free_object, "imageConfig": free_object, "mediaResolution": text,
        "thinkingConfig": fields({}, {
            "includeThoughts": boolean, "thinkingBudget": integer,
            "thinkingLevel": words("minimal", "low", "medium", "high", "MINIMAL", "LOW", "MEDIUM",
                                   "HIGH")})})})
STATUS = {400: "INVALID_ARGUMENT", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
          429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}


class Refusal(Exception):
    def __init__(self, message, status=400, details=()):
        super().__init__(message)
        self.status = status
        self.body = {"error": {"code": status, "message": message, "status": STATUS[status],
                               **({"details": list(details)} if details else {})}}


def scripted(status):
    retry = [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "2s"}]
    return Refusal({400: "The input token count exceeds the maximum number of tokens allowed.",
                    402: "Your billing account is disabled.", 429: "You exceeded your quota.",
                    500: "An internal error has occurred.",
                    503: "The model is overloaded."}[status], 403 if status == 402 else status,
                   retry if status == 429 else ())


def refusal_of(wrong):
    head, _, name = wrong.path.rpartition(".")
    if wrong.kind == "unknown":
        return Refusal(f'Invalid JSON payload received. Unknown name "{name}" at \'{head}\': '
                       "Cannot find field.")
    return Refusal(f"Invalid value at '{wrong.path}': {wrong.message}")


def generation(model):
    found = re.match(r"gemini-(\d+(?:\.\d+)?)", model)
    if not found:
        raise Refusal(f"models/{model} is not found for API version v1beta", 404)
    return float(found[1])


def check_rules(body, model):
    config = body.get("generationConfig", {})
    thinking = config.get("thinkingConfig", {})
    if "thinkingBudget" in thinking and "thinkingLevel" in thinking:
        raise Refusal("You can only set only one of thinking budget and thinking level.")
    if "thinkingLevel" in thinking and generation(model) < 3:
        raise Refusal("Thinking level is not supported for this model.")
    if thinking.get("thinkingBudget") == 0 and "pro" in model:
        raise Refusal("Budget 0 is invalid. This model only works in thinking mode.")
    if "responseSchema" in config and "responseJsonSchema" in config:
        raise Refusal("responseSchema and responseJsonSchema exclude each other")
    if ("responseSchema" in config or "responseJsonSchema" in config) and \
            config.get("responseMimeType") != "application/json":
        raise Refusal("response_mime_type must be application/json for response_schema")
    calling = body.get("toolConfig", {}).get("functionCallingConfig", {})
    if calling.get("allowedFunctionNames") and calling.get("mode") not in ("ANY", "VALIDATED"):
        raise Refusal("Allowed function names should be set only when mode is ANY.")
    for name in calling.get("allowedFunctionNames", ()):
        if name not in names_of(body):
            raise Refusal(f"allowed_function_names contains unknown function {name}")


def check_turns(body, model):
    contents = body["contents"]
    for index, content in enumerate(contents):
        calls = [p["functionCall"] for p in content["parts"] if "functionCall" in p]
        responses = [p["functionResponse"] for p in content["parts"] if "functionResponse" in p]
        before = contents[index - 1]["parts"] if index else []
        asked = [p["functionCall"] for p in before if "functionCall" in p]
        if len(responses) != len(asked):
            raise Refusal("Please ensure that the number of function response parts is equal to "
                          "the number of function call parts of the function call turn.")
        if sorted(r["name"] for r in responses) != sorted(c["name"] for c in asked):
            raise Refusal("Function responses must name the functions that were called.")
        if calls and index + 1 == len(contents):
            raise Refusal("Please ensure that function call turn is followed by a function "
                          "response turn.")
        if calls and content.get("role") != "model":
            raise Refusal("Function call parts belong to the model's turn.")
    if generation(model) >= 3:
        check_signatures(contents)


def check_calls(raw):
    """Calls that were ours come back as they were, to the last digit."""
    for content in dict(exact(raw))["contents"]:
        for one in dict(content)["parts"]:
            call = dict(dict(one).get("functionCall", ()))
            if "fake" in call.get("id", "") and call.get("args", []) not in SAID:
                raise Refusal(f"The args of {call['id']} are not those that were given.")


def check_signatures(contents):
    """Of the current turn: the first call of each step has the signature it was given."""
    begin = max((i for i, c in enumerate(contents) if c.get("role") != "model" and
                 not any("functionResponse" in p for p in c["parts"])), default=0)
    for index, content in enumerate(contents):
        calls = [p for p in content["parts"] if "functionCall" in p]
        for at, one in enumerate(calls):
            signature = one.get("thoughtSignature")
            if signature not in (None, SKIP, signature_of(one["functionCall"]["name"])):
                raise Refusal("Thought signature is not valid.")
            if at == 0 and index >= begin and signature is None:
                raise Refusal("Function call is missing a thought_signature in functionCall parts.")


def signature_of(name):
    return seal("gemini", name)


def names_of(body):
    return [d["name"] for tool in body.get("tools", ())
            for d in tool.get("functionDeclarations", ())]


def fresh_results(body):
    answers = [p["functionResponse"]["response"] for p in body["contents"][-1]["parts"]
               if "functionResponse" in p]
    return [one["result"] if set(one) == {"result"} and isinstance(one["result"], str)
            else json.dumps(one, ensure_ascii=False) for one in answers]


def parts_of(scene, body, model):
    signed = generation(model) >= 3
    thinking = body.get("generationConfig", {}).get("thinkingConfig", {})
    if thinking.get("includeThoughts"):
        for piece in scene.thoughts:
            yield {"text": piece, "thought": True}
    for piece in scene.text:
        yield {"text": piece}
    for i, (name, arguments) in enumerate(calls_of(scene, names_of(body))):
        call = {"name": name, "args": Raw(arguments)}
        if signed:
            call["id"] = f"fc_{i}fake"
        yield {"functionCall": call,
               **({"thoughtSignature": signature_of(name)} if signed and i == 0 else {})}


def answer(model, parts, finish=None):
    candidate = {"content": {"role": "model", "parts": parts}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "modelVersion": model, "responseId": "resp-fake",
            "usageMetadata": {"promptTokenCount": 20, "cachedContentTokenCount": 8,
                              "candidatesTokenCount": 6, "thoughtsTokenCount": 4,
                              "totalTokenCount": 30}}


def blocked(model):
    return {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "modelVersion": model,
            "usageMetadata": {"promptTokenCount": 20, "totalTokenCount": 20}}


def events(scene, body, model):
    if scene.refusal:
        yield blocked(model)
        return
    for one in parts_of(scene, body, model):
        yield answer(model, [one])
        if scene.breaks == "cut":
            raise ConnectionResetError
        if scene.breaks:
            yield scripted(503).body
            return
    yield answer(model, [{"text": ""}], "MAX_TOKENS" if scene.finish == "length" else "STOP")


def stream(call, scene, body, model):
    if "alt=sse" in call.path:
        call.begin_stream()
        for event in events(scene, body, model):
            for half in halves(b"data: " + dumped(event) + b"\r\n\r\n"):
                call.piece(half)
    else:
        call.head(200, [("Transfer-Encoding", "chunked")])
        before = b"["
        for event in events(scene, body, model):
            call.piece(before + dumped(event))
            before = b",\r\n"
        call.piece(b"]")
    call.end_stream()


def serve(call):
    if not call.header("x-goog-api-key"):
        raise Refusal("Method doesn't allow unregistered callers.", 403)
    if any(name.startswith("anthropic-") for name, _ in call.headers):
        raise Refusal("A header of another vendor.")
    found = re.match(r"/v1beta/models/([^/:]+):(generateContent|streamGenerateContent)(?:\?|$)",
                     call.path)
    if not found or call.method != "POST":
        raise Refusal("Requested entity was not found.", 404)
    name, method = found[1], found[2]
    model = model_of(name)
    generation(model)
    try:
        body = call.json()
        REQUEST(body, "")
    except Wrong as wrong:
        raise refusal_of(wrong) from None
    except ValueError:
        raise Refusal("Invalid JSON payload received.") from None
    check_rules(body, model)
    check_turns(body, model)
    check_calls(call.body)
    config = body.get("generationConfig", {})
    schema = config.get("responseJsonSchema", config.get("responseSchema"))
    if schema is None and config.get("responseMimeType") == "application/json":
        schema = {}
    scene = scene_of(name, names_of(body), fresh_results(body), schema)
    if scene.status:
        raise scripted(scene.status)
    if method == "streamGenerateContent":
        return stream(call, scene, body, model)
    if scene.breaks == "cut":
        raise ConnectionResetError
    if scene.breaks:
        raise scripted(503)
    finish = "MAX_TOKENS" if scene.finish == "length" else "STOP"
    call.answer(200, blocked(model) if scene.refusal else
                dumped(answer(model, list(parts_of(scene, body, model)), finish)))


def script(call):
    try:
        serve(call)
    except Refusal as refusal:
        call.answer(refusal.status, refusal.body)


class Gemini(FakeUpstream):
    def __init__(self, **more):
        super().__init__(script, **more)
