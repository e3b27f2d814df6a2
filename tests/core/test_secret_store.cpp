// SPDX-License-Identifier: MIT
#include <sys/stat.h>

#include <QTemporaryDir>
#include <QtTest>
#include <deque>
#include <map>

#include "base/file.h"
#include "base/log.h"
#include "settings/passphrase.h"
#include "settings/secret_store.h"

using gr::ErrorCode;
using gr::Result;
using gr::Secret;
using gr::settings::Keychain;
using gr::settings::SecretRef;
using gr::settings::SecretStore;
using Kind = SecretRef::Kind;
using State = SecretStore::State;
namespace fs = std::filesystem;

namespace {

// A keychain in memory. Answers wait until deliver(), as the real one's come from the event loop.
class FakeKeychain final : public Keychain {
  public:
    std::map<std::string, std::string> entries;
    std::optional<ErrorCode> refusal;

    void read(const std::string& name, ReadDone done) override {
        queue.push_back([this, name, done = std::move(done)] {
            const auto it = entries.find(name);
            if (refusal)
                done(gr::fail(*refusal, "The keychain refuses."));
            else if (it == entries.end())
                done(gr::fail(ErrorCode::SecretMissing, "No such entry."));
            else
                done(Secret(it->second));
        });
    }
    void write(const std::string& name, const Secret& secret, Done done) override {
        queue.push_back([this, name, text = std::string(secret.reveal()), done = std::move(done)] {
            if (!refusal)
                entries[name] = text;
            done(refusal ? Result<void>(gr::fail(*refusal, "The keychain refuses."))
                         : Result<void>());
        });
    }
    void remove(const std::string& name, Done done) override {
        queue.push_back([this, name, done = std::move(done)] {
            entries.erase(name);
            done({});
        });
    }

    void deliver() {
        while (!queue.empty()) {
            const auto answer = std::move(queue.front());
            queue.pop_front();
            answer();
        }
    }
    std::deque<std::function<void()>> queue;
};

// Remembers what a callback was given, and how often it was called.
struct Answer {
    int calls = 0;
    std::optional<ErrorCode> error;
    SecretStore::Done done() {
        return [this](Result<void> result) {
            ++calls;
            error = result ? std::nullopt : std::optional(result.error().code);
        };
    }
};

}  // namespace

class TestSecretStore final : public QObject {
    Q_OBJECT

    SecretStore::Options options(Keychain* keychain) {
        SecretStore::Options options;
        options.vaultFile = m_root / "vault";
        options.configFolder = m_root;
        options.environment = [this](const std::string& name) -> std::optional<std::string> {
            const auto it = m_environment.find(name);
            return it == m_environment.end() ? std::nullopt : std::optional(it->second);
        };
        options.keychain = keychain;
        options.scrypt = {4, 8, 1};
        return options;
    }

    static std::string textOf(SecretStore& store, Kind kind, const std::string& name) {
        const auto stored = store.read({kind, name});
        return stored ? std::string(stored->secret.reveal()) : "!" + stored.error().message.text;
    }

  private slots:
    void init() {
        m_dir = std::make_unique<QTemporaryDir>();
        m_root = m_dir->path().toStdString();
        m_environment.clear();
        m_keychain = FakeKeychain();
    }

    void theFirstSecretMakesTheVault() {
        {
            SecretStore store(options(&m_keychain));
            QVERIFY(store.state() == State::NoVault);
            QVERIFY(!store.isLocked());
            Answer saved;
            store.save("provider/openai", Secret("sk-first"), "https://api.openai.com:443",
                       saved.done());
            QCOMPARE(saved.calls, 0);
            m_keychain.deliver();
            QCOMPARE(saved.calls, 1);
            QVERIFY(!saved.error);
            QVERIFY(store.state() == State::Open);
            QCOMPARE(m_keychain.entries.size(), std::size_t(1));
            QVERIFY(m_keychain.entries.begin()->first.starts_with("vault/"));
        }
        SecretStore again(options(&m_keychain));
        QVERIFY(again.state() == State::NeedsKeychain);
        QCOMPARE(again.read({Kind::Vault, "provider/openai"}).error().code, ErrorCode::VaultLocked);
        Answer unlocked;
        again.unlock({}, unlocked.done());
        m_keychain.deliver();
        QCOMPARE(unlocked.calls, 1);
        QVERIFY(!unlocked.error);
        QCOMPARE(textOf(again, Kind::Vault, "provider/openai"), std::string("sk-first"));
        QCOMPARE(again.boundTo("provider/openai"),
                 std::optional<std::string>("https://api.openai.com:443"));
        QVERIFY(!again.boundTo("other"));
    }

