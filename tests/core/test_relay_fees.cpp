// SPDX-License-Identifier: MIT
#include <QtTest>

#include "payment/relay_fees.h"

using namespace gr;
using namespace gr::payment;

namespace {

const Money kCoin = *Money::parse("4000");
constexpr std::uint64_t kGwei = 1'000'000'000;

std::string costOf(std::uint64_t gas, const Uint256& fee, Money coin = kCoin) {
    const auto cost = gasCost(gas, fee, coin);
    return cost ? cost->toDecimal() : "nothing";
}

}  // namespace

class TestRelayFees final : public QObject {
    Q_OBJECT

  private slots:
    void twiceTheBaseFeeAndTheTip() {
        QVERIFY(feesFor(7, 2) == (RelayFees{16, 2}));
        QVERIFY(feesFor(0, 0) == (RelayFees{0, 0}));
        QVERIFY(!feesFor(Uint256::max(), 0));
    }

    // Nodes of the usual kind want a tenth more, some an eighth.
    void aReplacementPaysAnEighthMoreInBoth() {
        for (const std::uint64_t old : {std::uint64_t(0), std::uint64_t(1), std::uint64_t(7),
                                        std::uint64_t(8), 1'000 * kGwei}) {
            const auto raised = raisedFees({old, old}, {0, 0});
            QVERIFY(raised && raised->most > Uint256(old) && raised->tip > Uint256(old));
            QVERIFY(*raised->most.toUint64() * 8 >= old * 9);
            QVERIFY(*raised->tip.toUint64() * 8 >= old * 9);
        }
        QVERIFY(raisedFees({8, 8}, {100, 50}) == (RelayFees{100, 50}));
        QVERIFY(!raisedFees({Uint256::max(), 1}, {0, 0}));
    }

    void gasHasAFifthToSpare() {
        QCOMPARE(gasLimitFor(100'000), std::uint64_t(120'000));
        QCOMPARE(gasLimitFor(1), std::uint64_t(2));
        QVERIFY(gasLimitFor(UINT64_MAX) < 2'000'000'000);
    }

    void gasCostsDollarsRoundedUp() {
        QCOMPARE(costOf(100'000, kGwei), std::string("0.40"));
        QCOMPARE(costOf(1, 1), std::string("0.000000000001"));
        QCOMPARE(costOf(0, kGwei), std::string("0.00"));
        QCOMPARE(costOf(100'000, 0), std::string("0.00"));
        QCOMPARE(costOf(100'000, Uint256::max()), std::string("nothing"));
        QCOMPARE(costOf(UINT64_MAX, 1'000'000 * kGwei), std::string("nothing"));
        QCOMPARE(costOf(1, 1, Money::fromPico(-1)), std::string("nothing"));
    }
};

QTEST_APPLESS_MAIN(TestRelayFees)
#include "test_relay_fees.moc"
