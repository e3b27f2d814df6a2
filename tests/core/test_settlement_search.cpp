// SPDX-License-Identifier: MIT
// The search for the transaction that took an authorization, on a chain that is made up.
#include <QtTest>

#include "json/scan.h"
#include "payment/contracts.h"
#include "payment/settlement_search.h"

using namespace gr;
using namespace gr::payment;

namespace {

const Address kPayer = *Address::parse("0x2c7536e3605d9c16a7a3d7b1898e529396a65c23");
const std::string kToken = "0x036cbd53842c5426634e7929541ec2318f3dcf7e";
const Address kPayee = *Address::parse("0x209693bc6afc0c5328ba36faf03c514ef312287c");
constexpr std::int64_t kSigned = 1'795'000'000;  // seconds

std::string word(std::uint64_t number) {
    const std::string digits = Uint256(number).toHex().substr(2);
    return "0x" + std::string(64 - digits.size(), '0') + digits;
}
std::string word(const Address& address) {
    return "0x" + std::string(24, '0') + address.toHex().substr(2);
}

ledger::Purchase purchase() {
    ledger::Purchase row;
    row.createdAt = {kSigned * 1'000};
    row.validBefore = kSigned + 600;
    row.token = kToken;
    row.payee = kPayee.toHex();
    row.amount = "10000";
    row.scheme = "exact-eip3009";
    row.nonce = word(0xabc);
    return row;
}

ledger::Purchase permit2(const std::string& scheme) {
    ledger::Purchase row = purchase();
    row.scheme = scheme;
    row.nonce = "5";
    return row;
}

// A chain of equal steps, and one use of a nonce in it.
struct FakeChain {
    std::uint64_t newest = 40'000'000;
    std::int64_t newestAt = kSigned + 900;
    std::int64_t blockMs = 2'000;
    std::int64_t usedAt = kSigned + 5;
    std::string nonce = word(0xabc);
    Address payer = kPayer;
    std::uint64_t mostBlocks = 500;  // a server that gives no more at once
    int asked = 0;
    // Of Permit2: how many transfers of this sum to the payee that block has, each in a transaction
    // of its own, and which of them carries the permit of `carried`.
    int transfers = 1;
    int ours = 0;
    std::uint64_t units = 10'000;
    ledger::Purchase carried = permit2("exact-permit2");

    static std::string hexOf(const std::string& bytes) {
        return QByteArray::fromStdString(bytes).toHex().toStdString();
    }
    std::string transferLogs() const {
        std::string list;
        for (int i = 0; i < transfers; ++i)
            list += std::string(i == 0 ? "" : ",") + "{\"address\":\"" + kToken +
                    "\",\"topics\":[\"" + transferTopic().toHex() + "\",\"" + word(payer) +
                    "\",\"" + word(kPayee) + "\"],\"data\":\"" + word(units) +
                    "\",\"transactionHash\":\"" + word(0x1000 + static_cast<std::uint64_t>(i)) +
                    "\",\"blockNumber\":\"0x1\"}";
        return "[" + list + "]";
    }
    rpc::Answer transaction(const std::string& params) const {
        const std::uint64_t which = std::stoull(params.substr(params.size() - 10, 8), nullptr, 16);
        ledger::Purchase row = carried;
        if (which != 0x1000 + static_cast<std::uint64_t>(ours))
            row.nonce = "77";
        return {"{\"hash\":\"" + word(which) + "\",\"input\":\"0x" +
                    hexOf("call" + permitWordsOf(row)) + "\"}",
                {}};
    }

    std::int64_t timeOf(std::uint64_t block) const {
        return newestAt - static_cast<std::int64_t>(newest - block) * blockMs / 1'000;
    }
    rpc::Answer block(std::uint64_t number) const {
        if (number > newest)
            return {"null", {}};
        return {"{\"number\":\"" + Uint256(number).toHex() + "\",\"timestamp\":\"" +
                    Uint256(static_cast<std::uint64_t>(timeOf(number))).toHex() + "\",\"hash\":\"" +
                    word(number) + "\"}",
                {}};
    }
    static std::uint64_t numberIn(std::string_view params, std::string_view before) {
        const std::size_t at = params.find(before) + before.size();
        return std::stoull(std::string(params.substr(at, params.find('"', at) - at)), nullptr, 16);
    }
    rpc::Answer logs(const std::string& params) const {
        const std::uint64_t from = numberIn(params, "\"fromBlock\":\"");
        const std::uint64_t to = numberIn(params, "\"toBlock\":\"");
        if (to < from || to - from >= mostBlocks) {
            rpc::Answer refused;
            refused.problem.emplace();
            return refused;
        }
        for (std::uint64_t block = from; block <= to; ++block) {
            if (timeOf(block) < usedAt)
                continue;
            if (block > 0 && timeOf(block - 1) >= usedAt)
                break;
            if (params.find(transferTopic().toHex()) != std::string::npos)
                return {transferLogs(), {}};
            return {"[{\"address\":\"" + kToken + "\",\"topics\":[\"" +
                        authorizationUsedTopic().toHex() + "\",\"" + word(payer) + "\",\"" + nonce +
                        "\"],\"data\":\"0x\",\"transactionHash\":\"" + word(0xfeed) +
                        "\",\"blockNumber\":\"0x1\"}]",
                    {}};
        }
        return {"[]", {}};
    }
    rpc::Answer answer(const rpc::Call& call) {
        if (call.method == "eth_getLogs")
            return logs(call.params);
        if (call.method == "eth_getTransactionByHash")
            return transaction(call.params);
        return call.params.find("latest") != std::string::npos
                   ? block(newest)
                   : block(numberIn(call.params, "[\""));
    }

    // What is found; "nothing", or "for ever".
    std::string find(const ledger::Purchase& row = purchase()) {
        auto search = SettlementSearch::forPurchase(row, kPayer);
        if (!search)
            return "not searched for";
        for (auto calls = search->ask(); !calls.empty(); calls = search->ask()) {
            if (++asked > 200)
                return "for ever";
            std::vector<rpc::Answer> answers;
            for (const rpc::Call& call : calls)
                answers.push_back(answer(call));
            search->take(answers);
        }
        return search->transaction() ? search->transaction()->toHex() : "nothing";
    }
};

}  // namespace

class TestSettlementSearch final : public QObject {
    Q_OBJECT

