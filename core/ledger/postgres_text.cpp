// SPDX-License-Identifier: MIT
#include "ledger/postgres_text.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace gr::ledger {

std::string numberedPlaces(std::string_view sql) {
    std::string out;
    int places = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < sql.size(); ++i) {
        quoted = quoted != (sql[i] == '\'');
        if (quoted || sql[i] != '?') {
            out += sql[i];
            continue;
        }
        out += '$';
        const bool numbered = i + 1 < sql.size() && sql[i + 1] >= '0' && sql[i + 1] <= '9';
        if (!numbered)
            out += std::to_string(++places);
    }
    return out;
}

Error postgresError(std::string_view state, const std::string& name, Doing doing,
                    const std::string& message) {
    const std::string next = doing == Doing::Opening ? "Then start GateRouter again."
                                                     : "GateRouter then goes on by itself.";
    const LogDetail log{"postgresql " + std::string(state) + ": " + message};
    const auto in = [&](std::initializer_list<std::string_view> states) {
        return std::any_of(states.begin(), states.end(),
                           [&](std::string_view prefix) { return state.starts_with(prefix); });
    };
    // Connection, resources, shutdown of the server.
    if (state.empty() || in({"08", "57P0", "53300"}))
        return Error(ErrorCode::LedgerBusy,
                     "The ledger " + name + " cannot be reached" +
                         (message.empty() ? "" : " (" + message + ")") +
                         ". Check that PostgreSQL runs there and lets this user in. " + next,
                     log);
    if (in({"55P03", "40", "57014"}))
        return Error(ErrorCode::LedgerBusy,
                     "Somebody else holds the ledger " + name +
                         " locked. End what holds it (a long transaction, a back-up). " + next,
                     log);
    if (in({"58"}))
        return Error(ErrorCode::FileUnwritable,
                     "The server of the ledger " + name +
                         " has trouble with its disk. Look into its log. " + next,
                     log);
    if (in({"53100"}))
        return Error(ErrorCode::DiskFull,
                     "The disk of the ledger " + name + " is full. Free some space there. " + next,
                     log);
    if (in({"25006", "42501"}))
        return Error(ErrorCode::ReadOnly,
                     "The ledger " + name +
                         " may not be written: the server is a replica, or this user lacks the "
                         "right to. Give it a database of its own (ALTER DATABASE … OWNER TO …). " +
                         next,
                     log);
    if (in({"53200"}))
        return Error(ErrorCode::Overloaded,
                     "The server of the ledger " + name + " is out of memory.", log);
    if (in({"XX001", "XX002", "42P01", "42703"}))
        return Error(ErrorCode::LedgerCorrupt,
                     "The ledger " + name +
                         " is damaged: tables are missing or cannot be read. Restore it from a "
                         "back-up; `gaterouterd ledger verify` tells what is wrong with it.",
                     log);
    if (in({"22", "23", "54"}))  // of the values, not of the server
        return Error(ErrorCode::Internal,
                     "Something unexpected happened with the ledger " + name + ".", log);
    return Error(ErrorCode::FileUnwritable,
                 "The server of the ledger " + name +
                     " refused something unexpectedly. Look into its log. " + next,
                 log);
}

}  // namespace gr::ledger
