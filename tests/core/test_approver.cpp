// SPDX-License-Identifier: MIT
// Permit2 is let move a token: on a chain that is made up, with runs that are cut off.
#include <QtTest>
#include <map>
#include <set>

#include "base/text.h"
#include "gateway/approver.h"
#include "payment/contracts.h"
#include "payment/keccak.h"
#include "support/ledger_fixture.h"

using namespace gr;
using namespace gr::payment;
using gateway::Approver;
using gr::test::LedgerFolder;
using Answers = Result<std::vector<rpc::Answer>>;

namespace {

class SetClock final : public Clock {
  public:
    // Beside that of the ledger, which has its own.
    UnixMs now() const override { return {SystemClock().now().value + passed.count()}; }
    SteadyTime steady() const override { return SteadyTime(passed); }
    Milliseconds passed{0};
};

std::string quoted(const std::string& text) {
    return "\"" + text + "\"";
}
std::string word(const Uint256& value) {
    const std::string digits = value.toHex().substr(2);
    return "0x" + std::string(64 - digits.size(), '0') + digits;
}

// One token, one account, and the nodes in front of them.
struct FakeChain {
    Uint256 allowance;
    bool viaZero = false;
    std::uint64_t count = 7;   // transactions of the account in blocks
    std::uint64_t others = 0;  // of other programs, that wait
    std::uint64_t baseFee = 100;
    std::uint64_t block = 50;
    std::uint64_t behind = 0;  // blocks that the node does not know yet
    bool mines = true;
    bool loses = false;   // transactions, silently
    bool silent = false;  // answers nothing at all
    bool reverts = false;
    std::map<std::string, Transaction> pool;       // by hash
    std::map<std::string, std::uint64_t> minedIn;  // by hash
    std::vector<std::string> sent;                 // hashes, in order

    void mine() {
        for (auto it = pool.begin(); it != pool.end();) {
            const Transaction& one = it->second;
            if (one.nonce != count || one.maxFeePerGas < Uint256(baseFee)) {
                ++it;
                continue;
            }
            ++count;
            minedIn[it->first] = ++block;
            if (!reverts)
                allowance = *approvedBy(one);
            std::erase_if(pool, [this](const auto& other) { return other.second.nonce < count; });
            it = pool.begin();
        }
    }

    std::string receive(const std::string& raw) {
        const std::string hash = keccak256(raw).toHex();
        sent.push_back(hash);
        const Transaction one = *readTransaction(raw);
        if (!loses && one.nonce >= count)
            pool.emplace(hash, one);
        if (mines)
            mine();
        return hash;
    }

    rpc::Answer answer(const rpc::Call& call) {
        const auto has = [&call](std::string_view text) {
            return call.params.find(text) != std::string::npos;
        };
        const auto number = [](std::uint64_t value) {
            return rpc::Answer{quoted(Uint256(value).toHex()), {}};
        };
        if (call.method == "eth_getCode")
            return {quoted("0x60"), {}};
        if (call.method == "eth_call")
            return {quoted(word(has("0xdd62ed3e")   ? allowance
                                : has("0x313ce567") ? Uint256(6)
                                                    : Uint256(5'000'000))),
                    {}};
        if (call.method == "eth_getBalance")
            return {quoted(Uint256(1'000'000'000'000).toHex()), {}};
        if (call.method == "eth_getBlockByNumber")
            return {R"({"number":")" + Uint256(block - behind).toHex() +
                        R"(","timestamp":"0x1","hash":")" + word(1) + R"(","baseFeePerGas":")" +
                        Uint256(baseFee).toHex() + R"("})",
                    {}};
        if (call.method == "eth_maxPriorityFeePerGas")
            return number(2);
        if (call.method == "eth_getTransactionCount")
            return number(count + (has("pending") ? pool.size() + others : 0));
        if (call.method == "eth_estimateGas") {
            const bool toNone = has(std::string(64, '0') + "\"");
            if (viaZero && !allowance.isZero() && !toNone) {
                rpc::Answer no;
                no.problem.emplace();
                no.problem->code = 3;
                return no;
            }
            return number(toNone ? 30'000 : 46'000);
        }
        if (call.method == "eth_sendRawTransaction") {
            const std::size_t begin = call.params.find("0x") + 2;
            const auto raw =
                fromHex(call.params.substr(begin, call.params.find('"', begin) - begin));
            return {quoted(receive(*raw)), {}};
        }
        if (call.method == "eth_getTransactionReceipt") {
            const std::string hash = call.params.substr(call.params.find("0x"), 66);
            const auto found = minedIn.find(hash);
            if (found == minedIn.end())
                return {"null", {}};
            return {R"({"status":")" + std::string(reverts ? "0x0" : "0x1") +
                        R"(","transactionHash":")" + hash + R"(","blockNumber":")" +
                        Uint256(found->second).toHex() + R"(","blockHash":")" + word(1) +
                        R"(","logs":[]})",
                    {}};
        }
        return {"null", {}};
    }

    Answers ask(std::span<const rpc::Call> calls) {
        if (silent)
            return fail(ErrorCode::Unreachable, "No RPC server gave an answer.");
        std::vector<rpc::Answer> all;
        for (const rpc::Call& call : calls)
            all.push_back(answer(call));
        return all;
    }
};

