// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "settings/settings.h"

namespace gr::gateway {

// A whole answer, as its client got it.
struct KeptAnswer {
    std::string provider;
    std::string model;
    std::string body;                  // of a stream: all its events
    bool stream = false;               // it was sent as one
    std::vector<std::string> dropped;  // fields that its model did not take
    bool estimated = false;
    std::string purchase;  // its id, of one that was paid for and whose client left
};
using KeptAnswerPtr = std::shared_ptr<const KeptAnswer>;

// Answers that equal requests of the same client may be given again: those of lately (the exact
// cache), and those that are on their way (single flight). In memory alone; keys are digests that
// hold the client (answerKey). The oldest answers go first, and all when the settings change.
// Another desk of this kind keeps what was paid for: there a purchase is on its way once, and its
// answer waits for a client that left. Shared by the io threads under one short lock; outlives
// their requests.
class AnswerDesk final {
  public:
    class Lead;
    class Ticket;
    // Nobody else's answer serves: its own way.
    struct Alone {};
    // What a request does now.
    using Turn = std::variant<Alone, KeptAnswerPtr, Lead, Ticket>;

    AnswerDesk();
    AnswerDesk(const AnswerDesk&) = delete;
    AnswerDesk& operator=(const AnswerDesk&) = delete;

    // From now on; forgets all answers. Those on their way still serve who waits for them.
    void apply(const settings::AnswerCache& settings);
    std::string_view secret() const { return m_secret.reveal(); }  // of the keys
    bool isOn() const { return m_on.load(std::memory_order_relaxed); }

    // `fresh`: no kept answer is wanted, and none that is on its way. `wake` is called once, by any
    // thread, when a ticket has its turn.
    Turn begin(const std::string& key, bool fresh, SteadyTime now, std::function<void()> wake);

    void forget(const std::string& key);

    // The longest body that is worth copying, in bytes.
    std::size_t mostBytes() const;

    struct Held {
        std::size_t count = 0;
        std::size_t bytes = 0;
    };
    Held held() const;

  private:
    struct Waiting;
    struct Flight;
    struct Entry {
        std::string key;
        KeptAnswerPtr answer;
        SteadyTime at{};
    };

    void keep(const std::string& key, KeptAnswerPtr answer, SteadyTime now);
    void drop(std::list<Entry>::iterator entry);
    void dropOld(SteadyTime now);
    std::shared_ptr<Waiting> handOver(Lead& lead);

    const Secret m_secret;
    std::atomic<bool> m_on = false;
    mutable std::mutex m_mutex;
    settings::AnswerCache m_settings;
    std::uint64_t m_round = 0;   // of apply()
    std::list<Entry> m_entries;  // the oldest first
    std::unordered_map<std::string_view, std::list<Entry>::iterator> m_index;
    std::size_t m_bytes = 0;
    std::unordered_map<std::string, std::shared_ptr<Flight>> m_flights;
};

// Who asks, so that equal requests may have the answer. When this goes without a word (its client
// left), the first of those that wait takes its place.
class AnswerDesk::Lead final {
  public:
    Lead(Lead&& other) noexcept;
    Lead& operator=(Lead&&) = delete;
    ~Lead();

    // The answer is whole. `keep`: also for requests that come later.
    void land(KeptAnswerPtr answer, SteadyTime now, bool keep = true);
    // There is none to share: everybody goes its own way.
    void fail();

  private:
    friend class AnswerDesk;
    Lead(AnswerDesk& desk, std::string key, std::uint64_t round, std::shared_ptr<Flight> flight);
    void end(const Turn& turn);

    AnswerDesk* m_desk;
    std::string m_key;
    std::uint64_t m_round;
    std::shared_ptr<Flight> m_flight;  // null: nobody may wait
};

// Who waits for the answer of an equal request.
class AnswerDesk::Ticket final {
  public:
    Ticket(Ticket&& other) noexcept = default;
    Ticket& operator=(Ticket&&) = delete;
    ~Ticket();

    // Absent: not yet. Never a ticket again.
    std::optional<Turn> take();

  private:
    friend class AnswerDesk;
    Ticket(AnswerDesk& desk, std::shared_ptr<Flight> flight, std::shared_ptr<Waiting> waiting);

    AnswerDesk* m_desk;
    std::shared_ptr<Flight> m_flight;
    std::shared_ptr<Waiting> m_waiting;  // null: moved from
};

}  // namespace gr::gateway
