// SPDX-License-Identifier: MIT
// What a client key made at run time may do: read as the configuration is, refused by name.
#include <QtTest>

#include "base/money.h"
#include "settings/client_scope.h"

using gr::settings::readClientScope;

class TestClientScope final : public QObject {
    Q_OBJECT

  private slots:
    void whatIsNotSaidIsAllowed() {
        for (const char* nothing : {"", "{}"}) {
            const auto scope = readClientScope("laptop", nothing, "{}");
            QVERIFY(scope);
            QCOMPARE(scope->models, std::vector<std::string>{"*"});
            QVERIFY(scope->limits.empty());
            QVERIFY(!scope->allowUnpriced);
        }
    }

    void limitsAreThoseOfTheConfiguration() {
        const auto scope = readClientScope(
            "laptop",
            R"({"models":["openai/gpt-*","ollama/llama-*"],"allow_unpriced":true,"limits":[
                {"window":"day","usd":"0.50","requests":20},
                {"scope":"model:gpt-*","window":"total","tokens":1000,"guarantee":"hard",
                 "limit_wait_seconds":1},
                {"scope":"client:laptop","window":"month","usd":"9","time_zone":"UTC"}]})",
            R"({"guarantee":"estimate","limit_wait_seconds":7,"time_zone":"Europe/Berlin"})");
        QVERIFY2(scope, scope ? "" : scope.error().message.text.c_str());
        QVERIFY(scope->allowUnpriced);
        QCOMPARE(scope->models, (std::vector<std::string>{"openai/gpt-*", "ollama/llama-*"}));
        std::vector<std::string> keys;
        for (const gr::ledger::Limit& limit : scope->limits)
            keys.push_back(limit.key());
        QCOMPARE(keys, (std::vector<std::string>{
                           "client:laptop|day|usd", "client:laptop|day|requests",
                           "client:laptop/model:gpt-*|total|tokens", "client:laptop|month|usd"}));
        QCOMPARE(scope->limits[0].amount, gr::Money::kPicoPerDollar / 2);
        // What stands at the top of the configuration holds for keys, too.
        QVERIFY(scope->limits[0].guarantee == gr::ledger::Guarantee::Estimate);
        QCOMPARE(scope->limits[0].waitMs, std::int64_t(7'000));
        QVERIFY(scope->limits[0].zone != nullptr);
        QVERIFY(scope->limits[2].guarantee == gr::ledger::Guarantee::Hard);
        QCOMPARE(scope->limits[2].waitMs, std::int64_t(1'000));
        QVERIFY(scope->limits[3].zone == nullptr);
    }

    void mistakesAreNamed_data() {
        QTest::addColumn<QByteArray>("id");
        QTest::addColumn<QByteArray>("scope");
        QTest::addColumn<QByteArray>("field");
        QTest::addColumn<QByteArray>("words");
        const auto row = [](const char* name, const char* scope, const char* field,
                            const char* words, const char* id = "laptop") {
            QTest::newRow(name) << QByteArray(id) << QByteArray(scope) << QByteArray(field)
                                << QByteArray(words);
        };
        row("no name", "{}", "id", "1 to 64", "");
        row("odd name", "{}", "id", "letters", "a|b");
        row("no JSON", "{", "", "no JSON");
        row("no object", "[]", "", "JSON object");
        row("unknown member", R"({"model":["a"]})", "model", "models, limits");
        row("not by this door", R"({"key":{"value":"x"}})", "key", "nothing that a key");
        row("models is no list", R"({"models":"gpt"})", "models", "list");
        row("no models", R"({"models":[]})", "models", "empty");
        row("empty pattern", R"({"models":["a",""]})", "models[1]", "empty");
        row("blank in a pattern", R"({"models":["gpt 5"]})", "models[0]", "name of a model");
        row("newline in a pattern", R"({"models":["gpt\n"]})", "models[0]", "name of a model");
        row("limits is no list", R"({"limits":{"window":"day"}})", "limits", "list");
        row("no window", R"({"limits":[{"usd":"1"}]})", "limits[0].window", "missing");
        row("odd window", R"({"limits":[{"usd":"1","window":"dai"}]})", "limits[0].window", "day");
        row("money as number", R"({"limits":[{"usd":1,"window":"day"}]})", "limits[0].usd",
            "\"5.00\"");
        row("negative", R"({"limits":[{"usd":"-1","window":"day"}]})", "limits[0].usd", "");
        row("limits nothing", R"({"limits":[{"window":"day"}]})", "limits[0]", "limits nothing");
        row("unknown in a limit", R"({"limits":[{"window":"day","usd":"1","for":"me"}]})",
            "limits[0].for", "");
        row("another client", R"({"limits":[{"scope":"client:x","window":"day","usd":"1"}]})",
            "limits[0].scope", "another client");
        row("no such zone", R"({"limits":[{"window":"day","usd":"1","time_zone":"Mars/Olympus"}]})",
            "limits[0].time_zone", "does not know");
        row("twice", R"({"models":["a"],"models":["b"]})", "models", "twice");
    }
    void mistakesAreNamed() {
        QFETCH(QByteArray, id);
        QFETCH(QByteArray, scope);
        QFETCH(QByteArray, field);
        QFETCH(QByteArray, words);
        const auto read = readClientScope(id.toStdString(), scope.toStdString(), "{}");
        QVERIFY(!read);
        QVERIFY(read.error().code == gr::ErrorCode::InvalidField);
        const QByteArray said = QByteArray::fromStdString(read.error().message.text);
        QCOMPARE(QByteArray::fromStdString(read.error().field), field);
        QVERIFY2(said.startsWith(field) && said.contains(words), said.constData());
    }
};

QTEST_APPLESS_MAIN(TestClientScope)
#include "test_client_scope.moc"
