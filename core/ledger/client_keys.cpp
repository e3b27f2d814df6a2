// SPDX-License-Identifier: MIT
#include "ledger/client_keys.h"

#include <utility>

#include "ledger/row.h"
#include "ledger/schema.h"

namespace gr::ledger {
namespace {

constexpr std::size_t kDigestSize = 32;

std::optional<std::int64_t> valueOf(std::optional<UnixMs> time) {
    return time ? std::optional(time->value) : std::nullopt;
}

std::optional<UnixMs> timeOf(std::optional<std::int64_t> value) {
    return value ? std::optional(UnixMs{*value}) : std::nullopt;
}

Result<void> checkShape(const ClientKey& key) {
    if (key.id.empty() || key.id.size() > kMaxNameBytes)
        return fail(ErrorCode::InvalidField, "A client key needs a name of 1 to " +
                                                 std::to_string(kMaxNameBytes) + " bytes.");
    if (key.sha256.size() != kDigestSize)
        return fail(ErrorCode::InvalidField, "The digest of a client key has 32 bytes.");
    return {};
}

}  // namespace

Result<ClientKeyTable> ClientKeyTable::open(const Location& location) {
    auto database = openForWriting(location, Durability::Acknowledged);
    if (!database)
        return fail(std::move(database.error()));
    if (database->dialect() == Dialect::Sqlite) {  // small, and no work for this thread at the end
        if (auto set = database->execute("PRAGMA cache_size = -256; PRAGMA wal_autocheckpoint = 0");
            !set)
            return fail(std::move(set.error()));
    }
    return ClientKeyTable(std::move(*database));
}

Result<void> ClientKeyTable::add(const ClientKey& key) {
    if (auto shape = checkShape(key); !shape)
        return shape;
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Write);
    if (!transaction)
        return fail(std::move(transaction.error()));
    auto same = m_database.prepare("SELECT id FROM client_keys WHERE id = ? OR sha256 = ?");
    if (!same)
        return fail(std::move(same.error()));
    same->bindText(1, key.id);
    same->bindBlob(2, key.sha256);
    const auto row = same->step();
    if (!row)
        return fail(row.error());
    if (*row)
        return fail(
            ErrorCode::InvalidField,
            same->text(0) == key.id
                ? "There is already a client key named \"" + key.id + "\"."
                : "This key is already there, named \"" + std::string(same->text(0)) + "\".");
    same->reset();
    auto insert = m_database.prepare(
        "INSERT INTO client_keys (id, sha256, created_ms, expires_ms, revoked_ms, scope, change) "
        "VALUES (?,?,?,?,?,?, (SELECT coalesce(max(change), 0) + 1 FROM client_keys))");
    if (!insert)
        return fail(std::move(insert.error()));
    insert->bindText(1, key.id);
    insert->bindBlob(2, key.sha256);
    insert->bind(3, key.createdAt.value);
    insert->bind(4, valueOf(key.expiresAt));
    insert->bind(5, valueOf(key.revokedAt));
    insert->bindText(6, key.scope);
    if (auto inserted = insert->run(); !inserted)
        return inserted;
    return transaction->commit();
}

Result<void> ClientKeyTable::setRevoked(const std::string& id, std::optional<UnixMs> at) {
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Write);
    if (!transaction)
        return fail(std::move(transaction.error()));
    auto update = m_database.prepare(
        "UPDATE client_keys SET revoked_ms = ?, "
        "change = (SELECT coalesce(max(change), 0) + 1 FROM client_keys) WHERE id = ? "
        "RETURNING number");
    if (!update)
        return fail(std::move(update.error()));
    update->bind(1, valueOf(at));
    update->bindText(2, id);
    const auto changed = update->step();
    if (!changed)
        return fail(changed.error());
    if (!*changed)
        return fail(ErrorCode::NotFound, "There is no client key named \"" + id + "\".");
    update->reset();
    return transaction->commit();
}

Result<std::vector<ClientKey>> ClientKeyTable::all() {
    auto select = m_database.prepare(
        "SELECT id, sha256, created_ms, expires_ms, revoked_ms, scope FROM client_keys "
        "ORDER BY created_ms, number");
    if (!select)
        return fail(std::move(select.error()));
    std::vector<ClientKey> keys;
    auto row = select->step();
    for (; row && *row; row = select->step()) {
        keys.push_back({.id = std::string(select->text(0)),
                        .sha256 = std::string(select->text(1)),
                        .createdAt = {select->integer(2)},
                        .expiresAt = timeOf(select->integerOrNull(3)),
                        .revokedAt = timeOf(select->integerOrNull(4)),
                        .scope = std::string(select->text(5))});
    }
    if (!row)
        return fail(std::move(row.error()));
    return keys;
}

Result<void> ClientKeyTable::note(const KeyProgram& program) {
    auto transaction = Transaction::begin(m_database, Transaction::Kind::Write);
    if (!transaction)
        return fail(std::move(transaction.error()));
    auto put = m_database.prepare(
        "INSERT INTO key_programs (client, program, pid, first_ms, last_ms) VALUES (?,?,?,?,?) "
        "ON CONFLICT (client, program) DO UPDATE SET pid = excluded.pid, "
        "last_ms = excluded.last_ms");
    if (!put)
        return fail(std::move(put.error()));
    put->bindText(1, program.client);
    put->bindText(2, program.program);
    put->bind(3, program.pid);
    put->bind(4, program.firstSeen.value);
    put->bind(5, program.lastSeen.value);
    if (auto done = put->run(); !done)
        return done;
    auto drop = m_database.prepare(
        "DELETE FROM key_programs WHERE client = ? AND last_ms < (SELECT min(last_ms) FROM "
        "(SELECT last_ms FROM key_programs WHERE client = ? ORDER BY last_ms DESC LIMIT ?) "
        "AS newest)");
    if (!drop)
        return fail(std::move(drop.error()));
    drop->bindText(1, program.client);
    drop->bindText(2, program.client);
    drop->bind(3, kMostKeyPrograms);
    if (auto done = drop->run(); !done)
        return done;
    return transaction->commit();
}

Result<std::vector<KeyProgram>> ClientKeyTable::programs() {
    auto select = m_database.prepare(
        "SELECT client, program, pid, first_ms, last_ms FROM key_programs "
        "ORDER BY client, last_ms DESC, program");
    if (!select)
        return fail(std::move(select.error()));
    std::vector<KeyProgram> programs;
    auto row = select->step();
    for (; row && *row; row = select->step()) {
        programs.push_back({.client = std::string(select->text(0)),
                            .program = std::string(select->text(1)),
                            .pid = select->integer(2),
                            .firstSeen = {select->integer(3)},
                            .lastSeen = {select->integer(4)}});
    }
    if (!row)
        return fail(std::move(row.error()));
    return programs;
}

}  // namespace gr::ledger
