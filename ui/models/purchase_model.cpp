// SPDX-License-Identifier: MIT
#include "models/purchase_model.h"

#include "models/payment_details.h"
#include "models/payment_text.h"
#include "theme/icons.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

bool isNumber(int column) {
    return column == PurchaseModel::Amount || column == PurchaseModel::Bound;
}

QVariant alignment(int column) {
    return QVariant::fromValue(
        Qt::Alignment((isNumber(column) ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
}

}  // namespace

PurchaseModel::PurchaseModel(const Clock& clock, Source source, QObject* parent)
    : PagedTable(std::move(source), parent), m_clock(clock) {}

int PurchaseModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QString PurchaseModel::display(const ledger::Purchase& purchase, int column) const {
    switch (column) {
        case Time:
            return shortTime(purchase.createdAt, m_clock.now());
        case Payee:
            return hostLine(purchase.origin);
        case Client:
            return plainLine(purchase.client, 80);
        case Amount:
            return moneyColumn(purchase.usd);
        case Bound:
            return purchase.bound.isZero() ? tr("unknown") : moneyColumn(purchase.bound);
        case State:
            return purchaseLook(purchase).word;
        case Hash:
            return purchase.transaction.empty() ? u"–"_s : shortHex(purchase.transaction);
        default:
            return {};
    }
}

QString PurchaseModel::exact(const ledger::Purchase& purchase, int column) const {
    switch (column) {
        case Time:
            return dateAndTime(purchase.createdAt);
        case Payee:
            return addressLine(purchase.payee);
        case Amount:
            return moneyUnlessHidden(purchase.usd);
        case Bound:
            return purchase.bound.isZero() ? tr("No price of the model was known.")
                                           : moneyUnlessHidden(purchase.bound);
        case State:
            return purchaseMeaning(purchase, m_clock.now());
        case Hash:
            return plainLine(purchase.transaction);
        default:
            return {};
    }
}

QVariant PurchaseModel::data(const QModelIndex& index, int role) const {
    const ledger::Purchase* purchase = rowAt(index.row());
    if (purchase == nullptr) {
        return {};
    }
    switch (role) {
        case Qt::DisplayRole:
            return display(*purchase, index.column());
        case Qt::ToolTipRole:
            return exact(*purchase, index.column()).toHtmlEscaped();
        case Qt::TextAlignmentRole:
            return alignment(index.column());
        case Qt::DecorationRole: {
            if (index.column() != State) {
                return {};
            }
            const StateLook look = purchaseLook(*purchase);
            return themedIcon(look.icon, tintOf(look.tone));
        }
        default:
            return {};
    }
}

QVariant PurchaseModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return alignment(section);
    }
    if (role == Qt::ToolTipRole && section == Bound) {
        return tr("What the request may cost at most by our own prices");
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
        case Time:
            return tr("Time");
        case Payee:
            return tr("Payee");
        case Client:
            return tr("For");
        case Amount:
            return tr("Amount");
        case Bound:
            return tr("Our estimate");
        case State:
            return tr("State");
        case Hash:
            return tr("Transaction");
        default:
            return {};
    }
}

QString PurchaseModel::asText(const QList<int>& rows) const {
    QStringList lines;
    for (const int row : rows) {
        QStringList cells;
        for (int column = 0; column < ColumnCount; ++column) {
            cells << index(row, column).data().toString();
        }
        lines << cells.join(u'\t');
    }
    return lines.join(u'\n');
}

}  // namespace gr::ui
