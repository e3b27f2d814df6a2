// SPDX-License-Identifier: MIT
// What a chain says before Permit2 is let move a token, and what is signed then.
#include <QtTest>

#include "payment/contracts.h"
#include "payment/eip712.h"
#include "payment/token_approval.h"

using namespace gr;
using namespace gr::payment;

namespace {

const Address kOwner = *Address::parse("0x2c7536e3605d9c16a7a3d7b1898e529396a65c23");
const Address kTether = *Address::parse("0xdac17f958d2ee523a2206206994597c13d831ec7");

std::string quoted(const std::string& hex) {
    return "\"0x" + hex + "\"";
}
rpc::Answer number(std::uint64_t value) {
    return {quoted(Uint256(value).toHex().substr(2)), {}};
}
rpc::Answer word(std::uint64_t value) {
    const std::string digits = Uint256(value).toHex().substr(2);
    return {quoted(std::string(64 - digits.size(), '0') + digits), {}};
}
rpc::Answer reverts() {
    rpc::Answer answer;
    answer.problem.emplace();
    answer.problem->code = 3;
    return answer;
}

ApprovalWish wish(std::uint64_t units = 10'000'000) {
    ApprovalWish out;
    out.network = *NetworkList::embedded().find(1);
    out.token = *NetworkList::embedded().token(1, kTether);
    out.token.approveViaZero = false;
    out.owner = kOwner;
    out.units = units;
    return out;
}

// A chain with a base fee of 5 and a tip of 1 wei.
struct Chain {
    rpc::Answer code{quoted("6001"), {}};
    rpc::Answer allowance = word(0);
    rpc::Answer balance = word(7'000'000);
    rpc::Answer coins = number(1'000'000'000);
    rpc::Answer block{"{\"number\":\"0x10\",\"timestamp\":\"0x6afc0000\",\"hash\":" +
                          quoted(std::string(64, 'c')) + ",\"baseFeePerGas\":\"0x5\"}",
                      {}};
    rpc::Answer counted = number(4);
    rpc::Answer gas = number(50'000);
    rpc::Answer gasToNone = number(30'000);
    rpc::Answer decimals = word(6);

    Result<ApprovalSight> read(const ApprovalWish& wanted = wish()) const {
        return readApproval(wanted, {code, allowance, balance, coins, block, number(1), number(4),
                                     counted, gas, gasToNone, decimals});
    }
    Result<ApprovalStep> next(const ApprovalWish& wanted = wish()) const {
        const auto sight = read(wanted);
        return sight ? nextApproval(wanted, *sight) : Result<ApprovalStep>(fail(sight.error()));
    }
    std::string why(const ApprovalWish& wanted = wish()) const {
        const auto step = next(wanted);
        return step ? "signed" : step.error().message.text;
    }
};

}  // namespace

class TestTokenApproval final : public QObject {
    Q_OBJECT

  private slots:
    void signsABoundedApprovalAndNothingElse() {
        const auto step = Chain().next();
        QVERIFY(step);
        const Transaction& made = step->transaction;
        QCOMPARE(made.chainId, ChainId(1));
        QVERIFY(made.to == kTether && made.value.isZero());
        QCOMPARE(made.data, calls::approve(kPermit2, 10'000'000));
        QCOMPARE(made.gasLimit, std::uint64_t(60'000));
        QVERIFY(made.maxFeePerGas == Uint256(11) && made.maxPriorityFeePerGas == Uint256(1));
        QVERIFY(step->most == Uint256(660'000) && !step->toNone);
        QVERIFY(approvedBy(made) == Uint256(10'000'000));
        Transaction other = made;
        other.data = calls::approve(kOwner, 10'000'000);
        QVERIFY(!approvedBy(other));
        other.data = made.data + '\0';
        QVERIFY(!approvedBy(other));
    }

    // Tether's token: approve() reverts unless the old allowance is 0 or the new one is.
    void changesThroughZeroWhereItMust() {
        Chain chain;
        chain.allowance = word(3);
        QVERIFY(!chain.next()->toNone);
        chain.gas = reverts();
        const auto first = chain.next();
        QVERIFY(first && first->toNone);
        QVERIFY(approvedBy(first->transaction) == Uint256(0));
        // Both are paid for: the second takes more than the first.
        QVERIFY(first->most > Uint256(2 * 36'000 * 11));
        chain.gas = number(50'000);
        ApprovalWish known = wish();
        known.token.approveViaZero = true;
        QVERIFY(chain.next(known)->toNone);
        known.units = 0;  // ending it is one step
        QVERIFY(!chain.next(known)->toNone);
    }

    void refuses_data() {
        QTest::addColumn<std::function<void(Chain&)>>("change");
        QTest::addColumn<QByteArray>("words");
        const auto row = [](const char* words, std::function<void(Chain&)> change) {
            QTest::newRow(words) << std::move(change) << QByteArray(words);
        };
        row("Permit2 is not on Ethereum", [](Chain& c) { c.code = {quoted(""), {}}; });
        row("counts with 18 decimals, not 6", [](Chain& c) { c.decimals = word(18); });
        row("would not take the approval", [](Chain& c) { c.gas = reverts(); });
        row("wants 300001 gas", [](Chain& c) { c.gas = number(300'001); });
        row("lacks 0.000000000000000001 of it", [](Chain& c) { c.coins = number(659'999); });
        row("does not say all", [](Chain& c) { c.allowance = reverts(); });
        row("does not say all", [](Chain& c) { c.block = {"null", {}}; });
        row("does not say all", [](Chain& c) { c.counted = {"\"4\"", {}}; });
        row("does not say all", [](Chain& c) { c.decimals = reverts(); });
    }
    void refuses() {
        using Change = std::function<void(Chain&)>;
        QFETCH(Change, change);
        QFETCH(QByteArray, words);
        Chain chain;
        QCOMPARE(chain.why(), std::string("signed"));
        change(chain);
        const std::string why = chain.why();
        QVERIFY2(why.find(words.toStdString()) != std::string::npos, why.c_str());
    }

    void anotherNumberOfAnswersIsNone() {
        QVERIFY(!readApproval(wish(), {}));
        QCOMPARE(askApproval(wish()).size(), std::size_t(11));
    }
};

QTEST_APPLESS_MAIN(TestTokenApproval)
#include "test_token_approval.moc"
