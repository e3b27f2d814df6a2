// SPDX-License-Identifier: MIT
// What answers of a chain mean for a payment that is out.
#include <QtTest>

#include "payment/contracts.h"
#include "payment/purchase_fate.h"
#include "payment/settlement_search.h"

using namespace gr;
using namespace gr::payment;
using ledger::PurchaseState;

namespace {

const Address kPayer = *Address::parse("0x2c7536e3605d9c16a7a3d7b1898e529396a65c23");
const std::string kToken = "0x036cbd53842c5426634e7929541ec2318f3dcf7e";
const std::string kPayee = "0x209693bc6afc0c5328ba36faf03c514ef312287c";
constexpr std::int64_t kEnd = 1'795'003'200;  // seconds

std::string word(const std::string& digits) {
    return "0x" + std::string(64 - digits.size(), '0') + digits;
}

ledger::Purchase purchase() {
    ledger::Purchase row;
    row.state = PurchaseState::Sent;
    row.token = kToken;
    row.payee = kPayee;
    row.amount = "10000";
    row.scheme = "exact-eip3009";
    row.nonce = word("abc");
    row.validBefore = kEnd;
    row.transaction = word("aa");
    return row;
}

rpc::Answer result(std::string json) {
    std::replace(json.begin(), json.end(), '\'', '"');
    return {std::move(json), {}};
}

rpc::Answer flag(bool used) {
    return result("'" + word(used ? "1" : "0") + "'");
}

rpc::Answer block(std::int64_t time) {
    return result("{'number':'0x10','timestamp':'" +
                  Uint256(static_cast<std::uint64_t>(time)).toHex() + "','hash':'" + word("cc") +
                  "'}");
}

std::string log(const std::string& token, const std::vector<std::string>& topics,
                const std::string& data) {
    std::string list;
    for (const std::string& topic : topics)
        list += (list.empty() ? "'" : ",'") + topic + "'";
    return "{'address':'" + token + "','topics':[" + list + "],'data':'" + data +
           "','transactionHash':'" + word("aa") + "','blockNumber':'0x10'}";
}

// What a token says when it takes an authorization, and the transfer.
struct Settlement {
    std::string units = "2710";
    std::string status = "0x1";
    std::string token = kToken;
    std::string nonce = word("abc");
    std::string authorizer = word(kPayer.toHex().substr(2));
    std::string said = authorizationUsedTopic().toHex();
    std::string saidBy = kToken;
};

rpc::Answer receipt(const Settlement& settlement = {}) {
    const std::string use =
        log(settlement.saidBy, {settlement.said, settlement.authorizer, settlement.nonce}, "0x");
    const std::string transfer =
        log(settlement.token,
            {transferTopic().toHex(), word(kPayer.toHex().substr(2)), word(kPayee.substr(2))},
            word(settlement.units));
    return result("{'status':'" + settlement.status + "','transactionHash':'" + word("aa") +
                  "','blockNumber':'0x10','blockHash':'" + word("bb") + "','logs':[" + use + "," +
                  transfer + "]}");
}

// The transaction with a proxy's call; Permit2 names its nonces in no event.
rpc::Answer transaction(const std::string& words) {
    std::string hex;
    for (const char c : "call" + words + "more") {
        constexpr char kDigits[] = "0123456789abcdef";
        const auto byte = static_cast<unsigned char>(c);
        hex += {kDigits[byte >> 4], kDigits[byte & 15]};
    }
    return result("{'hash':'" + word("aa") + "','input':'0x" + hex + "'}");
}

ledger::Purchase permit2(const std::string& scheme) {
    ledger::Purchase row = purchase();
    row.scheme = scheme;
    row.nonce = "5";
    return row;
}

// What is read of these answers, seconds after (or before) the end; "nothing" where it is nothing.
std::string fateOf(const ledger::Purchase& row, std::vector<rpc::Answer> answers,
                   std::int64_t after = -10) {
    const auto question = askFate(row, kPayer);
    if (!question)
        return "no question";
    answers.resize(question->calls.size());
    const auto fate = readFate(row, kPayer, *question, answers, UnixMs{(kEnd + after) * 1'000});
    return fate ? std::string(nameOf(fate->state)) : "nothing";
}

}  // namespace

class TestPurchaseFate final : public QObject {
    Q_OBJECT

  private slots:
    void onlyTheVeryTransferSettles() {
        const rpc::Answer early = block(kEnd - 60);
        const auto fate = [&early](const Settlement& settlement) {
            return fateOf(purchase(), {flag(true), early, receipt(settlement)});
        };
        QCOMPARE(fate({}), std::string("settled"));
        QCOMPARE(fate({.units = "2711"}), std::string("nothing"));
        QCOMPARE(fate({.status = "0x0"}), std::string("nothing"));
        QCOMPARE(fate({.token = kPayee}), std::string("nothing"));
        QCOMPARE(fateOf(purchase(), {flag(true), early, result("null")}), std::string("nothing"));
    }

    // A seller may name an equal transfer of before.
    void anEqualTransferOfAnotherPaymentDoesNot() {
        const rpc::Answer early = block(kEnd - 60);
        const auto fate = [&early](const Settlement& settlement) {
            return fateOf(purchase(), {flag(true), early, receipt(settlement)});
        };
        QCOMPARE(fate({.nonce = word("abd")}), std::string("nothing"));
        QCOMPARE(fate({.authorizer = word(kPayee.substr(2))}), std::string("nothing"));
        QCOMPARE(fate({.said = transferTopic().toHex()}), std::string("nothing"));
        QCOMPARE(fate({.saidBy = kPayee}), std::string("nothing"));
        // The token itself says that nothing was taken.
        QCOMPARE(fateOf(purchase(), {flag(false), early, receipt()}), std::string("nothing"));
    }

    // An upto payment takes what the work took, and never more than was signed.
    void uptoSettlesWithLess() {
        const ledger::Purchase row = permit2("upto");
        const rpc::Answer early = block(kEnd - 60);
        const rpc::Answer used = result("'" + word("20") + "'");
        const rpc::Answer ours = transaction(permitWordsOf(row));
        QCOMPARE(fateOf(row, {used, early, receipt({.units = "66"}), ours}),
                 std::string("settled"));
        QCOMPARE(fateOf(row, {used, early, receipt({.units = "2711"}), ours}),
                 std::string("nothing"));
        QCOMPARE(
            fateOf(row, {result("'" + word("0") + "'"), early, receipt({.units = "66"}), ours}),
            std::string("nothing"));
        const auto question = askFate(row, kPayer);
        const auto fate = readFate(row, kPayer, *question,
                                   {used, early, receipt({.units = "66"}), ours}, UnixMs{1});
        QVERIFY(fate && fate->taken == Uint256(0x66));
    }

    // Of a payment through Permit2 the transaction must carry the permit, word by word.
    void aTransferOfAnotherPermitDoesNotSettle() {
        const rpc::Answer early = block(kEnd - 60);
        const rpc::Answer used = result("'" + word("20") + "'");
        for (const char* scheme : {"upto", "exact-permit2"}) {
            const ledger::Purchase row = permit2(scheme);
            const auto fate = [&](const rpc::Answer& carried) {
                return fateOf(row, {used, early, receipt(), carried});
            };
            QCOMPARE(fate(transaction(permitWordsOf(row))), std::string("settled"));
            ledger::Purchase other = row;
            other.nonce = "6";
            QCOMPARE(fate(transaction(permitWordsOf(other))), std::string("nothing"));
            other = row;
            other.validBefore += 1;
            QCOMPARE(fate(transaction(permitWordsOf(other))), std::string("nothing"));
            QCOMPARE(fate(result("null")), std::string("nothing"));
        }
        const ledger::Purchase exact = permit2("exact-permit2");
        QCOMPARE(fateOf(exact,
                        {used, early, receipt({.units = "66"}), transaction(permitWordsOf(exact))}),
                 std::string("nothing"));
    }

    void deadOnlyWithAFinalBlockBehindTheEnd() {
        const auto fate = [](std::int64_t final, std::int64_t after) {
            return fateOf(purchase(), {flag(false), block(final), result("null")}, after);
        };
        QCOMPARE(fate(kEnd - 1, -10), std::string("nothing"));
        QCOMPARE(fate(kEnd - 1, 1), std::string("expired"));
        QCOMPARE(fate(kEnd, 1), std::string("released"));
        // A server may say any time: it is not over before it is by our own clock.
        QCOMPARE(fate(kEnd + 5, -10), std::string("nothing"));
        QCOMPARE(fate(kEnd + 2'000'000'000, -10), std::string("nothing"));
    }

    // A nonce that is used may be cancelled as well as paid: it is neither dead nor settled.
    void aUsedNonceProvesNothing() {
        QCOMPARE(fateOf(purchase(), {flag(true), block(kEnd + 500), result("null")}, 600),
                 std::string("nothing"));
    }

    void answersThatCannotBeReadChangeNothing() {
        for (const char* text : {"null", "'0x'", "'0x2'", "{}", "12"}) {
            QCOMPARE(fateOf(purchase(), {result(text), block(kEnd + 5), result("null")}, 600),
                     std::string("nothing"));
        }
        rpc::Answer refused;
        refused.problem.emplace();
        QCOMPARE(fateOf(purchase(), {refused, refused, refused}, 600), std::string("nothing"));
        QCOMPARE(fateOf(purchase(), {flag(false), refused, refused}, 600), std::string("expired"));
    }

    void rowsThatMakeNoSenseAreNotAsked() {
        ledger::Purchase row = purchase();
        row.nonce = "17";
        QCOMPARE(fateOf(row, {}), std::string("no question"));
        row = purchase();
        row.amount = "1e4";
        QCOMPARE(fateOf(row, {}), std::string("no question"));
    }
};

QTEST_APPLESS_MAIN(TestPurchaseFate)
#include "test_purchase_fate.moc"
