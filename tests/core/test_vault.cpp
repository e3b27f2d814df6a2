// SPDX-License-Identifier: MIT
#include <sys/stat.h>

#include <QTemporaryDir>
#include <QtTest>
#include <atomic>
#include <fstream>
#include <thread>

#include "base/file.h"
#include "base/text.h"
#include "settings/vault.h"

using gr::ErrorCode;
using gr::Secret;
using gr::settings::ScryptParameters;
using gr::settings::Vault;
namespace fs = std::filesystem;

namespace {

constexpr ScryptParameters kQuick{4, 8, 1};
constexpr const char* kCanary = "sk-canary-vault-8d1f0c";

// Without the fsync of replaceFile, which would make thousands of writes slow.
bool put(const fs::path& file, std::string_view bytes) {
    std::ofstream out(file, std::ios::binary | std::ios::trunc);
    out << bytes;
    return out.good();
}

std::string slurp(const fs::path& file) {
    return gr::readFile(file).value();
}

}  // namespace

class TestVault final : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        m_dir = std::make_unique<QTemporaryDir>();
        QVERIFY(m_dir->isValid());
        m_file = fs::path(m_dir->path().toStdString()) / "vault";
    }

    void keepsSecrets() {
        {
            auto vault = Vault::createWithPassphrase(m_file, Secret("open sesame"), kQuick);
            QVERIFY(vault);
            QVERIFY(vault->put("provider/openai", Secret(kCanary), "https://api.openai.com:443"));
            QVERIFY(vault->put("client/tools", Secret(std::string("\0\xff", 2)), ""));
            QVERIFY(vault->put("gone", Secret("x"), ""));
            QVERIFY(vault->remove("gone"));
            QVERIFY(vault->remove("never was"));
        }
        const auto vault = Vault::openWithPassphrase(m_file, Secret("open sesame"));
        QVERIFY(vault);
        const std::vector<std::string> names{"client/tools", "provider/openai"};
        QCOMPARE(vault->names(), names);
        const auto entry = vault->read("provider/openai");
        QVERIFY(entry);
        QCOMPARE(entry->secret.reveal(), std::string_view(kCanary));
        QCOMPARE(entry->boundTo, std::string("https://api.openai.com:443"));
        QCOMPARE(vault->read("client/tools")->secret.reveal(), std::string_view("\0\xff", 2));
        QCOMPARE(vault->read("gone").error().code, ErrorCode::SecretMissing);
        QVERIFY(!vault->contains("gone"));
    }

    void isPrivateAndUnreadable() {
        ::umask(0);
        auto vault = Vault::createWithPassphrase(m_file, Secret("p"), kQuick);
        QVERIFY(vault->put("provider/openai", Secret(kCanary), "https://api.openai.com:443"));
        ::umask(022);
        struct stat info {};
        QCOMPARE(::stat(m_file.c_str(), &info), 0);
        QCOMPARE(info.st_mode & 0777, mode_t(0600));
        const std::string bytes = slurp(m_file);
        QVERIFY(bytes.find(kCanary) == std::string::npos);
        QVERIFY(bytes.find("openai") == std::string::npos);
    }

    void opensWithAKey() {
        const Secret key = Vault::newMasterKey();
        const std::string id = Vault::newId();
        QVERIFY(Vault::createWithKey(m_file, id, key)->put("a", Secret("b"), ""));
        const auto info = Vault::inspect(m_file);
        QVERIFY(info);
        QVERIFY(info->source == Vault::Source::Keychain);
        QCOMPARE(info->id, id);
        QVERIFY(Vault::openWithKey(m_file, key)->contains("a"));
        QCOMPARE(Vault::openWithKey(m_file, Vault::newMasterKey()).error().code,
                 ErrorCode::WrongPassphrase);
        QCOMPARE(Vault::openWithKey(m_file, Secret("short")).error().code,
                 ErrorCode::WrongPassphrase);
        QCOMPARE(Vault::openWithPassphrase(m_file, Secret("p")).error().code,
                 ErrorCode::WrongPassphrase);
    }

    void tellsAWrongPassphraseFromDamage() {
        QVERIFY(Vault::createWithPassphrase(m_file, Secret("right"), kQuick));
        QCOMPARE(Vault::openWithPassphrase(m_file, Secret("wrong")).error().code,
                 ErrorCode::WrongPassphrase);
        QCOMPARE(Vault::openWithPassphrase(m_file, Secret("")).error().code,
                 ErrorCode::WrongPassphrase);
        const std::string good = slurp(m_file);
        QVERIFY(put(m_file, good.substr(0, good.size() - 1)));
        QCOMPARE(Vault::openWithPassphrase(m_file, Secret("right")).error().code,
                 ErrorCode::VaultCorrupt);
        QCOMPARE(Vault::openWithPassphrase(m_file.parent_path() / "none", Secret("p")).error().code,
                 ErrorCode::NotFound);
    }

    // Every bit of the file counts, also for whoever knows the passphrase; and what is damage is
    // never called a wrong passphrase, which would send people looking for the right one.
    void everyByteIsGuarded() {
        auto vault = Vault::createWithPassphrase(m_file, Secret("p"), kQuick);
        QVERIFY(vault && vault->put("name", Secret("secret"), "https://a.example:443"));
        const std::string good = slurp(m_file);
        for (std::size_t i = 0; i < good.size(); ++i) {
            for (const int mask : {0x01, 0x80}) {
                std::string bad = good;
                bad[i] = static_cast<char>(bad[i] ^ mask);
                QVERIFY(put(m_file, bad));
                const auto opened = Vault::openWithPassphrase(m_file, Secret("p"));
                QVERIFY2(!opened, std::to_string(i).c_str());
                QVERIFY2(opened.error().code != ErrorCode::WrongPassphrase,
                         std::to_string(i).c_str());
            }
        }
        for (std::size_t size = 0; size < good.size(); ++size) {
            QVERIFY(put(m_file, good.substr(0, size)));
            QVERIFY(!Vault::openWithPassphrase(m_file, Secret("p")));
        }
        QVERIFY(put(m_file, good + "x"));
        QVERIFY(!Vault::openWithPassphrase(m_file, Secret("p")));
        QVERIFY(put(m_file, good));
        QVERIFY(Vault::openWithPassphrase(m_file, Secret("p")));
    }

    // Whoever repairs the checksum after a change still meets the authentication: here the
    // parameters of scrypt are made cheap.
    void theHeaderIsAuthenticatedToo() {
        QVERIFY(Vault::createWithPassphrase(m_file, Secret("p"), kQuick));
        std::string bytes = slurp(m_file);
        auto header = gr::settings::decodeVaultHeader(bytes);
        QVERIFY(header);
        const std::size_t size = gr::settings::encodeVaultHeader(*header).size();
        header->scrypt.logN = 1;
        bytes.replace(0, size, gr::settings::encodeVaultHeader(*header));
        QVERIFY(put(m_file, bytes));
        QVERIFY(!Vault::openWithPassphrase(m_file, Secret("p")));
    }

    void refusesAbsurdWork() {
        QVERIFY(Vault::createWithPassphrase(m_file, Secret("p"), kQuick));
        std::string bytes = slurp(m_file);
        auto header = gr::settings::decodeVaultHeader(bytes);
        const std::size_t size = gr::settings::encodeVaultHeader(*header).size();
        header->scrypt.logN = 40;
        bytes.replace(0, size, gr::settings::encodeVaultHeader(*header));
        QVERIFY(put(m_file, bytes));
        QCOMPARE(Vault::openWithPassphrase(m_file, Secret("p")).error().code,
                 ErrorCode::VaultCorrupt);
    }

    void refusesANewerForm() {
        QVERIFY(Vault::createWithPassphrase(m_file, Secret("p"), kQuick));
        std::string bytes = slurp(m_file);
        bytes[7] = 2;
        QVERIFY(put(m_file, bytes));
        QCOMPARE(Vault::inspect(m_file).error().code, ErrorCode::ConfigTooNew);
    }

    void changesItsPassphrase() {
        auto vault = Vault::createWithPassphrase(m_file, Secret("old"), kQuick);
        QVERIFY(vault->put("a", Secret("b"), ""));
        const std::string id = vault->info().id;
        QVERIFY(vault->changePassphrase(Secret("new"), kQuick));
        QVERIFY(vault->put("c", Secret("d"), ""));
        QVERIFY(!Vault::openWithPassphrase(m_file, Secret("old")));
        auto opened = Vault::openWithPassphrase(m_file, Secret("new"));
        QVERIFY(opened);
        QCOMPARE(opened->names().size(), std::size_t(2));
        QCOMPARE(opened->info().id, id);
        const Secret key = Vault::newMasterKey();
        QVERIFY(opened->changeKey(key));
        QVERIFY(!Vault::openWithPassphrase(m_file, Secret("new")));
        QVERIFY(Vault::openWithKey(m_file, key)->contains("c"));
        QCOMPARE(opened->changePassphrase(Secret(""), kQuick).error().code,
                 ErrorCode::InvalidField);
    }

    void neverOverwritesAVault() {
        QVERIFY(Vault::createWithPassphrase(m_file, Secret("p"), kQuick));
        const std::string before = slurp(m_file);
        QVERIFY(!Vault::createWithPassphrase(m_file, Secret("q"), kQuick));
        QVERIFY(!Vault::createWithKey(m_file, Vault::newId(), Vault::newMasterKey()));
        QCOMPARE(slurp(m_file), before);
        QVERIFY(!Vault::createWithPassphrase(m_file.parent_path() / "x", Secret(""), kQuick));
        QVERIFY(!fs::exists(m_file.parent_path() / "x"));
    }

    void aFailedWriteChangesNothing() {
        auto vault = Vault::createWithPassphrase(m_file, Secret("p"), kQuick);
        QVERIFY(vault->put("kept", Secret("old"), "https://a.example:443"));
        // Somebody put another file in place: writing over it would destroy it.
        const std::string good = slurp(m_file);
        QVERIFY(put(m_file, "restored"));
        QVERIFY(!vault->put("kept", Secret("new"), ""));
        QVERIFY(!vault->put("added", Secret("x"), ""));
        QVERIFY(!vault->remove("kept"));
        QVERIFY(!vault->changePassphrase(Secret("q"), kQuick));
        QCOMPARE(slurp(m_file), std::string("restored"));
        QCOMPARE(vault->names(), std::vector<std::string>{"kept"});
        QCOMPARE(vault->read("kept")->secret.reveal(), std::string_view("old"));
        QCOMPARE(vault->read("kept")->boundTo, std::string("https://a.example:443"));
        QVERIFY(put(m_file, good));
        QVERIFY(vault->put("added", Secret("x"), ""));
        QVERIFY(Vault::openWithPassphrase(m_file, Secret("p"))->contains("added"));
    }

    // As a daemon and the window that is attached to it have.
    void twoProcessesLoseNothing() {
        auto one = Vault::createWithPassphrase(m_file, Secret("p"), kQuick);
        QVERIFY(one->put("shared", Secret("old"), ""));
        auto other = Vault::openWithPassphrase(m_file, Secret("p"));
        QVERIFY(one->put("of one", Secret("1"), ""));
        QVERIFY(other->put("of other", Secret("2"), "https://a.example:443"));
        QVERIFY(one->remove("shared"));
        QVERIFY(other->remove("of one"));
        QVERIFY(!one->contains("gone") && one->contains("of one"));
        QVERIFY(one->refresh());
        QCOMPARE(one->names(), std::vector<std::string>{"of other"});
        QCOMPARE(one->read("of other")->boundTo, std::string("https://a.example:443"));
        // A new passphrase of one is not undone by the other.
        QVERIFY(one->changePassphrase(Secret("q"), kQuick));
        QVERIFY(other->put("after", Secret("3"), ""));
        QVERIFY(!Vault::openWithPassphrase(m_file, Secret("p")));
        QVERIFY(Vault::openWithPassphrase(m_file, Secret("q"))->contains("after"));
    }

    // Many at the same time: each write begins at what the one before left.
    void writersAtOnceLoseNothing() {
        QVERIFY(Vault::createWithPassphrase(m_file, Secret("p"), kQuick));
        constexpr int kWriters = 4;
        constexpr int kWrites = 25;
        std::vector<std::thread> writers;
        std::atomic<int> failures = 0;
        for (int writer = 0; writer < kWriters; ++writer) {
            writers.emplace_back([&, writer] {
                auto vault = Vault::openWithPassphrase(m_file, Secret("p"));
                for (int i = 0; i < kWrites; ++i) {
                    const std::string name = std::to_string(writer) + "/" + std::to_string(i);
                    failures += vault && vault->put(name, Secret("x"), "") ? 0 : 1;
                }
            });
        }
        for (std::thread& writer : writers)
            writer.join();
        QCOMPARE(failures.load(), 0);
        QCOMPARE(Vault::openWithPassphrase(m_file, Secret("p"))->names().size(),
                 std::size_t(kWriters * kWrites));
    }

    // What is wiped comes back with the passphrase alone; the rest goes on, and nothing changes.
    void sealed() {
        auto vault = Vault::createWithPassphrase(m_file, Secret("p"), kQuick);
        for (const char* name : {"provider/a", "wallet/main", "wallet/other"})
            QVERIFY(vault->put(name, Secret(std::string("secret of ") + name), "origin"));
        const auto state = vault->derivedKey("state");
        const std::string before = slurp(m_file);
        vault->seal({"wallet/main", "wallet/other", "none"}, {"state"});
        QVERIFY(vault->isSealed());
        QCOMPARE(vault->read("provider/a")->secret.reveal(),
                 std::string_view("secret of provider/a"));
        QCOMPARE(vault->read("wallet/main").error().code, ErrorCode::VaultLocked);
        QCOMPARE(vault->read("wallet/none").error().code, ErrorCode::SecretMissing);
        QCOMPARE(vault->names().size(), std::size_t(3));
        QVERIFY(vault->contains("wallet/other"));
        QVERIFY(vault->derivedKey("state")->reveal() == state->reveal());
        QVERIFY(!vault->derivedKey("anything else"));
        // Another process goes on with the file.
        auto other = Vault::openWithPassphrase(m_file, Secret("p"));
        QVERIFY(other->put("provider/b", Secret("new"), ""));
        const std::string after = slurp(m_file);
        QVERIFY(vault->refresh());
        QVERIFY(!vault->contains("provider/b"));
        QCOMPARE(vault->put("x", Secret("y"), "").error().code, ErrorCode::VaultLocked);
        QCOMPARE(vault->remove("provider/a").error().code, ErrorCode::VaultLocked);
        QCOMPARE(vault->changePassphrase(Secret("q"), kQuick).error().code, ErrorCode::VaultLocked);
        QCOMPARE(vault->changeKey(Vault::newMasterKey()).error().code, ErrorCode::VaultLocked);
        QVERIFY(slurp(m_file) == after && after != before);
        QVERIFY(Vault::openWithPassphrase(m_file, Secret("p"))->read("wallet/main"));
    }

    void noTwoFilesAreAlike() {
        auto vault = Vault::createWithPassphrase(m_file, Secret("p"), kQuick);
        QVERIFY(vault->put("a", Secret("b"), ""));
        const std::string first = slurp(m_file);
        QVERIFY(vault->put("a", Secret("b"), ""));
        QVERIFY(slurp(m_file) != first);
    }

    // The parameters reach scrypt in the right order.
    void scryptIsTheStandardOne() {
        gr::settings::VaultHeader header;
        header.source = Vault::Source::Passphrase;
        header.scrypt = {14, 8, 1};
        header.salt = std::string("SodiumChloride") + std::string(2, '\0');
        const auto key = gr::settings::masterKeyFrom(Secret("pleaseletmein"), header);
        QVERIFY(key);
        // Computed with Python's hashlib.scrypt over the padded salt.
        const auto view = key->reveal();
        QCOMPARE(gr::toHex({reinterpret_cast<const unsigned char*>(view.data()), view.size()}),
                 std::string("f7d2bd1befac5a5bd950e569afa233d06ab554e25b451d4027f2142013beaea3"));
    }

  private:
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path m_file;
};

QTEST_APPLESS_MAIN(TestVault)
#include "test_vault.moc"
