// SPDX-License-Identifier: MIT
#include "models/request_model.h"

#include <QDateTime>
#include <QPointer>
#include <algorithm>

#include "format.h"
#include "theme/icons.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

QByteArray keyOf(const std::string& id) {
    return QByteArray::fromStdString(id);
}

RequestRow rowOfRunning(const gateway::RunningExchange& running) {
    RequestRow row;
    row.running = true;
    row.answering = running.answering;
    row.record.id = running.id;
    row.record.startedAt = running.startedAt;
    row.record.client = running.client;
    row.record.askedModel = running.askedModel;
    row.record.provider = running.provider;
    row.record.model = running.model;
    return row;
}

QString quoted(QString cell) {
    if (!cell.isEmpty() && u"=+-@\t\r"_s.contains(cell.at(0))) {
        cell.prepend(u'\'');
    }
    return u'"' + cell.replace(u'"', u"\"\""_s) + u'"';
}

}  // namespace

bool matches(const ledger::Filter& filter, const ledger::RequestRecord& r) {
    const bool failed =
        r.outcome != ledger::Outcome::Answered && r.outcome != ledger::Outcome::ClientGone;
    if ((filter.from && r.startedAt < *filter.from) || (filter.to && r.startedAt >= *filter.to) ||
        (!filter.client.empty() && r.client != filter.client) ||
        (!filter.provider.empty() && r.provider != filter.provider) ||
        (!filter.model.empty() && r.model != filter.model && r.askedModel != filter.model) ||
        (filter.outcome && r.outcome != *filter.outcome) || (filter.failuresOnly && !failed) ||
        (filter.trade == ledger::Trade::Sold && !r.client.starts_with(ledger::kPayerClient)) ||
        filter.trade == ledger::Trade::Bought) {  // only the books know
        return false;
    }
    if (filter.text.empty()) {
        return true;
    }
    const QString wanted = text(filter.text);
    return std::ranges::any_of(
        std::initializer_list<const std::string*>{&r.id, &r.client, &r.provider, &r.model,
                                                  &r.askedModel},
        [&](const std::string* part) { return text(*part).contains(wanted, Qt::CaseInsensitive); });
}

RequestModel::RequestModel(const Clock& clock, PageSource source, QObject* parent)
    : QAbstractTableModel(parent), m_clock(clock), m_source(std::move(source)) {}

void RequestModel::setLimit(int rows) {
    m_limit = rows;
}

void RequestModel::setFilter(const ledger::Filter& filter) {
    m_filter = filter;
    reload();
}

void RequestModel::reload() {
    beginResetModel();
    const bool outcomeAsked = m_filter.outcome || m_filter.failuresOnly;
    std::erase_if(m_rows, [&](const RequestRow& row) {
        return !row.running || outcomeAsked || !matches(m_filter, row.record);
    });
    m_ids.clear();
    for (const RequestRow& row : m_rows) {
        m_ids.insert(keyOf(row.record.id));
    }
    m_more = true;
    endResetModel();
    m_loading = false;
    ask(m_limit > 0 ? m_limit : kPageSize);
}

void RequestModel::startOver() {
    beginResetModel();
    m_rows.clear();
    endResetModel();
    reload();
}

void RequestModel::ask(int limit) {
    std::optional<std::int64_t> before;
    ledger::Filter filter = m_filter;
    const auto oldest = std::find_if(m_rows.rbegin(), m_rows.rend(),
                                     [](const RequestRow& row) { return !row.running; });
    if (oldest != m_rows.rend()) {
        before = oldest->sequence;
        if (!before) {
            // The oldest row came live and its place in the books is not known: go on by time.
            // Rows seen twice are dropped by id.
            filter.to = UnixMs{oldest->record.startedAt.value + 1};
        }
    }
    m_loading = true;
    emit loadingChanged();
    const int round = ++m_round;
    const QPointer<RequestModel> self(this);
    m_source(filter, before, limit, [self, round, limit](auto page) {
        if (!self || self->m_round != round) {
            return;
        }
        self->m_loading = false;
        if (page) {
            self->m_more = self->m_limit == 0 && page->size() >= static_cast<std::size_t>(limit);
            self->addPage(std::move(*page));
        } else {
            self->m_more = false;
            emit self->failed(text(page.error().message.text));
        }
        emit self->loadingChanged();
    });
}

