// SPDX-License-Identifier: MIT
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <QTemporaryDir>
#include <QtTest>
#include <map>

#include "base/file.h"
#include "settings/data_directory.h"

using gr::ErrorCode;
using gr::settings::DataDirectory;
using gr::settings::World;
namespace fs = std::filesystem;

namespace {

mode_t modeOf(const fs::path& file) {
    struct stat info {};
    return ::stat(file.c_str(), &info) == 0 ? info.st_mode & 0777 : 0;
}

gr::settings::Environment fake(std::map<std::string, std::string> values) {
    return [values = std::move(values)](const std::string& name) -> std::optional<std::string> {
        const auto it = values.find(name);
        return it == values.end() ? std::nullopt : std::optional(it->second);
    };
}

}  // namespace

class TestDataDirectory final : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        m_dir = std::make_unique<QTemporaryDir>();
        QVERIFY(m_dir->isValid());
        m_root = m_dir->path().toStdString();
        ::umask(022);
    }

    void followsXdg() {
        const auto xdg = fake({{"XDG_DATA_HOME", "/d"}, {"XDG_CONFIG_HOME", "/c"}, {"HOME", "/h"}});
        const auto real = gr::settings::defaultPaths(World::Real, xdg);
        QCOMPARE(real.dataDir.string(), std::string("/d/gaterouter"));
        QCOMPARE(real.configFile.string(), std::string("/c/gaterouter/config.json"));
        const auto sandbox = gr::settings::defaultPaths(World::Sandbox, xdg);
        QCOMPARE(sandbox.dataDir.string(), std::string("/d/gaterouter-sandbox"));
        QCOMPARE(sandbox.configFile.string(), std::string("/c/gaterouter-sandbox/config.json"));
        const auto home = gr::settings::defaultPaths(
            World::Real, fake({{"XDG_DATA_HOME", "relative"}, {"HOME", "/h"}}));
        QCOMPARE(home.dataDir.string(), std::string("/h/.local/share/gaterouter"));
        QCOMPARE(home.configFile.string(), std::string("/h/.config/gaterouter/config.json"));
    }

    void placesTheLedger() {
        const gr::settings::Paths paths{"/d", "/c/config.json"};
        QCOMPARE(paths.ledger().file().string(), std::string("/d/ledger.sqlite"));
        QCOMPARE(paths.ledger("sqlite").file().string(), std::string("/d/ledger.sqlite"));
        QCOMPARE(paths.ledger("sqlite:shared.db").file().string(), std::string("/d/shared.db"));
        QCOMPARE(paths.ledger("sqlite:/srv/books.db").file().string(),
                 std::string("/srv/books.db"));
    }

    // Its name is what anchors of receipts go by.
    void aLedgerHasOneNameHoweverItIsWritten() {
        const std::string here = std::filesystem::current_path().string();
        for (const char* folder : {"d", "./d", "x/../d/", "d/."}) {
            const gr::settings::Paths paths{folder, "config.json"};
            QCOMPARE(paths.ledger().name(), here + "/d/ledger.sqlite");
            QCOMPARE(paths.ledger("sqlite:../e/books.db").name(), here + "/e/books.db");
        }
    }

    void isPrivateWhateverTheUmask_data() {
        QTest::addColumn<int>("mask");
        QTest::newRow("open") << 0;
        QTest::newRow("usual") << 022;
        QTest::newRow("closed") << 0777;
    }
    void isPrivateWhateverTheUmask() {
        QFETCH(int, mask);
        ::umask(static_cast<mode_t>(mask));
        const fs::path folder = m_root / "a" / "b";
        const auto held = DataDirectory::open(folder);
        ::umask(022);
        QVERIFY(held);
        QCOMPARE(modeOf(m_root / "a"), mode_t(0700));
        QCOMPARE(modeOf(folder), mode_t(0700));
        QCOMPARE(modeOf(folder / "lock"), mode_t(0600));
    }

    void tightensOnlyWhatIsItsOwn() {
        const fs::path empty = m_root / "empty";
        const fs::path used = m_root / "used";
        fs::create_directory(empty);
        fs::create_directory(used);
        QVERIFY(gr::replaceFile(used / "letter.txt", "hello"));
        QVERIFY(DataDirectory::open(empty));
        QVERIFY(DataDirectory::open(used));
        QCOMPARE(modeOf(empty), mode_t(0700));
        QCOMPARE(modeOf(used), mode_t(0755));
    }

    void oneProcessOwnsIt() {
        const fs::path folder = m_root / "data";
        {
            const auto held = DataDirectory::open(folder);
            QVERIFY(held);
            const auto second = DataDirectory::open(folder);
            QVERIFY(!second);
            QCOMPARE(second.error().code, ErrorCode::DataDirInUse);
            const std::string pid = "(process " + std::to_string(::getpid()) + ")";
            QVERIFY(second.error().message.text.find(pid) != std::string::npos);
            QCOMPARE(DataDirectory::holder(folder), std::optional<pid_t>(::getpid()));
        }
        QVERIFY(!DataDirectory::holder(folder));
        QVERIFY(DataDirectory::open(folder));
    }

    void aDeadHolderLetsGo() {
        const fs::path folder = m_root / "data";
        const pid_t child = ::fork();
        if (child == 0) {
            const auto held = DataDirectory::open(folder);
            ::kill(::getpid(), SIGKILL);
        }
        int status = 0;
        QCOMPARE(::waitpid(child, &status, 0), child);
        QVERIFY(WIFSIGNALED(status));
        QVERIFY(fs::exists(folder / "lock"));
        QVERIFY(DataDirectory::open(folder));
    }

    void saysWhyItCannot() {
        QVERIFY(gr::replaceFile(m_root / "file", ""));
        const auto held = DataDirectory::open(m_root / "file" / "data");
        QVERIFY(!held);
        QVERIFY(held.error().message.text.find("file") != std::string::npos);
    }

    void replacesWholeFiles() {
        const fs::path file = m_root / "config.json";
        QVERIFY(gr::replaceFile(file, "one"));
        QVERIFY(gr::replaceFile(file, "two"));
        QCOMPARE(gr::readFile(file).value(), std::string("two"));
        QCOMPARE(modeOf(file), mode_t(0600));
        const auto entries =
            std::distance(fs::directory_iterator(m_root), fs::directory_iterator());
        QCOMPARE(entries, std::ptrdiff_t(1));
    }

    void takesRelativeNames() {
        const fs::path before = fs::current_path();
        fs::current_path(m_root);
        const bool written = gr::replaceFile("config.json", "one").has_value();
        const bool made = gr::settings::makePrivateFolder("a/b").has_value() &&
                          gr::settings::makePrivateFolder("").has_value();
        fs::current_path(before);
        QVERIFY(written && made);
        QCOMPARE(gr::readFile(m_root / "config.json").value(), std::string("one"));
        QCOMPARE(modeOf(m_root / "a" / "b"), mode_t(0700));
    }

    void followsALink() {
        fs::create_directory(m_root / "dotfiles");
        QVERIFY(gr::replaceFile(m_root / "dotfiles" / "config.json", "one"));
        fs::create_symlink("dotfiles/config.json", m_root / "config.json");
        QVERIFY(gr::replaceFile(m_root / "config.json", "two"));
        QVERIFY(fs::is_symlink(m_root / "config.json"));
        QCOMPARE(gr::readFile(m_root / "dotfiles" / "config.json").value(), std::string("two"));
    }

    void refusesWhatIsNoFile() {
        QCOMPARE(gr::readFile(m_root / "none").error().code, ErrorCode::NotFound);
        QCOMPARE(gr::readFile(m_root).error().code, ErrorCode::FileUnreadable);
        QCOMPARE(::mkfifo((m_root / "pipe").c_str(), 0600), 0);
        QCOMPARE(gr::readFile(m_root / "pipe").error().code, ErrorCode::FileUnreadable);
        QVERIFY(gr::replaceFile(m_root / "big", std::string(100, 'x')));
        QCOMPARE(gr::readFile(m_root / "big", 99).error().code, ErrorCode::FileUnreadable);
    }

  private:
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path m_root;
};

QTEST_APPLESS_MAIN(TestDataDirectory)
#include "test_data_directory.moc"
