// SPDX-License-Identifier: MIT
// What the window reads of real books: what caches saved, how a cost came to be, and files of all
// requests.
#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QTemporaryDir>
#include <QTest>

#include "app/export_file.h"
#include "app/local_gateway.h"
#include "app/window_backend.h"
#include "desktop_run.h"
#include "gateway/attempt_cost.h"
#include "gateway/price_list_builder.h"
#include "ledger/attempt_sums.h"
#include "ledger/ledger.h"
#include "stage.h"
#include "support/ledger_samples.h"

namespace gr::app {

using namespace Qt::StringLiterals;

namespace {

constexpr auto kConfig =
    "{'listen': {'port': 0}, 'providers': [{'id': 'p', 'keys': [], "
    "'base_url': 'https://provider.example/v1', 'models': [{'id': 'm', "
    "'price': {'input': '0.25', 'cache_read': '0.025', 'output': '2'}}]}]}";

// A backend over books that the test writes.
struct Books {
    Books() {
        EngineOptions options;
        options.dataDir = folder.filePath(u"data"_s).toStdString();
        options.configFile = folder.filePath(u"config.json"_s).toStdString();
        QFile file(folder.filePath(u"config.json"_s));
        if (!file.open(QIODevice::WriteOnly)) {
            return;
        }
        file.write(QByteArray(kConfig).replace('\'', '"'));
        file.close();
        keychain.works = false;
        std::vector<settings::Problem> problems;
        configuration = *Configuration::open(pathsFor(options), &keychain, problems);
        auto engine = Engine::open(options, *configuration);
        if (!engine) {
            qWarning("%s", engine.error().message.text.c_str());
            return;
        }
        ledger = &(*engine)->ledger();
        backend = std::make_unique<WindowBackend>(
            *configuration, std::make_unique<LocalGateway>(std::move(*engine)));
    }
    // One request as the gateway books it, its input half from a cache.
    ledger::RequestRecord add(std::int64_t ago = 0) {
        ledger::RequestRecord record = test::sampleRecord({start.value - ago});
        ledger::Attempt& attempt = record.attempts.front();
        attempt.provider = record.provider = "p";
        attempt.model = record.model = "m";
        gateway::AttemptFacts facts;
        facts.complete = true;
        facts.usage = record.tokens = {.input = 1'000, .cacheRead = 1'000, .output = 10};
        facts.sentAt = record.startedAt;
        const auto prices =
            gateway::pricesOf(configuration->settings().providers[0], configuration->catalog());
        settle(attempt, facts, prices->find("m"));
        record.cost = ledger::costOf(record.attempts);
        ledger->append(record);
        ledger->flush();
        return record;
    }
    gateway::CacheSavings savings(UnixMs from) {
        std::optional<gateway::CacheSavings> told;
        QObject context;
        backend->querySavings(&context, from, [&](const auto& answer) {
            told = answer ? *answer : gateway::CacheSavings{.saved = {}, .requests = -1};
        });
        for (int i = 0; i < 2000 && !told; ++i) {
            QTest::qWait(10);
        }
        return told.value_or(gateway::CacheSavings{.saved = {}, .requests = -2});
    }
    QString path(const QString& name) const { return folder.filePath(name); }
    QStringList files() const {
        return QDir(folder.path()).entryList({u"out*"_s}, QDir::Files | QDir::Hidden);
    }

    QTemporaryDir folder;
    FakeKeychain keychain;
    std::unique_ptr<Configuration> configuration;
    ledger::Ledger* ledger = nullptr;
    std::unique_ptr<WindowBackend> backend;
    UnixMs start = SystemClock().now();
};

QByteArray contentOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace

class TestBooks final : public QObject {
    Q_OBJECT

