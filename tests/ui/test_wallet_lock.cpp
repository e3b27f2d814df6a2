// SPDX-License-Identifier: MIT
// The lock of the wallet: what it takes away and from whom, what it leaves, and when it falls shut
// by itself.
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <optional>

#include "app/wallet_lock.h"
#include "base/log.h"
#include "desktop_run.h"
#include "gateway/sale_builder.h"
#include "gateway/wallet_builder.h"

namespace gr::app {

using namespace Qt::StringLiterals;
using State = gateway::WalletFacts::State;

namespace {

constexpr const char* kWords =
    "legal winner thank year wave sausage worth useful legal winner thank yellow";
constexpr const char* kRelayer = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318";

class SetClock final : public Clock {
  public:
    UnixMs now() const override { return UnixMs{1'800'000'000'000 + wall.count()}; }
    SteadyTime steady() const override { return SteadyTime(awake); }
    void pass(Milliseconds time) {
        wall += time;
        awake += time;
    }
    Milliseconds wall{0};
    Milliseconds awake{0};
};

// A vault with a passphrase, a wallet in it, and the policies that are made of both.
struct World {
    explicit World(const char* wallet = "", const char* relayer = "", bool keychainOpens = false) {
        QFile file(folder.filePath(u"config.json"_s));
        static_cast<void>(file.open(QIODevice::WriteOnly));
        const QByteArray sell =
            *relayer == '\0'
                ? QByteArray()
                : QByteArray(R"(,"sell":{"enabled":true,"networks":["eip155:84532"],)"
                             R"("pay_to":"0x209693Bc6afc0C5328bA36FaF03C514EF312287C",)"
                             R"("settle":{"self":{"relayer_key":{"vault":")") +
                      relayer + R"("},"rpc":"http://127.0.0.1:9"}}})";
        file.write(R"({"version":1,"wallet":{"networks":[{"id":"eip155:84532",)"
                   R"("rpc":"http://127.0.0.1:9"}])" +
                   QByteArray(wallet) + "}" + sell + "}");
        file.close();
        settings::Paths paths;
        paths.configFile = file.fileName().toStdString();
        paths.dataDir = folder.path().toStdString();
        std::vector<settings::Problem> problems;
        auto opened = Configuration::open(paths, &keychain, problems);
        if (!opened) {
            qFatal("%s", opened.error().message.text.c_str());
        }
        configuration = std::move(*opened);
        if (!keychainOpens && !secrets().createWithPassphrase(Secret("a long passphrase"))) {
            qFatal("no vault");
        }
        put("wallet/main", kWords);
        put("wallet/second", kWords);
        put("wallet/gas", kRelayer);
        put("provider/a", "sk-provider");
        lock.emplace(*configuration, clock);
    }
    settings::SecretStore& secrets() { return configuration->secrets(); }
    void put(const char* name, const char* text) {
        secrets().save(name, Secret(text), "", [](const Result<void>& saved) {
            if (!saved) {
                qFatal("%s", saved.error().message.text.c_str());
            }
        });
    }
    bool has(const char* name) {
        return secrets().read({settings::SecretRef::Kind::Vault, name}).has_value();
    }
    bool unlock() {
        return secrets().unlockWithPassphrase(Secret("a long passphrase")).has_value();
    }
    gateway::Policy policy() {
        gateway::Policy made;
        std::vector<settings::Problem> problems;
        made.wallet = gateway::buildWallet(configuration->settings().wallet, secrets(), problems);
        made.sale = gateway::buildSale(configuration->settings(), secrets(), problems);
        problem = lock->hold(made);
        return made;
    }

    QTemporaryDir folder;
    FakeKeychain keychain;
    SetClock clock;
    std::unique_ptr<Configuration> configuration;
    std::optional<WalletLock> lock;
    std::optional<settings::Problem> problem;
};

}  // namespace

class TestWalletLock final : public QObject {
    Q_OBJECT

  private slots:
    void takesTheKeyFromAllWhoHoldIt();
    void aKeyOfTheConfigurationDoesNotStandIn();
    void theKeyThatSettlesSalesStays();
    void unlessItIsTheWallets();
    void fallsShutByItself();
    void aMachineThatSleptIsNotOpen();
    void whereItMeansNothingItIsRefused();
};

void TestWalletLock::takesTheKeyFromAllWhoHoldIt() {
    World world;
    const gateway::Policy older = world.policy();
    const gateway::Policy newer = world.policy();
    QVERIFY(older.wallet->key->borrow() && newer.wallet->key->borrow());
    QCOMPARE(log::redacted(kWords), std::string("[redacted]"));
    const gateway::WalletFacts open = world.lock->facts();
    QVERIFY(world.lock->lock());
    QVERIFY(world.lock->lock());  // it is
    QVERIFY(!older.wallet->key->borrow() && !newer.wallet->key->borrow());
    QCOMPARE(log::redacted(kWords), std::string(kWords));  // the log has forgotten them, too
    for (const char* name : {"wallet/main", "wallet/second", "wallet/gas"}) {
        QVERIFY2(!world.has(name), name);
    }
    QVERIFY(world.has("provider/a"));
    const gateway::WalletFacts facts = world.lock->facts();
    QVERIFY(facts.state == State::Locked);
    QCOMPARE(facts.address, open.address);
    const gateway::Policy locked = world.policy();
    QVERIFY(!locked.wallet->key && locked.wallet->locked);
    QCOMPARE(locked.wallet->noKey, std::string(gateway::kWalletLocked));
    QVERIFY(locked.wallet->payer == older.wallet->key->address());  // is looked for on the chain
    QVERIFY(world.configuration->reload());
    QVERIFY(world.lock->locked() && !world.policy().wallet->key);
    QVERIFY(world.unlock());
    QVERIFY(world.policy().wallet->key->borrow());
    QVERIFY(world.lock->facts().state == State::Ready);
}

