// SPDX-License-Identifier: MIT
#include "ledger/text_search.h"

#include <sqlite3.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "ledger/store_sqlite.h"

namespace gr::ledger {
namespace {

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

// `needle` is in lower case and not empty.
bool containsIgnoreCase(std::string_view haystack, std::string_view needle) {
    if (haystack.size() < needle.size())
        return false;
    const char first = needle.front();
    const std::size_t lastStart = haystack.size() - needle.size();
    for (std::size_t start = 0; start <= lastStart; ++start) {
        if (lower(haystack[start]) != first)
            continue;
        std::size_t at = 1;
        while (at < needle.size() && lower(haystack[start + at]) == needle[at])
            ++at;
        if (at == needle.size())
            return true;
    }
    return false;
}

void matchesText(sqlite3_context* context, int, sqlite3_value** values) {
    const auto& search = *static_cast<const TextSearch*>(sqlite3_user_data(context));
    bool found = false;
    for (int i = 0; i < 4 && !found; ++i)
        found = search.matchesName(sqlite3_value_int64(values[i]));
    if (!found) {
        const auto* id = static_cast<const char*>(sqlite3_value_blob(values[4]));
        const int size = sqlite3_value_bytes(values[4]);
        found = search.matchesId({id, static_cast<std::size_t>(size)});
    }
    sqlite3_result_int(context, found ? 1 : 0);
}

// The text as a pattern of ILIKE that matches it anywhere.
std::string patternOf(std::string_view text) {
    std::string pattern = "%";
    for (const char c : text) {
        if (c == '%' || c == '_' || c == '\\')
            pattern += '\\';
        pattern += c;
        if (c == '\'')
            pattern += c;
    }
    return pattern + "%";
}

bool isPlain(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

Result<std::unique_ptr<TextSearch>> TextSearch::install(Database& database) {
    auto search = std::make_unique<TextSearch>();
    sqlite3* handle = sqliteHandle(database);
    if (handle == nullptr)
        return search;
    const int code =
        sqlite3_create_function_v2(handle, "matches_text", 5, SQLITE_UTF8 | SQLITE_DIRECTONLY,
                                   search.get(), matchesText, nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        return fail(storeError(code, database.location().file(), Doing::Reading, "matches_text"));
    return search;
}

Result<std::string> TextSearch::condition(Database& database, std::string_view text) {
    m_text = toLower(text);
    if (auto read = readNames(database); !read)
        return fail(std::move(read.error()));
    if (database.dialect() == Dialect::Sqlite)
        return "matches_text(client, provider, model, asked, id)";
    return spelledOut();
}

Result<void> TextSearch::readNames(Database& database) {
    m_names.clear();
    auto names = database.prepare("SELECT id, text FROM names");
    if (!names)
        return fail(std::move(names.error()));
    auto row = names->step();
    for (; row && *row; row = names->step()) {
        if (containsIgnoreCase(names->text(1), m_text))
            m_names.push_back(names->integer(0));
    }
    if (!row)
        return fail(std::move(row.error()));
    std::sort(m_names.begin(), m_names.end());
    return {};
}

// For PostgreSQL, which looks numbers up in such a list by their hashes.
std::string TextSearch::spelledOut() const {
    std::string numbers;
    for (const std::int64_t number : m_names)
        numbers += (numbers.empty() ? "" : ",") + std::to_string(number);
    std::string condition;
    for (const char* column : {"client", "provider", "model", "asked"}) {
        if (!numbers.empty())
            condition += std::string(column) + " = ANY ('{" + numbers + "}'::bigint[]) OR ";
    }
    // No id holds anything else.
    condition += isPlain(m_text) ? "id ILIKE '" + patternOf(m_text) + "'" : "false";
    return "(" + condition + ")";
}

bool TextSearch::matchesName(std::int64_t number) const {
    return std::binary_search(m_names.begin(), m_names.end(), number);
}

bool TextSearch::matchesId(std::string_view id) const {
    return containsIgnoreCase(id, m_text);
}

}  // namespace gr::ledger
