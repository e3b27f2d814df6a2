# SPDX-License-Identifier: MIT
"""Canaries: a provider's key may reach that provider and no other place."""

import time
import unittest

from fake_upstream import failing
from gateway import KEY, PROVIDER_KEY, GatewayTest

SINKS_LATER = 0.5  # seconds, until the log and the ledger have what they will have


class Secrets(GatewayTest):
    ARGUMENTS = ("--log-level", "debug")

    def test_a_provider_that_echoes_the_key_is_not_echoed(self):
        for status in (400, 401, 403, 404, 422, 429, 500):
            self.upstream.script = failing(status, message=f"Incorrect key: {PROVIDER_KEY} (x)")
            answer = self.gateway.chat()
            self.assertGreaterEqual(answer.status, 400)
            self.assertNotIn(PROVIDER_KEY.encode(), answer.body, status)
            self.assertNotIn(PROVIDER_KEY, str(answer.headers), status)

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
