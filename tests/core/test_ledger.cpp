// SPDX-License-Identifier: MIT
#include <sys/stat.h>

#include <QtTest>
#include <thread>

#include "support/ledger_fixture.h"

using gr::Money;
using gr::UnixMs;
using gr::ledger::ClientKey;
using gr::ledger::CostBasis;
using gr::ledger::Filter;
using gr::ledger::Outcome;
using gr::ledger::RequestRecord;
using gr::test::kNoon;
using gr::test::LedgerFolder;
using gr::test::sampleRecord;
using gr::test::went;

namespace {

UnixMs after(UnixMs time, std::int64_t ms) {
    return {time.value + ms};
}

// A record in which no two fields are alike.
RequestRecord fullRecord() {
    RequestRecord record = sampleRecord(kNoon);
    record.outcome = Outcome::StreamBroken;
    record.error = "stream_broken";
    record.status = 207;
    record.simulated = true;
    record.reused = true;
    record.tokens = {.input = 11,
                     .cacheRead = 7,
                     .cacheWrite5m = 2,
                     .cacheWrite1h = 4,
                     .audioInput = 3,
                     .output = 13,
                     .reasoning = 5,
                     .audioOutput = 6};
    record.cost = Money::fromPico(9'007'199'254'740'993);  // more than a double can hold
    record.charges = {{"all|day|usd", 1'794'960'000'000, 12, 10},
                      {"client:c|total|tokens", 0, 99, 99}};
    record.attempts = {{.provider = "first",
                        .model = "one",
                        .httpStatus = 0,
                        .error = "provider_timeout",
                        .startedMs = 3,
                        .headMs = std::nullopt,
                        .endedMs = 40,
                        .tokens = {.input = 7},
                        .basis = CostBasis::Unknown},
                       {.provider = "second",
                        .model = "two",
                        .httpStatus = 200,
                        .error = "",
                        .startedMs = 41,
                        .headMs = 50,
                        .endedMs = 61,
                        .tokens = {.input = 1,
                                   .cacheRead = 2,
                                   .cacheWrite5m = 3,
                                   .cacheWrite1h = 4,
                                   .audioInput = 5,
                                   .output = 6,
                                   .reasoning = 7,
                                   .audioOutput = 8,
                                   .webSearches = 9},
                        .cost = Money::fromPico(9'007'199'254'740'993),
                        .basis = CostBasis::Reported,
                        .computed = Money::fromPico(1)}};
    return record;
}

void compare(const RequestRecord& got, const RequestRecord& want) {
    QCOMPARE(got.id, want.id);
    QVERIFY(got.charges == want.charges);
    QCOMPARE(got.startedAt.value, want.startedAt.value);
    QCOMPARE(got.client, want.client);
    QCOMPARE(got.endpoint, want.endpoint);
    QCOMPARE(got.askedModel, want.askedModel);
    QCOMPARE(got.provider, want.provider);
    QCOMPARE(got.model, want.model);
    QVERIFY(got.tokens == want.tokens);
    QVERIFY(got.cost == want.cost);
    QCOMPARE(got.streamed, want.streamed);
    QCOMPARE(got.simulated, want.simulated);
    QCOMPARE(got.reused, want.reused);
    QCOMPARE(got.status, want.status);
    QVERIFY(got.outcome == want.outcome);
    QCOMPARE(got.error, want.error);
    QVERIFY(got.firstTokenMs == want.firstTokenMs);
    QCOMPARE(got.totalMs, want.totalMs);
    QCOMPARE(got.attempts.size(), want.attempts.size());
    for (std::size_t i = 0; i < want.attempts.size(); ++i) {
        QCOMPARE(got.attempts[i].provider, want.attempts[i].provider);
        QCOMPARE(got.attempts[i].model, want.attempts[i].model);
        QCOMPARE(got.attempts[i].httpStatus, want.attempts[i].httpStatus);
        QCOMPARE(got.attempts[i].error, want.attempts[i].error);
        QCOMPARE(got.attempts[i].startedMs, want.attempts[i].startedMs);
        QVERIFY(got.attempts[i].headMs == want.attempts[i].headMs);
        QCOMPARE(got.attempts[i].endedMs, want.attempts[i].endedMs);
        QVERIFY(got.attempts[i].tokens == want.attempts[i].tokens);
        QVERIFY(got.attempts[i].cost == want.attempts[i].cost);
        QVERIFY(got.attempts[i].basis == want.attempts[i].basis);
        QVERIFY(got.attempts[i].computed == want.attempts[i].computed);
    }
}

ClientKey key(const std::string& id, char digest) {
    return {.id = id,
            .sha256 = std::string(32, digest),
            .createdAt = kNoon,
            .expiresAt = std::nullopt,
            .revokedAt = std::nullopt};
}

}  // namespace

class TestLedger final : public QObject {
    Q_OBJECT

  private slots:
    void aRowComesBackAsItWas() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        QVERIFY(ledger);
        const RequestRecord full = fullRecord();
        RequestRecord bare;  // refused before anything was known
        bare.id = gr::newRequestId(kNoon);
        bare.startedAt = kNoon;
        bare.outcome = Outcome::Refused;
        ledger->append(full);
        ledger->append(bare);
        ledger->flush();

        auto page = folder.reader().page({}, {}, 10);
        QVERIFY(went(page));
        QCOMPARE(page->size(), std::size_t(2));
        compare(page->at(0).record, bare);
        compare(page->at(1).record, full);
        QVERIFY(page->at(0).sequence > page->at(1).sequence);
    }

    void whatMakesNoSenseIsUnknownNotNegative() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        RequestRecord odd = sampleRecord(kNoon);
        odd.tokens = {};
        odd.tokens.input = -5;
        odd.tokens.reasoning = -1;
        odd.cost = Money::fromPico(-1);
        odd.askedModel = std::string(100'000, 'x') + "\xe2\x82\xac";
        ledger->append(odd);
        ledger->flush();
        auto page = folder.reader().page({}, {}, 10);
        QVERIFY(went(page));
        const RequestRecord& got = page->at(0).record;
        QVERIFY(got.tokens == gr::TokenUsage());
        QVERIFY(!got.cost);
        QCOMPARE(got.askedModel, std::string(256, 'x'));
        auto totals = folder.reader().totals({});
        QVERIFY(went(totals));
        QCOMPARE(totals->unknownCost, std::int64_t(1));
        QVERIFY(totals->knownCost.isZero());
    }

    void longNamesAreNotCutInsideACharacter() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        RequestRecord odd = sampleRecord(kNoon);
        odd.model.clear();
        while (odd.model.size() < 300)
            odd.model += "\xe2\x82\xac";  // three bytes each; 256 is no multiple
        ledger->append(odd);
        ledger->flush();
        auto page = folder.reader().page({}, {}, 1);
        QVERIFY(went(page));
        QCOMPARE(page->at(0).record.model, odd.model.substr(0, 255));
    }