    void aSealedVaultOpensWithItsPassphrase() {
        SecretStore store(options(nullptr));
        QVERIFY(!store.seal({"wallet/main"}, {"state"}));
        QVERIFY(store.createWithPassphrase(Secret("open sesame")));
        Answer saved;
        store.save("wallet/main", Secret("the words"), "", saved.done());
        store.save("provider/a", Secret("sk-a"), "", saved.done());
        QVERIFY(store.seal({"wallet/main"}, {"state"}));
        QVERIFY(store.state() == State::Sealed);
        QVERIFY(!store.isLocked());  // all but the wallet can be read
        QCOMPARE(textOf(store, Kind::Vault, "provider/a"), std::string("sk-a"));
        QCOMPARE(store.read({Kind::Vault, "wallet/main"}).error().code, ErrorCode::VaultLocked);
        QVERIFY(store.derivedKey("state") && !store.derivedKey("other"));
        // Nothing that happens by itself opens it.
        QVERIFY(store.refresh());
        Answer unlocked;
        store.unlock({}, unlocked.done());
        QVERIFY(unlocked.error == ErrorCode::VaultLocked);
        store.save("provider/b", Secret("sk-b"), "", unlocked.done());
        QVERIFY(unlocked.error == ErrorCode::VaultLocked);
        QVERIFY(!store.unlockWithPassphrase(Secret("open barley")));
        QVERIFY(store.state() == State::Sealed);
        QVERIFY(store.unlockWithPassphrase(Secret("open sesame")));
        QCOMPARE(textOf(store, Kind::Vault, "wallet/main"), std::string("the words"));
    }

    // Whoever can ask the keychain opens it again at any time.
    void whatTheKeychainOpensIsNotSealed() {
        SecretStore store(options(&m_keychain));
        Answer saved;
        store.save("wallet/main", Secret("the words"), "", saved.done());
        m_keychain.deliver();
        const auto sealed = store.seal({"wallet/main"}, {});
        QVERIFY(!sealed && sealed.error().code == ErrorCode::InvalidField);
        QVERIFY(store.state() == State::Open);
        QCOMPARE(textOf(store, Kind::Vault, "wallet/main"), std::string("the words"));
    }

    void twoSavesAtOnceMakeOneVault() {
        SecretStore store(options(&m_keychain));
        Answer one;
        Answer two;
        store.save("a", Secret("1"), "", one.done());
        store.save("b", Secret("2"), "", two.done());
        m_keychain.deliver();
        QVERIFY(one.calls == 1 && !one.error);
        QVERIFY(two.calls == 1 && !two.error);
        const std::vector<std::string> both{"a", "b"};
        QCOMPARE(store.names(), both);
        SecretStore again(options(&m_keychain));
        again.unlock({}, [](Result<void>) {});
        m_keychain.deliver();
        QCOMPARE(again.names(), both);
    }

    void withoutAKeychainAPassphraseIsAsked_data() {
        QTest::addColumn<bool>("present");
        QTest::newRow("none") << false;
        QTest::newRow("one that refuses") << true;
    }
    void withoutAKeychainAPassphraseIsAsked() {
        QFETCH(bool, present);
        m_keychain.refusal = ErrorCode::KeychainUnavailable;
        {
            SecretStore store(options(present ? &m_keychain : nullptr));
            Answer saved;
            store.save("a", Secret("1"), "", saved.done());
            m_keychain.deliver();
            QCOMPARE(saved.calls, 1);
            QCOMPARE(saved.error, std::optional(ErrorCode::KeychainUnavailable));
            QVERIFY(store.state() == State::NoVault);
            QVERIFY(!fs::exists(m_root / "vault"));
            QVERIFY(store.createWithPassphrase(Secret("p")));
            store.save("a", Secret("1"), "", saved.done());
            QVERIFY(!saved.error);
        }
        SecretStore again(options(nullptr));
        QVERIFY(again.state() == State::NeedsPassphrase);
        QVERIFY(again.isLocked());
        Answer unlocked;
        again.unlock({}, unlocked.done());
        QCOMPARE(unlocked.error, std::optional(ErrorCode::VaultLocked));
        Answer refused;
        again.save("b", Secret("2"), "", refused.done());
        QCOMPARE(refused.error, std::optional(ErrorCode::VaultLocked));
        QVERIFY(!again.remove("a"));
        QCOMPARE(again.unlockWithPassphrase(Secret("q")).error().code, ErrorCode::WrongPassphrase);
        QVERIFY(again.state() == State::NeedsPassphrase);
        QVERIFY(again.unlockWithPassphrase(Secret("p")));
        QCOMPARE(textOf(again, Kind::Vault, "a"), std::string("1"));
        QVERIFY(again.changePassphrase(Secret("r")));
        SecretStore third(options(nullptr));
        QVERIFY(!third.unlockWithPassphrase(Secret("p")));
        QVERIFY(third.unlockWithPassphrase(Secret("r")));
        QVERIFY(third.remove("a"));
        QVERIFY(third.names().empty());
    }

