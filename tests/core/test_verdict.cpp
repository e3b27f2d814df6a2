// SPDX-License-Identifier: MIT
#include <QtTest>
#include <cstring>

#include "upstream/verdict.h"

using namespace gr;
using namespace gr::upstream;

namespace {

constexpr UnixMs kNow{1'767'225'600'000};  // 2026-01-01 00:00:00

using Headers = std::vector<std::pair<std::string_view, std::string>>;

Verdict judged(int status, const Headers& headers = {}, std::string_view body = {}) {
    http::Fields fields;
    for (const auto& [name, value] : headers)
        fields.add(name, value);
    return judge("acme", status, fields, body, kNow);
}

std::string errorWith(const std::string& message) {
    return "{\"error\":{\"message\":\"" + message + "\",\"type\":\"x\"}}";
}

}  // namespace

class TestVerdict final : public QObject {
    Q_OBJECT

  private slots:
    void everyStatusHasItsMeaning_data() {
        QTest::addColumn<int>("status");
        QTest::addColumn<int>("code");
        QTest::addColumn<int>("next");
        const auto row = [](int status, ErrorCode code, Next next) {
            QTest::addRow("%d", status) << status << int(code) << int(next);
        };
        for (const int status : {400, 405, 409, 410, 415, 418, 422, 451, 499})
            row(status, ErrorCode::ProviderRejected, Next::Deliver);
        row(401, ErrorCode::ProviderRefusedKey, Next::NextKey);
        row(403, ErrorCode::ProviderRefusedKey, Next::NextKey);
        row(402, ErrorCode::ProviderNoCredit, Next::NextKey);
        row(429, ErrorCode::ProviderRateLimited, Next::NextKey);
        row(404, ErrorCode::ProviderModelUnknown, Next::NextCandidate);
        row(413, ErrorCode::BodyTooLarge, Next::Deliver);
        row(503, ErrorCode::ProviderOverloaded, Next::SameAgain);
        row(529, ErrorCode::ProviderOverloaded, Next::SameAgain);
        row(407, ErrorCode::ProviderUnreachable, Next::NextCandidate);  // a proxy's
        row(504, ErrorCode::ProviderTimeout, Next::SameAgain);
        for (const int status : {408, 500, 501, 502, 520, 599, 600, 999})
            row(status, ErrorCode::ProviderFailed, Next::SameAgain);
        for (const int status : {201, 204, 301, 302, 303, 304, 307, 308})
            row(status, ErrorCode::ProviderAnswerInvalid, Next::NextCandidate);
    }
    void everyStatusHasItsMeaning() {
        QFETCH(int, status);
        QFETCH(int, code);
        QFETCH(int, next);
        const Verdict verdict = judged(status);
        QCOMPARE(int(verdict.code), code);
        QCOMPARE(int(verdict.next), next);
        QVERIFY(verdict.message.find("acme") != std::string::npos);
        QVERIFY(verdict.message.find(std::to_string(status)) != std::string::npos);
        // Only a key that cannot serve rests.
        QCOMPARE(verdict.keyPause.count() > 0, verdict.next == Next::NextKey);
    }

