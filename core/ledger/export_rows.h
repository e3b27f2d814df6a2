// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/exported.h"

// How rows of any kind go out as CSV or JSON; for export.cpp and payment_export.cpp.
namespace gr::ledger {

// One kind of rows.
template <class Row>
struct ExportedKind {
    std::string csvTitles;                        // a line
    std::function<std::string(const Row&)> csv;   // a line
    std::function<std::string(const Row&)> json;  // an object, without a line's end
    std::function<UnixMs(const Row&)> at;
    // The rows behind a sequence, oldest first, at most so many. Each reading is a snapshot of its
    // own, so that the writer is never held up.
    std::function<Result<std::vector<Row>>(std::int64_t after, int most)> next;
};

// `all`: how many there are, about; for `progress`. Errors as exportRequests().
template <class Row>
Result<Exported> exportRows(const ExportedKind<Row>& kind, ExportFormat format, std::int64_t all,
                            std::ostream& out, const ExportProgress& progress) {
    constexpr int kRowsAtOnce = 5'000;
    const bool csv = format == ExportFormat::Csv;
    out << (csv ? kind.csvTitles : "[");
    Exported exported;
    std::int64_t& done = exported.requests;
    for (std::int64_t after = 0;;) {
        const Result<std::vector<Row>> rows = kind.next(after, kRowsAtOnce);
        if (!rows)
            return fail(rows.error());
        for (const Row& row : *rows) {
            if (csv)
                out << kind.csv(row);
            else
                out << (done == 0 ? "\n" : ",\n") << kind.json(row);
            ++done;
            const UnixMs at = kind.at(row);
            exported.first = std::min(exported.first.value_or(at), at);
            exported.last = std::max(exported.last.value_or(at), at);
        }
        if (!out)
            break;
        if (progress && !progress(done, std::max(done, all)))
            return fail(ErrorCode::Cancelled, "The export was stopped.");
        if (rows->size() < static_cast<std::size_t>(kRowsAtOnce))
            break;
        after = rows->back().sequence;
    }
    if (!csv)
        out << (done == 0 ? "]\n" : "\n]\n");
    out.flush();
    if (!out)
        return fail(ErrorCode::FileUnwritable,
                    "The export cannot be written. Check the space and the rights at its place.");
    return exported;
}

}  // namespace gr::ledger
