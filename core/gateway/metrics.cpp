// SPDX-License-Identifier: MIT
#include "gateway/metrics.h"

#include <algorithm>
#include <string_view>

#include "gateway/attempt_cost.h"
#include "ledger/attempt_sums.h"

namespace gr::gateway {
namespace {

constexpr std::array<std::string_view, 6> kOutcomeNames{
    "answered", "client_gone", "refused", "provider_failed", "stream_broken", "stopped"};

void header(std::string& out, std::string_view name, std::string_view type, std::string_view help) {
    out.append("# HELP ").append(name).append(" ").append(help).append("\n");
    out.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void line(std::string& out, std::string_view name, std::string_view labels, std::uint64_t value) {
    out.append(name).append(labels).append(" ").append(std::to_string(value)).append("\n");
}

void single(std::string& out, std::string_view name, std::string_view type, std::string_view help,
            std::uint64_t value) {
    header(out, name, type, help);
    line(out, name, "", value);
}

}  // namespace

void Metrics::requestEnded(const ledger::RequestRecord& record) {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    m_running.fetch_sub(1, kRelaxed);
    m_outcomes[static_cast<std::size_t>(record.outcome)].fetch_add(1, kRelaxed);
    m_attempts.fetch_add(record.attempts.size(), kRelaxed);
    m_inputTokens.fetch_add(static_cast<std::uint64_t>(record.tokens.inputTotal().value_or(0)),
                            kRelaxed);
    m_outputTokens.fetch_add(static_cast<std::uint64_t>(record.tokens.outputTotal().value_or(0)),
                             kRelaxed);
    m_knownCost.fetch_add(static_cast<std::uint64_t>(ledger::knownCostOf(record.attempts).pico()),
                          kRelaxed);
    m_unknownCost.fetch_add(record.cost ? 0 : 1, kRelaxed);
    m_costDiffers.fetch_add(
        static_cast<std::uint64_t>(std::ranges::count_if(record.attempts, disagrees)), kRelaxed);
    m_milliseconds.fetch_add(static_cast<std::uint64_t>(record.totalMs), kRelaxed);
}

std::string Metrics::text(const ledger::Ledger::Health& ledger) const {
    std::string out;
    header(out, "gaterouter_requests_total", "counter", "Requests by how they ended");
    for (std::size_t i = 0; i < kOutcomes; ++i) {
        line(out, "gaterouter_requests_total",
             "{outcome=\"" + std::string(kOutcomeNames[i]) + "\"}", m_outcomes[i].load());
    }
    single(out, "gaterouter_requests_running", "gauge", "Requests being answered now",
           static_cast<std::uint64_t>(m_running.load()));
    single(out, "gaterouter_requests_refused_at_the_door_total", "counter",
           "Requests refused before they were known to belong to a client",
           m_refusedAtTheDoor.load());
    single(out, "gaterouter_attempts_total", "counter", "Calls to providers", m_attempts.load());
    single(out, "gaterouter_request_milliseconds_total", "counter",
           "Time from request to the end of the answer", m_milliseconds.load());
    header(out, "gen_ai_client_token_usage_total", "counter", "Tokens as the providers counted");
    line(out, "gen_ai_client_token_usage_total", "{gen_ai_token_type=\"input\"}",
         m_inputTokens.load());
    line(out, "gen_ai_client_token_usage_total", "{gen_ai_token_type=\"output\"}",
         m_outputTokens.load());
    header(out, "gaterouter_cost_usd_total", "counter", "US dollars, as far as they are known");
    out.append("gaterouter_cost_usd_total ")
        .append(Money::fromPico(static_cast<std::int64_t>(m_knownCost.load())).toDecimal())
        .append("\n");
    single(out, "gaterouter_requests_of_unknown_cost_total", "counter",
           "Requests with an attempt whose cost is not known", m_unknownCost.load());
    single(out, "gaterouter_cost_differs_total", "counter",
           "Attempts that the provider bills by more than 1 % otherwise than our prices say",
           m_costDiffers.load());
    single(out, "gaterouter_ledger_rows_written_total", "counter", "Rows on disk", ledger.written);
    single(out, "gaterouter_ledger_rows_queued", "gauge", "Rows waiting for the disk",
           ledger.queued);
    single(out, "gaterouter_ledger_rows_lost_total", "counter", "Rows the disk never took",
           ledger.lost);
    return out;
}

}  // namespace gr::gateway
