// SPDX-License-Identifier: MIT
#include <QtTest>
#include <vector>

#include "gateway/event_feed.h"

using namespace std::chrono_literals;
using gr::UnixMs;
using gr::gateway::EventFeed;
using gr::gateway::ExchangeEvent;
using gr::gateway::FeedBatch;
using gr::gateway::FoundServer;
using gr::gateway::kLongest;
using gr::gateway::kMostEvents;
using gr::gateway::ProviderStatus;
using gr::ledger::Outcome;

namespace {

class SetClock final : public gr::Clock {
  public:
    UnixMs now() const override { return {}; }
    gr::SteadyTime steady() const override { return time; }
    gr::SteadyTime time{1h};
};

ExchangeEvent started(const std::string& id) {
    ExchangeEvent event;
    event.running.id = id;
    event.running.client = "tools";
    return event;
}

ExchangeEvent finished(const std::string& id) {
    ExchangeEvent event;
    event.kind = ExchangeEvent::Kind::Finished;
    event.running.id = id;
    event.finished.emplace();
    event.finished->id = id;
    return event;
}

// A feed with somebody who watches.
struct Stage {
    SetClock clock;
    std::vector<bool> listened;
    EventFeed feed{clock, [this](bool on) { listened.push_back(on); }};
    std::vector<FeedBatch> got;

    void ask(std::uint64_t since) {
        feed.ask(since, [this](const std::string& line) {
            auto batch = gr::gateway::readFeedLine(line);
            QVERIFY2(batch, line.c_str());
            got.push_back(std::move(*batch));
        });
    }
    std::vector<std::string> ids() const {
        std::vector<std::string> all;
        for (const ExchangeEvent& event : got.back().events)
            all.push_back(event.running.id);
        return all;
    }
};

using Ids = std::vector<std::string>;

}  // namespace

class TestEventFeed final : public QObject {
    Q_OBJECT

  private slots:
    void answersWhenThereIsSomething() {
        Stage stage;
        stage.ask(0);  // begins: at once, with what is known
        QCOMPARE(stage.got.size(), 1U);
        QVERIFY(stage.got[0].fresh);
        const auto next = stage.got[0].next;
        stage.ask(next);
        QCOMPARE(stage.got.size(), 1U);
        stage.feed.add({started("a"), started("b")});
        QCOMPARE(stage.got.size(), 2U);
        QVERIFY(!stage.got[1].fresh);
        QCOMPARE(stage.ids(), (Ids{"a", "b"}));
        QVERIFY(!stage.got[1].providers && !stage.got[1].servers);
        // What came between two questions is not lost, and comes once.
        stage.feed.add({finished("a")});
        stage.ask(stage.got[1].next);
        QCOMPARE(stage.ids(), (Ids{"a"}));
        QVERIFY(stage.got[2].events[0].finished);
        stage.ask(stage.got[2].next);
        QCOMPARE(stage.got.size(), 3U);
        stage.feed.setProviders({{"openai", ProviderStatus::State::Down, {}, "gone"}});
        QCOMPARE(stage.got[3].providers->front().lastError, std::string("gone"));
        QVERIFY(stage.got[3].events.empty() && !stage.got[3].servers);
    }

    void whoIsLateBeginsAnew() {
        Stage stage;
        stage.ask(0);
        const auto next = stage.got[0].next;
        stage.feed.add({started("long")});
        for (std::size_t i = 0; i < kMostEvents; ++i)
            stage.feed.add({started("short"), finished("short")});
        stage.ask(next);
        QVERIFY(stage.got[1].fresh);
        QCOMPARE(stage.ids(), (Ids{"long"}));
        QVERIFY(stage.got[1].providers && stage.got[1].servers);
        stage.ask(stage.got[1].next + 1000);  // a number of another gateway
        QVERIFY(stage.got[2].fresh);
    }

    void nobodyWatchesWhenNobodyAsks() {
        Stage stage;
        stage.feed.setServers(
            {{"ollama", "Ollama", "http://127.0.0.1:11434/v1", {"q"}, "me", 1, 0}});
        QVERIFY(stage.listened.empty());
        stage.ask(0);
        QCOMPARE(stage.got[0].servers->front().models, std::vector<std::string>{"q"});
        QCOMPARE(stage.listened, std::vector<bool>{true});
        stage.ask(stage.got[0].next);
        stage.clock.time += 11s;
        stage.feed.add({started("a")});  // answers, perhaps to nobody
        QCOMPARE(stage.listened, (std::vector<bool>{true, false}));
        stage.ask(stage.got[1].next);
        QCOMPARE(stage.got.size(), 3U);
        QVERIFY2(stage.got[2].fresh, "what happened unheard is in the books only");
        QCOMPARE(stage.listened, (std::vector<bool>{true, false, true}));
    }

