// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "ledger/location.h"

// The URL of a ledger in PostgreSQL: "postgresql://user@host:port/database?sslmode=…", as libpq
// takes it (its manual, section "Connection URIs"). Pure but for PGHOST, PGHOSTADDR, PGSSLMODE and
// PGSERVICE, which libpq reads as well; all but isPostgresUrl load libpq. Any thread.
namespace gr::ledger {

bool isPostgresUrl(std::string_view url);

// Why such a URL is refused, to go behind its name ("must …"); nothing when it is fine. A server
// that is not on this machine needs sslmode=verify-full: without, anybody on the way may be it.
// Refused is also any such URL where libpq is not installed.
std::optional<std::string> postgresUrlProblem(const std::string& url);

// It holds a password, which then stands wherever the URL stands.
bool postgresUrlHasPassword(const std::string& url);

// Where that ledger lies. Its name has no password and no options.
Location postgresLocation(const std::string& url);

}  // namespace gr::ledger
