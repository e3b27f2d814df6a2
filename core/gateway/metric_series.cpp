// SPDX-License-Identifier: MIT
#include "gateway/metric_series.h"

#include <algorithm>
#include <functional>
#include <span>
#include <utility>

#include "gateway/policy.h"
#include "ledger/attempt_sums.h"

namespace gr::gateway {
namespace {

using Pair = std::pair<std::string_view, std::string_view>;

// Names that the conventions prescribe where they fit.
constexpr std::array<Pair, 6> kOperations{{{"chat.completions", "chat"},
                                           {"responses", "chat"},
                                           {"messages", "chat"},
                                           {"generateContent", "generate_content"},
                                           {"completions", "text_completion"},
                                           {"embeddings", "embeddings"}}};
constexpr std::array<Pair, 4> kProviders{{{"gemini", "gcp.gemini"},
                                          {"google", "gcp.gemini"},
                                          {"mistral", "mistral_ai"},
                                          {"xai", "x_ai"}}};

std::string_view inConventions(std::span<const Pair> names, std::string_view own) {
    const auto it = std::ranges::find(names, own, &Pair::first);
    return it != names.end() ? it->second : own;
}

template <const auto& Bounds>
std::vector<std::string> texts(std::uint64_t unit) {
    std::vector<std::string> out;
    for (const std::uint64_t bound : Bounds)
        out.push_back(thousandths(bound * unit));
    return out;
}

MetricLabels labelsOf(const MetricSeries& series) {
    MetricLabels labels;
    addLabel(labels, "gen_ai_operation_name", series.operation);
    addLabel(labels, "gen_ai_provider_name", series.provider);
    addLabel(labels, "gen_ai_request_model", series.model);
    addLabel(labels, "gaterouter_client", series.client);
    return labels;
}

void addDuration(MetricSeries& series, std::string_view error, std::uint64_t ms) {
    auto& all = series.durations;
    auto it = std::ranges::find(all, error, &MetricSeries::Durations::error);
    if (it == all.end() && all.size() >= MetricSeries::kMostErrors) {
        error = "_OTHER";
        it = std::ranges::find(all, error, &MetricSeries::Durations::error);
    }
    if (it == all.end())
        it = all.insert(all.end(), MetricSeries::Durations{std::string(error), {}});
    it->histogram.add(ms);
}

}  // namespace

MetricSeries& MetricSeriesBook::seriesOf(const Names& names) {
    const std::hash<std::string_view> hash;
    std::size_t place = hash(names.model) * 31 + hash(names.client);
    place = (place * 31 + hash(names.provider)) * 31 + hash(names.operation);
    for (place %= kPlaces; m_places[place] != nullptr; place = (place + 1) % kPlaces) {
        MetricSeries& series = *m_places[place];
        if (series.model == names.model && series.client == names.client &&
            series.provider == names.provider && series.operation == names.operation)
            return series;
    }
    const auto made = [](const Names& n) {
        auto series = std::make_unique<MetricSeries>();
        series->operation = n.operation;
        series->provider = n.provider;
        series->model = n.model;
        series->client = n.client;
        return series;
    };
    if (m_series.size() < kMostSeries) {
        m_places[place] = m_series.emplace_back(made(names)).get();
        return *m_places[place];
    }
    if (!m_other)
        m_other = made({"other", "other", "other", "other"});
    return *m_other;
}

void MetricSeriesBook::add(const ledger::RequestRecord& record) {
    const auto count = [](std::int64_t value) {
        return static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
    };
    const auto input = record.tokens.inputTotal();
    const auto output = record.tokens.outputTotal();
    const std::uint64_t cost = count(ledger::knownCostOf(record.attempts).pico());
    // What never reached a provider was answered here.
    const std::string_view provider =
        record.provider.empty() ? "gaterouter" : inConventions(kProviders, record.provider);
    const Names names{
        inConventions(kOperations, record.endpoint), provider, record.model,
        // One name for all, or they would use up the series.
        record.client.starts_with("x402:") ? kPayer : std::string_view(record.client)};
    const std::lock_guard lock(m_mutex);
    MetricSeries& series = seriesOf(names);
    // What is not known is not counted: it is no zero.
    if (input)
        series.input.add(count(*input));
    if (output)
        series.output.add(count(*output));
    if (record.firstTokenMs && record.outcome == ledger::Outcome::Answered)
        series.firstToken.add(count(*record.firstTokenMs));
    addDuration(series, record.error, count(record.totalMs));
    series.costPico += cost;
    series.unknownCost += record.cost ? 0 : 1;
}

std::vector<MetricSeries> MetricSeriesBook::copy() const {
    const std::lock_guard lock(m_mutex);
    std::vector<MetricSeries> out;
    out.reserve(m_series.size() + 1);
    for (const auto& series : m_series)
        out.push_back(*series);
    if (m_other)
        out.push_back(*m_other);
    return out;
}

void MetricSeriesBook::write(MetricsText& out) const {
    static const std::vector<std::string> kTokens = texts<kTokenBounds>(1'000);
    static const std::vector<std::string> kDurations = texts<kDurationBounds>(1);
    static const std::vector<std::string> kFirstTokens = texts<kFirstTokenBounds>(1);
    const std::vector<MetricSeries> all = copy();

    out.family("gen_ai_client_token_usage", "histogram", "Tokens, as the providers counted");
    for (const MetricSeries& series : all) {
        for (const auto& [type, histogram] :
             {std::pair("input", &series.input), std::pair("output", &series.output)}) {
            MetricLabels labels = labelsOf(series);
            addLabel(labels, "gen_ai_token_type", type);
            if (!histogram->empty)
                out.histogram(labels, kTokens, histogram->counts, std::to_string(histogram->sum));
        }
    }
    out.family("gen_ai_server_request_duration_seconds", "histogram",
               "From the request to the end of its answer");
    for (const MetricSeries& series : all) {
        for (const auto& [error, histogram] : series.durations) {
            MetricLabels labels = labelsOf(series);
            if (!error.empty())
                addLabel(labels, "error_type", error);
            out.histogram(labels, kDurations, histogram.counts, thousandths(histogram.sum));
        }
    }
    out.family("gen_ai_server_time_to_first_token_seconds", "histogram",
               "From the request to the first content of a good answer");
    for (const MetricSeries& series : all) {
        if (!series.firstToken.empty)
            out.histogram(labelsOf(series), kFirstTokens, series.firstToken.counts,
                          thousandths(series.firstToken.sum));
    }
    out.family("gaterouter_cost_usd_total", "counter", "US dollars, as far as they are known");
    for (const MetricSeries& series : all)
        out.sample(labelsOf(series),
                   Money::fromPico(static_cast<std::int64_t>(series.costPico)).toDecimal());
    out.family("gaterouter_requests_of_unknown_cost_total", "counter",
               "Requests with an attempt whose cost is not known");
    for (const MetricSeries& series : all)
        out.sample(labelsOf(series), series.unknownCost);
}

}  // namespace gr::gateway
