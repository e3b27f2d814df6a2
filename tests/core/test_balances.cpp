// SPDX-License-Identifier: MIT
// What an address holds, as a chain's server tells it.
#include <QtTest>

#include "payment/balances.h"

using namespace gr::payment;

namespace {

rpc::Answer answered(std::string json) {
    rpc::Answer answer;
    answer.result = std::move(json);
    return answer;
}

std::string word(const std::string& lastDigits) {
    return "\"0x" + std::string(64 - lastDigits.size(), '0') + lastDigits + "\"";
}

}  // namespace

class TestBalances final : public QObject {
    Q_OBJECT

  private slots:
    void asksForCoinAndTokens();
    void readsThem();
    void nonsenseIsNotNothing();
    void readsAllowances();
    void anotherNumberOfAnswers();
};

void TestBalances::asksForCoinAndTokens() {
    const auto list = NetworkList::embedded();
    std::vector<Token> tokens;
    for (const Token* token : list.tokensOf(8453))
        tokens.push_back(*token);
    QVERIFY(!tokens.empty());
    const auto owner = Address::parse("0x209693bc6afc0c5328ba36faf03c514ef312287c");
    const auto asked = balanceCalls(*owner, tokens);
    QCOMPARE(asked.size(), tokens.size() + 1);
    QCOMPARE(asked[0].method, std::string("eth_getBalance"));
    QCOMPARE(asked[1].method, std::string("eth_call"));
    // balanceOf(address), selector 70a08231, with the owner's address as a word behind it.
    QVERIFY(asked[1].params.find("0x70a08231000000000000000000000000"
                                 "209693bc6afc0c5328ba36faf03c514ef312287c") != std::string::npos);
    QVERIFY(asked[1].params.find(tokens[0].address.toHex()) != std::string::npos);
}

void TestBalances::readsThem() {
    const std::vector<Token> tokens(2);
    const auto balance = readBalances(
        8453, tokens,
        {answered("\"0x8e1bc9bf04000\""), answered(word("bc4b20")), answered(word("0"))});
    QVERIFY(balance.problem.empty());
    QCOMPARE(balance.wei->toDecimal(), std::string("2500000000000000"));
    QCOMPARE(balance.tokens[0].units->toDecimal(), std::string("12340000"));
    QVERIFY(*balance.tokens[1].units == Uint256(0));
}

void TestBalances::nonsenseIsNotNothing() {
    const std::vector<Token> tokens(1);
    rpc::Answer refused;
    refused.problem = rpc::Answer::Problem{3, "execution reverted", {}};
    for (const rpc::Answer& odd :
         {answered("\"0x\""), answered("\"0x1\""), answered("null"), answered("12"),
          answered("\"0x" + std::string(128, '0') + "\""), refused}) {
        const auto balance = readBalances(1, tokens, {answered("\"0x1\""), odd});
        QVERIFY(!balance.tokens[0].units);
        QVERIFY(balance.wei.has_value());
    }
    QVERIFY(!readBalances(1, {}, {answered("\"lots\"")}).wei);
}

// What Permit2 may move is asked with them, where somebody wants to know.
void TestBalances::readsAllowances() {
    const std::vector<Token> tokens(2);
    const auto owner = Address::parse("0x209693bc6afc0c5328ba36faf03c514ef312287c");
    const auto asked = balanceCalls(*owner, tokens, AskFor::BalancesAndAllowances);
    QCOMPARE(asked.size(), 5U);
    // allowance(owner, Permit2), selector dd62ed3e.
    QVERIFY(asked[3].params.find("0xdd62ed3e000000000000000000000000"
                                 "209693bc6afc0c5328ba36faf03c514ef312287c"
                                 "000000000000000000000000"
                                 "000000000022d473030f116ddee9f6b43ac78ba3") != std::string::npos);
    const std::vector<rpc::Answer> answers{answered("\"0x1\""), answered(word("5")),
                                           answered(word("6")), answered(word("bc4b20")),
                                           answered("null")};
    const auto balance = readBalances(8453, tokens, answers, AskFor::BalancesAndAllowances);
    QVERIFY(balance.problem.empty());
    QCOMPARE(balance.tokens[0].units->toDecimal(), std::string("5"));
    QCOMPARE(balance.tokens[0].allowance->toDecimal(), std::string("12340000"));
    QVERIFY(balance.tokens[1].units && !balance.tokens[1].allowance);
    QVERIFY(!readBalances(8453, tokens, answers).problem.empty());
}

void TestBalances::anotherNumberOfAnswers() {
    const std::vector<Token> tokens(2);
    QVERIFY(!readBalances(1, tokens, {answered("\"0x1\"")}).problem.empty());
}

QTEST_APPLESS_MAIN(TestBalances)
#include "test_balances.moc"
