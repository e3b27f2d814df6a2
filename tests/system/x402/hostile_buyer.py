# SPDX-License-Identifier: MIT
"""Buyers that no seller should serve: ATTACKS, each with what a sound seller does.

    with Chain() as chain, Signer() as signer:
        raid = Raid(chain, signer, seller_url_v1, dear={…}, worked=lambda: calls_of_upstream)
        for outcome in raid.run(ATTACKS):
            self.assertEqual(outcome.wrong, [], outcome)

What a seller does not offer is skipped, and the outcome says so."""

import json

from . import purse
from .bent_payments import BENT, NOWHERE, SERVED, THIEF, bent, changed, now
from .purse import Signer
from .raid import CHAT, PURSE, Attack, Raid

# It works for every copy that it looks at before the first is settled.
BUSY = {"official": ("worked for nothing",), "race": True}


def honest():
    yield Attack("honest", "an honest buyer", bent(), (1,), (1,))
    yield Attack("honest-stream", "an honest buyer of a stream",
                 lambda here: here.send(here.pay(), body={**here.raid.body, "stream": True}), (1,), (1,))
    yield Attack("unpaid", "asks and never pays", lambda here: here.send())

    def wallet(here):
        contract = here.chain.contract_wallet(here.payer.address)
        here.chain.fund(contract, usdc=PURSE)
        here.send(here.pay(change={"from": contract}))
    yield Attack("contract-wallet", "the payer is a contract (EIP-1271)", wallet, (1,), (1,))

    def foreign(here):
        contract = here.chain.contract_wallet(THIEF)
        here.chain.fund(contract, usdc=PURSE)
        here.send(here.pay(change={"from": contract}))
    yield Attack("contract-wallet-foreign", "the contract has another owner", foreign)


def replays():
    def twice(second=lambda here, payment: here.send(payment)):
        def run(here):
            payment = here.pay()
            here.send(payment)
            second(here, payment)
        return run

    def recased(payment, how, *names):
        copy = purse.Payment(payment.version, json.loads(json.dumps(payment.payload)), payment.dump)
        for name in names:
            copy.authorization()[name] = "0x" + how(payment.authorization()[name][2:])
        return copy

    def spaced(payment):
        return purse.Payment(payment.version, payment.payload,
                             lambda value: json.dumps(value, indent=3, sort_keys=True))

    def swarm(here):
        here.together([here.pay()] * 20)

    def mixed(here):
        one = here.pay()
        here.together([one, spaced(one), recased(one, str.upper, "nonce"),
                       recased(one, str.lower, "from", "to")] * 5)

    def two_payers(here):
        other = here.signer.account()
        here.chain.fund(other.address, usdc=PURSE)
        nonce = {"nonce": "0x" + "cd" * 32}
        here.send(here.pay(change=nonce))
        here.send(here.pay(payer=other, change=nonce))

    def two_authorizations(send):
        def run(here):
            nonce = "0x" + "ab" * 32
            send(here, [here.pay(change={"nonce": nonce, "validBefore": now(60 + extra)})
                        for extra in (0, 1)])
        return run

    def other_version(here):
        first = here.pay()
        here.send(first)
        here.send(purse.wrapped(here.other_offer(), first.inner()))

    def other_versions(here):
        first = here.pay()
        here.together([first, purse.wrapped(here.other_offer(), first.inner())] * 5)

    once = dict(served=(1,), charged=(1,), statuses=(400, 402, 409))
    # The same header for the same request may bring the same answer again: then there are two.
    yield Attack("replay", "the same payment again", twice(), **{**once, "served": (1, 2)})
    yield Attack("replay-other-request", "the same payment for another request", twice(
        lambda here, payment: here.send(payment, body={**here.raid.body, "temperature": 0.5})), **once)
    yield Attack("replay-20", "20 copies at once", swarm, **{**once, "served": tuple(range(1, 21))},
                 **BUSY)
    yield Attack("replay-nonce-case", "again, its nonce in capitals", twice(
        lambda here, payment: here.send(recased(payment, str.upper, "nonce"))),
        **{**once, "served": (1, 2)})
    yield Attack("replay-address-case", "again, its addresses in small letters", twice(
        lambda here, payment: here.send(recased(payment, str.lower, "from", "to"))),
        **{**once, "served": (1, 2)})
    yield Attack("replay-spaced", "again, its JSON written otherwise", twice(
        lambda here, payment: here.send(spaced(payment))), **{**once, "served": (1, 2)})
    yield Attack("replay-20-mixed", "20 copies at once in four forms", mixed,
                 **{**once, "served": tuple(range(1, 21))}, **BUSY)
    yield Attack("nonce-twice", "two authorizations with one nonce",
                 two_authorizations(lambda here, two: [here.send(one) for one in two]), **once)
    yield Attack("nonce-twice-at-once", "the same, at once",
                 two_authorizations(lambda here, two: here.together(two)), **once,
                 **BUSY)
    yield Attack("nonce-of-two-payers", "the same nonce by two payers, which is right",
                 two_payers, (2,), (2,))
    yield Attack("replay-as-v1", "again, in the other version", other_version, needs="both",
                 **{**once, "served": (1, 2)})
    yield Attack("replay-both-versions", "ten copies at once in both versions", other_versions,
                 needs="both", **{**once, "served": tuple(range(1, 11))}, **BUSY)
    yield Attack("high-s-copy", "again, with the other signature of the same digest", twice(
        lambda here, payment: (payment.inner().update(signature=purse.high_s(
            payment.inner()["signature"])), here.send(payment))), **once)


