// SPDX-License-Identifier: MIT
// What answers cost, from the bytes of the provider to the books, against a second reckoning
// (tests/data/prices/expected.py).
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

#include "base/time_text.h"
#include "catalog/catalog.h"
#include "gateway/attempt_cost.h"
#include "gateway/policy_builder.h"
#include "gateway/snapshot.h"
#include "ledger/record_text.h"
#include "protocol/passage.h"

using namespace gr;
using protocol::Protocol;

namespace {

QJsonArray load(const char* name) {
    QFile file(QStringLiteral(GR_TEST_DATA "/prices/") + QLatin1String(name));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return QJsonDocument::fromJson(file.readAll()).array();
}

std::string text(const QJsonValue& value) {
    return value.toString().toStdString();
}

Protocol protocolOf(const QString& name) {
    if (name == QLatin1String("responses"))
        return Protocol::OpenAiResponses;
    if (name == QLatin1String("messages"))
        return Protocol::Anthropic;
    return name == QLatin1String("gemini") ? Protocol::Gemini : Protocol::OpenAiChat;
}

class NoSecrets final : public settings::SecretSource {
  public:
    Result<settings::StoredSecret> read(const settings::SecretRef&) override {
        return settings::StoredSecret{Secret("k"), {}, {}};
    }
};

// The price that the gateway finds for a model of a provider that is configured by its name alone.
gateway::Quote quoteFor(const std::string& provider, const std::string& model) {
    static const catalog::Catalog catalog = catalog::Catalog::embedded();
    settings::Settings settings;
    settings.providers.emplace_back().id = provider;
    NoSecrets secrets;
    auto built = gateway::buildPolicy(settings, catalog, secrets, {});
    const auto snapshot =
        gateway::makeSnapshot(std::make_shared<const gateway::Policy>(std::move(built.policy)));
    return snapshot->quoteFor(0, model);
}

QString decimal(const std::optional<Money>& money) {
    return money ? QString::fromStdString(money->toDecimal()) : QString();
}

}  // namespace

class TestPriceCases final : public QObject {
    Q_OBJECT

  private slots:
    void costsWhatWasReckonedApart_data() {
        QTest::addColumn<QJsonObject>("given");
        QTest::addColumn<QJsonObject>("wanted");
        const QJsonArray cases = load("cases.json");
        const QJsonArray expected = load("expected.json");
        QVERIFY(cases.size() > 30 && cases.size() == expected.size());
        for (int i = 0; i < cases.size(); ++i) {
            const QJsonObject given = cases[i].toObject();
            QCOMPARE(expected[i].toObject()[u"name"], given[u"name"]);
            QTest::newRow(text(given[u"name"]).c_str()) << given << expected[i].toObject();
        }
    }
    void costsWhatWasReckonedApart() {
        QFETCH(QJsonObject, given);
        QFETCH(QJsonObject, wanted);
        const std::string model = text(given[u"model"]);
        const Protocol spoken = protocolOf(given[u"protocol"].toString());
        const auto dialects = protocol::Dialects::embedded();
        protocol::Target target;
        target.model = model;
        target.dialect = &dialects.find(text(given[u"dialect"]), spoken);
        const auto way = protocol::passThrough(spoken, target, false, 1, {}, {});
        const std::string answer =
            QJsonDocument(given[u"answer"].toObject()).toJson(QJsonDocument::Compact).toStdString();
        QVERIFY(way->whole(answer));

        gateway::AttemptFacts facts;
        facts.complete = true;
        facts.reportsCost = target.dialect->reportsCost;
        facts.usage = way->usage();
        facts.sentAt = *parseTime(text(given[u"when"]));
        ledger::Attempt attempt;
        settle(attempt, facts, quoteFor(text(given[u"provider"]), model));
        QCOMPARE(decimal(attempt.cost), wanted[u"cost"].toString());
        QCOMPARE(std::string(nameOf(attempt.basis)), text(wanted[u"basis"]));
        QCOMPARE(decimal(attempt.computed), wanted[u"computed"].toString());
    }

    // The table of docs/costs.md, for a model that costs something.
    void followsTheTable_data() {
        QTest::addColumn<bool>("dispatched");
        QTest::addColumn<bool>("refused");
        QTest::addColumn<bool>("complete");
        QTest::addColumn<bool>("counted");
        QTest::addColumn<QString>("basis");
        QTest::newRow("never sent") << false << false << false << false << "free";
        QTest::newRow("refused") << true << true << false << false << "free";
        QTest::newRow("sent, nothing came") << true << false << false << false << "unknown";
        QTest::newRow("broke off") << true << false << false << true << "unknown";
        QTest::newRow("ended without usage") << true << false << true << false << "unknown";
        QTest::newRow("ended") << true << false << true << true << "computed";
    }
    void followsTheTable() {
        QFETCH(bool, dispatched);
        QFETCH(bool, refused);
        QFETCH(bool, complete);
        QFETCH(bool, counted);
        QFETCH(QString, basis);
        gateway::AttemptFacts facts;
        facts.dispatched = dispatched;
        facts.refused = refused;
        facts.complete = complete;
        facts.sentAt = *parseTime("2026-11-22");
        if (counted)
            facts.usage = {.input = 1'000, .output = 10};
        ledger::Attempt attempt;
        settle(attempt, facts, quoteFor("openai", "gpt-5.4"));
        QCOMPARE(QString::fromUtf8(nameOf(attempt.basis).data()), basis);
        QCOMPARE(attempt.cost.has_value(), basis != QLatin1String("unknown"));
        QCOMPARE(attempt.cost.value_or(Money()).isZero(), basis != QLatin1String("computed"));
        QVERIFY(attempt.tokens == facts.usage);  // kept, whatever they cost

        settle(attempt, facts, {nullptr, true, true});  // at home
        QVERIFY(attempt.cost == Money() && attempt.basis == ledger::CostBasis::Free);
    }

    void inputAloneIsEnoughForVectors() {
        gateway::AttemptFacts facts{.complete = true, .usage = {.input = 1'000'000}};
        facts.sentAt = *parseTime("2026-11-22");
        ledger::Attempt attempt;
        settle(attempt, facts, quoteFor("openai", "text-embedding-3-small"));
        QVERIFY(!attempt.cost);
        facts.inputOnly = true;
        settle(attempt, facts, quoteFor("openai", "text-embedding-3-small"));
        QCOMPARE(decimal(attempt.cost), QStringLiteral("0.02"));
        facts.estimated = true;
        settle(attempt, facts, quoteFor("openai", "text-embedding-3-small"));
        QVERIFY(attempt.basis == ledger::CostBasis::Estimated);
    }

    void tellsWhenTheTwoDiffer() {
        ledger::Attempt attempt;
        attempt.basis = ledger::CostBasis::Reported;
        attempt.cost = Money::fromPico(10'000);
        QVERIFY(!gateway::disagrees(attempt));
        attempt.computed = Money::fromPico(10'100);
        QVERIFY(!gateway::disagrees(attempt));
        attempt.computed = Money::fromPico(10'101);
        QVERIFY(gateway::disagrees(attempt));
        attempt.computed = Money::fromPico(9'899);
        QVERIFY(gateway::disagrees(attempt));
    }
};

QTEST_APPLESS_MAIN(TestPriceCases)
#include "test_price_cases.moc"
