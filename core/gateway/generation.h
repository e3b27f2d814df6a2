// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "base/job_thread.h"
#include "base/result.h"
#include "http/handler.h"
#include "ledger/ledger.h"
#include "ledger/reader.h"

// GET /v1/generation: what the books hold of one request.
namespace gr::gateway {

// Looks requests up on a thread and a connection of its own, so that no io thread waits for the
// disk. Shared by the io threads; goes after they have ended and before their contexts do.
class BookDesk final {
  public:
    explicit BookDesk(const ledger::Ledger& ledger);

    // The record of a request that has ended; nothing for any other id. Rows that are not written
    // yet are found as well. Errors: Overloaded, Cancelled (`abort` fired), Internal.
    http::Awaitable<Result<std::optional<ledger::RequestRecord>>> find(std::string requestId,
                                                                       http::Executor io,
                                                                       http::AbortSlot& abort);

  private:
    Result<std::optional<ledger::RequestRecord>> look(const std::string& requestId);

    const ledger::Ledger& m_ledger;
    std::optional<ledger::Reader> m_reader;  // of the thread; opened by the first question
    JobThread m_thread;                      // goes first
};

// The answer for `client` to a request for `target`. Records of other clients do not exist for it:
// RecordNotFound. Other errors: those of generationId and BookDesk::find.
http::Awaitable<Result<std::string>> answerGeneration(BookDesk& desk, std::string_view target,
                                                      const std::string& client, http::Executor io,
                                                      http::AbortSlot& abort);

// {"data":{…}}: the members of the ledger's export, and the same under the names of OpenRouter's
// endpoint of this path, for tools that know those. Pure.
std::string generationBody(const ledger::RequestRecord& record);

}  // namespace gr::gateway
