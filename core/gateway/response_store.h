// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

// Where finished answers of the Responses protocol lie so that later requests can go on from them.
// Nothing here knows the protocol: items are JSON arrays, handed back as they came.
namespace gr::gateway {

struct ResponseLimits {
    Milliseconds maxAge{0};
    std::int64_t maxCount = 0;
    std::int64_t maxBytes = 0;
};

// An answer to keep. It belongs to `client`: for others it does not exist.
struct KeptResponse {
    std::string client;
    std::string id;
    UnixMs createdAt;
    std::int64_t previous = 0;  // the place of the response it goes on from; 0: a new conversation
    std::string input;          // the items of its request alone
    std::string output;         // its own
    std::string object;         // the response object
    // Everything before `input`, for the case that `previous` has left meanwhile. May be null.
    std::shared_ptr<const std::string> history;

    std::size_t size() const { return input.size() + output.size() + object.size(); }
};

// One SQLite file (0600), or a database in memory. Every answer is a row with the items that it
// added; what came before lies in the row that it goes on from. A row that is removed stays without
// its name and object as long as later ones need its items. Texts are encrypted (AES-256-GCM) and
// bound to their client. One thread at a time.
class ResponseStore final {
  public:
    // Items that one conversation may have, bytes.
    static constexpr std::size_t kMaxHistory = 64 * 1024 * 1024;

    // An empty path means memory. Makes the file when there is none. Errors: those of opening a
    // ledger; a file that is not ours, or of a newer version, is left as it is.
    static Result<std::unique_ptr<ResponseStore>> open(const std::filesystem::path& file,
                                                       Secret key);
    ~ResponseStore();
    ResponseStore(const ResponseStore&) = delete;
    ResponseStore& operator=(const ResponseStore&) = delete;

    // Takes the place of one with the same name. The oldest leave until all fit; what alone is
    // larger than `limits.maxBytes` is not kept.
    Result<void> keep(const KeptResponse& response, const ResponseLimits& limits);

    // The response object. Nothing for one that is not there, older than `since`, or unreadable.
    Result<std::optional<std::string>> object(std::string_view client, std::string_view id,
                                              UnixMs since);

    struct History {
        std::int64_t place = 0;  // KeptResponse::previous of what goes on from here
        std::string items;       // all items up to its own output, or up to its input
    };
    enum class UpTo : std::uint8_t { Input, Output };
    // InvalidField when the conversation is longer than kMaxHistory.
    Result<std::optional<History>> history(std::string_view client, std::string_view id,
                                           UnixMs since, UpTo upTo);

    // False when there is none. Its bytes are overwritten, in the log too.
    Result<bool> remove(std::string_view client, std::string_view id, UnixMs since);

    // Removes what is older than `since`.
    Result<void> removeOlder(UnixMs since);

    // Copies everything into `other`, which has no rows of these names.
    Result<void> copyTo(ResponseStore& other);

    std::int64_t count() const { return m_count; }
    std::int64_t bytes() const { return m_bytes; }

  private:
    class Sql;

    ResponseStore(std::unique_ptr<Sql> sql, Secret key);
    Result<void> recount();
    Result<void> insert(const KeptResponse& response);
    Result<void> forget(std::int64_t number);
    Result<void> makeRoom(const ResponseLimits& limits);
    std::optional<std::int64_t> find(std::string_view client, std::string_view id, UnixMs since);

    std::unique_ptr<Sql> m_sql;
    Secret m_key;
    std::int64_t m_count = 0;  // rows
    std::int64_t m_bytes = 0;  // of their texts, encrypted
};

}  // namespace gr::gateway
