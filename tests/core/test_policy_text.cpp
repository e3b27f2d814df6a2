// SPDX-License-Identifier: MIT
// The approved policy as the vault keeps it.
#include <QtTest>
#include <random>

#include "settings/policy_text.h"

using namespace gr;
using payment::SpendingCaps;
using payment::SpendingPolicy;
using settings::policyText;
using settings::readPolicyText;

namespace {

std::optional<Money> someCap(std::mt19937& random) {
    if (random() % 3 == 0)
        return std::nullopt;
    return Money::fromPico(static_cast<std::int64_t>(random()) * 1'000'003);
}

SpendingCaps someCaps(std::mt19937& random) {
    return {someCap(random), someCap(random), someCap(random), someCap(random)};
}

std::string replaced(std::string text, const std::string& what, const std::string& by) {
    const std::size_t at = text.find(what);
    return at == text.npos ? "" : text.replace(at, what.size(), by);
}

}  // namespace

class TestPolicyText final : public QObject {
    Q_OBJECT

  private slots:
    void whatIsWrittenIsRead() {
        std::mt19937 random(7);
        for (int i = 0; i < 300; ++i) {
            SpendingPolicy policy;
            policy.caps = someCaps(random);
            policy.askAbove = someCap(random).value_or(Money());
            policy.fairPricePermille = static_cast<std::int64_t>(random() % 10'000);
            policy.newPayee =
                random() % 2 == 0 ? payment::NewPayee::Ask : payment::NewPayee::WithinLimits;
            if (random() % 2 == 0) {
                policy.payees.emplace();
                for (unsigned n = random() % 4; n > 0; --n)
                    policy.payees->push_back(
                        {"seller" + std::to_string(n) + ".example", someCaps(random)});
            }
            const auto read = readPolicyText(policyText(policy));
            QVERIFY2(read && *read == policy, policyText(policy).c_str());
        }
    }

    // What is missing would be no cap, so it is not guessed.
    void whatIsNotWholeIsRefused() {
        const std::string text = policyText(SpendingPolicy());
        QVERIFY(readPolicyText(text));
        for (const char* name : {"version", "per_payment", "per_hour", "per_day", "total",
                                 "ask_above", "fair_permille", "ask_new", "payees"}) {
            const std::string member = "\"" + std::string(name) + "\"";
            const auto read = readPolicyText(replaced(text, member, "\"x\""));
            QVERIFY2(!read && read.error().code == ErrorCode::InvalidField, name);
        }
        for (const char* other : {"", "{}", "[]", "null", "garbage", "{\"version\":\"2\"}"})
            QVERIFY2(!readPolicyText(other), other);
        for (const char* amount : {"\"-1.00\"", "\"much\"", "1", "true"}) {
            const auto read = readPolicyText(
                replaced(text, "\"per_day\":\"5.00\"", "\"per_day\":" + std::string(amount)));
            QVERIFY2(!read, amount);
        }
    }
};

QTEST_APPLESS_MAIN(TestPolicyText)
#include "test_policy_text.moc"
