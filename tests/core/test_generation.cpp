// SPDX-License-Identifier: MIT
// GET /v1/generation below HTTP: the question, the looking up and the answer.
#include <QtTest>
#include <thread>

#include "gateway/endpoints.h"
#include "gateway/generation.h"
#include "support/frail_disk.h"
#include "support/io_loop.h"
#include "support/ledger_fixture.h"

using namespace gr;
using gr::gateway::BookDesk;
using gr::gateway::Endpoint;
using gr::ledger::RequestRecord;
using gr::test::FrailDisk;
using gr::test::IoLoop;
using gr::test::kNoon;
using gr::test::LedgerFolder;
using gr::test::sampleRecord;

namespace {

constexpr const char* kId = "req_01KANE4B00ABCDEFGH12345678";

std::string asked(const std::string& target) {
    const auto id = gateway::generationId(target);
    return id ? *id : std::string(errorInfo(id.error().code).slug) + " " + id.error().field;
}

}  // namespace

class TestGeneration final : public QObject {
    Q_OBJECT

  private:
    FrailDisk m_disk;

  private slots:
    void cleanup() { m_disk.refuse(SQLITE_OK); }

    void pathsOfTheEndpoint() {
        for (const char* path : {"/generation", "/v1/generation", "/v1/v1/generation?id=x"}) {
            const auto match = gateway::matchEndpoint("GET", path);
            QVERIFY2(match, path);
            QVERIFY(match->endpoint == Endpoint::Generation);
            QVERIFY(gateway::needsKey(match->endpoint));
        }
        QCOMPARE(gateway::matchEndpoint("POST", "/v1/generation?id=x").error().code,
                 ErrorCode::MethodNotAllowed);
        for (const char* path : {"/v1/generation/", "/v1/generations", "/v1/v1/v1/generation"})
            QCOMPARE(gateway::matchEndpoint("GET", path).error().code, ErrorCode::NotFound);
    }

    void theQueryNamesOneId_data() {
        QTest::addColumn<QByteArray>("query");
        QTest::addColumn<QByteArray>("want");
        const auto row = [](const QByteArray& query, const QByteArray& want) {
            QTest::newRow(query.constData()) << query << want;
        };
        const QByteArray id = kId;
        row("?id=" + id, id);
        row("?x=1&id=" + id + "&y", id);
        row("?&id=" + id, id);
        row("?id=req%5F" + id.mid(4), id);
        row("?%69d=" + id, id);
        row("", "missing_field id");
        row("?", "missing_field id");
        row("?id", "missing_field id");
        row("?id=", "missing_field id");
        row("?ID=" + id, "missing_field id");
        row("?x=id=" + id, "missing_field id");
        row("?id=" + id + "&id=" + id, "duplicate_key id");
        row("?id=&%69d=" + id, "duplicate_key id");
        row("?id=chatcmpl-1", "invalid_field id");
        row("?id=" + id + "0", "invalid_field id");
        row("?id=" + id.chopped(1), "invalid_field id");
        row("?id=" + id + "%00", "invalid_field id");
        row("?id=" + id.toLower(), "invalid_field id");
    }
    void theQueryNamesOneId() {
        QFETCH(QByteArray, query);
        QFETCH(QByteArray, want);
        QCOMPARE(QByteArray::fromStdString(asked("/v1/generation" + query.toStdString())), want);
    }

