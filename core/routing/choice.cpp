// SPDX-License-Identifier: MIT
#include "routing/choice.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>

#include "base/text.h"

namespace gr::routing {
namespace {

constexpr double kMu = 0.003;      // points of quality that a second of waiting costs
constexpr double kFastMu = 0.3;    // where the client wants it fast
constexpr double kSticky = 0.015;  // for who served the session last
constexpr double kGlide = 3;
constexpr std::size_t kInFront = 2;  // of one provider

constexpr std::int64_t kUsualOutput = 400;  // tokens
constexpr std::int64_t kThinkingOutput = 2'000;
constexpr std::int64_t kFirstHorizon = 8;  // turns of a session with tools
constexpr std::int64_t kMostHorizon = 20;

// How long providers keep the beginning of a prompt after its last use.
constexpr std::chrono::minutes kKept{5};
constexpr std::chrono::hours kKeptLong{1};

// One use.
class Chooser final {
  public:
    Chooser(const Menu& menu, std::span<const float> qualities, const RequestFacts& facts,
            const Situation& situation, const Wish& wish)
        : m_menu(menu),
          m_qualities(qualities),
          m_facts(facts),
          m_situation(situation),
          m_wish(wish) {
        m_out.turn = turnOf(facts);
        m_out.weight = menu.dial.at(wish.dial).weight * glide();
    }

    Choice run(std::span<const std::size_t> considered) {
        m_out.picks.reserve(considered.size());
        for (const std::size_t index : considered)
            consider(index);
        leaveOutSimulated();
        weigh();
        order();
        return std::move(m_out);
    }

  private:
    double glide() const {
        const double ahead = m_situation.spent - m_situation.elapsed;
        if (ahead <= 0 || m_situation.elapsed >= 1)
            return 1;
        return std::exp(kGlide * std::min(ahead / (1 - m_situation.elapsed), 1.0));
    }

    void reject(std::size_t index, std::string_view reason) {
        m_out.rejected.push_back({index, reason});
    }

    void consider(std::size_t index) {
        const Listing& listing = m_menu.listings[index];
        if (m_situation.allowed != nullptr && !isAllowed(*m_situation.allowed, listing))
            return reject(index, kOutOfScope);
        if (const std::string_view why = unfit(listing); !why.empty())
            return reject(index, why);
        if (const Obstacle obstacle = obstacleOf(m_facts, listing.abilities);
            obstacle != Obstacle::None)
            return reject(index, sentenceOf(obstacle));
        const Nudge nudge = m_situation.rules ? m_situation.rules(listing) : Nudge();
        if (!nudge.refusal.empty())
            return reject(index, nudge.refusal);

        Pick pick;
        pick.listing = index;
        pick.quality = static_cast<double>(m_qualities[index]);
        pick.rulesTerm = nudge.bonus;
        remember(listing, pick);
        price(listing, pick);
        if (!pick.cost && m_situation.pricedOnly)
            return reject(index, "Its price is unknown, and a limit in USD holds.");
        if (m_wish.maxCost && overMost(pick))
            return reject(index, "It is expected to cost more than this request may.");
        time(listing, pick);
        m_out.picks.push_back(pick);
    }

    // What the session was to this place so far.
    void remember(const Listing& listing, Pick& pick) const {
        if (m_situation.session == nullptr)
            return;
        const auto& served = m_situation.session->served;
        const auto place = std::find_if(served.begin(), served.end(), [&listing](const auto& one) {
            return one.model == listing.model && one.provider == listing.abilities.provider;
        });
        if (place == served.end())
            return;
        const auto kept =
            m_facts.cacheMarks == CacheMarks::OneHour ? std::chrono::minutes(kKeptLong) : kKept;
        if (m_situation.now < place->at + kept)
            pick.warmTokens = place->promptTokens;
        if (place == served.begin() && !m_situation.session->failed)
            pick.stickyTerm = kSticky;
    }

