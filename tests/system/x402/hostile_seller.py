# SPDX-License-Identifier: MIT
"""Sellers that no buyer should meet: CASES, each with what a careful buyer does.

    with Chain() as chain, HostileSeller(chain) as shop:
        for case in CASES:
            … a buyer with CAP as its cap asks shop.url(case.name) + "/chat/completions" …
            self.assertEqual(shop.verdict(case.name, served=got_a_whole_answer), [])

A case gives `name`, `about`, `signs`, `pays`, `served`; `shop.payments(name)`, `shop.moved(name)`,
`shop.strangers(name)` and `shop.visits[name]` tell what happened. What was moved on the chain is what
a buyer's books must say in the end, whatever the seller said."""

import json

from fake_upstream import delta

from . import shady_shop
from .chain import EXACT_PROXY, USDC
from .shady_shop import (CAP, LEAVE_OUT, LONGEST, NETWORK, PRICE, THIEF, Case, close, deliver,
                         encoded, hang, in_turn, offer, old_offer, one, plain, raw_terms,
                         receipt_then_answer, redirect, refused, settled_then, terms, v1, v2)

MAINNET_USDC = "0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913"
NOWHERE = "0x5afe5afe5afe5afe5afe5afe5afe5afe5afe5afe"
# What the judge says of a buyer who pays where nobody should.
PAID = ("signed", "took a broken answer for whole", "too much was moved")
YEAR = 365 * 24 * 3600
# To be shown as plain text: markup, a link, a new line, and marks that turn the direction of writing.
RICH = "<b>Free</b><img src='http://127.0.0.1:9/x'>\n\u202e0001\u202c [pay](http://127.0.0.1:9)"


def amounts():
    for name, value in (
            ("negative", "-1"), ("fraction", "0.01"), ("hex", "0x2710"), ("exponent", "1e4"),
            ("spaces", " 10000 "), ("empty", ""), ("plus", "+10000"), ("zeros", "00010000"),
            ("separators", "10_000"), ("digits-of-others", "\u0661\u0660\u0660\u0660\u0660"),
            ("number", 10000), ("float", 10000.0), ("null", None), ("missing", LEAVE_OUT),
            ("list", ["10000"]), ("word", "free"), ("2-64", str(2**64 + PRICE)),
            ("2-256", str(2**256 + PRICE)), ("2-256-less-1", str(2**256 - 1)),
            ("very-long", "1" + "0" * 5000)):
        lax = name in ("zeros", "number", "float")
        yield refused(f"amount-{name}", f"the price is {str(value)[:30]!r}", one(amount=value),
                      official=PAID if lax else ("signed", "unreadable payment")
                      if name == "list" else ())


def prices():
    yield refused("price-huge", "1000 USDC for a call", one(amount="1000000000"))
    yield refused("price-above-cap", "one unit above the buyer's cap", one(amount=str(CAP + 1)),
                  official=("paid too much", "signed", "took a broken answer for whole",
                            "too much was moved"))
    yield Case("dear-first", "the same, dear and cheap", v2(offer(amount="40000"), offer()),
               official=("paid too much", "too much was moved"))
    yield Case("price-rises", "after a payment, 402 with four times the price",
               in_turn(v2(), one(amount="40000")), one(amount="40000"), pays=0, served=False)
    yield Case("price-falls", "after a payment, 402 with half the price", v2(),
               one(amount="5000"), pays=0, served=False)
    yield Case("price-rises-always", "each 402 asks for more than the last",
               in_turn(*(one(amount=str(PRICE * factor)) for factor in (1, 2, 3, 4))),
               lambda visit: one(amount=str(PRICE * (visit.paid + 2)))(visit), pays=0, served=False)
    yield Case("recipient-changes", "after a payment, 402 with another recipient", v2(),
               one(payTo=THIEF), pays=0, served=False)


def loops():
    again = v2(error="payment_expired")
    yield Case("loop", "every payment is answered with 402", v2(), v2(), pays=0, served=False)
    yield Case("loop-settles", "every payment is cashed and answered with 402", v2(),
               settled_then(v2()), served=False)
    yield Case("loop-expired", "every payment is said to have expired", v2(), again, pays=0,
               served=False)
    yield Case("loop-v1", "the same in version 1", v1(), settled_then(v1()), served=False)


