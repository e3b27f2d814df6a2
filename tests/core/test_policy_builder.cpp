// SPDX-License-Identifier: MIT
#include <QtTest>
#include <algorithm>
#include <array>
#include <map>

#include "base/log.h"
#include "base/text.h"
#include "gateway/policy_builder.h"
#include "settings/settings_file.h"

using gr::ErrorCode;
using gr::Secret;
using gr::UnixMs;
using gr::catalog::Catalog;
using gr::gateway::BuiltPolicy;
using gr::settings::SecretRef;
using gr::settings::StoredSecret;

namespace {

constexpr UnixMs kNow{1'800'000'000'000};

// Secrets from a list: "env:NAME", "vault:NAME" and so on.
class FakeSecrets final : public gr::settings::SecretSource {
  public:
    struct Entry {
        std::string text;
        std::string boundTo;
    };
    std::map<std::string, Entry> entries;
    bool locked = false;

    gr::Result<StoredSecret> read(const SecretRef& reference) override {
        static constexpr std::array kKinds{"vault:", "keychain:", "env:", "file:", "value:"};
        if (locked && reference.kind == SecretRef::Kind::Vault)
            return gr::fail(ErrorCode::VaultLocked, "The vault is locked.");
        const auto it =
            entries.find(kKinds[static_cast<std::size_t>(reference.kind)] + reference.name);
        if (it == entries.end())
            return gr::fail(ErrorCode::SecretMissing, "The secret does not exist.");
        return StoredSecret{Secret(it->second.text), it->second.boundTo, {}};
    }
};

QByteArray bytes(const std::string& text) {
    return QByteArray::fromStdString(text);
}

}  // namespace

class TestPolicyBuilder final : public QObject {
    Q_OBJECT

    BuiltPolicy build(std::string json, std::span<const gr::ledger::ClientKey> keys = {}) {
        std::replace(json.begin(), json.end(), '\'', '"');
        const auto loaded = gr::settings::readSettings(json, m_catalog);
        if (!loaded || !loaded->usable())
            qFatal("the test's configuration is wrong");
        return gr::gateway::buildPolicy(loaded->settings, m_catalog, m_secrets, keys, kNow);
    }

    bool hasProblem(const BuiltPolicy& built, const std::string& path, const std::string& part) {
        for (const auto& problem : built.problems) {
            if (problem.path == path && problem.message.find(part) != std::string::npos)
                return true;
            qWarning("%s", toLine(problem).c_str());
        }
        return false;
    }

  private slots:
    void init() { m_secrets = FakeSecrets(); }

