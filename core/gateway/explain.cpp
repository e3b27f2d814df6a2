// SPDX-License-Identifier: MIT
#include "gateway/explain.h"

#include <algorithm>
#include <cmath>

#include "gateway/policy_builder.h"
#include "gateway/recall.h"
#include "gateway/rule_desk.h"
#include "gateway/worst_cost.h"
#include "json/writer.h"
#include "protocol/ask.h"
#include "routing/facts_reader.h"
#include "routing/flip.h"

namespace gr::gateway {
namespace {

using routing::Candidate;
using routing::Listing;
using routing::Pick;

// Whose request it is, by the members that only one protocol has.
Result<protocol::Ask> readAnyAsk(const ExplainAsk& asked) {
    const auto object = json::scanObject(asked.body);
    if (!object)
        return fail(object.error());
    protocol::PathAsk path;
    if (object->find("contents") != nullptr) {
        const json::Member* const model = object->find("model");
        if (model != nullptr && model->type == json::Type::String)
            path.model = json::unescape(object->raw(*model));
        return protocol::readAsk(protocol::Protocol::Gemini, asked.body, path);
    }
    if (object->find("input") != nullptr && object->find("messages") == nullptr)
        return protocol::readAsk(protocol::Protocol::OpenAiResponses, asked.body);
    const bool anthropic =
        asked.headers != nullptr && asked.headers->find("anthropic-version").has_value();
    return protocol::readAsk(
        anthropic ? protocol::Protocol::Anthropic : protocol::Protocol::OpenAiChat, asked.body);
}

std::string moneyText(double usd) {
    constexpr double kNano = 1e9;  // expected costs are no exacter
    return Money::fromPico(std::llround(usd * kNano) * 1'000).toDecimal();
}

routing::RequestFacts factsOf(const ExplainAsk& asked, const protocol::Ask& ask) {
    if (asked.sessions == nullptr || asked.client == nullptr)
        return routing::readFacts(ask, asked.body, {});
    auto facts = asked.sessions->factsOf(ask, asked.body, asked.client->id, asked.sight.now);
    if (asked.ids != nullptr)
        facts.stateOf = asked.ids->keeperOf(facts.stateId, asked.client->id);
    return facts;
}

// What a request that is looked at says, and what rules want of it.
struct Looked {
    protocol::Ask ask;
    routing::RequestFacts facts;
    routing::RuleEffect rules;
    std::optional<std::vector<std::string_view>> unexamined{};  // of one that was recorded
};

std::vector<std::string_view> unexaminedIn(const routing::NeededFacts& needed,
                                           const routing::Known& known) {
    std::vector<std::string_view> names;
    const auto name = [&names](bool wanted, bool is, std::string_view what) {
        if (wanted && !is)
            names.push_back(what);
    };
    name(needed.secret, known.secret, "secrets");
    name(needed.code, known.code, "code");
    name(needed.language, known.language, "language");
    name(!needed.headers.empty(), false, "headers");
    return names;
}

Result<Looked> look(const ExplainAsk& asked, const Snapshot& snapshot) {
    auto ask = readAnyAsk(asked);
    if (!ask)
        return fail(ask.error());
    static const http::Fields kNone;
    const http::Fields& headers = asked.headers != nullptr ? *asked.headers : kNone;
    Looked looked{std::move(*ask), {}, {}};
    if (const auto wishes = protocol::readWishes(headers, looked.ask.wishes); !wishes)
        return fail(wishes.error());
    looked.facts = factsOf(asked, looked.ask);
    const RuledRequest request{headers, asked.body, true, asked.sight.when};
    looked.rules = askRules(snapshot, request, looked.facts);
    if (auto ok = checkRefusal(looked.rules); !ok)
        return fail(ok.error());
    tightenMaximum(looked.rules, looked.ask.wishes);
    return looked;
}

AutoSight withRules(AutoSight sight, const routing::RuleEffect& rules) {
    sight.rules = &rules;
    return sight;
}

// One use: a decision, and what it looked at.
class Explanation final {
  public:
    Explanation(const ExplainAsk& asked, const Snapshot& snapshot, Looked& looked)
        : m_asked(asked),
          m_snapshot(snapshot),
          m_ask(looked.ask),
          m_facts(looked.facts),
          m_rules(looked.rules),
          m_unexamined(looked.unexamined),
          m_auto(snapshot, asked.client, m_ask, m_facts, withRules(asked.sight, m_rules)) {}

    Result<std::string> run() {
        const settings::Routing& rules = m_snapshot.policy->routing;
        routing::RouteAsk question{routedModel(m_rules, m_ask.model), &m_ask.fallbacks, nullptr,
                                   rules.fallback};
        question.rules = &m_rules;
        if (m_asked.client != nullptr) {
            question.allowedModels = &m_asked.client->models;
            question.client = m_asked.client->id;
        }
        const routing::AutoSource autos = [this](std::string_view name) {
            return m_auto.picks(name);
        };
        question.autos = &autos;
        auto decision =
            routing::route(question, m_snapshot.offers, m_snapshot.aliases, rules.defaultModel);
        if (!decision)
            return fail(decision.error());
        m_snapshot.leaveOutUnable(*decision, m_facts);
        write(*decision);
        return m_out.take();
    }

  private:
    void write(const routing::RouteDecision& decision) {
        m_out.object().key("model").string(m_ask.model).key("candidates").array();
        std::optional<protocol::Bound> bound;
        if (!m_unexamined)
            bound = protocol::boundOf(m_ask, m_asked.body);
        for (const Candidate& candidate : decision.candidates)
            writeCandidate(candidate, bound);
        m_out.end().key("rejected").array();
        for (const routing::Rejected& rejected : decision.rejected)
            writeRow(rejected.provider, rejected.model, rejected.reason).end();
        if (m_auto.inputs() != nullptr)
            writeOutdone();
        m_out.end();
        writeRules();
        writeFacts();
        if (m_unexamined)
            writeUnexamined();
        if (m_auto.inputs() != nullptr)
            writeChoice();
        m_out.end();
    }

    json::Writer& writeRow(std::string_view provider, std::string_view model,
                           std::string_view reason) {
        m_out.object().key("provider").string(provider).key("model").string(model);
        return m_out.key("reason").string(reason);
    }

    void writeMoney(std::string_view key, const std::optional<std::string>& amount) {
        m_out.key(key);
        if (amount)
            m_out.string(*amount);
        else
            m_out.null();
    }

    void writeCandidate(const Candidate& candidate, const std::optional<protocol::Bound>& bound) {
        writeRow(m_snapshot.offers[candidate.offer].provider, candidate.model, candidate.reason);
        writeMoney("expected_cost", expectedOf(candidate));
        std::optional<Money> worst;
        if (bound)
            worst =
                worstCost(m_snapshot, *bound, candidate.offer, candidate.model, m_asked.sight.when);
        writeMoney("worst_cost", worst ? std::optional(worst->toDecimal()) : std::nullopt);
        writeSpeed(candidate);
        if (const Pick* pick = pickOf(candidate))
            writePick(*pick);
        m_out.end();
    }

    // As one that `auto` picked, with its cache; else cold.
    std::optional<std::string> expectedOf(const Candidate& candidate) const {
        std::optional<double> cost;
        if (const Pick* pick = pickOf(candidate)) {
            cost = costNow(m_snapshot.menu, *pick, m_auto.choice().turn, m_asked.sight.when);
        } else {
            const Quote quote = m_snapshot.quoteFor(candidate.offer, candidate.model);
            routing::Turn turn = routing::turnOf(m_facts);
            turn.more = 0;
            if (quote.free)
                cost = 0;
            else if (quote.price)
                cost = expectedCost(*quote.price, routing::CacheHabit::Automatic, turn, 0,
                                    m_asked.sight.when);
        }
        return cost ? std::optional(moneyText(*cost)) : std::nullopt;
    }

    void writeSpeed(const Candidate& candidate) {
        m_out.key("first_token_ms");
        double first = 0;
        if (m_asked.sight.health != nullptr) {
            const upstream::Provider& provider = m_snapshot.providers[candidate.offer];
            first = m_asked.sight.health
                        ->standing({provider.id, candidate.model, provider.keys.size()},
                                   m_asked.sight.now)
                        .firstTokenMs;
        }
        if (first > 0)
            m_out.number(std::llround(first));
        else
            m_out.null();
    }

    const Pick* pickOf(const Candidate& candidate) const {
        if (m_auto.inputs() == nullptr)
            return nullptr;
        for (const Pick& pick : m_auto.choice().picks) {
            const Listing& listing = m_snapshot.menu.listings[pick.listing];
            if (listing.offer == candidate.offer && listing.model == candidate.model)
                return &pick;
        }
        return nullptr;
    }

    json::Writer& writeNumber(std::string_view key, double value, int places = 4) {
        return m_out.key(key).raw(fixedText(value, places));
    }

    void writePick(const Pick& pick) {
        writeNumber("quality", pick.quality);
        m_out.key("measured")
            .boolean(m_snapshot.menu.listings[pick.listing].profile.known.has_value());
        writeNumber("seconds", pick.seconds, 1);
        m_out.key("speed_seen").boolean(pick.speedSeen);
        m_out.key("cached_tokens").number(pick.warmTokens);
        m_out.key("rests").boolean(pick.rank == routing::Rank::Resting);
        m_out.key("contributions").object();
        writeNumber("quality", pick.quality);
        writeNumber("cost", pick.costTerm);
        writeNumber("latency", pick.latencyTerm);
        writeNumber("session", pick.stickyTerm);
        writeNumber("rules", pick.rulesTerm);
        m_out.end();
        writeNumber("score", pick.score);
    }

    // What was not even looked at.
    void writeOutdone() {
        const auto& considered = m_auto.inputs()->considered;
        std::vector<bool> seen(m_snapshot.menu.listings.size());
        for (const std::size_t index : considered)
            seen[index] = true;
        for (std::size_t i = 0; i < seen.size(); ++i) {
            const Listing& listing = m_snapshot.menu.listings[i];
            if (seen[i])
                continue;
            const std::string_view why = unfit(listing);
            writeRow(listing.abilities.provider, listing.model,
                     why.empty() ? "Others can do as much for less." : why)
                .end();
        }
    }

    void writeRules() {
        m_out.key("rules").array();
        for (const std::size_t rule : m_rules.matched)
            m_out.string(m_rules.titleOf(rule));
        m_out.end();
    }

    void writeUnexamined() {
        m_out.key("unexamined").array();
        for (const std::string_view what : *m_unexamined)
            m_out.string(what);
        m_out.end();
    }

    void writeFacts() {
        m_out.key("facts").object();
        m_out.key("prompt_tokens").number(m_facts.promptTokens);
        m_out.key("repeated_tokens").number(m_facts.prefixTokens);
        m_out.key("turns").number(m_facts.turns);
        m_out.key("tools").number(static_cast<std::int64_t>(m_facts.toolCount));
        const routing::Prediction& prediction = m_facts.prediction;
        if (!prediction.known.empty()) {
            m_out.key("domain").string(
                routing::kDomainNames[static_cast<std::size_t>(prediction.likeliest())]);
            writeNumber("difficulty", static_cast<double>(prediction.difficulty));
            writeNumber("confidence", static_cast<double>(prediction.confidence));
        }
        m_out.end();
    }

    void writeChoice() {
        const routing::Wish& wish = m_auto.inputs()->wish;
        const routing::Dial::Knot knot = m_snapshot.menu.dial.at(wish.dial);
        writeNumber("preference", wish.dial, 2);
        m_out.key("fast").boolean(wish.fast);
        m_out.key("dial").object();
        writeNumber("weight", m_auto.choice().weight);
        writeNumber("strong_share", knot.strong, 2);
        writeNumber("saving", knot.saving, 2);
        m_out.end();
        const auto flips = routing::flipsOf(
            m_auto.choice(), m_auto.inputs()->situation, wish,
            [this](const routing::Situation& situation, const routing::Wish& wished) {
                return m_auto.chooseAgain(situation, wished);
            });
        m_out.key("flip");
        if (flips.empty())
            m_out.null();
        else
            writeFlip(flips.front());
        m_out.key("flips").array();
        for (const routing::Flip& flip : flips)
            writeFlip(flip);
        m_out.end();
    }

    void writeFlip(const routing::Flip& flip) {
        m_out.object().key("what").string(nameOf(flip.what));
        if (flip.what == routing::Flip::What::Preference) {
            writeNumber("from", flip.from, 2);
            writeNumber("to", flip.to, 2);
        }
        m_out.key("choice").string(m_snapshot.menu.listings[flip.listing].name).end();
    }

    const ExplainAsk& m_asked;
    const Snapshot& m_snapshot;
    const protocol::Ask& m_ask;
    routing::RequestFacts& m_facts;
    const routing::RuleEffect& m_rules;
    const std::optional<std::vector<std::string_view>>& m_unexamined;
    AutoChoice m_auto;
    json::Writer m_out;
};

}  // namespace

Result<std::string> explainRoute(const ExplainAsk& ask, const Snapshot& snapshot) {
    auto looked = look(ask, snapshot);
    if (!looked)
        return fail(looked.error());
    return Explanation(ask, snapshot, *looked).run();
}

Result<std::string> explainRoute(std::string_view body, const settings::Settings& settings,
                                 const catalog::Catalog& catalog, settings::SecretSource& secrets) {
    BuiltPolicy built = buildPolicy(settings, catalog, secrets, {});
    const SnapshotPtr snapshot =
        makeSnapshot(std::make_shared<const Policy>(std::move(built.policy)));
    ExplainAsk ask;
    ask.body = body;
    const SystemClock clock;
    ask.sight.when = clock.now();
    ask.sight.now = clock.steady();
    return explainRoute(ask, *snapshot);
}

Result<std::string> explainRecorded(const ledger::RequestRecord& record, const Snapshot& snapshot) {
    auto known = recall(record, snapshot);
    if (!known || !known->traced)
        return fail(ErrorCode::RecordNotFound,
                    "Nothing is kept of this request that it could be decided by. Requests for "
                    "\"auto\", and those that rules ask about, leave what it takes.");
    Looked looked{
        {}, std::move(known->facts), {}, unexaminedIn(snapshot.neededFacts, known->known)};
    if (snapshot.scorer && known->known.prediction)
        adapt(looked.facts.prediction, *snapshot.scorer);
    looked.ask.model = record.askedModel;
    looked.rules = recallRules(snapshot, record.startedAt, looked.facts);
    if (auto ok = checkRefusal(looked.rules); !ok)
        return fail(ok.error());
    tightenMaximum(looked.rules, looked.ask.wishes);
    ExplainAsk ask;
    ask.client = clientOf(*snapshot.policy, record.client);
    ask.sight.when = record.startedAt;
    ask.sight.now = steadyOf(record.startedAt);
    return Explanation(ask, snapshot, looked).run();
}

}  // namespace gr::gateway
