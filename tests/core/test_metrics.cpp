// SPDX-License-Identifier: MIT
// The text that Prometheus reads: its form, and that it says what was and nothing of what is not
// known.
#include <QtTest>

#include "gateway/metrics.h"

using namespace gr;
using namespace gr::gateway;

namespace {

ledger::RequestRecord record(const std::string& model = "gpt-5.5") {
    ledger::RequestRecord made;
    made.id = "req_1";
    made.client = "laptop";
    made.endpoint = "chat.completions";
    made.provider = "openai";
    made.model = model;
    made.totalMs = 1'281;
    return made;
}

std::string textOf(const Metrics& metrics, const MetricsAround& around = {}) {
    return metrics.text(around);
}

// The lines that begin so, in their order.
QByteArray lines(const std::string& text, const QByteArray& beginning) {
    QByteArray out;
    for (const QByteArray& line : QByteArray::fromStdString(text).split('\n')) {
        if (line.startsWith(beginning))
            out += line + '\n';
    }
    return out;
}

void end(Metrics& metrics, const ledger::RequestRecord& ended) {
    metrics.requestBegan();
    metrics.requestEnded(ended);
}

}  // namespace

class TestMetrics final : public QObject {
    Q_OBJECT

  private slots:
    void valuesOfLabelsAreEscaped_data() {
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char* value, const char* expected) {
            QTest::addRow("%s", value) << QByteArray(value) << QByteArray(expected);
        };
        row("plain", "a=\"plain\"");
        row("", "a=\"\"");
        row("größer", "a=\"größer\"");
        row("say \"hi\"", "a=\"say \\\"hi\\\"\"");
        row("back\\slash", "a=\"back\\\\slash\"");
        row("two\nlines", "a=\"two\\nlines\"");
        row("\\n", "a=\"\\\\n\"");
        row("}, b=1 # {", "a=\"}, b=1 # {\"");
    }
    void valuesOfLabelsAreEscaped() {
        QFETCH(QByteArray, value);
        QFETCH(QByteArray, expected);
        MetricLabels labels;
        addLabel(labels, "a", value.toStdString());
        QCOMPARE(QByteArray::fromStdString(labels), expected);
        addLabel(labels, "b", "2");
        QCOMPARE(QByteArray::fromStdString(labels), expected + ",b=\"2\"");
    }

    void numbersAreShort_data() {
        QTest::addColumn<quint64>("value");
        QTest::addColumn<QByteArray>("expected");
        QTest::newRow("0") << quint64(0) << QByteArray("0");
        QTest::newRow("1") << quint64(1) << QByteArray("0.001");
        QTest::newRow("10") << quint64(10) << QByteArray("0.01");
        QTest::newRow("81920") << quint64(81'920) << QByteArray("81.92");
        QTest::newRow("1000") << quint64(1'000) << QByteArray("1");
        QTest::newRow("1000001") << quint64(1'000'001) << QByteArray("1000.001");
    }
    void numbersAreShort() {
        QFETCH(quint64, value);
        QFETCH(QByteArray, expected);
        QCOMPARE(QByteArray::fromStdString(thousandths(value)), expected);
    }

    void aHistogramCountsUpToEachBound() {
        MetricHistogram<kDurationBounds> histogram;
        for (const std::uint64_t ms : {0, 10, 11, 81'920, 81'921})
            histogram.add(ms);
        QCOMPARE(histogram.counts.front(), std::uint64_t(2));  // a bound is inside
        QCOMPARE(histogram.counts[1], std::uint64_t(1));
        QCOMPARE(histogram.counts[13], std::uint64_t(1));
        QCOMPARE(histogram.counts.back(), std::uint64_t(1));
        MetricsText out;
        out.family("x", "histogram", "Help");
        const std::array<std::string, 2> bounds{"0.5", "1"};
        const std::array<std::uint64_t, 3> counts{1, 0, 2};
        out.histogram("a=\"b\"", bounds, counts, "7.5");
        QCOMPARE(QByteArray::fromStdString(out.take()),
                 QByteArray("# HELP x Help\n# TYPE x histogram\n"
                            "x_bucket{a=\"b\",le=\"0.5\"} 1\nx_bucket{a=\"b\",le=\"1\"} 1\n"
                            "x_bucket{a=\"b\",le=\"+Inf\"} 3\n"
                            "x_sum{a=\"b\"} 7.5\nx_count{a=\"b\"} 3\n"));
    }

    void aRequestIsInEveryFamily() {
        Metrics metrics;
        ledger::RequestRecord ended = record();
        ended.tokens.input = 100;
        ended.tokens.cacheRead = 20;
        ended.tokens.output = 7;
        ended.firstTokenMs = 240;
        ended.cost = *Money::parse("0.0015");
        ledger::Attempt& attempt = ended.attempts.emplace_back();
        attempt.cost = ended.cost;
        end(metrics, ended);
        const std::string text = textOf(metrics);
        const QByteArray labels =
            "gen_ai_operation_name=\"chat\",gen_ai_provider_name=\"openai\","
            "gen_ai_request_model=\"gpt-5.5\",gaterouter_client=\"laptop\"";
        const auto one = [&](const char* name, const QByteArray& more, const char* value) {
            const QByteArray line = QByteArray(name) + "{" + labels + more + "} ";
            QCOMPARE(lines(text, line), line + value + "\n");
        };
        one("gen_ai_client_token_usage_sum", ",gen_ai_token_type=\"input\"", "120");
        one("gen_ai_client_token_usage_sum", ",gen_ai_token_type=\"output\"", "7");
        one("gen_ai_client_token_usage_bucket", ",gen_ai_token_type=\"output\",le=\"4\"", "0");
        one("gen_ai_client_token_usage_bucket", ",gen_ai_token_type=\"output\",le=\"16\"", "1");
        one("gen_ai_server_request_duration_seconds_sum", "", "1.281");
        one("gen_ai_server_request_duration_seconds_bucket", ",le=\"1.28\"", "0");
        one("gen_ai_server_request_duration_seconds_bucket", ",le=\"2.56\"", "1");
        one("gen_ai_server_time_to_first_token_seconds_sum", "", "0.24");
        one("gaterouter_cost_usd_total", "", "0.0015");
        one("gaterouter_requests_of_unknown_cost_total", "", "0");
        QCOMPARE(lines(text, "gaterouter_requests_total{outcome=\"answered\"}"),
                 QByteArray("gaterouter_requests_total{outcome=\"answered\"} 1\n"));
        QCOMPARE(lines(text, "gaterouter_requests_running "),
                 QByteArray("gaterouter_requests_running 0\n"));
    }

    void healthIsToldAsFarAsItIsKnown() {
        const Metrics metrics;
        MetricsAround around;
        QVERIFY(lines(metrics.text(around), "gaterouter_model").isEmpty());
        routing::Health health([] { return 0.5; });
        const SteadyTime now = SteadyTime() + std::chrono::hours(1);
        const auto permit = [&](const char* model) {
            return std::get<routing::Health::Permit>(
                health.enter({"openai", model, 1}, routing::Health::Turn::Ordinary, now));
        };
        for (int i = 0; i < 10; ++i) {
            routing::Health::Permit well = permit("well");
            well.alive(now);
            well.firstToken(Milliseconds(400), now);
            permit("ill").failed({.fault = routing::Health::Fault::Model, .asked = {}, .why = "no"},
                                 now);
            if (health.resting({"openai", "ill", 1}, now))
                break;
        }
        around.health = health.figures(now);
        const std::string text = metrics.text(around);
        const QByteArray well = "{provider=\"openai\",model=\"well\"} ";
        const QByteArray ill = "{provider=\"openai\",model=\"ill\"} ";
        QCOMPARE(lines(text, "gaterouter_model_resting" + well),
                 "gaterouter_model_resting" + well + "0\n");
        QCOMPARE(lines(text, "gaterouter_model_resting" + ill),
                 "gaterouter_model_resting" + ill + "1\n");
        const QByteArray p95 = lines(text, "gaterouter_model_first_token_p95_seconds" + well);
        const double seconds = p95.trimmed().split(' ').last().toDouble();
        QVERIFY2(seconds > 0.35 && seconds < 0.5, p95.constData());
        QVERIFY(lines(text, "gaterouter_model_first_token_p95_seconds" + ill).isEmpty());
        QVERIFY(lines(text, "gaterouter_model_error_share" + ill).trimmed().endsWith("1"));
    }

    void whatIsNotKnownIsNoZero() {
        Metrics metrics;
        ledger::RequestRecord ended = record();
        ended.outcome = ledger::Outcome::StreamBroken;
        ended.error = "stream_broken";
        ended.firstTokenMs = 3;
        ended.attempts.emplace_back();
        end(metrics, ended);
        const std::string text = textOf(metrics);
        QCOMPARE(lines(text, "gen_ai_client_token_usage_"), QByteArray());
        QCOMPARE(lines(text, "gen_ai_server_time_to_first_token_seconds_"), QByteArray());
        QVERIFY(lines(text, "gaterouter_requests_of_unknown_cost_total{").endsWith("} 1\n"));
        QVERIFY(lines(text, "gen_ai_server_request_duration_seconds_count{")
                    .contains(",error_type=\"stream_broken\"} 1"));
    }

    void namesFollowTheConventions_data() {
        QTest::addColumn<QByteArray>("endpoint");
        QTest::addColumn<QByteArray>("provider");
        QTest::addColumn<QByteArray>("expected");
        const auto row = [](const char* endpoint, const char* provider, const char* expected) {
            QTest::addRow("%s %s", endpoint, provider)
                << QByteArray(endpoint) << QByteArray(provider) << QByteArray(expected);
        };
        row("responses", "openai", "\"chat\",gen_ai_provider_name=\"openai\"");
        row("messages", "anthropic", "\"chat\",gen_ai_provider_name=\"anthropic\"");
        row("generateContent", "gemini",
            "\"generate_content\",gen_ai_provider_name=\"gcp.gemini\"");
        row("completions", "mistral", "\"text_completion\",gen_ai_provider_name=\"mistral_ai\"");
        row("embeddings", "my own", "\"embeddings\",gen_ai_provider_name=\"my own\"");
        row("images", "xai", "\"images\",gen_ai_provider_name=\"x_ai\"");
        row("messages", "", "\"chat\",gen_ai_provider_name=\"gaterouter\"");
    }
    void namesFollowTheConventions() {
        QFETCH(QByteArray, endpoint);
        QFETCH(QByteArray, provider);
        QFETCH(QByteArray, expected);
        Metrics metrics;
        ledger::RequestRecord ended = record();
        ended.endpoint = endpoint.toStdString();
        ended.provider = provider.toStdString();
        end(metrics, ended);
        QVERIFY(textOf(metrics).find("{gen_ai_operation_name=" + expected.toStdString()) !=
                std::string::npos);
    }

    void seriesAreBounded() {
        Metrics metrics;
        for (int i = 0; i < 500; ++i)
            end(metrics, record("model-" + std::to_string(i)));
        end(metrics, record("model-3"));
        const std::string text = textOf(metrics);
        const QByteArray count = "gen_ai_server_request_duration_seconds_count{";
        QCOMPARE(lines(text, count).count('\n'), qsizetype(201));
        QVERIFY(lines(text, count)
                    .contains("gen_ai_request_model=\"other\",gaterouter_client=\"other\"} 300"));
        QVERIFY(lines(text, count)
                    .contains("gen_ai_request_model=\"model-3\",gaterouter_client=\"laptop\"} 2"));
    }

    void kindsOfErrorsAreBounded() {
        Metrics metrics;
        for (int i = 0; i < 20; ++i) {
            ledger::RequestRecord ended = record();
            ended.error = i == 0 ? "" : "error_" + std::to_string(i);
            end(metrics, ended);
        }
        const QByteArray counts =
            lines(textOf(metrics), "gen_ai_server_request_duration_seconds_count{");
        QCOMPARE(counts.count('\n'), qsizetype(7));
        QVERIFY(counts.contains(",error_type=\"_OTHER\"} 14"));
        QVERIFY(counts.contains("gaterouter_client=\"laptop\"} 1"));
    }

    void limitsStandInTheirUnits() {
        const auto state = [](ledger::LimitUnit unit, std::int64_t amount, bool told) {
            ledger::LimitState made;
            made.limit.unit = unit;
            made.limit.scope = ledger::ScopeKind::Client;
            made.limit.name = made.limit.client = "laptop";
            made.limit.amount = amount;
            made.spent = amount / 4;
            made.reserved = amount / 8;
            made.told = told;
            return made;
        };
        MetricsAround around;
        around.limits = {state(ledger::LimitUnit::Usd, 2 * Money::kPicoPerDollar, true),
                         state(ledger::LimitUnit::Requests, 40, false)};
        const std::string text = textOf(Metrics(), around);
        const QByteArray labels =
            "{scope=\"client\",name=\"laptop\",gaterouter_client=\"laptop\",window=\"day\"} ";
        QCOMPARE(lines(text, "gaterouter_limit"),
                 "gaterouter_limit_usd" + labels + "2.00\ngaterouter_limit_spent_usd" + labels +
                     "0.50\ngaterouter_limit_reserved_usd" + labels +
                     "0.25\ngaterouter_limit_elsewhere_usd" + labels +
                     "0.00\ngaterouter_limit_requests" + labels + "40\n");
    }

    void theLedgersHealthIsTold() {
        MetricsAround around;
        around.now = {10'000};
        around.ledger = {.queued = 3, .written = 8, .lost = 1, .failures = 2};
        around.ledger.oldest = UnixMs{7'750};
        const QByteArray told = lines(textOf(Metrics(), around), "gaterouter_ledger_");
        QCOMPARE(told, QByteArray("gaterouter_ledger_rows_written_total 8\n"
                                  "gaterouter_ledger_rows_queued 3\n"
                                  "gaterouter_ledger_rows_lost_total 1\n"
                                  "gaterouter_ledger_write_failures_total 2\n"
                                  "gaterouter_ledger_lag_seconds 2.25\n"));
    }
};

QTEST_APPLESS_MAIN(TestMetrics)
#include "test_metrics.moc"
