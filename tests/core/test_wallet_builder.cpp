// SPDX-License-Identifier: MIT
// The wallet as the gateway acts with it: what it may pay, and why it cannot.
#include <QtTest>
#include <optional>

#include "gateway/wallet_builder.h"
#include "ledger/mark_text.h"
#include "payment/wallet_record.h"
#include "settings/policy_text.h"

using namespace gr;
using gateway::WalletPtr;
using settings::Problem;

namespace {

const std::string kKey = "0x59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d";
const std::string kWords =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

// The wallet's entry, or why it cannot be read, and the policy that was approved.
class Entry final : public settings::SecretSource {
  public:
    explicit Entry(std::string text, std::string policy = {}, std::string mark = {})
        : m_text(std::move(text)), m_policy(std::move(policy)), m_mark(std::move(mark)) {}
    explicit Entry(Error error) : m_error(std::move(error)) {}

    Result<settings::StoredSecret> read(const settings::SecretRef& reference) override {
        if (m_error)
            return fail(*m_error);
        const std::string& text = reference.name == settings::kApprovedPolicy ? m_policy
                                  : reference.name == gateway::kMarkEntry     ? m_mark
                                                                              : m_text;
        if (text.empty())
            return fail(ErrorCode::SecretMissing, "There is no such entry.");
        return settings::StoredSecret{Secret(text), {}, {}};
    }

  private:
    std::string m_text;
    std::string m_policy;
    std::string m_mark;
    std::optional<Error> m_error;
};

std::string approved(const char* perDay) {
    payment::SpendingPolicy policy;
    policy.caps.perDay = perDay ? Money::parse(perDay) : std::nullopt;
    return settings::policyText(policy);
}

// Words as `wallet new` keeps them, their backup checked or not.
std::string recordOf(bool backedUp) {
    auto record = *payment::WalletRecord::fromWords(*payment::Mnemonic::parse(kWords), Secret(), 0);
    if (backedUp)
        record.setBackedUp();
    return std::string(record.text().reveal());
}

settings::Wallet wallet() {
    settings::Wallet wanted;
    wanted.known = payment::NetworkList::embedded();
    wanted.networks.push_back({84532, {"https://rpc.example"}});
    return wanted;
}

Money usd(const char* text) {
    return *Money::parse(text);
}

struct Built {
    WalletPtr wallet;
    std::vector<Problem> problems;
};

Built build(Entry entry, const settings::Wallet& wanted = wallet()) {
    Built built;
    built.wallet = gateway::buildWallet(wanted, entry, built.problems);
    return built;
}

}  // namespace

class TestWalletBuilder final : public QObject {
    Q_OBJECT

  private slots:
    void withoutANetworkThereIsNone() {
        const Built built = build(Entry(kKey), settings::Wallet());
        QVERIFY(!built.wallet);
        QVERIFY(built.problems.empty());
    }

    void aKeyPaysWithTheTokensOfItsChains() {
        const Built built = build(Entry(kKey));
        QVERIFY(built.wallet->key);
        QVERIFY(built.wallet->noKey.empty());
        QVERIFY(built.problems.empty());
        QCOMPARE(built.wallet->chains.size(), std::size_t(1));
        QCOMPARE(built.wallet->chains[0].rpc.size(), std::size_t(1));
        QCOMPARE(built.wallet->chains[0].rpc[0].host, std::string("rpc.example"));
        for (const payment::Token* token : built.wallet->tokens())
            QCOMPARE(token->chain, payment::ChainId(84532));
        QVERIFY(!built.wallet->tokens().empty());
        QCOMPARE(built.wallet->policy.caps.perDay->pico(), usd("5").pico());
    }

    // Nobody reads its key, and that is no problem.
    void watchOnlyHasNoKey() {
        settings::Wallet wanted = wallet();
        wanted.watchOnly = payment::Address::parse("0x209693bc6afc0c5328ba36faf03c514ef312287c");
        const Built built = build(Entry(kKey), wanted);
        QVERIFY(!built.wallet->key);
        QVERIFY(built.wallet->noKey.find("watch-only") != std::string::npos);
        QVERIFY(built.problems.empty());
    }

    void lockedSaysHowToUnlock() {
        const Built built = build(Entry(Error(ErrorCode::VaultLocked, "The vault is locked.")));
        QVERIFY(!built.wallet->key);
        QCOMPARE(built.wallet->noKey, std::string(gateway::kWalletLocked));
        QCOMPARE(built.problems.size(), std::size_t(1));
        QVERIFY(built.problems[0].severity == Problem::Severity::Warning);
        QCOMPARE(built.problems[0].path, std::string("$.wallet.key"));
    }

    void whatIsNoWalletSaysSoWithoutTellingIt() {
        for (const std::string& text : {std::string("not a key"), kKey.substr(0, 60)}) {
            const Built built = build(Entry(text));
            QVERIFY(!built.wallet->key);
            QVERIFY(!built.wallet->noKey.empty());
            QVERIFY(built.wallet->noKey.find(text) == std::string::npos);
            QCOMPARE(built.problems.size(), std::size_t(1));
        }
    }

