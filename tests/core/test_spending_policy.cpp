// SPDX-License-Identifier: MIT
#include <QtTest>
#include <random>

#include "payment/policy_change.h"
#include "payment/spending_policy.h"

using namespace gr;
using namespace gr::payment;

namespace {

using Kind = SpendingVerdict::Kind;
using Reason = SpendingReason;

Money usd(const char* text) {
    return *Money::parse(text);
}

const Address kPayTo = *Address::parse("0x209693bc6afc0c5328ba36faf03c514ef312287c");
const Address kOther = *Address::parse("0x70997970c51812dc3a010c7d01b50e0d17dc79c8");

std::vector<PayeeRule> only(const char* host, SpendingCaps caps = {}) {
    return {PayeeRule{host, std::move(caps)}};
}

// A payment that may pass: one cent to somebody who was paid before, for what may cost two.
struct Case {
    SpendingPolicy policy;
    PaymentAsk ask{"seller.example", kPayTo, usd("0.01"), usd("0.02"), false};
    ledger::SpendingSums sums = seen();
    SpendingVerdict verdict() const { return decideSpending(policy, ask, sums); }

    static ledger::SpendingSums seen() {
        ledger::SpendingSums sums;
        sums.payeeTotal = usd("0.01");
        sums.originTotal = usd("0.01");
        sums.payee.emplace();
        sums.payee->address = kPayTo.toHex();
        return sums;
    }
};

}  // namespace

class TestSpendingPolicy final : public QObject {
    Q_OBJECT

  private slots:
    void allowsWhatIsWithinEverything() {
        const Case one;
        QVERIFY(one.verdict().kind == Kind::Allow);
        QVERIFY(one.verdict().words.empty());
    }

