// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "http/message.h"
#include "http/net.h"

namespace gr::gateway {

// What an answer that was paid for owes its payer, on its way to the client. Lives in the io
// thread, as long as its exchange.
class PaidWork {
  public:
    // The answer waits for its money: a stream, too, is held back until its end.
    virtual bool holdsBack() const = 0;
    // Before the first byte of the answer: that it may have been sent is durable then. `answer`:
    // all of it, where it is there; of a stream its events. False: it is not to be sent, and the
    // client was told why.
    virtual http::Awaitable<bool> beforeContent(std::string_view answer, bool stream) = 0;
    // Nothing was delivered, and nothing will be.
    virtual http::Awaitable<void> beforeRefusal() = 0;
    // The receipt, on whatever the client gets.
    virtual void addHeaders(http::HeaderLines& lines) const = 0;

  protected:
    ~PaidWork() = default;
};

}  // namespace gr::gateway
