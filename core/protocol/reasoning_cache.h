// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "protocol/chat.h"

// Remembers the reasoning that belongs to tool calls, for clients whose protocol has no field for
// it (chat completions) or that did not ask to see it: three providers refuse the next turn
// without.
namespace gr::protocol {

// Whose reasoning it is. Local servers repeat ids like `call_0`: one client's reasoning must never
// reach another, and never another model.
struct ReasoningOwner {
    std::string_view client;
    std::string_view provider;
    std::string_view model;
};

// Bounded by bytes and by age; the oldest go first. Any thread.
class ReasoningCache final {
  public:
    explicit ReasoningCache(std::size_t maxBytes = 16 * 1024 * 1024,
                            Milliseconds maxAge = std::chrono::hours(6))
        : m_maxBytes(maxBytes), m_maxAge(maxAge) {}

    // One piece of reasoning, owning its text.
    struct Thought {
        std::string text;  // a JSON string, or empty
        std::string signature;
        std::string vendor;
        bool redacted = false;
    };
    // What one assistant turn left: its thoughts, and its calls with what signs them.
    struct Entry {
        std::vector<Thought> thoughts;
        std::string callSignature;  // Gemini's, of this very call
    };

    // `arguments` (JSON, of a custom call a string) count by what they say, not by how it is
    // written.
    void remember(const ReasoningOwner& owner, std::string_view callId, std::string_view name,
                  std::string_view arguments, Entry entry, SteadyTime now);

    // Puts back what is missing in the assistant turns of `request`.
    // Gives how many bytes that adds.
    std::size_t restore(const ReasoningOwner& owner, ChatRequest& request, SteadyTime now);

  private:
    struct Slot {
        std::string key;
        Entry entry;
        SteadyTime since;
        std::size_t bytes = 0;
    };

    std::size_t restoreTurn(const ReasoningOwner& owner, ChatRequest& request, Turn& turn);
    void prune(SteadyTime now);

    std::size_t m_maxBytes;
    Milliseconds m_maxAge;
    std::mutex m_mutex;
    std::list<Slot> m_slots;  // oldest first
    std::map<std::string, std::list<Slot>::iterator, std::less<>> m_index;
    std::size_t m_bytes = 0;
};

// Gathers what one answer thinks and calls.
class ReasoningGatherer final {
  public:
    void take(const ChatEvent& event);
    // Files what was gathered, for each call of the answer. Nothing without calls or thoughts.
    void file(ReasoningCache& cache, const ReasoningOwner& owner, SteadyTime now);

  private:
    struct Call {
        std::size_t block = 0;
        std::string id;
        std::string name;
        std::string arguments;  // the inside of JSON strings, joined
        std::string signature;
        bool custom = false;
    };
    std::vector<Call> m_calls;
    std::vector<std::pair<std::size_t, ReasoningCache::Thought>> m_thoughts;  // by block
};

}  // namespace gr::protocol
