# SPDX-License-Identifier: MIT
"""One gateway, one honest client and one thing to pay, for tests that kill the gateway meanwhile.

    world = Bought(rig, folder, case)       or Sold(rig, folder, settle, …)
    world.start(killer); world.ready(); world.prepare(); killer.arm(…); world.go()     it may die
    world.start(); world.come_again(); world.wait_final()
    world.wrong()                           what is not as it must be, in words
"""

import base64
import contextlib
import itertools
import json
import random
import socket
import sqlite3
import subprocess
import threading
import time

from fake_upstream import FakeUpstream, completion
from gateway import DAEMON, Gateway, configuration, environment, provider
from paying import shop, tell, wallet
from wire import request
from x402 import purse
from x402.chain import BUYER, SELLER, USDC
from x402.hostile_buyer import CHAT
from x402.shady_shop import PRICE, HostileSeller

PATIENCE = 30  # seconds until all is at its end
NUMBERS = itertools.count(1)
PORTS = itertools.count(random.randrange(10_000, 20_000))


def own_port():
    """Below those that the system gives away, so that it is free when the next gateway wants it."""
    while True:
        port = next(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class World:
    def __init__(self, rig, folder):
        self.rig, self.folder, self.number = rig, folder, next(NUMBERS)
        self.gateway, self.answered = None, False
        self.buried = False  # all blocks with its money are final
        self.pause = 0       # seconds between the death of a gateway and the next one
        self.stack = contextlib.ExitStack()

    def close(self):
        if self.gateway:
            self.gateway.kill()
            self.gateway.log.close()
        self.stack.close()

    def start(self, killer=None):
        """The next gateway on the same books."""
        if self.gateway:
            self.gateway.kill()
            self.gateway.log.close()
        self.gateway = Gateway(self.config, folder=self.folder, wait=False,
                               wrapper=killer.wrapper if killer else ())
        if not killer:
            self.gateway.wait_ready()

    def ready(self):
        """It listens; False: it died before."""
        until = time.monotonic() + PATIENCE
        while self.gateway.process.poll() is None and time.monotonic() < until:
            if "listening on" in self.gateway.said():
                return True
            time.sleep(0.005)
        return False

    def dead(self):
        return self.gateway.process.poll() is not None

    def exchange(self, data):
        """None: the gateway died, or broke off."""
        try:
            answer = self.gateway.exchange(data)
        except OSError:
            return None
        return answer if answer is not None and answer.whole else None

    def rows(self, table, columns="*", order="sequence"):
        with contextlib.closing(sqlite3.connect(
                f"file:{self.gateway.data}/ledger.sqlite?mode=ro", uri=True)) as books:
            books.row_factory = sqlite3.Row
            try:
                return [dict(row) for row in
                        books.execute(f"SELECT {columns} FROM {table} ORDER BY {order}")]
            except sqlite3.OperationalError as error:  # it died before there was any table
                if "no such table" in str(error):
                    return []
                raise

    def command(self, *words):
        done = subprocess.run(
            [DAEMON, *words, "--config", self.gateway.config_file, "--data-dir", self.gateway.data],
            env={**environment(), "HOME": str(self.folder)}, text=True, capture_output=True,
            timeout=60)
        return done.returncode, done.stdout + done.stderr

    def wait_final(self):
        """Until nothing of the books is left to be found out; False: in vain."""
        until = time.monotonic() + PATIENCE
        while not self.is_final():
            if time.monotonic() > until:
                return False
            time.sleep(0.05)
        return True

    def books_wrong(self, forgiven=()):
        """`forgiven`: what a killed gateway cannot know."""
        wrong = []
        code, said = self.command("ledger", "verify")
        if code != 0:
            wrong.append(f"ledger verify: {said}")
        code, said = self.command("ledger", "reconcile")
        # The record of a request that was killed died with it.
        forgiven = (*forgiven, "its request is in no record")
        told = [line for line in said.splitlines() if line.startswith(("sale_", "pay_")) and
                not any(words in line for words in forgiven)]
        if told or code not in (0, 1):
            wrong.append(f"ledger reconcile: {told or said}")
        return wrong


class Bought(World):
    """The gateway pays a seller of which `case` says how it behaves."""

    table = "purchases"

    def __init__(self, rig, folder, case, asks=False):
        super().__init__(rig, folder)
        self.case, self.asks, self.answered_then_killed = case, asks, False
        self.seller = self.stack.enter_context(HostileSeller(rig.chain, [case]))
        policy = {"approve_new": "ask"} if asks else {}
        self.config = configuration([shop("shady", self.seller.url(case.name))], own_port(),
                                    wallet=wallet(rig.chain, **policy))
        self.body = {"model": "shady/m", "messages": [{"role": "user", "content": "Hi"}]}

    def prepare(self):
        pass

    def start(self, killer=None):
        if self.gateway and self.asks:
            self.gateway.kill()
            if (self.gateway.data / "ledger.sqlite").exists():
                self.forget_person()
        super().start(killer)

    def forget_person(self):
        """Six minutes pass: nobody waits any more for a person's answer."""
        with contextlib.closing(sqlite3.connect(self.gateway.data / "ledger.sqlite")) as books:
            with books:
                books.execute("UPDATE purchases SET created_ms = created_ms - 360000 "
                              "WHERE state = 'held'")

    def ask(self):
        over = threading.Event()
        person = threading.Thread(target=self._approve, args=(over,))
        if self.asks:
            person.start()
        try:
            key = next(iter(self.config["clients"]))["key"]["value"]
            return self.exchange(request(body=self.body, key=key))
        finally:
            over.set()
            if self.asks:
                person.join()

    def _approve(self, over):
        while not over.wait(0.05):
            try:
                for held in tell(self.gateway, command="payments")["held"]:
                    tell(self.gateway, command="payments.approve", id=held["id"])
            except (OSError, ValueError, KeyError):  # it died
                pass

    def go(self):
        """An answer of its own ends the client's wish; any other, and it asks once more."""
        for _ in range(3):
            answer = self.ask()
            self.answered = answer is not None and answer.status == 200
            if self.answered or self.dead():
                return

    def come_again(self):
        self.answered_then_killed = self.answered
        until = time.monotonic() + PATIENCE
        while not self.answered and not self.dead() and time.monotonic() < until:
            answer = self.ask()
            self.answered = answer is not None and answer.status == 200
            if not self.answered:
                time.sleep(0.2)

    def states(self):
        return tuple(row["state"] + (" delivered" if row["delivered"] else "")
                     for row in self.rows("purchases", "state, delivered"))

    def is_final(self):
        return all(state.split()[0] in ("settled", "released", "denied")
                   for state in self.states())

    def wrong(self, comes=True):
        """`comes`: the client did, until it had its answer."""
        rows, wrong = self.rows("purchases"), []
        used = {payment.nonce for payment in self.seller.payments(self.case.name)
                if self.rig.chain.nonce_used(payment.sender, payment.nonce)}
        if comes and not self.answered:
            wrong.append("the client never had its answer")
        if len(used) > 1 or self.seller.moved(self.case.name) > PRICE:
            wrong.append("paid twice")
        if not {row["nonce"] for row in rows} >= {
                payment.nonce for payment in self.seller.payments(self.case.name)}:
            wrong.append("a payment went out that the books do not know")
        if {row["nonce"] for row in rows if row["state"] == "settled"} != used:
            wrong.append(f"the books say {self.states()}, the chain took {len(used)}")
        mined = {transfer.transaction for transfer in self.rig.chain.transfers(USDC)}
        if any(row["tx"] not in mined for row in rows if row["state"] == "settled"):
            wrong.append("a transaction that the chain does not know")
        if any(row["header"] for row in rows if row["state"] == "released" or not row["open"]):
            wrong.append("an authorization is kept of what is over")
        # It was answered, and killed before that was noted; or nobody came for the answer.
        lost = self.answered_then_killed or not comes
        return wrong + self.books_wrong(("its answer never came",) if lost else ())


class Sold(World):
    """The gateway is paid. `settle`: its settings, as a function of the world. `fails`: how many
    times the work fails behind the money. `leaves`: seconds after which the client hangs up at
    first. `named`: the payment bears the payer's own identifier."""

    table = "sales"

    def __init__(self, rig, folder, settle, scheme="exact", fails=0, leaves=None, named=False,
                 stream=False):
        super().__init__(rig, folder)
        self.pause = 0 if leaves is None else 1.2
        self.fails, self.leaves, self.named, self.scheme = fails, leaves, named, scheme
        self.lost, self.payment, self.price = None, None, 0
        self.maybe = False  # an answer was under way, or delivered, when the last gateway died
        self.at_work, self.gate = threading.Event(), threading.Event()  # the work waits for it
        self.gate.set()
        self.upstream = self.stack.enter_context(FakeUpstream(self._work))
        self.payer = rig.signer.account()
        rig.fund(self.payer)
        self.relayer = rig.signer.account()
        models = [{"id": "m", "price": {"input": "10", "output": "100"}, "context": 8000}]
        self.config = configuration(
            [provider(self.upstream, models=models)], own_port(), routing={"retries": 0},
            wallet={"networks": [{"id": "eip155:84532", "rpc": rig.chain.url}]},
            sell={"enabled": True, "pay_to": SELLER, "networks": ["eip155:84532"],
                  "schemes": [scheme], "accept_test_money": True, "settle": settle(self),
                  "price": {"markup_percent": 20, "minimum_usd": "0.0001",
                            "default_output_tokens": 100}})
        self.body = {**CHAT, "user": f"world {self.number}", **({"stream": True} if stream else {})}

    def _work(self, call):
        if call.path.endswith("/models"):
            return call.answer(200, {"object": "list", "data": []})
        if call.json().get("user"):  # it is the one that is sold
            if self.fails > 0:
                self.fails -= 1
                return call.answer(500, {"error": {"message": "no"}})
            self.at_work.set()
            self.gate.wait(PATIENCE)
        if not call.json().get("stream"):
            return call.answer(200, completion())
        return self.rig.stream(call)

    def sign(self, terms):
        offer = terms["accepts"][0]
        self.price = int(offer["amount"])
        how = purse.permit2 if self.scheme == "upto" else purse.eip3009
        payment = how(self.rig.signer, self.payer, offer, self.rig.chain.chain_id)
        if self.named:
            payment.payload["extensions"] = {
                "payment-identifier": {"info": {"id": f"pay_{self.number:020}"}}}
        self.payment = payment

    def terms(self):
        """None: the gateway died, or sells nothing just now."""
        answer = self.exchange(request(body=self.body, key=None))
        offered = answer and answer.header("payment-required")
        return json.loads(base64.b64decode(offered)) if offered else None

    def prepare(self):
        """What can be done before any money moves."""
        self.sign(self.terms())

    def send(self):
        data = request(body=self.body, key=None, headers=[self.payment.header()])
        if self.leaves is None:
            return self.exchange(data)
        try:
            with self.gateway.client() as client:
                client.send(data)
                client.socket.settimeout(self.leaves)
                return client.read()
        except OSError:
            return None
        finally:
            self.leaves = None

    def go(self):
        """Until it is served or the gateway is dead; what is owed is asked for."""
        until = time.monotonic() + PATIENCE
        while not self.answered and not self.lost and not self.dead():
            if time.monotonic() > until:
                return
            answer = self.send()
            if answer is None:
                continue
            self._take(answer)

    def come_again(self):
        self.maybe = "credit spent" in self.states()
        self.go()

    def _take(self, answer):
        said = answer.body.decode(errors="replace")
        if answer.status == 200:
            self.answered = True
        elif answer.status in (402, 412):
            self.sign(json.loads(base64.b64decode(answer.header("payment-required"))))
        elif answer.status == 409 and "with a new signature" in said:
            terms = self.terms()
            if terms:
                self.sign(terms)
        elif answer.status == 409 and "used already" in said:
            self.lost = self.states()
        elif (self.scheme == "upto" and "payment_unconfirmed" in said and
              self.states() == ("unknown",)):
            self.lost = self.states()  # its work is gone, and so is the payment, in a while
        else:
            self.rig.wake(self.gateway)
            time.sleep(0.1)

    def states(self):
        return (*(row["state"] for row in self.rows("sales", "state")),
                *("credit " + row["state"] for row in self.rows("credits", "state", "id")),
                *("relay " + row["state"] for row in self.rows("relayer_transactions", "state")))

    def is_final(self):
        if self.buried and not all(row["final"] for row in self.rows("sales", "final")):
            return False
        ends = {"served", "failed", "credit", "credit open", "credit spent", "relay mined",
                "relay replaced"}
        if self.lost == ("unknown",) and not self.buried:
            ends.add("unknown")
        return set(self.states()) <= ends

    def charged(self):
        return self.rig.PURSE - self.rig.chain.balance(self.payer.address)

    def wrong(self, comes=True):
        rows, wrong = self.rows("sales"), []
        charged = self.charged()
        booked = sum(int(row["charged"] or 0) for row in rows if row["paid_ms"] is not None)
        paid = [row for row in rows if row["paid_ms"] is not None]
        if booked != charged:
            wrong.append(f"{charged} came, and the books say {booked}")
        most = 2 if self.maybe else 1  # who sends a signature that was not used buys once more
        if len(paid) > most or charged > most * self.price:
            wrong.append(f"paid {len(paid)} times, {charged} of {self.price}")
        states = self.states()
        if comes and not self.answered and not self.lost:
            wrong.append("the client never had its answer")
        # Behind `serving` nobody can say whether it was delivered; before it, it is owed.
        if self.lost and charged and not {"served", "credit spent"} & set(self.lost):
            wrong.append(f"paid, and neither served nor owed: {self.lost}")
        if comes and self.answered and "credit open" in states:
            wrong.append("served, and still owed")
        if not comes and charged and not {"served", "credit open", "credit spent"} & set(states):
            wrong.append(f"paid, and neither served nor owed: {states}")
        return wrong + self.books_wrong()