struct Desk {
    LedgerFolder folder;
    EvmKey key = EvmKey::random();
    SetClock clock;
    FakeChain chain;
    int asked = 0;   // a person, whether to send
    int raises = 0;  // and whether to pay more
    bool yes = true;
    bool left = false;                        // nobody waits for the block
    std::function<void()> meanwhile = [] {};  // before the person answers
    std::string told;

    // What a run ends with: "done", or the sentence.
    std::string allow(std::uint64_t units, Milliseconds patience = Milliseconds(60'000)) {
        auto book = ledger::RelayerBook::open(folder.location());
        if (!book)
            return "no book";
        ApprovalWish wish;
        const NetworkList list = NetworkList::embedded();
        wish.network = *list.find(56);
        wish.token = *list.tokensOf(56).back();
        wish.token.decimals = 6;
        wish.owner = key.address();
        wish.units = units;
        Approver::World world;
        world.ask = [this](std::span<const rpc::Call> calls) { return chain.ask(calls); };
        world.confirm = [this](const ApprovalSight&, const ApprovalStep&) -> Result<void> {
            ++asked;
            meanwhile();
            return yes ? Result<void>() : fail(ErrorCode::Cancelled, "Nothing was signed.");
        };
        world.mayRaise = [this](const Uint256&) {
            ++raises;
            return yes;
        };
        world.tell = [this](std::string_view said) { told += std::string(said) + "\n"; };
        world.rest = [this](Milliseconds) {
            clock.passed += Milliseconds(1'000);
            return !left;
        };
        Approver approver(**book, clock, key, wish, world, patience);
        const auto done = approver.run();
        return done ? "done" : done.error().message.text;
    }
    bool says(const std::string& whole, const char* part) const {
        return whole.find(part) != std::string::npos;
    }
    std::size_t different() const {
        return std::set<std::string>(chain.sent.begin(), chain.sent.end()).size();
    }
};

}  // namespace

class TestApprover final : public QObject {
    Q_OBJECT

  private slots:
    void oneWishIsOneTransaction() {
        Desk desk;
        QCOMPARE(desk.allow(5'000'000), std::string("done"));
        QVERIFY(desk.chain.allowance == Uint256(5'000'000));
        QCOMPARE(desk.allow(5'000'000), std::string("done"));
        QVERIFY(desk.says(desk.told, "may move 5 USDT already"));
        QCOMPARE(desk.chain.sent.size(), std::size_t(1));
        QCOMPARE(desk.asked, 1);
    }

    void aNoSignsNothing() {
        Desk desk;
        desk.yes = false;
        QCOMPARE(desk.allow(1), std::string("Nothing was signed."));
        desk.yes = true;
        QVERIFY(desk.chain.sent.empty());
        QCOMPARE(desk.allow(1), std::string("done"));
        QCOMPARE(desk.chain.count, std::uint64_t(8));
    }

    void throughZeroWithOneQuestion() {
        Desk desk;
        desk.chain.viaZero = true;
        desk.chain.allowance = 3;
        QCOMPARE(desk.allow(9), std::string("done"));
        QCOMPARE(desk.chain.sent.size(), std::size_t(2));
        QVERIFY(desk.chain.allowance == Uint256(9));
        QCOMPARE(desk.asked, 1);
    }

    // The same bytes until they are mined, whatever the node makes of them, and over many runs.
    void whatIsSignedIsSentAgainAndNeverTwice() {
        Desk desk;
        desk.chain.loses = true;
        for (int run = 0; run < 3; ++run)
            QVERIFY(desk.says(desk.allow(5), "not known to be in a block"));
        desk.chain.silent = true;
        QVERIFY(desk.says(desk.allow(5), "not known to be in a block"));
        desk.chain.silent = false;
        desk.chain.loses = false;
        desk.chain.mines = false;  // it waits in the pool
        QVERIFY(desk.says(desk.allow(5), "not known to be in a block"));
        QVERIFY(desk.chain.sent.size() > 10);
        desk.chain.mine();
        QCOMPARE(desk.allow(5), std::string("done"));
        QCOMPARE(desk.different(), std::size_t(1));
        QCOMPARE(desk.asked, 1);
        QCOMPARE(desk.chain.count, std::uint64_t(8));
    }

