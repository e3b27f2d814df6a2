# SPDX-License-Identifier: MIT
"""What the worlds of kill_worlds.py share, the scenarios that are made of them, and how their
gateways are killed."""

import contextlib
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass, field

from fake_upstream import FakeUpstream, delta
from kill_worlds import Bought, Sold
from killing import Killer, was_killed
from x402.chain import BUYER, USDC, Chain
from x402.hostile_buyer import Signer
from x402.market import facilitator
from x402.shady_shop import (Case, close, deliver, in_turn, offer, plain, receipt_then_answer,
                             settled_then, v1, v2)


class Rig:
    """A chain, an official facilitator, and one that settles late and never says so."""

    PURSE = 1_000_000  # units that each payer has

    def __init__(self, stack):
        self.chain = stack.enter_context(Chain())
        self.bank = stack.enter_context(facilitator(self.chain))
        self.signer = stack.enter_context(Signer())
        self.late = stack.enter_context(FakeUpstream(self._settle_late))
        self.chain.fund(BUYER.address, usdc=1_000_000_000)
        self.lock = threading.Lock()

    def fund(self, account):
        with self.lock:
            self.chain.fund(account.address, usdc=self.PURSE, coins=10**18)
            self.chain.approve(account.address, self.PURSE, USDC)

    def fund_relayer(self, account):
        self.chain.fund(account.address, coins=10**19)

    @staticmethod
    def wake(gateway):
        """A provider that failed once rests no longer than its next good answer."""
        with contextlib.suppress(OSError):
            gateway.chat()

    def stream(self, call):
        call.begin_stream()
        for piece in (delta("Hel"), delta("lo."), delta(finish="stop"), b"data: [DONE]\n\n"):
            call.piece(piece)
        call.end_stream()

    def _pass_on(self, call):
        question = urllib.request.Request(self.bank.url + call.path, call.body or None,
                                          {"Content-Type": "application/json"})
        with urllib.request.urlopen(question, timeout=30) as answer:
            return answer.read()

    def _settle_late(self, call):
        if call.path != "/settle":
            return call.answer(200, self._pass_on(call))
        timer = threading.Timer(1.0, self._pass_on, (call,))
        timer.daemon = True
        timer.start()
        return call.answer(500, {"error": "out of order"})


def by_facilitator(world):
    return {"facilitator": world.rig.bank.url}


def by_late_facilitator(world):
    return {"facilitator": f"http://127.0.0.1:{world.rig.late.port}"}


def by_itself(world):
    world.rig.fund_relayer(world.relayer)
    return {"self": {"relayer_key": {"value": world.relayer.key}, "rpc": world.rig.chain.url,
                     "coin_usd": "10", "gas_per_settlement_usd": "1", "gas_per_day_usd": "500"}}


# Nothing is dead before our own clock says so, and that nobody sets for a test.
BRIEF = {"maxTimeoutSeconds": 15}
TERMS = v2(offer(**BRIEF))


def buys(name, about, ask=TERMS, paid=deliver, asks=False):
    return lambda rig, folder: Bought(rig, folder, Case(name, about, ask, paid), asks)


def sells(settle, **more):
    return lambda rig, folder: Sold(rig, folder, settle, **more)


SCENARIOS = {
    "buys": buys("honest", "version 2"),
    "buys-v1": buys("honest-v1", "version 1", v1(BRIEF)),
    "buys-asked": buys("honest", "a person approves", asks=True),
    "buys-broken-off": buys("broken-off", "cashes, and breaks off at first", TERMS,
                            in_turn(settled_then(close), close, close, close, deliver)),
    "buys-failing": buys("failing", "fails at first, and cashes later", TERMS,
                         in_turn(*[plain(500)] * 4, deliver)),
    "buys-refused": buys("refused", "refuses at first, and cashes the next time", TERMS,
                         in_turn(v2(offer(**BRIEF), error="busy"), deliver)),
    "buys-no-receipt": buys("no-receipt", "names no transaction", TERMS, receipt_then_answer()),
    "sells": sells(by_facilitator),
    "sells-stream": sells(by_facilitator, stream=True),
    "sells-itself": sells(by_itself),
    "sells-upto": sells(by_facilitator, scheme="upto"),
    "sells-upto-itself": sells(by_itself, scheme="upto"),
    "sells-failing": sells(by_facilitator, fails=1, named=True),
    "sells-failing-unnamed": sells(by_facilitator, fails=1),
    "sells-unknown": sells(by_late_facilitator, leaves=0.6, named=True),
}


