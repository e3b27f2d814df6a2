// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "routing/prediction.h"

// What this user's own requests teach about models: how their answers turned out against what was
// predicted. It stays on this machine and can be forgotten.
namespace gr::routing {

// How an answer turned out, as far as it can be seen without understanding it.
enum class Outcome : std::uint8_t {
    ThumbsUp,
    ThumbsDown,
    WentOn,       // the conversation goes on from it
    Regenerated,  // the same was asked again
    ToolFailed,   // the call that it asked for failed
    Truncated,    // it ended at the model's limit
    Misshapen,    // it is not JSON of the shape that was asked for
};

// As requests say it ("thumbs_up", …); and back, nothing for another word.
std::string_view nameOf(Outcome outcome);

// An answer that was given.
struct Served {
    std::string model;  // as its provider calls it
    Domain domain = Domain::Everyday;
    double expected = 0.5;  // 0 to 1: the quality that was predicted
};

// By how much qualities are corrected. Immutable; any thread.
class Corrections final {
  public:
    // To be added to the predicted quality: -0.25 to 0.25.
    double of(std::string_view model, Domain domain) const;
    bool empty() const { return m_models.empty() && !m_anyShared; }

  private:
    friend class Experience;
    using PerDomain = std::array<double, kDomainNames.size()>;
    PerDomain m_shared{};
    bool m_anyShared = false;
    std::map<std::string, PerDomain, std::less<>> m_models;
};

// The sums behind it. For each kind of work one offset that all models share, since what is seen of
// an answer is not what benchmarks measure; then how far each model departs from it. Either counts
// by what of it lies beyond two standard errors; what is old weighs less, half after 60 days.
// Bounded: the models seen least lately go first. Any thread, under one short lock.
class Experience final {
  public:
    explicit Experience(std::size_t mostModels = 1'000) : m_most(mostModels) {}

    void learn(const Served& answer, Outcome outcome, UnixMs now);
    void forget();

    // Never null. As of the last that was learnt.
    std::shared_ptr<const Corrections> corrections() const;

    struct Row {
        Domain domain = Domain::Everyday;
        std::string model;     // empty: what all share
        double weight = 0;     // of the outcomes
        double departure = 0;  // of what was seen from what was predicted, for a model from `all`
        double error = 0;      // standard error of it
        double counts = 0;     // of the departure
    };
    std::vector<Row> rows() const;

    // As JSON, for a file; and from there. Errors: InvalidJson, InvalidField where it is none of
    // ours. Reading replaces what was learnt.
    std::string text() const;
    Result<void> read(std::string_view text);
    unsigned revision() const;  // changes with what text() gives

  private:
    struct Sum {
        double weight = 0;
        double departure = 0;  // weight × (seen − predicted)
        double variance = 0;   // weight² × predicted × (1 − predicted)
    };
    struct Model {
        std::array<Sum, kDomainNames.size()> domains;
        UnixMs at;  // of the last; older ones are weighed as of then
    };
    std::vector<Row> rowsLocked() const;
    void correct();

    const std::size_t m_most;
    mutable std::mutex m_mutex;
    std::map<std::string, Model, std::less<>> m_models;
    std::shared_ptr<const Corrections> m_corrections = std::make_shared<const Corrections>();
    unsigned m_revision = 0;
};

}  // namespace gr::routing
