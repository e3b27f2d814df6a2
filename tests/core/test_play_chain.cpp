// SPDX-License-Identifier: MIT
#include <QtTest>
#include <latch>
#include <thread>

#include "payment/evm_key.h"
#include "payment/network.h"
#include "sandbox/play_chain.h"

using namespace gr;
using namespace gr::payment;
using namespace gr::sandbox;

namespace {

class SetClock final : public Clock {
  public:
    UnixMs now() const override { return {seconds * 1000 + 999}; }
    SteadyTime steady() const override { return {}; }
    std::int64_t seconds = 1'800'000'000;
};

EvmKey keyOf(char byte) {
    return EvmKey::fromBytes(std::string(EvmKey::kBytes, byte)).value();
}

const EvmKey kPayer = keyOf(1);
const EvmKey kStranger = keyOf(2);
const Address kPayee = keyOf(3).address();

Bytes32 nonceOf(std::uint8_t last) {
    Bytes32 nonce;
    nonce.bytes.back() = last;
    return nonce;
}

// A payer with 10 play dollars, and an authorization of 0.01 that settles unless a test bends it.
struct World {
    SetClock clock;
    PlayChain chain;
    TransferAuthorization authorization{kPayer.address(), kPayee,    10'000, 0,
                                        1'800'000'060,    nonceOf(1)};

    explicit World(PlayLimits limits = {}) : chain(clock, limits) {
        if (!chain.fill(kPayer.address()))
            qFatal("the faucet gives nothing");
    }
    Bytes32 digest() const { return digestOf(chain.separator(), authorization); }
    std::string signature(const EvmKey& key = kPayer) const { return key.sign(digest()).bytes(); }
};

// s becomes n - s, and v the other one: the same signer, in a form that contracts refuse.
std::string highS(const std::string& bytes) {
    const auto order =
        Uint256::parseHex("0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141");
    auto signature = Signature::fromBytes(bytes).value();
    signature.s.bytes = order->minus(Uint256::fromWord(signature.s.bytes))->word();
    signature.v = signature.v == 27 ? 28 : 27;
    return signature.bytes();
}

using Bend = void (*)(World& world);
using Forge = std::string (*)(World& world);
struct Case {
    const char* name;
    Refusal refusal;
    Bend bend;
    Forge forge = [](World& world) { return world.signature(); };
};

const Case kCases[] = {
    {"as it should be", Refusal::None, [](World&) {}},
    {"after is a second ago", Refusal::None,
     [](World& w) { w.authorization.validAfter = 1'799'999'999; }},
    {"after is now", Refusal::NotYetValid,
     [](World& w) { w.authorization.validAfter = 1'800'000'000; }},
    {"after is 2^256 - 1", Refusal::NotYetValid,
     [](World& w) { w.authorization.validAfter = Uint256::max(); }},
    {"before is in a second", Refusal::None,
     [](World& w) { w.authorization.validBefore = 1'800'000'001; }},
    {"before is now", Refusal::Expired,
     [](World& w) { w.authorization.validBefore = 1'800'000'000; }},
    {"before is never", Refusal::None,
     [](World& w) { w.authorization.validBefore = Uint256::max(); }},
    {"all of the balance", Refusal::None, [](World& w) { w.authorization.value = kFill; }},
    {"a unit more", Refusal::Balance, [](World& w) { w.authorization.value = kFill + 1; }},
    {"2^64 units", Refusal::Balance,
     [](World& w) { w.authorization.value = *Uint256(UINT64_MAX).plus(1); }},
    {"2^256 - 1 units", Refusal::Balance, [](World& w) { w.authorization.value = Uint256::max(); }},
    {"nothing", Refusal::None, [](World& w) { w.authorization.value = 0; }},
    {"to the payer", Refusal::None, [](World& w) { w.authorization.to = kPayer.address(); }},
    {"to nobody", Refusal::ToNobody, [](World& w) { w.authorization.to = Address(); }},
    {"to the token", Refusal::Blacklisted,
     [](World& w) { w.authorization.to = w.chain.token().address; }},
    {"by another key", Refusal::WrongSigner, [](World&) {},
     [](World& w) { return w.signature(kStranger); }},
    {"of another amount", Refusal::WrongSigner, [](World&) {},
     [](World& w) {
         const std::string signature = w.signature();
         w.authorization.value = 10'001;
         return signature;
     }},
    {"to another payee", Refusal::WrongSigner, [](World&) {},
     [](World& w) {
         const std::string signature = w.signature();
         w.authorization.to = kStranger.address();
         return signature;
     }},
    {"s in the upper half", Refusal::HighS, [](World&) {},
     [](World& w) { return highS(w.signature()); }},
    {"v without 27", Refusal::WrongV, [](World&) {},
     [](World& w) {
         std::string signature = w.signature();
         signature.back() = static_cast<char>(signature.back() - 27);
         return signature;
     }},
    {"v is 29", Refusal::WrongV, [](World&) {},
     [](World& w) {
         std::string signature = w.signature();
         signature.back() = 29;
         return signature;
     }},
    {"64 bytes", Refusal::SignatureLength, [](World&) {},
     [](World& w) { return w.signature().substr(0, 64); }},
    {"66 bytes", Refusal::SignatureLength, [](World&) {},
     [](World& w) { return w.signature() + '\0'; }},
    {"no signature", Refusal::SignatureLength, [](World&) {}, [](World&) { return std::string(); }},
    {"zeros", Refusal::NoSigner, [](World&) {},
     [](World&) { return std::string(64, '\0') + '\x1b'; }},
};

}  // namespace

Q_DECLARE_METATYPE(const Case*)

class TestPlayChain final : public QObject {
    Q_OBJECT

  private slots:
    void rulesOfTheToken_data() {
        QTest::addColumn<const Case*>("row");
        for (const Case& row : kCases)
            QTest::newRow(row.name) << &row;
    }
    void rulesOfTheToken() {
        QFETCH(const Case*, row);
        World world;
        row->bend(world);
        const std::string signature = row->forge(world);
        QCOMPARE(world.chain.check(world.authorization, signature), row->refusal);
        QVERIFY(!world.chain.used(kPayer.address(), world.authorization.nonce));
        const auto outcome = world.chain.settle(world.authorization, signature);
        QCOMPARE(outcome.refusal, row->refusal);
        const bool moved = row->refusal == Refusal::None;
        QCOMPARE(world.chain.used(kPayer.address(), world.authorization.nonce), moved);
        const Address to = world.authorization.to;
        const std::uint64_t units = moved ? *world.authorization.value.toUint64() : 0;
        const std::uint64_t left = to == kPayer.address() ? kFill : kFill - units;
        QCOMPARE(world.chain.balanceOf(kPayer.address()), Uint256(left));
        QCOMPARE(world.chain.balanceOf(to), Uint256(to == kPayer.address() ? kFill : units));
        QCOMPARE(world.chain.transaction(outcome.transaction).has_value(), moved);
    }

    void aNoncePaysOnce() {
        World world;
        const std::string signature = world.signature();
        const auto first = world.chain.settle(world.authorization, signature);
        QCOMPARE(first.refusal, Refusal::None);
        QCOMPARE(world.chain.check(world.authorization, signature), Refusal::Used);
        // The very same again is the same payment, even when its time is over.
        world.clock.seconds += 1000;
        const auto again = world.chain.settle(world.authorization, signature);
        QCOMPARE(again.refusal, Refusal::None);
        QVERIFY(again.transaction == first.transaction);
        QCOMPARE(world.chain.settle(world.authorization, world.signature(kStranger)).refusal,
                 Refusal::Expired);
        // Another one of that nonce is none, and the nonce of another payer is another.
        world.authorization.validBefore = Uint256::max();
        QCOMPARE(world.chain.settle(world.authorization, world.signature()).refusal, Refusal::Used);
        QCOMPARE(world.chain.balanceOf(kPayee), Uint256(10'000));
        QVERIFY(world.chain.fill(kStranger.address()));
        world.authorization.from = kStranger.address();
        QCOMPARE(world.chain.settle(world.authorization, world.signature(kStranger)).refusal,
                 Refusal::None);
        QCOMPARE(world.chain.balanceOf(kPayee), Uint256(20'000));
    }

    void manyThreadsPayOnce() {
        World world({.fillsPerHour = 200});
        // Cheap steps, so that threads meet in the tables and not in their signatures.
        const TransferAuthorization same = world.authorization;
        const std::string signature = world.signature();
        std::latch start(8);
        std::vector<std::jthread> threads;
        for (std::uint8_t i = 0; i < 8; ++i) {
            threads.emplace_back([&, i] {
                const Address own{{i, 1}};
                start.arrive_and_wait();
                world.chain.settle(same, signature);
                for (int n = 0; n < 200; ++n) {
                    if (!world.chain.fill(own))
                        return;
                    world.chain.head();
                }
            });
        }
        threads.clear();
        QCOMPARE(world.chain.balanceOf(kPayee), Uint256(10'000));
        QCOMPARE(world.chain.balanceOf(kPayer.address()), Uint256(kFill - 10'000));
        QCOMPARE(world.chain.supply(), Uint256(1601 * kFill));
        std::size_t transactions = 0;
        world.chain.transactions(0, world.chain.head().number,
                                 [&](const PlayTransaction&) { return ++transactions > 0; });
        QCOMPARE(transactions, std::size_t{1602});
    }

    void aCancelledNonceIsUsed() {
        World world;
        const Bytes32 nonce = world.authorization.nonce;
        const Bytes32 digest = cancelDigest(world.chain.separator(), kPayer.address(), nonce);
        QCOMPARE(
            world.chain.cancel(kPayer.address(), nonce, kStranger.sign(digest).bytes()).refusal,
            Refusal::WrongSigner);
        QVERIFY(!world.chain.used(kPayer.address(), nonce));
        const std::string signature = kPayer.sign(digest).bytes();
        QCOMPARE(world.chain.cancel(kPayer.address(), nonce, signature).refusal, Refusal::None);
        QCOMPARE(world.chain.cancel(kPayer.address(), nonce, signature).refusal, Refusal::Used);
        QCOMPARE(world.chain.settle(world.authorization, world.signature()).refusal, Refusal::Used);
        QCOMPARE(world.chain.balanceOf(kPayee), Uint256(0));
        // And a nonce that paid cannot be cancelled.
        world.authorization.nonce = nonceOf(2);
        QCOMPARE(world.chain.settle(world.authorization, world.signature()).refusal, Refusal::None);
        const Bytes32 late = cancelDigest(world.chain.separator(), kPayer.address(), nonceOf(2));
        QCOMPARE(
            world.chain.cancel(kPayer.address(), nonceOf(2), kPayer.sign(late).bytes()).refusal,
            Refusal::Used);
    }

    // Play money and real money never take each other's signatures (every domain of the list).
    void domainsKeepApart() {
        World world;
        const NetworkList list = NetworkList::embedded();
        std::size_t others = 0;
        for (const Token& token : list.tokens()) {
            const Token& play = world.chain.token();
            if (token.chain == kPlayChain)
                continue;
            ++others;
            QVERIFY(list.find(token.chain)->money != MoneyKind::Play);
            QVERIFY(token.address != play.address);
            // Also where somebody gave a real token the play token's name, or the other way round.
            const TokenDomain own = token.domain.value_or(*play.domain);
            for (const TokenDomain& domain : {own, *play.domain}) {
                const Bytes32 there =
                    domainSeparator({domain.name, domain.version, token.chain, token.address});
                const Bytes32 digest = digestOf(there, world.authorization);
                QVERIFY(digest != world.digest());
                const Signature forThere = kPayer.sign(digest);
                QCOMPARE(recover(digest, forThere), std::optional(kPayer.address()));
                QCOMPARE(world.chain.check(world.authorization, forThere.bytes()),
                         Refusal::WrongSigner);
                const auto played = Signature::fromBytes(world.signature()).value();
                QVERIFY(recover(digest, played) != std::optional(kPayer.address()));
            }
        }
        QVERIFY(others >= 18);
    }

    void blocksFollowTheClock() {
        World world;
        const PlayBlock first = world.chain.head();
        QCOMPARE(world.chain.head().hash.toHex(), first.hash.toHex());
        QVERIFY(first.transaction.has_value());  // the faucet's
        world.clock.seconds += 100;
        const PlayBlock second = world.chain.head();
        QCOMPARE(second.number, first.number + 1);
        QCOMPARE(second.time, first.time + 100);
        QVERIFY(second.parent == first.hash && !second.transaction);
        world.clock.seconds -= 3600;  // the chain's time never goes back
        QCOMPARE(world.chain.head().number, second.number);
        world.authorization.validBefore = second.time;
        QCOMPARE(world.chain.check(world.authorization, world.signature()), Refusal::Expired);
        const auto found = world.chain.block(second.hash);
        QVERIFY(found && found->number == second.number);
        QVERIFY(!world.chain.block(second.number + 1));
    }

    void hashesComeFromContents() {
        World one;
        World two;
        const auto paid = [](World& world) {
            return world.chain.settle(world.authorization, world.signature()).transaction;
        };
        QVERIFY(paid(one) == paid(two));
        QVERIFY(one.chain.head().hash == two.chain.head().hash);
        one.authorization.nonce = nonceOf(7);
        two.authorization.nonce = nonceOf(8);
        QVERIFY(paid(one) != paid(two));
        QVERIFY(one.chain.head().hash != two.chain.head().hash);
    }

    void theFaucetHasEnds() {
        SetClock clock;
        PlayChain chain(clock, {.fillsPerHour = 2, .fills = 4});
        const auto problem = [&chain](const Address& to) {
            const auto filled = chain.fill(to);
            return filled ? std::string() : std::string(errorInfo(filled.error().code).slug);
        };
        const std::string limit(errorInfo(ErrorCode::LimitReached).slug);
        QCOMPARE(problem(Address()), std::string(errorInfo(ErrorCode::InvalidField).slug));
        QCOMPARE(problem(chain.token().address),
                 std::string(errorInfo(ErrorCode::InvalidField).slug));
        QCOMPARE(problem(kPayee), std::string());
        clock.seconds += 3599;
        QCOMPARE(problem(kPayee), std::string());
        QCOMPARE(problem(kPayee), limit);
        QCOMPARE(problem(kPayer.address()), std::string());
        clock.seconds += 1;
        QCOMPARE(problem(kPayee), std::string());
        QCOMPARE(problem(kStranger.address()), limit);  // empty for all
        QCOMPARE(chain.balanceOf(kPayee), Uint256(3 * kFill));
        QCOMPARE(chain.supply(), Uint256(4 * kFill));
    }

    void everythingIsBounded() {
        World full;
        SetClock clock;
        PlayChain chain(clock, {.transactions = 2, .blocks = 3});
        QVERIFY(chain.fill(kPayer.address()));
        const std::uint64_t first = chain.head().number;
        const auto outcome = chain.settle(full.authorization, full.signature());
        QCOMPARE(outcome.refusal, Refusal::None);
        full.authorization.nonce = nonceOf(2);
        QCOMPARE(chain.settle(full.authorization, full.signature()).refusal, Refusal::Full);
        const Bytes32 digest = cancelDigest(chain.separator(), kPayer.address(), nonceOf(3));
        QCOMPARE(chain.cancel(kPayer.address(), nonceOf(3), kPayer.sign(digest).bytes()).refusal,
                 Refusal::Full);
        QVERIFY(chain.fill(kPayee).error().code == ErrorCode::Overloaded);
        QCOMPARE(chain.balanceOf(kPayee), Uint256(10'000));
        for (int i = 0; i < 4; ++i) {
            clock.seconds += 10;
            chain.head();
        }
        QVERIFY(!chain.block(first) && chain.block(chain.head().number - 2));
        QVERIFY(chain.transaction(outcome.transaction));  // what was paid stays known
    }
};

QTEST_GUILESS_MAIN(TestPlayChain)
#include "test_play_chain.moc"
