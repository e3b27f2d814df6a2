# SPDX-License-Identifier: MIT
"""What /metrics says, read strictly, and that it counts what was asked."""

import json
import re
import time
import unittest
from decimal import Decimal

from fake_upstream import FakeUpstream, good
from gateway import KEY, PROVIDER_KEY, Gateway, configuration, free_port, provider
from limit_world import PRICE, Biller
from wire import PATIENCE

NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
LABEL = re.compile(r'([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\["\\n])*)"')
SAMPLE = re.compile(rf"({NAME})(?:\{{(.*)\}})? ([0-9]+(?:\.[0-9]+)?)")
TYPES = {"counter", "gauge", "histogram"}
UNESCAPED = {"\\\\": "\\", '\\"': '"', "\\n": "\n"}


def labels_of(text):
    labels, at = {}, 0
    while at < len(text):
        found = LABEL.match(text, at)
        assert found, f"no label at {text[at:]!r}"
        assert found[1] not in labels, f"{found[1]} stands twice"
        labels[found[1]] = re.sub(r"\\.", lambda m: UNESCAPED[m[0]], found[2])
        at = found.end()
        if at < len(text):
            assert text[at] == "," and at + 1 < len(text), f"no comma at {text[at:]!r}"
            at += 1
    return labels


def parse(text):
    """{(name, labels as a frozenset): value}. Refuses what Prometheus would, and more."""
    assert text.endswith("\n")
    samples, kinds, family, helped = {}, {}, None, None
    for line in text[:-1].split("\n"):
        if line.startswith("# HELP "):
            helped = line.split(" ", 3)[2]
            assert line.split(" ", 3)[3], line
        elif line.startswith("# TYPE "):
            _, _, family, kind = line.split(" ")
            assert helped == family and family not in kinds and kind in TYPES, line
            kinds[family] = kind
            assert (kind == "counter") == family.endswith("_total"), line
        else:
            found = SAMPLE.fullmatch(line)
            assert found, f"no sample: {line!r}"
            name, labels = found[1], labels_of(found[2] or "")
            suffixes = ("_bucket", "_sum", "_count") if kinds[family] == "histogram" else ("",)
            assert name in [family + suffix for suffix in suffixes], line
            assert ("le" in labels) == name.endswith("_bucket"), line
            place = (name, frozenset(labels.items()))
            assert place not in samples, f"twice: {line!r}"
            samples[place] = Decimal(found[3])
    check_histograms(samples, [name for name, kind in kinds.items() if kind == "histogram"])
    return samples


def check_histograms(samples, families):
    for family in families:
        series = {}
        for (name, labels), value in samples.items():
            if name == family + "_bucket":
                bound = dict(labels)["le"]
                rest = frozenset(item for item in labels if item[0] != "le")
                series.setdefault(rest, []).append((Decimal(bound.replace("+Inf", "Infinity")), value))
        for labels, buckets in series.items():
            assert buckets == sorted(buckets), f"bounds of {family} are not in order"
            values = [value for _, value in buckets]
            assert values == sorted(values), f"{family} counts down"
            assert buckets[-1][0].is_infinite()
            assert samples[family + "_count", labels] == values[-1]
            assert (family + "_sum", labels) in samples


