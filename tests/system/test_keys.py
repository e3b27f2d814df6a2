# SPDX-License-Identifier: MIT
"""Client keys made at run time: what each may do, how it ends, and that its limits outlive the
gateway and hold for all gateways on one ledger."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

from gateway import DAEMON, KEY, Gateway, configuration, free_port, provider
from postgres import Postgres
from limit_world import PRICE, Biller
from wire import PATIENCE

MODELS = [{"id": name, "price": PRICE} for name in ("m", "small-1", "small-2")]


def chat(model="fake/small-1", tokens=100, **more):
    return {"model": model, "max_tokens": tokens,
            "messages": [{"role": "user", "content": "Hi"}], **more}


class KeyTest(unittest.TestCase):
    def start(self, biller, folder=None, url="sqlite", **more):
        config = configuration([provider(biller.upstream, models=MODELS)], ledger={"url": url}, **more)
        gateway = Gateway(config, folder=folder)
        self.addCleanup(self.end, gateway)
        return gateway

    @staticmethod
    def end(gateway):
        gateway.kill()
        gateway._clean()

    def biller(self):
        biller = Biller()
        self.addCleanup(biller.upstream.__exit__)
        return biller

    def folder(self):
        folder = tempfile.TemporaryDirectory(prefix="gr-keys-")
        self.addCleanup(folder.cleanup)
        return folder.name

    def command(self, gateway, *arguments):
        done = subprocess.run(
            [DAEMON, *arguments, "--config", gateway.config_file, "--data-dir", gateway.data],
            capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout, done.stderr

    def keys(self, gateway, *arguments):
        code, out, err = self.command(gateway, "keys", *arguments)
        self.assertEqual(code, 0, err)
        return out.strip()

    def make(self, gateway, name, *arguments):
        key = self.keys(gateway, "create", name, *arguments)
        self.assertTrue(key.startswith("gr-"), key)
        return key

    def assertRefused(self, answer, status, slug, *words):
        self.assertEqual(answer.status, status, answer.body)
        self.assertEqual(answer.header("x-gaterouter-error"), slug)
        for word in words:
            self.assertIn(word, answer.error()["message"])


class Scope(KeyTest):
    def test_a_key_may_ask_for_its_models_only(self):
        biller = self.biller()
        gateway = self.start(biller)
        key = self.make(gateway, "narrow", "--model", "fake/small-*", "--model", "other/x")
        wide = self.make(gateway, "wide")
        self.assertEqual(gateway.chat(chat(), key=key).status, 200)
        self.assertEqual(gateway.chat(chat("small-2"), key=key).status, 200)
        billed = biller.billed
        for path in ("/v1/chat/completions", "/v1/messages"):
            with self.subTest(path):
                answer = gateway.chat(chat("fake/m"), key=key, path=path)
                self.assertEqual(answer.status, 403, answer.body)
                self.assertIn('The client key "narrow" may not use the model "fake/m"',
                              answer.error()["message"])
        self.assertEqual(biller.billed, billed)
        self.assertRefused(gateway.chat(chat("fake/m"), key=key, path="/v1/route"), 403,
                           "model_forbidden", '"narrow"')
        # A fallback of the request opens no other door.
        self.assertRefused(gateway.chat(chat("fake/m", models=["m"]), key=key), 403,
                           "model_forbidden", '"narrow"')

        def listed(key):
            return [model["id"] for model in gateway.get("/v1/models", key=key).json()["data"]]
        self.assertEqual([m for m in listed(key) if "/" in m], ["fake/small-1", "fake/small-2"])
        self.assertEqual([m for m in listed(wide) if "/" in m],
                         ["fake/m", "fake/small-1", "fake/small-2"])
        self.assertEqual(gateway.get("/v1/models/fake/m", key=key).status, 404)
        self.assertEqual(gateway.get("/v1/models/fake/small-1", key=key).status, 200)
        self.assertEqual(gateway.chat(chat("fake/m"), key=wide).status, 200)

    def test_it_ends(self):
        gateway = self.start(self.biller())
        for end in ("2020-01-01", "1970-01-01T00:00:01Z"):
            code, out, err = self.command(gateway, "keys", "create", "late", "--expires", end)
            self.assertEqual((code, out), (1, ""))
            self.assertIn("expires lies in the past", err)
        soon = time.time() + 2
        key = self.make(gateway, "brief", "--expires",
                        time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(soon)))
        deadline = time.monotonic() + PATIENCE
        while (answer := gateway.chat(chat(), key=key)).status == 200:
            self.assertLess(time.monotonic(), deadline)
            self.assertLess(time.time(), soon + 5)
            time.sleep(0.05)
        self.assertRefused(answer, 401, "unauthorized", 'The client key "brief" expired at 20')
        # Also when the policy was made anew since.
        self.make(gateway, "another")
        self.assertRefused(gateway.chat(chat(), key=key), 401, "unauthorized", '"brief" expired')

    def test_mistakes_are_named_and_make_no_key(self):
        gateway = self.start(self.biller())
        self.make(gateway, "taken")
        for words, *arguments in (
                ('already a client key named "taken"', "taken"),
                ('a client named "tests" already', "tests"),
                ("id must be 1 to 64 letters", "a/b"),
                ("models[0] must be the name of a model", "k", "--model", "gpt 5"),
                ("limits[0].usd must be", "k", "--limit", '{"window":"day","usd":"five"}'),
                ("limits[0].window", "k", "--limit", '{"window":"dai","usd":"5"}'),
                ("limits[1] limits nothing", "k", "--limit", '{"window":"day","usd":"5"}',
                 "--limit", '{"window":"day"}'),
                ("limits[0].scope names another client", "k", "--limit",
                 '{"window":"day","usd":"5","scope":"client:taken"}'),
                ("expires must be a date", "k", "--expires", "tomorrow")):
            with self.subTest(words):
                code, out, err = self.command(gateway, "keys", "create", *arguments)
                self.assertEqual((code, out), (1, ""))
                self.assertIn(words, err)
        self.assertEqual(self.command(gateway, "keys", "create", "k", "--limit", "5 dollars")[0], 2)
        self.assertEqual(len(self.keys(gateway, "list").splitlines()), 1)

    def test_the_list_says_what_each_may_do_and_never_the_key(self):
        gateway = self.start(self.biller())
        key = self.make(gateway, "laptop", "--model", "gpt-*", "--expires", "2099-01-31",
                        "--limit", '{"window":"day","usd":"5.00"}')
        said = self.keys(gateway, "list")
        line = next(line for line in said.splitlines() if line.startswith("laptop: "))
        for words in ("expires 2099-01-31T00:00:00.000Z", "models gpt-*",
                      'limits [{"window":"day","usd":"5.00"}]'):
            self.assertIn(words, line)
        self.keys(gateway, "revoke", "laptop")
        self.assertIn(", revoked 20", self.keys(gateway, "list"))
        gateway.stop()
        for file in gateway.folder.rglob("*"):
            if file.is_file():
                self.assertNotIn(key.encode(), file.read_bytes(), file)


class Limits(KeyTest):
    LIMIT = ("--limit", '{"window":"total","usd":"0.003","guarantee":"hard"}')  # 3000 tokens

    def test_they_outlive_revocation_and_restarts(self):
        biller = self.biller()
        folder = self.folder()
        gateway = self.start(biller, folder)
        key = self.make(gateway, "laptop", *self.LIMIT)
        other = self.make(gateway, "other")
        self.assertEqual(gateway.chat(chat(tokens=300), key=key).status, 200)  # 310

        self.keys(gateway, "revoke", "laptop")
        self.assertRefused(gateway.chat(chat(), key=key), 401, "unauthorized",
                           'The client key "laptop" was revoked at 20')
        self.assertNotIn("laptop", self.command(gateway, "limits")[1])
        self.keys(gateway, "restore", "laptop")
        self.assertIn('$0.003 in total for the client "laptop": $0.00031 spent',
                      self.limits_once_known(gateway, key))

        # After an orderly end, and after none.
        gateway.stop()
        gateway = self.start(biller, folder)
        self.assertEqual(gateway.chat(chat(tokens=300), key=key).status, 200)  # 620
        self.keys(gateway, "revoke", "laptop")
        gateway.stop()
        gateway = self.start(biller, folder)
        self.assertEqual(gateway.chat(chat(), key=key).status, 401)
        self.keys(gateway, "restore", "laptop")
        self.assertRefused(gateway.chat(chat(tokens=2000), key=key), 429, "limit_reached",
                           '$0.003 in total for the client "laptop"', "$0.00062 is spent")
        gateway.kill()
        gateway._clean()
        gateway = self.start(biller, folder)
        self.assertEqual(gateway.chat(chat(tokens=2000), key=key).status, 429)
        self.assertEqual(gateway.chat(chat(tokens=2000), key=other).status, 200)
        self.assertEqual(biller.billed, 310 + 310 + 2010)

    def limits_once_known(self, gateway, key):
        """What `limits` says once the ledger has been asked: a request that cannot fit asks it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            said = self.command(gateway, "limits")[1]
            if "not known yet" not in said:
                return said
            self.assertLess(time.monotonic(), deadline)
            self.assertEqual(gateway.chat(chat(tokens=2900), key=key).status, 429)

    def test_they_hold_for_all_gateways_on_one_ledger(self):
        try:
            server = Postgres(free_port())
        except AssertionError as missing:
            self.skipTest(str(missing))
        self.addCleanup(server.remove)
        biller = self.biller()
        first = self.start(biller, url=server.url())
        second = self.start(biller, url=server.url())
        key = self.make(first, "laptop", "--model", "fake/small-*", "--limit",
                        '{"window":"day","requests":3}')
        deadline = time.monotonic() + PATIENCE
        while (answer := second.chat(chat(), key=key)).status == 401:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        self.assertEqual(answer.status, 200)
        self.assertEqual(second.chat(chat("fake/m"), key=key).status, 403)
        self.assertEqual(first.chat(chat(), key=key).status, 200)
        self.assertEqual(second.chat(chat(), key=key).status, 200)
        for gateway in (first, second):
            self.assertRefused(gateway.chat(chat(), key=key), 429, "limit_reached",
                               "3 requests a day")
        self.keys(second, "revoke", "laptop")
        deadline = time.monotonic() + PATIENCE
        while first.chat(chat(), key=key).status != 401:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)


