// SPDX-License-Identifier: MIT
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>
#include <algorithm>

#include "base/log.h"
#include "gateway/error_body.h"

using namespace gr;
using namespace gr::gateway;

namespace {

QJsonObject parsed(const std::string& text) {
    QJsonParseError problem;
    const auto document = QJsonDocument::fromJson(QByteArray::fromStdString(text), &problem);
    return problem.error == QJsonParseError::NoError ? document.object() : QJsonObject();
}

QJsonObject errorIn(const std::string& text) {
    return parsed(text)[u"error"].toObject();
}

const std::vector<WireFormat> kFormats{WireFormat::OpenAi, WireFormat::Anthropic,
                                       WireFormat::Gemini};

}  // namespace

class TestErrorBody final : public QObject {
    Q_OBJECT

  private slots:
    void thePathTellsTheFormat() {
        for (const char* path :
             {"/v1/messages", "/messages", "/v1/messages/count_tokens", "/v1/messages?beta=true"})
            QCOMPARE(wireFormatOf(path), WireFormat::Anthropic);
        for (const char* path :
             {"/v1beta/models", "/v1beta/models/m:generateContent", "/v1/models/m:countTokens",
              "/models/m:embedContent", "/v1/models/m:batchEmbedContents"})
            QCOMPARE(wireFormatOf(path), WireFormat::Gemini);
        for (const char* path : {"/v1/chat/completions", "/v1/models", "/", "", "/metrics", "*"})
            QCOMPARE(wireFormatOf(path), WireFormat::OpenAi);
    }

    void openAi() {
        Error error(ErrorCode::MissingField, "\"model\" is\nmissing.");
        error.field = "model";
        const QJsonObject object = errorIn(errorBody(error, WireFormat::OpenAi));
        QCOMPARE(object.keys(), (QStringList{u"code"_qs, u"message"_qs, u"param"_qs, u"type"_qs}));
        QCOMPARE(object[u"message"].toString(), u"\"model\" is\nmissing."_qs);
        QCOMPARE(object[u"type"].toString(), u"invalid_request_error"_qs);
        QCOMPARE(object[u"code"].toString(), u"missing_required_parameter"_qs);
        QCOMPARE(object[u"param"].toString(), u"model"_qs);
        const QJsonObject plain =
            errorIn(errorBody(Error(ErrorCode::InvalidJson, "x"), WireFormat::OpenAi));
        QVERIFY(plain[u"param"].isNull() && plain[u"code"].isNull());
    }

    void anthropic() {
        const QJsonObject whole =
            parsed(errorBody(Error(ErrorCode::Unauthorized, "No."), WireFormat::Anthropic));
        QCOMPARE(whole[u"type"].toString(), u"error"_qs);
        QCOMPARE(whole[u"error"][u"type"].toString(), u"authentication_error"_qs);
        QCOMPARE(whole[u"error"][u"message"].toString(), u"No."_qs);
    }

    void gemini() {
        const QJsonObject object =
            errorIn(errorBody(Error(ErrorCode::ProviderRateLimited, "Wait."), WireFormat::Gemini));
        QCOMPARE(object[u"code"].toInt(), 429);
        QCOMPARE(object[u"status"].toString(), u"RESOURCE_EXHAUSTED"_qs);
        QCOMPARE(object[u"message"].toString(), u"Wait."_qs);
    }

    void everyErrorHasAnAnswerInEveryFormat() {
        for (int code = 0; code <= int(ErrorCode::Unreachable); ++code) {
            const Error error(static_cast<ErrorCode>(code), "Words.");
            const ErrorInfo& info = errorInfo(error.code);
            QVERIFY(info.status >= 400 && info.status < 600);
            for (const WireFormat format : kFormats) {
                const http::Reply reply = errorReply(error, format);
                // Anthropic has a status of its own for it.
                const bool own =
                    error.code == ErrorCode::ProviderOverloaded && format == WireFormat::Anthropic;
                QCOMPARE(reply.status, own ? 529 : info.status);
                QCOMPARE(errorIn(reply.body)[u"message"].toString(), u"Words."_qs);
                const auto has = [&reply](std::string_view name, std::string_view value) {
                    const std::string line = std::string(name) + ": " + std::string(value) + "\r\n";
                    const std::string& lines = reply.headers.text();
                    const std::size_t at = lines.find(line);
                    return at != std::string::npos && lines.find(line, at + 1) == std::string::npos;
                };
                QVERIFY(has("Content-Type", "application/json"));
                QVERIFY(has("x-gaterouter-error", info.slug));
                // The official SDKs repeat some statuses by themselves unless told.
                QCOMPARE(has("x-should-retry", "false"), !info.retryable);
            }
        }
    }

    void secretsAndDetailsStayInside() {
        log::hide(Secret("sk-canary-0123456789"));
        const Error error(ErrorCode::ProviderFailed,
                          "It says: key sk-canary-0123456789 and sk-canary-0123456789 again",
                          LogDetail{"detail-canary"});
        for (const WireFormat format : kFormats) {
            const std::string body = errorBody(error, format);
            QVERIFY(body.find("sk-canary") == std::string::npos);
            QVERIFY(body.find("[redacted]") != std::string::npos);
            QVERIFY(body.find("detail-canary") == std::string::npos);
        }
    }

    void aSecretWithinAnotherIsHiddenWithIt() {
        log::hide(Secret("prefix-canary"));
        log::hide(Secret("prefix-canary-and-tail"));
        QCOMPARE(log::redacted("a prefix-canary-and-tail b prefix-canary c"),
                 std::string("a [redacted] b [redacted] c"));
    }

    void aSecretLikeTheMarkEnds() {
        log::hide(Secret("redacted"));
        QCOMPARE(log::redacted("it is redacted, twice redacted"),
                 std::string("it is [redacted], twice [redacted]"));
    }

    void shortTextsAreNoSecrets() {
        log::hide(Secret("short"));
        QCOMPARE(log::redacted("a short text"), std::string("a short text"));
    }
};

QTEST_APPLESS_MAIN(TestErrorBody)
#include "test_error_body.moc"