    void aLostKeyIsSaid() {
        {
            SecretStore store(options(&m_keychain));
            store.save("a", Secret("1"), "", [](Result<void>) {});
            m_keychain.deliver();
        }
        m_keychain.entries.clear();
        SecretStore store(options(&m_keychain));
        Answer unlocked;
        store.unlock({}, unlocked.done());
        m_keychain.deliver();
        QCOMPARE(unlocked.error, std::optional(ErrorCode::SecretMissing));
        QVERIFY(store.problem()->message.text.find("no longer") != std::string::npos);
        QCOMPARE(store.read({Kind::Vault, "a"}).error().code, ErrorCode::VaultLocked);
        SecretStore headless(options(nullptr));
        headless.unlock({}, unlocked.done());
        QCOMPARE(unlocked.error, std::optional(ErrorCode::KeychainUnavailable));
    }

    void damageIsSaid() {
        QVERIFY(gr::replaceFile(m_root / "vault", "not a vault"));
        SecretStore store(options(&m_keychain));
        QVERIFY(store.state() == State::Damaged);
        QCOMPARE(store.problem()->code, ErrorCode::VaultCorrupt);
        QCOMPARE(store.read({Kind::Vault, "a"}).error().code, ErrorCode::VaultCorrupt);
        Answer saved;
        store.save("a", Secret("1"), "", saved.done());
        QCOMPARE(saved.error, std::optional(ErrorCode::VaultCorrupt));
        QCOMPARE(gr::readFile(m_root / "vault").value(), std::string("not a vault"));
    }

    void aGoneStoreGetsNoAnswer() {
        Answer saved;
        {
            SecretStore store(options(&m_keychain));
            store.save("a", Secret("1"), "", saved.done());
            store.unlock({"x"}, saved.done());
        }
        m_keychain.deliver();
        QCOMPARE(saved.calls, 0);
    }

    void readsTheOtherKinds() {
        m_environment = {{"KEY", "sk-env"}, {"EMPTY", ""}, {"HOME", m_root.string()}};
        m_keychain.entries["mine"] = "sk-keychain";
        QVERIFY(gr::replaceFile(m_root / "key", "sk-file\n"));
        QVERIFY(gr::replaceFile(m_root / "crlf", "sk-crlf\r\n"));
        SecretStore store(options(&m_keychain));
        QCOMPARE(store.read({Kind::Keychain, "mine"}).error().code, ErrorCode::KeychainUnavailable);
        store.unlock({"mine", "other"}, [](Result<void>) {});
        m_keychain.deliver();
        QCOMPARE(textOf(store, Kind::Keychain, "mine"), std::string("sk-keychain"));
        QCOMPARE(store.read({Kind::Keychain, "other"}).error().code, ErrorCode::SecretMissing);
        QCOMPARE(textOf(store, Kind::Env, "KEY"), std::string("sk-env"));
        QCOMPARE(store.read({Kind::Env, "EMPTY"}).error().code, ErrorCode::SecretMissing);
        QCOMPARE(store.read({Kind::Env, "NONE"}).error().code, ErrorCode::SecretMissing);
        QCOMPARE(textOf(store, Kind::File, (m_root / "key").string()), std::string("sk-file"));
        QCOMPARE(textOf(store, Kind::File, "key"), std::string("sk-file"));
        QCOMPARE(textOf(store, Kind::File, "~/crlf"), std::string("sk-crlf"));
        QCOMPARE(store.read({Kind::File, "none"}).error().code, ErrorCode::SecretMissing);
        QCOMPARE(store.read({Kind::File, "."}).error().code, ErrorCode::FileUnreadable);
        QCOMPARE(textOf(store, Kind::Value, "sk-value"), std::string("sk-value"));
        QCOMPARE(store.read({Kind::Vault, "a"}).error().code, ErrorCode::SecretMissing);
        QVERIFY(store.read({Kind::Env, "KEY"})->boundTo.empty());
    }

