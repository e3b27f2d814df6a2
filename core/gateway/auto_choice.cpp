// SPDX-License-Identifier: MIT
#include "gateway/auto_choice.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "routing/explore.h"

namespace gr::gateway {
namespace {

using routing::AutoPicks;
using routing::Listing;
using routing::Wish;

constexpr float kTelling = 0.3F;  // less familiar prompts are not called by a kind of work

// Of the limits in USD that hold for this client: how far the one is used up that is furthest
// ahead of its time.
void readBudget(const ledger::Budget& budget, std::string_view client,
                routing::Situation& situation) {
    const ledger::Moment now = ledger::Moment::now();
    double most = 0;
    const ledger::Spender whose{client, {}, {}, {}};
    for (const ledger::LimitState& state : budget.states(now, &whose)) {
        const ledger::Limit& limit = state.limit;
        const ledger::Window& window = state.window;
        if (limit.unit != ledger::LimitUnit::Usd || window.end == ledger::kEndOfTime ||
            window.end <= window.start)
            continue;
        const auto share = [](std::int64_t part, std::int64_t whole) {
            return whole <= 0 ? 1.0
                              : std::clamp(static_cast<double>(part) / static_cast<double>(whole),
                                           0.0, 1.0);
        };
        const double spent = share(state.spent + state.reserved, limit.amount + state.allowed);
        const double elapsed = share(now.wall.value - window.start, window.end - window.start);
        if (const double ahead = (spent - elapsed) / std::max(1 - elapsed, 1e-9); ahead > most) {
            most = ahead;
            situation.spent = spent;
            situation.elapsed = elapsed;
        }
    }
}

std::string dollars(double usd) {
    const int places =
        usd <= 0 ? 2 : std::clamp(1 - static_cast<int>(std::floor(std::log10(usd))), 2, 9);
    return "$" + fixedText(usd, places);
}

}  // namespace

std::string fixedText(double value, int places) {
    std::array<char, 64> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value,
                                   std::chars_format::fixed, places);
    return {text.data(), end.ptr};
}

std::string reasonOf(const routing::Menu& menu, const routing::Pick& pick,
                     const routing::Choice& choice, const routing::Prediction& prediction,
                     UnixMs when) {
    std::string reason = "auto: ";
    if (prediction.confidence >= kTelling) {
        reason += routing::kDomainNames[static_cast<std::size_t>(prediction.likeliest())];
        reason += ", ";
    }
    reason += "quality " + fixedText(pick.quality, 2);
    const auto cost = costNow(menu, pick, choice.turn, when);
    if (!cost)
        reason += ", price unknown";
    else if (menu.listings[pick.listing].free)
        reason += ", free";
    else
        reason += ", about " + dollars(*cost);
    if (pick.rank == routing::Rank::Resting)
        reason += ", rests";
    return reason;
}

AutoChoice::AutoChoice(const Snapshot& snapshot, const ClientEntry* client,
                       const protocol::Ask& ask, routing::RequestFacts& facts,
                       const AutoSight& sight)
    : m_snapshot(snapshot), m_client(client), m_ask(ask), m_facts(facts), m_sight(sight) {
    if (m_sight.sessions != nullptr && !facts.session.empty())
        m_session = m_sight.sessions->find(facts.session, m_sight.now);
}

Wish AutoChoice::wishOf(std::string_view aim) const {
    using protocol::Preference;
    Wish wish;
    wish.maxCost = m_ask.wishes.maxCost;
    wish.dial = m_snapshot.policy->routing.preference;
    const std::optional<Preference> asked = m_ask.wishes.preference;
    const auto wants = [&](std::string_view name, Preference preference) {
        return aim.empty() ? asked == preference : aim == name;
    };
    if (wants("cheap", Preference::Cheap))
        wish.dial = routing::kCheapDial;
    else if (wants("balanced", Preference::Balanced))
        wish.dial = routing::kBalancedDial;
    else if (wants("best", Preference::Best))
        wish.dial = routing::kBestDial;
    wish.fast = wants("fast", Preference::Fast);
    return wish;
}

routing::Situation AutoChoice::situationNow() const {
    routing::Situation situation;
    situation.when = m_sight.when;
    situation.now = m_sight.now;
    situation.session = m_session ? &*m_session : nullptr;
    if (m_sight.health != nullptr) {
        situation.standing = [this](const Listing& listing) {
            return m_sight.health->standing({listing.abilities.provider, listing.model,
                                             m_snapshot.providers[listing.offer].keys.size()},
                                            m_sight.now);
        };
    }
    if (ruled()) {
        situation.rules = [this](const Listing& listing) {
            return routing::Nudge{refusalOf(listing), 0};
        };
    }
    if (m_client != nullptr) {
        const auto& models = m_client->models;
        const bool all = std::find(models.begin(), models.end(), "*") != models.end();
        situation.allowed = all ? nullptr : &models;
        situation.pricedOnly = m_client->usdLimited && !m_client->allowUnpriced;
        if (m_sight.budget != nullptr)
            readBudget(*m_sight.budget, m_client->id, situation);
    }
    return situation;
}

// Why rules do not let it answer; empty: they do.
std::string_view AutoChoice::refusalOf(const Listing& listing) const {
    if (!ruled())
        return {};
    const auto no = objectionTo(*m_sight.rules, {listing.abilities.provider, listing.model,
                                                 m_snapshot.offers[listing.offer].local});
    return no ? std::string_view(*m_refusals.insert(m_sight.rules->sentenceOf(*no)).first)
              : std::string_view();
}

