// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "base/error.h"
#include "gateway/exchange_state.h"

namespace gr::gateway {

// The way of one answer to its client: adds our headers, speaks the client's error format, and
// books the status. Lives in the io thread, as long as its exchange.
class ClientAnswer final {
  public:
    explicit ClientAnswer(ExchangeState& state) : m_state(state) {}

    // A whole JSON answer. `errorSlug` is empty when it went well.
    http::Awaitable<void> whole(int status, std::string_view body, std::string_view errorSlug);

    // Our own words; `retryAfter` becomes a header where the code allows it.
    http::Awaitable<void> refuse(const Error& error, std::optional<Milliseconds> retryAfter);

    // A stream of server-sent events: the first piece brings the head with it.
    http::Awaitable<void> piece(std::string_view events);
    http::Awaitable<void> finish();

    // What stands in front of every answer; `contentType` may be empty.
    http::HeaderLines headers(std::string_view contentType) const;

  private:
    ExchangeState& m_state;
};

}  // namespace gr::gateway
