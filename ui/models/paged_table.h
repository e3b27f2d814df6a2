// SPDX-License-Identifier: MIT
#pragma once

#include <QAbstractTableModel>
#include <QPointer>
#include <algorithm>
#include <deque>
#include <functional>
#include <vector>

#include "base/result.h"
#include "format.h"

namespace gr::ui {

// What tables of rows from the books share whatever their rows are. Main thread.
class PagedModel : public QAbstractTableModel {
    Q_OBJECT

  public:
    static constexpr int kPageSize = 200;

    using QAbstractTableModel::QAbstractTableModel;
    bool loading() const { return m_loading; }

  signals:
    void loadingChanged();
    void failed(const QString& sentence);

  protected:
    void setLoading(bool loading) {
        m_loading = loading;
        emit loadingChanged();
    }
    int m_round = 0;  // answers to an older question are dropped
    bool m_more = false;

  private:
    bool m_loading = false;
};

// Rows with a `sequence` that grows, newest first, in pages from the books as one scrolls. Asks
// through the function it is given.
template <class Row>
class PagedTable : public PagedModel {
  public:
    using Reply = std::function<void(Result<std::vector<Row>>)>;
    // Rows from before the sequence `before` (0: from the newest).
    using Source = std::function<void(std::int64_t before, int limit, Reply)>;

    PagedTable(Source source, QObject* parent) : PagedModel(parent), m_source(std::move(source)) {}

    // From the newest again, without what is there.
    void reload() {
        beginResetModel();
        m_rows.clear();
        m_more = true;
        endResetModel();
        ask(0);
    }
    // The newest page once more: what changed is changed in place, what is new comes on top.
    void refresh() {
        if (m_rows.empty()) {
            reload();
        } else if (!loading()) {
            ask(0);
        }
    }

    const Row* rowAt(int row) const {
        return row >= 0 && row < static_cast<int>(m_rows.size())
                   ? &m_rows[static_cast<std::size_t>(row)]
                   : nullptr;
    }
    int rowCount(const QModelIndex& parent = {}) const override {
        return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
    }
    bool canFetchMore(const QModelIndex& parent) const override {
        return !parent.isValid() && m_more && !loading();
    }
    void fetchMore(const QModelIndex& parent) override {
        if (canFetchMore(parent) && !m_rows.empty()) {
            ask(m_rows.back().sequence);
        }
    }

  private:
    void ask(std::int64_t before) {
        setLoading(true);
        const int round = ++m_round;
        const QPointer<PagedModel> self(this);
        m_source(before, kPageSize, [this, self, round, before](Result<std::vector<Row>> page) {
            if (!self || m_round != round) {
                return;
            }
            if (!page) {
                m_more = m_more && before == 0 && !m_rows.empty();
                emit failed(text(page.error().message.text));
            } else if (before == 0 && !m_rows.empty()) {
                merge(std::move(*page));
            } else {
                m_more = page->size() >= static_cast<std::size_t>(kPageSize);
                append(std::move(*page));
            }
            setLoading(false);
        });
    }

    void append(std::vector<Row> page) {
        if (page.empty()) {
            return;
        }
        const int first = static_cast<int>(m_rows.size());
        beginInsertRows({}, first, first + static_cast<int>(page.size()) - 1);
        std::ranges::move(page, std::back_inserter(m_rows));
        endInsertRows();
    }

    void merge(std::vector<Row> page) {
        const std::int64_t newest = m_rows.front().sequence;
        const auto known =
            std::ranges::find_if(page, [newest](const Row& row) { return row.sequence <= newest; });
        if (known == page.end() && !page.empty()) {
            reload();  // more came than a page holds
            return;
        }
        // Rows that the filter leaves out by now go, as far as the page reaches.
        const std::int64_t oldest = page.empty() ? 0 : page.back().sequence;
        const bool whole = page.size() < static_cast<std::size_t>(kPageSize);
        for (int row = static_cast<int>(m_rows.size()) - 1; row >= 0; --row) {
            const std::int64_t sequence = m_rows[static_cast<std::size_t>(row)].sequence;
            const bool covered = whole || sequence >= oldest;
            if (covered && std::ranges::find(page, sequence, &Row::sequence) == page.end()) {
                beginRemoveRows({}, row, row);
                m_rows.erase(m_rows.begin() + row);
                endRemoveRows();
            }
        }
        for (auto row = known; row != page.end(); ++row) {
            const auto old = std::ranges::find(m_rows, row->sequence, &Row::sequence);
            if (old != m_rows.end()) {
                *old = std::move(*row);
                const int at = static_cast<int>(old - m_rows.begin());
                emit dataChanged(index(at, 0), index(at, columnCount() - 1));
            }
        }
        if (known != page.begin()) {
            beginInsertRows({}, 0, static_cast<int>(known - page.begin()) - 1);
            m_rows.insert(m_rows.begin(), std::make_move_iterator(page.begin()),
                          std::make_move_iterator(known));
            endInsertRows();
        }
    }

    Source m_source;
    std::deque<Row> m_rows;
};

}  // namespace gr::ui
