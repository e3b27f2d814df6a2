// SPDX-License-Identifier: MIT
// Ten minutes of simulated time, twenty requests a second, two providers: the first is ill in the
// middle of them, in the four ways that providers are. What must hold: nothing that the second
// could answer is lost, the ill one is left alone, and it has its work back when it is well.
#include <QtTest>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "routing/health.h"
#include "routing/patience.h"
#include "routing/tries.h"

using gr::Milliseconds;
using gr::SteadyTime;
using gr::routing::Health;
using gr::routing::Tries;

namespace {

constexpr std::chrono::seconds kIllFrom{120};
constexpr std::chrono::seconds kWellFrom{360};
constexpr std::chrono::seconds kEnd{600};
constexpr Milliseconds kBetween{50};
constexpr Milliseconds kUsual{400};        // to the first token
constexpr std::chrono::seconds kBack{60};  // after it is well
constexpr int kAllBack = (kEnd - kWellFrom - kBack) / kBetween;

// What a provider does with a call.
struct Reply {
    enum class Kind : std::uint8_t { Answer, Fails, TooMany } kind = Kind::Answer;
    Milliseconds after{kUsual};
    Milliseconds retryAfter{0};
};
using Behaviour = std::function<Reply(Milliseconds time)>;  // since the beginning

class Simulation final {
  public:
    explicit Simulation(Behaviour first) : m_first(std::move(first)) {
        for (Milliseconds at{0}; at < kEnd; at += kBetween)
            this->at(m_begin + at, [this] { begin(); });
        while (!m_events.empty()) {
            const auto next = m_events.begin();
            m_now = next->first;
            const auto event = std::move(next->second);
            m_events.erase(next);
            event();
        }
    }

    int lost = 0;
    std::vector<Milliseconds> waited;        // of answered requests, in the order of their answers
    std::map<std::int64_t, int> callsToIll;  // by the second, while it is ill
    int firstsShare = 0;                     // answered by the first, of those begun behind kBack

  private:
    struct Request {
        Request(Health& health, SteadyTime now)
            : tries(health, {{"a", "m", 1}, {"b", "m", 1}}, 2), began(now) {}
        Tries tries;
        SteadyTime began;
    };
    using Pending = std::shared_ptr<Request>;

    void at(SteadyTime time, std::function<void()> event) {
        m_events.emplace(time, std::move(event));
    }
    Milliseconds since() const { return std::chrono::duration_cast<Milliseconds>(m_now - m_begin); }

    void begin() { step(std::make_shared<Request>(m_health, m_now)); }

    void step(const Pending& request) {
        auto step = request->tries.next(m_now);
        if (std::holds_alternative<Tries::End>(step)) {
            ++lost;
            return;
        }
        if (const auto* pause = std::get_if<Tries::Pause>(&step)) {
            at(m_now + pause->time, [this, request] { this->step(request); });
            return;
        }
        call(request, std::make_shared<Tries::Call>(std::move(std::get<Tries::Call>(step))));
    }

    void call(const Pending& request, const std::shared_ptr<Tries::Call>& call) {
        Reply reply;
        if (call->candidate == 0) {
            reply = m_first(since());
            if (since() >= kIllFrom && since() < kWellFrom)
                ++callsToIll[std::chrono::duration_cast<std::chrono::seconds>(since()).count()];
        }
        Milliseconds patience = Milliseconds::max();
        if (call->othersLeft) {
            const char* provider = call->candidate == 0 ? "a" : "b";
            patience = gr::routing::patienceFor(
                {.stream = true, .speed = m_health.speed(provider, "m", m_now)});
        }
        if (reply.kind == Reply::Kind::Answer && reply.after > patience) {
            at(m_now + patience, [this, request, call, patience] {
                call->permit.tooSlow(patience, true, m_now);
                request->tries.skip();
                step(request);
            });
            return;
        }
        at(m_now + reply.after, [this, request, call, reply] { end(request, *call, reply); });
    }

    void end(const Pending& request, Tries::Call& call, const Reply& reply) {
        switch (reply.kind) {
            case Reply::Kind::Answer:
                call.permit.alive(m_now);
                call.permit.firstToken(reply.after, m_now);
                waited.push_back(std::chrono::duration_cast<Milliseconds>(m_now - request->began));
                if (request->began - m_begin >= kWellFrom + kBack)
                    firstsShare += call.candidate == 0 ? 1 : 0;
                return;
            case Reply::Kind::Fails:
                call.permit.failed({.asked = {}, .why = "ill"}, m_now);
                request->tries.passing({}, m_now);
                break;
            case Reply::Kind::TooMany:
                call.permit.keyFailed(reply.retryAfter, false, m_now, "too many");
                break;
        }
        step(request);
    }