def redirects():
    away = ("went to a stranger", "handed a payment to a stranger")
    for status in (301, 302, 303, 307, 308):
        yield Case(f"redirect-{status}", f"{status} to another host instead of terms",
                   redirect(status), redirect(status), signs=False, pays=0, served=False,
                   official=(*away, "signed", "paid somebody else", "took a broken answer for whole"))
    for status in (302, 307, 308):
        yield Case(f"redirect-{status}-paid", f"{status} to another host after a payment", v2(),
                   redirect(status), pays=0, served=False,
                   official=(*away, "took a broken answer for whole"))
    yield Case("location", "terms with a Location beside them",
               lambda visit: v2(headers=[("Location", visit.stranger)])(visit))
    yield Case("resource-elsewhere", "the terms name a resource of another host",
               lambda visit: v2(resource={"url": visit.stranger})(visit), signs=None, served=None)


def lies():
    def receipt(success, transaction, **more):
        return lambda visit, hash: visit.receipt(transaction or hash, success, **more)

    failed = "invalid_exact_evm_transaction_failed"
    yield Case("settled-says-failed", "cashes, and says that it failed", v2(), settled_then(
        lambda visit: visit.call.answer(402, {}, visit.receipt("", False, errorReason=failed))),
        served=False)
    yield Case("settled-says-pending", "cashes, and says that it is not yet known", v2(),
               settled_then(lambda visit: visit.call.answer(402, {}, visit.receipt(
                   "0x" + "12" * 32, False, errorReason="settlement_pending"))), served=False)
    yield Case("no-receipt", "cashes, hands out, gives no receipt", v2(), receipt_then_answer())
    yield Case("gift", "hands out and never cashes", v2(), receipt_then_answer(False), pays=0)
    yield Case("invented-hash", "hands out with a receipt for a transaction that is not", v2(),
               receipt_then_answer(False, receipt(True, "0x" + "de" * 32)), pays=0)
    yield Case("foreign-hash", "hands out with the hash of somebody else's transaction", v2(),
               receipt_then_answer(False, lambda visit, _: visit.receipt(
                   visit.shop.chain.transfers()[0].transaction)), pays=0)
    yield Case("receipt-of-other", "a receipt of another payer and a huge amount", v2(),
               receipt_then_answer(True, receipt(True, None, payer=THIEF, amount="999999999")))
    yield Case("receipt-failed", "hands out what it says was not paid", v2(),
               receipt_then_answer(True, receipt(False, "", errorReason=failed)))
    yield Case("receipt-garbage", "a receipt that is none", v2(), receipt_then_answer(
        True, lambda visit, _: [("PAYMENT-RESPONSE", "%%%" + "A" * 1000)]))
    yield Case("receipt-nested", "a receipt 3000 lists deep", v2(), receipt_then_answer(
        True, lambda visit, _: [("PAYMENT-RESPONSE", encoded("[" * 3000 + "]" * 3000))]))


def failures():
    broken = plain(500, body={"error": {"message": "Broken", "type": "server_error"}})

    def cut_stream(visit):
        visit.call.begin_stream(visit.receipt("0x" + "00" * 32))
        visit.call.piece(delta("One"))
        raise ConnectionResetError

    def cut_body(visit):
        visit.call.head(200, [("Content-Length", 1000)])
        visit.call.write(b'{"id":"chatcmpl-1","choices":[')
        raise ConnectionResetError

    yield Case("500", "fails after the payment, before cashing", v2(), broken, pays=0, served=False)
    yield Case("500-settled", "fails after cashing", v2(), settled_then(broken), served=False)
    yield Case("503-settled", "busy after cashing", v2(), settled_then(
        plain(503, [("Retry-After", "1")])), served=False)
    yield Case("429-paid", "too many requests, once paid", v2(),
               plain(429, [("Retry-After", "1")]), pays=0, served=False)
    yield refused("hang", "never answers", hang, hangs=True)
    yield Case("hang-paid", "never answers what is paid", v2(), hang, pays=0, served=False,
               hangs=True)
    yield Case("hang-settled", "cashes and never answers", v2(), settled_then(hang),
               served=False, hangs=True)
    yield Case("close-paid", "closes when paid", v2(), close, pays=0, served=False)
    yield Case("close-settled", "cashes and closes", v2(), settled_then(close), served=False)
    yield Case("lost-once", "cashes; its first answer is lost, the same payment brings it again",
               v2(), in_turn(settled_then(close), deliver), served=None)
    yield Case("cut-stream", "cashes and breaks off", v2(), settled_then(
        lambda visit: (cut_stream if visit.stream() else cut_body)(visit)), served=False)
    yield Case("empty-200", "cashes and answers with nothing", v2(), settled_then(
        lambda visit: visit.call.answer(200, b"")), served=None)