    // Whose price holds, and whether it is this model's at this place for certain.
    void findsPrices_data() {
        QTest::addColumn<QString>("provider");
        QTest::addColumn<QByteArray>("model");
        QTest::addColumn<QString>("input");  // "free", "unknown" or the rate
        QTest::addColumn<bool>("certain");
        const auto row = [](const char* name, const char* provider, const char* model,
                            const char* input, bool certain) {
            QTest::newRow(name) << QString::fromLatin1(provider) << QByteArray(model)
                                << QString::fromLatin1(input) << certain;
        };
        row("catalog", "'id':'openai'", "gpt-5.4", "2.50", true);
        row("catalog by address", "'id':'mine','base_url':'https://api.openai.com/v1'", "gpt-5.4",
            "2.50", true);
        row("name at another address", "'id':'openai','base_url':'https://proxy.example/v1'",
            "gpt-5.4", "2.50", false);
        row("spelling", "'id':'openai'", "gpt-5-4-mini", "0.75", true);
        row("date", "'id':'openai'", "gpt-5.4-2026-03-05", "2.50", false);
        row("date, and listed", "'id':'openai','models':[{'id':'gpt-5.4-2026-03-05'}]",
            "gpt-5.4-2026-03-05", "2.50", false);
        row("unknown model", "'id':'openai'", "gpt-99", "unknown", false);
        row("unknown provider", "'id':'shop','base_url':'https://shop.example/v1'", "gpt-5.4",
            "unknown", false);
        row("this machine", "'id':'ollama'", "llama3", "free", true);
        row("a known name on this machine", "'id':'openai','base_url':'http://127.0.0.1:9/v1'",
            "gpt-5.4", "free", true);
        row("the user's own",
            "'id':'openai','models':[{'id':'gpt-5.4','price':{'input':'7','output':'8'}}]",
            "gpt-5.4", "7.00", true);
        row("the user's own, on this machine",
            "'id':'ollama','models':[{'id':'x','price':{'input':'7','output':'8'}},{'id':'y'}]",
            "x", "7.00", true);
        row("beside it", "'id':'ollama','models':[{'id':'x','price':{'input':'7','output':'8'}}]",
            "y", "free", true);
    }
    void findsPrices() {
        QFETCH(QString, provider);
        QFETCH(QByteArray, model);
        QFETCH(QString, input);
        QFETCH(bool, certain);
        const BuiltPolicy built =
            build("{'providers':[{" + provider.toStdString() + ",'keys':[]}]}");
        const auto quote = built.policy.providers.front().prices->find(model.toStdString());
        QString found = quote.free ? QStringLiteral("free") : QStringLiteral("unknown");
        if (quote.price) {
            const auto& rates = quote.price->rows.front().rates;
            found = QString::fromStdString(rates.of(gr::catalog::TokenClass::Input)->toDecimal());
        }
        QCOMPARE(found, input);
        QCOMPARE(quote.certain, certain);
    }

    // Only what the catalog says of this model at its own address exempts it.
    void knowsWhichModelsDoNotReason() {
        const auto reasons = [this](const char* provider, const char* model) {
            const BuiltPolicy built =
                build("{'providers':[{'keys':[]," + std::string(provider) + "}]}");
            return built.policy.providers.front().prices->find(model).reasons;
        };
        const char* const listed = "'id':'xai','models':[{'id':'grok-4.20-0309-non-reasoning'}]";
        QVERIFY(!reasons("'id':'xai'", "grok-4.20-0309-non-reasoning"));
        QVERIFY(!reasons(listed, "grok-4.20-0309-non-reasoning"));
        QVERIFY(reasons("'id':'xai'", "grok-4.20-0309-reasoning"));
        QVERIFY(reasons("'id':'xai'", "grok-build-0.1"));
        QVERIFY(reasons("'id':'xai'", "grok-99"));
        QVERIFY(reasons("'id':'xai','base_url':'https://proxy.example/v1'",
                        "grok-4.20-0309-non-reasoning"));
    }

    // What a model can do counts only where the catalog speaks of this very place.
    void knowsWhatModelsCanDo() {
        const auto of = [this](const char* provider, const char* model) {
            const BuiltPolicy built =
                build("{'providers':[{'keys':[]," + std::string(provider) + "}]}");
            return built.policy.providers.front().prices->find(model);
        };
        QVERIFY(of("'id':'openai'", "gpt-4o").tools == true);
        QVERIFY(of("'id':'openai'", "gpt-4o").structured == true);
        QVERIFY(of("'id':'openai'", "gpt-4").structured == false);
        QVERIFY(of("'id':'openai','models':[{'id':'gpt-4'}]", "gpt-4").structured == false);
        QVERIFY(!of("'id':'openai','base_url':'https://proxy.example/v1'", "gpt-4").structured);
        QVERIFY(!of("'id':'openai'", "gpt-99").tools);
    }

    void searchesCostWhatTheCatalogSays() {
        const BuiltPolicy built = build(
            "{'providers':[{'id':'openai','keys':[],'models':[{'id':'gpt-5.4','price':{'input':'7',"
            "'output':'8'}},{'id':'x','price':{'input':'7','output':'8'}}]}]}");
        const auto& prices = *built.policy.providers.front().prices;
        QVERIFY(prices.find("gpt-5.4").price->webSearch == gr::catalog::Rate::parse("10"));
        QVERIFY(!prices.find("x").price->webSearch);
    }