void RequestModel::addPage(std::vector<ledger::StoredRecord> page) {
    std::vector<RequestRow> fresh;
    for (ledger::StoredRecord& stored : page) {
        if (m_ids.contains(keyOf(stored.record.id))) {
            continue;
        }
        RequestRow row;
        row.sequence = stored.sequence;
        row.record = std::move(stored.record);
        fresh.push_back(std::move(row));
    }
    if (fresh.empty()) {
        return;
    }
    const int first = static_cast<int>(m_rows.size());
    beginInsertRows({}, first, first + static_cast<int>(fresh.size()) - 1);
    for (RequestRow& row : fresh) {
        m_ids.insert(keyOf(row.record.id));
        m_rows.push_back(std::move(row));
    }
    endInsertRows();
    trim();
}

void RequestModel::applyEvents(const std::vector<gateway::ExchangeEvent>& events) {
    std::vector<RequestRow> fresh;  // oldest first
    const auto place = [&](RequestRow row) {
        const std::string& id = row.record.id;
        const auto same = [&](const RequestRow& other) { return other.record.id == id; };
        if (auto it = std::ranges::find_if(fresh, same); it != fresh.end()) {
            *it = std::move(row);
            return;
        }
        if (m_ids.contains(keyOf(id))) {
            const int at = rowOf(id);
            m_rows[static_cast<std::size_t>(at)] = std::move(row);
            emit dataChanged(index(at, 0), index(at, ColumnCount - 1));
            return;
        }
        fresh.push_back(std::move(row));
    };
    const bool outcomeAsked = m_filter.outcome || m_filter.failuresOnly;
    for (const gateway::ExchangeEvent& event : events) {
        if (event.finished) {
            RequestRow row;
            row.record = *event.finished;
            if (matches(m_filter, row.record) || m_ids.contains(keyOf(row.record.id))) {
                place(std::move(row));
            }
        } else if (RequestRow row = rowOfRunning(event.running);
                   !outcomeAsked && matches(m_filter, row.record)) {
            place(std::move(row));
        }
    }
    insertNew(std::move(fresh));
    trim();
}

void RequestModel::insertNew(std::vector<RequestRow> fresh) {
    if (fresh.empty()) {
        return;
    }
    beginInsertRows({}, 0, static_cast<int>(fresh.size()) - 1);
    for (RequestRow& row : fresh) {
        m_ids.insert(keyOf(row.record.id));
        m_rows.push_front(std::move(row));
    }
    endInsertRows();
}

void RequestModel::trim() {
    const std::size_t most = static_cast<std::size_t>(m_limit > 0 ? m_limit : kMostRows);
    std::size_t keep = m_rows.size();
    // A short list counts finished rows only; running ones are shown beside it.
    if (m_limit > 0) {
        std::size_t finished = 0;
        keep = 0;
        while (keep < m_rows.size()) {
            finished += m_rows[keep].running ? 0 : 1;
            if (finished > most) {
                break;
            }
            ++keep;
        }
    } else if (keep > 2 * most) {
        keep = most;
    }
    if (keep >= m_rows.size()) {
        return;
    }
    beginRemoveRows({}, static_cast<int>(keep), static_cast<int>(m_rows.size()) - 1);
    for (std::size_t i = keep; i < m_rows.size(); ++i) {
        m_ids.remove(keyOf(m_rows[i].record.id));
    }
    m_rows.erase(m_rows.begin() + static_cast<std::ptrdiff_t>(keep), m_rows.end());
    m_more = m_limit == 0;
    endRemoveRows();
}

const RequestRow* RequestModel::rowAt(int row) const {
    return row >= 0 && row < static_cast<int>(m_rows.size())
               ? &m_rows[static_cast<std::size_t>(row)]
               : nullptr;
}

int RequestModel::rowOf(const std::string& id) const {
    const auto it =
        std::ranges::find_if(m_rows, [&](const RequestRow& row) { return row.record.id == id; });
    return it == m_rows.end() ? -1 : static_cast<int>(it - m_rows.begin());
}

int RequestModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int RequestModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

bool RequestModel::canFetchMore(const QModelIndex& parent) const {
    return !parent.isValid() && m_more && !m_loading;
}

void RequestModel::fetchMore(const QModelIndex& parent) {
    if (canFetchMore(parent)) {
        ask(kPageSize);
    }
}

