// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "ledger/entry.h"

// What the gateway tells upwards: values only.
namespace gr::gateway {

// A request that is under way.
struct RunningExchange {
    std::string id;
    UnixMs startedAt;
    std::string client;
    std::string askedModel;
    std::string provider;  // of the current attempt; may be empty
    std::string model;
    bool answering = false;  // the first content arrived
};

struct ExchangeEvent {
    enum class Kind : std::uint8_t { Started, Changed, Finished };
    Kind kind = Kind::Started;
    RunningExchange running;                        // Started, Changed
    std::optional<ledger::RequestRecord> finished;  // Finished
};

// A provider as the gateway sees it now.
struct ProviderStatus {
    enum class State : std::uint8_t { Untried, Ready, NoKey, KeyRejected, Cooling, Down };
    std::string id;
    State state = State::Untried;
    std::optional<UnixMs> until;  // Cooling: when it is tried again
    std::string lastError;        // a sentence, empty when there is none
};

// A local model server that answered on this machine.
struct FoundServer {
    std::string kind;     // dialect: ollama, lmstudio, llamacpp, vllm
    std::string title;    // "Ollama"
    std::string baseUrl;  // "http://127.0.0.1:11434/v1"
    std::vector<std::string> models;
    std::string owner;        // user that runs it
    bool sameUser = false;    // false: nothing was sent to it
    bool configured = false;  // a provider with this address exists
};

struct GatewayStatus {
    enum class State : std::uint8_t { Stopped, Starting, Running, Stopping, Failed };
    State state = State::Stopped;
    std::string address;
    std::uint16_t port = 0;
    std::optional<Error> error;  // Failed
    std::string portHolder;      // Failed with PortInUse: "node (process 4312)", or empty
};

}  // namespace gr::gateway
