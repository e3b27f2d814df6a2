// SPDX-License-Identifier: MIT
#include <QtTest>
#include <algorithm>
#include <set>

#include "catalog/catalog.h"

using gr::Url;
using gr::catalog::Catalog;

namespace {

// JSON with single quotes: moc of Qt 6.4 stumbles over raw strings that hold "//".
std::string json(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

}  // namespace

class TestCatalog final : public QObject {
    Q_OBJECT

  private slots:
    void readsTheEmbeddedOne() {
        const Catalog catalog = Catalog::embedded();
        QVERIFY(catalog.providers().size() >= 18);
        std::size_t models = 0;
        for (const auto& provider : catalog.providers()) {
            models += provider.models.size();
            QVERIFY(!provider.name.empty());
            QVERIFY(!provider.env.empty());
            QVERIFY(!provider.baseUrl.ends_with('/'));
            const std::set<std::string> protocols{"openai", "anthropic", "gemini",
                                                  "openai-compatible"};
            QVERIFY(protocols.contains(provider.protocol));
        }
        QVERIFY(models >= 800);
    }

    void knowsLimits() {
        const Catalog catalog = Catalog::embedded();
        const auto& models = catalog.findById("openai")->models;
        const auto model = std::find_if(models.begin(), models.end(),
                                        [](const auto& m) { return m.id == "gpt-5.4"; });
        QVERIFY(model != models.end());
        QCOMPARE(model->name, std::string("GPT-5.4"));
        QCOMPARE(model->context, std::optional<std::uint64_t>(1'050'000));
        QCOMPARE(model->maxOutput, std::optional<std::uint64_t>(128'000));
        QVERIFY(model->status == gr::catalog::ModelStatus::Stable);
        const auto image = std::find_if(models.begin(), models.end(), [](const auto& m) {
            return m.id == "chatgpt-image-latest";
        });
        QVERIFY(!image->context);  // zero in the source means: not known
    }

    void knowsWhatModelsCan() {
        using gr::catalog::Media;
        const auto* model = findModel(*m_catalog.findById("openai"), "gpt-5.4").model;
        QVERIFY(model != nullptr);
        QCOMPARE(model->maxInput, std::optional<std::uint64_t>(922'000));
        QVERIFY(model->toolCalls == true && model->structuredOutput == true);
        QVERIFY(model->reasoning == true && model->sampling == true);
        QVERIFY(model->takes.has(Media::Pdf) && !model->takes.has(Media::Audio));
        QVERIFY(model->gives == gr::catalog::MediaSet(Media::Text));
        QCOMPARE(model->released->value, qint64(1'772'668'800'000));
        std::size_t deprecated = 0;
        for (const auto& provider : m_catalog.providers()) {
            deprecated += static_cast<std::size_t>(
                std::ranges::count(provider.models, gr::catalog::ModelStatus::Deprecated,
                                   &gr::catalog::ModelInfo::status));
        }
        QVERIFY(deprecated >= 40);
    }

    // A fee for each request or search is not in their price of tokens.
    void modelsThatSearchOnTheirOwnHaveNoPrice() {
        const auto priced = [this](const char* provider, const char* name) {
            const auto match = findModel(*m_catalog.findById(provider), name);
            return match.model != nullptr && match.model->price != nullptr;
        };
        QVERIFY(priced("openai", "gpt-4o-mini"));
        QVERIFY(!priced("openai", "gpt-4o-mini-search-preview"));
        QVERIFY(!priced("openai", "gpt-4o-mini-search-preview-2025-03-11"));
        std::size_t found = 0;
        for (const auto& model : m_catalog.findById("openrouter")->models) {
            if (!model.id.starts_with("perplexity/"))
                continue;
            QVERIFY2(!model.price, model.id.c_str());
            ++found;
        }
        QVERIFY(found > 2);
        QVERIFY(!priced("google", "deep-research-preview-04-2026"));
        QVERIFY(priced("openrouter", "relace/relace-search"));  // of files
        for (const char* name : {"gpt-5-search-api", "o3-deep-research", "openai/gpt-4o:online"})
            QVERIFY2(m_catalog.searches(name), name);
        for (const char* name : {"gpt-4o", "grok-4.6", "claude-opus-5", "my-research"})
            QVERIFY2(!m_catalog.searches(name), name);
        const auto overlay = gr::catalog::readOverlay(
            json("{'providers':{'openrouter':{'models':{'perplexity/sonar':{'cost':{'input':1,"
                 "'output':1}},'perplexity/sonar-9':{'cost':{'input':1,'output':1}}}}}}"));
        Catalog laid = m_catalog;
        laid.lay(*overlay);
        for (const char* name : {"perplexity/sonar", "perplexity/sonar-9"})
            QVERIFY(!findModel(*laid.findById("openrouter"), name).model->price);
    }

    void findsModelsByTheirOtherNames_data() {
        QTest::addColumn<QString>("provider");
        QTest::addColumn<QString>("name");
        QTest::addColumn<QString>("found");
        QTest::addColumn<bool>("certain");
        QTest::newRow("id") << "openai"
                            << "gpt-5.4"
                            << "gpt-5.4" << true;
        QTest::newRow("spelling") << "openai"
                                  << "gpt-5-4-mini"
                                  << "gpt-5.4-mini" << true;
        QTest::newRow("dashes") << "anthropic"
                                << "claude-haiku-4.5"
                                << "claude-haiku-4-5" << true;
        QTest::newRow("own date") << "anthropic"
                                  << "claude-opus-4-5-20251101"
                                  << "claude-opus-4-5-20251101" << true;
        QTest::newRow("date") << "openai"
                              << "gpt-5.4-2026-03-05"
                              << "gpt-5.4" << false;
        QTest::newRow("short date") << "anthropic"
                                    << "claude-opus-5-20260701"
                                    << "claude-opus-5" << false;
        QTest::newRow("newer") << "anthropic"
                               << "claude-sonnet-5-5"
                               << "" << false;
        QTest::newRow("of another") << "groq"
                                    << "gpt-5.4"
                                    << "" << false;
        QTest::newRow("date alone") << "openai"
                                    << "-20260305"
                                    << "" << false;
        QTest::newRow("empty") << "openai"
                               << ""
                               << "" << false;
    }
    void findsModelsByTheirOtherNames() {
        QFETCH(QString, provider);
        QFETCH(QString, name);
        QFETCH(QString, found);
        QFETCH(bool, certain);
        const auto match =
            findModel(*m_catalog.findById(provider.toStdString()), name.toStdString());
        QCOMPARE(match.model != nullptr ? QString::fromStdString(match.model->id) : QString(),
                 found);
        QCOMPARE(match.certain, certain);
    }

    void everySpellingMeansAModel() {
        std::size_t spellings = 0;
        for (const auto& provider : m_catalog.providers()) {
            for (const auto& spelling : provider.spellings) {
                const auto match = findModel(provider, spelling.name);
                QVERIFY2(match.model != nullptr && match.certain, spelling.name.c_str());
                ++spellings;
            }
        }
        QVERIFY(spellings >= 60);
    }

    void findsById_data() {
        QTest::addColumn<QString>("id");
        QTest::addColumn<QString>("found");
        QTest::newRow("own id") << "openai"
                                << "openai";
        QTest::newRow("contract's gemini") << "gemini"
                                           << "google";
        QTest::newRow("together") << "together"
                                  << "togetherai";
        QTest::newRow("unknown") << "some-seller"
                                 << "";
        QTest::newRow("local server") << "ollama"
                                      << "";
        QTest::newRow("empty") << ""
                               << "";
    }
    void findsById() {
        QFETCH(QString, id);
        QFETCH(QString, found);
        const auto* provider = m_catalog.findById(id.toStdString());
        QCOMPARE(provider != nullptr ? QString::fromStdString(provider->id) : QString(), found);
    }

    void findsByUrl_data() {
        QTest::addColumn<QString>("url");
        QTest::addColumn<QString>("found");
        QTest::newRow("as it stands") << "https://api.openai.com/v1"
                                      << "openai";
        QTest::newRow("without version") << "https://api.openai.com"
                                         << "openai";
        QTest::newRow("slash") << "https://api.openai.com/v1/"
                               << "openai";
        QTest::newRow("capitals and port") << "https://API.OpenAI.com:443/v1"
                                           << "openai";
        QTest::newRow("anthropic with v1") << "https://api.anthropic.com/v1"
                                           << "anthropic";
        QTest::newRow("gemini") << "https://generativelanguage.googleapis.com"
                                << "google";
        QTest::newRow("http is another place") << "http://api.openai.com/v1"
                                               << "";
        QTest::newRow("port is another place") << "https://api.openai.com:8443/v1"
                                               << "";
        QTest::newRow("half a segment") << "https://api.openai.com/v1beta"
                                        << "";
        QTest::newRow("look-alike host") << "https://api.openai.com.evil.example/v1"
                                         << "";
    }
    void findsByUrl() {
        QFETCH(QString, url);
        QFETCH(QString, found);
        const auto parsed = Url::parse(url.toStdString());
        QVERIFY(parsed);
        const auto* provider = m_catalog.findByUrl(*parsed);
        QCOMPARE(provider != nullptr ? QString::fromStdString(provider->id) : QString(), found);
    }

    void refusesDamage_data() {
        QTest::addColumn<QByteArray>("text");
        QTest::newRow("empty") << QByteArray("");
        QTest::newRow("list") << QByteArray("[]");
        QTest::newRow("no providers") << QByteArray("{}");
        QTest::newRow("providers is a list") << QByteArray("{'providers':[]}");
        QTest::newRow("cut") << QByteArray("{'providers':{'a':{'name':'A','models':{'m':{");
        QTest::newRow("models is text") << QByteArray("{'providers':{'a':{'models':'m'}}}");
    }
    void refusesDamage() {
        QFETCH(QByteArray, text);
        QVERIFY(!Catalog::parse(json(text.toStdString())));
    }

    void leavesOutWhatHasNoAddress() {
        const auto catalog = Catalog::parse(json(
            "{'providers':{'a':{'name':'A'},'b':{'api':'https://b.example/v1/','models':{}}}}"));
        QVERIFY(catalog);
        QCOMPARE(catalog->providers().size(), std::size_t(1));
        QCOMPARE(catalog->providers().front().baseUrl, std::string("https://b.example/v1"));
    }

    void takesUrlsApart_data() {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("origin");
        QTest::addColumn<QString>("path");
        QTest::addColumn<bool>("loopback");
        QTest::newRow("plain") << "https://a.example/v1"
                               << "https://a.example:443"
                               << "/v1" << false;
        QTest::newRow("loopback") << "http://127.0.0.1:11434"
                                  << "http://127.0.0.1:11434"
                                  << "" << true;
        QTest::newRow("name") << "http://LocalHost/x/"
                              << "http://localhost:80"
                              << "/x" << true;
        QTest::newRow("v6") << "http://[::1]:8080/v1"
                            << "http://[::1]:8080"
                            << "/v1" << true;
        QTest::newRow("127.8.8.8") << "http://127.8.8.8"
                                   << "http://127.8.8.8:80"
                                   << "" << true;
        QTest::newRow("not loopback") << "http://127.0.0.1.example"
                                      << "http://127.0.0.1.example:80"
                                      << "" << false;
    }
    void takesUrlsApart() {
        QFETCH(QString, text);
        QFETCH(QString, origin);
        QFETCH(QString, path);
        QFETCH(bool, loopback);
        const auto url = Url::parse(text.toStdString());
        QVERIFY(url);
        QCOMPARE(QString::fromStdString(url->origin()), origin);
        QCOMPARE(QString::fromStdString(url->path), path);
        QCOMPARE(url->isLoopback(), loopback);
        QCOMPARE(Url::parse(url->text()), url);
    }

    void refusesUrls_data() {
        QTest::addColumn<QString>("text");
        for (const char* text : {"",
                                 "api.example.com",
                                 "/v1",
                                 "ftp://a.example",
                                 "https://",
                                 "https:///v1",
                                 "https://user@a.example",
                                 "https://a.example?x=1",
                                 "https://a.example/#x",
                                 "https://a.example:0",
                                 "https://a.example:65536",
                                 "https://a.example:",
                                 "https://a b",
                                 "https://127.1",
                                 "https://0x7f000001",
                                 "https://2130706433",
                                 "https://[::1",
                                 "https://[127.0.0.1]",
                                 "https://a..b",
                                 "https://\\evil",
                                 "https://a.example\n"})
            QTest::newRow(text) << QString::fromLatin1(text);
    }
    void refusesUrls() {
        QFETCH(QString, text);
        QVERIFY(!Url::parse(text.toStdString()));
    }

  private:
    Catalog m_catalog = Catalog::embedded();
};

QTEST_APPLESS_MAIN(TestCatalog)
#include "test_catalog.moc"
