// SPDX-License-Identifier: MIT
// Kept responses below HTTP: their paths, the desk that keeps them, and the answers about them.
#include <QTemporaryDir>
#include <QtTest>
#include <atomic>

#include "gateway/stored_responses.h"
#include "support/io_loop.h"

using namespace gr;
using gateway::Endpoint;
using gateway::EndpointMatch;
using gateway::KeptResponse;
using gateway::ResponseDesk;
using gr::test::IoLoop;

namespace {

class SetClock final : public Clock {
  public:
    UnixMs now() const override { return UnixMs{m_now}; }
    SteadyTime steady() const override { return {}; }
    void pass(std::chrono::hours time) { m_now += Milliseconds(time).count(); }

  private:
    std::atomic<std::int64_t> m_now = 1'795'003'200'000;
};

std::shared_ptr<const Secret> stateKey() {
    return std::make_shared<const Secret>("statestatestatestatestatestate32");
}

KeptResponse response(const std::string& id, const Clock& clock) {
    KeptResponse kept;
    kept.client = "tools";
    kept.id = id;
    kept.createdAt = clock.now();
    kept.input = R"([{"role":"user","content":"hi"}])";
    kept.output = R"([{"type":"message","id":"msg_1"}])";
    kept.object = R"({"id":")" + id + R"("})";
    return kept;
}

// A desk, and questions to it as they come in.
class Room final {
  public:
    Room() { reopen(); }
    void reopen() {
        m_desk.reset();
        m_desk = std::make_unique<ResponseDesk>(file(), clock);
    }
    std::filesystem::path file() const {
        return std::filesystem::path(m_folder.path().toStdString()) / "responses.sqlite";
    }
    ResponseDesk& desk() { return *m_desk; }

    void keep(const KeptResponse& kept) {
        const auto shared = std::make_shared<const KeptResponse>(kept);
        QVERIFY(m_loop.get(m_desk->keep(shared, m_loop.executor(), m_abort)));
    }

    // The body, or the error's slug and field.
    std::string ask(const std::string& method, const std::string& target,
                    const std::string& client = "tools") {
        const auto match = gateway::matchEndpoint(method, target);
        if (!match)
            return std::string(errorInfo(match.error().code).slug);
        const auto body = m_loop.get(gateway::answerStoredResponse(*m_desk, *match, target, client,
                                                                   m_loop.executor(), m_abort));
        return body ? *body
                    : std::string(errorInfo(body.error().code).slug) + " " + body.error().field;
    }

    SetClock clock;

  private:
    QTemporaryDir m_folder;
    IoLoop m_loop;
    http::AbortSlot m_abort;
    std::unique_ptr<ResponseDesk> m_desk;
};

const std::string kGone = "response_not_found ";

}  // namespace

class TestStoredResponses final : public QObject {
    Q_OBJECT

  private slots:
    void paths_data() {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<QByteArray>("want");
        const auto row = [](const char* request, const char* want) {
            QTest::newRow(request) << QByteArray(request) << QByteArray(want);
        };
        for (const std::string prefix : {"", "/v1", "/v1/v1"}) {
            const std::string one = prefix + "/responses/resp_1";
            row(("GET " + one).c_str(), "get resp_1");
            row(("HEAD " + one + "?x=y/z").c_str(), "get resp_1");
            row(("DELETE " + one).c_str(), "remove resp_1");
            row(("GET " + one + "/input_items?limit=1").c_str(), "items resp_1");
            row(("POST " + one + "/cancel").c_str(), "cancel resp_1");
        }
        row("GET /v1/responses/a%2Fb", "get a/b");
        row("POST /v1/responses/resp_1", "method_not_allowed");
        row("DELETE /v1/responses/resp_1/input_items", "method_not_allowed");
        row("GET /v1/responses/resp_1/cancel", "method_not_allowed");
        row("GET /v1/responses/", "not_found");
        row("GET /v1/responses", "method_not_allowed");
        row("GET /v1/responses/resp_1/", "not_found");
        row("GET /v1/responses/resp_1/input_items/x", "not_found");
        row("POST /v1/responses", "generate ");
        row("POST /v1/responses/input_tokens", "generate ");
        row("GET /v1/responses/input_tokens", "method_not_allowed");
    }
    void paths() {
        QFETCH(const QByteArray, request);
        QFETCH(const QByteArray, want);
        const auto words = request.split(' ');
        const auto match = gateway::matchEndpoint(words[0].toStdString(), words[1].toStdString());
        QByteArray got;
        if (!match) {
            got = QByteArray::fromStdString(std::string(errorInfo(match.error().code).slug));
        } else {
            const std::map<Endpoint, QByteArray> names{{Endpoint::Response, "get "},
                                                       {Endpoint::ResponseRemove, "remove "},
                                                       {Endpoint::ResponseItems, "items "},
                                                       {Endpoint::ResponseCancel, "cancel "},
                                                       {Endpoint::Generate, "generate "}};
            QVERIFY(gateway::needsKey(match->endpoint));
            got = names.at(match->endpoint) + QByteArray::fromStdString(match->argument);
        }
        QCOMPARE(got, want);
    }