    void fillsInWhatIsKnown_data() {
        QTest::addColumn<QString>("provider");
        QTest::addColumn<QByteArray>("kind");
        QTest::addColumn<QByteArray>("dialect");
        QTest::addColumn<QByteArray>("url");
        QTest::addColumn<bool>("needsKey");
        const auto row = [](const char* provider, const char* kind, const char* dialect,
                            const char* url, bool needsKey) {
            QTest::newRow(provider) << QString::fromLatin1(provider) << QByteArray(kind)
                                    << QByteArray(dialect) << QByteArray(url) << needsKey;
        };
        row("'id':'openai'", "openai", "openai", "https://api.openai.com/v1", true);
        row("'id':'anthropic'", "anthropic", "anthropic", "https://api.anthropic.com", true);
        row("'id':'gemini'", "gemini", "gemini", "https://generativelanguage.googleapis.com/v1beta",
            true);
        row("'id':'together'", "openai", "together", "https://api.together.xyz/v1", true);
        row("'id':'cerebras'", "openai", "openai", "https://api.cerebras.ai/v1", true);
        row("'id':'mine','base_url':'https://api.groq.com/openai/v1/'", "openai", "groq",
            "https://api.groq.com/openai/v1", true);
        row("'id':'mine','base_url':'https://api.anthropic.com/v1'", "anthropic", "anthropic",
            "https://api.anthropic.com/v1", true);
        row("'id':'x','kind':'openai','base_url':'https://api.anthropic.com/v1'", "openai",
            "openai", "https://api.anthropic.com/v1", true);
        row("'id':'ollama'", "openai", "ollama", "http://127.0.0.1:11434/v1", false);
        row("'id':'lmstudio'", "openai", "lmstudio", "http://127.0.0.1:1234/v1", false);
        row("'id':'llamacpp'", "openai", "llamacpp", "http://127.0.0.1:8080/v1", false);
        row("'id':'box','dialect':'vllm'", "openai", "vllm", "http://127.0.0.1:8000/v1", false);
        row("'id':'ollama','base_url':'http://10.0.0.5:11434'", "openai", "ollama",
            "http://10.0.0.5:11434", false);
        row("'id':'openai','base_url':'http://127.0.0.1:9999/v1/'", "openai", "openai",
            "http://127.0.0.1:9999/v1", false);
        row("'id':'openai','keys':[]", "openai", "openai", "https://api.openai.com/v1", false);
        row("'id':'shop','base_url':'https://shop.example/v1','keys':[{'env':'NONE'}]", "openai",
            "openai", "https://shop.example/v1", true);
    }
    void fillsInWhatIsKnown() {
        QFETCH(QString, provider);
        QFETCH(QByteArray, kind);
        QFETCH(QByteArray, dialect);
        QFETCH(QByteArray, url);
        QFETCH(bool, needsKey);
        const auto built = build("{'providers':[{" + provider.toStdString() + "}]}");
        QCOMPARE(built.policy.providers.size(), std::size_t(1));
        const auto& entry = built.policy.providers[0];
        QCOMPARE(bytes(entry.kind), kind);
        QCOMPARE(bytes(entry.dialect), dialect);
        QCOMPARE(bytes(entry.baseUrl), url);
        QCOMPARE(entry.needsKey, needsKey);
        QVERIFY(entry.keys.empty());
        QCOMPARE(built.problems.empty(), !needsKey);
    }

    void takesTheCatalogsVariable() {
        m_secrets.entries["env:GEMINI_API_KEY"] = {"gem-key-12345", ""};
        const auto built = build("{'providers':[{'id':'gemini'}]}");
        QVERIFY(built.problems.empty());
        QCOMPARE(built.policy.providers[0].keys.size(), std::size_t(1));
        QCOMPARE(built.policy.providers[0].keys[0]->reveal(), std::string_view("gem-key-12345"));
    }

