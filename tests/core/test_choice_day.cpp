// SPDX-License-Identifier: MIT
#include <QtTest>
#include <map>
#include <random>

#include "support/menu_fixture.h"

using namespace gr;
using namespace gr::routing;
using namespace gr::routing::test;

// A day of coding agents whose prompts grow by turns, and of single questions between them, billed
// as providers with prompt caches do: is `auto` ever dearer than the best single model, where all
// models are equally good?
namespace {

// One call, as it would be the same whoever answers.
struct Call {
    std::string session;  // empty: a question of its own
    SteadyTime at;
    std::int64_t prompt = 0;  // tokens
    std::int64_t added = 0;   // of them, behind what the turn before had
    std::int64_t output = 0;
    std::int64_t turn = 0;  // from 0
};

// In the order of time: sessions of 2 to 60 turns with tools on 12,000 tokens of instructions, with
// breaks in which caches go cold, and questions.
std::vector<Call> dayOf(unsigned seed) {
    std::minstd_rand chance(seed);
    const auto among = [&chance](std::int64_t least, std::int64_t most) {
        return std::uniform_int_distribution<std::int64_t>(least, most)(chance);
    };
    std::vector<Call> calls;
    const SteadyTime morning = SteadyTime{} + std::chrono::hours(1'000);
    for (int s = 0; s < 12; ++s) {
        SteadyTime at = morning + std::chrono::minutes(among(0, 480));
        std::int64_t prompt = 12'000 + among(100, 3'000);
        const std::int64_t turns = among(2, 60);
        std::int64_t added = prompt - 12'000;
        for (std::int64_t turn = 0; turn < turns; ++turn) {
            const std::int64_t output = among(50, 900);
            calls.push_back({"agent " + std::to_string(s), at, prompt, added, output, turn});
            added = output + among(100, 4'000);  // the answer, and what the tool gave
            prompt += added;
            const bool aBreak = among(0, 19) == 0;
            at += std::chrono::seconds(aBreak ? among(400, 3'000) : among(5, 90));
        }
    }
    for (int q = 0; q < 80; ++q)
        calls.push_back({"", morning + std::chrono::minutes(among(0, 540)), among(200, 4'000), 0,
                         among(50, 900), 0});
    std::stable_sort(calls.begin(), calls.end(),
                     [](const Call& a, const Call& b) { return a.at < b.at; });
    return calls;
}

struct Shop {
    const char* model;
    Rates usd;
    CacheHabit habit;
};
// Good at different things: the first has no cache and is cheap cold, the second is cheap warm, the
// third bills what it writes, the fourth is dear either way.
const std::vector<Shop> kShops{
    {"plain", {0.60, 2.40}, CacheHabit::Automatic},
    {"warm", {1.25, 10.00, 0.125}, CacheHabit::Automatic},
    {"marked", {1.30, 9.00, 0.13, 1.625}, CacheHabit::Marked},
    {"dear", {3.00, 15.00, 0.30}, CacheHabit::Automatic},
};

// What providers book. Of a session's prompt, all that this model has read of it within five
// minutes comes from its cache, where it keeps any: read at that rate, the rest at the rate of the
// input, or of writing where it bills that.
class Till final {
  public:
    double bill(const Shop& shop, const Call& call) {
        Kept& kept = m_kept[{call.session, shop.model}];
        const bool keeps = shop.usd.read >= 0 && !call.session.empty();
        const bool warm = keeps && kept.tokens > 0 && call.at < kept.at + std::chrono::minutes(5);
        const std::int64_t cached = warm ? std::min(kept.tokens, call.prompt - call.added) : 0;
        kept = {call.prompt, call.at};
        const double fresh = keeps && shop.usd.write >= 0 ? shop.usd.write : shop.usd.in;
        return (static_cast<double>(cached) * shop.usd.read +
                static_cast<double>(call.prompt - cached) * fresh +
                static_cast<double>(call.output) * shop.usd.out) /
               1e6;
    }

  private:
    struct Kept {
        std::int64_t tokens = 0;
        SteadyTime at{};
    };
    std::map<std::pair<std::string, std::string>, Kept> m_kept;
};

double dayAt(const Shop& shop, const std::vector<Call>& calls) {
    Till till;
    double sum = 0;
    for (const Call& call : calls)
        sum += till.bill(shop, call);
    return sum;
}

struct Day {
    double usd = 0;
    std::map<std::string, int> calls;
};

Day dayOfAuto(const std::vector<Call>& calls, double dial) {
    Kitchen kitchen;
    kitchen.wish.dial = dial;
    for (const Shop& shop : kShops)
        kitchen.add(shop.model, "m", 0.7, shop.usd).habit = shop.habit;
    SessionMemory memory;
    Till till;
    Day day;
    for (const Call& call : calls) {
        RequestFacts& facts = kitchen.facts;
        facts = {};
        facts.session = call.session;
        facts.promptTokens = call.prompt;
        facts.prefixTokens = call.prompt - call.added;
        facts.turns = call.turn;
        facts.hasTools = !call.session.empty();
        facts.cacheMarks = facts.hasTools ? CacheMarks::FiveMinutes : CacheMarks::None;
        const auto session =
            call.session.empty() ? std::nullopt : memory.find(call.session, call.at);
        kitchen.situation.now = call.at;
        kitchen.situation.session = session ? &*session : nullptr;
        const Shop& shop = kShops[kitchen.choose().picks.front().listing];
        const double usd = till.bill(shop, call);
        day.usd += usd;
        ++day.calls[shop.model];
        if (!call.session.empty())
            memory.answered(
                call.session, {shop.model, "m", call.at, call.prompt},
                Money::fromPico(static_cast<std::int64_t>(usd * Money::kPicoPerDollar)));
    }
    return day;
}

}  // namespace

class TestChoiceDay final : public QObject {
    Q_OBJECT

  private slots:
    // One session by hand: three turns of 10,000, 12,000 and 14,000 tokens, 500 out each, 30 s
    // apart. At "warm":  10,000 x 1.25 + 500 x 10                   = 17,500
    //                  + 10,000 x 0.125 + 2,000 x 1.25 + 500 x 10   =  8,750
    //                  + 12,000 x 0.125 + 2,000 x 1.25 + 500 x 10   =  9,000 micro-dollars.
    void theTillAddsUp() {
        std::vector<Call> calls;
        for (int turn = 0; turn < 3; ++turn)
            calls.push_back({"s", SteadyTime{} + std::chrono::seconds(30 * turn),
                             10'000 + 2'000 * turn, turn == 0 ? 0 : 2'000, 500, turn});
        QVERIFY(std::abs(dayAt(kShops[1], calls) - 0.03525) < 1e-9);
        calls[2].at += std::chrono::hours(1);  // cold: 14,000 x 1.25 + 5,000 instead of 9,000
        QVERIFY(std::abs(dayAt(kShops[1], calls) - 0.04875) < 1e-9);
    }

    void autoIsNotDearerThanTheBestSingleModel() {
        for (unsigned seed = 1; seed <= 20; ++seed) {
            const std::vector<Call> calls = dayOf(seed);
            double best = 1e300;
            QString sums;
            for (const Shop& shop : kShops) {
                const double usd = dayAt(shop, calls);
                best = std::min(best, usd);
                sums +=
                    QStringLiteral(" %1 $%2").arg(QLatin1String(shop.model)).arg(usd, 0, 'f', 2);
            }
            for (const double dial : {0.0, 0.5, 1.0}) {
                const Day day = dayOfAuto(calls, dial);
                QString who;
                for (const auto& [model, count] : day.calls)
                    who += QStringLiteral(" %1 x %2").arg(count).arg(QString::fromStdString(model));
                const QString line = QStringLiteral("day %1, %2 calls, dial %3: auto $%4 (%5 ) |%6")
                                         .arg(seed)
                                         .arg(calls.size())
                                         .arg(dial)
                                         .arg(day.usd, 0, 'f', 2)
                                         .arg(who, sums);
                if (seed <= 3)
                    qInfo().noquote() << line;
                QVERIFY2(day.usd <= best, qPrintable(line));
            }
        }
    }
};

QTEST_APPLESS_MAIN(TestChoiceDay)
#include "test_choice_day.moc"
