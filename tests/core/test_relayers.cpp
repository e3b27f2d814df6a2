// SPDX-License-Identifier: MIT
#include <QtTest>
#include <mutex>
#include <set>
#include <thread>

#include "ledger/relayer_book.h"
#include "support/ledger_fixture.h"
#include "support/purchase_samples.h"

using namespace gr::ledger;
using gr::ErrorCode;
using gr::Money;
using gr::Result;
using gr::test::dollars;
using gr::test::LedgerFolder;
using gr::test::went;

namespace {

std::unique_ptr<RelayerBook> relayersOf(const LedgerFolder& folder) {
    auto book = RelayerBook::open(folder.location());
    if (!went(book))
        qFatal("no book");
    return std::move(*book);
}

RelayTransaction signedAs(const std::string& hash, Money cost = dollars("0.002")) {
    RelayTransaction made;
    made.raw = std::string("\x02\xf8\0raw", 6) + hash;
    made.hash = hash;
    made.maxFee = "2000000000";
    made.tip = "1000";
    made.cost = cost;
    return made;
}

const std::string kRelayer = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266";

}  // namespace

class RelayersTest final : public QObject {
    Q_OBJECT

  private slots:
    void relayersUseEachNonceOnce() {
        const LedgerFolder folder;
        relayersOf(folder);
        std::mutex mutex;
        std::multiset<std::int64_t> nonces;
        std::vector<std::thread> threads;
        for (int i = 0; i < 6; ++i) {
            threads.emplace_back([&, i] {
                const auto book = relayersOf(folder);
                for (int j = 0; j < 10; ++j) {
                    const auto sent = book->prepare(1, kRelayer, 5, "sale_x", [&](std::int64_t) {
                        return Result<RelayTransaction>(
                            signedAs("0x" + std::to_string(i * 100 + j)));
                    });
                    const std::lock_guard lock(mutex);
                    if (sent)
                        nonces.insert(sent->nonce);
                }
            });
        }
        for (std::thread& thread : threads)
            thread.join();
        QCOMPARE(nonces.size(), std::size_t(60));
        for (std::int64_t nonce = 5; nonce < 65; ++nonce)
            QCOMPARE(nonces.count(nonce), std::size_t(1));
    }

    void relayedTransactionsAreDurableBeforeTheyLeave() {
        const LedgerFolder folder;
        RelayTransaction first;
        {
            const auto book = relayersOf(folder);
            QCOMPARE(*book->nextNonce(1, kRelayer, 0), 0);
            const auto refused = book->prepare(1, kRelayer, 3, "sale_x", [](std::int64_t) {
                return Result<RelayTransaction>(gr::fail(ErrorCode::VaultLocked, "Closed."));
            });
            QVERIFY(refused.error().code == ErrorCode::VaultLocked);
            QCOMPARE(*book->nextNonce(1, kRelayer, 3), 3);  // nothing was used up
            first = *book->prepare(1, kRelayer, 3, "sale_x", [](std::int64_t nonce) {
                return Result<RelayTransaction>(signedAs("0xa" + std::to_string(nonce)));
            });
        }
        const auto book = relayersOf(folder);
        auto pending = *book->pending();
        QCOMPARE(pending.size(), std::size_t(1));
        QCOMPARE(pending[0].raw, signedAs("0xa3").raw);
        QCOMPARE(pending[0].hash, std::string("0xa3"));
        QCOMPARE(pending[0].maxFee, std::string("2000000000"));
        QCOMPARE(pending[0].nonce, 3);
        QVERIFY(pending[0].state == RelayState::Prepared);
        QVERIFY(*book->broadcast(first.sequence));
        QVERIFY(!*book->broadcast(first.sequence));
        const auto second = *book->replace(first.sequence, "sale_x", [](std::int64_t nonce) {
            return Result<RelayTransaction>(
                signedAs("0xb" + std::to_string(nonce), dollars("0.003")));
        });
        QVERIFY(second && second->nonce == 3);
        QCOMPARE(book->pending()->size(), std::size_t(1));
        QCOMPARE(book->costSince({0})->toDecimal(), std::string("0.003"));
        QCOMPARE(*book->nextNonce(1, kRelayer, 0), 4);
        QCOMPARE(*book->nextNonce(2, kRelayer, 0), 0);
        // The first one was mined all the same.
        QVERIFY(*book->mined(1, "0xa3", 99));
        const auto both = *book->of("sale_x");
        QCOMPARE(both.size(), std::size_t(2));
        QVERIFY(both[0].state == RelayState::Mined && both[0].block == 99);
        QVERIFY(both[1].state == RelayState::Replaced);
        QVERIFY(!*book->mined(1, "0xff", 99));
        const auto late = book->replace(first.sequence, "sale_x", [](std::int64_t) {
            return Result<RelayTransaction>(signedAs("0xc"));
        });
        QVERIFY(went(late) && !*late);
        QVERIFY(*book->unmined(1, "0xa3"));
        QVERIFY(!*book->unmined(1, "0xa3"));
        QCOMPARE(book->pending()->size(), std::size_t(1));
        // Somebody else used the nonce.
        QVERIFY(*book->lost(first.sequence));
        QVERIFY(!*book->lost(first.sequence));
        QVERIFY(book->pending()->empty());
    }
};

int main(int argc, char** argv) {
    return LedgerFolder::runTest<RelayersTest>(argc, argv);
}
#include "test_relayers.moc"