    // A changed address must not take the key with it.
    void theVariableStaysAtTheCatalogsAddress_data() {
        QTest::addColumn<QString>("url");
        QTest::addColumn<bool>("given");
        QTest::newRow("own") << "https://api.openai.com/v1" << true;
        QTest::newRow("own, short") << "https://api.openai.com" << true;
        QTest::newRow("other host") << "https://evil.example/v1" << false;
        QTest::newRow("other port") << "https://api.openai.com:444/v1" << false;
        QTest::newRow("plain http") << "http://api.openai.com/v1" << false;
        QTest::newRow("loopback") << "http://127.0.0.1:9/v1" << false;
        QTest::newRow("look-alike") << "https://api.openai.com.evil.example/v1" << false;
    }
    void theVariableStaysAtTheCatalogsAddress() {
        QFETCH(QString, url);
        QFETCH(bool, given);
        m_secrets.entries["env:OPENAI_API_KEY"] = {"sk-env-12345678", ""};
        const auto built =
            build("{'providers':[{'id':'openai','base_url':'" + url.toStdString() + "'}]}");
        QCOMPARE(built.policy.providers[0].keys.size(), std::size_t(given ? 1 : 0));
    }

    void vaultKeysStayAtTheirAddress_data() {
        QTest::addColumn<QString>("boundTo");
        QTest::addColumn<QString>("url");
        QTest::addColumn<bool>("given");
        QTest::newRow("same") << "https://a.example:443"
                              << "https://a.example/v1" << true;
        QTest::newRow("same, other path") << "https://a.example:443"
                                          << "https://A.example:443" << true;
        QTest::newRow("other host") << "https://a.example:443"
                                    << "https://b.example/v1" << false;
        QTest::newRow("other port") << "https://a.example:443"
                                    << "https://a.example:8443" << false;
        QTest::newRow("other scheme") << "https://127.0.0.1:443"
                                      << "http://127.0.0.1:443" << false;
        QTest::newRow("not a provider key") << ""
                                            << "https://a.example/v1" << false;
    }
    void vaultKeysStayAtTheirAddress() {
        QFETCH(QString, boundTo);
        QFETCH(QString, url);
        QFETCH(bool, given);
        m_secrets.entries["vault:k"] = {"sk-vault-123456", boundTo.toStdString()};
        const auto built = build("{'providers':[{'id':'a','keys':[{'vault':'k'}],'base_url':'" +
                                 url.toStdString() + "'}]}");
        QCOMPARE(built.policy.providers[0].keys.size(), std::size_t(given ? 1 : 0));
        QVERIFY(built.policy.providers[0].needsKey);
        if (!given)
            QVERIFY(hasProblem(built, "$.providers[0].keys[0]",
                               boundTo.isEmpty() ? "not the key" : "was entered for"));
    }

    void aMissingSecretCostsItsOwnerOnly() {
        m_secrets.entries["env:TWO"] = {"sk-two-12345678", ""};
        m_secrets.entries["env:EMPTY"] = {"", ""};
        const auto built = build(
            "{'clients':[{'id':'a','key':{'env':'NONE'}},{'id':'b','key':{'env':'TWO'}}],"
            "'providers':[{'id':'openai','keys':[{'env':'ONE'},{'env':'TWO'},{'env':'EMPTY'}]}]}");
        QCOMPARE(built.policy.providers[0].keys.size(), std::size_t(1));
        QCOMPARE(built.policy.clients.size(), std::size_t(1));
        QCOMPARE(bytes(built.policy.clients[0].id), QByteArray("b"));
        QVERIFY(!built.policy.locked);
        QVERIFY(hasProblem(built, "$.providers[0].keys[0]", "does not exist"));
        QVERIFY(hasProblem(built, "$.providers[0].keys[2]", "is empty"));
        QVERIFY(hasProblem(built, "$.clients[0].key", "does not exist"));
        QCOMPARE(built.problems.size(), std::size_t(3));
    }

