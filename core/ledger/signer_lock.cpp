// SPDX-License-Identifier: MIT
#include "ledger/signer_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "ledger/schema.h"

namespace gr::ledger {
namespace {

// "GRlg" and "sign": apart from the lock of those who write.
constexpr const char* kTake =
    "SELECT CASE WHEN pg_try_advisory_lock(1196583015, 1936287598) "
    "THEN 1 ELSE 0 END";

Failure taken(const Location& location) {
    return fail(ErrorCode::LedgerBusy,
                "Another gateway pays from the ledger " + location.name() +
                    ": one at a time may. Stop that one, or turn payments off in one of them.");
}

class FileLock final : public SignerLock {
  public:
    explicit FileLock(int descriptor) : m_descriptor(descriptor) {}
    ~FileLock() override { ::close(m_descriptor); }
    FileLock(const FileLock&) = delete;
    FileLock& operator=(const FileLock&) = delete;
    bool held() override { return true; }

  private:
    int m_descriptor;
};

class ServerLock final : public SignerLock {
  public:
    explicit ServerLock(Database database)
        : m_database(std::move(database)), m_generation(m_database.connection().generation()) {}
    bool held() override {
        return m_database.queryInteger("SELECT 1").has_value() &&
               m_database.connection().generation() == m_generation;
    }

  private:
    Database m_database;
    std::uint64_t m_generation;
};

Result<std::unique_ptr<SignerLock>> lockFile(const Location& location) {
    std::error_code unknown;
    // The same file under another name is the same ledger.
    auto file = std::filesystem::weakly_canonical(location.file(), unknown);
    if (unknown)
        file = location.file();
    file += "-signer";
    const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (descriptor < 0)
        return fail(ErrorCode::FileUnwritable,
                    file.string() + " cannot be opened: " + std::strerror(errno) +
                        ". It keeps two programs from paying at once; make the folder writable.");
    if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
        ::close(descriptor);
        return taken(location);
    }
    return std::make_unique<FileLock>(descriptor);
}

}  // namespace

Result<std::unique_ptr<SignerLock>> SignerLock::take(const Location& location) {
    if (!location.isPostgres())
        return lockFile(location);
    auto database = openForWriting(location, Durability::Acknowledged);
    if (!database)
        return fail(std::move(database.error()));
    const auto got = database->queryInteger(kTake);
    if (!got)
        return fail(got.error());
    if (*got != 1)
        return taken(location);
    return std::make_unique<ServerLock>(std::move(*database));
}

}  // namespace gr::ledger
