// SPDX-License-Identifier: MIT
// The list of arcs that the kill tests go by is that of the state machines.
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

#include "ledger/purchase_state.h"
#include "ledger/sale_state.h"

using namespace gr::ledger;

namespace {

QString text(std::string_view name) {
    return QString::fromUtf8(name.data(), static_cast<qsizetype>(name.size()));
}

QJsonObject listed(const char* machine) {
    QFile file(QStringLiteral(GR_TEST_DATA) + QStringLiteral("/payments/arcs.json"));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("no list of arcs");
    return QJsonDocument::fromJson(file.readAll()).object()[QLatin1String(machine)].toObject();
}

// Whatever else is known of the sale.
bool mayEver(SaleOrder order, SaleState from, SaleState to) {
    for (const bool paid : {false, true}) {
        for (const bool served : {false, true}) {
            if (mayFollow({order, from, paid, served}, to))
                return true;
        }
    }
    return false;
}

}  // namespace

class PaymentArcsTest final : public QObject {
    Q_OBJECT

  private slots:
    void ofPurchases() {
        const QJsonObject arcs = listed("purchase");
        for (const PurchaseState from : kPurchaseStates) {
            const QJsonObject next = arcs[text(nameOf(from))].toObject();
            for (const PurchaseState to : kPurchaseStates)
                QVERIFY2(mayFollow(from, to) == next.contains(text(nameOf(to))),
                         qPrintable(text(nameOf(from)) + QLatin1Char(' ') + text(nameOf(to))));
        }
    }

    void ofSales_data() {
        QTest::addColumn<bool>("byUse");
        QTest::newRow("sale") << false;
        QTest::newRow("sale by use") << true;
    }
    void ofSales() {
        QFETCH(bool, byUse);
        const QJsonObject arcs = listed(QTest::currentDataTag());
        const SaleOrder order = byUse ? SaleOrder::ServedFirst : SaleOrder::PaidFirst;
        for (const SaleState from : kSaleStates) {
            const QJsonObject next = arcs[text(nameOf(from))].toObject();
            for (const SaleState to : kSaleStates)
                QVERIFY2(mayEver(order, from, to) == next.contains(text(nameOf(to))),
                         qPrintable(text(nameOf(from)) + QLatin1Char(' ') + text(nameOf(to))));
        }
    }
};

QTEST_APPLESS_MAIN(PaymentArcsTest)
#include "test_payment_arcs.moc"
