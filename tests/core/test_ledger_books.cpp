// SPDX-License-Identifier: MIT
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>
#include <algorithm>
#include <fstream>
#include <sstream>

#include "base/time_text.h"
#include "ledger/export.h"
#include "ledger/verify.h"
#include "support/ledger_fixture.h"

using gr::Money;
using gr::UnixMs;
using gr::ledger::ExportFormat;
using gr::ledger::exportRequests;
using gr::ledger::RequestRecord;
using gr::ledger::verifyBooks;
using gr::test::kNoon;
using gr::test::LedgerFolder;
using gr::test::RandomRecords;
using gr::test::sampleRecord;
using gr::test::went;

namespace {

bool mentions(const std::vector<std::string>& findings, const std::string& part) {
    return std::any_of(findings.begin(), findings.end(), [&](const std::string& finding) {
        return finding.find(part) != std::string::npos;
    });
}

std::string exported(const LedgerFolder& folder, ExportFormat format,
                     const gr::ledger::Filter& filter = {}) {
    std::ostringstream out;
    const auto done = exportRequests(folder.location(), format, filter, out);
    return went(done) ? out.str() : std::string();
}

}  // namespace

class TestLedgerBooks final : public QObject {
    Q_OBJECT

  private:
    // 3,000 rows of chance over a day, in batches that share hours.
    static void fill(const LedgerFolder& folder, std::uint64_t seed) {
        auto ledger = folder.ledger();
        RandomRecords random(seed);
        for (int i = 0; i < 3'000; ++i) {
            const auto at = static_cast<std::int64_t>(random.below(86'400'000));
            ledger->append(random.next({kNoon.value + at}));
            if (random.below(90) == 0)
                ledger->flush();
        }
    }

