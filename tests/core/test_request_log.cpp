// SPDX-License-Identifier: MIT
// The line of a request: what it says, and that no announced secret is in it.
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

#include "base/log.h"
#include "gateway/request_log.h"

using namespace gr;
using gr::gateway::requestLine;
using gr::gateway::traceIdIn;

class TestRequestLog final : public QObject {
    Q_OBJECT

  private slots:
    void traceIds_data() {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<QByteArray>("expected");
        const QByteArray id = "4bf92f3577b34da6a3ce929d0e0e4736";
        const auto row = [](const char* name, const QByteArray& header, const QByteArray& is) {
            QTest::newRow(name) << header << is;
        };
        row("as in the standard", "00-" + id + "-00f067aa0ba902b7-01", id);
        row("a later version may be longer", "01-" + id + "-00f067aa0ba902b7-01-more", id);
        row("none", "", "");
        row("too long for its version", "00-" + id + "-00f067aa0ba902b7-01-more", "");
        row("cut", "00-" + id + "-00f067aa0ba902b7-0", "");
        row("no such version", "ff-" + id + "-00f067aa0ba902b7-01", "");
        row("large letters", "00-" + id.toUpper() + "-00f067aa0ba902b7-01", "");
        row("zero", "00-" + QByteArray(32, '0') + "-00f067aa0ba902b7-01", "");
        row("no hexadecimal", "00-" + QByteArray(32, 'x') + "-00f067aa0ba902b7-01", "");
        row("quotes", "00-" + QByteArray(32, char(0x22)) + "-00f067aa0ba902b7-01", "");
    }
    void traceIds() {
        QFETCH(QByteArray, header);
        QFETCH(QByteArray, expected);
        const std::string text = header.toStdString();
        QCOMPARE(QByteArray::fromStdString(std::string(traceIdIn(text))), expected);
    }

    void theLineSaysWhatWas() {
        ledger::RequestRecord record;
        record.id = "req_1";
        record.client = "laptop";
        record.endpoint = "messages";
        record.askedModel = "auto";
        record.provider = "anthropic";
        record.model = "claude \"5\"\n";
        record.status = 200;
        record.totalMs = 1'234;
        record.firstTokenMs = 200;
        record.tokens.input = 10;
        record.tokens.cacheRead = 5;
        record.tokens.output = 3;
        record.cost = *Money::parse("0.0000375");
        record.attempts.resize(2);
        const std::string line = requestLine(record, "4bf92f");
        QVERIFY(line.find('\n') == std::string::npos);
        const QJsonObject said = QJsonDocument::fromJson(QByteArray::fromStdString(line)).object();
        const QByteArray expected =
            "{\"level\":\"info\",\"event\":\"request\",\"request_id\":\"req_1\","
            "\"trace_id\":\"4bf92f\",\"client\":\"laptop\",\"endpoint\":\"messages\","
            "\"asked_model\":\"auto\",\"provider\":\"anthropic\","
            "\"model\":\"claude \\\"5\\\"\\n\",\"status\":200,\"outcome\":\"answered\","
            "\"attempts\":2,\"streamed\":false,\"simulated\":false,\"reused\":false,\"duration_"
            "ms\":1234,"
            "\"first_token_ms\":200,\"input_tokens\":15,\"output_tokens\":3,"
            "\"cost_usd\":\"0.0000375\"}";
        QJsonObject rest = said;
        QVERIFY(rest.take(QStringLiteral("time")).toString().endsWith(QLatin1Char('Z')));
        QCOMPARE(rest, QJsonDocument::fromJson(expected).object());
    }

    void whatIsNotKnownIsNull() {
        ledger::RequestRecord record;
        record.outcome = ledger::Outcome::ProviderFailed;
        record.error = "provider_failed";
        const QJsonObject said =
            QJsonDocument::fromJson(QByteArray::fromStdString(requestLine(record, ""))).object();
        for (const char* name : {"input_tokens", "output_tokens", "cost_usd", "first_token_ms"})
            QVERIFY2(said[QLatin1StringView(name)].isNull(), name);
        QVERIFY(!said.contains(QStringLiteral("trace_id")));
        QVERIFY(!said.contains(QStringLiteral("provider")));
        QCOMPARE(said[QStringLiteral("outcome")].toString(), QStringLiteral("provider_failed"));
    }

    // Wherever a secret is put by who asks or answers, it does not come out.
    void noSecretIsInTheLine() {
        const std::string canary = "sk-canary-\"quoted\"-0123456789";
        log::hide(Secret(canary));
        ledger::RequestRecord record;
        for (std::string* place : {&record.id, &record.client, &record.endpoint, &record.askedModel,
                                   &record.provider, &record.model, &record.error})
            *place = "before " + canary + " behind";
        const std::string line = requestLine(record, canary);
        QVERIFY(line.find("canary") == std::string::npos);
        QVERIFY(line.find("0123456789") == std::string::npos);
        QVERIFY(line.find("before [redacted] behind") != std::string::npos);
    }
};

QTEST_APPLESS_MAIN(TestRequestLog)
#include "test_request_log.moc"
