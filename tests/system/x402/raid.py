# SPDX-License-Identifier: MIT
"""The mechanics behind hostile_buyer.py: one attack after the other against a seller, each by a
payer of its own, and what each brought: answers for the attacker, money for the seller."""

import base64
import http.client
import json
import threading
from dataclasses import dataclass, field
from typing import Callable
from urllib.parse import urlsplit

from . import purse
from .chain import BASE_SEPOLIA, USDC
from .leash import PATIENCE

CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
PURSE = 1_000_000  # units that each payer has


@dataclass
class Answer:
    status: int
    headers: dict  # names in lower case
    body: bytes

    def served(self):
        """What was for sale is in it."""
        return self.status == 200 and b'"choices"' in self.body


@dataclass(frozen=True)
class Attack:
    """`run` takes a Field. What a sound seller then does is said by the rest; where several things
    are right, a tuple holds them."""
    name: str
    about: str
    run: Callable
    served: tuple = (0,)           # answers that hold what was for sale
    charged: tuple = (0,)          # how many times the price reached the seller
    work: int = None               # how often the seller's own seller was asked, at most; None: charged
    statuses: tuple = (400, 402)   # of the answers that serve nothing
    needs: str = "exact"           # an offer: exact, permit2 or upto; or both (versions), dear, identifier
    official: tuple = ()           # the complaints that the official sellers are known to draw
    race: bool = False             # ... which they draw when timing lets them


@dataclass
class Outcome:
    name: str
    skipped: str = ""              # why it was not tried
    statuses: list = field(default_factory=list)
    served: int = 0
    charged: int = 0               # units
    worked: int = None
    wrong: list = field(default_factory=list)  # complaints; empty if the seller is sound


class Missing(Exception):
    """The seller does not offer what an attack is about."""


def chain_of(offer):
    """None if it is no EVM chain, or one whose v1 name we need not know."""
    if offer["network"] == "base-sepolia":
        return BASE_SEPOLIA
    family, _, number = offer["network"].partition(":")
    return int(number) if family == "eip155" and number.isdigit() else None


class Field:
    """One attack's means: a payer of its own with PURSE units (`payer`), `offer`s of the seller, and
    `send`."""

    def __init__(self, raid, needs):
        self.raid, self.chain, self.signer, self.needs = raid, raid.chain, raid.signer, needs
        self.payer, self.answers, self.lock = raid.signer.account(), [], threading.Lock()
        if needs == "dear" and raid.dear is None:
            raise Missing("no dearer request is known")
        self.offer = self.offer_for(raid.body)
        token = self.offer["asset"]
        self.chain.fund(self.payer.address, coins=10**19,
                        **{"usdc" if token.lower() == USDC.lower() else "usdt": PURSE})
        if needs in ("permit2", "upto"):
            self.chain.approve(self.payer.address, PURSE, token)

    # -- terms -----------------------------------------------------------------------------------

    def terms(self, body=None):
        """({v2 terms}, {v1 terms}) of a 402; {} where there are none."""
        answer = self.post([], self.raid.body if body is None else body)
        if answer.status != 402:
            raise AssertionError(f"no 402 but {answer.status}: {answer.body[:300]}")
        header = answer.headers.get("payment-required")
        try:
            old = json.loads(answer.body)
        except ValueError:
            old = {}
        return (json.loads(base64.b64decode(header)) if header else {},
                old if old.get("x402Version") == 1 else {})

    def offer_for(self, body, needs=None):
        needs = needs or self.needs
        new, old = self.terms(body)
        entries = new.get("accepts", []) if self.raid.version == 2 else old.get("accepts", [])
        self.extensions = new.get("extensions") or {}
        if needs == "both" and not (new and old):
            raise Missing("not both versions are offered")
        if needs == "identifier" and "payment-identifier" not in self.extensions:
            raise Missing("payment-identifier is not offered")
        scheme = "upto" if needs == "upto" else "exact"
        for entry in entries:
            method = (entry.get("extra") or {}).get("assetTransferMethod", "eip3009")
            if entry["scheme"] == scheme and chain_of(entry) == self.chain.chain_id \
                    and method == ("permit2" if needs in ("permit2", "upto") else "eip3009"):
                return entry
        raise Missing(f"no offer of {needs}")

    def other_offer(self):
        """The first offer of the version that this raid does not speak."""
        new, old = self.terms()
        return (old if self.raid.version == 2 else new)["accepts"][0]

    # -- payments --------------------------------------------------------------------------------

    def pay(self, offer=None, payer=None, **bends):
        """A payment for the offer, bent as purse.eip3009 or purse.permit2 say."""
        make = purse.permit2 if self.needs in ("permit2", "upto") else purse.eip3009
        return make(self.signer, payer or self.payer, offer or self.offer, self.chain.chain_id,
                    **bends)

    def cash(self, payment):
        """The payer cashes the payment itself."""
        self.chain.settle(payment.authorization(), payment.inner()["signature"],
                          self.offer["asset"], self.payer.address)

    def cancel(self, payment):
        self.chain.cancel(*purse.cancellation(
            self.signer, self.payer, self.offer, self.chain.chain_id,
            payment.authorization()["nonce"]), self.offer["asset"])

    def empty(self, leave=0):
        """The payer's tokens go elsewhere but for so many."""
        token = self.offer["asset"]
        left = self.chain.balance(self.payer.address, token) - leave
        self.chain.transfer(self.payer.address, "0x" + "e" * 40, left, token)

    # -- requests --------------------------------------------------------------------------------

    def post(self, headers, body):
        at = urlsplit(self.raid.url)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection(at.hostname, at.port, timeout=PATIENCE)
        try:
            connection.putrequest("POST", at.path + "/chat/completions")
            for name, value in [("Content-Type", "application/json"), *self.raid.headers, *headers,
                                ("Content-Length", str(len(data)))]:
                connection.putheader(name, value)
            connection.endheaders(data)
            answer = connection.getresponse()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()},
                          answer.read())
        finally:
            connection.close()

    def send(self, *payments, body=None, headers=()):
        """Asks with these payments, or with headers as they are. The answer counts."""
        both = [*(payment.header() for payment in payments), *headers]
        try:
            answer = self.post(both, self.raid.body if body is None else body)
        except (OSError, http.client.HTTPException):
            answer = Answer(0, {}, b"")  # closed without an answer, which serves nobody
        with self.lock:
            self.answers.append(answer)
        return answer

    def together(self, payments):
        """All at the same moment, each on a connection of its own."""
        start = threading.Barrier(len(payments))

        def one(payment):
            start.wait()
            self.send(payment)

        threads = [threading.Thread(target=one, args=(payment,)) for payment in payments]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def between(self, payment, act):
        """`act` reaches the chain behind the seller's check and ahead of its settlement."""
        self.chain.hold()
        try:
            asking = threading.Thread(target=self.send, args=(payment,))
            asking.start()
            while asking.is_alive() and not self.chain.waiting():
                asking.join(0.02)
            act()
        finally:
            self.chain.hold(False)
        asking.join()