    Behaviour m_first;
    std::mt19937 m_random{5};
    Health m_health{[this] { return std::uniform_real_distribution<double>()(m_random); }};
    const SteadyTime m_begin = SteadyTime() + std::chrono::hours(1);
    SteadyTime m_now = m_begin;
    std::multimap<SteadyTime, std::function<void()>> m_events;
};

bool ill(Milliseconds time) {
    return time >= kIllFrom && time < kWellFrom;
}

int sumOf(const std::map<std::int64_t, int>& calls) {
    int sum = 0;
    for (const auto& [second, count] : calls)
        sum += count;
    return sum;
}

int mostOf(const std::map<std::int64_t, int>& calls, std::int64_t from) {
    int most = 0;
    for (const auto& [second, count] : calls)
        most = second >= from ? std::max(most, count) : most;
    return most;
}

struct Storm {
    const char* name;
    Behaviour first;
    int mostCalls;     // to the ill one in four minutes of 4,800 requests
    int mostASecond;   // of them, once the first five seconds taught what it is worth
    Milliseconds p99;  // until the first token
};

}  // namespace

class FaultStormsTest final : public QObject {
    Q_OBJECT

    static std::vector<Storm> storms() {
        std::vector<Storm> all;
        all.push_back({"down",
                       [](Milliseconds time) {
                           return ill(time) ? Reply{Reply::Kind::Fails, Milliseconds(5)} : Reply{};
                       },
                       30, 2, Milliseconds(500)});
        all.push_back(
            {"slow",
             [](Milliseconds time) {
                 return ill(time) ? Reply{Reply::Kind::Answer, Milliseconds(60'000)} : Reply{};
             },
             120, 2, Milliseconds(500)});
        // At most five calls in each second, and two seconds' rest for who asks for more.
        auto second = std::make_shared<std::pair<std::int64_t, int>>();
        all.push_back(
            {"too many requests",
             [second](Milliseconds time) {
                 if (!ill(time))
                     return Reply{};
                 if (const auto now = time.count() / 1'000; now != second->first)
                     *second = {now, 0};
                 if (++second->second <= 5)
                     return Reply{};
                 return Reply{Reply::Kind::TooMany, Milliseconds(20), Milliseconds(2'000)};
             },
             900, 8, Milliseconds(500)});
        all.push_back({"flapping",
                       [](Milliseconds time) {
                           return ill(time) && time.count() % 4'000 < 2'000
                                      ? Reply{Reply::Kind::Fails, Milliseconds(5)}
                                      : Reply{};
                       },
                       150, 20, Milliseconds(500)});
        return all;
    }

  private slots:
    void nothingIsLost_data() {
        QTest::addColumn<int>("index");
        for (int i = 0; const Storm& storm : storms())
            QTest::newRow(storm.name) << i++;
    }
    void nothingIsLost() {
        QFETCH(int, index);
        const Storm storm = storms()[static_cast<std::size_t>(index)];
        Simulation run(storm.first);
        QCOMPARE(run.lost, 0);
        QCOMPARE(run.waited.size(), std::size_t(kEnd / kBetween));
        const auto show = [](std::int64_t value) { return std::to_string(value); };
        const int calls = sumOf(run.callsToIll);
        QVERIFY2(calls > 0 && calls <= storm.mostCalls, show(calls).c_str());
        const int most = mostOf(run.callsToIll, kIllFrom.count() + 5);
        QVERIFY2(most <= storm.mostASecond, show(most).c_str());
        QVERIFY2(run.firstsShare == kAllBack, show(run.firstsShare).c_str());
        std::sort(run.waited.begin(), run.waited.end());
        const Milliseconds p99 = run.waited[run.waited.size() * 99 / 100];
        QVERIFY2(p99 <= storm.p99, show(p99.count()).c_str());
        qInfo("%s: %d calls to the ill one, most in a second %d, 99 of 100 within %d ms",
              storm.name, calls, most, int(p99.count()));
    }
};

QTEST_APPLESS_MAIN(FaultStormsTest)
#include "test_fault_storms.moc"