void TestWalletLock::aKeyOfTheConfigurationDoesNotStandIn() {
    World world;
    static_cast<void>(world.policy());
    QVERIFY(world.lock->lock());
    QFile key(world.folder.filePath(u"key"_s));
    QVERIFY(key.open(QIODevice::WriteOnly));
    key.write(kRelayer);
    key.close();
    QFile config(world.folder.filePath(u"config.json"_s));
    QVERIFY(config.open(QIODevice::WriteOnly | QIODevice::Truncate));
    config.write(R"({"version":1,"wallet":{"key":{"file":"key"},)"
                 R"("networks":[{"id":"eip155:84532"}]}})");
    config.close();
    QVERIFY(world.configuration->reload());
    QVERIFY(!world.policy().wallet->key);
}

void TestWalletLock::theKeyThatSettlesSalesStays() {
    World world("", "wallet/gas");
    const gateway::Policy before = world.policy();
    QVERIFY(before.sale && before.sale->relayer->borrow());
    QVERIFY(world.lock->lock());
    QVERIFY(before.sale->relayer->borrow());
    QVERIFY(!world.has("wallet/main") && world.has("wallet/gas"));
    const gateway::Policy after = world.policy();
    QVERIFY(after.sale && after.sale->relayer->borrow());
}

void TestWalletLock::unlessItIsTheWallets() {
    World world("", "wallet/main");
    const gateway::Policy before = world.policy();
    QVERIFY(before.sale->relayer->borrow());
    QVERIFY(world.lock->lock());
    QVERIFY(!before.sale->relayer->borrow());
    QVERIFY(!world.policy().sale);
}

void TestWalletLock::fallsShutByItself() {
    using std::chrono::minutes;
    World world(R"(,"lock_after_minutes":10)");
    std::vector<Milliseconds> waits;
    world.lock->onArm([&waits](Milliseconds wait) { waits.push_back(wait); });
    static_cast<void>(world.policy());
    QVERIFY(!world.problem);
    QCOMPARE(waits.size(), 1U);
    QVERIFY(waits[0] > Milliseconds(0) && waits[0] <= minutes(1));
    world.clock.pass(minutes(9));
    QVERIFY(!world.lock->lockIfDue());
    QCOMPARE(waits.size(), 2U);
    world.lock->used();
    world.clock.pass(minutes(9));
    static_cast<void>(world.policy());  // that the configuration was read again counts for nothing
    QVERIFY(!world.lock->lockIfDue());
    world.clock.pass(minutes(1));
    QVERIFY(world.lock->lockIfDue());
    QVERIFY(world.lock->locked());
    QVERIFY(!world.policy().wallet->key);
    const std::size_t told = waits.size();
    QVERIFY(!world.lock->lockIfDue());
    QCOMPARE(waits.size(), told);  // nothing is looked for while it is locked
    QVERIFY(world.unlock());
    static_cast<void>(world.policy());
    QCOMPARE(waits.size(), told + 1);
    world.clock.pass(minutes(9));
    QVERIFY(!world.lock->lockIfDue());
    World never;
    never.lock->onArm([&](Milliseconds) { QFAIL("nobody asked for it"); });
    static_cast<void>(never.policy());
    never.clock.pass(minutes(100'000));
    QVERIFY(!never.lock->lockIfDue());
}

void TestWalletLock::aMachineThatSleptIsNotOpen() {
    World world(R"(,"lock_after_minutes":10)");
    static_cast<void>(world.policy());
    world.clock.wall += std::chrono::minutes(10);  // its steady clock stood still
    QVERIFY(world.lock->lockIfDue());
}

void TestWalletLock::whereItMeansNothingItIsRefused() {
    const auto refusal = [](World& world) {
        static_cast<void>(world.policy());
        const auto locked = world.lock->lock();
        return locked ? std::string() : locked.error().message.text;
    };
    World keychain(R"(,"lock_after_minutes":10)", "", true);
    QVERIFY(refusal(keychain).find("keychain opens this vault") != std::string::npos);
    QVERIFY(keychain.problem && keychain.problem->path == "$.wallet.lock_after_minutes");
    QVERIFY(keychain.policy().wallet->key->borrow());
    keychain.clock.pass(std::chrono::minutes(11));
    QVERIFY(!keychain.lock->lockIfDue());
    World watched(R"(,"address":"0x209693Bc6afc0C5328bA36FaF03C514EF312287C")");
    QVERIFY(refusal(watched).find("watch-only") != std::string::npos);
    World missing(R"(,"key":{"vault":"wallet/none"})");
    QVERIFY(refusal(missing).find("no wallet") != std::string::npos);
    QVERIFY(missing.has("wallet/main"));
}

}  // namespace gr::app

QTEST_GUILESS_MAIN(gr::app::TestWalletLock)
#include "test_wallet_lock.moc"
