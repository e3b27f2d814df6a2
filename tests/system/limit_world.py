# SPDX-License-Identifier: MIT
"""What tests of limits share: a provider that bills what it is asked for, and storms of requests."""

import random
import subprocess
import threading
import time
import unittest
from decimal import Decimal

from fake_upstream import FakeUpstream
from gateway import DAEMON, Gateway, configuration, provider

# USD per million tokens: a token in or out costs a millionth.
PRICE = {"input": "1.00", "output": "1.00"}
OTHER_KEY = "gr-another-test-client-key"


def body(tokens=1000, **more):
    return {"model": "fake/m", "max_tokens": tokens,
            "messages": [{"role": "user", "content": "Hi"}], **more}


class Biller:
    """A provider that bills what it is asked for: its own count is what is owed."""

    def __init__(self, share=1.0, delay=0.0):
        self.share, self.delay = share, delay
        self.lock = threading.Lock()
        self.billed = 0  # tokens, of everything that arrived
        self.upstream = FakeUpstream(self.answer)

    def answer(self, call):
        asked = call.json()
        cap = asked.get("max_tokens") or asked.get("max_completion_tokens")
        output = max(1, int(cap * self.share)) * asked.get("n", 1)
        prompt = 10
        with self.lock:
            self.billed += prompt + output
        if self.delay:
            time.sleep(random.uniform(0, self.delay))
        usage = {"prompt_tokens": prompt, "completion_tokens": output,
                 "total_tokens": prompt + output}
        call.answer(200, {"id": "c", "object": "chat.completion", "created": 1, "model": "m",
                          "choices": [{"index": 0, "finish_reason": "stop",
                                       "message": {"role": "assistant", "content": "yes"}}],
                          "usage": usage})

    def dollars(self):
        return Decimal(self.billed) / 1_000_000


class LimitTest(unittest.TestCase):
    def start(self, biller, limits, folder=None, url="sqlite", **more):
        config = configuration([provider(biller.upstream, models=[{"id": "m", "price": PRICE}])],
                               ledger={"url": url}, **more)
        config["limits"] = limits
        config["clients"].append({"id": "other", "key": {"value": OTHER_KEY}})
        gateway = Gateway(config, folder=folder)
        self.addCleanup(self.end, gateway)
        return gateway

    @staticmethod
    def end(gateway):
        gateway.kill()
        gateway._clean()

    def biller(self, **more):
        biller = Biller(**more)
        self.addCleanup(biller.upstream.__exit__)
        return biller

    def command(self, gateway, *arguments):
        done = subprocess.run(
            [DAEMON, *arguments, "--config", gateway.config_file, "--data-dir", gateway.data],
            capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def storm(self, gateway, requests, threads=64, **more):
        """Statuses of so many requests, many at once."""
        statuses, lock, left = [], threading.Lock(), iter(range(requests))

        def work():
            while True:
                with lock:
                    if next(left, None) is None:
                        return
                try:
                    answer = gateway.chat(body(**more))
                except OSError:
                    answer = None
                with lock:
                    statuses.append(answer.status if answer else None)

        workers = [threading.Thread(target=work) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return statuses
