// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>

namespace gr::ledger {

// Where a ledger lies: in a file (SQLite), or in a database of a PostgreSQL server. A value; any
// thread.
class Location final {
  public:
    Location() = default;
    // A ledger is a file unless somebody says otherwise.
    Location(std::filesystem::path file)  // NOLINT(google-explicit-constructor)
        : m_file(std::move(file)), m_name(m_file.string()) {}
    // `url` as libpq takes it, `name` the same without what must not be shown
    // (ledger/postgres_url).
    static Location postgres(std::string url, std::string name) {
        Location location;
        location.m_url = std::move(url);
        location.m_name = std::move(name);
        return location;
    }

    bool isPostgres() const { return !m_url.empty(); }
    const std::filesystem::path& file() const { return m_file; }  // of SQLite alone
    const std::string& url() const { return m_url; }    // of PostgreSQL alone; may hold a password
    const std::string& name() const { return m_name; }  // as sentences and the status call it

    friend bool operator==(const Location&, const Location&) = default;

  private:
    std::filesystem::path m_file;
    std::string m_url;
    std::string m_name;
};

}  // namespace gr::ledger
