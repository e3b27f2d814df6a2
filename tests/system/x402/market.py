# SPDX-License-Identifier: MIT
"""The official facilitator, sellers and buyers, and a third party's buyer, unchanged.

    with Chain() as chain, facilitator(chain) as bank, seller_v2(chain, bank) as shop:
        seen = buy("v2", chain, BUYER, shop.url + "/v1/chat/completions", CHAT)
"""

import json
import urllib.request

from .chain import FACILITATOR, SELLER, USDC, USDT
from .leash import Service, run

CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hi"}]}
BUYERS = ("v2", "v1", "faremeter")


def facilitator(chain, key=FACILITATOR.key, **more):
    """/verify, /settle, /supported; `confirmation_ms` bounds its wait for a block."""
    return Service("facilitator.mjs", rpc=chain.url, chain_id=chain.chain_id, key=key, **more)


def seller_v2(chain, bank, pay_to=SELLER):
    """Paths and prices: see seller_v2.mjs."""
    return Service("seller_v2.mjs", facilitator=bank.url, chain_id=chain.chain_id, pay_to=pay_to,
                   usdc=USDC, usdt=USDT)


def seller_v1(bank, pay_to=SELLER):
    """Base Sepolia only; path and price: see seller_v1.mjs."""
    return Service("seller_v1.mjs", facilitator=bank.url, pay_to=pay_to)


def buy(kind, chain, buyer, url, body, headers=None, maximum=None):
    """One purchase with one of BUYERS. What it saw: {exchanges: [[status, sent headers], …]} with
    {status, headers, body, receipt} or {error}. `maximum` in units lifts the client's own cap."""
    return buy_all(kind, chain, buyer, [url], body, headers, maximum)[0]


def buy_all(kind, chain, buyer, urls, body, headers=None, maximum=None, seconds=50):
    """The same at each address, all at once. `seconds` is how long the client waits for one."""
    return run("buyer.mjs", kind, job=[{
        "url": url, "body": body, "key": buyer.key, "rpc": chain.url, "chain_id": chain.chain_id,
        "headers": headers or {}, "max": None if maximum is None else str(maximum),
        "seconds": seconds} for url in urls])


def stats(service):
    """How often a seller's handler ran ({ran}), or the facilitator was asked ({verify, settle})."""
    with urllib.request.urlopen(service.url + "/stats", timeout=30) as answer:
        return json.load(answer)