def requests():
    bad = (400, 404, 413, 415, 422)
    yield Attack("body-no-json", "a good payment for no JSON", lambda here: here.send(
        here.pay(), body=b"{not json"), statuses=bad)
    yield Attack("body-empty", "a good payment for nothing", lambda here: here.send(
        here.pay(), body=b""), statuses=bad)
    yield Attack("body-no-messages", "a good payment for a request without messages",
                 lambda here: here.send(here.pay(), body={"model": here.raid.body["model"]}),
                 statuses=bad)
    yield Attack("body-no-model", "a good payment for a model that is not", lambda here: here.send(
        here.pay(), body={**here.raid.body, "model": "gone"}), statuses=bad)
    yield Attack("cheap-for-dear", "a payment for a cheap request with a dear one",
                 lambda here: here.send(here.pay(), body=here.raid.dear), needs="dear")
    yield Attack("cheap-terms-for-dear", "the same at the dear price's time: the dear 402 was seen",
                 lambda here: (here.offer_for(here.raid.dear, "exact"),
                               here.send(here.pay(), body=here.raid.dear)), needs="dear")

    def reused(here):
        first, second = here.pay(), here.pay()
        for payment in (first, second):
            payment.payload["extensions"] = {"payment-identifier": {
                **here.extensions.get("payment-identifier", {}),
                "info": {"required": False, "id": "pay_0123456789abcdef"}}}
        here.send(first)
        here.send(second)
    yield Attack("identifier-reused", "two payments with one identifier", reused, (1,), (1,),
                 statuses=(402, 409), needs="identifier", official=SERVED)
    yield Attack("echo-changed", "echoes an extension with other values", changed(
        lambda payment: payment.payload.update(extensions={
            name: {"info": {"changed": "yes"}, "schema": {}}
            for name in ("payment-identifier", "bazaar")})), needs="identifier",
        served=(0, 1), charged=(0, 1))


