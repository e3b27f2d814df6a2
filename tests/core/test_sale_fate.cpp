// SPDX-License-Identifier: MIT
// What answers of a chain mean for the money of a sale.
#include <QtTest>

#include "payment/contracts.h"
#include "payment/sale_fate.h"

using namespace gr;
using namespace gr::payment;

namespace {

const Address kToken = *Address::parse("0x036cbd53842c5426634e7929541ec2318f3dcf7e");
const Address kPayer = *Address::parse("0x2c7536e3605d9c16a7a3d7b1898e529396a65c23");
const Address kPayTo = *Address::parse("0x209693bc6afc0c5328ba36faf03c514ef312287c");
const Bytes32 kHash{{0xaa}};
constexpr std::int64_t kEnd = 1'795'003'200;  // seconds

ledger::Sale saleOf(const std::string& scheme) {
    ledger::Sale sale;
    sale.token = kToken.toHex();
    sale.payer = kPayer.toHex();
    sale.payTo = kPayTo.toHex();
    sale.amount = "10000";
    sale.scheme = scheme;
    sale.nonce = scheme == "exact-eip3009" ? Bytes32{{7}}.toHex() : "261";
    sale.validBefore = kEnd;
    sale.state = ledger::SaleState::Unknown;
    return sale;
}

rpc::Answer result(std::string json) {
    std::replace(json.begin(), json.end(), '\'', '"');
    return {std::move(json), {}};
}

std::string wordText(const Uint256& value) {
    return "'" + Bytes32{value.word()}.toHex() + "'";
}

rpc::Answer block(std::uint64_t number, std::int64_t time) {
    return result("{'number':'" + Uint256(number).toHex() + "','timestamp':'" +
                  Uint256(static_cast<std::uint64_t>(time)).toHex() + "','hash':'" +
                  Bytes32{{9}}.toHex() + "'}");
}

std::string log(const Address& contract, const std::vector<Bytes32>& topics,
                const std::string& data, const Bytes32& transaction = kHash) {
    std::string list;
    for (const Bytes32& topic : topics)
        list += (list.empty() ? "'" : ",'") + topic.toHex() + "'";
    return "{'address':'" + contract.toHex() + "','topics':[" + list + "],'data':" + data +
           ",'transactionHash':'" + transaction.toHex() + "','blockNumber':'0x10'}";
}

std::string transferLog(std::uint64_t units, const Bytes32& transaction = kHash) {
    return log(kToken, {transferTopic(), rpc::topicOf(kPayer), rpc::topicOf(kPayTo)},
               wordText(units), transaction);
}

std::string useLog(const Bytes32& nonce = Bytes32{{7}}) {
    return log(kToken, {authorizationUsedTopic(), rpc::topicOf(kPayer), nonce}, "'0x'");
}

rpc::Answer receipt(const std::string& logs, const char* status = "0x1",
                    const Bytes32& hash = kHash) {
    return result("{'status':'" + std::string(status) + "','transactionHash':'" + hash.toHex() +
                  "','blockNumber':'0x10','blockHash':'" + Bytes32{{9}}.toHex() + "','logs':[" +
                  logs + "]}");
}

rpc::Answer transactionWith(const std::string& input) {
    return result("{'hash':'" + kHash.toHex() + "','input':'" + hexOf(input) + "'}");
}

std::string permitCall(std::uint64_t nonce = 261) {
    Permit2Transfer permit;
    permit.token = kToken;
    permit.amount = 10'000;
    permit.nonce = nonce;
    permit.deadline = static_cast<std::uint64_t>(kEnd);
    permit.to = kPayTo;
    return calls::settleExact(permit, kPayer, std::string(65, '\1'));
}

// One look: the nonce is used, the block 0x12 is the latest and 0x10 final.
std::vector<rpc::Answer> look(const ledger::Sale& sale, rpc::Answer receipt,
                              std::string input = {}) {
    const bool permit2 = sale.scheme != "exact-eip3009";
    std::vector<rpc::Answer> answers{result(wordText(permit2 ? 1 << 5 : 1)), block(0x12, kEnd - 8),
                                     block(0x10, kEnd - 10), std::move(receipt)};
    if (permit2)
        answers.push_back(transactionWith(input));
    return answers;
}

std::string seen(const ledger::Sale& sale, const std::vector<rpc::Answer>& answers) {
    const auto money = moneyOf(sale);
    if (!money || askMoney(*money, kHash).size() != answers.size())
        return "no question";
    const auto sight = readMoney(*money, answers, kHash);
    if (!sight)
        return "unreadable";
    return sight->seen ? sight->seen->units.toDecimal() : sight->failed ? "failed" : "nothing";
}

std::string fate(const ledger::Sale& sale, const MoneySight& sight) {
    const auto found = fateOf(sale, *moneyOf(sale), sight);
    constexpr std::array kNames{"settled", "not taken", "reorged"};
    return found ? kNames[static_cast<std::size_t>(found->kind)] : "nothing";
}

}  // namespace