    void price(const Listing& listing, Pick& pick) const {
        if (listing.free)
            pick.cost = 0;
        else if (listing.price)
            pick.cost = expectedCost(*listing.price, listing.habit, m_out.turn, pick.warmTokens,
                                     m_situation.when);
        if (!pick.cost)
            pick.rank = Rank::Unpriced;
    }

    bool overMost(const Pick& pick) const {
        const auto cost = costNow(m_menu, pick, m_out.turn, m_situation.when);
        // What may cost anything cannot be held to a maximum.
        return !cost || *cost > static_cast<double>(m_wish.maxCost->pico()) * 1e-12;
    }

    void time(const Listing& listing, Pick& pick) const {
        const Health::Standing standing =
            m_situation.standing ? m_situation.standing(listing) : Health::Standing();
        const auto known = [](double seen, double usual) { return seen > 0 ? seen : usual; };
        pick.speedSeen = standing.firstTokenMs > 0 || standing.tokensPerSecond > 0;
        pick.seconds = known(standing.firstTokenMs, listing.usualFirstMs) / 1'000 +
                       static_cast<double>(m_out.turn.output) /
                           known(standing.tokensPerSecond, listing.usualRate);
        if (standing.resting)
            pick.rank = Rank::Resting;
    }

    // Play money is not mixed with real work.
    void leaveOutSimulated() {
        const auto simulated = [this](const Pick& pick) {
            return m_menu.listings[pick.listing].simulated;
        };
        if (std::all_of(m_out.picks.begin(), m_out.picks.end(), simulated))
            return;
        for (const Pick& pick : m_out.picks) {
            if (simulated(pick))
                reject(pick.listing, "It is simulated, and real models can answer.");
        }
        std::erase_if(m_out.picks, simulated);
    }

    // Of those that can answer: what lies between the cheapest and the strongest, by what a cold
    // cache costs, so that where the session is warm does not move the scale.
    void scale() {
        m_out.span = 0;
        std::array<double, 2> ends{1e300, -1e300};
        double most = -1e300;
        double top = 0;
        for (const Pick& pick : m_out.picks) {
            if (!pick.cost)
                continue;
            const Listing& listing = m_menu.listings[pick.listing];
            double cold = *pick.cost;
            if (pick.warmTokens > 0 && !listing.free)
                cold = expectedCost(*listing.price, listing.habit, m_out.turn, 0, m_situation.when)
                           .value_or(cold);
            ends = {std::min(ends[0], cold), std::max(ends[1], cold)};
            const double worth = strengthOf(listing.profile.quality, cold);
            if (worth > most) {
                most = worth;
                top = cold;
            }
        }
        if (ends[1] > ends[0])
            m_out.span = top > ends[0] ? top - ends[0] : ends[1] - ends[0];
    }

    // Nothing is gained by staying where another is as good and cheaper, its cold cache included.
    void letGo() {
        for (Pick& own : m_out.picks) {
            const auto better = [&own](const Pick& other) {
                return other.rank == Rank::Ready && other.quality >= own.quality && own.cost &&
                       *other.cost < *own.cost;
            };
            if (own.stickyTerm > 0 && std::any_of(m_out.picks.begin(), m_out.picks.end(), better))
                own.stickyTerm = 0;
        }
    }

    void weigh() {
        scale();
        letGo();
        double cheapest = 1e300;
        double fastest = 1e300;
        for (const Pick& pick : m_out.picks) {
            cheapest = std::min(cheapest, pick.cost.value_or(cheapest));
            fastest = std::min(fastest, pick.seconds);
        }
        const double mu = m_wish.fast ? kFastMu : kMu;
        for (Pick& pick : m_out.picks) {
            if (pick.cost && m_out.span > 0)
                pick.costTerm = -m_out.weight * (*pick.cost - cheapest) / m_out.span;
            pick.latencyTerm = -mu * (pick.seconds - fastest);
            pick.score =
                pick.quality + pick.costTerm + pick.latencyTerm + pick.stickyTerm + pick.rulesTerm;
        }
    }

    // Sorted are their places, since a pick is large to move.
    struct Place {
        std::size_t pick = 0;
        std::size_t offer = 0;
        bool waits = false;  // behind all others of its rank
    };