ASKING = """
import encodings.idna, os, socket, sys  # the first: nobody may not read where it lies
if len(sys.argv) > 3:
    os.setgid(int(sys.argv[3]))
    os.setuid(int(sys.argv[3]))
link = socket.create_connection(("127.0.0.1", int(sys.argv[1])))
link.sendall(b"GET /v1/models HTTP/1.1\\r\\nHost: 127.0.0.1\\r\\nAuthorization: Bearer "
             + sys.argv[2].encode() + b"\\r\\n\\r\\n")
print(link.recv(12).decode(), flush=True)
sys.stdin.read()
"""


class Programs(KeyTest):
    """Which program of this machine uses a key."""

    def ask(self, gateway, key, *arguments, program=sys.executable):
        """A process that asked once and keeps its connection."""
        child = subprocess.Popen([program, "-c", ASKING, str(gateway.port), key, *arguments],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(child.communicate)
        self.assertEqual(child.stdout.readline().strip(), "HTTP/1.1 200")
        return child

    def programs(self, gateway):
        with socket.socket(socket.AF_UNIX) as link:
            link.connect(str(gateway.data / "control.sock"))
            link.sendall(b'{"command":"keys.list"}\n')
            answer = b"".join(iter(lambda: link.recv(65536), b""))
        return {(entry["client"], entry["program"]): entry for entry in json.loads(answer)["programs"]}

    def once_seen(self, gateway, *seen):
        deadline = time.monotonic() + PATIENCE
        while seen not in (found := self.programs(gateway)):
            self.assertLess(time.monotonic(), deadline, found)
            time.sleep(0.05)
        return found[seen]

    def test_the_program_is_known_by_its_process_and_path(self):
        folder = self.folder()
        gateway = self.start(self.biller(), folder)
        key = self.make(gateway, "laptop")
        before = time.time() * 1000
        child = self.ask(gateway, key)
        path = os.path.realpath(sys.executable)
        found = self.once_seen(gateway, "laptop", path)
        self.assertEqual(found["pid"], child.pid)
        self.assertTrue(before <= found["first"] <= found["last"] <= time.time() * 1000)
        said = self.keys(gateway, "list")
        self.assertIn(f"  used by {path} (process {child.pid}), first connected 20", said)
        # The same program again is another process of it; keys of the configuration count, too.
        second = self.ask(gateway, KEY)
        self.assertEqual(self.once_seen(gateway, "tests", path)["pid"], second.pid)
        self.assertIn("tests: of the configuration", self.keys(gateway, "list"))
        gateway.stop()
        again = self.start(self.biller(), folder)
        self.assertEqual(self.programs(again)["laptop", path]["pid"], child.pid)
        self.assertNotIn(path, again.said() + gateway_log(folder))

    def test_what_is_another_users_is_not_known(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become somebody else")
        gateway = self.start(self.biller())
        foreign, own = self.make(gateway, "foreign"), self.make(gateway, "own")
        self.ask(gateway, foreign, "65534")
        self.ask(gateway, own)  # is looked at behind the other
        self.once_seen(gateway, "own", os.path.realpath(sys.executable))
        self.assertEqual([client for client, _ in self.programs(gateway)], ["own"])


def gateway_log(folder):
    return (Path(folder) / "log").read_text(errors="replace")


if __name__ == "__main__":
    unittest.main()