    void aLockedVaultLocksThePolicy() {
        m_secrets.locked = true;
        const auto built = build("{'providers':[{'id':'openai','keys':[{'vault':'k'}]}]}");
        QVERIFY(built.policy.locked);
        QVERIFY(hasProblem(built, "$.providers[0].keys[0]", "locked"));
        QVERIFY(!build("{'providers':[{'id':'ollama'}]}").policy.locked);
    }

    void offersModels() {
        const auto built = build(
            "{'providers':[{'id':'deepseek','keys':[]},{'id':'mine','base_url':'https://m.example',"
            "'models':[{'id':'one'},{'id':'two'}]},{'id':'ollama'}]}");
        const auto& providers = built.policy.providers;
        QCOMPARE(providers[0].models.size(), m_catalog.findById("deepseek")->models.size());
        QVERIFY(providers[0].openEnded);
        const std::vector<std::string> own{"one", "two"};
        QCOMPARE(providers[1].models, own);
        QVERIFY(!providers[1].openEnded);
        QVERIFY(providers[2].models.empty());
        QVERIFY(providers[2].openEnded);
    }

    void leavesOutDisabledProviders() {
        const auto built = build("{'providers':[{'id':'openai','enabled':false},{'id':'ollama'}]}");
        QCOMPARE(built.policy.providers.size(), std::size_t(1));
        QVERIFY(built.problems.empty());
    }

    void keysFromFileAndLedger() {
        m_secrets.entries["env:A"] = {"gr-configured-key", ""};
        const std::string hex(64, 'a');
        const auto key = [](const char* id, std::optional<UnixMs> expires,
                            std::optional<UnixMs> revoked) {
            return gr::ledger::ClientKey{id, gr::sha256(id), UnixMs{1}, expires, revoked};
        };
        const std::vector<gr::ledger::ClientKey> runtime{
            key("live", std::nullopt, std::nullopt), key("later", UnixMs{kNow.value + 1}, {}),
            key("over", kNow, {}), key("revoked", {}, UnixMs{5})};
        const auto built = build(
            "{'clients':[{'id':'a','key':{'env':'A'},'models':['gpt-*']},{'id':'b','key':{'sha256':"
            "'" +
                hex + "'}},{'id':'old','key':{'env':'A'},'expires':'2020-01-01'}]}",
            runtime);
        std::vector<std::string> ids;
        for (const auto& client : built.policy.clients)
            ids.push_back(client.id);
        // Those that are over are known too, so that they are refused by name.
        const std::vector<std::string> expected{"a", "b", "live", "later", "over", "revoked"};
        QCOMPARE(ids, expected);
        QCOMPARE(built.policy.clients[4].expires, std::optional(kNow));
        QCOMPARE(built.policy.clients[5].revoked, std::optional(UnixMs{5}));
        QCOMPARE(built.policy.clients[0].keyDigest, gr::sha256("gr-configured-key"));
        QCOMPARE(built.policy.clients[0].models, std::vector<std::string>{"gpt-*"});
        QCOMPARE(built.policy.clients[1].keyDigest, std::string(32, '\xaa'));
        QCOMPARE(built.policy.clients[3].expires, std::optional(UnixMs{kNow.value + 1}));
    }