class Raid:
    """`url` is the seller's base URL (…/v1), `body` what is bought, `dear` a request of a higher
    price if there is one. `version` is the one that payers speak. `worked` tells how often the
    seller's own seller was asked so far. `headers` are sent with every request."""

    def __init__(self, chain, signer, url, body=CHAT, dear=None, version=2, headers=(), worked=None):
        self.chain, self.signer, self.url, self.body, self.dear = chain, signer, url, body, dear
        self.version, self.headers, self.worked = version, list(headers), worked
        self.payees = set()

    def income(self, block=0):
        """Units of each token that reached the seller since a block."""
        return sum(moved.value for payee, token in self.payees
                   for moved in self.chain.transfers(token, block) if moved.to == payee.lower())

    def run(self, attacks):
        """An Outcome for each, and one called "later": what reached the seller in the end is what
        was counted."""
        start = self.chain.block() + 1
        outcomes = [self.try_one(attack) for attack in attacks]
        last = Outcome("later")
        if self.income(start) != sum(outcome.charged for outcome in outcomes):
            last.wrong.append("charged later")
        return [*outcomes, last]

    def try_one(self, attack):
        outcome = Outcome(attack.name)
        try:
            here = Field(self, attack.needs)
        except Missing as why:
            outcome.skipped = str(why)
            return outcome
        self.payees.add((here.offer["payTo"], here.offer["asset"]))
        block = self.chain.block() + 1
        worked = self.worked() if self.worked else None
        attack.run(here)
        outcome.statuses = [answer.status for answer in here.answers]
        outcome.served = sum(answer.served() for answer in here.answers)
        outcome.charged = self.income(block)
        outcome.worked = None if worked is None else self.worked() - worked
        self.judge(attack, outcome, here)
        return outcome

    def judge(self, attack, outcome, here):
        unit = 1 if attack.needs == "upto" else purse.price(here.offer)
        times = outcome.charged / unit
        if attack.needs == "upto":  # by usage: somewhere below the maximum
            times = int(0 < outcome.charged <= purse.price(here.offer))
        most = max(attack.charged) if attack.work is None else attack.work
        for true, complaint in (
                (outcome.served not in attack.served, "served" if outcome.served > max(attack.served)
                 else "not served"),
                (times not in attack.charged, "charged" if times > max(attack.charged)
                 else "not charged"),
                (outcome.worked is not None and outcome.worked > most, "worked for nothing"),
                (any(answer.status not in attack.statuses for answer in here.answers
                     if not answer.served()), "answered strangely")):
            if true:
                outcome.wrong.append(complaint)