    void warnsOfReadableFiles() {
        const fs::path file = m_root / "key";
        QVERIFY(gr::replaceFile(file, "sk-file"));
        SecretStore store(options(nullptr));
        QVERIFY(store.read({Kind::File, "key"})->warning.empty());
        QCOMPARE(::chmod(file.c_str(), 0640), 0);
        const std::string warning = store.read({Kind::File, "key"})->warning;
        QVERIFY(warning.find("chmod 600") != std::string::npos);
        QVERIFY(warning.find("sk-file") == std::string::npos);
    }

    // A daemon that runs learns of the vault that the window made, and the other way round.
    void seesWhatAnotherProcessDid() {
        SecretStore daemon(options(nullptr));
        SecretStore window(options(nullptr));
        QVERIFY(window.createWithPassphrase(Secret("p")));
        Answer saved;
        window.save("a", Secret("sk-one"), "", saved.done());
        QVERIFY(!saved.error);
        QVERIFY(daemon.state() == State::NoVault);
        Answer second;  // must not make a vault of its own
        daemon.save("b", Secret("sk-two"), "", second.done());
        QCOMPARE(second.error, std::optional(ErrorCode::VaultLocked));
        QVERIFY(daemon.refresh());
        QVERIFY(daemon.state() == State::NeedsPassphrase);
        QVERIFY(daemon.unlockWithPassphrase(Secret("p")));
        window.save("c", Secret("sk-three"), "", saved.done());
        QVERIFY(!daemon.read({Kind::Vault, "c"}));
        QVERIFY(daemon.refresh());
        QCOMPARE(textOf(daemon, Kind::Vault, "c"), std::string("sk-three"));
        // What was read of a vault that is gone goes on counting.
        QVERIFY(fs::remove(m_root / "vault"));
        QVERIFY(daemon.refresh());
        QCOMPARE(textOf(daemon, Kind::Vault, "a"), std::string("sk-one"));
    }

    void savedSecretsAreHiddenFromTheLog() {
        SecretStore store(options(nullptr));
        store.save("a", Secret("sk-canary-never-logged"), "", [](Result<void>) {});
        QCOMPARE(gr::log::redacted("sk-canary-never-logged"), std::string("[redacted]"));
    }

    void collectsKeychainNames() {
        gr::settings::Settings settings;
        settings.clients.push_back({"a", SecretRef{Kind::Keychain, "two"}, {}, {}, {}});
        settings.providers.push_back({});
        settings.providers.back().keys = {
            {Kind::Env, "E"}, {Kind::Keychain, "one"}, {Kind::Keychain, "two"}};
        settings.providers.push_back({});
        const std::vector<std::string> expected{"one", "two"};
        QCOMPARE(gr::settings::keychainNames(settings), expected);
    }

    void readsThePassphraseFile() {
        const auto read = [this](const std::string& file) {
            return gr::settings::readPassphrase("", [&](const std::string& name) {
                return name == "GATEROUTER_PASSPHRASE_FILE"
                           ? std::optional((m_root / file).string())
                           : std::nullopt;
            });
        };
        QVERIFY(gr::replaceFile(m_root / "pass", "open sesame\r\nsecond line\n"));
        QVERIFY(gr::replaceFile(m_root / "empty", "\n"));
        QCOMPARE(read("pass")->reveal(), std::string_view("open sesame"));
        QCOMPARE(read("empty").error().code, ErrorCode::SecretMissing);
        QCOMPARE(read("none").error().code, ErrorCode::SecretMissing);
    }

  private:
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path m_root;
    std::map<std::string, std::string> m_environment;
    FakeKeychain m_keychain;
};

QTEST_APPLESS_MAIN(TestSecretStore)
#include "test_secret_store.moc"
