// SPDX-License-Identifier: MIT
#include <sqlite3.h>
#include <sys/stat.h>

#include <QTemporaryDir>
#include <QtTest>

#include "base/cipher.h"
#include "base/file.h"
#include "gateway/response_store.h"

using namespace gr;
using gateway::KeptResponse;
using gateway::ResponseLimits;
using gateway::ResponseStore;
using UpTo = ResponseStore::UpTo;
namespace fs = std::filesystem;

namespace {

constexpr UnixMs kStart{1'000'000};
constexpr UnixMs kEver{0};
const ResponseLimits kRoomy{{}, 1000, 1 << 20};

Secret keyOf(char c) {
    return Secret(std::string(kCipherKeySize, c));
}

class Folder final {
  public:
    fs::path file() const { return fs::path(m_folder.path().toStdString()) / "responses.sqlite"; }
    std::unique_ptr<ResponseStore> open(char key = 'k') const {
        auto store = ResponseStore::open(file(), keyOf(key));
        return store ? std::move(*store) : nullptr;
    }
    // Everything that lies on the disk.
    std::string bytes() const {
        std::string all;
        for (const auto& entry : fs::directory_iterator(file().parent_path()))
            all += readFile(entry.path(), std::size_t{1} << 30).value();
        return all;
    }

  private:
    QTemporaryDir m_folder;
};

// "resp_2" is the second turn: it brings ["in 2"] and answers ["out 2"].
KeptResponse turn(int number, std::int64_t previous = 0) {
    const std::string n = std::to_string(number);
    KeptResponse response;
    response.client = "tools";
    response.id = "resp_" + n;
    response.createdAt = UnixMs{kStart.value + number};
    response.previous = previous;
    response.input = "[\"in " + n + "\"]";
    response.output = "[\"out " + n + "\"]";
    response.object = "{\"id\":\"resp_" + n + "\"}";
    return response;
}

std::string items(ResponseStore& store, const std::string& id, UpTo upTo = UpTo::Output,
                  const std::string& client = "tools", UnixMs since = kEver) {
    const auto found = store.history(client, id, since, upTo);
    if (!found)
        return found.error().message.text;
    return *found ? (*found)->items : "nothing";
}

std::int64_t place(ResponseStore& store, const std::string& id) {
    return store.history("tools", id, kEver, UpTo::Output).value()->place;
}

// Turns 1 to `count`, each going on from the one before.
void chain(ResponseStore& store, int count, const ResponseLimits& limits = kRoomy) {
    std::int64_t previous = 0;
    for (int i = 1; i <= count; ++i) {
        QVERIFY(store.keep(turn(i, previous), limits));
        previous = place(store, "resp_" + std::to_string(i));
    }
}

std::string object(ResponseStore& store, const std::string& id, const std::string& client = "tools",
                   UnixMs since = kEver) {
    return store.object(client, id, since).value().value_or("nothing");
}

void sql(const fs::path& file, const char* text) {
    sqlite3* handle = nullptr;
    QCOMPARE(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
    QCOMPARE(sqlite3_exec(handle, text, nullptr, nullptr, nullptr), SQLITE_OK);
    sqlite3_close(handle);
}

}  // namespace

class TestResponseStore final : public QObject {
    Q_OBJECT

  private slots:
    void aConversationIsFoundFromEachOfItsTurns() {
        const Folder folder;
        const auto store = folder.open();
        chain(*store, 3);
        QCOMPARE(items(*store, "resp_1"), std::string(R"(["in 1","out 1"])"));
        QCOMPARE(items(*store, "resp_3"),
                 std::string(R"(["in 1","out 1","in 2","out 2","in 3","out 3"])"));
        QCOMPARE(items(*store, "resp_3", UpTo::Input),
                 std::string(R"(["in 1","out 1","in 2","out 2","in 3"])"));
        QCOMPARE(object(*store, "resp_2"), std::string(R"({"id":"resp_2"})"));
    }