def garbage():
    def headers_beside(*values, body=None):
        return plain(402, [("PAYMENT-REQUIRED", value) for value in values], body)

    def twice(visit):  # a second amount behind the first: readers differ about which one counts
        entry = json.dumps(offer())
        double = entry.replace('"amount"', '"amount": "9", "amount"', 1)
        return json.dumps(terms(visit.url, ["ENTRY"])).replace('"ENTRY"', double)

    def escaped(visit):
        entry = json.dumps(offer())[:-1] + ', "pay\\u0054o": "' + THIEF + '"}'
        return json.dumps(terms(visit.url, ["ENTRY"])).replace('"ENTRY"', entry)

    def endless(visit):
        visit.call.head(402, [("Transfer-Encoding", "chunked")])
        for _ in range(512):
            visit.call.piece(b" " * 65536)
        visit.call.wait_left()

    yield refused("header-garbage", "the header is no base64", headers_beside("%%% garbage %%%"))
    yield refused("header-empty", "the header is empty", headers_beside(""))
    yield refused("header-torn", "the header breaks off", headers_beside(encoded('{"x402Version":2,')))
    yield refused("header-binary", "the header holds bytes that are no UTF-8",
                  headers_beside("/////w=="))
    yield refused("header-nested", "the header is 3000 lists deep",
                  raw_terms("[" * 3000 + "]" * 3000))
    yield refused("header-list", "the header holds a list", raw_terms(json.dumps([offer()])))
    yield Case("header-garbage-body-good", "a broken header and good terms in the body",
               lambda visit: headers_beside("%%%", body={
                   "x402Version": 1, "error": "", "accepts": [old_offer(visit.url)]})(visit),
               signs=None, served=None)
    yield Case("header-and-body-differ", "the body names another recipient and a lower price",
               lambda visit: v2(body={"x402Version": 1, "error": "", "accepts": [old_offer(
                   visit.url, payTo=THIEF, maxAmountRequired="9000")]})(visit),
               signs=None, served=None)
    yield Case("two-headers", "two sets of terms, the second to another recipient",
               lambda visit: headers_beside(
                   encoded(terms(visit.url, [offer()])),
                   encoded(terms(visit.url, [offer(payTo=THIEF)])))(visit), signs=None, served=None)
    yield refused("duplicate-key", "the amount stands twice", raw_terms(twice), official=PAID)
    yield refused("duplicate-key-escaped", "the recipient stands twice, once escaped",
                  raw_terms(escaped), official=("paid somebody else", *PAID))
    yield refused("body-html", "a page instead of terms", plain(body=b"<html>Pay me</html>"))
    yield refused("body-garbage", "bytes instead of terms", plain(body=bytes(range(256)) * 10))
    yield refused("body-nested", "a body 100000 lists deep",
                  plain(body=b"[" * 100_000 + b"]" * 100_000))
    yield refused("body-endless", "a body of 32 MB that does not end", endless, hangs=True)
    yield refused("no-offers", "an empty list of offers", raw_terms(lambda visit: json.dumps(terms(visit.url, []))))
    yield refused("version-3", "a version to come", v2(x402Version=3))
    yield Case("version-text", "the version is text", v2(x402Version="2"), signs=None, served=None)
    yield Case("nulls", "null for everything that may be left out", v2(
        offer(), error=None, extensions=None), signs=None, served=None)
    yield Case("null-extra", "null for the token's domain, which we know anyway", one(extra=None),
               signs=None, served=None)
    yield Case("many-offers", "20000 offers on foreign networks, then a good one",
               lambda visit: v1({}, first=[old_offer(visit.url, network="nowhere")] * 20_000)(visit),
               signs=None, served=None)
    yield Case("long-description", "a description of a megabyte", v1({"description": "x" * 2**20}),
               signs=None, served=None)
    yield Case("markup", "markup and marks of direction in every text", lambda visit: v2(
        error=RICH, resource={"url": visit.url, "description": RICH, "serviceName": RICH,
                              "iconUrl": "javascript:alert(1)"})(visit), signs=None, served=None)


