// SPDX-License-Identifier: MIT
#pragma once

#include "gateway/exchange_state.h"
#include "protocol/adapter.h"

// The memory of one request of the Responses protocol: what came before it, and where its own
// answer is kept.
namespace gr::gateway {

// Reads what the request says about memory and puts the conversation that it goes on from in front
// of its items. Errors: InvalidField; PreviousResponseNotFound, whether the response is another
// client's, has left, or never was; those of ResponseDesk::history.
http::Awaitable<Result<void>> recallConversation(ExchangeState& state);

// Takes the finished answer to this request; empty where it is not to be kept. Lives as long as
// `state`.
protocol::KeepResponse keeperOf(ExchangeState& state);

// Files what the keeper took, if anything: before the client gets the last bytes, so that it can go
// on from them at once. What goes wrong costs the memory of this answer and is logged.
http::Awaitable<void> fileAnswer(ExchangeState& state);

}  // namespace gr::gateway