    void theAnswerIsExact() {
        RequestRecord record = sampleRecord(kNoon);
        record.id = kId;
        record.cost = Money::fromPico(37'500'000'001);
        ledger::Attempt& attempt = record.attempts.front();
        attempt.tokens = {.output = 164, .webSearches = 2};
        attempt.cost = Money::parse("0.0375");
        attempt.computed = Money::parse("0.04");
        attempt.basis = ledger::CostBasis::Reported;
        QCOMPARE(QByteArray::fromStdString(gateway::generationBody(record)),
                 QByteArray("{\"data\":{\"id\":\"") + kId +
                     "\",\"started_at\":\"2026-11-18T12:00:00.000Z\",\"client\":\"my-tools\","
                     "\"endpoint\":\"chat.completions\",\"asked_model\":\"openai/gpt-4o-mini\","
                     "\"provider\":\"openai\",\"model\":\"gpt-4o-mini\",\"outcome\":\"answered\","
                     "\"status\":200,\"error\":\"\",\"attempts\":[{\"provider\":\"openai\","
                     "\"model\":\"gpt-4o-mini\",\"status\":200,\"error\":\"\",\"started_ms\":1,"
                     "\"head_ms\":210,\"ended_ms\":1450,\"input_tokens\":null,"
                     "\"cache_read_tokens\":null,\"cache_write_5m_tokens\":null,"
                     "\"cache_write_1h_tokens\":null,\"audio_input_tokens\":null,"
                     "\"output_tokens\":164,\"reasoning_tokens\":null,"
                     "\"audio_output_tokens\":null,\"web_searches\":2,"
                     "\"cost_usd\":\"0.0375\",\"cost_basis\":\"reported\","
                     "\"computed_usd\":\"0.04\"}],\"input_tokens\":812,"
                     "\"cache_read_tokens\":0,\"cache_write_5m_tokens\":null,"
                     "\"cache_write_1h_tokens\":null,\"audio_input_tokens\":null,"
                     "\"output_tokens\":164,\"reasoning_tokens\":null,"
                     "\"audio_output_tokens\":null,"
                     "\"cost_usd\":\"0.037500000001\",\"known_cost_usd\":\"0.037500000001\","
                     "\"streamed\":true,\"simulated\":false,\"reused\":false,"
                     "\"first_token_ms\":245,\"total_ms\":1451,"
                     "\"created_at\":\"2026-11-18T12:00:00.000Z\",\"provider_name\":\"openai\","
                     "\"cancelled\":false,\"total_cost\":0.037500000001,"
                     "\"usage\":0.037500000001,\"latency\":1451,\"generation_time\":1206,"
                     "\"tokens_prompt\":812,\"tokens_completion\":164,"
                     "\"native_tokens_prompt\":812,\"native_tokens_completion\":164,"
                     "\"native_tokens_cached\":0,\"native_tokens_reasoning\":null}}");
    }

    void whatIsUnknownIsNull() {
        RequestRecord record;
        record.id = kId;
        record.outcome = ledger::Outcome::ClientGone;
        record.askedModel = "broken\xff";
        const std::string body = gateway::generationBody(record);
        for (const char* part :
             {"\"cost_usd\":null", "\"total_cost\":null", "\"usage\":null",
              "\"provider_name\":null", "\"tokens_prompt\":null", "\"generation_time\":null",
              "\"cancelled\":true", "\"attempts\":[]", "broken\xef\xbf\xbd"})
            QVERIFY2(body.find(part) != std::string::npos, body.c_str());
    }

    void recordsBelongToTheirClient() {
        const LedgerFolder folder;
        const auto ledger = folder.ledger();
        BookDesk desk(*ledger);
        IoLoop loop;
        http::AbortSlot abort;
        RequestRecord record = sampleRecord(kNoon);
        record.client = "mine";
        ledger->append(record);
        RequestRecord nobodys = sampleRecord(kNoon);
        nobodys.client.clear();
        ledger->append(nobodys);
        const auto ask = [&](const std::string& client, const std::string& id) {
            const std::string target = "/v1/generation?id=" + id;
            return loop.get(
                gateway::answerGeneration(desk, target, client, loop.executor(), abort));
        };
        const auto unknown = ask("mine", newRequestId(kNoon));
        QCOMPARE(unknown.error().code, ErrorCode::RecordNotFound);
        for (const bool written : {false, true}) {
            if (written)
                ledger->flush();
            QVERIFY(ask("mine", record.id));
            for (const auto& [client, id] :
                 {std::pair<std::string, std::string>{"other", record.id},
                  {"min", record.id},
                  {"Mine", record.id},
                  {"mine", nobodys.id}}) {
                const auto answer = ask(client, id);
                QVERIFY(!answer);
                // Nothing tells it from an id that never was.
                QCOMPARE(answer.error().code, unknown.error().code);
                QCOMPARE(answer.error().message.text, unknown.error().message.text);
                QCOMPARE(answer.error().field, unknown.error().field);
            }
        }
    }

    void rowsThatTheDiskRefusesAreFound() {
        const LedgerFolder folder;
        const auto ledger = folder.ledger();
        BookDesk desk(*ledger);
        IoLoop loop;
        http::AbortSlot abort;
        m_disk.refuse(SQLITE_FULL);
        const RequestRecord record = sampleRecord(kNoon);
        ledger->append(record);
        for (int i = 0; i < 3; ++i) {
            const auto found = loop.get(desk.find(record.id, loop.executor(), abort));
            QVERIFY(found);
            QVERIFY(*found);
            QCOMPARE((*found)->id, record.id);
            ledger->flush();
        }
        QVERIFY(ledger->health().error);
    }

    // At no moment between append() and ever after is a row missing.
    void noRowIsLostOnItsWayToTheDisk() {
        const LedgerFolder folder;
        const auto ledger = folder.ledger();
        BookDesk desk(*ledger);
        IoLoop loop;
        http::AbortSlot abort;
        std::atomic<bool> stop = false;
        std::thread hurry([&] {
            while (!stop)
                ledger->flush();
        });
        int missing = 0;
        for (int i = 0; i < 2'000; ++i) {
            const RequestRecord record = sampleRecord({kNoon.value + i});
            ledger->append(record);
            for (int again = 0; again < 3; ++again) {
                const auto found = loop.get(desk.find(record.id, loop.executor(), abort));
                missing += found && *found ? 0 : 1;
            }
        }
        stop = true;
        hurry.join();
        QCOMPARE(missing, 0);
    }

    void booksThatCannotBeReadAreAnErrorWithoutTheirPath() {
        const LedgerFolder folder;
        const auto ledger = folder.ledger();
        BookDesk desk(*ledger);
        IoLoop loop;
        http::AbortSlot abort;
        std::filesystem::remove(folder.file());
        const auto found = loop.get(desk.find(newRequestId(kNoon), loop.executor(), abort));
        QVERIFY(!found);
        QCOMPARE(found.error().code, ErrorCode::Internal);
        QVERIFY(found.error().message.text.find('/') == std::string::npos);
    }
};

QTEST_APPLESS_MAIN(TestGeneration)
#include "test_generation.moc"
