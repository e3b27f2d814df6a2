// SPDX-License-Identifier: MIT
#include "ledger/csv_text.h"

#include "ledger/record_text.h"

namespace gr::ledger {

void appendCsvText(std::string& line, std::string_view text) {
    std::string cell = asUtf8(text);
    // Spreadsheets run cells that begin so, even behind a quote.
    if (!cell.empty() && std::string_view("=+-@\t\r").find(cell.front()) != std::string_view::npos)
        cell.insert(cell.begin(), '\'');
    if (cell.find_first_of(",\"\r\n") != std::string::npos) {
        for (std::size_t at = 0; (at = cell.find('"', at)) != std::string::npos; at += 2)
            cell.insert(at, 1, '"');
        cell = '"' + cell + '"';
    }
    line += cell;
    line += ',';
}

}  // namespace gr::ledger
