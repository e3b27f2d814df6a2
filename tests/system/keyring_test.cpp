// SPDX-License-Identifier: MIT
// The keychain against a real Secret Service. Run through keyring_test.sh, which starts one of its
// own; on a desktop it would write into the user's.
#include <QCoreApplication>
#include <QTemporaryDir>
#include <QtTest>
#include <functional>

#include "settings/secret_store.h"

using gr::ErrorCode;
using gr::Result;
using gr::Secret;
using gr::settings::Keychain;
using gr::settings::SecretRef;
using gr::settings::SecretStore;

class KeyringTest final : public QObject {
    Q_OBJECT

    // Starts something and turns the event loop until it answered.
    template <class Value>
    Result<Value> wait(const std::function<void(std::function<void(Result<Value>)>)>& start) {
        auto answer = std::make_shared<std::optional<Result<Value>>>();
        start([answer](Result<Value> result) { answer->emplace(std::move(result)); });
        if (!QTest::qWaitFor([&] { return answer->has_value(); }, 30'000))
            return gr::fail(ErrorCode::Internal, "No answer in 30 seconds.");
        return std::move(**answer);
    }

    Result<Secret> read(const std::string& name) {
        return wait<Secret>([&](auto done) { m_keychain->read(name, std::move(done)); });
    }
    Result<void> write(const std::string& name, const Secret& secret) {
        return wait<void>([&](auto done) { m_keychain->write(name, secret, std::move(done)); });
    }
    Result<void> remove(const std::string& name) {
        return wait<void>([&](auto done) { m_keychain->remove(name, std::move(done)); });
    }

  private slots:
    void initTestCase() {
        if (!qEnvironmentVariableIsSet("GR_KEYRING_TEST"))
            qFatal("run me through keyring_test.sh");
    }

    // Runs alone, where no session bus can be reached.
    void saysThatThereIsNone() {
        QCOMPARE(read("test/one").error().code, ErrorCode::KeychainUnavailable);
        QCOMPARE(write("test/one", Secret("x")).error().code, ErrorCode::KeychainUnavailable);
    }

    void keepsReplacesAndForgets() {
        QCOMPARE(read("test/none").error().code, ErrorCode::SecretMissing);
        QVERIFY(write("test/one", Secret("first")));
        QVERIFY(write("test/two", Secret("äöü 漢字 \"'\\")));
        QVERIFY(write("test/one", Secret("second")));
        QCOMPARE(read("test/one")->reveal(), std::string_view("second"));
        QCOMPARE(read("test/two")->reveal(), std::string_view("äöü 漢字 \"'\\"));
        QVERIFY(remove("test/one"));
        QVERIFY(remove("test/one"));
        QCOMPARE(read("test/one").error().code, ErrorCode::SecretMissing);
        QVERIFY(remove("test/two"));
    }

    // The whole way of a first start and a second one.
    void holdsTheKeyOfAVault() {
        QTemporaryDir dir;
        SecretStore::Options options;
        options.vaultFile = std::filesystem::path(dir.path().toStdString()) / "vault";
        options.keychain = m_keychain.get();
        {
            SecretStore store(options);
            QVERIFY(wait<void>([&](auto done) {
                store.save("provider/x", Secret("sk-real"), "https://x.example:443",
                           std::move(done));
            }));
        }
        SecretStore store(options);
        QVERIFY(store.state() == SecretStore::State::NeedsKeychain);
        QVERIFY(wait<void>([&](auto done) { store.unlock({}, std::move(done)); }));
        const auto secret = store.read({SecretRef::Kind::Vault, "provider/x"});
        QVERIFY(secret);
        QCOMPARE(secret->secret.reveal(), std::string_view("sk-real"));
    }

    void aGoneKeychainGivesNoAnswer() {
        int calls = 0;
        auto keychain = gr::settings::systemKeychain();
        keychain->read("test/none", [&calls](Result<Secret>) { ++calls; });
        keychain.reset();
        QTest::qWait(500);
        QCOMPARE(calls, 0);
        // A callback may end the keychain that calls it.
        keychain = gr::settings::systemKeychain();
        keychain->read("test/none", [&](Result<Secret>) {
            ++calls;
            keychain.reset();
        });
        QVERIFY(QTest::qWaitFor([&] { return calls == 1; }, 30'000));
        QTest::qWait(200);
    }

  private:
    std::unique_ptr<Keychain> m_keychain = gr::settings::systemKeychain();
};

QTEST_GUILESS_MAIN(KeyringTest)
#include "keyring_test.moc"
