// SPDX-License-Identifier: MIT
// What is wrong with a configuration is said with its place and without its secrets.
#include <QtTest>
#include <algorithm>

#include "support/settings_text.h"

using gr::settings::Problem;

namespace {

constexpr const char* kCanary = "sk-canary-3f9a1c7752d84e0bb6a1";

// A client that is fine, for documents that need one.
QByteArray client(const char* more) {
    return QByteArray("{'clients':[{'id':'a','key':{'env':'A'}") + more + "}]}";
}

QByteArray provider(const char* more) {
    return QByteArray("{'providers':[{'id':'p','base_url':'https://p.example/v1'") + more + "}]}";
}

}  // namespace

class TestSettingsProblems final : public QObject {
    Q_OBJECT

  private slots:
    void namesEveryProblem_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::addColumn<QByteArray>("path");
        QTest::addColumn<QByteArray>("part");  // of the message
        QTest::addColumn<bool>("usable");
        const auto error = [](const char* name, const QByteArray& text, const char* path,
                              const char* part) {
            QTest::newRow(name) << text << QByteArray(path) << QByteArray(part) << false;
        };
        const auto warning = [](const char* name, const QByteArray& text, const char* path,
                                const char* part) {
            QTest::newRow(name) << text << QByteArray(path) << QByteArray(part) << true;
        };
        warning("unknown", "{'nonsense': 1}", "$.nonsense", "is unknown");
        warning("misspelt", "{'listen':{'prot':1}}", "$.listen.prot", "did you mean \"port\"?");
        warning("misspelt section", "{'provider':[]}", "$.provider", "did you mean \"providers\"?");
        warning("odd name", "{'a b':1}", "$[\"a b\"]", "is unknown");
        error("not an object", "[]", "$", "must be an object");
        error("repeated", "{'listen':{'port':1,'port':2}}", "$.listen.port", "stands twice");
        error("repeated, escaped", "{'listen':{'port':1,'p\\u006frt':2}}", "$.listen.port",
              "stands twice");
        error("version as text", "{'version':'1'}", "$.version", "whole number without quotes");
        error("version 0", "{'version':0}", "$.version", "between 1 and 1");
        error("port as text", "{'listen':{'port':'4402'}}", "$.listen.port", "whole number");
        error("port too large", "{'listen':{'port':65536}}", "$.listen.port",
              "between 0 and 65535");
        error("port with fraction", "{'listen':{'port':1.5}}", "$.listen.port", "whole number");
        error("threads", "{'listen':{'threads':0}}", "$.listen.threads", "between 1 and 64");
        error("address", "{'listen':{'address':'example.com'}}", "$.listen.address", "IP address");
        error("network address", "{'listen':{'address':'0.0.0.0'}}", "$.listen.address",
              "allow_plain_http_on_network");
        error("v6 network address", "{'listen':{'address':'::'}}", "$.listen.address",
              "allow_plain_http_on_network");
        error("hosts", "{'listen':{'allowed_hosts':'a'}}", "$.listen.allowed_hosts", "list");
        error("wildcard host", "{'listen':{'allowed_hosts':['*']}}", "$.listen.allowed_hosts[0]",
              "host name");
        error("host with scheme", "{'listen':{'allowed_hosts':['http://a']}}",
              "$.listen.allowed_hosts[0]", "host name");
        for (const char* origin : {"*", "null", "https://*", "https://a.example/", "a.example"})
            error(origin, QByteArray("{'listen':{'allowed_origins':['") + origin + "']}}",
                  "$.listen.allowed_origins[0]", "origin");
        error("control character", provider(",'models':[{'id':'a\\nb'}]"),
              "$.providers[0].models[0].id", "control character");
        error("alias with control character", "{'routing':{'aliases':{'a\\r\\n':['m']}}}",
              "$.routing.aliases[\"a\\u000d\\n\"]", "control character");
        error("client id missing", "{'clients':[{'key':{'env':'A'}}]}", "$.clients[0].id",
              "is missing");
        error("client key missing", "{'clients':[{'id':'a'}]}", "$.clients[0].key", "is missing");
        error("client twice",
              "{'clients':[{'id':'a','key':{'env':'A'}},{'id':'a','key':{'env':'B'}}]}",
              "$.clients[1].id", "used by another client");
        error("client id form", "{'clients':[{'id':'','key':{'env':'A'}}]}", "$.clients[0].id",
              "letters");
        error("digest too short", "{'clients':[{'id':'a','key':{'sha256':'abcd'}}]}",
              "$.clients[0].key.sha256", "64 hexadecimal digits");
        error("two kinds of secret", "{'clients':[{'id':'a','key':{'env':'A','file':'b'}}]}",
              "$.clients[0].key", "reference to a secret");
        error("empty secret", "{'clients':[{'id':'a','key':{}}]}", "$.clients[0].key",
              "reference to a secret");
        error("secret as text", "{'clients':[{'id':'a','key':'sk-1'}]}", "$.clients[0].key",
              "reference to a secret");
        error("variable name", "{'clients':[{'id':'a','key':{'env':'A B'}}]}",
              "$.clients[0].key.env", "environment variable");
        warning("secret in clear", "{'clients':[{'id':'a','key':{'value':'gr-1'}}]}",
                "$.clients[0].key.value", "in clear");
        error("expiry", client(",'expires':'soon'"), "$.clients[0].expires", "2027-01-31");
        error("no such day", client(",'expires':'2027-02-30'"), "$.clients[0].expires", "date");
        error("limit of nothing", client(",'limits':[{'window':'day'}]"), "$.clients[0].limits[0]",
              "limits nothing");
        error("money as number", client(",'limits':[{'window':'day','usd':5}]"),
              "$.clients[0].limits[0].usd", "\"5.00\"");
        error("money with sign", "{'limits':[{'window':'day','usd':'$5'}]}", "$.limits[0].usd",
              "\"5.00\"");
        error("window", "{'limits':[{'window':'dai','usd':'5'}]}", "$.limits[0].window",
              "\"minute\", \"hour\", \"day\", \"week\", \"month\" or \"total\"");
        error("window missing", "{'limits':[{'usd':'5'}]}", "$.limits[0].window", "is missing");
        error("scope", "{'limits':[{'scope':'everything','window':'day','usd':'5'}]}",
              "$.limits[0].scope", "client:ID");
        error("guarantee", "{'guarantee':'soft'}", "$.guarantee", "\"hard\" or \"estimate\"");
        error("wait", "{'limit_wait_seconds':-1}", "$.limit_wait_seconds", "between 0 and 600");
        error("ask wait", "{'limits':[{'window':'day','usd':'5','ask_wait_seconds':3601}]}",
              "$.limits[0].ask_wait_seconds", "between 0 and 3600");
        error("time zone", "{'time_zone':'Europe Berlin'}", "$.time_zone", "time zone");
        error("provider with slash", "{'providers':[{'id':'a/b','base_url':'https://a.example'}]}",
              "$.providers[0].id", "provider/model");
        error("provider twice", "{'providers':[{'id':'openai'},{'id':'openai'}]}",
              "$.providers[1].id", "used by another provider");
        error("unknown provider", "{'providers':[{'id':'nobody'}]}", "$.providers[0].base_url",
              "is missing");
        error("kind", provider(",'kind':'open-ai'"), "$.providers[0].kind", "\"anthropic\"");
        error("keys is no list", provider(",'keys':{'env':'A'}"), "$.providers[0].keys", "list");
        error("bad key", provider(",'keys':[{'env':'A'},{'environ':'B'}]"),
              "$.providers[0].keys[1]", "reference to a secret");
        error("payment", provider(",'payment':'cash'"), "$.providers[0].payment", "\"x402\"");
        error("model without id", provider(",'models':[{'context':1}]"),
              "$.providers[0].models[0].id", "is missing");
        error("model twice", provider(",'models':[{'id':'m'},{'id':'m'}]"),
              "$.providers[0].models[1].id", "stands twice");
        error("half a price", provider(",'models':[{'id':'m','price':{'input':'1'}}]"),
              "$.providers[0].models[0].price.output", "is missing");
        for (const char* url : {"p.example/v1", "ftp://p.example", "https://u:p@p.example",
                                "https://p.example?key=1", "https://p.example/#x", "https://"})
            error(url, QByteArray("{'providers':[{'id':'p','base_url':'") + url + "'}]}",
                  "$.providers[0].base_url", "absolute http or https address");
        error("keys over http",
              "{'providers':[{'id':'p','base_url':'http://p.example','keys':[{'env':'A'}]}]}",
              "$.providers[0].base_url", "plain http");
        error("preference", "{'routing':{'preference':2}}", "$.routing.preference",
              "between 0 and 1");
        error("alias loop", "{'routing':{'aliases':{'a':['b'],'b':['a']}}}", "$.routing.aliases.a",
              "leads back to itself");
        error("alias of itself", "{'routing':{'aliases':{'a':['a']}}}", "$.routing.aliases.a",
              "leads back to itself");
        error("alias auto", "{'routing':{'aliases':{'auto:cheap':['m']}}}",
              "$.routing.aliases[\"auto:cheap\"]", "router itself");
        error("empty alias", "{'routing':{'aliases':{'a':[]}}}", "$.routing.aliases.a", "empty");
        error("alias over a model",
              "{'providers':[{'id':'openai'}],'routing':{'aliases':{'openai/x':['m']}}}",
              "$.routing.aliases[\"openai/x\"]", "never replaced");
        error("condition", "{'routing':{'rules':[{'if':{'has_picture':true},'then':{}}]}}",
              "$.routing.rules[0].if.has_picture", "is unknown");
        error("nested condition",
              "{'routing':{'rules':[{'if':{'not':{'has_image':1}},'then':{}}]}}",
              "$.routing.rules[0].if.not.has_image", "true or false");
        error("rule without then", "{'routing':{'rules':[{'if':{}}]}}", "$.routing.rules[0].then",
              "is missing");
        error("ask above", "{'wallet':{'policy':{'per_payment':'0.05','ask_above':'0.06'}}}",
              "$.wallet.policy.ask_above", "per_payment");
        error("network", "{'wallet':{'networks':[{'id':'base'}]}}", "$.wallet.networks[0].id",
              "eip155");
        error("mainnet key in clear",
              "{'wallet':{'key':{'value':'0x01'},'networks':[{'id':'eip155:8453'}]}}",
              "$.wallet.key.value", "refused");
        warning("testnet key in clear",
                "{'wallet':{'key':{'value':'0x01'},'networks':[{'id':'eip155:84532'}]}}",
                "$.wallet.key.value", "in clear");
        error("key in clear for all networks", "{'wallet':{'key':{'value':'0x01'}}}",
              "$.wallet.key.value", "refused");
        error("mistyped wallet",
              "{'wallet':{'address':'0x2c7536E3605D9C16a7a3D7b1898e529396a65c24'}}",
              "$.wallet.address", "wrong checksum");
        error("key and address",
              "{'wallet':{'key':{'vault':'w'},"
              "'address':'0x2c7536E3605D9C16a7a3D7b1898e529396a65c23'}}",
              "$.wallet.address", "beside a key");
        error("mistyped payee", "{'sell':{'pay_to':'0x2c7536E3605D9C16a7a3D7b1898e529396a65c2A'}}",
              "$.sell.pay_to", "wrong checksum");
        error("payees", "{'wallet':{'payees':[1]}}", "$.wallet.payees[0]", "host");
        error("settle", "{'sell':{'settle':{}}}", "$.sell.settle", "facilitator");
        error("settle url", "{'sell':{'settle':{'facilitator':'x'}}}", "$.sell.settle.facilitator",
              "absolute address");
        error("pay to", "{'sell':{'pay_to':'0x12'}}", "$.sell.pay_to", "40 hexadecimal");
        error("selling to nobody",
              "{'sell':{'enabled':true,'pay_to':'0x…','networks':['eip155:84532'],"
              "'settle':{'facilitator':'http://127.0.0.1:1'}}}",
              "$.sell.pay_to", "is missing");
        error("remote postgresql", "{'ledger':{'url':'postgresql://u@h/d'}}", "$.ledger.url",
              "verify-full");
        error("encrypted is not trusted", "{'ledger':{'url':'postgresql://u@h/d?sslmode=require'}}",
              "$.ledger.url", "verify-full");
        error("one of several is remote", "{'ledger':{'url':'postgresql://u@127.0.0.1,h/d'}}",
              "$.ledger.url", "verify-full");
        error("hidden address",
              "{'ledger':{'url':'postgresql://u@localhost/d?hostaddr=192.0.2.1'}}", "$.ledger.url",
              "verify-full");
        error("no such url", "{'ledger':{'url':'postgresql://u@[::1/d'}}", "$.ledger.url",
              "must be a URL such as");
        error("ledger", "{'ledger':{'url':'mysql:x'}}", "$.ledger.url", "sqlite:PATH");
        error("kept responses", "{'responses':{'max_count':0}}", "$.responses.max_count",
              "between 1");
        error("keep days", "{'ledger':{'keep_days':0}}", "$.ledger.keep_days", "between 1");
        error("prometheus", "{'metrics':{'prometheus':'yes'}}", "$.metrics.prometheus",
              "true or false");
    }
    void namesEveryProblem() {
        QFETCH(QByteArray, text);
        QFETCH(QByteArray, path);
        QFETCH(QByteArray, part);
        QFETCH(bool, usable);
        const auto loaded = readSettingsText(text.toStdString());
        QVERIFY(loaded);
        const auto hit =
            std::find_if(loaded->problems.begin(), loaded->problems.end(), [&](const Problem& p) {
                return bytes(p.path) == path && bytes(p.message).contains(part);
            });
        if (hit == loaded->problems.end()) {
            for (const Problem& problem : loaded->problems)
                qWarning("found: %s", toLine(problem).c_str());
            QFAIL("the problem is not named");
        }
        QCOMPARE(loaded->usable(), usable);
    }

    void leavesGoodOnesAlone_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("localhost") << QByteArray("{'listen':{'address':'localhost'}}");
        QTest::newRow("origins") << QByteArray(
            "{'listen':{'allowed_origins':['https://a.example:8443','chrome-extension://abc'],"
            "'allowed_hosts':['box.local','[fd00::1]:4402','10.0.0.1:80']}}");
        QTest::newRow("v6 loopback") << QByteArray("{'listen':{'address':'::1'}}");
        QTest::newRow("network with override")
            << QByteArray("{'listen':{'address':'0.0.0.0','allow_plain_http_on_network':true}}");
        QTest::newRow("port 0") << QByteArray("{'listen':{'port':0}}");
        QTest::newRow("catalog provider") << QByteArray("{'providers':[{'id':'groq'}]}");
        QTest::newRow("gemini") << QByteArray("{'providers':[{'id':'gemini','kind':'gemini'}]}");
        QTest::newRow("local server") << QByteArray("{'providers':[{'id':'ollama'}]}");
        QTest::newRow("local by dialect")
            << QByteArray("{'providers':[{'id':'mine','dialect':'vllm'}]}");
        QTest::newRow("http to loopback") << QByteArray(
            "{'providers':[{'id':'p','base_url':'http://127.0.0.1:1','keys':[{'env':'A'}]}]}");
        QTest::newRow("http without keys")
            << QByteArray("{'providers':[{'id':'p','base_url':'http://10.0.0.5:8000','keys':[]}]}");
        QTest::newRow("alias of an alias")
            << QByteArray("{'routing':{'aliases':{'a':['b','c'],'b':['c'],'c':['m']}}}");
        QTest::newRow("limit") << QByteArray(
            "{'limits':[{'window':'total','requests':5,'guarantee':'estimate'}],'limit_wait_"
            "seconds':0}");
        QTest::newRow("schema") << QByteArray("{'$schema':'https://x.example/s.json'}");
        QTest::newRow("sqlite path") << QByteArray("{'ledger':{'url':'sqlite:/tmp/l.db'}}");
        QTest::newRow("expires") << client(",'expires':'2027-01-31T12:00:00+01:00'");
        QTest::newRow("rule") << QByteArray(
            "{'routing':{'rules':[{'if':{'language':['de','en'],'hours':'22:00-06:00','header':{'x-"
            "a':'"
            "1'},"
            "'not':{'has_image':true}},'then':{'max_cost':'0.01','effort':'low'},'continue':true}]}"
            "}");
        QTest::newRow("own relayer") << QByteArray(
            "{'sell':{'settle':{'self':{'relayer_key':{'vault':'r'},'rpc':'http://"
            "127.0.0.1:1'}}}}");
    }
    void leavesGoodOnesAlone() {
        QFETCH(QByteArray, text);
        const auto loaded = readSettingsText(text.toStdString());
        QVERIFY(loaded);
        for (const Problem& problem : loaded->problems)
            qWarning("%s", toLine(problem).c_str());
        QVERIFY(loaded->problems.empty());
    }

    void secretsAreNeverQuoted_data() {
        QTest::addColumn<QByteArray>("text");
        const QByteArray c = kCanary;
        QTest::newRow("as key") << "{'clients':[{'id':'a','key':'" + c + "'}]}";
        QTest::newRow("as name") << "{'clients':[{'id':'a','key':{'" + c + "':1}}]}";
        QTest::newRow("as long name") << "{'" + c + c + "':1}";
        QTest::newRow("as variable") << "{'clients':[{'id':'a','key':{'env':'" + c + "'}}]}";
        QTest::newRow("as digest") << "{'clients':[{'id':'a','key':{'sha256':'" + c + "'}}]}";
        QTest::newRow("as value") << "{'clients':[{'id':'a','key':{'value':'" + c + "'}}]}";
        QTest::newRow("in list") << "{'providers':[{'id':'openai','keys':['" + c + "']}]}";
        QTest::newRow("in address")
            << "{'providers':[{'id':'p','base_url':'https://a?key=" + c + "'}]}";
        QTest::newRow("as kind") << "{'providers':[{'id':'p','kind':'" + c + "'}]}";
        QTest::newRow("as port") << "{'listen':{'port':'" + c + "'}}";
        QTest::newRow("wallet") << "{'wallet':{'key':{'value':'" + c +
                                       "'},'networks':[{'id':'eip155:1'}]}}";
        QTest::newRow("not JSON") << "{'key': " + c + "}";
        QTest::newRow("not closed") << "{'key': '" + c;
    }
    void secretsAreNeverQuoted() {
        QFETCH(QByteArray, text);
        const auto loaded = readSettingsText(text.toStdString());
        QVERIFY(!loaded || !loaded->problems.empty());
        if (!loaded) {
            QVERIFY(loaded.error().message.text.find(kCanary) == std::string::npos);
            QVERIFY(loaded.error().detail.text.find(kCanary) == std::string::npos);
            return;
        }
        for (const Problem& problem : loaded->problems)
            QVERIFY2(toLine(problem).find(kCanary) == std::string::npos, toLine(problem).c_str());
    }
};

QTEST_APPLESS_MAIN(TestSettingsProblems)
#include "test_settings_problems.moc"
