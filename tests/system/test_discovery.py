# SPDX-License-Identifier: MIT
"""Model servers on this machine are found and named, and not used until somebody says so."""

import json
import os
import pwd
import subprocess
import time
import unittest

from fake_upstream import FakeUpstream, good
from gateway import KEY, Gateway, configuration, provider
from wire import PATIENCE

SERVERS = {11434: "Ollama", 1234: "LM Studio", 8080: "llama.cpp", 8000: "vLLM"}
NOBODY = 65534
# Runs as somebody else: says what it received, byte for byte.
LISTENER = """
import socket, sys
listener = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("listening", flush=True)
while True:
    connection, _ = listener.accept()
    print("connected", connection.recv(1), flush=True)
"""


def models_only(call):
    """A server that is there, with one model. Asked for anything else, it works too."""
    if call.path == "/v1/models":
        call.answer(200, {"object": "list", "data": [{"id": "local-model", "object": "model"}]})
    else:
        good(call)


class Discovery(unittest.TestCase):
    def serve(self, port, script=models_only):
        """Fails where the port is taken: a test that looks elsewhere would show nothing."""
        try:
            upstream = FakeUpstream(script, port=port)
        except OSError as problem:
            raise AssertionError(f"port {port} must be free for this test: {problem}") from None
        self.addCleanup(upstream.__exit__)
        return upstream

    def start(self, providers=()):
        gateway = Gateway(configuration(providers))
        self.addCleanup(gateway.stop)
        return gateway

    def found(self, gateway, count):
        """The first `count` servers that the log names, by title."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            lines = [json.loads(line) for line in gateway.said().splitlines()
                     if '"event":"server.found"' in line and line.endswith("}")]
            if len(lines) >= count:
                return {line["title"]: line for line in lines}
            time.sleep(0.02)
        raise AssertionError(f"{count} servers were not found. It said:\n{gateway.said()}")

    def test_each_is_found_and_left_alone(self):
        servers = {port: self.serve(port) for port in SERVERS}
        gateway = self.start()
        found = self.found(gateway, len(SERVERS))
        for port, title in SERVERS.items():
            with self.subTest(title):
                self.assertEqual(found[title]["base_url"], f"http://127.0.0.1:{port}/v1")
                self.assertEqual(found[title]["models"], "1")
                self.assertEqual(found[title]["owner"], pwd.getpwuid(os.getuid()).pw_name)
        answer = gateway.chat({"model": "local-model", "messages": []})
        self.assertEqual(answer.status, 404, answer.body)
        self.assertNotIn(b"local-model", gateway.get("/v1/models").body)
        for upstream in servers.values():
            for call in upstream.calls:
                self.assertEqual((call.method, call.path), ("GET", "/v1/models"))
                self.assertIsNone(call.header("authorization"))
                self.assertNotIn(KEY.encode(), call.raw_head)

    def test_what_is_configured_is_used_and_not_announced(self):
        ollama, vllm = self.serve(11434), self.serve(8000)
        gateway = self.start([provider(ollama, "mine", keys=[], models=[{"id": "local-model"}])])
        self.assertEqual(set(self.found(gateway, 1)), {"vLLM"})
        answer = gateway.chat({"model": "local-model", "messages": []})
        self.assertEqual(answer.status, 200, answer.body)
        self.assertEqual(answer.header("x-gaterouter-model"), "mine/local-model")
        self.assertIn("/v1/chat/completions", [call.path for call in ollama.calls])
        self.assertNotIn("/v1/chat/completions", [call.path for call in vllm.calls])
        self.assertEqual(set(self.found(gateway, 1)), {"vLLM"})

    def test_what_is_no_model_server_is_not_named(self):
        self.serve(11434, lambda call: call.answer(200, b"<html>hello</html>"))
        self.serve(1234, lambda call: call.answer(404, {"data": []}))
        self.serve(8080, lambda call: call.answer(200, {"data": "none"}))
        self.serve(8000)  # looked at last: when it is named, the others were looked at
        gateway = self.start()
        self.assertEqual(set(self.found(gateway, 1)), {"vLLM"})

    def test_a_server_of_another_user_gets_no_byte(self):
        if os.getuid() != 0:
            self.skipTest("needs root to run a server as somebody else")
        self.serve(8000)
        # One of ours at the same port of another address makes the stranger no friend.
        neighbour = FakeUpstream(models_only, host="127.0.0.2", port=11434)
        self.addCleanup(neighbour.__exit__)
        other = subprocess.Popen(
            ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "python3",
             "-c", LISTENER, "11434"], stdout=subprocess.PIPE, text=True, cwd="/")
        self.addCleanup(other.stdout.close)
        self.addCleanup(other.wait)
        self.addCleanup(other.kill)
        self.assertEqual(other.stdout.readline(), "listening\n", "port 11434 must be free")
        gateway = self.start()
        found = self.found(gateway, 2)
        self.assertEqual(set(found), {"Ollama", "vLLM"})
        self.assertEqual(found["Ollama"]["owner"], pwd.getpwuid(NOBODY).pw_name)
        self.assertEqual(found["Ollama"]["models"], "0")
        gateway.stop()
        other.kill()
        self.assertEqual(other.stdout.read(), "", "the other user's server was spoken to")


if __name__ == "__main__":
    unittest.main()
