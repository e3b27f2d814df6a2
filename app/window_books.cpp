// SPDX-License-Identifier: MIT
// The part of the window's backend that reads the books.
#include <QElapsedTimer>
#include <utility>

#include "app/export_file.h"
#include "app/window_backend.h"
#include "gateway/price_list_builder.h"

namespace gr::app {

void WindowBackend::queryHistory(QObject* context, const ledger::Filter& filter,
                                 std::optional<std::int64_t> before, int limit,
                                 Reply<std::vector<ledger::StoredRecord>> reply) {
    m_books.ask<std::vector<ledger::StoredRecord>>(
        context,
        [filter, before, limit](ledger::Reader& reader) {
            return reader.page(filter, before, limit);
        },
        std::move(reply));
}

void WindowBackend::queryTotals(QObject* context, const ledger::Filter& filter,
                                Reply<ledger::Totals> reply) {
    m_books.ask<ledger::Totals>(
        context, [filter](ledger::Reader& reader) { return reader.totals(filter); },
        std::move(reply));
}

void WindowBackend::querySeries(QObject* context, UnixMs from, UnixMs to, ledger::Step step,
                                ledger::GroupBy by, Reply<std::vector<ledger::Bucket>> reply) {
    m_books.ask<std::vector<ledger::Bucket>>(
        context,
        [from, to, step, by](ledger::Reader& reader) { return reader.series(from, to, step, by); },
        std::move(reply));
}

void WindowBackend::queryGaps(QObject* context, UnixMs from, UnixMs to,
                              Reply<std::vector<ledger::Gap>> reply) {
    m_books.ask<std::vector<ledger::Gap>>(
        context, [from, to](ledger::Reader& reader) { return reader.gaps(from, to); },
        std::move(reply));
}

std::function<void(std::function<void()>)> WindowBackend::onMain(QObject* context) {
    return [this, alive = QPointer<QObject>(context)](std::function<void()> run) {
        QMetaObject::invokeMethod(
            this,
            [alive, run = std::move(run)] {
                if (alive) {
                    run();
                }
            },
            Qt::QueuedConnection);
    };
}

void WindowBackend::exportHistory(QObject* context, const ui::ExportOrder& order,
                                  ExportProgress progress, Reply<ledger::Exported> reply) {
    m_stopExport = std::make_shared<std::atomic_bool>(false);
    m_workers.start([toMain = onMain(context), order, books = m_booksLocation, stop = m_stopExport,
                     progress = std::move(progress), reply = std::move(reply)] {
        const auto written = writeExport(books, order, [&](std::int64_t done, std::int64_t all) {
            toMain([progress, done, all] { progress(done, all); });
            return !stop->load();
        });
        toMain([reply, written] { reply(written); });
    });
}

void WindowBackend::cancelExport() {
    if (m_stopExport) {
        m_stopExport->store(true);
    }
}

gateway::Repricer::Prices WindowBackend::prices() const {
    gateway::Repricer::Prices prices;
    for (const settings::Provider& provider : m_configuration.settings().providers) {
        prices[provider.id] = gateway::pricesOf(provider, m_configuration.catalog());
    }
    return prices;
}

void WindowBackend::querySavings(QObject* context, UnixMs from,
                                 Reply<gateway::CacheSavings> reply) {
    m_longReads.ask<gateway::CacheSavings>(
        context,
        [from, kept = m_savings,
         prices = prices()](ledger::Reader& reader) -> Result<gateway::CacheSavings> {
            constexpr int kRowsAtOnce = 5'000;
            if (kept->from != from) {
                *kept = {.from = from, .after = 0, .sum = {}};
            }
            ledger::Filter filter;
            filter.from = from;
            for (;;) {
                const auto rows = reader.newerThan(kept->after, kRowsAtOnce, filter);
                if (!rows) {
                    return fail(rows.error());
                }
                for (const ledger::StoredRecord& row : *rows) {
                    kept->sum.take(row.record, prices);
                    kept->after = row.sequence;
                }
                if (rows->size() < static_cast<std::size_t>(kRowsAtOnce)) {
                    return kept->sum;
                }
            }
        },
        std::move(reply));
}

std::vector<gateway::AttemptBill> WindowBackend::bills(const ledger::RequestRecord& record) const {
    return gateway::billsOf(record, prices());
}

}  // namespace gr::app
