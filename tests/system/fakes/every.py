# SPDX-License-Identifier: MIT
"""All strict providers behind one port, told apart by the path."""

from fakes import anthropic, gemini, openai


def every(call):
    """A script for FakeUpstream."""
    if call.path.startswith("/v1beta/"):
        gemini.script(call)
    elif call.path.startswith("/v1/messages"):
        anthropic.script(call)
    else:
        openai.script(call)