    void whatIsKeptIsFoundAtOnce() {
        Room room;
        room.desk().apply({}, stateKey(), false);
        room.keep(response("resp_1", room.clock));
        QCOMPARE(room.ask("GET", "/v1/responses/resp_1"), std::string(R"({"id":"resp_1"})"));
        QCOMPARE(
            room.ask("GET", "/v1/responses/resp_1/input_items"),
            std::string(R"({"object":"list","data":[{"id":"msg_1_in0","type":"message","role":)"
                        R"("user","content":[{"type":"input_text","text":"hi"}]}],)"
                        R"("first_id":"msg_1_in0","last_id":"msg_1_in0","has_more":false})"));
        QCOMPARE(room.ask("GET", "/v1/responses/resp_1", "other"), kGone);
        QCOMPARE(room.ask("GET", "/v1/responses/resp_1/input_items", "other"), kGone);
        QCOMPARE(room.ask("POST", "/v1/responses/resp_1/cancel", "other"), kGone);
        QCOMPARE(room.ask("DELETE", "/v1/responses/resp_1", "other"), kGone);
        QCOMPARE(room.ask("DELETE", "/v1/responses/resp_1"),
                 std::string(R"({"id":"resp_1","object":"response","deleted":true})"));
        QCOMPARE(room.ask("GET", "/v1/responses/resp_1"), kGone);
        QCOMPARE(room.ask("DELETE", "/v1/responses/resp_1"), kGone);
    }

    void whatCannotBeAsked_data() {
        QTest::addColumn<QByteArray>("request");
        QTest::addColumn<QByteArray>("want");
        const auto row = [](const char* request, const char* want) {
            QTest::newRow(request) << QByteArray(request) << QByteArray(want);
        };
        row("GET ?stream=true", "invalid_field stream");
        row("GET ?stream=false", R"({"id":"resp_1"})");
        row("POST /cancel", "invalid_field response_id");
        row("GET /input_items?limit=0", "invalid_field limit");
        row("GET /input_items?limit=101", "invalid_field limit");
        row("GET /input_items?limit=x", "invalid_field limit");
        row("GET /input_items?order=up", "invalid_field order");
        row("GET /input_items?after=msg_7", "invalid_field after");
    }
    void whatCannotBeAsked() {
        QFETCH(const QByteArray, request);
        QFETCH(const QByteArray, want);
        Room room;
        room.desk().apply({}, stateKey(), false);
        room.keep(response("resp_1", room.clock));
        const auto words = request.split(' ');
        QCOMPARE(QByteArray::fromStdString(room.ask(
                     words[0].toStdString(), "/v1/responses/resp_1" + words[1].toStdString())),
                 want);
    }

    void withAKeyItOutlivesTheRun() {
        Room room;
        room.desk().apply({}, stateKey(), false);
        room.keep(response("resp_1", room.clock));
        room.reopen();
        room.desk().apply({}, stateKey(), false);
        QCOMPARE(room.ask("GET", "/v1/responses/resp_1"), std::string(R"({"id":"resp_1"})"));
    }

