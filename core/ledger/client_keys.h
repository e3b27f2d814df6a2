// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/entry.h"
#include "ledger/key_program.h"
#include "ledger/store.h"

namespace gr::ledger {

// The table of client keys on a connection of its own, whose every commit waits for the disk: a
// key that was shown to somebody, or revoked, stays so after a power cut. One thread at a time.
class ClientKeyTable final {
  public:
    static Result<ClientKeyTable> open(const Location& location);

    Result<void> add(const ClientKey& key);
    Result<void> setRevoked(const std::string& id, std::optional<UnixMs> at);
    Result<std::vector<ClientKey>> all();
    Result<void> note(const KeyProgram& program);
    Result<std::vector<KeyProgram>> programs();

  private:
    explicit ClientKeyTable(Database database) : m_database(std::move(database)) {}

    Database m_database;
};

}  // namespace gr::ledger
