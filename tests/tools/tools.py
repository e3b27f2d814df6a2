# SPDX-License-Identifier: MIT
"""The coding tools: how each is pointed at GateRouter, and started without a terminal.

docs/tools.md tells users the same settings; keep the two together.
"""

import json
from dataclasses import dataclass
from functools import partial
from pathlib import Path

MODULES = Path(__file__).resolve().parent / "node_modules"
PROMPT = ("Read the file one.txt in this folder, then two.txt and three.txt, and tell me the words "
          "that stand in them.")


@dataclass(frozen=True)
class Setup:
    """What a run gives to a tool."""

    home: Path
    work: Path
    root: str    # http://127.0.0.1:PORT
    key: str
    model: str   # provider/model
    thinks: bool


# A name that Codex knows: it then sends its tools as one that runs JavaScript, in a namespace.
BUNDLED = "gpt-6.1-sol"


def codex(setup, model=None):
    folder = setup.home / ".codex"
    folder.mkdir()
    (folder / "config.toml").write_text(f"""\
model = "{model or setup.model}"
model_provider = "gaterouter"
{'model_reasoning_effort = "high"' if setup.thinks else ""}
check_for_update_on_startup = false

[model_providers.gaterouter]
name = "GateRouter"
base_url = "{setup.root}/v1"
wire_api = "responses"
env_key = "GATEROUTER_KEY"

[analytics]
enabled = false
""")
    return [".bin/codex", "exec", "--skip-git-repo-check", "--dangerously-bypass-approvals-and-sandbox",
            PROMPT], {"GATEROUTER_KEY": setup.key}


def claude(setup):
    return ["@anthropic-ai/claude-code-linux-x64/claude", "-p", PROMPT, "--allowedTools", "Read"], {
        "ANTHROPIC_BASE_URL": setup.root, "ANTHROPIC_AUTH_TOKEN": setup.key,
        "ANTHROPIC_MODEL": setup.model,
        **{f"ANTHROPIC_DEFAULT_{size}_MODEL": setup.model
           for size in ("OPUS", "SONNET", "HAIKU", "FABLE")},
        "CLAUDE_CODE_ENABLE_GATEWAY_MODEL_DISCOVERY": "1",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1"}


# opencode speaks what the package of a provider speaks.
OPENCODE = {
    "@ai-sdk/openai-compatible": {"interleaved": {"field": "reasoning_content"},
                                  "options": {"reasoningEffort": "high"}},
    "@ai-sdk/openai": {"options": {"reasoningEffort": "high", "reasoningSummary": "auto",
                                   "include": ["reasoning.encrypted_content"]}},
    "@ai-sdk/anthropic": {"options": {"thinking": {"type": "adaptive"}, "effort": "high"}},
}


def opencode(setup, package="@ai-sdk/openai-compatible"):
    thinking = {"reasoning": True, **OPENCODE[package]} if setup.thinks else {}
    (setup.work / "opencode.json").write_text(json.dumps({
        "$schema": "https://opencode.ai/config.json",
        "model": f"gaterouter/{setup.model}", "share": "disabled", "autoupdate": False,
        "provider": {"gaterouter": {
            "npm": package, "name": "GateRouter",
            "options": {"baseURL": f"{setup.root}/v1", "apiKey": setup.key},
            "models": {setup.model: {
                "name": setup.model, "tool_call": True, **thinking,
                "limit": {"context": 200000, "output": 32000}}}}}}, indent=2))
    return ["opencode-linux-x64/bin/opencode", "run", PROMPT], {
        "OPENCODE_DISABLE_AUTOUPDATE": "1", "OPENCODE_DISABLE_MODELS_FETCH": "1",
        "OPENCODE_DISABLE_LSP_DOWNLOAD": "1", "OPENCODE_DISABLE_DEFAULT_PLUGINS": "1"}


def continue_cli(setup):
    config = setup.home / "config.yaml"
    config.write_text(f"""\
name: GateRouter
version: 1.0.0
schema: v1
models:
  - name: GateRouter
    provider: openai
    model: {setup.model}
    apiBase: {setup.root}/v1
    apiKey: {setup.key}
    roles: [chat, edit, apply]
    capabilities: [tool_use, image_input]
""" + ("""\
    requestOptions:
      extraBodyProperties:
        reasoning_effort: high
""" if setup.thinks else ""))
    return [".bin/cn", "--config", str(config), "--allow", "Read", "-p", PROMPT], {
        "CONTINUE_GLOBAL_DIR": str(setup.home / ".continue"), "CONTINUE_TELEMETRY_ENABLED": "0",
        "CONTINUE_CLI_ENABLE_TELEMETRY": "0", "CONTINUE_SKIP_AUTO_UPDATE": "1"}


def gemini(setup):
    folder = setup.home / ".gemini"
    folder.mkdir()
    (folder / "settings.json").write_text(json.dumps({
        "security": {"auth": {"selectedType": "gemini-api-key"}},
        "general": {"enableAutoUpdate": False, "enableAutoUpdateNotification": False},
        "privacy": {"usageStatisticsEnabled": False}, "telemetry": {"enabled": False}}, indent=2))
    return [".bin/gemini", "--model", setup.model, "--prompt", PROMPT], {
        "GOOGLE_GEMINI_BASE_URL": setup.root, "GEMINI_API_KEY": setup.key,
        "GEMINI_CLI_TRUST_WORKSPACE": "true"}


# name of the tool → (package that holds it, how it is set up)
TOOLS = {
    "codex": ("@openai/codex", codex),
    "codex-bundled": ("@openai/codex", partial(codex, model=BUNDLED)),
    "claude": ("@anthropic-ai/claude-code-linux-x64", claude),
    "opencode": ("opencode-linux-x64", opencode),
    "opencode-openai": ("opencode-linux-x64", partial(opencode, package="@ai-sdk/openai")),
    "opencode-anthropic": ("opencode-linux-x64", partial(opencode, package="@ai-sdk/anthropic")),
    "continue": ("@continuedev/cli", continue_cli),
    "gemini": ("@google/gemini-cli", gemini),
}


def version(package):
    return json.loads((MODULES / package / "package.json").read_text())["version"]
