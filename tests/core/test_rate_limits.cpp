// SPDX-License-Identifier: MIT
// What a provider says of its limits reaches each client in the form it knows.
#include <QtTest>
#include <string>
#include <utility>
#include <vector>

#include "protocol/rate_limits.h"

using namespace gr;
using protocol::Protocol;

namespace {

constexpr UnixMs kNow{1'767'225'600'000};  // 2026-01-01 00:00:00

using Lines = std::vector<std::pair<std::string_view, std::string_view>>;

std::string given(Protocol client, const Lines& answer) {
    http::Fields fields;
    for (const auto& [name, value] : answer)
        fields.add(name, value);
    return protocol::rateLimitsFor(client, fields, kNow).text();
}

}  // namespace

class TestRateLimits final : public QObject {
    Q_OBJECT

  private slots:
    void theSameNamesPassAsTheyAre() {
        const Lines openAi{{"X-RateLimit-Limit-Requests", "60"},
                           {"x-ratelimit-reset-tokens", "6m0s"},
                           {"x-ratelimit-of-theirs", "any"},
                           {"x-request-id", "r"}};
        const std::string want =
            "X-RateLimit-Limit-Requests: 60\r\nx-ratelimit-reset-tokens: 6m0s\r\n"
            "x-ratelimit-of-theirs: any\r\n";
        QCOMPARE(given(Protocol::OpenAiChat, openAi), want);
        QCOMPARE(given(Protocol::OpenAiResponses, openAi), want);
        QCOMPARE(given(Protocol::Anthropic, {{"anthropic-ratelimit-input-tokens-limit", "9"}}),
                 std::string("anthropic-ratelimit-input-tokens-limit: 9\r\n"));
    }

    void openAisLimitsForAnthropicsClients() {
        QCOMPARE(given(Protocol::Anthropic, {{"x-ratelimit-limit-requests", "60"},
                                             {"x-ratelimit-remaining-tokens", "149984"},
                                             {"x-ratelimit-reset-requests", "1m30s"},
                                             {"x-ratelimit-reset-tokens", "soon"}}),
                 std::string("anthropic-ratelimit-requests-limit: 60\r\n"
                             "anthropic-ratelimit-requests-reset: 2026-01-01T00:01:30.000Z\r\n"
                             "anthropic-ratelimit-tokens-remaining: 149984\r\n"));
    }

    void anthropicsLimitsForOpenAisClients() {
        QCOMPARE(given(Protocol::OpenAiChat,
                       {{"anthropic-ratelimit-requests-remaining", "3"},
                        {"anthropic-ratelimit-requests-reset", "2026-01-01T01:02:03Z"},
                        {"anthropic-ratelimit-tokens-reset", "2025-12-31T00:00:00.5Z"},
                        {"anthropic-ratelimit-tokens-limit", "8"}}),
                 std::string("x-ratelimit-limit-tokens: 8\r\nx-ratelimit-remaining-requests: 3\r\n"
                             "x-ratelimit-reset-requests: 1h2m3s\r\n"
                             "x-ratelimit-reset-tokens: 0ms\r\n"));
    }

    void timesAreReadInEveryForm_data() {
        QTest::addColumn<QByteArray>("reset");
        QTest::addColumn<QByteArray>("time");
        const auto row = [](const char* reset, const char* time) {
            QTest::newRow(reset) << QByteArray(reset) << QByteArray(time);
        };
        row("120ms", "2026-01-01T00:00:00.120Z");
        row("7.66s", "2026-01-01T00:00:07.660Z");
        row("2m59.56s", "2026-01-01T00:02:59.560Z");
        row("1d", "2026-01-02T00:00:00.000Z");
        row("12", "2026-01-01T00:00:12.000Z");
        for (const char* senseless : {"", "-1s", "s", "1x", "1m-2s", "inf", "1e9s", "999999999999"})
            row(senseless, "");
    }
    void timesAreReadInEveryForm() {
        QFETCH(QByteArray, reset);
        QFETCH(QByteArray, time);
        const std::string want =
            time.isEmpty() ? ""
                           : "anthropic-ratelimit-tokens-reset: " + time.toStdString() + "\r\n";
        const std::string text = reset.toStdString();
        QCOMPARE(given(Protocol::Anthropic, {{"x-ratelimit-reset-tokens", text}}), want);
    }

    void howLongToLeaveAProviderAlone_data() {
        QTest::addColumn<QByteArray>("lines");
        QTest::addColumn<qint64>("ms");  // -1: it does not say
        const auto row = [](const char* lines, qint64 ms) {
            QTest::newRow(lines) << QByteArray(lines) << ms;
        };
        row("", -1);
        row("x-ratelimit-reset-requests=6m0s", 360'000);
        row("X-RateLimit-Reset-Tokens=1.5s", 1'500);
        // That which is used up; without one, the first.
        row("x-ratelimit-reset-requests=1s x-ratelimit-remaining-requests=0 "
            "x-ratelimit-reset-tokens=9s x-ratelimit-remaining-tokens=5",
            1'000);
        row("x-ratelimit-reset-requests=1s x-ratelimit-remaining-requests=0 "
            "x-ratelimit-reset-tokens=9s x-ratelimit-remaining-tokens=0",
            9'000);
        row("x-ratelimit-reset-requests=7s x-ratelimit-reset-tokens=9s", 7'000);
        row("anthropic-ratelimit-requests-reset=2026-01-01T00:00:20Z", 20'000);
        row("anthropic-ratelimit-requests-reset=2025-12-31T00:00:00Z", 0);
        row("x-ratelimit-reset=1767225630", 30'000);    // seconds since 1970
        row("x-ratelimit-reset=1767225605000", 5'000);  // milliseconds
        row("ratelimit-reset=12", 12'000);
        for (const char* senseless :
             {"x-ratelimit-reset=soon", "x-ratelimit-reset=-1", "reset=5", "x-reset=5",
              "x-ratelimit-remaining=0", "x-ratelimit-reset=18446744073709551615"})
            row(senseless, -1);
    }
    void howLongToLeaveAProviderAlone() {
        QFETCH(QByteArray, lines);
        QFETCH(qint64, ms);
        http::Fields fields;
        const QList<QByteArray> all = lines.split(' ');
        for (const QByteArray& line : all) {
            const std::string_view text(line.constData(), static_cast<std::size_t>(line.size()));
            const std::size_t at = text.find('=');
            if (at != text.npos)
                fields.add(text.substr(0, at), text.substr(at + 1));
        }
        const auto left = protocol::untilReset(fields, kNow);
        QCOMPARE(left ? qint64(left->count()) : -1, ms);
    }

    void whoHasNoSuchHeadersGetsNone() {
        QCOMPARE(given(Protocol::Gemini, {{"x-ratelimit-limit-requests", "60"}}), std::string());
        QCOMPARE(given(Protocol::OpenAiChat, {{"content-type", "text/plain"}}), std::string());
        QCOMPARE(given(Protocol::OpenAiChat,
                       {{"anthropic-ratelimit-tokens-reset", "2026-01-01T00:00:00+02:00"}}),
                 std::string());
    }
};

QTEST_APPLESS_MAIN(TestRateLimits)
#include "test_rate_limits.moc"
