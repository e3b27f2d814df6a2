// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/job_thread.h"
#include "gateway/response_store.h"
#include "http/handler.h"
#include "settings/settings.h"

namespace gr::gateway {

// Keeps and finds answers of the Responses protocol on a thread of its own, so that no io thread
// waits for the disk. In a file while there is a key, in memory otherwise: it outlives the run only
// with the vault. Shared by the io threads; outlives them. Whatever fails here costs an answer its
// memory and nothing else.
class ResponseDesk final {
  public:
    // `clock` outlives this. An empty `file` means memory, whatever the key.
    ResponseDesk(std::filesystem::path file, const Clock& clock);
    ResponseDesk(const ResponseDesk&) = delete;
    ResponseDesk& operator=(const ResponseDesk&) = delete;

    // From now on. `stateKey` and `locked` as in Policy (stateLocked); the first key moves what
    // lies in memory to the file.
    void apply(const settings::Responses& limits, std::shared_ptr<const Secret> stateKey,
               bool locked);

    // Waits until everything asked so far is done. Before the io contexts go.
    void drain() { m_thread.drain(); }

    bool keeps() const { return m_keeps; }  // any thread

    template <class T>
    using Answer = http::Awaitable<Result<T>>;

    // Returns when it is kept: it is found from then on, and a process that is killed does not lose
    // it. Errors: Overloaded, Cancelled, those of the disk.
    Answer<void> keep(std::shared_ptr<const KeptResponse> response, http::Executor io,
                      http::AbortSlot& abort);

    // The io thread's side of a question, and who asks.
    struct Question {
        std::string client;
        std::string id;
        http::Executor io;
        http::AbortSlot& abort;
    };

    // Nothing where the client has no such response. Errors: Overloaded, Cancelled, Internal,
    // Locked (it may lie in the file, which cannot be read yet), and those of
    // ResponseStore::history.
    Answer<std::optional<ResponseStore::History>> history(Question question,
                                                          ResponseStore::UpTo upTo);
    Answer<std::optional<std::string>> object(Question question);
    Answer<bool> remove(Question question);

  private:
    template <class T>
    Answer<T> ask(Question question, std::function<Result<T>(ResponseStore&, UnixMs)> work);
    void use(const settings::Responses& limits, std::shared_ptr<const Secret> stateKey);
    bool fileIsLocked() const;
    void openFile();
    ResponseStore* store();
    Result<void> write(const KeptResponse& response);
    void clear();
    UnixMs since() const;

    const std::filesystem::path m_file;
    const Clock& m_clock;
    std::atomic<bool> m_keeps = false;

    // Of the thread.
    std::unique_ptr<ResponseStore> m_store;
    bool m_onDisk = false;
    bool m_locked = false;
    bool m_toldMemory = false;
    settings::Responses m_limits;
    std::shared_ptr<const Secret> m_stateKey;
    std::optional<UnixMs> m_cleared;

    JobThread m_thread;  // goes first
};

}  // namespace gr::gateway
