// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "routing/breaker.h"
#include "routing/retry_budget.h"
#include "routing/speed.h"

namespace gr::routing {

// What the last answers said of each provider, its keys and its models: who rests, until when and
// why, and how fast they are (docs/health.md). Shared by the io threads under one short lock; time
// and chance come in from outside.
class Health final {
  public:
    using Chance = std::function<double()>;  // from 0 to below 1; called under the lock
    explicit Health(Chance chance = {});     // empty: one of its own

    enum class State : std::uint8_t { Untried, Ready, KeyRejected, Cooling, Down };
    struct Snapshot {
        std::string provider;
        State state = State::Untried;
        std::optional<SteadyTime> until;
        std::string lastError;
    };

    struct Place {
        std::string_view provider;
        std::string_view model;
        std::size_t keys = 0;  // so many has the provider; 0: it needs none
    };
    enum class Turn : std::uint8_t {
        Ordinary,    // somebody else can answer: whoever rests is left alone
        LastResort,  // nobody else can: as docs/health.md says under "Nobody else"
        Insist,      // whatever the breakers say; keys that rest do so all the same
    };
    // Who cannot be asked now.
    struct Rest {
        enum class Why : std::uint8_t { Keys, Provider, Model };
        Why why = Why::Keys;
        SteadyTime until{};  // ask again then; somebody else may have been faster
        std::string provider{};
        std::string lastError{};
    };
    // Whose fault a failure is.
    enum class Fault : std::uint8_t { Provider, Model };
    struct Failure {
        Fault fault = Fault::Provider;
        std::optional<Milliseconds> asked{};  // so long was asked to be left alone
        bool missing = false;                 // the provider has no such model
        std::string why{};
    };

    // Allowed to make one call, with one key. Tell it what became of the call; if nothing is told,
    // nothing is learnt, and whoever waits to try may. Movable; outlived by its health. Any thread,
    // one at a time.
    class Permit final {
      public:
        Permit(Permit&& other) noexcept;
        Permit& operator=(Permit&&) = delete;
        ~Permit();

        std::size_t key() const { return m_key; }
        // It tries whether somebody ill is well again.
        bool probe() const { return m_provider.probe || m_model.probe; }

        // It answers: at the first content of a stream, the end of a whole answer, or with a
        // refusal that is the request's own fault.
        void alive(SteadyTime now);
        void firstToken(Milliseconds took, SteadyTime now);  // of a stream
        void whole(Milliseconds took, SteadyTime now);       // until the head of an answer at once
        void throughput(double tokensPerSecond);
        // The key rests for `pause`; `rejected` marks one that the provider refused.
        void keyFailed(Milliseconds pause, bool rejected, SteadyTime now, std::string why);
        void failed(Failure failure, SteadyTime now);
        // It was given up after so long without a word, which is what is learnt of its speed.
        void tooSlow(Milliseconds waited, bool stream, SteadyTime now);
        // Another one that was asked side by side answered first, after so long: slow is not ill.
        void outrun(Milliseconds waited, bool stream, SteadyTime now);

      private:
        friend class Health;
        Permit(Health& health, const Place& place)
            : m_health(&health), m_providerId(place.provider), m_modelId(place.model) {}

        Health* m_health;  // null: moved from
        std::string m_providerId;
        std::string m_modelId;
        std::size_t m_key = 0;
        std::uint32_t m_keyEpoch = 0;
        bool m_keyOnTrial = false;
        Breaker::Pass m_provider;
        Breaker::Pass m_model;
    };

    std::variant<Permit, Rest> enter(const Place& place, Turn turn, SteadyTime now);
    // Nobody may ask there now, unless as a last resort.
    bool resting(const Place& place, SteadyTime now) const;

    // How a model does just now, for the choice among many.
    struct Standing {
        bool resting = false;        // as resting() says
        double firstTokenMs = 0;     // of a stream, as a rule; 0: none was seen lately
        double tokensPerSecond = 0;  // of output, behind it; 0: not known
    };
    Standing standing(const Place& place, SteadyTime now) const;

    // May a call to this provider be repeated, the `nth` time for this request (from 0)? Then after
    // so long, which is never the same twice. Nothing: too many calls were repetitions lately.
    std::optional<Milliseconds> repeat(std::string_view provider, unsigned nth, SteadyTime now);

    // May another one be asked beside a call to this provider that is slow? It counts as one of its
    // repetitions.
    bool beside(std::string_view provider, SteadyTime now);

    // Nothing where nothing was seen lately.
    std::optional<Speed> speed(std::string_view provider, std::string_view model,
                               SteadyTime now) const;

    // Of every model that was called lately.
    struct Figure {
        std::string provider;
        std::string model;
        bool resting = false;  // it, or its provider; keys aside
        Speed speed{};
    };
    std::vector<Figure> figures(SteadyTime now) const;

    std::vector<Snapshot> snapshot(SteadyTime now) const;
    unsigned revision() const;  // changes with what snapshot() gives

  private:
    struct Key {
        SteadyTime restsUntil{};
        bool rejected = false;
        bool onTrial = false;  // it rested, and nobody knows yet whether it serves again
        bool tried = false;    // just now, by one
        std::uint32_t epoch = 0;
        bool free(SteadyTime now) const { return restsUntil <= now && !(onTrial && tried); }
    };
    struct Model {
        Breaker breaker;
        SpeedMeter meter;
        SteadyTime usedAt{};
        bool missing = false;  // the provider knows no such model: it is not ill
    };
    struct Provider {
        std::vector<Key> keys;
        std::size_t current = 0;
        Breaker breaker;
        RetryBudget budget;
        bool tried = false;
        std::string lastError;
        std::map<std::string, Model, std::less<>> models;
    };
    // These with the lock held.
    static bool rests(const Provider& entry, const Model* model, std::size_t keys, SteadyTime now);
    Provider& at(std::string_view provider, std::size_t keys);
    static Model& modelAt(Provider& entry, std::string_view model, SteadyTime now);
    static std::optional<std::size_t> freeKey(const Provider& entry, std::size_t keys, bool trials,
                                              SteadyTime now, SteadyTime& until);
    static State stateOf(const Provider& entry, SteadyTime now);
    void fail(Provider& entry, Permit& permit, Failure failure, SteadyTime now);

    mutable std::mutex m_mutex;
    Chance m_chance;
    std::map<std::string, Provider, std::less<>> m_providers;
    unsigned m_revision = 0;
};

}  // namespace gr::routing
