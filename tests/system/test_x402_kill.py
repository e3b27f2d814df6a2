# SPDX-License-Identifier: MIT
"""Gateways that are killed at each end of a transaction, in both state machines of payments, and go
on from their books: nothing is paid twice, and neither a credit nor income is lost.

The arcs of the machines stand in tests/data/payments/arcs.json, each with how it is covered: "cut"
is killed here on both sides of the very transaction that takes it; "abandoned" is taken here by a
gateway that starts when all is over; else a test of the books has it. With GR_TEST_ALL_KILLS=1 they
die at every write, cut and sync of the ledger and at every send, too: minutes."""

import contextlib
import json
import os
import threading
import time
import unittest
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from kill_rig import SCENARIOS, Cut, Left, Rig, abandon, strike
from paying import tell

ARCS = json.loads((Path(__file__).parent.parent / "data/payments/arcs.json").read_text())
ALL = "GR_TEST_ALL_KILLS" in os.environ
AT_ONCE = 6  # gateways wait for disks and blocks most of the time

# Those that have every arc between them.
USUAL = ("buys-asked", "buys-failing", "buys-refused", "sells-itself", "sells-upto",
         "sells-failing-unnamed", "sells-unknown")
# What is left by a gateway; the next one dies, too.
RECOVERIES = (Left("buys", 3, ("intended",)), Left("buys-asked", 3, ("held",)),
              Left("buys-broken-off", 6, ("unknown",)), Left("sells", 1, ("reserved",)),
              Left("sells", 2, ("settling",)), Left("sells", 3, ("settled",)),
              Left("sells", 4, ("serving",)), Left("sells-upto", 1, ("reserved",)),
              Left("sells-upto", 2, ("serving",)), Left("sells-upto", 3, ("settling",)),
              Left("sells-failing", 0, ("credit", "credit taken")),
              Left("sells-unknown", 3, ("unknown",)))
# Where a payment ends that nobody comes for.
ABANDONED = ((Left("buys", 4, ("signed",)), "released"), (Left("buys", 5, ("sent",)), "released"),
             (Left("buys-refused", 6, ("refused",)), "released"),
             (Left("buys-failing", 6, ("unknown",)), "released"),
             (Left("sells", 1, ("reserved",)), "failed"),
             (Left("sells", 2, ("settling",)), "failed"),
             (Left("sells", 3, ("settled",)), "credit"),
             (Left("sells", 4, ("serving",)), "served"),
             (Left("sells-upto", 2, ("serving",)), "failed"),
             (Left("sells-upto", 3, ("settling",)), "failed"),
             (Left("sells-unknown", 3, ("unknown",)), "failed"))


def machine_of(scenario):
    return ("purchase" if scenario.startswith("buys") else
            "sale by use" if "upto" in scenario else "sale")


def rows_of(scenario, states):
    """By machine: the states of its rows."""
    rows = {}
    for state in states:
        kind, _, name = state.rpartition(" ")
        if kind in ("credit", "relay"):
            rows.setdefault(kind, []).append(name)
        else:
            rows.setdefault(machine_of(scenario), []).append(state)
    return rows


def arcs_between(scenario, before, after):
    """(machine, from, to) of every row that changed."""
    old = rows_of(scenario, before)
    for machine, rows in rows_of(scenario, after).items():
        earlier = old.get(machine, [])
        earlier = earlier + ["none"] * (len(rows) - len(earlier))
        for was, now in zip(earlier, rows):
            if was != now:
                yield machine, was.split()[0], now.split()[0]


class Sweep:
    """Many strikes at once, and what they cut."""

    def __init__(self, rig):
        self.rig, self.pool = rig, ThreadPoolExecutor(AT_ONCE)
        self.kills, self.wrong, self.arcs = 0, [], set()

    def run(self, starts, commits=True):
        """From each, the next gateway dies at each of its moments."""
        wholes = [self.pool.submit(strike, self.rig, start, Cut(0, commits=commits))
                  for start in starts]
        sides = (False, True) if commits else (False,)
        series = []
        for start, job in zip(starts, wholes):
            whole = job.result()
            series.append((whole, [self.pool.submit(strike, self.rig, start,
                                                    Cut(number, after, commits))
                                   for number in range(1, whole.seen + 1) for after in sides]))
        for whole, jobs in series:
            self._take([job.result() for job in jobs] + [whole])

    def _take(self, strikes):
        last = strikes[-1].left[-2] if len(strikes[-1].left) > 1 else ()
        for done in strikes:
            self.wrong += [f"{done}: {what}" for what in done.wrong]
            self.kills += len(done.left) - (not done.killed)
            self.arcs.update(arcs_between(done.scenario(), last, done.left[-1]))
            last = done.left[-1]


class Killed(unittest.TestCase):
    def test_at_every_transaction(self):
        with contextlib.ExitStack() as stack:
            sweep = Sweep(Rig(stack))
            begun = time.monotonic()
            for _ in range(3):  # what else a gateway writes may hide the end of a transaction
                sweep.run([*(SCENARIOS if ALL else USUAL), *RECOVERIES])
                wanted = {(machine, was, now) for machine, arcs in ARCS.items()
                          for was, following in arcs.items()
                          for now, how in following.items() if how == "cut"}
                missing = wanted - sweep.arcs
                if not missing or sweep.wrong:
                    break
            known = {(machine, was, now) for machine, arcs in ARCS.items()
                     for was, following in arcs.items() for now in following}
            print(f"{sweep.kills} kills, {len(sweep.arcs & known)} of {len(known)} arcs cut, "
                  f"{time.monotonic() - begun:.0f} s")
            self.assertEqual(sweep.wrong, [])
            self.assertEqual(sorted(missing), [])

    @unittest.skipUnless(ALL, "takes minutes: GR_TEST_ALL_KILLS=1")
    def test_at_every_write_and_send(self):
        with contextlib.ExitStack() as stack:
            sweep = Sweep(Rig(stack))
            begun = time.monotonic()
            sweep.run([*SCENARIOS, *RECOVERIES], commits=False)
            print(f"{sweep.kills} kills, {time.monotonic() - begun:.0f} s")
            self.assertEqual(sweep.wrong, [])

    def test_and_nobody_comes_again(self):
        with contextlib.ExitStack() as stack:
            begun = time.monotonic()
            strikes = abandon(Rig(stack), [start for start, _ in ABANDONED])
            print(f"{len(strikes)} abandoned, {time.monotonic() - begun:.0f} s")
        self.assertEqual([f"{done}: {done.wrong}" for done in strikes if done.wrong], [])
        self.assertEqual([done.left[-1][0] for done in strikes], [end for _, end in ABANDONED])

    def test_what_is_taken_up_again_is_not_owed(self):
        """A sale that a killed gateway left: while it is worked on once more, nobody ends it."""
        with contextlib.ExitStack() as stack:
            world = Left("sells", 1, ("reserved",)).bring(Rig(stack), stack)
            world.start()
            self.assertTrue(world.wait_final())
            world.gate.clear()
            client = threading.Thread(target=world.come_again)
            client.start()
            self.assertTrue(world.at_work.wait(30))
            self.assertTrue(tell(world.gateway, command="reload")["ok"])  # the watch looks at all
            time.sleep(1)
            self.assertEqual(world.states(), ("settled",))
            world.gate.set()
            client.join()
            self.assertTrue(world.wait_final())
            world.gateway.stop()
            self.assertEqual((world.states(), world.wrong()), (("served",), []))


if __name__ == "__main__":
    unittest.main()
