# SPDX-License-Identifier: MIT
"""A gateway that pays: its configuration, its books, and its person."""

import json
import socket
import sqlite3
import threading

from x402.chain import BUYER, SELLER


def shop(name, url, **model):
    """A provider that is paid by the request."""
    price = {"input": "100000", "output": "100000", **model}
    return {"id": name, "kind": "openai", "base_url": url, "payment": "x402", "keys": [],
            "models": [{"id": "m", "price": price, "context": 8000}]}


def wallet(chain, **policy):
    caps = {"per_payment": "0.05", "per_hour": "5", "per_day": "5", "ask_above": "0.05",
            "approve_new": "within_limits", **policy}
    return {"key": {"value": BUYER.key}, "policy": caps,
            "networks": [{"id": "eip155:84532", "rpc": chain.url}]}


def tell(gateway, **line):
    """A command of the control socket."""
    with socket.socket(socket.AF_UNIX) as door:
        door.connect(str(gateway.data / "control.sock"))
        door.sendall(json.dumps(line).encode() + b"\n")
        return json.loads(door.makefile().readline())


class Person:
    """Approves every payment that goes to the known seller, as fast as it can; denies others."""

    def __init__(self, gateway):
        self.gateway, self.over = gateway, threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)
        self.thread.start()

    def stop(self):
        self.over.set()
        self.thread.join()

    def _watch(self):
        while not self.over.wait(0.05):
            for held in tell(self.gateway, command="payments")["held"]:
                known = held["payee"] == SELLER.lower()
                tell(self.gateway, command="payments.approve" if known else "payments.deny", id=held["id"])


def purchases(gateway, columns, condition="1"):
    """Rows of the books, oldest first."""
    with sqlite3.connect(f"file:{gateway.data}/ledger.sqlite?mode=ro", uri=True) as books:
        return books.execute(
            f"SELECT {columns} FROM purchases WHERE {condition} ORDER BY sequence").fetchall()