    void withoutOneItLivesInMemory() {
        Room room;
        room.desk().apply({}, nullptr, false);
        room.keep(response("resp_1", room.clock));
        QCOMPARE(room.ask("GET", "/v1/responses/resp_1"), std::string(R"({"id":"resp_1"})"));
        QVERIFY(!std::filesystem::exists(room.file()));
        // The vault is opened: what was kept goes on, and outlives the run from here on.
        room.desk().apply({}, stateKey(), false);
        QCOMPARE(room.ask("GET", "/v1/responses/resp_1"), std::string(R"({"id":"resp_1"})"));
        room.desk().apply({}, nullptr, false);  // a policy without the key takes none away
        room.keep(response("resp_2", room.clock));
        room.reopen();
        room.desk().apply({}, nullptr, false);
        QCOMPARE(room.ask("GET", "/v1/responses/resp_1"), kGone);
        room.desk().apply({}, stateKey(), false);
        QCOMPARE(room.ask("GET", "/v1/responses/resp_1"), std::string(R"({"id":"resp_1"})"));
        QCOMPARE(room.ask("GET", "/v1/responses/resp_2"), std::string(R"({"id":"resp_2"})"));
    }

    // A client must not take its conversation for lost because the gateway has just begun.
    void whileTheVaultIsLockedNothingIsSaidToBeGone() {
        Room room;
        room.desk().apply({}, nullptr, true);
        QCOMPARE(room.ask("GET", "/v1/responses/resp_1"), kGone);  // there never was a file
        room.desk().apply({}, stateKey(), false);
        room.keep(response("resp_1", room.clock));
        room.reopen();
        room.desk().apply({}, nullptr, true);
        for (const char* method : {"GET", "DELETE"})
            QCOMPARE(room.ask(method, "/v1/responses/resp_1"), std::string("locked "));
        QCOMPARE(room.ask("GET", "/v1/responses/resp_1/input_items"), std::string("locked "));
        room.keep(response("resp_2", room.clock));
        QCOMPARE(room.ask("GET", "/v1/responses/resp_2"), std::string(R"({"id":"resp_2"})"));
        room.desk().apply({}, stateKey(), false);
        QCOMPARE(room.ask("GET", "/v1/responses/resp_1"), std::string(R"({"id":"resp_1"})"));
        QCOMPARE(room.ask("GET", "/v1/responses/resp_2"), std::string(R"({"id":"resp_2"})"));
        QCOMPARE(room.ask("GET", "/v1/responses/resp_3"), kGone);
    }

    void itLeavesWhenItIsOld() {
        Room room;
        settings::Responses twoDays;
        twoDays.keepDays = 2;
        room.desk().apply(twoDays, stateKey(), false);
        room.keep(response("resp_1", room.clock));
        room.clock.pass(std::chrono::hours(48));
        QCOMPARE(room.ask("GET", "/v1/responses/resp_1"), std::string(R"({"id":"resp_1"})"));
        room.clock.pass(std::chrono::hours(1));
        QCOMPARE(room.ask("GET", "/v1/responses/resp_1"), kGone);
        // The next one that is kept clears it away: a longer time brings nothing back.
        room.keep(response("resp_2", room.clock));
        room.desk().apply({}, stateKey(), false);
        QCOMPARE(room.ask("GET", "/v1/responses/resp_1"), kGone);
        QCOMPARE(room.ask("GET", "/v1/responses/resp_2"), std::string(R"({"id":"resp_2"})"));
    }

    void boundsAreThoseOfTheConfiguration() {
        Room room;
        settings::Responses two;
        two.maxCount = 2;
        room.desk().apply(two, stateKey(), false);
        for (const char* id : {"resp_1", "resp_2", "resp_3"})
            room.keep(response(id, room.clock));
        QCOMPARE(room.ask("GET", "/v1/responses/resp_1"), kGone);
        QCOMPARE(room.ask("GET", "/v1/responses/resp_3"), std::string(R"({"id":"resp_3"})"));
        QVERIFY(room.desk().keeps());
        settings::Responses none;
        none.keepDays = 0;
        room.desk().apply(none, stateKey(), false);
        QVERIFY(!room.desk().keeps());
        QCOMPARE(room.ask("GET", "/v1/responses/resp_3"), kGone);
    }

    void aFileThatCannotBeUsedCostsTheMemoryOnly() {
        Room room;
        std::filesystem::create_directory(room.file());
        room.desk().apply({}, stateKey(), false);
        room.keep(response("resp_1", room.clock));
        QCOMPARE(room.ask("GET", "/v1/responses/resp_1"), std::string(R"({"id":"resp_1"})"));
    }
};

QTEST_APPLESS_MAIN(TestStoredResponses)
#include "test_stored_responses.moc"