    // Whoever leaves finds what was signed at the next time; with two transactions, the second is
    // not signed at all.
    void whoeverLeavesSignsNothingMore() {
        Desk desk;
        desk.chain.mines = false;
        desk.left = true;
        QVERIFY(desk.says(desk.allow(5), "not known to be in a block"));
        QCOMPARE(desk.clock.passed, Milliseconds(1'000));
        desk.chain.mine();
        desk.left = false;
        QCOMPARE(desk.allow(5), std::string("done"));
        QCOMPARE(desk.different(), std::size_t(1));
        Desk two;
        two.chain.viaZero = true;
        two.chain.allowance = 3;
        two.chain.mines = false;
        two.left = true;
        QVERIFY(two.says(two.allow(9), "not known to be in a block"));
        two.chain.mine();
        QVERIFY(two.chain.allowance.isZero());
        QCOMPARE(two.different(), std::size_t(1));
    }

    void anotherWishWaitsForTheFirst() {
        Desk desk;
        desk.chain.mines = false;
        QVERIFY(desk.says(desk.allow(5), "not known to be in a block"));
        desk.chain.mines = true;
        QCOMPARE(desk.allow(0), std::string("done"));
        QVERIFY(desk.says(desk.told, "The approval of 0.000005 USDT"));
        QVERIFY(desk.chain.allowance.isZero());
        QCOMPARE(desk.chain.count, std::uint64_t(9));
    }

    void higherFeesTakeAYes() {
        Desk desk;
        desk.chain.mines = false;
        QVERIFY(desk.says(desk.allow(5), "not known to be in a block"));
        desk.chain.baseFee = 1'000;  // more than it pays: 2 * 100 + 2
        desk.chain.mines = true;
        desk.yes = false;
        QVERIFY(desk.says(desk.allow(5), "not known to be in a block"));
        QCOMPARE(desk.raises, 1);
        QCOMPARE(desk.different(), std::size_t(1));
        desk.yes = true;
        QCOMPARE(desk.allow(5), std::string("done"));
        QCOMPARE(desk.raises, 2);
        QCOMPARE(desk.different(), std::size_t(2));  // under one nonce
        QCOMPARE(desk.chain.count, std::uint64_t(8));
        // While it pays enough nobody is asked.
        Desk calm;
        calm.chain.mines = false;
        QVERIFY(calm.says(calm.allow(5), "not known to be in a block"));
        calm.chain.mines = true;
        QCOMPARE(calm.allow(5), std::string("done"));
        QCOMPARE(calm.raises, 0);
    }

    void nothingIsSignedBesideOthers() {
        Desk desk;
        desk.chain.others = 1;
        QVERIFY(desk.says(desk.allow(5), "waits for a block already"));
        desk.chain.others = 0;
        desk.meanwhile = [&desk] { ++desk.chain.count; };
        QVERIFY(desk.says(desk.allow(5), "has changed meanwhile"));
        desk.meanwhile = [&desk] { desk.chain.allowance = 1; };
        QVERIFY(desk.says(desk.allow(5), "has changed meanwhile"));
        QVERIFY(desk.chain.sent.empty());
    }

    // What it says of the allowance is of before our last transaction.
    void aNodeThatIsBehindIsNotBelieved() {
        Desk desk;
        QCOMPARE(desk.allow(5), std::string("done"));
        desk.chain.allowance = 0;
        desk.chain.behind = 1;
        QVERIFY(desk.says(desk.allow(5), "is behind"));
        QCOMPARE(desk.chain.sent.size(), std::size_t(1));
        desk.chain.behind = 0;
        QCOMPARE(desk.allow(5), std::string("done"));
        QCOMPARE(desk.chain.sent.size(), std::size_t(2));
    }

    void aRevertIsSaid() {
        Desk desk;
        desk.chain.reverts = true;
        QVERIFY(desk.says(desk.allow(5), "refused the approval"));
        desk.chain.reverts = false;
        QCOMPARE(desk.allow(5), std::string("done"));  // it is over: another one is signed
        QCOMPARE(desk.chain.count, std::uint64_t(9));
    }

    // Another program used the nonce: it is given up late, since nodes differ, and then said.
    void aNonceOfOthersIsGivenUp() {
        Desk desk;
        desk.chain.loses = true;
        QVERIFY(desk.says(desk.allow(5), "not known to be in a block"));
        ++desk.chain.count;
        QVERIFY(desk.says(desk.allow(5), "not known to be in a block"));
        desk.clock.passed += Milliseconds(3'600'000);
        QVERIFY(desk.says(desk.allow(5), "which is void now"));
        desk.chain.loses = false;
        QCOMPARE(desk.allow(5), std::string("done"));
        QCOMPARE(desk.chain.count, std::uint64_t(9));
    }
};

QTEST_APPLESS_MAIN(TestApprover)
#include "test_approver.moc"
