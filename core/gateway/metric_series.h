// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/metrics_text.h"
#include "ledger/entry.h"

// What requests took by operation, provider, model and client, under the names of OpenTelemetry's
// conventions for generative AI (gen-ai-metrics, "Development"), in histograms with the bounds that
// they recommend.
namespace gr::gateway {

// Upper bounds, in tokens and in milliseconds.
inline constexpr std::array<std::uint64_t, 14> kTokenBounds{
    1,      4,      16,      64,        256,       1'024,      4'096,
    16'384, 65'536, 262'144, 1'048'576, 4'194'304, 16'777'216, 67'108'864};
inline constexpr std::array<std::uint64_t, 14> kDurationBounds{
    10, 20, 40, 80, 160, 320, 640, 1'280, 2'560, 5'120, 10'240, 20'480, 40'960, 81'920};
inline constexpr std::array<std::uint64_t, 16> kFirstTokenBounds{
    1, 5, 10, 20, 40, 60, 80, 100, 250, 500, 750, 1'000, 2'500, 5'000, 7'500, 10'000};

template <const auto& Bounds>
struct MetricHistogram {
    std::array<std::uint64_t, Bounds.size() + 1> counts{};
    std::uint64_t sum = 0;
    bool empty = true;

    void add(std::uint64_t value) {
        std::size_t i = 0;
        while (i < Bounds.size() && value > Bounds[i])
            ++i;
        ++counts[i];
        sum += value;
        empty = false;
    }
};

struct MetricSeries {
    // So many kinds of errors are told apart; the others are "_OTHER", as the conventions say.
    static constexpr std::size_t kMostErrors = 6;
    struct Durations {
        std::string error;  // slug; empty: none
        MetricHistogram<kDurationBounds> histogram;
    };

    std::string operation;
    std::string provider;
    std::string model;
    std::string client;
    MetricHistogram<kTokenBounds> input;
    MetricHistogram<kTokenBounds> output;
    MetricHistogram<kFirstTokenBounds> firstToken;
    std::vector<Durations> durations;
    std::uint64_t costPico = 0;     // as far as it is known
    std::uint64_t unknownCost = 0;  // requests with an attempt of unknown cost
};

// The series of all requests since the start. The first 200 sets of names are told apart, the
// rest goes to one of the name "other": who asks for made-up models fills no memory. Any thread;
// one short lock, and no allocation for names that are known.
class MetricSeriesBook final {
  public:
    static constexpr std::size_t kMostSeries = 200;

    void add(const ledger::RequestRecord& record);
    void write(MetricsText& out) const;

  private:
    struct Names {
        std::string_view operation;
        std::string_view provider;
        std::string_view model;
        std::string_view client;
    };
    MetricSeries& seriesOf(const Names& names);
    std::vector<MetricSeries> copy() const;

    static constexpr std::size_t kPlaces = 512;
    mutable std::mutex m_mutex;
    std::vector<std::unique_ptr<MetricSeries>> m_series;
    std::array<MetricSeries*, kPlaces> m_places{};  // by hash, the next free one on collision
    std::unique_ptr<MetricSeries> m_other;
};

}  // namespace gr::gateway
