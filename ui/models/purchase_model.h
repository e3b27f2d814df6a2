// SPDX-License-Identifier: MIT
#pragma once

#include "ledger/purchase.h"
#include "models/paged_table.h"
#include "payments.h"

namespace gr::ui {

// What the wallet paid, or might have, newest first. Main thread.
class PurchaseModel final : public PagedTable<ledger::Purchase> {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PurchaseModel)

  public:
    enum Column { Time, Payee, Client, Amount, Bound, State, Hash, ColumnCount };

    // Both outlive it.
    PurchaseModel(const Clock& clock, Source source, QObject* parent = nullptr);

    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    // One line for each row, tab between columns, as the table shows them.
    QString asText(const QList<int>& rows) const;

  private:
    QString display(const ledger::Purchase& purchase, int column) const;
    QString exact(const ledger::Purchase& purchase, int column) const;

    const Clock& m_clock;
};

}  // namespace gr::ui
