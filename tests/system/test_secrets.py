# SPDX-License-Identifier: MIT
"""Canaries: a provider's key may reach that provider and no other place."""

import time
import unittest

from fake_upstream import FakeUpstream, delta, failing
from gateway import KEY, PROVIDER_KEY, Gateway, configuration, provider
from wire import events

SINKS_LATER = 0.5  # seconds, until the log and the ledger have what they will have


class Secrets(unittest.TestCase):
    """Each test has its own gateway, because a refused key is remembered."""

    def setUp(self):
        self.upstream = FakeUpstream()
        self.addCleanup(self.upstream.__exit__)
        self.gateway = Gateway(configuration([provider(self.upstream)], routing={"retries": 0}),
                               ["--log-level", "debug"])
        self.addCleanup(self.gateway.stop)

    def test_a_provider_that_echoes_the_key_is_not_echoed(self):
        for status in (400, 404, 422, 500, 429, 403, 401):
            self.upstream.script = failing(status, message=f"Incorrect key: {PROVIDER_KEY} (x)")
            answer = self.gateway.chat()
            self.assertGreaterEqual(answer.status, 400)
            self.assertNotIn(PROVIDER_KEY.encode(), answer.body, status)
            self.assertNotIn(PROVIDER_KEY, str(answer.headers), status)

    def test_an_error_event_that_echoes_the_key_is_not_echoed(self):
        def script(call):
            call.begin_stream()
            call.piece(delta("first"))
            call.piece(b'data: {"error":{"message":"bad ' + PROVIDER_KEY.encode() + b'"}}\n\n')
            call.end_stream()
        self.upstream.script = script
        answer = self.gateway.chat({"model": "fake/m", "messages": [], "stream": True})
        self.assertIn(b"first", answer.body)
        self.assertIn("error", events(answer.body)[-1])
        self.assertNotIn(PROVIDER_KEY.encode(), answer.body)

    def test_a_key_in_the_place_of_a_model_is_in_no_record(self):
        open_ended = provider(self.upstream, name="open")
        del open_ended["models"]
        gateway = Gateway(configuration([open_ended, provider(self.upstream)]), ["--log-requests"])
        self.addCleanup(gateway.stop)
        for model, status in ((f"fake/{PROVIDER_KEY}", 404), (f"open/{PROVIDER_KEY}", 200)):
            answer = gateway.chat({"model": model, "messages": [{"role": "user", "content": "Hi"}]})
            self.assertEqual(answer.status, status, answer.body)
        time.sleep(SINKS_LATER)
        self.assertFalse(PROVIDER_KEY.encode() in gateway.get("/metrics").body, "it is in /metrics")
        for place in [gateway.folder / "log", *(p for p in gateway.data.rglob("*") if p.is_file())]:
            self.assertNotIn(PROVIDER_KEY.encode(), place.read_bytes(), place)

    def test_a_redirect_is_not_followed(self):
        self.upstream.script = lambda call: call.answer(
            307, b"{}", [("Location", f"http://127.0.0.1:{self.upstream.port}/elsewhere")])
        self.assertGreaterEqual(self.gateway.chat().status, 500)
        self.assertFalse([call for call in self.upstream.calls if "elsewhere" in call.path])

    def tearDown(self):
        """Whatever a test did, no secret is in the log or in the data directory."""
        time.sleep(SINKS_LATER)
        places = [self.gateway.folder / "log",
                  *(p for p in self.gateway.data.rglob("*") if p.is_file())]
        for place in places:
            content = place.read_bytes()
            self.assertNotIn(PROVIDER_KEY.encode(), content, place)
            self.assertNotIn(KEY.encode(), content, place)


if __name__ == "__main__":
    unittest.main()
