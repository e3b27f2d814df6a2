// SPDX-License-Identifier: MIT
#include <QtTest>

#include "gateway/session_desk.h"

using namespace gr;
using gateway::SessionDesk;

namespace {

const SteadyTime kNow = SteadyTime() + std::chrono::hours(100);

protocol::Ask asking(const std::string& body, const char* session = "") {
    auto ask = protocol::readAsk(protocol::Protocol::OpenAiChat, body);
    if (!ask)
        qFatal("%s", ask.error().message.text.c_str());
    ask->wishes.session = session;
    return std::move(*ask);
}

ledger::RequestRecord answeredFor(std::optional<Money> first, Money second) {
    ledger::RequestRecord record;
    record.provider = "p";
    record.model = "m";
    record.attempts.resize(2);
    record.attempts[0].cost = first;
    record.attempts[1].cost = second;
    record.attempts[1].tokens.input = 100;
    record.attempts[1].tokens.cacheRead = 900;
    return record;
}

const std::string kPlain = R"({"model":"m","messages":[{"role":"user","content":"Hi"}]})";
const std::string kKeyed =
    R"({"model":"m","prompt_cache_key":"k1","messages":[{"role":"user","content":"Hi"}]})";

}  // namespace

class SessionDeskTest final : public QObject {
    Q_OBJECT

  private slots:
    // Looked for without reading the body, a session is the one that reading it finds.
    void aNamedSessionIsTheSameEitherWay() {
        const SessionDesk desk;
        const auto same = [&desk](const protocol::Ask& ask) {
            const std::string named = desk.named(ask, "me");
            return !named.empty() && named == desk.factsOf(ask, ask.body.text, "me", kNow).session;
        };
        QVERIFY(same(asking(kPlain, "mine")));
        QVERIFY(same(asking(kKeyed)));
        const std::string user =
            R"({"model":"m","metadata":{"user_id":"user_session_1"},"messages":[]})";
        QVERIFY(same(asking(user)));
        QVERIFY(desk.named(asking(kKeyed), "me") != desk.named(asking(kKeyed), "you"));
        QVERIFY(desk.named(asking(kKeyed), "me") != desk.named(asking(kKeyed, "k1"), "me"));
        QVERIFY(desk.named(asking(kKeyed), "me") != SessionDesk().named(asking(kKeyed), "me"));
    }

    void whatNobodyNamesCostsReading() {
        const SessionDesk desk;
        const protocol::Ask ask = asking(kPlain);
        QVERIFY(desk.named(ask, "me").empty());
        QVERIFY(!desk.factsOf(ask, kPlain, "me", kNow).session.empty());
    }

    void allThatIsKnownOfItsCostIsSpent() {
        SessionDesk desk;
        const protocol::Ask ask = asking(kKeyed);
        const std::string session = desk.named(ask, "me");
        desk.answered(session, answeredFor(Money::fromPico(2), Money::fromPico(5)), kNow);
        desk.answered(session, answeredFor(std::nullopt, Money::fromPico(5)), kNow);
        QCOMPARE(desk.factsOf(ask, kKeyed, "me", kNow).sessionSpent.pico(), 12);
        const auto known = desk.memory().find(session, kNow);
        QVERIFY(known && !known->failed);
        QCOMPARE(known->served.front().promptTokens, 1'000);
        desk.failed(session, kNow);
        QVERIFY(desk.memory().find(session, kNow)->failed);
    }
};

QTEST_APPLESS_MAIN(SessionDeskTest)
#include "test_session_desk.moc"