    void order() {
        const std::vector<Pick>& picks = m_out.picks;
        std::vector<Place> places;
        places.reserve(picks.size());
        std::size_t offers = 0;
        for (std::size_t i = 0; i < picks.size(); ++i) {
            places.push_back({i, m_menu.listings[picks[i].listing].offer});
            offers = std::max(offers, places.back().offer + 1);
        }
        std::sort(places.begin(), places.end(), [&picks](const Place& left, const Place& right) {
            const Pick& a = picks[left.pick];
            const Pick& b = picks[right.pick];
            if (a.rank != b.rank)
                return a.rank < b.rank;
            return a.score != b.score ? a.score > b.score : a.listing < b.listing;
        });
        letOthersGoFirst(places, offers);
        std::vector<Pick> ordered;
        ordered.reserve(picks.size());
        for (auto begin = places.begin(); begin != places.end();) {
            const Rank rank = picks[begin->pick].rank;
            const auto end = std::find_if(begin, places.end(), [&](const Place& place) {
                return picks[place.pick].rank != rank;
            });
            for (const bool waits : {false, true}) {
                for (auto place = begin; place != end; ++place) {
                    if (place->waits == waits)
                        ordered.push_back(picks[place->pick]);
                }
            }
            begin = end;
        }
        m_out.picks = std::move(ordered);
    }

    // Within a rank, the third of a provider waits for the others. `offers`: how many there are.
    void letOthersGoFirst(std::vector<Place>& places, std::size_t offers) const {
        std::vector<std::size_t> seen(offers);
        Rank rank = Rank::Ready;
        for (Place& place : places) {
            if (const Rank next = m_out.picks[place.pick].rank; next != rank) {
                rank = next;
                std::fill(seen.begin(), seen.end(), 0);
            }
            place.waits = ++seen[place.offer] > kInFront;
        }
    }

    const Menu& m_menu;
    std::span<const float> m_qualities;
    const RequestFacts& m_facts;
    const Situation& m_situation;
    const Wish& m_wish;
    Choice m_out;
};

}  // namespace

std::string_view unfit(const Listing& listing) {
    if (!listing.whyNot.empty())
        return listing.whyNot;
    if (listing.use == Use::Embed)
        return "It makes vectors and does not talk.";
    if (listing.use == Use::Other)
        return "It is not made for chat.";
    return listing.deprecated ? "Its provider is about to take it away (deprecated)."
                              : std::string_view();
}

bool isAllowed(const std::vector<std::string>& patterns, const Listing& listing) {
    return std::any_of(patterns.begin(), patterns.end(), [&listing](const std::string& pattern) {
        return pattern == "*" || matchesPattern(pattern, listing.model) ||
               matchesPattern(pattern, listing.name);
    });
}

Turn turnOf(const RequestFacts& facts) {
    Turn turn;
    turn.prompt = facts.promptTokens;
    turn.prefix = facts.prefixTokens;
    turn.output = facts.reasoning ? kThinkingOutput : kUsualOutput;
    if (facts.maxOutput && *facts.maxOutput > 0)
        turn.output = std::min(turn.output, *facts.maxOutput);
    turn.marks = facts.cacheMarks;
    if (facts.turns > 0)
        turn.more = std::min(facts.turns, kMostHorizon);
    else
        turn.more = facts.hasTools ? kFirstHorizon : 0;
    return turn;
}

std::optional<double> costNow(const Menu& menu, const Pick& pick, const Turn& turn, UnixMs when) {
    const Listing& listing = menu.listings[pick.listing];
    if (listing.free)
        return 0;
    if (!listing.price)
        return std::nullopt;
    Turn once = turn;
    once.more = 0;
    return expectedCost(*listing.price, listing.habit, once, pick.warmTokens, when);
}

Choice choose(const Menu& menu, std::span<const std::size_t> considered,
              std::span<const float> qualities, const RequestFacts& facts,
              const Situation& situation, const Wish& wish) {
    return Chooser(menu, qualities, facts, situation, wish).run(considered);
}

}  // namespace gr::routing