  private slots:
    void savingsFollowTheBooks();
    void costsAreExplained();
    void exportsReplaceFilesAtTheEnd();
    void exportsThatStopLeaveWhatWasThere();
    void exportsRunBesideTheWindow();
};

void TestBooks::savingsFollowTheBooks() {
    Books books;
    QVERIFY(books.ledger != nullptr);
    const UnixMs from{books.start.value - 1'000};
    QCOMPARE(books.savings(from).requests, 0);
    books.add();
    books.add(2'000);  // before
    // 1,000 tokens at 0.25 - 0.025 dollars a million.
    QVERIFY(books.savings(from).saved == Money::parse("0.000225"));
    books.add();
    const auto both = books.savings(from);
    QVERIFY(both.requests == 2 && both.saved == Money::parse("0.00045"));
    QVERIFY(!both.estimated && both.unknown == 0);
    QCOMPARE(books.savings({from.value - 5'000}).requests, 3);
    QCOMPARE(books.savings(from).requests, 2);
}

void TestBooks::costsAreExplained() {
    Books books;
    QVERIFY(books.ledger != nullptr);
    const auto record = books.add();
    const auto bills = books.backend->bills(record);
    QCOMPARE(bills.size(), 1U);
    QCOMPARE(bills[0].lines.size(), 3U);
    QVERIFY(bills[0].sum == record.cost && record.cost == Money::parse("0.000295"));
}

void TestBooks::exportsReplaceFilesAtTheEnd() {
    Books books;
    QVERIFY(books.ledger != nullptr);
    const auto record = books.add();
    const QString path = books.path(u"out.json"_s);
    QFile old(path);
    QVERIFY(old.open(QIODevice::WriteOnly) && old.write("old") == 3);
    old.close();
    QByteArray during;
    const auto written =
        writeExport(books.ledger->location(), {{}, ledger::ExportFormat::Json, path},
                    [&](std::int64_t done, std::int64_t all) {
                        during = contentOf(path);
                        return done == 1 && all == 1;
                    });
    QVERIFY(written && written->requests == 1);
    QCOMPARE(during, QByteArray("old"));
    const QJsonArray rows = QJsonDocument::fromJson(contentOf(path)).array();
    QCOMPARE(rows.size(), 1);
    QCOMPARE(rows[0][u"id"_s].toString().toStdString(), record.id);
    QCOMPARE(books.files(), QStringList{u"out.json"_s});
}

void TestBooks::exportsThatStopLeaveWhatWasThere() {
    Books books;
    QVERIFY(books.ledger != nullptr);
    books.add();
    const auto stop = [](std::int64_t, std::int64_t) { return false; };
    ui::ExportOrder order{{}, ledger::ExportFormat::Csv, books.path(u"out.csv"_s)};
    auto written = writeExport(books.ledger->location(), order, stop);
    QVERIFY(!written && written.error().code == ErrorCode::Cancelled);
    QVERIFY(books.files().isEmpty());
    QFile old(order.path);
    QVERIFY(old.open(QIODevice::WriteOnly) && old.write("old") == 3);
    old.close();
    QVERIFY(!writeExport(books.ledger->location(), order, stop));
    QCOMPARE(contentOf(order.path), QByteArray("old"));
    QCOMPARE(books.files(), QStringList{u"out.csv"_s});
    order.path = books.path(u"no/such/folder/out.csv"_s);
    written = writeExport(books.ledger->location(), order, {});
    QVERIFY(!written && written.error().code == ErrorCode::FileUnwritable);
    QVERIFY(written.error().message.text.find("no/such/folder/out.csv") != std::string::npos);
}

void TestBooks::exportsRunBesideTheWindow() {
    Books books;
    QVERIFY(books.ledger != nullptr);
    books.add();
    books.add();
    QObject context;
    std::optional<Result<ledger::Exported>> written;
    std::int64_t most = 0;
    const QString path = books.path(u"out.csv"_s);
    books.backend->exportHistory(
        &context, {{}, ledger::ExportFormat::Csv, path},
        [&](std::int64_t done, std::int64_t) { most = done; },
        [&](const auto& answer) { written = answer; });
    QVERIFY2(!written, "the reply comes later");
    QTRY_VERIFY(written);
    QVERIFY(*written && (*written)->requests == 2 && most == 2);
    QCOMPARE(contentOf(path).count('\n'), 3);
    // A window that goes while it writes waits for no answer.
    books.backend->exportHistory(
        &context, {{}, ledger::ExportFormat::Csv, path}, [](std::int64_t, std::int64_t) {},
        [](const auto&) {});
    books.backend.reset();
    QCOMPARE(books.files(), QStringList{u"out.csv"_s});
}

}  // namespace gr::app

GR_UI_TEST_MAIN(gr::app::TestBooks)
#include "test_books.moc"