QString RequestModel::display(const RequestRow& row, int column) const {
    const ledger::RequestRecord& r = row.record;
    const QString none = u"–"_s;
    switch (column) {
        case Time:
            return shortTime(r.startedAt, m_clock.now());
        case Client:
            return r.client.empty() ? none : text(r.client);
        case Asked:
            return r.askedModel.empty() ? none : text(r.askedModel);
        case Answered:
            if (r.model.empty()) {
                return none;
            }
            return r.simulated ? tr("%1 (simulated)").arg(text(r.model)) : text(r.model);
        case Tokens:
            if (row.running) {
                return none;
            }
            return countOrUnknown(r.tokens.total());
        case Cost:
            return row.running ? none : r.cost ? moneyColumn(*r.cost) : tr("unknown");
        case FirstToken:
            return r.firstTokenMs ? duration(*r.firstTokenMs) : none;
        case Total:
            return row.running ? duration(std::max<std::int64_t>(
                                     0, m_clock.now().value - r.startedAt.value))
                               : duration(r.totalMs);
        case State:
            return row.running ? (row.answering ? tr("answering") : tr("waiting"))
                               : outcomeLook(r.outcome).word;
        default:
            return {};
    }
}

QString RequestModel::exact(const RequestRow& row, int column) const {
    const ledger::RequestRecord& r = row.record;
    switch (column) {
        case Time:
            return dateAndTime(r.startedAt);
        case Answered:
            return r.provider.empty() ? QString()
                                      : tr("%1 by %2").arg(text(r.model), text(r.provider));
        case Tokens:
            return row.running ? QString()
                               : tr("in %1, out %2")
                                     .arg(countOrUnknown(r.tokens.inputTotal()),
                                          countOrUnknown(r.tokens.outputTotal()));
        case Cost:
            return row.running ? QString() : moneyOrUnknown(r.cost);
        case State:
            return r.error.empty() ? QString() : errorTitle(r.error);
        default:
            return {};
    }
}

QVariant RequestModel::data(const QModelIndex& index, int role) const {
    const RequestRow* row = rowAt(index.row());
    if (row == nullptr) {
        return {};
    }
    const int column = index.column();
    switch (role) {
        case Qt::DisplayRole:
            return display(*row, column);
        case Qt::ToolTipRole:
            return exact(*row, column);
        case Qt::TextAlignmentRole: {
            const bool number = column >= Tokens && column <= Total;
            return QVariant::fromValue(
                Qt::Alignment((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
        }
        case Qt::DecorationRole:
            if (column != State) {
                return {};
            }
            if (row->running) {
                return themedIcon(row->answering ? u"activity"_s : u"clock"_s, Tint::Accent);
            }
            return themedIcon(outcomeLook(row->record.outcome).icon,
                              tintOf(outcomeLook(row->record.outcome).tone));
        default:
            return {};
    }
}

QVariant RequestModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        const bool number = section >= Tokens && section <= Total;
        return QVariant::fromValue(
            Qt::Alignment((number ? Qt::AlignRight : Qt::AlignLeft) | Qt::AlignVCenter));
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
        case Time:
            return tr("Time");
        case Client:
            return tr("Client");
        case Asked:
            return tr("Asked");
        case Answered:
            return tr("Answered by");
        case Tokens:
            return tr("Tokens");
        case Cost:
            return tr("Cost");
        case FirstToken:
            return tr("First token");
        case Total:
            return tr("Total");
        case State:
            return tr("Outcome");
        default:
            return {};
    }
}

QString RequestModel::asText(const QList<int>& rows) const {
    QStringList lines;
    for (int row : rows) {
        QStringList cells;
        for (int column = 0; column < ColumnCount; ++column) {
            cells << index(row, column).data().toString();
        }
        lines << cells.join(u'\t');
    }
    return lines.join(u'\n');
}

QString RequestModel::asCsv(const QList<int>& rows) const {
    QString csv =
        u"time,id,client,endpoint,asked,provider,model,input_tokens,output_tokens,"
        "cost_usd,first_token_ms,total_ms,outcome,error\n"_s;
    const auto number = [](const std::optional<std::int64_t>& value) {
        return value ? QString::number(*value) : QString();
    };
    for (int at : rows) {
        const RequestRow* row = rowAt(at);
        if (row == nullptr || row->running) {
            continue;
        }
        const ledger::RequestRecord& r = row->record;
        const QStringList cells{
            QDateTime::fromMSecsSinceEpoch(r.startedAt.value, Qt::UTC).toString(Qt::ISODateWithMs),
            quoted(text(r.id)),
            quoted(text(r.client)),
            quoted(text(r.endpoint)),
            quoted(text(r.askedModel)),
            quoted(text(r.provider)),
            quoted(text(r.model)),
            number(r.tokens.inputTotal()),
            number(r.tokens.outputTotal()),
            r.cost ? text(r.cost->toDecimal()) : QString(),
            number(r.firstTokenMs),
            QString::number(r.totalMs),
            quoted(outcomeLook(r.outcome).word),
            quoted(text(r.error))};
        csv += cells.join(u',') + u'\n';
    }
    return csv;
}

}  // namespace gr::ui