    void retryAfter_data() {
        QTest::addColumn<QByteArray>("name");
        QTest::addColumn<QByteArray>("value");
        QTest::addColumn<qint64>("ms");  // -1: none
        const auto row = [](const char* name, const char* value, qint64 ms) {
            QTest::addRow("%s: %s", name, value) << QByteArray(name) << QByteArray(value) << ms;
        };
        row("Retry-After", "0", 0);
        row("retry-after", " 7 ", 7'000);
        row("Retry-After", "3600", 3'600'000);
        row("Retry-After", "86400", 3'600'000);  // not for a day
        row("Retry-After", "18446744073709551615", 3'600'000);
        row("Retry-After", "Thu, 01 Jan 2026 00:00:30 GMT", 30'000);
        row("Retry-After", "Wed, 31 Dec 2025 23:59:00 GMT", 0);
        row("Retry-After", "Thu, 01 Jan 2099 00:00:00 GMT", 3'600'000);
        row("retry-after-ms", "250", 250);
        row("retry-after-ms", "99999999999", 3'600'000);
        row("retry-after-ms", "18446744073709551615", 3'600'000);
        for (const char* text : {"", "-1", "1.5", "soon", "7 s", "Jan 1 2026", "0x10"})
            row("Retry-After", text, -1);
        row("retry-after-ms", "1.5", -1);
    }
    void retryAfter() {
        QFETCH(QByteArray, name);
        QFETCH(QByteArray, value);
        QFETCH(qint64, ms);
        for (const int status : {429, 503}) {
            const Verdict verdict = judged(status, {{name.toStdString(), value.toStdString()}});
            QCOMPARE(verdict.retryAfter ? qint64(verdict.retryAfter->count()) : -1, ms);
            if (status == 429 && ms >= 0)
                QCOMPARE(qint64(verdict.keyPause.count()), ms);
            if (status == 429 && ms < 0)
                QVERIFY(verdict.keyPause.count() > 0);
        }
    }

    void millisecondsAreTheFinerWord() {
        const Verdict verdict = judged(429, {{"Retry-After", "9"}, {"Retry-After-Ms", "8500"}});
        QCOMPARE(verdict.retryAfter->count(), std::int64_t(8500));
        QCOMPARE(judged(429, {{"Retry-After", "9"}, {"Retry-After-Ms", "x"}}).retryAfter->count(),
                 std::int64_t(9000));
    }

    void anEmptyAccountIsNotARateLimit() {
        for (const char* member : {"code", "type"}) {
            const std::string body = "{\"error\":{\"message\":\"You exceeded\",\"k\":1,\"" +
                                     std::string(member) + "\":\"insufficient_quota\"}}";
            const Verdict verdict = judged(429, {{"Retry-After", "1"}}, body);
            QCOMPARE(verdict.code, ErrorCode::ProviderNoCredit);
            QCOMPARE(verdict.next, Next::NextKey);
            QVERIFY(verdict.keyPause > Milliseconds(60'000));  // a second would not fill it
        }
        QCOMPARE(judged(429, {}, R"({"error":{"message":"insufficient_quota"}})").code,
                 ErrorCode::ProviderRateLimited);
    }

    void googleSaysInItsBodyWhatOthersSayInHeaders() {
        const auto body = [](const char* detail) {
            return std::string("{\"error\":{\"code\":1,\"message\":\"m\",\"details\":[{},") +
                   detail + "]}}";
        };
        const auto wait = [&](const char* delay) {
            const std::string detail =
                std::string("{\"@type\":\"type.googleapis.com/google.rpc.RetryInfo\",") +
                "\"retryDelay\":\"" + delay + "\"}";
            const Verdict verdict = judged(429, {}, body(detail.c_str()));
            return verdict.retryAfter ? qint64(verdict.retryAfter->count()) : -1;
        };
        QCOMPARE(wait("7s"), qint64(7'000));
        QCOMPARE(wait("34.074824224s"), qint64(34'074));
        QCOMPARE(wait("0.5s"), qint64(500));
        QCOMPARE(wait("86400s"), qint64(3'600'000));
        QCOMPARE(wait("soon"), qint64(-1));
        QCOMPARE(wait("-1s"), qint64(-1));
        // A wrong key is a 400 there.
        const Verdict refused = judged(400, {}, body("{\"reason\":\"API_KEY_INVALID\"}"));
        QCOMPARE(refused.code, ErrorCode::ProviderRefusedKey);
        QCOMPARE(refused.next, Next::NextKey);
        QCOMPARE(judged(400, {}, body("{\"reason\":\"OTHER\"}")).next, Next::Deliver);
    }

    // Clients shorten their prompt when they are told so in the form they know.
    void promptsThatAreTooLong_data() {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<bool>("tooLong");
        const auto row = [](const char* name, const QByteArray& body, bool tooLong) {
            QTest::newRow(name) << body << tooLong;
        };
        const auto words = [&row](const char* name, const std::string& message) {
            row(name, QByteArray::fromStdString(errorWith(message)), true);
        };
        words("openai", "This model's maximum context length is 8192 tokens. However, you …");
        words("responses", "Your input exceeds the context window of this model. Please …");
        words("anthropic", "prompt is too long: 204801 tokens > 200000 maximum");
        words("anthropic, with max_tokens",
              "input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000");
        words("google", "The input token count (1196265) exceeds the maximum number of tokens …");
        words("llama.cpp",
              "request (9412 tokens) exceeds the available context size (8192 tokens), try …");
        row("by code", R"({"error":{"message":"m","code":"context_length_exceeded"}})", true);
        row("llama.cpp by type",
            R"({"error":{"code":400,"message":"m","type":"exceed_context_size_error"}})", true);
        row("xai",
            "{\"code\":\"invalid-argument\",\"error\":\"This model's maximum prompt length is "
            "131072 but the request contains 537812 tokens.\"}",
            true);
        row("another fault", R"({"error":{"message":"temperature is out of bounds"}})", false);
        row("another fault at xai", R"({"code":"invalid-argument","error":"bad tool"})", false);
        row("nothing", "", false);
    }
    void promptsThatAreTooLong() {
        QFETCH(QByteArray, body);
        QFETCH(bool, tooLong);
        const Verdict verdict = judged(400, {}, body.toStdString());
        QCOMPARE(verdict.code, tooLong ? ErrorCode::PromptTooLong : ErrorCode::ProviderRejected);
        QCOMPARE(verdict.next, Next::Deliver);
    }

    void theProvidersWordsAreQuoted() {
        const std::string body = errorWith("The engine is overloaded.");
        for (const int status : {400, 404, 429, 500, 503})
            QVERIFY(judged(status, {}, body).message.find("The engine is overloaded.") !=
                    std::string::npos);
        // Words about a key may hold the key.
        for (const int status : {401, 402, 403})
            QVERIFY(judged(status, {}, body).message.find("overloaded") == std::string::npos);
    }

    void words_data() {
        QTest::addColumn<QByteArray>("body");
        QTest::addColumn<QByteArray>("words");
        const auto row = [](const char* name, const QByteArray& body, const QByteArray& words) {
            QTest::newRow(name) << body << words;
        };
        row("openai", "{\"error\":{\"message\":\"a\\n\\\"b\\\"\",\"code\":null}}", "a\n\"b\"");
        row("flat", R"({"message":"a"})", "a");
        row("error text", R"({"error":"a","message":"b"})", "b");
        row("xai", R"({"code":"invalid-argument","error":"a"})", "a");
        row("no message", R"({"error":{"code":1}})", "");
        row("message a list", R"({"error":{"message":["a"]}})", "");
        row("empty", "", "");
        row("html", "<html>502</html>", "");
        row("cut", "{\"error\":{\"message\":\"a", "");
        row("an array", R"([{"error":{"message":"a"}}])", "");
    }
    void words() {
        QFETCH(QByteArray, body);
        QFETCH(QByteArray, words);
        QCOMPARE(QByteArray::fromStdString(wordsOf(body.toStdString())), words);
    }

    void longWordsEndWithAWholeCharacter() {
        for (const char* character : {"a", "é", "漢", "😀"}) {
            for (std::size_t shift = 0; shift < 4; ++shift) {
                std::string text(shift, '.');
                while (text.size() < 400)
                    text += character;
                const std::string words = wordsOf(errorWith(text));
                QVERIFY(words.size() <= 200 && words.size() > 196);
                QVERIFY(text.starts_with(words));
                QCOMPARE((words.size() - shift) % std::strlen(character), std::size_t(0));
            }
        }
        const std::string exact(200, 'x');
        QCOMPARE(wordsOf(errorWith(exact)), exact);
    }
};

QTEST_APPLESS_MAIN(TestVerdict)
#include "test_verdict.moc"
