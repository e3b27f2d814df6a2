// SPDX-License-Identifier: MIT
#include <QtTest>

#include "gateway/limit_words.h"

using namespace gr::ledger;
using gr::gateway::describe;
using gr::gateway::refusalError;

namespace {

Refusal refused(Refusal::Why why) {
    Refusal refusal;
    refusal.why = why;
    refusal.limit.amount = 5'000'000'000'000;
    refusal.window = {1'795'478'400'000, 1'795'564'800'000};
    refusal.needed = 830'000'000'000;
    refusal.spent = 4'400'000'000'000;
    refusal.reserved = 200'000'000'000;
    return refusal;
}

}  // namespace

class LimitWordsTest final : public QObject {
    Q_OBJECT

  private slots:
    void limits_data() {
        QTest::addColumn<int>("scope");
        QTest::addColumn<QString>("client");
        QTest::addColumn<int>("window");
        QTest::addColumn<int>("unit");
        QTest::addColumn<QString>("text");
        const auto row = [](ScopeKind scope, const char* client, WindowKind window, LimitUnit unit,
                            const char* text) {
            QTest::newRow(text) << int(scope) << client << int(window) << int(unit) << text;
        };
        row(ScopeKind::All, "", WindowKind::Day, LimitUnit::Usd,
            "$0.0000000012 a day for everything");
        row(ScopeKind::All, "", WindowKind::Total, LimitUnit::Tokens,
            "1200 tokens in total for everything");
        row(ScopeKind::Client, "x", WindowKind::Hour, LimitUnit::Requests,
            "1200 requests an hour for the client \"x\"");
        row(ScopeKind::Model, "me", WindowKind::Week, LimitUnit::Requests,
            "1200 requests a week for the model \"x\" of the client \"me\"");
    }
    void limits() {
        QFETCH(int, scope);
        QFETCH(QString, client);
        QFETCH(int, window);
        QFETCH(int, unit);
        QFETCH(QString, text);
        Limit limit;
        limit.scope = ScopeKind(scope);
        limit.name = limit.scope == ScopeKind::All ? "" : "x";
        limit.client = client.toStdString();
        limit.window = WindowKind(window);
        limit.unit = LimitUnit(unit);
        limit.amount = 1'200;
        QCOMPARE(QString::fromStdString(describe(limit)), text);
    }

    void refusals() {
        const auto text = [](Refusal::Why why) {
            return QString::fromStdString(refusalError(refused(why)).message.text);
        };
        QCOMPARE(
            text(Refusal::Why::Spent),
            QStringLiteral("The limit of $5.00 a day for everything has no room. $4.40 is spent "
                           "and $0.20 reserved by running requests. This request may take up "
                           "to $0.83. It begins anew at 2026-11-25T00:00:00.000Z."));
        QVERIFY(text(Refusal::Why::TooLarge).contains(QStringLiteral("more than the whole limit")));
        QVERIFY(text(Refusal::Why::Busy).contains(QStringLiteral("did not end in time")));
        QVERIFY(refusalError(refused(Refusal::Why::Unreachable)).code == gr::ErrorCode::Overloaded);
        QVERIFY(refusalError(refused(Refusal::Why::Busy)).code == gr::ErrorCode::LimitReached);
    }
};

QTEST_GUILESS_MAIN(LimitWordsTest)
#include "test_limit_words.moc"
