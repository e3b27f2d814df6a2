# SPDX-License-Identifier: MIT
"""Providers as strict as the real ones: what they do not know they refuse, in their own words.

Each is a FakeUpstream. The model's name scripts the answer: behind `--` stands the scene
(scenes.py), before it the model whose rules count, as in `claude-opus-5-5--think-tool`.
"""
