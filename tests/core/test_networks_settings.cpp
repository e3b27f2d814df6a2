// SPDX-License-Identifier: MIT
#include <QtTest>

#include "catalog/catalog.h"
#include "settings/settings_file.h"
#include "support/x402_words.h"

using namespace gr;
using settings::Problem;

namespace {

settings::LoadedSettings load(const std::string& networks) {
    const auto loaded = settings::readSettings(
        x402::json("{'wallet':{'networks':[" + networks + "]}}"), catalog::Catalog::embedded());
    return loaded.value();
}

std::string problemsOf(const settings::LoadedSettings& loaded) {
    std::string out;
    for (const Problem& problem : loaded.problems)
        out += settings::toLine(problem) + "\n";
    return out;
}

const std::string kUsdc =
    "{'symbol':'USDC','address':'0x036CbD53842c5426634e7929541eC2318f3dCF7e','decimals':6,"
    "'eip712':{'name':'USDC','version':'2'}}";
const std::string kMine = "'symbol':'LAB','address':'0x1111111111111111111111111111111111111111'";

}  // namespace

class TestNetworksSettings final : public QObject {
    Q_OBJECT

  private slots:
    void nothingSaidIsTheProgramsList() {
        const auto loaded = load("");
        QVERIFY(loaded.settings.wallet.networks.empty());
        QCOMPARE(loaded.settings.wallet.known.tokens().size(),
                 payment::NetworkList::embedded().tokens().size());
    }

    void readsServersAndKnownTokens() {
        const auto loaded = load(
            "{'id':'eip155:84532','rpc':['http://127.0.0.1:8545',"
            "'https://rpc.example/key'],'assets':[" +
            kUsdc + "]}");
        QVERIFY2(loaded.problems.empty(), problemsOf(loaded).c_str());
        const settings::Wallet& wallet = loaded.settings.wallet;
        QCOMPARE(wallet.networks.size(), std::size_t(1));
        QCOMPARE(wallet.networks[0].chain, payment::ChainId(84532));
        QCOMPARE(wallet.networks[0].rpc.size(), std::size_t(2));
        QCOMPARE(wallet.networks[0].rpc[0], std::string("http://127.0.0.1:8545"));
        QCOMPARE(wallet.known.tokensOf(84532).size(), std::size_t(1));
        const auto one = load("{'id':'eip155:8453','rpc':'https://rpc.example'}");
        QCOMPARE(one.settings.wallet.networks[0].rpc.size(), std::size_t(1));
    }

    void aUsersChainAndToken() {
        const auto loaded = load(
            "{'id':'eip155:424242','name':'Lab','test':true,"
            "'rpc':'https://rpc.example','assets':[{" +
            kMine +
            ",'decimals':18,'eip712':{'name':'Lab','version':'1'}},"
            "{'symbol':'OLD','address':'0x2222222222222222222222222222222222222222',"
            "'decimals':6},{'symbol':'NEXT','address':'0x…','decimals':6}]}");
        QVERIFY2(loaded.problems.empty(), problemsOf(loaded).c_str());
        const auto& known = loaded.settings.wallet.known;
        QVERIFY(known.find(424242)->money == payment::MoneyKind::Test);
        QCOMPARE(known.find(424242)->name, std::string("Lab"));
        QCOMPARE(known.tokensOf(424242).size(), std::size_t(2));
        QVERIFY(known.tokensOf(424242)[0]->method() == payment::TransferMethod::Eip3009);
        QVERIFY(known.tokensOf(424242)[1]->method() == payment::TransferMethod::Permit2);
        // A key in clear is refused where the money may be real.
        QVERIFY(load("{'id':'eip155:424242'}").settings.wallet.known.find(424242)->money ==
                payment::MoneyKind::Real);
    }

    // Nobody can look what became of what is paid there.
    void aChainWithoutAServerIsWarnedOf() {
        const auto loaded = load("{'id':'eip155:84532'}");
        QCOMPARE(loaded.problems.size(), std::size_t(1));
        const Problem& problem = loaded.problems.front();
        QVERIFY(problem.severity == Problem::Severity::Warning);
        QCOMPARE(problem.path, std::string("$.wallet.networks[0].rpc"));
        QVERIFY2(problem.message.find("Base Sepolia") != std::string::npos,
                 problem.message.c_str());
        QVERIFY(load("{'id':'eip155:84532','rpc':'https://rpc.example'}").problems.empty());
    }

    void refusesWithASentence_data() {
        QTest::addColumn<QByteArray>("networks");
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("words");
        const auto row = [](const char* name, const std::string& networks, const char* path,
                            const char* words) {
            QTest::newRow(name) << QByteArray::fromStdString(networks) << QByteArray(path)
                                << QByteArray(words);
        };
        const std::string sepolia = "{'id':'eip155:84532','assets':[";
        std::string other = kUsdc;
        other.replace(other.find("'name':'USDC'"), 13, "'name':'USD Coin'");
        row("another domain", sepolia + other + "]}", "$.wallet.networks[0].assets[0].eip712",
            "known to have the name \"USDC\"");
        std::string wide = kUsdc;
        wide.replace(wide.find(":6,"), 3, ":18,");
        row("other decimals", sepolia + wide + "]}", "$.wallet.networks[0].assets[0].decimals",
            "6 decimals");
        row("pinned as real", "{'id':'eip155:8453','test':true}", "$.wallet.networks[0].test",
            "real money");
        row("method without domain", sepolia + "{" + kMine + ",'decimals':6,'method':'eip3009'}]}",
            "$.wallet.networks[0].assets[0].method", "eip712");
        row("another method", sepolia + "{" + kMine + ",'decimals':6,'method':'magic'}]}",
            "$.wallet.networks[0].assets[0].method", "");
        row("leading zero", "{'id':'eip155:084532'}", "$.wallet.networks[0].id", "eip155:NUMBER");
        row("the sandbox", "{'id':'eip155:78419399041401'}", "$.wallet.networks[0].id", "sandbox");
        row("real and test", "{'id':'eip155:8453'},{'id':'eip155:84532'}",
            "$.wallet.networks[1].id", "real and test");
        row("twice", "{'id':'eip155:8453'},{'id':'eip155:8453'}", "$.wallet.networks[1].id",
            "twice");
        row("plain http", "{'id':'eip155:1','rpc':'http://rpc.example'}",
            "$.wallet.networks[0].rpc", "plain http");
        row("one server twice",
            "{'id':'eip155:1','rpc':['https://rpc.example','https://rpc.example']}",
            "$.wallet.networks[0].rpc", "twice");
        row("no address", "{'id':'eip155:1','rpc':['rpc.example']}", "$.wallet.networks[0].rpc",
            "absolute");
        row("an empty list", "{'id':'eip155:1','rpc':[]}", "$.wallet.networks[0].rpc", "");
    }
    void refusesWithASentence() {
        QFETCH(QByteArray, networks);
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, words);
        const auto loaded = load(networks.toStdString());
        const bool said = std::any_of(
            loaded.problems.begin(), loaded.problems.end(), [&](const Problem& problem) {
                return problem.severity == Problem::Severity::Error &&
                       problem.path.starts_with(path.toStdString()) &&
                       problem.message.find(words.toStdString()) != std::string::npos;
            });
        QVERIFY2(said, problemsOf(loaded).c_str());
    }
};

QTEST_APPLESS_MAIN(TestNetworksSettings)
#include "test_networks_settings.moc"
