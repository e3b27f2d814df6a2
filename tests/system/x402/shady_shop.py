# SPDX-License-Identifier: MIT
"""The mechanics behind hostile_seller.py: a shop that keeps every payment that it is given, the
pieces that its misbehaviours are made of, and the judgement of a buyer by what the shop saw."""

import base64
import json
import threading
import time
from dataclasses import dataclass
from typing import Callable

from fake_upstream import FakeUpstream, completion, delta

from .chain import BASE_SEPOLIA, SELLER, USDC, RpcError

PRICE = 10_000          # units: one cent, which is fair
CAP = 50_000            # units: the most that the buyer's policy may allow for one payment
LONGEST = 15 * 60       # seconds: the longest validity that a careful buyer signs
THIEF = "0x7777777777777777777777777777777777777777"
PAYMENT_HEADERS = {"payment-signature": 2, "x-payment": 1}
NETWORK = f"eip155:{BASE_SEPOLIA}"
LEAVE_OUT = object()


def encoded(value):
    """As x402 puts JSON into headers. Text is taken as it is."""
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.b64encode(text.encode()).decode()


@dataclass(frozen=True)
class Payment:
    """A payment header that arrived. What cannot be read is None."""
    header: str
    text: str
    at: float
    payload: dict
    sender: str
    to: str
    value: int
    nonce: str  # in lower case; "permit2:…" for Permit2's
    valid_before: int


