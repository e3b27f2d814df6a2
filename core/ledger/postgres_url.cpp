// SPDX-License-Identifier: MIT
#include "ledger/postgres_url.h"

#include <cstdlib>
#include <map>
#include <memory>

#include "ledger/postgres_client.h"

namespace gr::ledger {
namespace {

constexpr const char* kWrongUrl = "must be a URL such as \"postgresql://user@host:5432/database\"";

using Options = std::map<std::string, std::string, std::less<>>;

// Fails with what is wrong with it, to go behind "ledger.url".
tl::expected<Options, std::string> parse(const std::string& url) {
    const auto client = PostgresClient::load();
    if (!client)
        return tl::unexpected(client.error());
    char* message = nullptr;  // may quote the URL with its password
    const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> parsed(
        client->PQconninfoParse(url.c_str(), &message), client->PQconninfoFree);
    client->PQfreemem(message);
    if (!parsed)
        return tl::unexpected(std::string(kWrongUrl));
    Options options;
    for (const PQconninfoOption* option = parsed.get(); option->keyword != nullptr; ++option) {
        if (option->val != nullptr && *option->val != '\0')
            options[option->keyword] = option->val;
    }
    return options;
}

std::string optionOr(const Options& options, const char* name, const char* variable) {
    if (const auto found = options.find(name); found != options.end())
        return found->second;
    const char* value = std::getenv(variable);
    return value != nullptr ? value : "";
}

bool isHere(std::string_view host) {
    return host.empty() || host.front() == '/' || host.front() == '@' || host == "localhost" ||
           host == "::1" || host.starts_with("127.");
}

// Several may stand there, with commas.
bool allHere(std::string_view hosts) {
    for (;;) {
        const std::size_t comma = hosts.find(',');
        if (!isHere(hosts.substr(0, comma)))
            return false;
        if (comma == std::string_view::npos)
            return true;
        hosts.remove_prefix(comma + 1);
    }
}

}  // namespace

bool isPostgresUrl(std::string_view url) {
    return url.starts_with("postgresql:") || url.starts_with("postgres:");
}

std::optional<std::string> postgresUrlProblem(const std::string& url) {
    if (!isPostgresUrl(url))
        return kWrongUrl;
    const auto options = parse(url);
    if (!options)
        return options.error();
    const bool here = allHere(optionOr(*options, "host", "PGHOST")) &&
                      allHere(optionOr(*options, "hostaddr", "PGHOSTADDR")) &&
                      optionOr(*options, "service", "PGSERVICE").empty();
    if (!here && optionOr(*options, "sslmode", "PGSSLMODE") != "verify-full")
        return "names a server on another machine and must say how to trust it: add "
               "\"?sslmode=verify-full\", and its certificate authority as "
               "\"&sslrootcert=/path/root.crt\"";
    return std::nullopt;
}

bool postgresUrlHasPassword(const std::string& url) {
    const auto options = parse(url);
    return options && options->contains("password");
}

Location postgresLocation(const std::string& url) {
    const Options options = parse(url).value_or(Options());
    const auto part = [&](const char* before, const char* name) {
        const auto found = options.find(name);
        return found == options.end() ? std::string() : before + found->second;
    };
    const std::string user = part("", "user");
    return Location::postgres(url, "postgresql://" + user + (user.empty() ? "" : "@") +
                                       part("", "host") + part(":", "port") + part("/", "dbname"));
}

}  // namespace gr::ledger