    void rowsAreOnDiskByThemselves() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        auto reader = folder.reader();
        ledger->append(sampleRecord(kNoon));
        QTRY_COMPARE(ledger->health().written, std::uint64_t(1));
        auto page = reader.page({}, {}, 10);
        QVERIFY(went(page));
        QCOMPARE(page->size(), std::size_t(1));
        QCOMPARE(ledger->health().queued, std::uint64_t(0));
    }

    void manyThreadsAppendAtOnce() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        std::vector<std::thread> threads;
        for (int t = 0; t < 4; ++t) {
            threads.emplace_back([&ledger, t] {
                for (int i = 0; i < 2'000; ++i) {
                    RequestRecord record = sampleRecord(after(kNoon, i));
                    record.client = "thread-" + std::to_string(t);
                    ledger->append(std::move(record));
                    if (i % 500 == 0)
                        ledger->flush();
                }
            });
        }
        for (auto& thread : threads)
            thread.join();
        ledger.reset();  // writes what is left
        auto reader = folder.reader();
        for (int t = 0; t < 4; ++t) {
            auto totals = reader.totals({.client = "thread-" + std::to_string(t)});
            QVERIFY(went(totals));
            QCOMPARE(totals->requests, std::int64_t(2'000));
        }
    }

    void closingWritesWhatIsQueued() {
        const LedgerFolder folder;
        for (int start = 0; start < 3; ++start) {
            auto ledger = folder.ledger();
            for (int i = 0; i < 1'234; ++i)
                ledger->append(sampleRecord(kNoon));
        }
        auto totals = folder.reader().totals({});
        QVERIFY(went(totals));
        QCOMPARE(totals->requests, std::int64_t(3 * 1'234));
    }

    void fileAndFolderAreForThisUserAlone() {
        if (LedgerFolder::inPostgres())
            QSKIP("of files");
        const mode_t before = ::umask(0);
        const auto restore = qScopeGuard([before] { ::umask(before); });
        for (const mode_t mask : {mode_t(0), mode_t(0022), mode_t(0777)}) {
            ::umask(mask);
            const LedgerFolder folder;
            ::chmod(folder.path().c_str(), 0700);  // the temporary folder itself obeys the mask
            auto ledger = folder.ledger();
            QVERIFY(ledger);
            ledger->append(sampleRecord(kNoon));
            ledger->flush();
            const auto modeOf = [](const std::filesystem::path& path) {
                struct stat info {};
                return ::stat(path.c_str(), &info) == 0 ? int(info.st_mode & 0777) : -1;
            };
            QCOMPARE(modeOf(folder.file().parent_path()), 0700);
            QCOMPARE(modeOf(folder.file()), 0600);
            QCOMPARE(modeOf(folder.file().string() + "-wal"), 0600);
            QCOMPARE(modeOf(folder.file().string() + "-shm"), 0600);
        }
    }

    void clientKeysLast() {
        const LedgerFolder folder;
        {
            auto ledger = folder.ledger();
            ClientKey expiring = key("b-second", 'b');
            expiring.createdAt = after(kNoon, 1);
            expiring.expiresAt = after(kNoon, 1'000);
            expiring.scope = R"({"models":["gpt-*","größer"]})";
            QVERIFY(went(ledger->addClientKey(expiring)));
            QVERIFY(went(ledger->addClientKey(key("z-first", 'a'))));
            QVERIFY(went(ledger->addClientKey(key("gone", 'c'))));
            QVERIFY(went(ledger->revokeClientKey("gone", after(kNoon, 5))));
            QVERIFY(went(ledger->revokeClientKey("z-first", after(kNoon, 6))));
            QVERIFY(went(ledger->restoreClientKey("z-first")));
        }
        auto keys = folder.ledger()->clientKeys();
        QVERIFY(went(keys));
        QCOMPARE(keys->size(), std::size_t(3));
        QCOMPARE(keys->at(0).id, std::string("z-first"));
        QCOMPARE(keys->at(0).sha256, std::string(32, 'a'));
        QVERIFY(!keys->at(0).revokedAt);
        QVERIFY(!keys->at(0).expiresAt);
        QCOMPARE(keys->at(1).id, std::string("gone"));
        QVERIFY(keys->at(1).revokedAt == after(kNoon, 5));
        QCOMPARE(keys->at(2).id, std::string("b-second"));
        QVERIFY(keys->at(2).expiresAt == after(kNoon, 1'000));
        QVERIFY(keys->at(2).createdAt == after(kNoon, 1));
        QCOMPARE(keys->at(2).scope, std::string(R"({"models":["gpt-*","größer"]})"));
        QVERIFY(keys->at(0).scope.empty());
    }

    void clientKeysOfTheFormBeforeMayDoWhatTheyDid() {
        const LedgerFolder folder;
        QVERIFY(went(folder.ledger()->addClientKey(key("old", 'a'))));
        folder.tamper(LedgerFolder::inPostgres()
                          ? "DROP TABLE gaterouter.features, gaterouter.key_programs, "
                            "gaterouter.payment_facts, gaterouter.purchases, "
                            "gaterouter.spent_days, gaterouter.payees, gaterouter.sales, "
                            "gaterouter.credits, gaterouter.relayer_transactions; "
                            "ALTER TABLE gaterouter.client_keys DROP COLUMN scope; "
                            "UPDATE gaterouter.form SET version = 5"
                          : "DROP TABLE features; DROP TABLE key_programs; "
                            "DROP TABLE payment_facts; DROP TABLE purchases; "
                            "DROP TABLE spent_days; DROP TABLE payees; DROP TABLE sales; "
                            "DROP TABLE credits; DROP TABLE relayer_transactions; "
                            "ALTER TABLE client_keys DROP COLUMN scope; PRAGMA user_version = 5");
        auto ledger = folder.ledger();
        ClientKey scoped = key("new", 'b');
        scoped.scope = "{}";
        QVERIFY(went(ledger->addClientKey(scoped)));
        const auto keys = ledger->clientKeys();
        QVERIFY(went(keys));
        QCOMPARE(keys->size(), std::size_t(2));
        QCOMPARE(keys->at(0).id, std::string("old"));
        QCOMPARE(keys->at(0).sha256, std::string(32, 'a'));
        QVERIFY(keys->at(0).scope.empty());
        QCOMPARE(keys->at(1).scope, std::string("{}"));
    }

    void programsAreNotedBesideTheirKey() {
        const LedgerFolder folder;
        const auto note = [](gr::ledger::Ledger& ledger, const char* client,
                             const std::string& program, int pid, int at) {
            const UnixMs time = after(kNoon, at);
            return went(ledger.noteKeyProgram({client, program, pid, time, time}));
        };
        {
            auto ledger = folder.ledger();
            QVERIFY(note(*ledger, "b", "/usr/bin/node", 11, 1));
            QVERIFY(note(*ledger, "a", "/usr/bin/größer", 12, 2));
            QVERIFY(note(*ledger, "b", "/usr/bin/python3", 13, 3));
            QVERIFY(note(*ledger, "b", "/usr/bin/node", 14, 4));
        }
        auto ledger = folder.ledger();
        const auto programs = ledger->keyPrograms();
        QVERIFY(went(programs));
        QCOMPARE(programs->size(), std::size_t(3));
        QCOMPARE(programs->at(0).client, std::string("a"));
        QCOMPARE(programs->at(0).program, std::string("/usr/bin/größer"));
        QCOMPARE(programs->at(1).program, std::string("/usr/bin/node"));
        QCOMPARE(programs->at(1).pid, std::int64_t(14));
        QVERIFY(programs->at(1).firstSeen == after(kNoon, 1));
        QVERIFY(programs->at(1).lastSeen == after(kNoon, 4));
        QCOMPARE(programs->at(2).program, std::string("/usr/bin/python3"));
        // A key that everything uses does not grow without end; the others keep theirs.
        for (int i = 0; i < 20; ++i)
            QVERIFY(note(*ledger, "b", "/opt/" + std::to_string(i), i, 10 + i));
        const auto kept = ledger->keyPrograms();
        QCOMPARE(kept->size(), std::size_t(1 + gr::ledger::kMostKeyPrograms));
        QCOMPARE(kept->at(1).program, std::string("/opt/19"));
        QCOMPARE(kept->back().program, std::string("/opt/12"));
    }

    void clientKeysAreRefusedWithAReason() {
        const LedgerFolder folder;
        auto ledger = folder.ledger();
        QVERIFY(went(ledger->addClientKey(key("mine", 'a'))));
        ClientKey shortDigest = key("other", 'b');
        shortDigest.sha256.pop_back();
        for (const auto& bad : {key("mine", 'b'), key("other", 'a'), key("", 'b'), shortDigest}) {
            const auto refused = ledger->addClientKey(bad);
            QVERIFY(!refused);
            QVERIFY(refused.error().code == gr::ErrorCode::InvalidField);
        }
        const auto sameDigest = ledger->addClientKey(key("other", 'a'));
        QVERIFY(sameDigest.error().message.text.find("\"mine\"") != std::string::npos);
        const auto unknown = ledger->revokeClientKey("nobody", kNoon);
        QVERIFY(!unknown);
        QVERIFY(unknown.error().code == gr::ErrorCode::NotFound);
        auto keys = ledger->clientKeys();
        QVERIFY(went(keys));
        QCOMPARE(keys->size(), std::size_t(1));
    }

    void twoWritersShareOneFile() {
        const LedgerFolder folder;
        auto first = folder.ledger();
        auto second = folder.ledger();
        QVERIFY(first && second);
        std::thread other([&second] {
            for (int i = 0; i < 3'000; ++i) {
                RequestRecord record = sampleRecord(after(kNoon, i));
                record.client = "second-" + std::to_string(i % 7);
                second->append(std::move(record));
                if (i % 100 == 0)
                    second->flush();
            }
        });
        for (int i = 0; i < 3'000; ++i) {
            RequestRecord record = sampleRecord(after(kNoon, i));
            record.client = "first-" + std::to_string(i % 5);
            first->append(std::move(record));
            if (i % 100 == 0) {
                first->flush();
                QVERIFY(went(first->addClientKey(key("k" + std::to_string(i), char(1 + i / 100)))));
            }
        }
        other.join();
        first->flush();
        second->flush();
        QCOMPARE(first->health().lost + second->health().lost, std::uint64_t(0));
        auto totals = folder.reader().totals({});
        QVERIFY(went(totals));
        QCOMPARE(totals->requests, std::int64_t(6'000));
        auto oneOf = folder.reader().totals({.client = "second-3"});
        QVERIFY(went(oneOf));
        QCOMPARE(oneOf->requests, std::int64_t(429));
        auto keys = second->clientKeys();
        QVERIFY(went(keys));
        QCOMPARE(keys->size(), std::size_t(30));
    }
};

int main(int argc, char** argv) {
    return gr::test::LedgerFolder::runTest<TestLedger>(argc, argv);
}
#include "test_ledger.moc"