@dataclass(frozen=True)
class Cut:
    """When a gateway dies: in or `after` its `number`-th moment, or, with `commits`, in or after
    the end of that transaction."""
    number: int
    after: bool = True
    commits: bool = True

    def __str__(self):
        side = "behind" if self.after else "in"
        return f"{side} {'transaction' if self.commits else 'moment'} {self.number}"


@dataclass
class Strike:
    """What one sequence of gateways on the same books came to."""
    start: object  # a scenario, or a Left
    cut: object    # when the last that was to die did; None: nobody was to
    left: list = field(default_factory=list)  # in the books, by each of them
    killed: bool = False
    seen: int = 0  # moments of the last that was to be killed
    kinds: str = ""
    wrong: list = field(default_factory=list)

    def scenario(self):
        return getattr(self.start, "scenario", self.start)

    def __str__(self):
        return f"{self.start}, killed {self.cut}, left {self.left}"


def quiet(world, killer, seconds=0.4, most=1.0):
    """Until it is dead, or has come to its end and writes no more."""
    seen, since = killer.seen(), time.monotonic()
    while not world.dead():
        if killer.seen() != seen:
            seen, since = killer.seen(), time.monotonic()
        still = time.monotonic() - since
        if still > most or (still > seconds and world.is_final()):
            return
        time.sleep(0.02)


def begin(world, killer, cut):
    """The first gateway, and the client's first try."""
    world.start(killer)
    world.ready()
    world.prepare()
    killer.arm(cut.number, cut.after, cut.commits)
    world.go()
    quiet(world, killer)


def die_at_work(world):
    world.start()
    world.prepare()
    world.gate.clear()
    client = threading.Thread(target=world.go)
    client.start()
    world.at_work.wait(30)
    world.gateway.kill()
    world.gate.set()
    client.join()


def go_on(world, killer, cut):
    """A later one: it can die from its very start."""
    killer.arm(cut.number, cut.after, cut.commits)
    world.start(killer)
    if world.ready():
        quiet(world, killer)
        world.go()
        quiet(world, killer)


@dataclass(frozen=True)
class Left:
    """What a first gateway leaves that dies behind this transaction; or behind a neighbour, for
    what else a gateway writes may move it. 0: it dies while the work is done that it sells."""
    scenario: str
    number: int
    states: tuple

    def bring(self, rig, stack):
        for shift in (0, 1, -1, 2, 3, -2, 0, 1, 4, -3, 0, 1, -1, 2):
            own = stack.enter_context(contextlib.ExitStack())
            world = enter(rig, self.scenario, own)
            if self.number:
                begin(world, Killer(world.folder), Cut(self.number + shift))
            else:
                die_at_work(world)
            if was_killed(world.gateway) and world.states()[:len(self.states)] == self.states:
                return world
            own.close()
        raise AssertionError(f"{self.scenario} never left {self.states}")


def enter(rig, scenario, stack):
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="gr-kill-"))
    world = SCENARIOS[scenario](rig, folder)
    stack.callback(world.close)
    return world


def strike(rig, start, cut):
    """A gateway that is killed, and one more that comes to the end. `start`: a scenario, or a Left:
    then another one was killed before."""
    with contextlib.ExitStack() as stack:
        if isinstance(start, Left):
            world = start.bring(rig, stack)
            done = Strike(start, cut, [world.states()])
            time.sleep(world.pause)
        else:
            world = enter(rig, start, stack)
            done = Strike(start, cut)
        killer = Killer(world.folder, "killer-of-the-last")
        (go_on if done.left else begin)(world, killer, cut)
        done.seen, done.kinds = killer.seen(), killer.kinds()
        killer.disarm()
        time.sleep(0.02)  # if it is dying just now
        done.killed = was_killed(world.gateway)
        done.left.append(world.states())
        if done.killed:
            time.sleep(world.pause)
            world.start()
            world.come_again()
        judge(done, world)
    return done


def judge(done, world, comes=True):
    if not world.wait_final():
        done.wrong.append(f"not at its end: {world.states()}")
    world.gateway.stop()
    done.wrong += world.wrong(comes)


def abandon(rig, starts):
    """What was left, while the client never comes again, and the next gateway starts long after the
    end of every authorization."""
    with contextlib.ExitStack() as stack:
        worlds = [start.bring(rig, stack) for start in starts]
        strikes = [Strike(start, None, [world.states()]) for start, world in zip(starts, worlds)]
        rig.chain.rpc("evm_increaseTime", hex(2_000))
        rig.chain.mine(100)
        for world in worlds:
            world.buried = True
            world.start()
        for done, world in zip(strikes, worlds):
            judge(done, world, comes=False)
            done.left.append(world.states())
    return strikes