class TestSaleFate final : public QObject {
    Q_OBJECT

  private slots:
    void onlyTheVeryTransferUnderThisNonceIsTheMoney() {
        const ledger::Sale sale = saleOf("exact-eip3009");
        const auto of = [&sale](const std::string& logs, const char* status = "0x1",
                                const Bytes32& hash = kHash) {
            return seen(sale, look(sale, receipt(logs, status, hash)));
        };
        const std::string good = useLog() + "," + transferLog(10'000);
        QCOMPARE(of(good), std::string("10000"));
        QCOMPARE(of(good, "0x0"), std::string("failed"));
        QCOMPARE(of(good, "0x1", Bytes32{{0xab}}), std::string("nothing"));
        QCOMPARE(of(transferLog(10'000)), std::string("nothing"));
        QCOMPARE(of(useLog()), std::string("nothing"));
        QCOMPARE(of(useLog() + "," + transferLog(9'999)), std::string("nothing"));
        QCOMPARE(of(useLog(Bytes32{{8}}) + "," + transferLog(10'000)), std::string("nothing"));
        QCOMPARE(of(log(kPayTo, {transferTopic()}, "'0x'")), std::string("nothing"));
    }

    // Permit2 makes no event: the transaction must carry this permit.
    void aPermitIsKnownByItsTransaction() {
        const ledger::Sale sale = saleOf("exact-permit2");
        const auto of = [&sale](const std::string& input, std::uint64_t units = 10'000) {
            return seen(sale, look(sale, receipt(transferLog(units)), input));
        };
        QCOMPARE(of(permitCall()), std::string("10000"));
        QCOMPARE(of("a call of many" + permitCall()), std::string("10000"));
        QCOMPARE(of(permitCall(262)), std::string("nothing"));
        QCOMPARE(of(""), std::string("nothing"));
        QCOMPARE(of(permitCall(), 9'999), std::string("nothing"));
    }

    void uptoTakesWhatTheWorkTook() {
        const ledger::Sale sale = saleOf("upto");
        const auto of = [&sale](std::uint64_t units) {
            return seen(sale, look(sale, receipt(transferLog(units)), permitCall()));
        };
        QCOMPARE(of(102), std::string("102"));
        QCOMPARE(of(10'000), std::string("10000"));
        QCOMPARE(of(10'001), std::string("nothing"));
        QCOMPARE(of(0), std::string("nothing"));
    }

    void anUnusedNonceHasPaidNothing() {
        const ledger::Sale sale = saleOf("exact-eip3009");
        auto answers = look(sale, receipt(useLog() + "," + transferLog(10'000)));
        answers[0] = result(wordText(0));
        QCOMPARE(seen(sale, answers), std::string("nothing"));
    }

    void answersThatCannotBeReadSayNothing() {
        const ledger::Sale sale = saleOf("exact-eip3009");
        for (const std::size_t place : {0, 1}) {
            for (const char* text : {"null", "'0x'", "'0x2'", "{}", "12"}) {
                auto answers = look(sale, result("null"));
                answers[place] = result(text);
                QCOMPARE(seen(sale, answers), std::string("unreadable"));
            }
        }
        QCOMPARE(seen(sale, look(sale, result("12"))), std::string("nothing"));
        ledger::Sale broken = sale;
        broken.nonce = "0x12";
        QVERIFY(!moneyOf(broken));
    }

    void fateNeedsCertainty() {
        ledger::Sale sale = saleOf("exact-eip3009");
        MoneySight sight;
        sight.latest.number = 20;
        QCOMPARE(fate(sale, sight), std::string("nothing"));
        sight.final = rpc::Block{18, static_cast<std::uint64_t>(kEnd) - 1, {}, {}};
        QCOMPARE(fate(sale, sight), std::string("nothing"));
        sight.final->time = static_cast<std::uint64_t>(kEnd);
        QCOMPARE(fate(sale, sight), std::string("not taken"));
        sight.used = true;
        QCOMPARE(fate(sale, sight), std::string("nothing"));
        sight.seen = SeenMoney{kHash, 19, 10'000};
        QCOMPARE(fate(sale, sight), std::string("settled"));
        QVERIFY(!fateOf(sale, *moneyOf(sale), sight)->final);
        sight.final->number = 19;
        QVERIFY(fateOf(sale, *moneyOf(sale), sight)->final);
    }

    void moneyThatCameIsMissedWhenTheChainIsBeyondIt() {
        ledger::Sale sale = saleOf("exact-eip3009");
        sale.paidAt = UnixMs{1};
        sale.block = 21;
        MoneySight sight;
        sight.latest.number = 20;
        QCOMPARE(fate(sale, sight), std::string("nothing"));
        sight.latest.number = 21;
        QCOMPARE(fate(sale, sight), std::string("reorged"));
        sight.used = true;  // in another block, perhaps
        QCOMPARE(fate(sale, sight), std::string("nothing"));
    }

    void usesAreFoundByTheirEvents() {
        const auto read = [](const ledger::Sale& sale, const std::string& uses,
                             const std::string& cancels) {
            return readUses(*moneyOf(sale), {result("[" + uses + "]"), result("[" + cancels + "]"),
                                             block(1, kEnd - 100)});
        };
        const ledger::Sale transfer = saleOf("exact-eip3009");
        auto uses = read(transfer, useLog(), "");
        QVERIFY(uses && uses->transactions.size() == 1 && !uses->cancelledIn);
        QCOMPARE(uses->begin, static_cast<std::uint64_t>(kEnd) - 100);
        uses =
            read(transfer, "",
                 log(kToken, {authorizationCanceledTopic(), rpc::topicOf(kPayer), {{7}}}, "'0x'"));
        QVERIFY(uses && uses->transactions.empty());
        QCOMPARE(*uses->cancelledIn, std::uint64_t(16));
        // Of Permit2 every transfer of that sum may be it, the newest first.
        const ledger::Sale permit = saleOf("exact-permit2");
        uses = read(permit,
                    transferLog(10'000, {{1}}) + "," + transferLog(10'000, {{2}}) + "," +
                        transferLog(9'999, {{3}}),
                    "");
        QVERIFY(uses && uses->transactions.size() == 2 && uses->transactions[0] == Bytes32{{2}});
        const auto invalid = [](std::uint64_t place, std::uint64_t mask) {
            return log(kPermit2, {nonceInvalidationTopic(), rpc::topicOf(kPayer)},
                       "'" + Bytes32{Uint256(place).word()}.toHex() +
                           Bytes32{Uint256(mask).word()}.toHex().substr(2) + "'");
        };
        QVERIFY(read(permit, "", invalid(1, 1 << 5))->cancelledIn);
        QVERIFY(!read(permit, "", invalid(1, 1 << 6))->cancelledIn);
        QVERIFY(!read(permit, "", invalid(0, 1 << 5))->cancelledIn);
        QVERIFY(!readUses(*moneyOf(permit), {result("1"), result("[]"), block(1, 1)}));
    }
};

QTEST_APPLESS_MAIN(TestSaleFate)
#include "test_sale_fate.moc"
