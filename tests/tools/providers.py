# SPDX-License-Identifier: MIT
"""The five providers: the strict fakes of tests/system, whose model uses the tool's own tools.

What is offered is read from each request: the first tool that reads files (or runs a command) is
called with the arguments its schema asks for; when all results are back, the model repeats the last.
"""

import json
import re
from dataclasses import dataclass, replace

from fake_upstream import FakeUpstream
from fakes import anthropic, responses
from fakes.every import every
from fakes.scenes import SCENES, THOUGHTS, Scene, halves

READERS = ("read_file", "Read", "read", "exec_command", "functions__exec", "exec", "shell", "Bash",
           "bash", "run_shell_command")
PATHS = ("file_path", "filePath", "filepath", "absolute_path", "path")
COMMANDS = ("cmd", "command")
IDS = re.compile(rb"\b(call_|toolu_|fc_|ctc_)(\d)(?:_?fake)?")  # of calls, as the fakes write them


@dataclass(frozen=True)
class Provider:
    id: str
    kind: str             # as the configuration calls it
    model: str
    path: str             # behind the port, in base_url
    proof: str = ""       # of its thoughts: must come back with the call that followed them
    dialect: str = ""

    def entry(self, port):
        """Of the configuration."""
        return {"id": self.id, "kind": self.kind, "base_url": f"http://127.0.0.1:{port}{self.path}",
                "keys": [{"value": f"sk-{self.id}-canary-0123456789"}],
                "models": [{"id": self.model}],
                **({"dialect": self.dialect} if self.dialect else {})}

    @property
    def name(self):
        """Of the model, for tools."""
        return f"{self.id}/{self.model}"


PROVIDERS = {one.id: one for one in (
    Provider("chat", "openai", "llama-4-maverick--agent", "/v1", dialect="llama"),
    Provider("responses", "openai", "gpt-5.6--agent", "/v1",
             responses.proof_of("rs_fake"), "openai"),
    Provider("anthropic", "anthropic", "claude-opus-5-5--agent", "",
             anthropic.signature_of("".join(THOUGHTS))),
    Provider("gemini", "gemini", "gemini-3-pro--agent", "", "proof-"),
    Provider("deepseek", "openai", "deepseek-v4-pro--agent", "/deepseek/v1",
             json.dumps("".join(THOUGHTS)), "deepseek"),
)}


def offered(body):
    """name → schema of the tools of a request in any protocol, in their order; None for those that
    take a text."""
    items = body["input"] if isinstance(body.get("input"), list) else ()
    lists = [body.get("tools") or (), *(item["tools"] for item in items if "tools" in item)]
    found = {}
    for tool in (tool for tools in lists for tool in tools):
        for one in tool.get("functionDeclarations") or tool.get("tools") or (tool,):
            one = one.get("function", one)
            schema = next((one[key] for key in ("parameters", "input_schema",
                                                "parametersJsonSchema") if one.get(key)), {})
            if "name" in one:
                found[one["name"]] = None if one.get("type") == "custom" else schema
    return found


def script(path):
    """What Codex takes where its only tool runs JavaScript."""
    return f"text(await tools.exec_command({{cmd: 'cat {path}'}}))"


def arguments_for(schema, path):
    """That make the tool say what stands in the file, as text; empty if it is not such a tool."""
    if schema is None:
        return script(path)
    values, known = {}, schema.get("properties", {})
    for key in known:
        if key in PATHS:
            values[key] = str(path)
        elif key in COMMANDS:
            values[key] = f"cat {path}"
        elif key == "input":
            values[key] = script(path)
        elif key in schema.get("required", ()) and known[key].get("type") == "string":
            values[key] = "To read the file"
    return json.dumps(values) if values and set(schema.get("required", ())) <= set(values) else ""


class Renamed:
    """Takes the pieces of a stream, and passes events on with other ids of calls, torn in two."""

    def __init__(self, piece, names):
        self.piece, self.names, self.held = piece, names, b""

    def __call__(self, data):
        self.held += data
        if self.held.endswith((b"\n\n", b"\n\r\n")):
            for half in halves(IDS.sub(self.names, self.held)):
                self.piece(half)
            self.held = b""


class Upstream(FakeUpstream):
    """One of PROVIDERS. `steps` are lists of files (path and content): the model reads those of a
    step at once, and goes on when their content has come back."""

    def __init__(self, provider, steps):
        super().__init__(self._play)
        self.provider, self.steps = provider, steps
        self.refusals = []  # (status, body) of answers that were errors

    def done(self, call):
        """How many steps have come back in this request."""
        done = 0
        while done < len(self.steps) and all(content.encode() in call.body
                                             for _, content in self.steps[done]):
            done += 1
        return done

    def _scene(self, call):
        tools = offered(call.json()) if call.body else {}
        paths = [path for path, _ in self.steps[min(self.done(call), len(self.steps) - 1)]]
        for name in READERS:
            named = tuple((name, arguments_for(tools[name], path)) for path in paths
                          if name in tools and arguments_for(tools[name], path))
            if named:
                scene = Scene(thoughts=THOUGHTS, calls=len(named), named=named)
                return replace(scene, then=scene) if self.done(call) < len(self.steps) else scene
        return Scene(text=("Reading ", "files."))  # a title, or whatever a tool asks besides

    def _play(self, call):
        # Each request is in a scene of its own, and each call has an id of its own.
        scene, answer = f"agent{call.number}", call.answer
        SCENES[scene] = self._scene(call)
        call.body = call.body.replace(b"--agent", f"--{scene}".encode())
        call.path = call.path.replace("--agent", f"--{scene}")
        call.piece = Renamed(call.piece, rb"\g<1>%dx\2" % call.number)

        def kept(status, body, headers=()):
            if status >= 400:
                self.refusals.append((status, body))
            answer(status, body, headers)
        call.answer = kept
        every(call)
