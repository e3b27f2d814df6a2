// SPDX-License-Identifier: MIT
#include "gateway/replay.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "gateway/auto_choice.h"
#include "gateway/recall.h"
#include "gateway/rule_desk.h"
#include "json/writer.h"

namespace gr::gateway {
namespace {

constexpr int kRowsAtOnce = 2'000;
constexpr std::chrono::minutes kCacheLife{5};
constexpr std::chrono::hours kLongCacheLife{1};

const routing::Listing* listingOf(const routing::Menu& menu, std::size_t offer,
                                  const std::string& model) {
    const auto it = std::find_if(
        menu.listings.begin(), menu.listings.end(),
        [&](const routing::Listing& one) { return one.offer == offer && one.model == model; });
    return it == menu.listings.end() ? nullptr : &*it;
}

void add(ReplaySide& side, const std::string& provider, const std::string& model,
         std::optional<Money> cost) {
    if (provider.empty()) {
        ++side.refused;
        return;
    }
    ++side.answered;
    ++side.models[provider + "/" + model];
    if (cost)
        side.cost = side.cost.plus(*cost).value_or(
            Money::fromPico(std::numeric_limits<std::int64_t>::max()));
    else
        ++side.unknownCost;
}

std::int64_t median(std::vector<std::int64_t> values) {
    if (values.empty())
        return 0;
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

void writeSide(json::Writer& out, const ReplaySide& side) {
    out.object().key("answered").number(side.answered).key("refused").number(side.refused);
    out.key("cost_usd").string(side.cost.toDecimal());
    out.key("unknown_cost").number(side.unknownCost);
    out.key("median_ms").number(side.medianMs).key("models").object();
    for (const auto& [name, count] : side.models)
        out.key(name).number(count);
    out.end().end();
}

}  // namespace

void Replay::take(const ledger::StoredRecord& row) {
    const ledger::RequestRecord& record = row.record;
    auto known = recall(record, *m_snapshot);
    if (!known || !known->traced || record.outcome != ledger::Outcome::Answered ||
        record.provider.empty()) {
        ++m_report.left;
        return;
    }
    const routing::NeededFacts& needed = m_snapshot->neededFacts;
    const bool untold = (needed.secret && !known->known.secret) ||
                        (needed.code && !known->known.code) ||
                        (needed.language && !known->known.language) || !needed.headers.empty();
    m_report.unexamined += untold ? 1 : 0;
    const Outcome outcome = follow(record, std::move(known->facts));
    ++m_report.requests;
    add(m_report.before, record.provider, record.model, record.cost);
    m_msBefore.push_back(record.totalMs);
    add(m_report.after, outcome.provider, outcome.model, outcome.cost);
    m_report.changed +=
        outcome.provider != record.provider || outcome.model != record.model ? 1 : 0;
    if (!outcome.provider.empty())
        m_msAfter.push_back(outcome.ms);
}

Replay::Outcome Replay::follow(const ledger::RequestRecord& record, routing::RequestFacts facts) {
    Outcome outcome = outcomeOf(record, facts);
    if (!outcome.provider.empty() && !facts.session.empty())
        m_sessions.answered(facts.session,
                            {outcome.provider, outcome.model, steadyOf(record.startedAt),
                             record.tokens.inputTotal().value_or(facts.promptTokens)},
                            outcome.cost.value_or(Money()));
    return outcome;
}

Replay::Outcome Replay::outcomeOf(const ledger::RequestRecord& record,
                                  routing::RequestFacts& facts) {
    const SteadyTime now = steadyOf(record.startedAt);
    if (const auto session = m_sessions.find(facts.session, now))
        facts.sessionSpent = session->spent;
    Outcome outcome;
    const bool predicted = !facts.prediction.known.empty();
    if (m_snapshot->scorer)
        adapt(facts.prediction, *m_snapshot->scorer);

    const routing::RuleEffect effect = recallRules(*m_snapshot, record.startedAt, facts);
    if (effect.refuse)
        return outcome;
    if (effect.effort)
        outcome.effort = effect.effort->second;
    if (effect.maxCost)
        outcome.most = effect.maxCost->second;
    protocol::Ask ask;
    ask.model = record.askedModel;
    tightenMaximum(effect, ask.wishes);
    const ClientEntry* const client = clientOf(*m_snapshot->policy, record.client);
    AutoChoice choice(*m_snapshot, client, ask, facts,
                      {nullptr, &m_sessions, nullptr, record.startedAt, now, &effect});
    const routing::AutoSource autos = [&choice](std::string_view name) {
        return choice.picks(name);
    };
    const settings::Routing& rules = m_snapshot->policy->routing;
    routing::RouteAsk question{routedModel(effect, ask.model), nullptr, nullptr, rules.fallback,
                               record.client};
    question.rules = &effect;
    question.autos = &autos;
    if (client != nullptr)
        question.allowedModels = &client->models;
    auto decision =
        routing::route(question, m_snapshot->offers, m_snapshot->aliases, rules.defaultModel);
    outcome.guessed = !predicted && choice.inputs() != nullptr;
    if (!decision)
        return outcome;
    m_snapshot->leaveOutUnable(*decision, facts);
    const routing::Candidate& first = decision->candidates.front();
    outcome.provider = m_snapshot->offers[first.offer].provider;
    outcome.model = first.model;
    price(outcome, first.offer, record, facts);
    return outcome;
}

void Replay::price(Outcome& outcome, std::size_t offer, const ledger::RequestRecord& record,
                   const routing::RequestFacts& facts) const {
    if (outcome.provider == record.provider && outcome.model == record.model) {
        outcome.cost = record.cost;
        outcome.ms = record.totalMs;
        return;
    }
    const std::int64_t output = record.tokens.outputTotal().value_or(0);
    if (const auto* listing = listingOf(m_snapshot->menu, offer, outcome.model))
        outcome.ms = static_cast<std::int64_t>(
            listing->usualFirstMs + 1'000 * static_cast<double>(output) / listing->usualRate);
    const Quote quote = m_snapshot->quoteFor(offer, outcome.model);
    if (quote.free)
        outcome.cost = Money();
    if (quote.free || !quote.price || !record.tokens.known())
        return;
    const std::int64_t input = record.tokens.inputTotal().value_or(facts.promptTokens);
    const std::int64_t warm =
        std::min(warmTokens(outcome, facts, steadyOf(record.startedAt)), input);
    const TokenUsage tokens{.input = input - warm, .cacheRead = warm, .output = output};
    outcome.cost = catalog::costOf(*quote.price, tokens, record.startedAt);
}

// Of the prompt's beginning, what the session's earlier requests left in this model's cache.
std::int64_t Replay::warmTokens(const Outcome& outcome, const routing::RequestFacts& facts,
                                SteadyTime now) const {
    const auto session = m_sessions.find(facts.session, now);
    if (!session)
        return 0;
    const auto kept = facts.cacheMarks == routing::CacheMarks::OneHour
                          ? std::chrono::minutes(kLongCacheLife)
                          : kCacheLife;
    for (const routing::SessionMemory::Served& served : session->served) {
        if (served.provider == outcome.provider && served.model == outcome.model)
            return now < served.at + kept ? std::min(served.promptTokens, facts.prefixTokens) : 0;
    }
    return 0;
}

ReplayReport Replay::report() const {
    ReplayReport report = m_report;
    report.before.medianMs = median(m_msBefore);
    report.after.medianMs = median(m_msAfter);
    return report;
}

SnapshotPtr snapshotToTry(Policy policy) {
    for (ProviderEntry& provider : policy.providers)
        provider.needsKey = provider.needsKey && !provider.keys.empty();
    return makeSnapshot(std::make_shared<const Policy>(std::move(policy)));
}

Result<ReplayReport> replay(ledger::Reader& reader, SnapshotPtr snapshot, UnixMs from, UnixMs to,
                            const ReplayProgress& progress) {
    ledger::Filter range;
    range.from = from;
    range.to = to;
    const auto totals = reader.totals(range);
    if (!totals)
        return fail(totals.error());
    Replay run(std::move(snapshot));
    std::int64_t last = 0;
    std::int64_t done = 0;
    for (;;) {
        const auto rows = reader.traced(from, last, kRowsAtOnce);
        if (!rows)
            return fail(rows.error());
        for (const ledger::StoredRecord& row : *rows) {
            last = row.sequence;
            if (row.record.startedAt < to) {
                run.take(row);
                ++done;
            }
        }
        if (progress && !progress(done, std::max(totals->requests, done)))
            return fail(ErrorCode::Cancelled, "The replay was cancelled.");
        if (rows->size() < static_cast<std::size_t>(kRowsAtOnce))
            break;
    }
    ReplayReport report = run.report();
    report.left += std::max<std::int64_t>(totals->requests - done, 0);
    return report;
}

std::string replayBody(const ReplayReport& report) {
    json::Writer out;
    out.object().key("requests").number(report.requests).key("left").number(report.left);
    out.key("changed").number(report.changed);
    out.key("unexamined").number(report.unexamined).key("before");
    writeSide(out, report.before);
    out.key("after");
    writeSide(out, report.after);
    return out.end().take();
}

}  // namespace gr::gateway
