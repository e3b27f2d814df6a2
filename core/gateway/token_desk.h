// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/job_thread.h"
#include "http/net.h"
#include "protocol/chat.h"
#include "tokens/rule.h"

namespace gr::gateway {

// Counts tokens on a thread of its own, which begins with the first count; the vocabularies
// (about 5 MB each) are read when one is first needed, and kept. Shared by the io threads; must end
// before their contexts go.
class TokenDesk final {
  public:
    TokenDesk();

    // By the rule of `model`. What is counted must live until this is done. Errors: Overloaded,
    // Cancelled, Internal (the tables are damaged).
    http::Awaitable<Result<std::int64_t>> count(const protocol::ChatRequest& request,
                                                std::string_view model, http::Executor io,
                                                http::AbortSlot& abort);
    http::Awaitable<Result<std::int64_t>> count(const std::vector<protocol::JsonString>& texts,
                                                std::string_view model, http::Executor io,
                                                http::AbortSlot& abort);

    // No fewer than the provider will count, where that can be told (protocol::exactInput).
    http::Awaitable<Result<std::optional<std::int64_t>>> most(const protocol::ChatRequest& request,
                                                              const tokens::Rule& rule,
                                                              http::Executor io,
                                                              http::AbortSlot& abort);

  private:
    using Work = std::function<std::int64_t(const tokens::Encoding&)>;

    Result<const tokens::Encoding*> encodingOf(const tokens::Rule& rule);
    Result<std::int64_t> counted(const tokens::Rule& rule, const Work& work);

    // Of the job thread.
    std::array<std::shared_ptr<const tokens::Encoding>, 2> m_encodings;
    JobThread m_thread;
};

}  // namespace gr::gateway
