// SPDX-License-Identifier: MIT
#include "models/sale_model.h"

#include "models/payment_details.h"
#include "models/payment_text.h"
#include "theme/icons.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

QVariant aligned(bool number) {
    return QVariant::fromValue(
        Qt::Alignment((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
}

}  // namespace

SaleModel::SaleModel(const Clock& clock, Source source, QObject* parent)
    : PagedTable(std::move(source), parent), m_clock(clock) {}

int SaleModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QString SaleModel::display(const ledger::Sale& sale, int column) const {
    switch (column) {
        case Time:
            return shortTime(sale.createdAt, m_clock.now());
        case Payer:
            return shortHex(addressLine(sale.payer).toStdString());
        case Model:
            return plainLine(sale.model, 80);
        case Amount:
            return moneyColumn(sale.paidAt ? sale.chargedUsd : sale.usd);
        case State:
            return saleLook(sale).word;
        case Hash:
            return sale.transaction.empty() ? u"–"_s : shortHex(sale.transaction);
        default:
            return {};
    }
}

QString SaleModel::exact(const ledger::Sale& sale, int column) const {
    switch (column) {
        case Time:
            return dateAndTime(sale.createdAt);
        case Payer:
            return addressLine(sale.payer);
        case Amount:
            return sale.paidAt ? moneyUnlessHidden(sale.chargedUsd)
                               : tr("%1 at most; not paid").arg(moneyUnlessHidden(sale.usd));
        case State:
            return saleMeaning(sale, m_clock.now());
        case Hash:
            return plainLine(sale.transaction);
        default:
            return {};
    }
}

QVariant SaleModel::data(const QModelIndex& index, int role) const {
    const ledger::Sale* sale = rowAt(index.row());
    if (sale == nullptr) {
        return {};
    }
    switch (role) {
        case Qt::DisplayRole:
            return display(*sale, index.column());
        case Qt::ToolTipRole:
            return exact(*sale, index.column()).toHtmlEscaped();
        case Qt::TextAlignmentRole:
            return aligned(index.column() == Amount);
        case Qt::DecorationRole: {
            if (index.column() != State) {
                return {};
            }
            const StateLook look = saleLook(*sale);
            return themedIcon(look.icon, tintOf(look.tone));
        }
        default:
            return {};
    }
}

QVariant SaleModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return aligned(section == Amount);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
        case Time:
            return tr("Time");
        case Payer:
            return tr("Payer");
        case Model:
            return tr("Model");
        case Amount:
            return tr("Amount");
        case State:
            return tr("State");
        case Hash:
            return tr("Transaction");
        default:
            return {};
    }
}

void WordsModel::set(QList<QStringList> rows) {
    if (rows == m_rows) {
        return;
    }
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

int WordsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int WordsModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_titles.size());
}

QVariant WordsModel::alignment(int column) const {
    return aligned(m_numbers.contains(column));
}

QVariant WordsModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= m_rows.size()) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return alignment(index.column());
    }
    if (role == Qt::DisplayRole) {
        return m_rows.at(index.row()).value(index.column());
    }
    return {};
}

QVariant WordsModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        return alignment(section);
    }
    return role == Qt::DisplayRole ? QVariant(m_titles.value(section)) : QVariant();
}

}  // namespace gr::ui
