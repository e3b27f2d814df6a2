// SPDX-License-Identifier: MIT
#include <QtTest>
#include <algorithm>
#include <map>

#include "gateway/sale_builder.h"
#include "settings/settings_reader.h"

using namespace gr;
using namespace gr::gateway;

namespace {

class Drawer final : public settings::SecretSource {
  public:
    std::map<std::string, std::string> secrets;

    Result<settings::StoredSecret> read(const settings::SecretRef& reference) override {
        const auto it = secrets.find(reference.name);
        if (it == secrets.end())
            return fail(ErrorCode::SecretMissing, reference.name + " is not there.");
        return settings::StoredSecret{Secret(it->second), {}, {}};
    }
};

struct Built {
    SalePtr sale;
    std::vector<settings::Problem> problems;
    std::string paths() const {
        std::string all;
        for (const settings::Problem& problem : problems)
            all += problem.path + " ";
        return all;
    }
};

// `sell`: the members beside enabled and pay_to. Two chains, one of which has a server.
Built build(const std::string& sell, Drawer drawer = {}, bool enabled = true) {
    std::string text =
        R"({'wallet':{'networks':[{'id':'eip155:84532','rpc':['https://a.example','https://b.example']},
                              {'id':'eip155:8453'}]},
        'sell':{'pay_to':'0x209693Bc6afc0C5328bA36FaF03C514EF312287C','enabled':)" +
        std::string(enabled ? "true," : "false,") + sell + "}}";
    std::replace(text.begin(), text.end(), '\'', '"');
    std::vector<settings::Problem> unread;
    const auto settings = settings::extractSettings(*settings::parseJson(text), unread);
    Built built;
    built.sale = buildSale(settings, drawer, built.problems);
    return built;
}

}  // namespace

class TestSaleBuilder final : public QObject {
    Q_OBJECT

  private slots:
    void onlyChainsThatCanBeSeenAreSoldOn() {
        const Built built = build(
            "'networks':['eip155:8453','eip155:84532'],"
            "'settle':{'facilitator':'https://f.example'}");
        QVERIFY(built.sale);
        QCOMPARE(built.sale->chains.size(), std::size_t(1));
        QCOMPARE(built.sale->chains[0].network.id, payment::ChainId(84532));
        QCOMPARE(built.sale->chains[0].rpc.size(), std::size_t(2));
        QCOMPARE(built.paths(), std::string("$.sell.networks[0] "));
        QCOMPARE(built.sale->facilitator->host, std::string("f.example"));
        QVERIFY(built.sale->publicUrl.empty());
        QVERIFY(!built.sale->relayer);
    }

    void nothingIsSoldWithoutAChainThatCanBeSeen() {
        const Built built =
            build("'networks':['eip155:8453'],'settle':{'facilitator':'https://f.example'}");
        QVERIFY(!built.sale);
        QCOMPARE(built.problems.size(), std::size_t(1));
    }

    void theRelayersServerIsForChainsThatHaveNone() {
        Drawer drawer;
        drawer.secrets["r"] = "0x" + std::string(63, '0') + "1";
        const Built built = build(
            "'networks':['eip155:8453','eip155:84532'],"
            "'settle':{'self':{'relayer_key':{'vault':'r'},"
            "'rpc':'https://own.example'}},"
            "'public_url':'https://sold.example/'",
            drawer);
        QVERIFY(built.sale);
        QCOMPARE(built.sale->chains.size(), std::size_t(2));
        QCOMPARE(built.sale->chains[0].rpc[0].host, std::string("own.example"));
        QCOMPARE(built.sale->chains[1].rpc[0].host, std::string("a.example"));
        QCOMPARE(built.sale->relayer->address().toHex(),
                 std::string("0x7e5f4552091a69125d5dfcb7b8c2659029395bdf"));
        QCOMPARE(built.sale->publicUrl, std::string("https://sold.example"));
        QVERIFY(built.problems.empty());
    }

    void nothingIsSoldWithoutTheKeysThatItTakes_data() {
        QTest::addColumn<QString>("settle");
        QTest::addColumn<QString>("path");
        QTest::newRow("no relayer key")
            << "{'self':{'relayer_key':{'vault':'r'},'rpc':'https://own.example'}}"
            << "$.sell.settle.self.relayer_key ";
        QTest::newRow("what is no key")
            << "{'self':{'relayer_key':{'vault':'bad'},'rpc':'https://own.example'}}"
            << "$.sell.settle.self.relayer_key ";
        QTest::newRow("no token for the facilitator")
            << "{'facilitator':'https://f.example','bearer':{'vault':'b'}}"
            << "$.sell.settle.bearer ";
        QTest::newRow("no key of the platform")
            << "{'facilitator':'https://f.example','cdp_key_id':'k','cdp_key':{'vault':'c'}}"
            << "$.sell.settle.cdp_key ";
    }
    void nothingIsSoldWithoutTheKeysThatItTakes() {
        QFETCH(QString, settle);
        QFETCH(QString, path);
        Drawer drawer;
        drawer.secrets["bad"] = "not a key";
        const Built built =
            build("'networks':['eip155:84532'],'settle':" + settle.toStdString(), drawer);
        QVERIFY(!built.sale);
        QCOMPARE(built.paths(), path.toStdString());
    }

    void nothingIsSoldUnlessItIsOn() {
        const std::string sell =
            "'networks':['eip155:84532'],'settle':{'facilitator':'https://f.example'}";
        QVERIFY(build(sell).sale);
        QVERIFY(!build(sell, {}, false).sale);
    }
};

QTEST_APPLESS_MAIN(TestSaleBuilder)
#include "test_sale_builder.moc"
