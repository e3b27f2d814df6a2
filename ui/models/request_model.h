// SPDX-License-Identifier: MIT
#pragma once

#include <QAbstractTableModel>
#include <QSet>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/events.h"
#include "ledger/reader.h"

namespace gr::ui {

// A request as a row: under way, or finished and perhaps in the books already.
struct RequestRow {
    bool running = false;
    bool answering = false;                // running: the first content arrived
    std::optional<std::int64_t> sequence;  // place in the books; absent for rows that came live
    ledger::RequestRecord record;          // running: only what is known so far
};

// The requests, newest first: live rows from the gateway's batches, older ones from the books in
// pages. Takes batches, opens no dialog, asks the books through the function it is given.
// Main thread.
class RequestModel final : public QAbstractTableModel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(RequestModel)

  public:
    enum Column {
        Time,
        Client,
        Asked,
        Answered,
        Tokens,
        Cost,
        FirstToken,
        Total,
        State,
        ColumnCount
    };
    static constexpr int kPageSize = 200;
    static constexpr int kMostRows = 5000;  // kept while live rows come in at the top

    using PageReply = std::function<void(Result<std::vector<ledger::StoredRecord>>)>;
    using PageSource = std::function<void(const ledger::Filter&, std::optional<std::int64_t> before,
                                          int limit, PageReply)>;

    RequestModel(const Clock& clock, PageSource source, QObject* parent = nullptr);

    // No more than `rows` finished rows and no paging: for a short list.
    void setLimit(int rows);
    // Starts again with what fits `filter`; running requests stay where they fit.
    void setFilter(const ledger::Filter& filter);
    const ledger::Filter& filter() const { return m_filter; }
    void reload();
    // Events were missed: rows that ran are taken out and everything is asked for again.
    void startOver();

    void applyEvents(const std::vector<gateway::ExchangeEvent>& events);

    const RequestRow* rowAt(int row) const;
    int rowOf(const std::string& id) const;  // -1: not here
    bool loading() const { return m_loading; }
    // One line for each row, tab between columns, as the table shows them.
    QString asText(const QList<int>& rows) const;
    // The same for a file: comma, quotes, and nothing that a spreadsheet would run as a formula.
    QString asCsv(const QList<int>& rows) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;
    bool canFetchMore(const QModelIndex& parent) const override;
    void fetchMore(const QModelIndex& parent) override;

  signals:
    void loadingChanged();
    void failed(const QString& sentence);

  private:
    void insertNew(std::vector<RequestRow> fresh);
    void addPage(std::vector<ledger::StoredRecord> page);
    void trim();
    void ask(int limit);
    QString display(const RequestRow& row, int column) const;
    QString exact(const RequestRow& row, int column) const;

    const Clock& m_clock;
    PageSource m_source;
    ledger::Filter m_filter;
    std::deque<RequestRow> m_rows;
    QSet<QByteArray> m_ids;
    int m_limit = 0;
    int m_round = 0;  // answers to an older question are dropped
    bool m_loading = false;
    bool m_more = false;
};

// Does a record pass the filter? The books decide the same way.
bool matches(const ledger::Filter& filter, const ledger::RequestRecord& record);

}  // namespace gr::ui