    void notMoreWaitThanMay() {
        Stage stage;
        stage.ask(0);
        const auto next = stage.got[0].next;
        for (std::size_t i = 0; i < EventFeed::kMostWaiting; ++i)
            stage.ask(next);
        QCOMPARE(stage.got.size(), 1U);
        stage.ask(next);
        QCOMPARE(stage.got.size(), 2U);
        QCOMPARE(stage.got[1].next, next);
        stage.feed.add({started("a")});
        QCOMPARE(stage.got.size(), 2U + EventFeed::kMostWaiting);
    }

    void everyMemberTravels() {
        FeedBatch batch;
        batch.next = 77;
        batch.fresh = true;
        ExchangeEvent running = started("req_1");
        running.kind = ExchangeEvent::Kind::Changed;
        running.running = {"req_1", {5}, "c\"lient", "auto", "openai", "gpt", true};
        ExchangeEvent done = finished("req_2");
        auto& r = *done.finished;
        r.startedAt = {1'795'357'507'000};
        r.endpoint = "chat.completions";
        r.attempts = {{"groq", "m", 503, "provider_failed", 2, 190, 195},
                      {"x", "y", 0, "", 1, {}, 3}};
        r.attempts[1].tokens = {.input = 5, .webSearches = 2};
        r.attempts[1].cost = gr::Money::parse("0.03");
        r.attempts[1].computed = gr::Money::parse("0.02");
        r.attempts[1].basis = gr::ledger::CostBasis::Reported;
        r.tokens = {1, {}, 3, 4};
        r.cost = gr::Money::parse("0.0312");
        r.streamed = true;
        r.status = 504;
        r.outcome = Outcome::StreamBroken;
        r.error = "stream_broken";
        r.firstTokenMs = 12;
        r.totalMs = 99;
        batch.events = {running, done};
        batch.providers = {{"a", ProviderStatus::State::Cooling, UnixMs{9}, "429"}};
        batch.servers = {{"vllm", "vLLM", "http://h/v1", {"m", "n"}, "root", false, true}};
        const std::string line = gr::gateway::toLine(batch);
        QVERIFY(line.find('\n') == std::string::npos);
        const auto read = gr::gateway::readFeedLine(line);
        QVERIFY(read);
        QCOMPARE(gr::gateway::toLine(*read), line);
        QCOMPARE(read->events[1].finished->attempts[0].headMs, std::optional<std::int64_t>(190));
        QVERIFY(!read->events[1].finished->attempts[1].headMs);
        QCOMPARE(read->events[1].finished->cost, r.cost);
        const auto& second = read->events[1].finished->attempts[1];
        QVERIFY(second.tokens == r.attempts[1].tokens && second.cost == r.attempts[1].cost);
        QVERIFY(second.basis == r.attempts[1].basis && second.computed == r.attempts[1].computed);
        QVERIFY(read->events[1].finished->outcome == Outcome::StreamBroken);
        QVERIFY(!read->events[1].finished->tokens.cacheRead);
        QVERIFY(read->events[0].running.answering);
        QCOMPARE(read->events[0].running.client, std::string("c\"lient"));
        QVERIFY(read->providers->front().state == ProviderStatus::State::Cooling);
        QVERIFY(read->servers->front().configured && !read->servers->front().sameUser);
    }

    void longTextsAreCutBetweenCharacters() {
        FeedBatch batch;
        batch.events = {started(std::string(kLongest - 1, 'a') + "ééé")};
        const auto read = gr::gateway::readFeedLine(gr::gateway::toLine(batch));
        QCOMPARE(read->events[0].running.id, std::string(kLongest - 1, 'a'));
        batch.events.assign(kMostEvents, finished(std::string(100'000, 'x')));
        QVERIFY(gr::gateway::toLine(batch).size() < 1'000'000);
    }

    void whatMakesNoSenseIsAnError() {
        for (const char* line : {"", "[]", "{\"ok\":true", "{}", "{\"ok\":false}"})
            QVERIFY2(!gr::gateway::readFeedLine(line), line);
        const auto refused = gr::gateway::readFeedLine(R"({"ok":false,"error":"Not now."})");
        QCOMPARE(refused.error().message.text, std::string("Not now."));
        const auto odd = gr::gateway::readFeedLine(
            R"({"ok":true,"next":"x","events":[1,{"kind":"new","finished":{"outcome":3}}]})");
        QVERIFY(odd);
        QCOMPARE(odd->events.size(), 1U);
    }
};

QTEST_APPLESS_MAIN(TestEventFeed)
#include "test_event_feed.moc"