def read_payment(header, text):
    try:
        payload = json.loads(base64.b64decode(text + "=="))
        inner = payload["payload"]
        if "authorization" in inner:
            it = inner["authorization"]
            return Payment(header, text, time.time(), payload, it["from"], it["to"],
                           int(it["value"]), it["nonce"].lower(), int(it["validBefore"]))
        it = inner["permit2Authorization"]
        return Payment(header, text, time.time(), payload, it["from"], it["witness"]["to"],
                       int(it["permitted"]["amount"]), f"permit2:{it['nonce']}", int(it["deadline"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Payment(header, text, time.time(), None, None, None, None, text, None)


class Visit:
    """One request to a case, and the means to answer it. `paid` says how many came with a payment
    before, `unpaid` how many without."""

    def __init__(self, shop, case, call, unpaid, paid, payment):
        self.shop, self.case, self.call, self.payment = shop, case, call, payment
        self.unpaid, self.paid = unpaid, paid
        self.url = shop.url(case.name) + "/chat/completions"
        self.stranger = f"http://127.0.0.1:{shop.stranger.port}/{case.name}/v1/chat/completions"

    def stream(self):
        try:
            return bool(self.call.json().get("stream"))
        except (ValueError, AttributeError):
            return False

    def settle(self):
        """Cashes the payment. Its transaction hash; None if the chain refuses it."""
        return self.shop.settle(self.payment)

    def receipt(self, transaction, success=True, **more):
        """The header that says how the payment went, in the payment's own version."""
        name = "X-PAYMENT-RESPONSE" if self.payment.header == "x-payment" else "PAYMENT-RESPONSE"
        return [(name, encoded({"success": success, "transaction": transaction,
                                "network": NETWORK, "payer": self.payment.sender, **more}))]

    def answer(self, headers=()):
        """What was bought."""
        if not self.stream():
            self.call.answer(200, completion(), headers)
            return
        self.call.begin_stream(headers)
        for word in ("One", " two", " three"):
            self.call.piece(delta(word))
        self.call.piece(delta(finish="stop"))
        self.call.piece(b"data: [DONE]\n\n")
        self.call.end_stream()


# -- terms ---------------------------------------------------------------------------------------

def edited(base, edits):
    return {name: value for name, value in {**base, **edits}.items() if value is not LEAVE_OUT}


def offer(**edits):
    """An entry of v2's `accepts` that any buyer can pay, but for the edits."""
    return edited({"scheme": "exact", "network": NETWORK, "amount": str(PRICE), "asset": USDC,
                   "payTo": SELLER, "maxTimeoutSeconds": 120,
                   "extra": {"name": "USDC", "version": "2"}}, edits)


def old_offer(url, **edits):
    """The same for v1."""
    return edited({"scheme": "exact", "network": "base-sepolia", "maxAmountRequired": str(PRICE),
                   "resource": url, "description": "", "mimeType": "application/json",
                   "payTo": SELLER, "maxTimeoutSeconds": 120, "asset": USDC,
                   "extra": {"name": "USDC", "version": "2"}}, edits)


def terms(url, accepts, **edits):
    return edited({"x402Version": 2, "error": "Payment required",
                   "resource": {"url": url, "description": "A chat completion",
                                "mimeType": "application/json"}, "accepts": accepts}, edits)


# -- answers to requests without payment ------------------------------------------------------------

def v2(*accepts, status=402, headers=(), body=None, **edits):
    """Terms in the header. Entries are as `offer` makes them."""
    def ask(visit):
        what = terms(visit.url, list(accepts or [offer()]), **edits)
        visit.call.answer(status, {} if body is None else body,
                          [("PAYMENT-REQUIRED", encoded(what)), *headers])
    return ask


def one(**edits):
    """A single offer with these edits."""
    return v2(offer(**edits))


def v1(*edits, error="X-PAYMENT header is required", first=()):
    """Terms in the body; each argument edits one entry of its own, behind the entries `first`."""
    def ask(visit):
        entries = [*first, *(old_offer(visit.url, **edit) for edit in edits or ({},))]
        visit.call.answer(402, {"x402Version": 1, "error": error, "accepts": entries})
    return ask


def plain(status=402, headers=(), body=None):
    """Exactly these headers and this body."""
    return lambda visit: visit.call.answer(status, {} if body is None else body, list(headers))


def raw_terms(text):
    """A header of this text, encoded. A function makes it of the visit."""
    def ask(visit):
        said = text(visit) if callable(text) else text
        visit.call.answer(402, {}, [("PAYMENT-REQUIRED", encoded(said))])
    return ask


def redirect(status):
    """To another host, which wants money, too."""
    return lambda visit: visit.call.answer(status, {}, [("Location", visit.stranger)])


def hang(visit):
    visit.call.wait_left()


def close(visit):
    raise ConnectionResetError


def in_turn(*steps):
    """One step a visit of this kind, the last for ever."""
    def take(visit):
        steps[min(visit.paid if visit.payment else visit.unpaid, len(steps) - 1)](visit)
    return take


# -- answers to requests with payment ---------------------------------------------------------------

def deliver(visit):
    """What an honest seller does: cashes, hands out, and says so."""
    transaction = visit.settle()
    if transaction is None:
        return v2(error="invalid_exact_evm_transaction_failed")(visit)
    return visit.answer(visit.receipt(transaction))


def settled_then(step):
    """Cashes, and then does this instead of an honest answer."""
    def paid(visit):
        visit.settle()
        step(visit)
    return paid


def receipt_then_answer(settle=True, headers=None):
    """Hands out with these headers (a function of visit and hash) instead of a true receipt."""
    def paid(visit):
        transaction = visit.settle() if settle else None
        visit.answer(headers(visit, transaction) if headers else [])
    return paid


# -- cases and their judgement ----------------------------------------------------------------------

@dataclass(frozen=True)
class Case:
    """A misbehaviour, and what a careful buyer does in face of it. None: either is right.

    In all cases, besides: one nonce at most; never above CAP nor above what was asked first; to the
    first asked recipient; no validity above LONGEST; no request to another host."""
    name: str
    about: str
    ask: Callable = v2()
    paid: Callable = deliver
    signs: bool = True    # a payment reaches the seller
    pays: int = PRICE     # units that move at most
    served: bool = True   # the client gets a whole answer
    hangs: bool = False   # takes as long as the buyer waits
    official: tuple = ()  # the complaints that the official v2 client is known to draw


def refused(name, about, ask, **more):
    """Terms that nobody should sign."""
    return Case(name, about, ask, signs=False, pays=0, served=False, **more)


class HostileSeller:
    """All cases behind one port, each at a base URL of its own: `url(name)` ends in /v1 and speaks
    the OpenAI chat API. Another port is the stranger that no payment may reach."""

    def __init__(self, chain, cases):
        self.chain, self.cases = chain, {case.name: case for case in cases}
        self.lock, self.settled = threading.Lock(), {}
        self.visits = {name: [] for name in self.cases}
        self.server = FakeUpstream(self._take)
        self.stranger = FakeUpstream(self._lure)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.__exit__()
        self.stranger.__exit__()

    def url(self, name):
        return f"http://127.0.0.1:{self.server.port}/{name}/v1"

    def payments(self, name):
        """Everything of a case that came with a payment, in order."""
        with self.lock:
            return [visit.payment for visit in self.visits[name] if visit.payment]

    def moved(self, name):
        """Units that the payments of this case have moved on the chain so far."""
        paid = {payment.nonce: payment for payment in self.payments(name) if payment.payload}
        return sum(payment.value for nonce, payment in paid.items()
                   if not nonce.startswith("permit2:")
                   and self.chain.nonce_used(payment.sender, nonce))

    def strangers(self, name):
        with self.stranger.lock:
            return [call for call in self.stranger.calls if call.path.split("/")[1] == name]

    def settle(self, payment):
        with self.lock:
            if payment.nonce not in self.settled:
                try:
                    inner = payment.payload["payload"]
                    done = self.chain.settle(inner["authorization"], inner["signature"])
                    self.settled[payment.nonce] = done["transactionHash"]
                except (RpcError, KeyError, TypeError, ValueError):
                    return None
            return self.settled[payment.nonce]

    def verdict(self, name, served=None):
        """What the buyer did wrong, in words; [] if nothing. `served`: the client got a whole
        answer."""
        case, payments, wrong = self.cases[name], self.payments(name), []

        def complain(when, text):
            if when:
                wrong.append(text)

        nonces = {payment.nonce for payment in payments}
        complain(len(nonces) > 1, "several payments")
        complain(case.signs is False and nonces, "signed")
        complain(case.signs is True and not nonces, "did not pay")
        for payment in payments:
            if payment.payload is None:
                complain(True, "unreadable payment")
                continue
            complain(payment.value > min(CAP, case.pays or CAP), "paid too much")
            complain(payment.to.lower() != SELLER.lower(), "paid somebody else")
            complain(payment.valid_before > payment.at + LONGEST, "valid for too long")
        complain(self.moved(name) > case.pays, "too much was moved")
        strangers = self.strangers(name)
        complain(strangers, "went to a stranger")
        complain(any(call.header(header) for call in strangers for header in PAYMENT_HEADERS),
                 "handed a payment to a stranger")
        if served is not None and case.served is not None:
            complain(served and not case.served, "took a broken answer for whole")
            complain(case.served and not served, "not served")
        return sorted(set(wrong))

    def _take(self, call):
        _, name, _, *rest = (call.path + "/").split("/")
        case = self.cases.get(name)
        if case is None or rest[0] == "models":
            models = [{"id": "m", "object": "model", "created": 1767225600, "owned_by": "shady"}]
            call.answer(200 if case else 404, {"object": "list", "data": models})
            return
        header = next((header for header in PAYMENT_HEADERS if call.header(header)), None)
        payment = read_payment(header, call.header(header)) if header else None
        with self.lock:
            earlier = self.visits[name]
            paid = sum(1 for visit in earlier if visit.payment)
            visit = Visit(self, case, call, len(earlier) - paid, paid, payment)
            earlier.append(visit)
        (case.paid if payment else case.ask)(visit)

    def _lure(self, call):
        what = terms(f"http://{call.header('host')}{call.path}", [offer(payTo=THIEF)])
        if any(call.header(header) for header in PAYMENT_HEADERS):
            call.answer(200, completion("Thank you."))
        else:
            call.answer(402, {}, [("PAYMENT-REQUIRED", encoded(what))])
