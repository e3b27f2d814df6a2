# SPDX-License-Identifier: MIT
"""OpenAI's Responses API: items whose ids, calls and proofs of thought are checked."""

import json
import re

from fakes.openai import EFFORTS, NAME, Refusal, read, reasons, scripted
from fakes.scenes import calls_of, changed, halves, model_of, scene_of, seal
from fakes.shape import (anything, boolean, each, either, fields, free_object, integer, matching,
                         nullable, ranged, tagged, text, words)

STATUS = words("in_progress", "completed", "incomplete")
USAGE = {"input_tokens": 20, "input_tokens_details": {"cached_tokens": 8, "cache_write_tokens": 0},
         "output_tokens": 10, "output_tokens_details": {"reasoning_tokens": 4}, "total_tokens": 30}


def identity(prefix):
    return matching(re.compile(prefix + r"_[A-Za-z0-9_-]+"))


INPUT_PARTS = {
    "input_text": fields({"text": text}),
    "input_image": fields({}, {"image_url": text, "file_id": text,
                               "detail": words("auto", "low", "high", "original")}),
    "input_file": fields({}, {"file_id": text, "file_data": text, "file_url": text,
                              "filename": text}),
    "input_audio": fields({"input_audio": fields({"data": text, "format": text})})}
OUTPUT_PARTS = {"output_text": fields({"text": text}, {"annotations": each(anything),
                                                       "logprobs": each(anything)}),
                "refusal": fields({"refusal": text})}
OUTPUT = either(text, each(tagged("type", INPUT_PARTS)))


def message(value, path):
    parts = OUTPUT_PARTS if value.get("role") == "assistant" else INPUT_PARTS
    fields({"role": words("user", "system", "developer", "assistant"),
            "content": either(text, each(tagged("type", parts)))},
           {"id": identity("msg"), "status": STATUS, "phase": text})(value, path)


TYPED = tagged("type", {
    "message": message,
    "function_call": fields({"call_id": text, "name": NAME, "arguments": text}, {
        "id": identity("fc"), "status": STATUS, "namespace": text}),
    "function_call_output": fields({"call_id": text, "output": OUTPUT}, {
        "id": text, "status": STATUS}),
    "custom_tool_call": fields({"call_id": text, "name": NAME, "input": text}, {
        "id": identity("ctc"), "status": STATUS, "namespace": text}),
    "custom_tool_call_output": fields({"call_id": text, "output": OUTPUT}, {
        "id": text, "status": STATUS}),
    "reasoning": fields({"summary": each(tagged("type", {
        "summary_text": fields({"text": text})}))}, {
            "id": identity("rs"), "status": nullable(STATUS),
            "encrypted_content": nullable(text),
            "content": nullable(each(tagged("type", {
                "reasoning_text": fields({"text": text})})))}),
    "additional_tools": fields({"tools": each(lambda value, path: TOOL(value, path))},
                               {"id": text, "role": words("developer")}),
    "item_reference": fields({"id": text})})


def item(value, path):
    """Messages may leave their type out."""
    if isinstance(value, dict) and "type" not in value:
        return message(value, path)
    return TYPED(value, path)


FUNCTION = fields({"name": NAME, "parameters": nullable(free_object)}, {
    "description": nullable(text), "strict": nullable(boolean), "defer_loading": boolean})
CUSTOM = fields({"name": NAME}, {"description": text, "format": free_object,
                                 "defer_loading": boolean})
TOOL = tagged("type", {
    "function": FUNCTION, "custom": CUSTOM,
    "namespace": fields({"name": NAME, "description": text, "tools": each(tagged("type", {
        "function": FUNCTION, "custom": CUSTOM}))}),
    "web_search": free_object, "web_search_preview": free_object, "tool_search": free_object})
NAMED = {"function": fields({"name": NAME}), "custom": fields({"name": NAME})}
CHOICE = either(words("none", "auto", "required"), tagged("type", {
    **NAMED, "allowed_tools": fields({"mode": words("auto", "required"),
                                      "tools": each(tagged("type", NAMED))}),
    "web_search": free_object}))
FORMAT = tagged("type", {"text": fields({}), "json_object": fields({}), "json_schema": fields(
    {"name": NAME, "schema": free_object}, {"strict": nullable(boolean), "description": text})})