def strange_offers():
    paid_anyway = ("signed",)
    for name, extra in (("name", {"name": "Permit2", "version": "2"}),
                        ("version", {"name": "USDC", "version": "1"}),
                        ("name-of-mainnet", {"name": "USD Coin", "version": "2"})):
        yield refused(f"domain-{name}", f"USDC with a foreign domain: {extra}", one(extra=extra),
                      official=paid_anyway)
    yield refused("asset-unknown", "a token that nobody knows, called USDC", one(asset=NOWHERE))
    yield refused("asset-of-other-chain", "USDC's address on another chain", one(asset=MAINNET_USDC))
    yield refused("other-chain", "a chain where the buyer holds nothing",
                  one(network="eip155:8453", asset=MAINNET_USDC,
                      extra={"name": "USD Coin", "version": "2"}), official=paid_anyway)
    for name, network in (("hex", "eip155:0x14a34"), ("zeros", "eip155:0084532"),
                          ("2-64", f"eip155:{2**64 + 84532}"), ("v1-name", "base-sepolia"),
                          ("case", "EIP155:84532")):
        yield refused(f"network-{name}", f"the network is {network}", one(network=network))
    yield refused("recipient-zero", "to the zero address", one(payTo="0x" + "0" * 40),
                  official=("paid somebody else", "signed"))
    yield refused("recipient-short", "to a short address", one(payTo="0x1234"))
    yield refused("recipient-name", "to a name", one(payTo="seller.eth"))
    yield refused("permit2", "Permit2, which the buyer never approved",
                  one(extra={"name": "USDC", "version": "2", "assetTransferMethod": "permit2"}),
                  official=paid_anyway)
    yield refused("upto-above-cap", "upto, with a maximum above the cap", one(
        scheme="upto", amount="900000", extra={
            "name": "USDC", "version": "2", "assetTransferMethod": "permit2",
            "facilitatorAddress": EXACT_PROXY}), official=("paid too much", "signed"))
    yield refused("method-unknown", "an unknown way to move the token", one(
        extra={"name": "USDC", "version": "2", "assetTransferMethod": "teleport"}),
        official=PAID)
    yield refused("only-unknown", "only schemes and networks that nobody has",
                  v2(offer(scheme="deferred"), offer(network="solana:mainnet")))
    for name, first in (("scheme", {"scheme": "lightning"}), ("network", {"network": "solana:mainnet"}),
                        ("flow", {"extra": {"name": "USDC", "version": "2", "paymentFlow": "hope"}}),
                        ("asset", {"asset": NOWHERE})):
        yield Case(f"{name}-unknown-first", f"an unknown {name}, then a good offer",
                   v2(offer(**first), offer()))
    yield Case("valid-for-a-year", "maxTimeoutSeconds is a year", one(maxTimeoutSeconds=YEAR),
               signs=None, served=None, official=("valid for too long",))
    for name, seconds in (("negative", -60), ("zero", 0), ("text", "120"), ("huge", 10**300),
                          ("fraction", 0.5), ("2-64", 2**64 + 60)):
        yield Case(f"valid-{name}", f"maxTimeoutSeconds is {str(seconds)[:20]}",
                   one(maxTimeoutSeconds=seconds), signs=None, served=None,
                   official=("valid for too long",) if name in ("text", "2-64") else ())


def other_protocols():
    quota = {"error": {"message": "You exceeded your current quota", "type": "insufficient_quota",
                       "param": None, "code": "insufficient_quota"}}
    mpp = ("WWW-Authenticate", 'Payment id="x1", realm="shop", method="tempo", intent="charge", '
                               'request="eyJhbW91bnQiOiIxMDAwMCJ9"')
    yield refused("quota", "a 402 that is about an account", plain(body=quota))
    yield refused("mpp", "the terms of another protocol", plain(headers=[mpp], body=quota))
    yield Case("mpp-beside", "another protocol beside x402", v2(headers=[mpp]))
    yield refused("terms-on-500", "terms beside an error", v2(status=500))
    yield refused("terms-on-401", "terms beside a refusal", v2(status=401))
    yield refused("terms-on-412", "an approval is missing, says the seller", v2(status=412))
    yield Case("terms-on-200", "terms beside an answer that costs nothing", lambda visit: visit.answer(
        [("PAYMENT-REQUIRED", encoded(terms(visit.url, [offer()])))]), signs=False, pays=0)
    yield Case("free", "no terms at all", lambda visit: visit.answer(), signs=False, pays=0)


CASES = (
    Case("honest", "an honest seller, version 2"),
    Case("honest-v1", "an honest seller, version 1", v1()),
    *prices(), *amounts(), *loops(), *redirects(), *lies(), *failures(), *garbage(),
    *strange_offers(), *other_protocols())


class HostileSeller(shady_shop.HostileSeller):
    """All of CASES."""

    def __init__(self, chain):
        super().__init__(chain, CASES)


__all__ = ["CAP", "CASES", "Case", "HostileSeller", "LONGEST", "NETWORK", "PRICE", "USDC"]