    // At most five dollars a day, whatever is allowed; less stays less.
    void wordsThatNobodySavedPayLittle() {
        settings::Wallet wanted = wallet();
        wanted.policy.caps.perDay = usd("100");
        const std::string any = approved(nullptr);
        const Built unsaved = build(Entry(recordOf(false), any), wanted);
        QVERIFY(unsaved.wallet->key);
        QCOMPARE(unsaved.wallet->policy.caps.perDay->pico(), usd("5").pico());
        QCOMPARE(unsaved.problems.size(), std::size_t(1));
        QVERIFY(unsaved.problems[0].message.find("backup-check") != std::string::npos);
        wanted.policy.caps.perDay.reset();
        QCOMPARE(build(Entry(recordOf(false), any), wanted).wallet->policy.caps.perDay->pico(),
                 usd("5").pico());
        wanted.policy.caps.perDay = usd("2");
        QCOMPARE(build(Entry(recordOf(false), any), wanted).wallet->policy.caps.perDay->pico(),
                 usd("2").pico());
    }

    // Who can write the configuration loosens nothing.
    void onlyWhatWasApprovedIsPaid() {
        settings::Wallet wanted = wallet();
        wanted.policy.caps.perDay = usd("100");
        wanted.policy.newPayee = payment::NewPayee::WithinLimits;
        wanted.policy.caps.perHour = usd("1");
        const Built built = build(Entry(recordOf(true)), wanted);
        QVERIFY(built.wallet->key);
        const payment::SpendingPolicy& held = built.wallet->policy;
        QCOMPARE(held.caps.perDay->pico(), usd("5").pico());
        QVERIFY(held.newPayee == payment::NewPayee::Ask);
        QCOMPARE(held.caps.perHour->pico(), usd("1").pico());
        QCOMPARE(built.problems.size(), std::size_t(1));
        QVERIFY(built.problems[0].severity == Problem::Severity::Warning);
        QCOMPARE(built.problems[0].path, std::string("$.wallet.policy"));
        const std::string& words = built.problems[0].message;
        QVERIFY2(words.find("(per_day, approve_new)") != std::string::npos, words.c_str());
        QVERIFY2(words.find("approve-policy") != std::string::npos, words.c_str());
        // Less than the standard may be approved, too.
        QCOMPARE(build(Entry(recordOf(true), approved("3"))).wallet->policy.caps.perDay->pico(),
                 usd("3").pico());
    }

    void anApprovalThatCannotBeReadIsNone() {
        settings::Wallet wanted = wallet();
        wanted.policy.caps.perDay = usd("100");
        const Built built = build(Entry(recordOf(true), "damaged"), wanted);
        QCOMPARE(built.wallet->policy.caps.perDay->pico(), usd("5").pico());
        QCOMPARE(built.problems.size(), std::size_t(2));
    }

    void theVaultRemembersTheBooks() {
        const ledger::LedgerMark mark{std::string(32, 'b'), 41};
        const Built built = build(Entry(kKey, {}, ledger::textOf(mark)));
        QVERIFY(built.wallet->mark);
        QCOMPARE(built.wallet->mark->lineage, mark.lineage);
        QCOMPARE(built.wallet->mark->newest, mark.newest);
        // Nothing yet: any books will do.
        const Built fresh = build(Entry(kKey));
        QVERIFY(fresh.wallet->mark && ledger::LedgerMark().reaches(*fresh.wallet->mark));
        for (const char* damaged :
             {"garbage", "gaterouter-ledger 1 x aa", "gaterouter-ledger 1 5"}) {
            const Built built2 = build(Entry(kKey, {}, damaged));
            QVERIFY2(built2.wallet->mark && !mark.reaches(*built2.wallet->mark), damaged);
        }
    }

    // Outside of the vault the configuration decides.
    void aKeyInAFileIsHeldToTheConfiguration() {
        settings::Wallet wanted = wallet();
        wanted.key = {settings::SecretRef::Kind::File, "wallet.key"};
        wanted.policy.caps.perDay = usd("100");
        const Built built = build(Entry(kKey), wanted);
        QVERIFY(built.problems.empty());
        QCOMPARE(built.wallet->policy.caps.perDay->pico(), usd("100").pico());
        QVERIFY(!built.wallet->mark);
    }

    void savedWordsPayWhatIsAllowed() {
        settings::Wallet wanted = wallet();
        wanted.policy.caps.perDay = usd("100");
        const Built built = build(Entry(recordOf(true), approved("100")), wanted);
        QVERIFY(built.wallet->key);
        QVERIFY(built.problems.empty());
        QCOMPARE(built.wallet->policy.caps.perDay->pico(), usd("100").pico());
    }
};

QTEST_APPLESS_MAIN(TestWalletBuilder)
#include "test_wallet_builder.moc"