    void twoMayGoOnFromOne() {
        const Folder folder;
        const auto store = folder.open();
        chain(*store, 1);
        const std::int64_t first = place(*store, "resp_1");
        QVERIFY(store->keep(turn(2, first), kRoomy));
        QVERIFY(store->keep(turn(3, first), kRoomy));
        QCOMPARE(items(*store, "resp_3"), std::string(R"(["in 1","out 1","in 3","out 3"])"));
        QCOMPARE(items(*store, "resp_2"), std::string(R"(["in 1","out 1","in 2","out 2"])"));
    }

    void forOthersNothingIsThere() {
        const Folder folder;
        const auto store = folder.open();
        chain(*store, 1);
        for (const char* client : {"other", "", "tool", "tools "}) {
            QCOMPARE(items(*store, "resp_1", UpTo::Output, client), std::string("nothing"));
            QCOMPARE(object(*store, "resp_1", client), std::string("nothing"));
            QCOMPARE(store->remove(client, "resp_1", kEver).value(), false);
        }
        for (const char* id : {"", "resp_2", "resp_"})
            QCOMPARE(items(*store, id), std::string("nothing"));
        // The same name is another answer for another client.
        KeptResponse theirs = turn(1);
        theirs.client = "other";
        theirs.object = "{}";
        QVERIFY(store->keep(theirs, kRoomy));
        QCOMPARE(object(*store, "resp_1"), std::string(R"({"id":"resp_1"})"));
        QCOMPARE(object(*store, "resp_1", "other"), std::string("{}"));
    }

    void everythingSurvivesAReopening() {
        const Folder folder;
        chain(*folder.open(), 3);
        const auto store = folder.open();
        QCOMPARE(store->count(), std::int64_t(3));
        QCOMPARE(items(*store, "resp_2"), std::string(R"(["in 1","out 1","in 2","out 2"])"));
        struct stat info {};
        QCOMPARE(::stat(folder.file().c_str(), &info), 0);
        QCOMPARE(info.st_mode & 0777U, 0600U);
    }

    void nothingLiesThereInClear() {
        const Folder folder;
        const auto store = folder.open();
        KeptResponse secret = turn(1);
        secret.input = R"(["canary-input"])";
        secret.output = R"(["canary-output"])";
        secret.object = R"({"canary":"object"})";
        QVERIFY(store->keep(secret, kRoomy));
        QVERIFY(folder.bytes().find("resp_1") != std::string::npos);
        QVERIFY(folder.bytes().find("canary") == std::string::npos);
    }

    void anotherKeyOpensNothing() {
        const Folder folder;
        chain(*folder.open(), 2);
        const auto store = folder.open('x');
        QCOMPARE(items(*store, "resp_2"), std::string("nothing"));
        QCOMPARE(object(*store, "resp_2"), std::string("nothing"));
        QCOMPARE(items(*folder.open(), "resp_1"), std::string(R"(["in 1","out 1"])"));
    }

    // Somebody who can write the file but has no key.
    void rowsCannotBePutIntoAnotherPlace_data() {
        QTest::addColumn<QByteArray>("change");
        QTest::newRow("another client's") << QByteArray("UPDATE nodes SET client = 'other'");
        QTest::newRow("a circle") << QByteArray("UPDATE nodes SET previous = number");
        QTest::newRow("a gap") << QByteArray("UPDATE nodes SET previous = 77");
        QTest::newRow("changed") << QByteArray("UPDATE nodes SET items = x'00', object = x'00'");
    }
    void rowsCannotBePutIntoAnotherPlace() {
        QFETCH(const QByteArray, change);
        const Folder folder;
        chain(*folder.open(), 1);
        sql(folder.file(), change.constData());
        const auto store = folder.open();
        for (const char* client : {"tools", "other"})
            QCOMPARE(items(*store, "resp_1", UpTo::Output, client), std::string("nothing"));
        QCOMPARE(object(*store, "resp_1", "other"), std::string("nothing"));
    }

    void objectsKeepTheirNames() {
        const Folder folder;
        chain(*folder.open(), 2);
        sql(folder.file(),
            "UPDATE nodes SET object = (SELECT object FROM nodes WHERE id = 'resp_2')");
        const auto store = folder.open();
        QCOMPARE(object(*store, "resp_1"), std::string("nothing"));
        QCOMPARE(object(*store, "resp_2"), std::string(R"({"id":"resp_2"})"));
    }