REQUEST = fields({"model": text, "input": either(text, each(item))}, {
    "instructions": nullable(text), "stream": nullable(boolean),
    "stream_options": fields({}, {"include_obfuscation": boolean}),
    "max_output_tokens": nullable(ranged(16, 10**6, integer)), "max_tool_calls": integer,
    "temperature": nullable(ranged(0, 2)), "top_p": nullable(ranged(0, 1)),
    "top_logprobs": ranged(0, 20, integer), "tools": each(TOOL), "tool_choice": CHOICE,
    "parallel_tool_calls": boolean,
    "text": fields({}, {"format": FORMAT, "verbosity": words("low", "medium", "high")}),
    "reasoning": nullable(fields({}, {
        "effort": EFFORTS, "summary": nullable(words("auto", "concise", "detailed")),
        "mode": text, "context": text, "generate_summary": text})),
    "include": nullable(each(words(
        "reasoning.encrypted_content", "message.output_text.logprobs",
        "message.input_image.image_url", "web_search_call.action.sources",
        "web_search_call.results", "file_search_call.results", "code_interpreter_call.outputs",
        "computer_call_output.output.image_url"))),
    "previous_response_id": nullable(text), "store": nullable(boolean), "background": boolean,
    "truncation": words("auto", "disabled"), "metadata": free_object, "prompt": free_object,
    "prompt_cache_key": text, "prompt_cache_options": free_object, "safety_identifier": text,
    "user": text, "service_tier": text, "client_metadata": free_object,
    "context_management": each(anything), "conversation": anything, "moderation": anything})


def check_rules(body):
    if reasons(model_of(body["model"])):
        effort = (body.get("reasoning") or {}).get("effort")
        samples = re.match(r"gpt-5\.[1-6]", body["model"]) and effort == "none"
        for key in ("temperature", "top_p", "top_logprobs"):
            if body.get(key) is not None and not samples:
                raise Refusal(400, f"Unsupported parameter: '{key}' is not supported with this "
                              "model.", key, "unsupported_parameter")
    elif (body.get("reasoning") or {}).get("effort"):
        raise Refusal(400, "Unsupported parameter: 'reasoning.effort' is not supported with this "
                      "model.", "reasoning.effort", "unsupported_parameter")
    if body.get("previous_response_id"):
        raise Refusal(400, "Previous response with id "
                      f"'{body['previous_response_id']}' not found.", "previous_response_id",
                      "previous_response_not_found")


def check_items(items):
    """Calls and their outputs match; a proof of thought is ours and stands before its call."""
    calls, outputs, thoughts = {}, set(), set()
    for one in items:
        kind = one.get("type", "message")
        if kind == "reasoning":
            proof = one.get("encrypted_content")
            # Clients that keep nothing here leave the ids out.
            if proof and proof != proof_of(one.get("id", "rs_fake")):
                raise Refusal(400, "The encrypted content could not be verified.", "input",
                              "invalid_encrypted_content")
            thoughts.add(one.get("id"))
        elif kind in ("function_call", "custom_tool_call"):
            calls[one["call_id"]] = kind
            if kind == "function_call" and changed(one["call_id"], one["arguments"]):
                raise Refusal(400, f"The arguments of {one['call_id']} are not those that were "
                              "given.", "input")
            if one.get("id", "").endswith("_thought") and "rs_fake" not in thoughts:
                raise Refusal(400, f"Item '{one['id']}' of type '{kind}' was provided without its "
                              "required 'reasoning' item: 'rs_fake'.", "input")
        elif kind.endswith("_output"):
            if calls.get(one["call_id"]) != kind.removesuffix("_output"):
                raise Refusal(400, "No tool call found for function call output with call_id "
                              f"{one['call_id']}.", "input")
            outputs.add(one["call_id"])
    for call_id in calls:
        if call_id not in outputs:
            raise Refusal(400, f"No tool output found for function call {call_id}.", "input")


def proof_of(identity_of_item):
    return seal("openai", identity_of_item)


def tools_of(body):
    """name → type of each tool; of a namespace under its own tools' names."""
    items = body["input"] if isinstance(body["input"], list) else ()
    more = [tool for one in items for tool in one.get("tools", ())]
    found = {}
    for tool in [*body.get("tools", ()), *more]:
        for inner in tool.get("tools", [tool]):
            if inner["type"] in ("function", "custom"):
                found[inner["name"]] = inner["type"]
    return found


def plain(output):
    return output if isinstance(output, str) else "".join(p.get("text", "") for p in output)


def fresh_results(items):
    results = []
    for one in items:
        kind = one.get("type", "message")
        if kind.endswith("_output"):
            results.append(plain(one["output"]))
        elif kind.endswith("_call") or one.get("role") == "assistant":
            results = []
    return results