    void keysOfTheLedgerHaveTheirOwnScope() {
        const auto key = [](const char* id, const char* scope, std::optional<UnixMs> expires = {},
                            std::optional<UnixMs> revoked = {}) {
            return gr::ledger::ClientKey{id, gr::sha256(id), UnixMs{1}, expires, revoked, scope};
        };
        const char* const scope =
            R"({"models":["gpt-*"],"limits":[{"window":"day","usd":"2"}],"allow_unpriced":true})";
        const std::vector<gr::ledger::ClientKey> runtime{
            key("scoped", scope), key("free", ""), key("over", scope, kNow),
            key("revoked", scope, {}, UnixMs{5}), key("later form", R"({"colours":["red"]})")};
        const auto built = build("{'limits':[],'limit_wait_seconds':3}", runtime);
        const auto& clients = built.policy.clients;
        QCOMPARE(clients.size(), std::size_t(4));
        QCOMPARE(clients[0].models, std::vector<std::string>{"gpt-*"});
        QVERIFY(clients[0].usdLimited && clients[0].allowUnpriced);
        QCOMPARE(clients[1].models, std::vector<std::string>{"*"});
        QVERIFY(!clients[1].usdLimited && !clients[1].allowUnpriced);
        QCOMPARE(built.policy.limits.size(), std::size_t(1));
        QCOMPARE(built.policy.limits[0].key(), std::string("client:scoped|day|usd"));
        QCOMPARE(built.policy.limits[0].waitMs, std::int64_t(3'000));
        QVERIFY(hasProblem(built, "keys", "\"later form\" is refused"));
    }

    void limitsInDollarsAreKnownOfKeys() {
        m_secrets.entries["env:A"] = {"gr-a", ""};
        m_secrets.entries["env:B"] = {"gr-b", ""};
        const std::string clients =
            "{'clients':[{'id':'a','key':{'env':'A'},'limits':[{'window':'day','usd':'1'}]},"
            "{'id':'b','key':{'env':'B'},'limits':[{'window':'day','tokens':5}],"
            "'allow_unpriced':true}]";
        const auto own = build(clients + "}");
        QVERIFY(own.policy.clients[0].usdLimited && !own.policy.clients[0].allowUnpriced);
        QVERIFY(!own.policy.clients[1].usdLimited && own.policy.clients[1].allowUnpriced);
        QVERIFY(!own.policy.clients[0].tokenLimited && own.policy.clients[1].tokenLimited);
        QVERIFY(!build(clients + ",'guarantee':'estimate'}").policy.clients[1].tokenLimited);
        const auto all = build(clients + ",'limits':[{'window':'day','usd':'5'}]}");
        QVERIFY(all.policy.clients[0].usdLimited && all.policy.clients[1].usdLimited);
        const auto none = build(clients + ",'limits':[{'window':'day','requests':5}]}");
        QVERIFY(!none.policy.clients[1].usdLimited);
    }

    void keysAreHiddenFromTheLog() {
        m_secrets.entries["env:A"] = {"gr-canary-client-1", ""};
        m_secrets.entries["env:B"] = {"sk-canary-provider-2", ""};
        m_secrets.entries["env:GROQ_API_KEY"] = {"sk-canary-groq-3", ""};
        m_secrets.entries["vault:v"] = {"sk-canary-misplaced-4", "https://other.example:443"};
        const auto built = build(
            "{'clients':[{'id':'a','key':{'env':'A'}}],'providers':[{'id':'groq'},"
            "{'id':'openai','keys':[{'env':'B'},{'vault':'v'}]}]}");
        for (const auto& [name, entry] : m_secrets.entries) {
            QCOMPARE(gr::log::redacted("x " + entry.text + " y"), std::string("x [redacted] y"));
            for (const auto& problem : built.problems)
                QVERIFY(toLine(problem).find(entry.text) == std::string::npos);
        }
    }

    void carriesTheRest() {
        const auto built = build(
            "{'listen':{'port':5001,'threads':2},'routing':{'default':'m'},'metrics':{'prometheus':"
            "false}}");
        QCOMPARE(built.policy.listen.port, std::uint16_t(5001));
        QCOMPARE(built.policy.listen.threads, 2U);
        QCOMPARE(bytes(built.policy.routing.defaultModel), QByteArray("m"));
        QVERIFY(!built.policy.prometheus);
    }

  private:
    const Catalog m_catalog = Catalog::embedded();
    FakeSecrets m_secrets;
};

QTEST_APPLESS_MAIN(TestPolicyBuilder)
#include "test_policy_builder.moc"