    void decides_data() {
        QTest::addColumn<int>("kind");
        QTest::addColumn<int>("reason");
        QTest::addColumn<QByteArray>("words");
        m_cases.clear();
        const auto row = [this](const char* name, Kind kind, Reason reason, const char* words,
                                auto&& change) {
            change(m_cases[name]);
            QTest::newRow(name) << static_cast<int>(kind) << static_cast<int>(reason)
                                << QByteArray(words);
        };
        row("paused", Kind::Refuse, Reason::Paused, "paused", [](Case& c) { c.ask.paused = true; });
        row("nobody may be paid", Kind::Refuse, Reason::PayeeForbidden, "seller.example",
            [](Case& c) { c.policy.payees.emplace(); });
        row("another may be paid", Kind::Refuse, Reason::PayeeForbidden, "not among",
            [](Case& c) { c.policy.payees = only("seller.example.com"); });
        row("one payment", Kind::Refuse, Reason::PerPayment, "$0.01 is above the $0.009",
            [](Case& c) { c.policy.caps.perPayment = usd("0.009"); });
        row("an hour", Kind::Refuse, Reason::PerHour, "$1.995 of the $2.00",
            [](Case& c) { c.sums.hour = usd("1.995"); });
        row("exactly an hour", Kind::Allow, Reason::None, "",
            [](Case& c) { c.sums.hour = usd("1.99"); });
        row("a day", Kind::Refuse, Reason::PerDay, "a day",
            [](Case& c) { c.sums.day = usd("4.991"); });
        row("in all", Kind::Refuse, Reason::Total, "in all", [](Case& c) {
            c.policy.caps.total = usd("10");
            c.sums.total = usd("9.999");
        });
        row("a payee's own cap", Kind::Refuse, Reason::PayeePerDay, "to seller.example a day",
            [](Case& c) {
                c.policy.payees = only("seller.example", {{}, {}, usd("0.10"), {}});
                c.sums.payeeDay = usd("0.095");
            });
        row("a payee's own cap for one", Kind::Refuse, Reason::PayeePerPayment, "to seller.example",
            [](Case& c) {
                c.policy.payees = only("seller.example", {usd("0.005"), {}, {}, {}});
            });
        row("too much outstanding", Kind::Refuse, Reason::Outstanding, "not settled yet",
            [](Case& c) { c.sums.payeeOutstanding = usd("1.995"); });
        row("a loop", Kind::Refuse, Reason::Loop, "60 payments",
            [](Case& c) { c.sums.payeeMinute = 60; });
        row("too dear", Kind::Refuse, Reason::PriceTooHigh, "should cost $0.0066 at most",
            [](Case& c) { c.ask.bound = usd("0.0066"); });
        row("just fair", Kind::Allow, Reason::None, "",
            [](Case& c) { c.ask.bound = usd("0.006666666667"); });
        row("worth nothing", Kind::Refuse, Reason::PriceTooHigh, "should cost $0.00",
            [](Case& c) { c.ask.bound = Money(); });
        row("no bound", Kind::Hold, Reason::PriceUnknown, "not known",
            [](Case& c) { c.ask.bound.reset(); });
        row("moved", Kind::Hold, Reason::PayeeMoved, "0x70997970c51812dc3a010c7d01b50e0d17dc79c8",
            [](Case& c) { c.ask.payTo = kOther; });
        row("moved, though always allowed", Kind::Hold, Reason::PayeeMoved, "before, it was",
            [](Case& c) {
                c.ask.payTo = kOther;
                c.sums.payee->alwaysUpTo = usd("1");
            });
        row("takes and gives nothing", Kind::Hold, Reason::Unserved, "The last 3 payments",
            [](Case& c) { c.sums.payeeUnserved = 3; });
        row("never paid", Kind::Hold, Reason::PayeeNew, "never paid before",
            [](Case& c) { c.sums = {}; });
        row("never paid, listed", Kind::Allow, Reason::None, "", [](Case& c) {
            c.sums = {};
            c.policy.payees = only("seller.example");
        });
        row("never paid, within limits", Kind::Allow, Reason::None, "", [](Case& c) {
            c.sums = {};
            c.policy.newPayee = NewPayee::WithinLimits;
        });
        row("another port of who was paid", Kind::Hold, Reason::PayeeNew, "never paid before",
            [](Case& c) {
                c.sums.originTotal = Money();
                c.sums.payee.reset();
            });
        row("asks above", Kind::Hold, Reason::AskAbove, "$0.51 is above $0.50", [](Case& c) {
            c.ask.usd = usd("0.51");
            c.ask.bound = usd("0.60");
        });
        row("always up to", Kind::Allow, Reason::None, "", [](Case& c) {
            c.ask.usd = usd("0.51");
            c.ask.bound = usd("0.60");
            c.sums.payee->alwaysUpTo = usd("0.51");
        });
        row("a cap is never lifted", Kind::Refuse, Reason::PerPayment, "$1.00", [](Case& c) {
            c.ask.usd = usd("1.01");
            c.ask.bound = usd("2");
            c.sums.payee->alwaysUpTo = usd("5");
        });
        row("as large as money gets", Kind::Refuse, Reason::PerPayment, "above", [](Case& c) {
            c.ask.usd = Money::fromPico(INT64_MAX);
            c.sums.hour = Money::fromPico(INT64_MAX);
        });
    }
    void decides() {
        QFETCH(int, kind);
        QFETCH(int, reason);
        QFETCH(QByteArray, words);
        const SpendingVerdict verdict = m_cases[QTest::currentDataTag()].verdict();
        QCOMPARE(static_cast<int>(verdict.kind), kind);
        QCOMPARE(static_cast<int>(verdict.reason), reason);
        QVERIFY2(QByteArray::fromStdString(verdict.words).contains(words), verdict.words.c_str());
    }

    void aPersonsWordMakesAPayeeKnown() {
        Case c;
        c.sums.payeeTotal = c.sums.originTotal = Money();
        QVERIFY(c.verdict().reason == Reason::PayeeNew);
        c.sums.payee->allowedAt = UnixMs{1};
        QVERIFY(c.verdict().kind == Kind::Allow);
        c.ask.payTo = kOther;
        QVERIFY(c.verdict().reason == Reason::PayeeMoved);
    }

    void aLeapingClockHolds() {
        Case c;
        c.sums.clockDoubtMs = 86'400'000;
        QVERIFY(c.verdict().reason == Reason::Clock);
    }

