# SPDX-License-Identifier: MIT
"""What the strict providers say, in no protocol's words."""

import hashlib
import json
from dataclasses import dataclass, replace

# Numbers and escapes that careless translators change.
ARGUMENTS = ('{"z":9007199254740993,"city":"Z\\u00fcrich \\ud83d\\ude42","price":1.10,'
             '"a":{"q":"\\"\\\\"}}')
SECOND = '{"city":"Rome","z":2,"price":0.50}'
TEXT = ("Zür", "ich ", "\U0001f642 is", " fine.")
THOUGHTS = ("Let me ", "think.")


@dataclass(frozen=True)
class Scene:
    thoughts: tuple = ()
    text: tuple = ()
    calls: int = 0           # of the tools that were offered, in turn
    arguments: tuple = (ARGUMENTS, SECOND)  # in turn
    named: tuple = ()        # (name, arguments) of those calls, where it matters which are made
    then: "Scene" = None     # behind the results, before they are repeated
    refusal: str = ""
    finish: str = "stop"     # stop, length, filter
    status: int = 0          # fails before the first byte
    breaks: str = ""         # after the first text: "error" says so, "cut" does not


SCENES = {
    "text": Scene(text=TEXT),
    "think": Scene(thoughts=THOUGHTS, text=TEXT),
    "tool": Scene(calls=1),
    "no-arguments": Scene(calls=1, arguments=("{}",)),
    "say-tool": Scene(text=TEXT, calls=1),
    "tools": Scene(calls=2),
    "think-tool": Scene(thoughts=THOUGHTS, calls=1),
    "think-tools": Scene(thoughts=THOUGHTS, text=TEXT, calls=2),
    "refuse": Scene(refusal="I cannot help with that.", finish="filter"),
    "length": Scene(text=TEXT, finish="length"),
    "bad-request": Scene(status=400),
    "no-credit": Scene(status=402),
    "rate": Scene(status=429),
    "crash": Scene(status=500),
    "overloaded": Scene(status=503),
    "error": Scene(text=TEXT, breaks="error"),
    "cut": Scene(text=TEXT, breaks="cut"),
}


def scene_of(model, tools, results, schema):
    """The scene for a model's name, given what the request has: names of `tools`, `results` of
    tools that nothing was said about yet (their texts), and the `schema` the answer must have."""
    scene = SCENES[model.partition("--")[2] or "text"]
    if results:
        return scene.then or Scene(text=("The tools said: ", ", ".join(results)))
    if scene.status or scene.breaks or scene.refusal:
        return scene
    if schema is not None and not scene.calls:
        return replace(scene, text=(json.dumps(instance_of(schema), ensure_ascii=False),))
    return scene if tools or not scene.calls else replace(scene, calls=0, text=TEXT)


def model_of(name):
    """The model whose rules count."""
    return name.partition("--")[0]


def calls_of(scene, tools):
    """(name, arguments) of each call."""
    if scene.named and scene.calls:
        return list(scene.named)
    return [(tools[i % len(tools)], scene.arguments[i % len(scene.arguments)])
            for i in range(scene.calls)]


def exact(text):
    """JSON with the text of its numbers and the order of its keys, to compare."""
    return json.loads(text, parse_int=str, parse_float=str, object_pairs_hook=lambda pairs: pairs)


SAID = [exact(ARGUMENTS), exact(SECOND), []]  # of an empty object there are no pairs


def changed(identity, arguments):
    """True for the arguments of a call that was ours (its id is) and says something else now."""
    return "fake" in identity and exact(arguments) not in SAID


def halves(data):
    """An event as two reads: torn somewhere, often inside a character."""
    return data[:len(data) // 2], data[len(data) // 2:]


def instance_of(schema):
    """A value that has the schema, its keys in the schema's order."""
    if "enum" in schema:
        return schema["enum"][0]
    if "const" in schema:
        return schema["const"]
    kind = schema.get("type", "object")
    kind = next(k for k in kind if k != "null") if isinstance(kind, list) else kind
    simple = {"string": "Zürich", "integer": 9007199254740993, "number": 1.5, "boolean": True,
              "null": None}
    if kind.lower() in simple:
        return simple[kind.lower()]
    if kind.lower() == "array":
        return [instance_of(schema.get("items", {"type": "string"}))]
    return {key: instance_of(inner) for key, inner in schema.get("properties", {}).items()}


def seal(*what):
    """A proof that only this provider can have written."""
    return "proof-" + hashlib.sha256("|".join(what).encode()).hexdigest()[:32]
