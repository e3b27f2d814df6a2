# SPDX-License-Identifier: MIT
"""A chain's server that lies: it asks the real one, and bends what it says.

    with LiarNode(chain) as node:
        node.bend = final_in_the_future
        … node.url …
"""

import json
import time

from fake_upstream import FakeUpstream

DECIMALS, BALANCE, NONCE_STATE = "313ce567", "70a08231", "e94a0102"
WORD = "0x" + "00" * 31


class LiarNode:
    """`bend(method, params, result)` gives what is said instead of `result`; a whole answer of bytes
    replaces everything. It sees every call."""

    def __init__(self, chain):
        self.chain, self.bend, self.asked = chain, honest, []
        self.server = FakeUpstream(self._take)
        self.url = f"http://127.0.0.1:{self.server.port}/"

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.__exit__()

    def _take(self, call):
        question = call.json()
        calls = question if isinstance(question, list) else [question]
        said = []
        for one in calls:
            self.asked.append(one["method"])
            truth = self.chain.rpc(one["method"], *one["params"])
            bent = self.bend(one["method"], one["params"], truth)
            if isinstance(bent, bytes):
                call.answer(200, bent)
                return
            said.append({"jsonrpc": "2.0", "id": one["id"], "result": bent})
        call.answer(200, said if isinstance(question, list) else said[0])


def honest(method, params, result):
    return result


def _calls(method, params, selector):
    return method == "eth_call" and params[0].get("data", params[0].get("input", "")).startswith(
        "0x" + selector)


def _block_at(result, seconds):
    return {**result, "timestamp": hex(int(time.time()) + seconds)}


def page(method, params, result):
    return b"<html>Bad gateway</html>"


def nothing(method, params, result):
    return None


def deep(method, params, result):
    return b"[" * 5_000 + b"]" * 5_000


def long(method, params, result):
    return "0x" + "00" * 200_000


def other_chain(method, params, result):
    return "0x1" if method == "eth_chainId" else result


def other_decimals(method, params, result):
    return WORD + "12" if _calls(method, params, DECIMALS) else result


def poor(method, params, result):
    return WORD + "00" if _calls(method, params, BALANCE) else result


def tomorrow(method, params, result):
    latest = method == "eth_getBlockByNumber" and params[0] == "latest"
    return _block_at(result, 86_400) if latest else result


def final_in_the_future(method, params, result):
    final = method == "eth_getBlockByNumber" and params[0] == "finalized"
    return _block_at(result, 10**9) if final else result


def all_used(method, params, result):
    return WORD + "01" if _calls(method, params, NONCE_STATE) else result


def none_used(method, params, result):
    if method == "eth_getLogs":
        return []
    return WORD + "00" if _calls(method, params, NONCE_STATE) else result
