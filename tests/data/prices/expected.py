#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the answers of cases.json cost, reckoned a second time and in another way: with decimal, from
the catalog's file and the vendors' own words, without a line of the program.

expected.py          writes expected.json
expected.py --check  fails when expected.json is not what comes out
"""

import json
import re
import sys
from datetime import datetime
from decimal import Decimal, ROUND_HALF_UP, getcontext
from pathlib import Path

getcontext().prec = 60
HERE = Path(__file__).parent
MILLION = Decimal(1_000_000)
PICO = Decimal("1e-12")
BILLS = {"openrouter", "xai"}  # their usage tells what they charge


def load(path):
    return json.loads(path.read_text(), parse_float=Decimal, parse_int=int)


def chat_classes(usage, outside):
    inside, out = usage.get("prompt_tokens_details") or {}, usage.get("completion_tokens_details") or {}
    read = inside.get("cached_tokens")
    for name in ("prompt_cache_hit_tokens", "num_cached_tokens", "cached_tokens"):
        read = usage.get(name, 0) if not read else read
    classes = {"cache_read": read, "input_audio": inside.get("audio_tokens", 0),
               "output_audio": out.get("audio_tokens", 0)}
    classes["input"] = usage["prompt_tokens"] - read - classes["input_audio"]
    thought = out.get("reasoning_tokens", 0)
    alone = outside and usage["total_tokens"] != usage["prompt_tokens"] + usage["completion_tokens"]
    classes["reasoning"] = thought
    classes["output"] = usage["completion_tokens"] - classes["output_audio"] - (0 if alone else thought)
    return classes


def responses_classes(usage, _):
    inside, thought = usage["input_tokens_details"], usage["output_tokens_details"]["reasoning_tokens"]
    read, written = inside["cached_tokens"], inside.get("cache_write_tokens", 0)
    return {"input": usage["input_tokens"] - read - written, "cache_read": read,
            "cache_write": written, "output": usage["output_tokens"] - thought, "reasoning": thought}


def messages_classes(usage, _):
    split = usage.get("cache_creation")
    written = usage.get("cache_creation_input_tokens", 0)
    return {"input": usage["input_tokens"], "cache_read": usage.get("cache_read_input_tokens", 0),
            "cache_write": split["ephemeral_5m_input_tokens"] if split else written,
            "cache_write_1h": split["ephemeral_1h_input_tokens"] if split else 0,
            "output": usage["output_tokens"]}


def gemini_classes(usage, _):
    sound = sum(part["tokenCount"] for part in usage.get("promptTokensDetails", [])
                if part["modality"] == "AUDIO")
    prompt = usage["promptTokenCount"] + usage.get("toolUsePromptTokenCount", 0)
    read = usage.get("cachedContentTokenCount", 0)
    return {"input": prompt - read - sound, "cache_read": read, "input_audio": sound,
            "output": usage.get("candidatesTokenCount", 0) + usage.get("thoughtsTokenCount", 0)}


def usage_of(case):
    answer = case["answer"]
    if case["protocol"] == "gemini":
        return answer.get("usageMetadata")
    return answer.get("usage") or answer.get("x_groq", {}).get("usage")


def in_force(model, when):
    """The rates at that time: the last entry of cost_by_time that applies, else cost."""
    rates, started = model["cost"], ""
    for entry in model.get("cost_by_time", []):
        condition = entry.get("when")
        if condition is None:
            applies = True
        elif "start_date" in condition:
            applies = when.strftime("%Y-%m-%d") >= condition["start_date"]
            started = condition["start_date"]
        else:
            clock = when.strftime("%H:%M:%SZ")
            applies = (when.strftime("%Y-%m-%d") >= started
                       and condition["start_time"] <= clock < condition["end_time"])
        if applies:
            rates = {k.removesuffix("_mtok"): v for k, v in entry.items() if k != "when"}
    return rates


def rates_for(model, prompt, when, mode):
    if mode:
        return model["modes"]["fast"]["cost"]
    rates = in_force(model, when)
    for tier in rates.get("tiers", []):
        if prompt > tier["tier"]["size"]:
            rates = tier
    return rates


def rate(rates, name):
    fallback = {"cache_read": "input", "cache_write": "input", "input_audio": "input",
                "reasoning": "output", "output_audio": "output"}
    if name == "cache_write_1h" and name not in rates:
        return max(2 * rates["input"], rate(rates, "cache_write"))
    return Decimal(rates[name] if name in rates else rates[fallback[name]])


def searches_in(answer):
    told = (answer.get("usage") or {}).get("server_tool_use", {}).get("web_search_requests", 0)
    return told + sum(item["type"] == "web_search_call" for item in answer.get("output", []))


def served(case, usage):
    """(a mode with a price, is it the usual way)"""
    tier = case["answer"].get("service_tier") or usage.get("service_tier") or "default"
    if case["provider"] == "anthropic":
        fast = usage.get("speed") == "fast"
        return fast, fast or tier in ("default", "standard")
    fast = tier in ("priority", "fast")
    return fast, fast or tier == "default"


def computed(case, models):
    """(cost or None, certain)"""
    usage = usage_of(case)
    certain = case["model"] in models
    model = models.get(case["model"]) or models.get(re.sub(r"-\d{4}-\d\d-\d\d$", "", case["model"]))
    if usage is None or model is None:
        return None, False
    read = {"chat": chat_classes, "responses": responses_classes, "messages": messages_classes,
            "gemini": gemini_classes}[case["protocol"]]
    classes = read(usage, case["dialect"] == "xai")
    prompt = sum(n for name, n in classes.items() if name in
                 ("input", "cache_read", "cache_write", "cache_write_1h", "input_audio"))
    mode, usual = served(case, usage)
    when = datetime.strptime(case["when"], "%Y-%m-%dT%H:%M:%SZ")
    rates = rates_for(model, prompt, when, mode)
    total = sum(Decimal(n) * rate(rates, name) for name, n in classes.items() if n) / MILLION
    searches = searches_in(case["answer"])
    if searches:
        total += searches * Decimal(model["cost"]["web_search_per_1k"]) / 1000
    return total, certain and usual


def reported(case):
    usage = usage_of(case) or {}
    if case["dialect"] not in BILLS:
        return None
    if "cost_in_usd_ticks" in usage:
        return Decimal(usage["cost_in_usd_ticks"]) / Decimal(10) ** 10
    if "cost" not in usage:
        return None
    upstream = usage["cost_details"]["upstream_inference_cost"] if usage.get("is_byok") else 0
    return Decimal(usage["cost"]) + Decimal(upstream)


def text(amount):
    if amount is None:
        return None
    plain = format(amount.quantize(PICO, ROUND_HALF_UP), "f").rstrip("0")
    whole, _, fraction = plain.partition(".")
    return f"{whole}.{fraction:0<2}"


def main():
    providers = load(HERE.parents[2] / "resources" / "catalog.json")["providers"]
    lines = []
    for case in load(HERE / "cases.json"):
        ours, certain = computed(case, providers[case["provider"]]["models"])
        theirs = reported(case)
        basis = ("reported" if theirs is not None else "unknown" if ours is None else
                 "computed" if certain else "estimated")
        row = {"name": case["name"], "basis": basis, "cost": text(ours if theirs is None else theirs)}
        if theirs is not None:
            row["computed"] = text(ours)
        lines.append(json.dumps(row))
    out = "[\n" + ",\n".join(lines) + "\n]\n"
    target = HERE / "expected.json"
    if "--check" not in sys.argv[1:]:
        target.write_text(out)
    elif target.read_text() != out:
        sys.exit("expected.json is not what the catalog and cases.json give; look at both, then run "
                 "tests/data/prices/expected.py")


if __name__ == "__main__":
    main()
