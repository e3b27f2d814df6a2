// SPDX-License-Identifier: MIT
#pragma once

#include "ledger/sale.h"
#include "models/paged_table.h"
#include "payments.h"

namespace gr::ui {

// What strangers bought here, newest first. Main thread.
class SaleModel final : public PagedTable<ledger::Sale> {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SaleModel)

  public:
    enum Column { Time, Payer, Model, Amount, State, Hash, ColumnCount };

    // `clock` outlives it.
    SaleModel(const Clock& clock, Source source, QObject* parent = nullptr);

    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  private:
    QString display(const ledger::Sale& sale, int column) const;
    QString exact(const ledger::Sale& sale, int column) const;

    const Clock& m_clock;
};

// A plain list of rows of words, for what needs no paging: the price list, the payers. Main thread.
class WordsModel final : public QAbstractTableModel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(WordsModel)

  public:
    // `numbers`: the columns that are aligned as numbers.
    WordsModel(QStringList titles, QList<int> numbers, QObject* parent = nullptr)
        : QAbstractTableModel(parent), m_titles(std::move(titles)), m_numbers(std::move(numbers)) {}
    void set(QList<QStringList> rows);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  private:
    QVariant alignment(int column) const;

    QStringList m_titles;
    QList<int> m_numbers;
    QList<QStringList> m_rows;
};

}  // namespace gr::ui