class MetricsTest(unittest.TestCase):
    def start(self, upstream, **more):
        config = configuration([provider(upstream, models=[{"id": "m", "price": PRICE}])], **more)
        config["limits"] = [{"window": "day", "usd": "2.00"}, {"window": "hour", "requests": 100}]
        gateway = Gateway(config)
        self.addCleanup(gateway._clean)
        self.addCleanup(gateway.kill)
        return gateway

    def metrics(self, gateway):
        answer = gateway.get("/metrics")
        self.assertEqual(answer.status, 200)
        self.assertEqual(answer.header("content-type"), "text/plain; version=0.0.4")
        return parse(answer.body.decode())

    def value(self, samples, name, **labels):
        """The only sample of this name with these labels, whatever others it has."""
        found = [value for (other, has), value in samples.items()
                 if other == name and labels.items() <= dict(has).items()]
        self.assertEqual(len(found), 1, (name, labels, found))
        return found[0]

    def test_requests_are_counted(self):
        biller = Biller()
        self.addCleanup(biller.upstream.__exit__)
        gateway = self.start(biller.upstream)
        parse(gateway.get("/metrics").body.decode())  # before there was any
        body = {"model": "fake/m", "max_tokens": 90, "messages": [{"role": "user", "content": "Hi"}]}
        for _ in range(3):
            self.assertEqual(gateway.chat(body).status, 200)
        self.assertEqual(gateway.chat({**body, "model": "no/such \"model\"\n"}).status, 404)
        self.assertEqual(gateway.chat(body, key="gr-wrong").status, 401)
        samples = self.metrics(gateway)
        mine = {"gen_ai_operation_name": "chat", "gen_ai_provider_name": "fake",
                "gen_ai_request_model": "m", "gaterouter_client": "tests"}
        tokens = "gen_ai_client_token_usage"
        self.assertEqual(self.value(samples, tokens + "_sum", gen_ai_token_type="input", **mine), 30)
        self.assertEqual(self.value(samples, tokens + "_sum", gen_ai_token_type="output", **mine), 270)
        self.assertEqual(self.value(samples, tokens + "_bucket", gen_ai_token_type="output", le="64",
                                    **mine), 0)
        self.assertEqual(self.value(samples, tokens + "_bucket", gen_ai_token_type="output", le="256",
                                    **mine), 3)
        duration = "gen_ai_server_request_duration_seconds"
        self.assertEqual(self.value(samples, duration + "_count", **mine), 3)
        self.assertEqual(self.value(samples, duration + "_count", error_type="model_not_found"), 1)
        self.assertEqual(self.value(samples, "gaterouter_cost_usd_total", **mine), Decimal("0.0003"))
        self.assertEqual(self.value(samples, "gaterouter_requests_of_unknown_cost_total", **mine), 0)
        self.assertEqual(self.value(samples, "gaterouter_requests_total", outcome="answered"), 3)
        self.assertEqual(self.value(samples, "gaterouter_requests_total", outcome="refused"), 1)
        self.assertEqual(self.value(samples, "gaterouter_requests_refused_at_the_door_total"), 1)
        self.assertEqual(self.value(samples, "gaterouter_provider_connections_opened_total") +
                         self.value(samples, "gaterouter_provider_connections_reused_total"), 3)
        self.assertEqual(self.value(samples, "gaterouter_provider_connections_idle"), 1)

    def test_limits_and_the_ledger_are_told(self):
        biller = Biller()
        self.addCleanup(biller.upstream.__exit__)
        gateway = self.start(biller.upstream)
        body = {"model": "fake/m", "max_tokens": 90, "messages": [{"role": "user", "content": "Hi"}]}
        self.assertEqual(gateway.chat(body).status, 200)
        day = {"scope": "all", "window": "day"}
        deadline = time.monotonic() + PATIENCE
        while True:  # the row is on disk soon
            samples = self.metrics(gateway)
            if self.value(samples, "gaterouter_ledger_rows_written_total") == 1:
                break
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual(self.value(samples, "gaterouter_ledger_rows_queued"), 0)
        self.assertEqual(self.value(samples, "gaterouter_ledger_lag_seconds"), 0)
        self.assertEqual(self.value(samples, "gaterouter_ledger_write_failures_total"), 0)
        self.assertEqual(self.value(samples, "gaterouter_limit_usd", **day), 2)
        self.assertEqual(self.value(samples, "gaterouter_limit_spent_usd", **day), Decimal("0.0001"))
        self.assertEqual(self.value(samples, "gaterouter_limit_reserved_usd", **day), 0)
        self.assertEqual(self.value(samples, "gaterouter_limit_requests", window="hour"), 100)
        self.assertEqual(self.value(samples, "gaterouter_limit_spent_requests", window="hour"), 1)

    def test_streams_have_a_first_token(self):
        upstream = FakeUpstream(good)
        self.addCleanup(upstream.__exit__)
        gateway = self.start(upstream)
        answer = gateway.chat({"model": "fake/m", "stream": True,
                               "messages": [{"role": "user", "content": "Hi"}]})
        self.assertEqual(answer.status, 200)
        samples = self.metrics(gateway)
        self.assertEqual(self.value(samples, "gen_ai_server_time_to_first_token_seconds_count",
                                    gen_ai_request_model="m"), 1)

    def test_requests_are_logged_where_it_is_asked_for(self):
        biller = Biller()
        self.addCleanup(biller.upstream.__exit__)
        config = configuration([provider(biller.upstream, models=[{"id": "m", "price": PRICE}])])
        silent, gateway = Gateway(config), Gateway(
            {**config, "listen": {"port": free_port()}}, ["--log-requests"])
        for started in (silent, gateway):
            self.addCleanup(started._clean)
            self.addCleanup(started.kill)
        trace = "4bf92f3577b34da6a3ce929d0e0e4736"
        body = {"model": "fake/m", "max_tokens": 90,
                "messages": [{"role": "user", "content": "canary-of-the-prompt"}]}
        self.assertEqual(silent.chat(body).status, 200)
        answer = gateway.chat(body, headers=[("traceparent", f"00-{trace}-00f067aa0ba902b7-01")])
        refused = gateway.chat({**body, "model": f"no/{PROVIDER_KEY}"})
        self.assertEqual((answer.status, refused.status), (200, 404))
        deadline = time.monotonic() + PATIENCE
        while len(lines := self.logged(gateway)) < 2:
            self.assertLess(time.monotonic(), deadline, gateway.said())
            time.sleep(0.05)
        well, bad = lines
        self.assertEqual({name: well[name] for name in (
            "request_id", "trace_id", "client", "endpoint", "asked_model", "provider", "model",
            "status", "outcome", "attempts", "streamed", "input_tokens", "output_tokens", "cost_usd")},
            {"request_id": answer.header("x-gaterouter-request-id"), "trace_id": trace,
             "client": "tests", "endpoint": "chat.completions", "asked_model": "fake/m",
             "provider": "fake", "model": "m", "status": 200, "outcome": "answered", "attempts": 1,
             "streamed": False, "input_tokens": 10, "output_tokens": 90, "cost_usd": "0.0001"})
        self.assertIsInstance(well["duration_ms"], int)
        self.assertEqual((bad["asked_model"], bad["status"], bad["error"], bad["outcome"]),
                         ("no/[redacted]", 404, "model_not_found", "refused"))
        self.assertEqual(self.logged(silent), [])
        for secret in (PROVIDER_KEY, KEY, "canary-of-the-prompt"):
            self.assertNotIn(secret, gateway.said())

    @staticmethod
    def logged(gateway):
        lines = [json.loads(line) for line in gateway.said().splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == "request"]

    def test_it_needs_a_key_and_can_be_switched_off(self):
        biller = Biller()
        self.addCleanup(biller.upstream.__exit__)
        gateway = self.start(biller.upstream)
        self.assertEqual(gateway.get("/metrics", key=None).status, 401)
        off = self.start(biller.upstream, metrics={"prometheus": False})
        self.assertEqual(off.get("/metrics", key=KEY).status, 404)


if __name__ == "__main__":
    unittest.main()
