// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstddef>
#include <filesystem>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/job_thread.h"
#include "http/net.h"

namespace gr::gateway {

// To whom the files and batches at providers belong: ids mean something to the client that made
// them, and to nobody else. Kept in a small file (one line an id: client, provider and id, parted
// by tabs), so that a batch survives a restart; a thread of its own writes it, and no io thread
// waits for the disk. Bounded; the oldest go first. Any thread.
class IdBook final {
  public:
    struct Owner {
        std::string client;
        std::string provider;
    };

    // Reads `file`, which may be missing; empty: nothing is kept beyond this object.
    explicit IdBook(std::filesystem::path file, std::size_t most = 50'000);
    // Waits until all is written.
    ~IdBook();
    IdBook(const IdBook&) = delete;
    IdBook& operator=(const IdBook&) = delete;

    // Found from now on; the file follows. Ids that are known stay with their owner.
    void add(std::string_view id, const Owner& owner);
    // Returns when all that was added before lies in the file: a process that is killed does not
    // forget it from then on (a machine without power may). What cannot be written is logged and
    // known until the end of this object. This must end before the context of `io` goes.
    http::Awaitable<void> written(http::Executor io);
    std::optional<Owner> find(std::string_view id) const;
    // The provider that keeps it for this client; empty: nobody is known to.
    std::string keeperOf(std::string_view id, std::string_view client) const;

    // An id of another client that stands somewhere in `json`, which is validated, as a string of
    // its own; empty when there is none.
    std::string ofAnother(std::string_view json, const std::string& client) const;

    // What may be an id: letters, digits, `-`, `_` and `.`, 1 to 128 of them, no `.` in front.
    static bool looksLikeId(std::string_view text);

  private:
    struct Entry {
        std::string id;
        Owner owner;
    };

    bool insert(std::string_view id, const Owner& owner);
    void read();
    void rewrite() const;

    const std::filesystem::path m_file;
    const std::size_t m_most;
    std::atomic<bool> m_empty = true;
    mutable std::mutex m_mutex;
    std::list<Entry> m_entries;  // oldest first
    std::map<std::string_view, std::list<Entry>::iterator> m_index;
    JobThread m_writer;  // goes first
};

}  // namespace gr::gateway