  private slots:
    void soundBooksHaveNoFindings_data() {
        QTest::addColumn<quint64>("seed");
        for (const quint64 seed : {1, 2, 3})
            QTest::addRow("%llu", seed) << seed;
    }
    void soundBooksHaveNoFindings() {
        QFETCH(quint64, seed);
        const LedgerFolder folder;
        fill(folder, seed);
        auto report = verifyBooks(folder.location(), folder.keys());
        QVERIFY(went(report));
        QCOMPARE(report->requests, std::int64_t(3'000));
        QCOMPARE(report->gaps, std::int64_t(0));
        QVERIFY2(report->findings.empty(),
                 report->findings.empty() ? "" : report->findings[0].c_str());
    }

    void everyTamperingIsFound_data() {
        QTest::addColumn<QByteArray>("sql");
        QTest::addColumn<QByteArray>("finding");
        const auto row = [](const char* name, const char* sql, const char* finding) {
            QTest::newRow(name) << QByteArray(sql) << QByteArray(finding);
        };
        row("row taken", "DELETE FROM requests WHERE sequence = 1500", "requests");
        row("last row taken",
            "DELETE FROM requests WHERE sequence = (SELECT max(sequence) FROM requests)",
            "requests");
        row("cost changed", "UPDATE requests SET cost_pico = 1 WHERE sequence = 70",
            "pico-dollars");
        row("tokens changed", "UPDATE requests SET output_tokens = 999999 WHERE sequence = 70",
            "output tokens");
        row("sum changed", "UPDATE hours SET input_tokens = input_tokens + 1", "input tokens");
        row("sum taken", "DELETE FROM hours WHERE hour = (SELECT min(hour) FROM hours)",
            "the sum says 0 requests");
        row("sum invented", "INSERT INTO hours VALUES (1,0,0,0,0,5,0,0,0,0,1,1)",
            "the sum says 5 requests, the rows say 0");
        row("row moved", "UPDATE requests SET started_ms = started_ms - 7200000 WHERE sequence = 9",
            "requests");
        row("attempts garbled", "UPDATE requests SET attempts = '1,2,x' WHERE sequence = 12",
            "Row 12 makes no sense");
        row("attempt invented",
            "UPDATE requests SET attempts = attempts || ',1,5' WHERE sequence = 12",
            "are not the sum of its attempts");
        row("outcome unknown", "UPDATE requests SET outcome = 77 WHERE sequence = 12",
            "Row 12 makes no sense");
        if (LedgerFolder::inPostgres())
            return;
        row("index lost a row",
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql, "
            "'started_ms)', 'total_ms)') WHERE name = 'requests_started'",
            "damaged");
    }
    void everyTamperingIsFound() {
        QFETCH(QByteArray, sql);
        QFETCH(QByteArray, finding);
        const LedgerFolder folder;
        fill(folder, 5);
        folder.tamper(sql.toStdString());
        auto report = verifyBooks(folder.location(), folder.keys());
        QVERIFY(went(report));
        QVERIFY2(mentions(report->findings, finding.toStdString()),
                 report->findings.empty() ? "no findings" : report->findings[0].c_str());
    }

    void damageIsAFinding() {
        if (LedgerFolder::inPostgres())
            QSKIP("of files");
        const LedgerFolder folder;
        fill(folder, 6);
        {
            // Junk over the middle of the file; its beginning stays a ledger.
            const auto size = std::filesystem::file_size(folder.file());
            std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
            file.seekp(static_cast<std::streamoff>(size / 2));
            file << std::string(20'000, '\x5a');
        }
        auto report = verifyBooks(folder.location(), folder.keys());
        QVERIFY(went(report));
        QVERIFY(mentions(report->findings, "damaged"));
    }

    void csvIsSafeAndExact() {
        const LedgerFolder folder;
        {
            auto ledger = folder.ledger();
            RequestRecord evil = sampleRecord(kNoon);
            evil.client = "=HYPERLINK(\"http://x\",\"y\")";
            evil.askedModel = "+1";
            evil.provider = "@sum";
            evil.model = "-2+3";
            evil.error = "\tcmd";
            evil.endpoint = "a \"quoted\",\nthing";
            evil.attempts.clear();
            evil.cost = Money::fromPico(37'500'000'001);
            ledger->append(evil);
            RequestRecord unknown = sampleRecord(kNoon);
            unknown.id = "plain";
            unknown.model = "broken\xff\xc0name";
            unknown.cost.reset();
            unknown.tokens = {};
            unknown.firstTokenMs.reset();
            ledger->append(unknown);
        }
        const std::string csv = exported(folder, ExportFormat::Csv);
        const std::string titles = csv.substr(0, csv.find('\n'));
        QCOMPARE(titles,
                 std::string("id,started_at,client,endpoint,asked_model,provider,model,"
                             "outcome,status,error,attempts,input_tokens,"
                             "cache_read_tokens,cache_write_5m_tokens,cache_write_1h_tokens,"
                             "audio_input_tokens,output_tokens,reasoning_tokens,"
                             "audio_output_tokens,cost_usd,"
                             "streamed,simulated,first_token_ms,total_ms,known_cost_usd"));
        const std::string rows = csv.substr(titles.size() + 1);
        const std::string want =
            "," + gr::isoTime(kNoon) +
            ",\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\",\"a \"\"quoted\"\",\nthing\",'+1,'@sum,"
            "'-2+3,answered,200,'\tcmd,,812,0,,,,164,,,0.037500000001,true,false,245,1451,"
            "0.037500000001\n";
        QVERIFY2(rows.find(want) != std::string::npos, rows.c_str());
        QVERIFY2(
            rows.ends_with("plain," + gr::isoTime(kNoon) +
                           ",my-tools,chat.completions,openai/gpt-4o-mini,openai,"
                           "broken\xef\xbf\xbd\xef\xbf\xbdname,answered,200,,"
                           "openai/gpt-4o-mini 200 (unknown),,,,,,,,,,true,false,,1451,0.00\n"),
            rows.c_str());
    }

    void jsonIsWholeAndExact() {
        const LedgerFolder folder;
        QVERIFY(folder.ledger());
        QCOMPARE(exported(folder, ExportFormat::Json), std::string("[]\n"));
        {
            auto ledger = folder.ledger();
            RequestRecord first = sampleRecord(kNoon);
            first.askedModel = "a\"b\\c\n\x01 \xf0\x9f\x98\x80 \xed\xa0\x80";
            first.cost = Money::fromPico(9'007'199'254'740'993);
            ledger->append(first);
            RequestRecord second = sampleRecord(kNoon);
            second.cost.reset();
            ledger->append(second);
        }
        const std::string text = exported(folder, ExportFormat::Json);
        QVERIFY(text.find("\"cost_usd\":\"9007.199254740993\"") != std::string::npos);
        QJsonParseError error;
        const auto document = QJsonDocument::fromJson(QByteArray::fromStdString(text), &error);
        QVERIFY2(error.error == QJsonParseError::NoError, text.c_str());
        const QJsonArray rows = document.array();
        QCOMPARE(rows.size(), 2);
        const QJsonObject first = rows[0].toObject();
        QCOMPARE(first[u"asked_model"].toString(),
                 QString::fromUtf8("a\"b\\c\n\x01 \xf0\x9f\x98\x80 \xef\xbf\xbd\xef\xbf\xbd"
                                   "\xef\xbf\xbd"));
        QCOMPARE(first[u"input_tokens"].toInt(), 812);
        QVERIFY(first[u"reasoning_tokens"].isNull());
        QCOMPARE(first[u"attempts"].toArray().size(), 1);
        QCOMPARE(first[u"attempts"].toArray()[0].toObject()[u"head_ms"].toInt(), 210);
        QVERIFY(rows[1].toObject()[u"cost_usd"].isNull());
    }

    void exportKeepsToTheRangeAndTellsItsProgress() {
        const LedgerFolder folder;
        {
            auto ledger = folder.ledger();
            for (int i = 0; i < 12'000; ++i) {
                ledger->append(sampleRecord({kNoon.value + i}));
                if (i % 1'000 == 0)
                    ledger->flush();
            }
        }
        std::ostringstream out;
        std::vector<std::pair<std::int64_t, std::int64_t>> steps;
        const auto done =
            exportRequests(folder.location(), ExportFormat::Csv,
                           {.from = UnixMs{kNoon.value + 500}, .to = UnixMs{kNoon.value + 11'500}},
                           out, [&](std::int64_t at, std::int64_t all) {
                               steps.emplace_back(at, all);
                               return true;
                           });
        QVERIFY(went(done));
        QCOMPARE(done->requests, std::int64_t(11'000));
        const std::string text = out.str();
        QCOMPARE(std::count(text.begin(), text.end(), '\n'), std::ptrdiff_t(11'001));
        QVERIFY(steps.size() > 1);
        QVERIFY(steps.back() == std::make_pair(std::int64_t(11'000), std::int64_t(11'000)));

        std::ostringstream stopped;
        const auto cancelled = exportRequests(folder.location(), ExportFormat::Json, {}, stopped,
                                              [](std::int64_t, std::int64_t) { return false; });
        QVERIFY(!cancelled);
        QVERIFY(cancelled.error().code == gr::ErrorCode::Cancelled);
    }

    void anExportThatCannotBeWrittenFails() {
        const LedgerFolder folder;
        fill(folder, 7);
        std::ofstream full("/dev/full");
        QVERIFY(full.is_open());
        const auto refused = exportRequests(folder.location(), ExportFormat::Csv, {}, full);
        QVERIFY(!refused);
        QVERIFY(refused.error().code == gr::ErrorCode::FileUnwritable);
    }

    void timesAreRfc3339() {
        QCOMPARE(gr::isoTime({0}), std::string("1970-01-01T00:00:00.000Z"));
        QCOMPARE(gr::isoTime({1'795'003'200'000}), std::string("2026-11-18T12:00:00.000Z"));
        QCOMPARE(gr::isoTime({951'782'399'999}), std::string("2000-02-28T23:59:59.999Z"));
        QCOMPARE(gr::isoTime({951'782'400'000}), std::string("2000-02-29T00:00:00.000Z"));
        QCOMPARE(gr::isoTime({-1}), std::string("1969-12-31T23:59:59.999Z"));
        QCOMPARE(gr::isoTime({std::numeric_limits<std::int64_t>::max()}),
                 std::string("9999-12-31T23:59:59.999Z"));
        QCOMPARE(gr::isoTime({std::numeric_limits<std::int64_t>::min()}),
                 std::string("0000-01-01T00:00:00.000Z"));
    }
};

int main(int argc, char** argv) {
    return gr::test::LedgerFolder::runTest<TestLedgerBooks>(argc, argv);
}
#include "test_ledger_books.moc"
