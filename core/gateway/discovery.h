// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "gateway/events.h"
#include "http/client.h"

namespace gr::gateway {

// Looks at the customary ports of local model servers (Ollama, LM Studio, llama.cpp, vLLM) on this
// machine. A server that another user runs is named but gets no byte. `configured`: base URLs of
// the providers that exist. Ends within a few seconds; lives in the io thread.
http::Awaitable<std::vector<FoundServer>> findServers(http::Client& client,
                                                      std::vector<std::string> configured);

}  // namespace gr::gateway