    void whatIsRemovedIsGone() {
        const Folder folder;
        auto store = folder.open();
        KeptResponse one = turn(1);
        one.object = "{" + std::string(20'000, ' ') + "}";
        QVERIFY(store->keep(one, kRoomy));
        sqlite3* handle = nullptr;
        QCOMPARE(sqlite3_open(folder.file().c_str(), &handle), SQLITE_OK);
        sqlite3_stmt* read = nullptr;
        sqlite3_prepare_v2(handle, "SELECT hex(substr(object, 5000, 32)) FROM nodes", -1, &read,
                           nullptr);
        QCOMPARE(sqlite3_step(read), SQLITE_ROW);
        const QByteArray part =
            QByteArray::fromHex(reinterpret_cast<const char*>(sqlite3_column_text(read, 0)));
        sqlite3_finalize(read);
        sqlite3_close(handle);
        QCOMPARE(part.size(), 32);
        QVERIFY(folder.bytes().find(part.toStdString()) != std::string::npos);
        QCOMPARE(store->remove("tools", "resp_1", kEver).value(), true);
        QVERIFY(folder.bytes().find(part.toStdString()) == std::string::npos);
        QVERIFY(folder.bytes().find("resp_1") == std::string::npos);
        QCOMPARE(store->count(), std::int64_t(0));
        QCOMPARE(store->bytes(), std::int64_t(0));
        QCOMPARE(store->remove("tools", "resp_1", kEver).value(), false);
    }

    void aRemovedTurnServesThoseThatWentOnFromIt() {
        const Folder folder;
        const auto store = folder.open();
        chain(*store, 3);
        for (const char* id : {"resp_1", "resp_2"})
            QCOMPARE(store->remove("tools", id, kEver).value(), true);
        QCOMPARE(items(*store, "resp_2"), std::string("nothing"));
        QCOMPARE(object(*store, "resp_2"), std::string("nothing"));
        QCOMPARE(items(*store, "resp_3"),
                 std::string(R"(["in 1","out 1","in 2","out 2","in 3","out 3"])"));
        QCOMPARE(store->count(), std::int64_t(3));
        // With the last one they all go.
        QCOMPARE(store->remove("tools", "resp_3", kEver).value(), true);
        QCOMPARE(store->count(), std::int64_t(0));
        QCOMPARE(store->bytes(), std::int64_t(0));
        QCOMPARE(folder.open()->count(), std::int64_t(0));
    }

    void oldOnesAreNotFoundAndLeave() {
        const Folder folder;
        const auto store = folder.open();
        chain(*store, 3);
        const UnixMs since{kStart.value + 3};
        QCOMPARE(items(*store, "resp_2", UpTo::Output, "tools", since), std::string("nothing"));
        QCOMPARE(object(*store, "resp_2", "tools", since), std::string("nothing"));
        QCOMPARE(store->remove("tools", "resp_2", since).value(), false);
        QVERIFY(store->removeOlder(since));
        QCOMPARE(items(*store, "resp_2"), std::string("nothing"));
        // What is not old yet still has all that came before it.
        QCOMPARE(items(*store, "resp_3", UpTo::Output, "tools", since),
                 std::string(R"(["in 1","out 1","in 2","out 2","in 3","out 3"])"));
        QVERIFY(store->removeOlder(UnixMs{kStart.value + 4}));
        QCOMPARE(store->count(), std::int64_t(0));
    }

    void theOldestLeaveWhenThereAreTooMany() {
        const Folder folder;
        const auto store = folder.open();
        const ResponseLimits three{{}, 3, 1 << 20};
        for (int i = 1; i <= 5; ++i)
            QVERIFY(store->keep(turn(i), three));
        QCOMPARE(store->count(), std::int64_t(3));
        QCOMPARE(items(*store, "resp_2"), std::string("nothing"));
        QCOMPARE(items(*store, "resp_3"), std::string(R"(["in 3","out 3"])"));
        QCOMPARE(items(*store, "resp_5"), std::string(R"(["in 5","out 5"])"));
    }

    void theOldestLeaveWhenTheyAreTooLarge() {
        const Folder folder;
        const auto store = folder.open();
        const ResponseLimits small{{}, 1000, 10'000};
        for (int i = 1; i <= 5; ++i) {
            KeptResponse response = turn(i);
            response.input = "[\"" + std::string(2'500, 'x') + "\"]";
            QVERIFY(store->keep(response, small));
            QVERIFY(store->bytes() <= small.maxBytes);
        }
        QCOMPARE(store->count(), std::int64_t(3));
        QCOMPARE(items(*store, "resp_2"), std::string("nothing"));
        // One that can never fit pushes nothing out.
        KeptResponse huge = turn(6);
        huge.input = "[\"" + std::string(10'000, 'x') + "\"]";
        QVERIFY(store->keep(huge, small));
        QCOMPARE(store->count(), std::int64_t(3));
        QCOMPARE(items(*store, "resp_6"), std::string("nothing"));
    }

    void aTurnWhosePlaceHasLeftBringsItsHistory() {
        const Folder folder;
        const auto store = folder.open();
        chain(*store, 1);
        KeptResponse next = turn(2, place(*store, "resp_1"));
        next.history = std::make_shared<const std::string>(items(*store, "resp_1"));
        QCOMPARE(store->remove("tools", "resp_1", kEver).value(), true);
        QVERIFY(store->keep(next, kRoomy));
        QCOMPARE(items(*store, "resp_2"), std::string(R"(["in 1","out 1","in 2","out 2"])"));
    }

    // Servers on this machine begin to count at 1 with every start.
    void aNameThatComesAgainIsTheNewOne() {
        const Folder folder;
        const auto store = folder.open();
        chain(*store, 2);
        KeptResponse again = turn(1);
        again.input = R"(["again"])";
        QVERIFY(store->keep(again, kRoomy));
        QCOMPARE(items(*store, "resp_1"), std::string(R"(["again","out 1"])"));
        QCOMPARE(items(*store, "resp_2"), std::string(R"(["in 1","out 1","in 2","out 2"])"));
    }

    void aConversationHasABound() {
        const Folder folder;
        const auto store = folder.open();
        const ResponseLimits large{{}, 1000, std::int64_t{1} << 30};
        std::int64_t previous = 0;
        for (int i = 1; i <= 3; ++i) {
            KeptResponse response = turn(i, previous);
            response.input = "[\"" + std::string(22 * 1024 * 1024, 'x') + "\"]";
            QVERIFY(store->keep(response, large));
            const auto found = store->history("tools", response.id, kEver, UpTo::Output);
            QCOMPARE(found.has_value(), i < 3);
            if (found)
                previous = (*found)->place;
            else
                QCOMPARE(found.error().field, std::string("previous_response_id"));
        }
    }

    void whatLiesInMemoryMovesToAFile() {
        auto memory = ResponseStore::open({}, keyOf('m')).value();
        chain(*memory, 3);
        QCOMPARE(memory->remove("tools", "resp_2", kEver).value(), true);
        const Folder folder;
        {
            const auto store = folder.open();
            QVERIFY(memory->copyTo(*store));
            QCOMPARE(store->count(), std::int64_t(3));
            QVERIFY(store->bytes() > 0);
        }
        const auto store = folder.open();
        QCOMPARE(items(*store, "resp_3"),
                 std::string(R"(["in 1","out 1","in 2","out 2","in 3","out 3"])"));
        QCOMPARE(items(*store, "resp_2"), std::string("nothing"));
        QCOMPARE(object(*store, "resp_1"), std::string(R"({"id":"resp_1"})"));
    }

    void whatIsNotOursIsLeftAlone() {
        const Folder folder;
        const std::string text(9'000, 'x');
        QVERIFY(replaceFile(folder.file(), text));
        QVERIFY(!ResponseStore::open(folder.file(), keyOf('k')));
        QCOMPARE(readFile(folder.file()).value(), text);
        fs::remove(folder.file());
        sql(folder.file(), "CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)");
        QVERIFY(!ResponseStore::open(folder.file(), keyOf('k')));
        fs::remove(folder.file());
        chain(*folder.open(), 1);
        sql(folder.file(), "PRAGMA user_version = 2");
        QVERIFY(!ResponseStore::open(folder.file(), keyOf('k')));
    }
};

QTEST_APPLESS_MAIN(TestResponseStore)
#include "test_response_store.moc"