  private slots:
    void findsItWhereverItLies_data() {
        QTest::addColumn<qint64>("blockMs");
        QTest::addColumn<qint64>("usedAfter");
        QTest::addColumn<qint64>("newestAfter");
        const std::pair<const char*, qint64> chains[] = {
            {"slow", 12'000}, {"Base", 2'000}, {"fast", 250}};
        for (const auto& [name, blockMs] : chains) {
            for (const qint64 used : {0, 5, 300, 599}) {
                for (const qint64 newest : {600, 900, 3'000'000})
                    QTest::addRow("%s, after %d s, looked at after %d s", name, int(used),
                                  int(newest))
                        << blockMs << used << newest;
            }
        }
    }
    void findsItWhereverItLies() {
        QFETCH(qint64, blockMs);
        QFETCH(qint64, usedAfter);
        QFETCH(qint64, newestAfter);
        FakeChain chain;
        chain.blockMs = blockMs;
        chain.usedAt = kSigned + usedAfter;
        chain.newestAt = kSigned + newestAfter;
        QCOMPARE(chain.find(), word(0xfeed));
        QVERIFY2(chain.asked < 50, std::to_string(chain.asked).c_str());
    }

    // The clock of the chain goes after ours.
    void aChainThatIsBehindIsSearched() {
        FakeChain chain;
        chain.usedAt = kSigned - 60;
        QCOMPARE(chain.find(), word(0xfeed));
    }

    void aYoungChainHasFewBlocks() {
        FakeChain chain;
        chain.newest = 3;
        chain.newestAt = kSigned + 4;
        chain.usedAt = kSigned + 1;
        QCOMPARE(chain.find(), word(0xfeed));
        chain.newest = 0;
        QCOMPARE(chain.find(), word(0xfeed));
    }

    void whatIsNotThereEnds() {
        FakeChain chain;
        chain.usedAt = kSigned + 100'000;
        QCOMPARE(chain.find(), std::string("nothing"));
        QVERIFY2(chain.asked < 40, std::to_string(chain.asked).c_str());
        chain.newestAt = kSigned - 100'000;  // a node that fell behind
        QCOMPARE(chain.find(), std::string("nothing"));
    }

    // A server that does not look at the question.
    void logsOfOthersDoNotCount() {
        FakeChain chain;
        chain.nonce = word(0xabd);
        QCOMPARE(chain.find(), std::string("nothing"));
        chain = {};
        chain.payer = *Address::parse(kToken);
        QCOMPARE(chain.find(), std::string("nothing"));
    }

    void serversThatTellNothingEndIt() {
        FakeChain chain;
        chain.mostBlocks = 10;
        QCOMPARE(chain.find(), std::string("nothing"));
        auto search = *SettlementSearch::forPurchase(purchase(), kPayer);
        rpc::Answer refused;
        refused.problem.emplace();
        search.take({refused});
        QVERIFY(search.ask().empty());
        QVERIFY(!search.transaction());
    }

    // Many payments to one seller, of one price: the one that carries the permit.
    void thePermitTellsWhichTransferItWas() {
        FakeChain chain;
        chain.transfers = 75;
        chain.ours = 74;
        QCOMPARE(chain.find(permit2("exact-permit2")), word(0x1000 + 74));
        QVERIFY2(chain.asked < 50, std::to_string(chain.asked).c_str());
        chain.ours = -1;
        QCOMPARE(chain.find(permit2("exact-permit2")), std::string("nothing"));
        chain.ours = 3;
        chain.carried.validBefore -= 1;  // of another payment with the same nonce
        QCOMPARE(chain.find(permit2("exact-permit2")), std::string("nothing"));
    }

    void uptoIsFoundByLess() {
        FakeChain chain;
        chain.carried = permit2("upto");
        chain.units = 102;
        QCOMPARE(chain.find(permit2("upto")), word(0x1000));
        QCOMPARE(chain.find(permit2("exact-permit2")), std::string("nothing"));
        chain.units = 10'001;
        QCOMPARE(chain.find(permit2("upto")), std::string("nothing"));
        chain.units = 102;
        chain.payer = *Address::parse(kToken);  // a server that gives the logs of others
        QCOMPARE(chain.find(permit2("upto")), std::string("nothing"));
    }

    void rowsThatMakeNoSenseAreNotSearchedFor() {
        FakeChain chain;
        for (const char* scheme : {"exact-eip3009", "exact-permit2", "upto"}) {
            ledger::Purchase row = permit2(scheme);
            row.nonce = "";
            QCOMPARE(chain.find(row), std::string("not searched for"));
            row = purchase();
            row.scheme = scheme;
            row.payee = "";
            QCOMPARE(chain.find(row), std::string("not searched for"));
        }
    }
};

QTEST_APPLESS_MAIN(TestSettlementSearch)
#include "test_settlement_search.moc"
