// SPDX-License-Identifier: MIT
// Hands in the ledger, and that each is found.
#include <QtTest>
#include <algorithm>
#include <fstream>
#include <sstream>

#include "ledger/retention.h"
#include "ledger/schema.h"
#include "ledger/verify.h"
#include "support/ledger_fixture.h"

using gr::Secret;
using gr::UnixMs;
using gr::ledger::BooksReport;
using gr::ledger::Ledger;
using gr::ledger::ReceiptKeys;
using gr::ledger::Receipts;
using gr::ledger::Retention;
using gr::test::kNoon;
using gr::test::LedgerFolder;
using gr::test::RandomRecords;
using gr::test::went;

namespace {

namespace fs = std::filesystem;

constexpr std::int64_t kHour = 3'600'000;

// A whole hour.
UnixMs longAgo() {
    return {kNoon.value - 1'000 * 24 * kHour};
}

// One a minute.
void add(Ledger& ledger, int rows, std::uint64_t seed, UnixMs first = kNoon) {
    RandomRecords random(seed);
    for (int i = 0; i < rows; ++i) {
        ledger.append(random.next({first.value + i * 60'000}));
        if (i % 200 == 199)
            ledger.flush();
    }
    ledger.flush();
}

void fill(const LedgerFolder& folder, int rows, std::uint64_t seed = 1, UnixMs first = kNoon) {
    add(*folder.ledger(), rows, seed, first);
}

BooksReport verify(const LedgerFolder& folder, const ReceiptKeys& keys) {
    auto report = gr::ledger::verifyBooks(folder.location(), keys);
    if (!went(report))
        qFatal("not verified");
    return std::move(*report);
}

bool finds(const LedgerFolder& folder, const std::string& part) {
    const BooksReport report = verify(folder, folder.keys());
    const bool found = std::any_of(
        report.findings.begin(), report.findings.end(),
        [&](const std::string& finding) { return finding.find(part) != std::string::npos; });
    for (const std::string& finding : report.findings) {
        if (!found)
            qWarning("%s", finding.c_str());
    }
    return found;
}

bool sound(const LedgerFolder& folder) {
    return !finds(folder, "") && verify(folder, folder.keys()).findings.empty();
}

std::string contents(const fs::path& file) {
    std::ostringstream bytes;
    bytes << std::ifstream(file, std::ios::binary).rdbuf();
    return bytes.str();
}

void write(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

constexpr const char* kTooYoung = "cannot have removed them because of their age";

// Takes rows away as if a gateway whose key is not here had removed them because of their age, with
// a cut that makes everything old. Sequences are numbers here.
QByteArray inventedRemoval(int first, int last) {
    const QByteArray from = QByteArray::number(first);
    const QByteArray to = QByteArray::number(last);
    return "INSERT INTO chains (name, signed_by, began_ms, after_sequence, home, seal, "
           "last_number, last_mac) SELECT 'gw_other', 'vault', began_ms, 0, 'elsewhere', seal, 0, "
           "seal FROM chains; INSERT INTO removals (chain, first_number, last_number, last_mac, "
           "signer, seal) SELECT min(id), " +
           from + ", " + to + ", (SELECT mac FROM requests WHERE sequence = " + to +
           "), max(id), (SELECT mac FROM requests WHERE sequence = 1) FROM chains; INSERT INTO "
           "cuts (cut_ms, before_ms, requests, input_tokens, output_tokens, cost_pico, "
           "unknown_cost, first_sequence, last_sequence) VALUES (9223372036854775807, "
           "9223372036854775807, 1, 0, 0, 0, 0, 1, 1); DELETE FROM requests WHERE sequence "
           "BETWEEN " +
           from + " AND " + to;
}

// A chain that began so long ago.
void beginChain(const LedgerFolder& folder, UnixMs at) {
    auto database = gr::ledger::openForWriting(folder.location());
    auto transaction =
        gr::ledger::Transaction::begin(*database, gr::ledger::Transaction::Kind::Write);
    Receipts receipts(folder.keys());
    if (!went(database) || !went(transaction) || !went(receipts.begin(*database, at)) ||
        !went(transaction->commit()))
        qFatal("no chain");
}

}  // namespace

class TestReceipts final : public QObject {
    Q_OBJECT

  private slots:
    void soundBooksAreWhollyChecked() {
        const LedgerFolder folder;
        for (int start = 0; start < 3; ++start)
            fill(folder, 250, std::uint64_t(start));
        const BooksReport report = verify(folder, folder.keys());
        QVERIFY(sound(folder));
        QCOMPARE(report.receipts.checked, std::int64_t(750));
        QCOMPARE(report.receipts.byFile, std::int64_t(750));
        // A restart goes on with the chain.
        QVERIFY(contents(folder.home() / "receipts.anchor").find(" file 750 ") !=
                std::string::npos);
    }

    void everyTamperingIsFound_data() {
        QTest::addColumn<QByteArray>("sql");
        QTest::addColumn<QByteArray>("finding");
        const auto row = [](const char* name, const QByteArray& sql, const char* finding) {
            QTest::newRow(name) << sql << QByteArray(finding);
        };
        row("status", "UPDATE requests SET status = 418 WHERE sequence = 70",
            "Row 70 (number 70 of gateway gw_");
        row("id", "UPDATE requests SET id = 'req_other' WHERE sequence = 1", "Row 1 (number 1 ");
        row("time within the hour",
            "UPDATE requests SET started_ms = started_ms + 1 WHERE sequence = 600", "Row 600 (");
        row("unknown becomes zero",
            "UPDATE requests SET cost_pico = 0 WHERE sequence = (SELECT min(sequence) FROM "
            "requests "
            "WHERE cost_pico IS NULL)",
            ") was changed");
        row("attempts", "UPDATE requests SET attempts = '' WHERE sequence = 70", "Row 70 (");
        row("charges", "UPDATE requests SET charges = '1,2,3,4' WHERE sequence = 70", "Row 70 (");
        row("name of a client",
            "UPDATE names SET text = 'somebody-else' WHERE id = (SELECT client FROM requests WHERE "
            "sequence = 9)",
            "Row 9 (");
        row("row taken", "DELETE FROM requests WHERE sequence = 70", "Row 70 of gateway gw_");
        row("rows taken", "DELETE FROM requests WHERE sequence BETWEEN 70 AND 99",
            "Rows 70 to 99 of gateway gw_");
        row("first rows taken", "DELETE FROM requests WHERE sequence < 5", "Rows 1 to 4 of");
        row("rows change places",
            "UPDATE requests SET sequence = -1 WHERE sequence = 70; UPDATE requests SET sequence = "
            "70 WHERE sequence = 80; UPDATE requests SET sequence = 80 WHERE sequence = -1",
            "out of its order");
        row("receipt taken",
            "UPDATE requests SET chain = NULL, number = NULL, mac = NULL WHERE sequence = 70",
            "Row 70 has no receipt");
        row("row put in",
            "INSERT INTO requests (sequence, started_ms, client, provider, model, asked, outcome, "
            "id, endpoint, error, status, flags, total_ms, attempts) SELECT 1000, started_ms, "
            "client, provider, model, asked, outcome, 'x', endpoint, error, status, flags, "
            "total_ms, attempts FROM requests WHERE sequence = 70",
            "Row 1000 has no receipt");
        row("row of nobody", "UPDATE requests SET chain = 99 WHERE sequence = 70", "does not know");
        row("tail cut", "DELETE FROM requests WHERE sequence > 590", "Rows 591 to 600 of");
        row("tail cut with its head",
            "DELETE FROM requests WHERE sequence > 590; UPDATE chains SET last_number = 590, "
            "last_mac = (SELECT mac FROM requests WHERE sequence = 590)",
            "The ledger ends before what gateway gw_");
        row("head changed",
            "UPDATE chains SET last_mac = (SELECT mac FROM requests WHERE sequence = 590)",
            "The end of what gateway");
        row("all taken", "DELETE FROM requests; DELETE FROM chains; DELETE FROM hours",
            "knows nothing of gateway gw_");
        row("chain renamed", "UPDATE chains SET name = 'gw_0'", "knows nothing of gateway gw_");
        row("beginning of the chain", "UPDATE chains SET began_ms = began_ms + 1",
            "The beginning of what gateway gw_");
        row("beginning of the chain, and a row",
            "UPDATE chains SET began_ms = began_ms + 1; UPDATE requests SET status = 418 WHERE "
            "sequence = 70",
            "Row 70 (number 70 of gateway gw_");
        row("chain given away", "UPDATE chains SET home = '', signed_by = 'vault'",
            "The beginning of what gateway gw_");
        row("forged removal",
            "DELETE FROM requests WHERE sequence BETWEEN 70 AND 99; INSERT INTO removals (chain, "
            "first_number, last_number, last_mac, signer, seal) SELECT id, 70, 99, last_mac, id, "
            "seal FROM chains",
            "was not made by this gateway");
        row("removal by nobody",
            "DELETE FROM requests WHERE sequence BETWEEN 70 AND 99; INSERT INTO removals (chain, "
            "first_number, last_number, last_mac, signer, seal) SELECT id, 70, 99, last_mac, 99, "
            "seal FROM chains",
            "names a gateway that the ledger does not know");
        row("removal in the middle by an invented gateway", inventedRemoval(70, 99), kTooYoung);
        row("removal at the beginning by an invented gateway", inventedRemoval(1, 99), kTooYoung);
        row("removal at the end by an invented gateway", inventedRemoval(500, 600), kTooYoung);
        row("removal backwards",
            "DELETE FROM requests WHERE sequence = 70; INSERT INTO removals (chain, first_number, "
            "last_number, last_mac, signer, seal) SELECT id, 70, 60, last_mac, 99, seal FROM "
            "chains",
            "were removed because of their age makes no sense");
        row("largest number as the last", "UPDATE chains SET last_number = 9223372036854775807",
            "Rows 601 to 9223372036854775807 of gateway gw_");
        row("largest number of a row",
            "UPDATE requests SET number = 9223372036854775807 WHERE sequence = 600; UPDATE chains "
            "SET last_number = 9223372036854775807",
            "Rows 600 to 9223372036854775806 of gateway gw_");
    }
    void everyTamperingIsFound() {
        QFETCH(QByteArray, sql);
        QFETCH(QByteArray, finding);
        const LedgerFolder folder;
        fill(folder, 600);
        QVERIFY(sound(folder));
        folder.tamper(sql.toStdString());
        QVERIFY(finds(folder, finding.toStdString()));
    }

    void anOlderStateIsFoundAndStaysFound() {
        if (LedgerFolder::inPostgres())
            QSKIP("of files");
        const LedgerFolder folder;
        fill(folder, 300);
        const std::string old = contents(folder.file());
        fill(folder, 300, 2);
        QVERIFY(sound(folder));
        fs::remove(folder.file().string() + "-wal");
        fs::remove(folder.file().string() + "-shm");
        write(folder.file(), old);
        QVERIFY(finds(folder, "The ledger ends before what gateway gw_"));
        // The gateway goes on, and does not paper it over.
        fill(folder, 100, 3);
        QVERIFY(finds(folder, "(600 rows): it was cut, or put back to an older state"));
        QCOMPARE(verify(folder, folder.keys()).receipts.checked, std::int64_t(400));
    }

    void theAnchorFileIsGuarded() {
        const LedgerFolder folder;
        fill(folder, 300);
        const fs::path file = folder.home() / "receipts.anchor";
        const std::string before = contents(file);
        std::string lower = before;
        lower.replace(lower.find(" 300 "), 5, " 200 ");
        write(file, lower);
        QVERIFY(finds(folder, "was changed"));
        write(file, "nonsense");
        QVERIFY(finds(folder, "makes no sense"));
        fs::remove(file);
        QVERIFY(finds(folder, "says nothing of gateway"));
        write(file, before);
        QVERIFY(sound(folder));
    }

    // It names its data directory.
    void aChainOfThisGatewayIsKnownWithoutItsAnchor() {
        const LedgerFolder folder;
        fill(folder, 100);
        fs::remove(folder.home() / "receipts.anchor");
        folder.tamper("UPDATE chains SET began_ms = began_ms + 1");
        QVERIFY(finds(folder, "The beginning of what gateway gw_"));
    }

    // A folder is moved, or a server is called otherwise.
    void aLedgerKeepsItsAnchorsUnderAnotherName() {
        const LedgerFolder folder;
        fill(folder, 300);
        const fs::path file = folder.home() / "receipts.anchor";
        const auto anchors = gr::ledger::readAnchors(file);
        QVERIFY(went(anchors));
        QCOMPARE(anchors->size(), std::size_t(1));
        gr::ledger::Anchor anchor = anchors->front();
        anchor.ledger = gr::ledger::ledgerDigest("another name");
        gr::ledger::Signer signer(folder.keys().file);
        anchor.seal = anchorSeal(signer, anchor);
        QVERIFY(went(gr::ledger::writeAnchors(file, {anchor})));
        QVERIFY(sound(folder));
        fill(folder, 100, 2);  // goes on
        QVERIFY(sound(folder));
        folder.tamper(
            "DELETE FROM requests WHERE sequence BETWEEN 291 AND 300; UPDATE chains SET "
            "last_number = 290, last_mac = (SELECT mac FROM requests WHERE sequence = 290) WHERE "
            "last_number = 300");
        QVERIFY(finds(folder, "The ledger ends before what gateway gw_"));
    }

    // A server that takes the first rows and then not: the gateway tries twice a second.
    void aChainThatNeverBeganLeavesNoAnchor() {
        const LedgerFolder folder;
        fill(folder, 100);
        const auto lines = [&] {
            return gr::ledger::readAnchors(folder.home() / "receipts.anchor")->size();
        };
        QCOMPARE(lines(), std::size_t(1));
        auto database = gr::ledger::openForWriting(folder.location());
        ReceiptKeys keys = folder.keys();
        keys.vault = Secret(std::string(32, 'v'));
        Receipts receipts(std::move(keys));
        for (int tries = 0; tries < 5; ++tries) {
            auto transaction =
                gr::ledger::Transaction::begin(*database, gr::ledger::Transaction::Kind::Write);
            QVERIFY(went(receipts.begin(*database, kNoon)));  // rolled back
        }
        QCOMPARE(lines(), std::size_t(2));
        QVERIFY(sound(folder));
    }

    void rowsFromBeforeAreToldApart() {
        const LedgerFolder folder;
        fill(folder, 300);
        folder.tamper(
            "UPDATE requests SET chain = NULL, number = NULL, mac = NULL; "
            "DELETE FROM chains");
        fs::remove(folder.home() / "receipts.anchor");
        fill(folder, 50, 2);
        const BooksReport report = verify(folder, folder.keys());
        QVERIFY(sound(folder));
        QCOMPARE(report.receipts.unchained, std::int64_t(300));
        QCOMPARE(report.receipts.checked, std::int64_t(50));
    }

    void theRestOfACutIsStillChecked() {
        const LedgerFolder folder;
        fill(folder, 1'500);  // 25 hours
        fill(folder, 1'500, 2);
        {
            auto database = gr::ledger::openForWriting(folder.location());
            Receipts receipts(folder.keys());
            auto retention = Retention::create(*database, receipts);
            const UnixMs before{kNoon.value + 20 * kHour};
            while (*retention->cutSome(before, before))
                QVERIFY(sound(folder));
        }
        QVERIFY(sound(folder));
        const BooksReport report = verify(folder, folder.keys());
        QCOMPARE(report.receipts.checked, std::int64_t(600));
        QVERIFY(report.notes.empty());
        fill(folder, 100, 3);  // goes on
        QVERIFY(sound(folder));
        folder.tamper(
            "UPDATE requests SET total_ms = 1 WHERE sequence = (SELECT min(sequence) FROM "
            "requests)");
        QVERIFY(finds(folder, ") was changed"));
        folder.tamper("UPDATE removals SET last_number = last_number + 1");
        QVERIFY(finds(folder, "was not made by this gateway"));
    }

    void eachGatewayChecksItsOwn() {
        const LedgerFolder folder;
        const LedgerFolder other;  // another data directory
        fs::create_directories(other.home());
        {
            auto first = folder.ledger();
            auto second = Ledger::open(folder.location(), other.home());
            QVERIFY(went(second));
            add(*first, 300, 1);
            add(**second, 200, 2);
            add(*first, 100, 3);
        }
        const BooksReport ours = verify(folder, folder.keys());
        QVERIFY(ours.findings.empty());
        QCOMPARE(ours.receipts.checked, std::int64_t(400));
        QCOMPARE(ours.receipts.foreign, std::int64_t(200));
        const BooksReport theirs = verify(folder, other.keys());
        QVERIFY(theirs.findings.empty());
        QCOMPARE(theirs.receipts.checked, std::int64_t(200));
        // A hole shows everywhere, a changed row where the key is.
        folder.tamper(
            "DELETE FROM requests WHERE sequence = 350; "
            "UPDATE requests SET status = 1 WHERE sequence = 360");
        QVERIFY(finds(folder, "Row 50 of gateway"));
        QVERIFY(!finds(folder, "Row 360 "));
        const BooksReport again = verify(folder, other.keys());
        QVERIFY(std::any_of(again.findings.begin(), again.findings.end(),
                            [](const auto& finding) { return finding.starts_with("Row 360 "); }));
    }

    // Its seal cannot be checked here, so that the rows can have been old is all there is.
    void whatAnotherGatewayRemovedIsTold_data() {
        QTest::addColumn<qint64>("began");
        QTest::addColumn<bool>("sound");
        const UnixMs old = longAgo();
        QTest::newRow("old rows") << qint64(old.value) << true;
        QTest::newRow("rows of a chain that is too young")
            << qint64(old.value + 24 * kHour) << false;
    }
    void whatAnotherGatewayRemovedIsTold() {
        QFETCH(qint64, began);
        QFETCH(bool, sound);
        const LedgerFolder folder;
        const LedgerFolder other;
        fs::create_directories(other.home());
        beginChain(folder, {began});
        fill(folder, 300, 1, longAgo());
        {
            auto database = gr::ledger::openForWriting(folder.location());
            Receipts receipts(other.keys());
            auto retention = Retention::create(*database, receipts);
            // Rows of others stay a day longer.
            const UnixMs before{longAgo().value + 26 * kHour};
            while (*retention->cutSome(before, before)) {
            }
        }
        const BooksReport report = verify(folder, folder.keys());
        for (const std::string& finding : report.findings)
            QVERIFY2(!sound, finding.c_str());
        QCOMPARE(report.requests, std::int64_t(180));
        QCOMPARE(finds(folder, kTooYoung), !sound);
        QCOMPARE(report.notes.size(), std::size_t(sound ? 1 : 0));
        if (sound)
            QVERIFY(report.notes[0].starts_with("120 rows of gateway gw_"));
    }

    // In the name of a gateway that nobody knows, with a cut of today.
    void ourRowsTellWhatCannotHaveBeenOld_data() {
        QTest::addColumn<qint64>("first");
        QTest::addColumn<int>("from");
        QTest::addColumn<int>("to");
        QTest::addColumn<bool>("found");
        const qint64 old = longAgo().value;
        const qint64 young = gr::SystemClock().now().value - 6 * kHour;
        QTest::newRow("older ones are left") << old << 70 << 99 << true;
        QTest::newRow("the one before is young") << young << 31 << 99 << true;
        QTest::newRow("the anchor is young") << old << 1 << 300 << true;
        QTest::newRow("nothing tells") << old << 1 << 99 << false;
    }
    void ourRowsTellWhatCannotHaveBeenOld() {
        QFETCH(qint64, first);
        QFETCH(int, from);
        QFETCH(int, to);
        QFETCH(bool, found);
        const LedgerFolder folder;
        beginChain(folder, longAgo());
        fill(folder, 300, 1, {first});
        folder.tamper(inventedRemoval(from, to).toStdString());
        QCOMPARE(finds(folder, kTooYoung), found);
    }

    void theVaultsKeySignsOnceItIsOpen() {
        const LedgerFolder folder;
        const Secret vault(std::string(32, 'v'));
        {
            auto ledger = folder.ledger();
            add(*ledger, 100, 1);
            ledger->useVaultKey(vault.clone());
            add(*ledger, 200, 2);
            ledger->useVaultKey(vault.clone());  // no new one
            add(*ledger, 50, 3);
        }
        const BooksReport closed = verify(folder, folder.keys());
        QVERIFY(closed.findings.empty());
        QCOMPARE(closed.receipts.checked, std::int64_t(100));
        QCOMPARE(closed.receipts.locked, std::int64_t(250));
        ReceiptKeys keys = folder.keys();
        keys.vault = vault.clone();
        const BooksReport open = verify(folder, keys);
        QVERIFY(open.findings.empty());
        QCOMPARE(open.receipts.checked, std::int64_t(350));
        QCOMPARE(open.receipts.byFile, std::int64_t(100));
        folder.tamper("UPDATE requests SET status = 1 WHERE sequence = 300");
        QVERIFY(verify(folder, folder.keys()).findings.empty());
        QCOMPARE(verify(folder, keys).findings.size(), std::size_t(1));
    }

    void theKeyFileIsForThisUserAlone() {
        const LedgerFolder folder;
        fill(folder, 1);
        for (const char* name : {"receipts.key", "receipts.anchor"}) {
            struct stat info {};
            QCOMPARE(::stat((folder.home() / name).c_str(), &info), 0);
            QCOMPARE(int(info.st_mode & 0777), 0600);
        }
        write(folder.home() / "receipts.key", "short\n");
        const auto refused = Ledger::open(folder.location(), folder.home());
        QVERIFY(!refused);
        QVERIFY(refused.error().message.text.find("receipts.key") != std::string::npos);
    }
};

int main(int argc, char** argv) {
    return gr::test::LedgerFolder::runTest<TestReceipts>(argc, argv);
}
#include "test_receipts.moc"
