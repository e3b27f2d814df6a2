// SPDX-License-Identifier: MIT
// Tokens compared with what their contracts say.
#include <QtTest>

#include "payment/contracts.h"
#include "payment/eip712.h"
#include "payment/network.h"
#include "payment/token_proof.h"

using namespace gr;
using namespace gr::payment;

namespace {

const NetworkList kList = NetworkList::embedded();
// Of Circle's token on Base Sepolia, as published.
const std::string kSeparator = "0x71f17a3b2ff373b803d70a5a07c046c1a2bc8e89c09ef722fcb047abe94c9818";

const Token& usdc() {
    return *kList.token(84532, *Address::parse("0x036cbd53842c5426634e7929541ec2318f3dcf7e"));
}

rpc::Answer word(const std::string& text) {
    const std::string digits = text.starts_with("0x") ? text.substr(2) : text;
    return {"\"0x" + std::string(64 - digits.size(), '0') + digits + "\"", {}};
}

std::string said(const Token& token, const std::vector<rpc::Answer>& answers) {
    const auto agrees = readProof(token, answers);
    if (agrees)
        return *agrees ? "agrees" : "tells nothing";
    return std::string(errorInfo(agrees.error().code).slug) + ": " + agrees.error().message.text;
}

}  // namespace

class TestTokenProof final : public QObject {
    Q_OBJECT

  private slots:
    void whatIsAsked() {
        const auto calls = askProof(usdc());
        QCOMPARE(calls.size(), std::size_t(2));
        QVERIFY(calls[0].params.find("0x313ce567") != std::string::npos);
        QVERIFY(calls[1].params.find("0x3644e515") != std::string::npos);
        for (const rpc::Call& call : calls)
            QVERIFY(call.params.find(usdc().address.toHex()) != std::string::npos);
    }

    void theContractDecides() {
        QCOMPARE(said(usdc(), {word("6"), word(kSeparator)}), std::string("agrees"));
        const std::string other = said(usdc(), {word("6"), word("1")});
        QVERIFY2(other.starts_with("payment_refused: Nothing was paid."), other.c_str());
        QVERIFY2(other.find("another EIP-712 domain than \"USDC\"") != std::string::npos,
                 other.c_str());
        const std::string decimals = said(usdc(), {word("12"), word(kSeparator)});
        QVERIFY2(decimals.find("18 decimals, not 6") != std::string::npos, decimals.c_str());
    }

    // The domain of another chain is another one.
    void aTokenElsewhereIsAnother() {
        Token token = usdc();
        token.chain = 8453;
        QVERIFY(said(token, {word("6"), word(kSeparator)}).starts_with("payment_refused"));
    }

    // By Permit2 nothing is signed under the token's own domain.
    void permit2NeedsNoDomain() {
        Token token = usdc();
        token.eip3009 = false;
        QCOMPARE(askProof(token).size(), std::size_t(1));
        QCOMPARE(said(token, {word("6")}), std::string("agrees"));
    }

    void answersThatDoNotTell() {
        rpc::Answer reverted;
        reverted.problem.emplace();
        const rpc::Answer nothing{"\"0x\"", {}};
        for (const rpc::Answer& answer : {reverted, nothing}) {
            QCOMPARE(said(usdc(), {answer, word(kSeparator)}), std::string("tells nothing"));
            QCOMPARE(said(usdc(), {word("6"), answer}), std::string("tells nothing"));
        }
        QCOMPARE(said(usdc(), {word("6")}), std::string("tells nothing"));
    }
};

QTEST_APPLESS_MAIN(TestTokenProof)
#include "test_token_proof.moc"
