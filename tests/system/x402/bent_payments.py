# SPDX-License-Identifier: MIT
"""Attacks on a seller that are one payment, bent somewhere: amount, recipient, token, chain, time,
signature, header. Part of hostile_buyer.py's table."""

import base64
import json
import time

from . import purse
from .chain import SELLER, USDT
from .raid import Attack

THIEF = "0x7777777777777777777777777777777777777777"
# What is said of a seller that serves what it should refuse.
SERVED = ("charged", "served", "worked for nothing")
NOWHERE = "0x5afe5afe5afe5afe5afe5afe5afe5afe5afe5afe"


def bent(**bends):
    """One request with a payment that is bent."""
    return lambda here: here.send(here.pay(**bends))


def changed(edit):
    """One request with a payment whose payload is edited afterwards."""
    def run(here):
        payment = here.pay()
        edit(payment)
        here.send(payment)
    return run


def header(text, name=None):
    """One request with this header."""
    def run(here):
        here.send(headers=[(name or ("PAYMENT-SIGNATURE" if here.raid.version == 2 else "X-PAYMENT"),
                            text(here) if callable(text) else text)])
    return run


def now(seconds):
    return str(int(time.time()) + seconds)


def amounts():
    def claim(value):
        return lambda here: here.send(here.pay(claim={"value": value}))

    def sign(make):
        return lambda here: here.send(here.pay(change={"value": str(make(purse.price(here.offer)))}))

    for name, make in (("less-1", lambda price: price - 1), ("half", lambda price: price // 2),
                       ("0", lambda price: 0), ("1", lambda price: 1),
                       ("more-1", lambda price: price + 1), ("double", lambda price: price * 2),
                       ("2-64", lambda price: 2**64 + price), ("2-128", lambda price: 2**128 + price),
                       ("2-256-less-1", lambda price: 2**256 - 1)):
        yield Attack(f"value-{name}", f"signs {name} instead of the price", sign(make))
    for name, make in (("2-256", lambda price: str(2**256 + price)),
                       ("negative", lambda price: str(price - 2**256))):
        yield Attack(f"claims-{name}", "claims a number that is the price only modulo 2^256",
                     lambda here, make=make: claim(make(purse.price(here.offer)))(here))
    # Other ways to write the price. Nobody needs them, and nobody is harmed by taking them.
    for name, make in (("hex", hex), ("number", int), ("zeros", lambda price: f"000{price}"),
                       ("spaces", lambda price: f" {price} "), ("float", lambda price: f"{price}.0"),
                       ("exponent", lambda price: f"{price / 1e3:g}e3"), ("plus", lambda p: f"+{p}")):
        yield Attack(f"claims-{name}", f"writes the price as {name}",
                     lambda here, make=make: claim(make(purse.price(here.offer)))(here),
                     served=(0, 1), charged=(0, 1))
    for name, value in (("null", None), ("list", []), ("object", {}), ("true", True), ("empty", "")):
        yield Attack(f"claims-{name}", f"the value is {value!r}", claim(value))

    def less(field):
        return lambda here: here.send(here.pay(change={"value": "1"}, accepted={field: "1"}))
    yield Attack("terms-cheaper", "rewrites the terms: one unit", less("amount"))


def recipients():
    yield Attack("to-other", "pays somebody else", bent(change={"to": THIEF}))
    yield Attack("to-self", "pays itself", lambda here: here.send(
        here.pay(change={"to": here.payer.address})))
    yield Attack("to-zero", "pays nobody", bent(change={"to": "0x" + "0" * 40}))
    yield Attack("to-claimed", "pays somebody else and claims otherwise", lambda here: here.send(
        here.pay(change={"to": THIEF}, claim={"to": here.offer["payTo"]})))
    yield Attack("terms-to-other", "rewrites the terms: somebody else", bent(
        change={"to": THIEF}, accepted={"payTo": THIEF}))
    yield Attack("from-other", "claims that somebody else signed", bent(claim={"from": SELLER}))
    yield Attack("asset-other", "rewrites the terms: another token", bent(
        domain={"verifyingContract": USDT}, accepted={"asset": USDT}))
    yield Attack("asset-nowhere", "rewrites the terms: a token that is not", bent(
        domain={"verifyingContract": NOWHERE}, accepted={"asset": NOWHERE}))
    yield Attack("asset-signed-other", "signs for another token", bent(
        domain={"verifyingContract": NOWHERE}))
    yield Attack("chain-signed-other", "signs for another chain", bent(domain={"chainId": 8453}))
    yield Attack("chain-other", "rewrites the terms: another chain", bent(
        domain={"chainId": 8453}, accepted={"network": "eip155:8453"}))
    yield Attack("chain-unknown", "rewrites the terms: a chain that is not", bent(
        domain={"chainId": 999999999}, accepted={"network": "eip155:999999999"}))
    yield Attack("domain-name", "signs with another name of the token", bent(
        domain={"name": "USD Coin"}))
    yield Attack("domain-version", "signs with another version of the token", bent(
        domain={"version": "1"}))
    yield Attack("terms-domain", "rewrites the terms: another name of the token", bent(
        domain={"name": "Evil"}, accepted={"extra": {"name": "Evil", "version": "2"}}))
    yield Attack("scheme-unknown", "rewrites the terms: a scheme that is not", changed(
        lambda payment: payment.payload.get("accepted", payment.payload).update(scheme="gift")))
    yield Attack("scheme-upto", "rewrites the terms: upto", changed(
        lambda payment: payment.payload.get("accepted", payment.payload).update(scheme="upto")))


def times():
    for name, valid in (("expired", {"validBefore": now(-10)}), ("expired-long-ago", {"validBefore": "1"}),
                        ("never-valid", {"validAfter": now(60), "validBefore": now(60)})):
        yield Attack(name, f"{name}: {list(valid)}", bent(change=valid))
    yield Attack("not-yet-valid", "valid in an hour", lambda here: here.send(here.pay(
        change={"validAfter": now(3600), "validBefore": now(7200)})))
    yield Attack("about-to-expire", "valid for two more seconds", lambda here: here.send(here.pay(
        change={"validBefore": now(2)})))
    yield Attack("valid-claimed", "expired, and claims otherwise", lambda here: here.send(here.pay(
        change={"validBefore": now(-10)}, claim={"validBefore": now(100)})))
    yield Attack("valid-for-ever", "valid until 2^256", bent(change={"validBefore": str(2**256 - 1)}),
                 served=(0, 1), charged=(0, 1))
    yield Attack("valid-2-64", "expired, if the time were cut to 64 bits", lambda here: here.send(
        here.pay(change={"validBefore": str(2**64 + 1)})), served=(0, 1), charged=(0, 1))
    yield Attack("valid-negative", "valid until before time", bent(claim={"validBefore": "-1"}))


def signatures():
    yield Attack("high-s", "the other half of the curve", bent(bend=purse.high_s))
    # USDC takes 27 and 28 alone; a seller may write them for the buyer.
    yield Attack("v-0", "v is 0 or 1", bent(bend=lambda it: purse.with_v(it, lambda v: v - 27)),
                 served=(0, 1), charged=(0, 1))
    yield Attack("v-29", "v is 29", bent(bend=lambda it: purse.with_v(it, lambda v: 29)))
    yield Attack("v-other", "v is the other one", bent(
        bend=lambda it: purse.with_v(it, lambda v: 55 - v)))
    yield Attack("64-bytes", "EIP-2098", bent(bend=purse.compact))
    for name, make in (("66-bytes", lambda it: it + "00"), ("zero", lambda it: "0x" + "00" * 65),
                       ("none", lambda it: "0x"), ("empty", lambda it: ""), ("odd", lambda it: it[:-1]),
                       ("no-hex", lambda it: "0x" + "zz" * 65), ("word", lambda it: "valid"),
                       ("long", lambda it: it + "00" * 3000),
                       ("flipped", lambda it: it[:10] + ("0" if it[10] != "0" else "1") + it[11:]),
                       ("s-is-order", lambda it: it[:66] + f"{purse.ORDER:064x}" + it[130:]),
                       ("undeployed", lambda it: "0x" + f"{int(NOWHERE, 16):064x}" + f"{96:064x}"
                        + f"{128:064x}" + f"{0:064x}" + f"{65:064x}" + it[2:] + "00" * 31
                        + "6492" * 16)):
        yield Attack(f"signature-{name}", f"the signature: {name}", bent(bend=make))
    yield Attack("signature-null", "the signature is null", bent(bend=lambda it: None))
    yield Attack("signed-by-other", "signed by another key", lambda here: here.send(here.pay(
        payer=here.signer.account(), change={"from": here.payer.address})))


def headers():
    def text(make):
        return header(lambda here: make(here.pay().text()))

    loose = dict(served=(0, 1), charged=(0, 1))  # nobody is harmed by reading these
    def other_alphabet(payment):
        payment.payload["note"] = "~~~???>>>"  # so that the alphabets differ
        payment.encode = lambda data: base64.urlsafe_b64encode(data).decode()

    yield Attack("base64url", "the other alphabet", changed(other_alphabet), **loose)
    yield Attack("no-padding", "without padding", text(lambda it: it.rstrip("=")), **loose)
    yield Attack("raw-json", "JSON without base64", header(
        lambda here: json.dumps(here.pay().payload)), **loose)
    for name, value in (("empty", ""), ("word", "paid"), ("true", "true"), ("garbage", "%%%&&&"),
                        ("null", "bnVsbA=="), ("list", "W10="), ("number", "MTIz"),
                        ("object", "e30="), ("no-utf8", "/////w==")):
        yield Attack(f"header-{name}", f"the header is {value!r}", header(value))
    yield Attack("header-20k", "20 kB of nothing", header("A" * 20_000), statuses=(0, 400, 402, 413, 431))
    yield Attack("header-nested", "1500 lists deep", header(
        purse.Payment(2, None, lambda _: "[" * 1500 + "]" * 1500).text()))
    yield Attack("payload-nested", "1000 objects deep inside", changed(lambda payment: setattr(
        payment, "dump", lambda value: json.dumps(value)[:-1] + ',"x":' + '{"a":' * 1000 + "1"
        + "}" * 1001)), **loose)
    yield Attack("torn", "breaks off", text(lambda it: it[:len(it) // 2]))
    for name in ("x402Version", "payload", "accepted"):
        yield Attack(f"without-{name}", f"without {name}", changed(
            lambda payment, name=name: payment.payload.pop(name, None)
            if name != "accepted" or payment.version == 2 else payment.payload.pop("scheme")))
        yield Attack(f"null-{name}", f"{name} is null", changed(
            lambda payment, name=name: payment.payload.update(
                {name if name != "accepted" or payment.version == 2 else "scheme": None})))
    for name in ("from", "to", "validAfter", "validBefore", "nonce"):
        yield Attack(f"without-{name}", f"without {name}", changed(
            lambda payment, name=name: payment.authorization().pop(name)))
    for name, version in (("3", 3), ("0", 0), ("text", "two")):
        yield Attack(f"version-{name}", f"x402Version is {version!r}", changed(
            lambda payment, version=version: payment.payload.update(x402Version=version)))
    for name, nonce in (("short", "0x1234"), ("long", "0x" + "12" * 33), ("number", 7),
                        ("no-hex", "0x" + "gg" * 32)):
        yield Attack(f"nonce-{name}", f"the nonce: {name}", bent(claim={"nonce": nonce}))

    def double(key, other):
        def edit(payment):
            payment.dump = lambda value: json.dumps(value).replace(
                f'"{key}":', f'"{key}": {json.dumps(other)}, "{key}":', 1)
        return changed(edit)
    for key, other in (("value", "1"), ("to", THIEF), ("nonce", "0x" + "11" * 32), ("signature", "0x")):
        yield Attack(f"double-{key}", f"{key} stands twice", double(key, other),
                     official=SERVED)
    yield Attack("both-headers", "a payment in each version's header", lambda here: here.send(
        here.pay(), purse.wrapped(here.other_offer(), here.pay().inner())), needs="both",
        official=SERVED)
    yield Attack("both-headers-garbage", "a payment, and garbage in the other header",
                 lambda here: here.send(here.pay(), headers=[(
                     "X-PAYMENT" if here.raid.version == 2 else "PAYMENT-SIGNATURE", "garbage")]),
                 official=SERVED)
    yield Attack("header-twice", "two payments in two headers of one name",
                 lambda here: here.send(here.pay(), here.pay()))
    yield Attack("wrong-header", "a payment in the other version's header", lambda here: here.send(
        headers=[("X-PAYMENT" if here.raid.version == 2 else "PAYMENT-SIGNATURE",
                  here.pay().text())]))
    yield Attack("in-the-body", "the payment lies in the body", lambda here: here.send(
        body={**here.raid.body, "payment": here.pay().payload}), statuses=(400, 402, 422))


BENT = (*amounts(), *recipients(), *times(), *signatures(), *headers())