def on_chain():
    def first(act):
        def run(here):
            payment = here.pay()
            act(here, payment)
            here.send(payment)
        return run

    def blacklisted(here, _):
        here.chain.blacklist(here.payer.address)

    def paused(here):
        payment = here.pay()
        here.chain.pause()
        try:
            here.send(payment)
        finally:
            here.chain.pause(False)

    def between(act):
        def run(here):
            payment = here.pay()
            here.between(payment, lambda: act(here, payment))
        return run

    def run_off(here, _):
        data = "0xa9059cbb" + f"{int('e' * 40, 16):064x}{PURSE:064x}"
        here.chain.hurry(here.payer.address, here.offer["asset"], data)

    def take_back(here, payment):
        _, nonce, signature = purse.cancellation(
            here.signer, here.payer, here.offer, here.chain.chain_id,
            payment.authorization()["nonce"])
        here.chain.hurry(here.payer.address, here.offer["asset"],
                         "0xb7b72899" + f"{int(here.payer.address, 16):064x}{nonce[2:]}{96:064x}"
                         + f"{65:064x}{signature[2:]}" + "00" * 31)

    yield Attack("cancelled", "the authorization was cancelled", first(
        lambda here, payment: here.cancel(payment)))
    yield Attack("emptied", "the account was emptied", first(lambda here, _: here.empty()))
    yield Attack("one-unit-short", "the account holds one unit less", first(
        lambda here, _: here.empty(purse.price(here.offer) - 1)))
    # The seller has the money; it may serve once, or say that the payment is used.
    yield Attack("cashed-by-buyer", "the buyer cashed the payment itself", first(
        lambda here, payment: here.cash(payment)), (0, 1), (1,))
    yield Attack("blacklisted", "the issuer blocks the payer", first(blacklisted))
    yield Attack("paused", "the issuer stopped the token", paused)
    # The check passes and the settlement fails: whoever serves before settling has lost.
    settles = dict(work=0, statuses=(402, 500, 502, 503), official=("worked for nothing",))
    yield Attack("emptied-between", "the account is emptied between check and settlement",
                 between(run_off), **settles)
    yield Attack("cancelled-between", "cancelled between check and settlement",
                 between(take_back), **settles)


def over_permit2():
    def signed(needs, **bends):
        return dict(run=bent(**bends), needs=needs, statuses=(400, 402, 412))

    for needs in ("permit2", "upto"):
        def named(name, needs=needs):
            return f"{needs}-{name}"

        yield Attack(named("honest"), "an honest buyer", bent(), (1,), (1,), needs=needs)
        yield Attack(named("spender"), "another spender", **signed(needs, change={"spender": THIEF}))
        yield Attack(named("to-other"), "pays somebody else", **signed(needs, witness={"to": THIEF}))
        yield Attack(named("less"), "signs one unit", lambda here: here.send(here.pay(change={
            "permitted": {"token": here.offer["asset"], "amount": "1"}})), needs=needs)
        yield Attack(named("claims-more"), "signs one unit, claims the price", lambda here: here.send(
            here.pay(change={"permitted": {"token": here.offer["asset"], "amount": "1"}},
                     claim={"permitted": {"token": here.offer["asset"],
                                          "amount": here.offer["amount"]}})), needs=needs)
        yield Attack(named("token"), "another token", lambda here: here.send(here.pay(change={
            "permitted": {"token": NOWHERE, "amount": here.offer["amount"]}})), needs=needs)
        yield Attack(named("expired"), "expired", **signed(needs, change={"deadline": "1"}))
        yield Attack(named("not-yet"), "not yet valid", **signed(
            needs, witness={"validAfter": str(2**40)}))
        yield Attack(named("no-approval"), "without approval", lambda here: (
            here.chain.approve(here.payer.address, 0, here.offer["asset"]), here.send(here.pay())),
            needs=needs, statuses=(402, 412))
        yield Attack(named("replay"), "the same payment again", lambda here: (
            lambda payment: (here.send(payment), here.send(payment)))(here.pay()), (1, 2), (1,),
            needs=needs, statuses=(400, 402, 409))
        yield Attack(named("replay-10"), "10 copies at once", lambda here: here.together(
            [here.pay()] * 10), tuple(range(1, 11)), (1,), needs=needs, statuses=(400, 402, 409),
            **BUSY)
    yield Attack("upto-facilitator", "another may settle", needs="upto",
                 run=bent(witness={"facilitator": THIEF}))


ATTACKS = (*honest(), *replays(), *BENT, *requests(), *on_chain(), *over_permit2())

__all__ = ["ATTACKS", "CHAT", "PURSE", "Attack", "Raid", "Signer"]
