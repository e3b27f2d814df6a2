// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "gateway/events.h"
#include "http/client.h"

namespace gr::gateway {

// Somebody who listens at the customary port of a local model server.
struct LocalListener {
    std::string kind;   // dialect: ollama, lmstudio, llamacpp, vllm
    std::string title;  // "Ollama"
    std::uint16_t port = 0;
    unsigned uid = 0;
};

// Reads the system's table of sockets, which takes long on a busy machine: not on an io thread, not
// on the window's.
std::vector<LocalListener> localListeners();

// Asks `listeners` for their models. One that another user runs is named but gets no byte; one that
// is no model server is left out. `configured`: base URLs of the providers that exist. Ends within
// a few seconds; lives in the io thread.
http::Awaitable<std::vector<FoundServer>> findServers(http::Client& client,
                                                      std::vector<LocalListener> listeners,
                                                      std::vector<std::string> configured);

}  // namespace gr::gateway