def items_of(scene, body):
    """The output of an answer."""
    items, tools = [], tools_of(body)
    sealed = "reasoning.encrypted_content" in (body.get("include") or ())
    if scene.thoughts:
        items.append({"id": "rs_fake", "type": "reasoning",
                      "summary": [{"type": "summary_text", "text": "".join(scene.thoughts)}],
                      **({"encrypted_content": proof_of("rs_fake")} if sealed else {})})
    part = None
    if scene.refusal:
        part = {"type": "refusal", "refusal": scene.refusal}
    elif scene.text:
        part = {"type": "output_text", "text": "".join(scene.text), "annotations": [],
                "logprobs": []}
    if part:
        items.append({"id": "msg_fake", "type": "message", "role": "assistant",
                      "status": "completed", "content": [part]})
    for i, (name, arguments) in enumerate(calls_of(scene, list(tools))):
        suffix = f"{i}_thought" if scene.thoughts else str(i)
        if tools[name] == "function":
            items.append({"id": f"fc_{suffix}", "type": "function_call", "status": "completed",
                          "call_id": f"call_{i}_fake", "name": name, "arguments": arguments})
        else:
            items.append({"id": f"ctc_{suffix}", "type": "custom_tool_call",
                          "status": "completed", "call_id": f"call_{i}_fake", "name": name,
                          "input": arguments})
    return items


def response(body, items, status, scene=None):
    cut = scene is not None and scene.finish != "stop" and not scene.refusal
    return {"id": "resp_fake", "object": "response", "created_at": 1767225600,
            "status": "incomplete" if cut else status, "error": None,
            "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
            "instructions": body.get("instructions"), "metadata": {}, "model": body["model"],
            "output": items, "parallel_tool_calls": True, "temperature": 1.0,
            "tool_choice": "auto", "tools": body.get("tools", []), "top_p": 1.0,
            "usage": USAGE if scene else None}


def deltas(index, one):
    """The events between the first and the last of an item."""
    at = {"item_id": one["id"], "output_index": index}
    if one["type"] == "reasoning":
        part, at = one["summary"][0], {**at, "summary_index": 0}
        yield "reasoning_summary_part.added", {**at, "part": {**part, "text": ""}}
        yield "reasoning_summary_text.delta", {**at, "delta": part["text"]}
        yield "reasoning_summary_text.done", {**at, "text": part["text"]}
        yield "reasoning_summary_part.done", {**at, "part": part}
    elif one["type"] == "message":
        part, at = one["content"][0], {**at, "content_index": 0}
        key = "text" if part["type"] == "output_text" else "refusal"
        name = "output_text" if key == "text" else "refusal"
        more = {"logprobs": []} if key == "text" else {}
        yield "content_part.added", {**at, "part": {**part, key: ""}}
        for i in range(0, len(part[key]), 5):
            yield f"{name}.delta", {**at, "delta": part[key][i:i + 5], **more}
        yield f"{name}.done", {**at, key: part[key], **more}
        yield "content_part.done", {**at, "part": part}
    else:
        key = "arguments" if one["type"] == "function_call" else "input"
        name = "function_call_arguments" if key == "arguments" else "custom_tool_call_input"
        for i in range(0, len(one[key]), 7):
            yield f"{name}.delta", {**at, "delta": one[key][i:i + 7]}
        yield f"{name}.done", {**at, key: one[key]}


def opened(one):
    """An item as it is when it begins."""
    empty = {"content": [], "summary": [], "arguments": "", "input": ""}
    return {key: empty.get(key, "in_progress" if key == "status" else value)
            for key, value in one.items()}


def events(scene, body):
    items = items_of(scene, body)
    yield "created", {"response": response(body, [], "in_progress")}
    yield "in_progress", {"response": response(body, [], "in_progress")}
    for index, one in enumerate(items):
        yield "output_item.added", {"output_index": index, "item": opened(one)}
        for name, event in deltas(index, one):
            yield name, event
            if scene.breaks and name.endswith(".delta"):
                if scene.breaks == "cut":
                    raise ConnectionResetError
                yield "failed", {"response": {**response(body, [], "failed"), "error": {
                    "code": "server_error", "message": "The server had an error."}}}
                return
        yield "output_item.done", {"output_index": index, "item": one}
    whole = response(body, items, "completed", scene)
    yield whole["status"], {"response": whole}


def respond(call):
    body = read(call, REQUEST)
    check_rules(body)
    items = [] if isinstance(body["input"], str) else body["input"]
    check_items(items)
    form = body.get("text", {}).get("format", {})
    schema = form.get("schema", {}) if form.get("type", "text") != "text" else None
    scene = scene_of(body["model"], list(tools_of(body)), fresh_results(items), schema)
    if scene.status:
        raise scripted(scene.status)
    if not body.get("stream"):
        if scene.breaks == "cut":
            raise ConnectionResetError
        if scene.breaks:
            raise scripted(500)
        call.answer(200, response(body, items_of(scene, body), "completed", scene))
        return
    call.begin_stream()
    for number, (name, event) in enumerate(events(scene, body)):
        data = {"type": f"response.{name}", "sequence_number": number, **event}
        text = f"event: response.{name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"
        for half in halves(text.encode()):
            call.piece(half)
    call.end_stream()