// What rules prefer goes before what is better.
void AutoChoice::orderByRules() {
    const auto place = [this](const routing::Pick& pick) {
        const Listing& listing = m_snapshot.menu.listings[pick.listing];
        return preferenceRank(*m_sight.rules, {listing.abilities.provider, listing.model,
                                               m_snapshot.offers[listing.offer].local});
    };
    std::stable_sort(
        m_choice.picks.begin(), m_choice.picks.end(),
        [&place](const routing::Pick& a, const routing::Pick& b) { return place(a) < place(b); });
}

// As predicted, and corrected by what the user's own requests taught.
double AutoChoice::qualityOf(const Listing& listing) const {
    const routing::Prediction& prediction = m_facts.prediction;
    const double predicted = m_snapshot.scorer->quality(prediction, listing.profile);
    if (m_sight.learnt == nullptr || m_sight.learnt->empty())
        return predicted;
    return std::clamp(predicted + m_sight.learnt->of(listing.model, prediction.likeliest()), 0.0,
                      1.0);
}

void AutoChoice::consider(bool all) {
    const routing::Menu& menu = m_snapshot.menu;
    m_inputs->considered = toConsider(menu, m_inputs->situation.session, all);
    m_inputs->qualities.resize(menu.listings.size());
    for (const std::size_t index : m_inputs->considered)
        m_inputs->qualities[index] = static_cast<float>(qualityOf(menu.listings[index]));
    m_choice = chooseAgain(m_inputs->situation, m_inputs->wish);
    if (ruled())
        orderByRules();
}

routing::Choice AutoChoice::chooseAgain(const routing::Situation& situation,
                                        const Wish& wish) const {
    return routing::choose(m_snapshot.menu, m_inputs->considered, m_inputs->qualities, m_facts,
                           situation, wish);
}

std::optional<AutoPicks> AutoChoice::picks(std::string_view name) {
    constexpr std::array<std::string_view, 5> kAims{"", "cheap", "balanced", "best", "fast"};
    const std::string_view aim = name.substr(std::min(name.find(':'), name.size() - 1) + 1);
    if (std::find(kAims.begin(), kAims.end(), aim) == kAims.end() || !m_snapshot.scorer ||
        m_snapshot.menu.listings.empty())
        return std::nullopt;
    if (m_ask.task == protocol::Task::Embed)
        return embedding();
    if (m_facts.prediction.known.empty()) {
        routing::Features room;
        m_facts.prediction = m_snapshot.scorer->predict(m_facts.lastUser, m_facts.toolCount, room);
    }
    m_inputs.emplace();
    m_inputs->situation = situationNow();
    m_inputs->wish = wishOf(aim);
    const bool narrow = m_inputs->situation.allowed != nullptr || ruled();
    consider(narrow);
    const auto ready =
        std::count_if(m_choice.picks.begin(), m_choice.picks.end(),
                      [](const routing::Pick& pick) { return pick.rank == routing::Rank::Ready; });
    if (!narrow && ready < 2 && m_inputs->considered.size() < m_snapshot.menu.listings.size())
        consider(true);
    tryAnother();
    return told();
}

// Never where a session is known, whose cache may be warm, nor where rules have their say.
void AutoChoice::tryAnother() {
    const double share = m_snapshot.policy->routing.explore;
    m_explored.reset();
    if (share <= 0 || !m_sight.chance || m_session || m_facts.turns > 0 || ruled())
        return;
    const auto place = routing::explore(m_choice, share, m_sight.chance);
    if (!place)
        return;
    const auto pick = m_choice.picks.begin() + static_cast<std::ptrdiff_t>(*place);
    std::rotate(m_choice.picks.begin(), pick, pick + 1);
    m_explored = m_choice.picks.front().listing;
}

AutoPicks AutoChoice::told() const {
    AutoPicks out;
    const routing::Menu& menu = m_snapshot.menu;
    for (const routing::Pick& pick : m_choice.picks) {
        if (out.candidates.size() == routing::kMostCandidates)
            break;
        const Listing& listing = menu.listings[pick.listing];
        std::string reason = reasonOf(menu, pick, m_choice, m_facts.prediction, m_sight.when);
        if (m_explored == pick.listing)
            reason += ", tried to learn of it";
        out.candidates.push_back({listing.offer, listing.model, std::move(reason)});
    }
    out.forbidden = out.candidates.empty();
    for (const routing::LeftOut& left : m_choice.rejected) {
        const Listing& listing = menu.listings[left.listing];
        out.rejected.push_back(
            {std::string(listing.abilities.provider), listing.model, std::string(left.reason)});
        out.forbidden = out.forbidden && left.reason == routing::kOutOfScope;
    }
    return out;
}

// Vectors of two models cannot be compared, so that it has to be one and the same always: the first
// that is known to make any, at every provider that has it.
AutoPicks AutoChoice::embedding() const {
    AutoPicks out;
    const routing::Situation situation = situationNow();
    for (const Listing& listing : m_snapshot.menu.listings) {
        if (listing.use != routing::Use::Embed || !listing.whyNot.empty() || listing.simulated ||
            (situation.allowed != nullptr && !isAllowed(*situation.allowed, listing)) ||
            !refusalOf(listing).empty() ||
            (!out.candidates.empty() && out.candidates.front().model != listing.model))
            continue;
        out.candidates.push_back(
            {listing.offer, listing.model, "auto: the first model that makes vectors"});
    }
    if (out.candidates.empty())
        out.rejected.push_back({"auto", "",
                                "None of the models is known to make vectors; name "
                                "one."});
    return out;
}

}  // namespace gr::gateway