    void whoApprovesLiftsHoldsAndNoCaps() {
        Case held;
        held.sums = {};
        held.ask.bound.reset();
        QVERIFY(held.verdict().kind == Kind::Hold);
        QVERIFY(decideApproved(held.policy, held.ask, held.sums).kind == Kind::Allow);
        held.sums.day = usd("5");
        QVERIFY(decideApproved(held.policy, held.ask, held.sums).reason == Reason::PerDay);
        held.sums = {};
        held.ask.paused = true;
        QVERIFY(decideApproved(held.policy, held.ask, held.sums).reason == Reason::Paused);
    }

    // However payments come, their sum never goes above a cap.
    void sumsNeverPassTheCaps() {
        std::mt19937_64 random(7);
        for (int round = 0; round < 200; ++round) {
            Case c;
            c.policy.caps = {usd("0.40"), usd("0.90"), usd("1.70"), usd("3.10")};
            c.policy.askAbove = usd("0.40");
            Money total;
            for (int i = 0; i < 60; ++i) {
                c.ask.usd = Money::fromPico(static_cast<std::int64_t>(random() % 500'000'000'000));
                c.ask.bound = usd("1");
                if (i % 8 == 0)
                    c.sums.hour = Money();  // another hour
                if (i % 24 == 0)
                    c.sums.day = Money();
                if (c.verdict().kind != Kind::Allow)
                    continue;
                for (Money* sum : {&c.sums.hour, &c.sums.day, &c.sums.total, &total})
                    *sum = *sum->plus(c.ask.usd);
                QVERIFY(c.ask.usd <= usd("0.40"));
                QVERIFY(c.sums.hour <= usd("0.90"));
                QVERIFY(c.sums.day <= usd("1.70"));
                QVERIFY(total <= usd("3.10"));
            }
            QVERIFY(total > usd("0.50"));
        }
    }

    void tighteningHoldsAtOnceAndLooseningWaits() {
        SpendingPolicy approved;
        SpendingPolicy asked;
        asked.caps.perDay = usd("3");
        asked.askAbove = usd("0.20");
        QVERIFY(tightest(approved, asked).policy == asked);
        QVERIFY(tightest(approved, asked).loosened.empty());
        const EffectivePolicy back = tightest(asked, approved);
        QVERIFY(back.policy == asked);
        const std::vector<std::string> names{"per_day", "ask_above"};
        QVERIFY(back.loosened == names);

        asked = approved;
        asked.caps.perHour.reset();
        asked.fairPricePermille = 9'000;
        asked.newPayee = NewPayee::WithinLimits;
        const EffectivePolicy loose = tightest(approved, asked);
        QVERIFY(loose.policy == approved);
        QCOMPARE(loose.loosened.size(), std::size_t(3));
    }

    void payeesAreTakenAwayFreelyAndAddedByApproval() {
        SpendingPolicy approved;
        approved.payees = std::vector<PayeeRule>{PayeeRule{"a.example", {}},
                                                 PayeeRule{"b.example", {{}, {}, usd("1"), {}}}};
        SpendingPolicy asked = approved;
        asked.payees = std::vector<PayeeRule>{PayeeRule{"b.example", {{}, {}, usd("2"), {}}},
                                              PayeeRule{"c.example", {}}};
        const EffectivePolicy effective = tightest(approved, asked);
        const std::vector<std::string> names{"payees[b.example].per_day", "payees[c.example]"};
        QVERIFY(effective.loosened == names);
        QCOMPARE(effective.policy.payees->size(), std::size_t(1));
        QVERIFY(effective.policy.payees->front().caps.perDay == usd("1"));

        asked.payees.reset();
        QVERIFY(tightest(approved, asked).policy.payees == approved.payees);
        // A host on a list is paid without a question: without a list, somebody would be asked.
        QCOMPARE(tightest(asked, approved).loosened.size(), std::size_t(2));
    }

  private:
    std::map<QByteArray, Case> m_cases;
};

QTEST_APPLESS_MAIN(TestSpendingPolicy)
#include "test_spending_policy.moc"
