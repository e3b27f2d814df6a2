// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "routing/health.h"

namespace gr::routing {

// The order in which one request tries its candidates: who is well, in the order of the choice;
// those that rest only where nobody else is left, and then it may wait for them a little. Decides;
// whoever asks does. One thread; health outlives it.
class Tries final {
  public:
    struct Candidate {
        std::string provider;
        std::string model;
        std::size_t keys = 0;
    };
    // `retries`: further calls to one candidate, at most; 0: nobody is waited for either.
    Tries(Health& health, std::vector<Candidate> candidates, unsigned retries);

    struct Call {
        std::size_t candidate = 0;
        Health::Permit permit;
        bool othersLeft = false;  // who could answer now in its place
    };
    struct Pause {
        Milliseconds time{0};
    };
    struct End {
        std::optional<Health::Rest> rest;  // of who could not be asked at all
    };
    // What to do now. A Call whose permit was told that the key failed goes on with the next key;
    // of the others say one of the two below, before asking again.
    std::variant<Call, Pause, End> next(SteadyTime now);

    void skip();  // this candidate is not to be asked again
    // A passing trouble; `asked`: so long the provider asked to be left alone.
    void passing(std::optional<Milliseconds> asked, SteadyTime now);

    // While a call is under way: who may be asked beside it, for certain well and not asked yet, if
    // `may` (of its place) says so.
    std::optional<Call> beside(const std::function<bool(std::size_t)>& may, SteadyTime now);
    // The two above are about this candidate from now on, until the next call.
    void turnTo(std::size_t candidate) { m_current = candidate; }

  private:
    enum class Stand : std::uint8_t { Open, Rests, Done };
    struct Entry {
        Candidate candidate;
        Stand stand = Stand::Open;
        bool called = false;
        unsigned retries = 0;  // done
    };
    Health::Place placeOf(const Entry& entry) const;
    std::variant<Call, Pause, End> lastResort(SteadyTime now);
    Call callOf(std::size_t candidate, Health::Permit permit, SteadyTime now);
    bool othersLeft(std::size_t candidate, SteadyTime now) const;

    Health& m_health;
    std::vector<Entry> m_entries;
    unsigned m_retries;
    std::size_t m_current = 0;
    std::size_t m_calls = 0;
    std::optional<Milliseconds> m_pause;
    std::optional<SteadyTime> m_waitsUntil;
};

}  // namespace gr::routing
