// SPDX-License-Identifier: MIT
// The backend of the real window over a real engine in a folder of its own: what it writes, where
// keys go, and that the gateway follows. The keychain is a fake that works, or is not there.
#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <algorithm>

#include "app/local_gateway.h"
#include "app/single_instance.h"
#include "app/window_backend.h"
#include "desktop_run.h"
#include "net/endpoint.h"
#include "stage.h"

namespace gr::app {

using namespace Qt::StringLiterals;

namespace {

// One run of the program over the same folder and keychain.
struct Run {
    explicit Run(const QTemporaryDir& folder, FakeKeychain& keychain) {
        EngineOptions options;
        options.dataDir = folder.filePath(u"data"_s).toStdString();
        options.configFile = folder.filePath(u"config/config.json"_s).toStdString();
        options.sandbox = true;
        options.port = freePort();
        std::vector<settings::Problem> problems;
        auto read = Configuration::open(pathsFor(options), &keychain, problems);
        if (!read) {
            qWarning("%s", read.error().message.text.c_str());
            return;
        }
        configuration = std::move(*read);
        auto engine = Engine::open(options, *configuration);
        if (!engine) {
            qWarning("%s", engine.error().message.text.c_str());
            return;
        }
        backend = std::make_unique<WindowBackend>(
            *configuration, std::make_unique<LocalGateway>(std::move(*engine)));
        backend->begin();
    }
    static std::uint16_t freePort() {
        QTcpServer server;
        server.listen(QHostAddress::LocalHost);
        return server.serverPort();
    }
    const ui::ProviderInfo provider(const std::string& id) const {
        for (const ui::ProviderInfo& info : backend->providers()) {
            if (info.id == id) {
                return info;
            }
        }
        return {};
    }

    std::unique_ptr<Configuration> configuration;
    std::unique_ptr<WindowBackend> backend;
};

QByteArray contentOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

}  // namespace

class TestLocalBackend final : public QObject {
    Q_OBJECT

  private slots:
    void init();
    void answersThroughTheEndpoint();
    void keysAreKnownInTheirFirstRunOnly();
    void keyGoesIntoTheVaultAndComesBack();
    void withoutKeychainAPassphraseIsChosen();
    void memoryOnlyWritesNothing();
    void refusingKeychainIsAskedAgain();
    void changedAddressDropsTheKey();
    void removedProviderComesBack();
    void otherKindsSayThatTheyMustWait();
    void commentsOfTheConfigurationStay();
    void routingIsAppliedAndTried();
    void rulesAreMeasuredByWhatTheBooksKeep();
    void portInUseIsTold();
    void limitsAreTold();
    void waitingRequestsGoOnWhenAllowed();
    void keysAreRevokedAndRestored();
    void secondInstanceRaisesTheFirst();

  private:
    Result<void> addOpenAi(Run& run) {
        ui::ProviderDraft draft;
        draft.id = "openai";
        return done([&](QObject* context, auto reply) {
            run.backend->addProvider(context, draft, std::move(reply));
        });
    }
    Result<void> putKey(Run& run, const char* key) {
        return done([&](QObject* context, auto reply) {
            run.backend->putProviderKey(context, "openai", Secret(key), std::move(reply));
        });
    }
    QString configFile() const { return m_folder->filePath(u"config/config.json"_s); }

    std::unique_ptr<QTemporaryDir> m_folder;
    FakeKeychain m_keychain;
};

void TestLocalBackend::init() {
    m_folder = std::make_unique<QTemporaryDir>();
    m_keychain = FakeKeychain();
    qunsetenv("OPENAI_API_KEY");
}

void TestLocalBackend::answersThroughTheEndpoint() {
    Run run(*m_folder, m_keychain);
    QVERIFY(run.backend);
    run.backend->startGateway();
    QCOMPARE(run.backend->gatewayStatus().state, gateway::GatewayStatus::State::Running);
    ui::Endpoint endpoint(*run.backend);
    QStringList names;
    endpoint.listModels(
        this, [&](const Result<QStringList>& models) { names = models.value_or(QStringList()); });
    QTRY_VERIFY(names.contains(u"sandbox/echo"_s));
    QSignalSpy exchanges(run.backend.get(), &ui::Backend::exchangesArrived);
    std::optional<ui::AnswerEnd> end;
    QString answer;
    auto* stream = endpoint.chat(u"sandbox/echo"_s, saying(u"canary words"_s));
    connect(stream, &ui::ChatStream::delta, this, [&](const QString& piece) { answer += piece; });
    connect(stream, &ui::ChatStream::finished, this, [&](const auto& finish) { end = finish; });
    QTRY_VERIFY_WITH_TIMEOUT(end.has_value(), 20'000);
    QVERIFY2(end->ok, qPrintable(end->sentence));
    QVERIFY2(answer.contains(u"canary words"_s), qPrintable(answer));
    QCOMPARE(end->model, u"sandbox/echo"_s);
    QTRY_VERIFY(run.backend->runningRequests().empty() && exchanges.count() > 0);
    // The books have it a moment later.
    std::vector<ledger::StoredRecord> page;
    const auto ask = [&] {
        run.backend->queryHistory(this, {}, {}, 10, [&](const auto& rows) {
            page = rows ? *rows : std::vector<ledger::StoredRecord>();
        });
        QTest::qWait(100);
        return std::ranges::any_of(page, [&](const ledger::StoredRecord& row) {
            return row.record.id == end->requestId && row.record.simulated;
        });
    };
    QTRY_VERIFY(ask());
    run.backend->stopGateway();
    QCOMPARE(run.backend->gatewayStatus().state, gateway::GatewayStatus::State::Stopped);
}

void TestLocalBackend::keysAreKnownInTheirFirstRunOnly() {
    Run run(*m_folder, m_keychain);
    QVERIFY(run.backend->clientKeys().empty());
    run.backend->createClientKey(this, {.id = "my-tools"}, [](const auto&) {});
    QTRY_COMPARE(run.backend->clientKeys().size(), 1U);
    QCOMPARE(run.backend->clientKeys()[0].id, std::string("my-tools"));
    QTRY_VERIFY(run.backend->clientKeySecret("my-tools").has_value());
    run.backend.reset();
    Run again(*m_folder, m_keychain);
    QCOMPARE(again.backend->clientKeys().size(), 1U);
    QVERIFY(!again.backend->clientKeySecret("my-tools"));
    std::optional<ErrorCode> refused;
    again.backend->createClientKey(this, {.id = "my-tools"},
                                   [&](const Result<Secret>& key) { refused = key.error().code; });
    QTRY_COMPARE(refused, std::optional(ErrorCode::InvalidField));
}

void TestLocalBackend::keyGoesIntoTheVaultAndComesBack() {
    {
        Run run(*m_folder, m_keychain);
        QVERIFY(addOpenAi(run));
        QCOMPARE(run.provider("openai").key, ui::ProviderInfo::Key::Missing);
        QVERIFY(putKey(run, "sk-canary-0123456789"));
        QCOMPARE(run.provider("openai").key, ui::ProviderInfo::Key::Vault);
        const QByteArray written = contentOf(configFile());
        QVERIFY(written.contains("provider/openai"));
        QVERIFY(!written.contains("canary"));
        QVERIFY(!contentOf(m_folder->filePath(u"data/vault"_s)).contains("canary"));
    }
    Run again(*m_folder, m_keychain);
    QCOMPARE(again.provider("openai").key, ui::ProviderInfo::Key::Vault);
    QVERIFY(done([&](QObject* context, auto reply) {
        again.backend->removeProviderKey(context, "openai", std::move(reply));
    }));
    QCOMPARE(again.provider("openai").key, ui::ProviderInfo::Key::Missing);
    QVERIFY(done([&](QObject* context, auto reply) {
        again.backend->restoreProviderKey(context, "openai", std::move(reply));
    }));
    QCOMPARE(again.provider("openai").key, ui::ProviderInfo::Key::Vault);
}

void TestLocalBackend::withoutKeychainAPassphraseIsChosen() {
    m_keychain.works = false;
    {
        Run run(*m_folder, m_keychain);
        QVERIFY(addOpenAi(run));
        QVERIFY(putKey(run, "sk-canary-0123456789"));
        QCOMPARE(run.backend->vaultState(), ui::VaultState::NeedsChoice);
        QCOMPARE(run.provider("openai").key, ui::ProviderInfo::Key::Memory);
        QVERIFY(done([&](QObject* context, auto reply) {
            run.backend->openVault(context, Secret("a long passphrase"), std::move(reply));
        }));
        QCOMPARE(run.backend->vaultState(), ui::VaultState::Open);
        QTRY_COMPARE(run.provider("openai").key, ui::ProviderInfo::Key::Vault);
    }
    Run again(*m_folder, m_keychain);
    QCOMPARE(again.backend->vaultState(), ui::VaultState::Locked);
    const auto wrong = done([&](QObject* context, auto reply) {
        again.backend->openVault(context, Secret("another one"), std::move(reply));
    });
    QVERIFY(!wrong);
    QCOMPARE(wrong.error().code, ErrorCode::WrongPassphrase);
    QVERIFY(done([&](QObject* context, auto reply) {
        again.backend->openVault(context, Secret("a long passphrase"), std::move(reply));
    }));
    QCOMPARE(again.backend->vaultState(), ui::VaultState::Open);
    QCOMPARE(again.provider("openai").key, ui::ProviderInfo::Key::Vault);
}

void TestLocalBackend::memoryOnlyWritesNothing() {
    m_keychain.works = false;
    {
        Run run(*m_folder, m_keychain);
        QVERIFY(addOpenAi(run));
        QVERIFY(putKey(run, "sk-canary-0123456789"));
        run.backend->keepKeysInMemory();
        QCOMPARE(run.backend->vaultState(), ui::VaultState::MemoryOnly);
        QCOMPARE(run.provider("openai").key, ui::ProviderInfo::Key::Memory);
        QVERIFY(!QFile::exists(m_folder->filePath(u"data/vault"_s)));
    }
    Run again(*m_folder, m_keychain);
    QCOMPARE(again.provider("openai").key, ui::ProviderInfo::Key::Missing);
}

void TestLocalBackend::refusingKeychainIsAskedAgain() {
    {
        Run run(*m_folder, m_keychain);
        QVERIFY(addOpenAi(run));
        QVERIFY(putKey(run, "sk-canary-0123456789"));
    }
    m_keychain.works = false;
    Run again(*m_folder, m_keychain);
    QCOMPARE(again.backend->vaultState(), ui::VaultState::KeychainClosed);
    m_keychain.works = true;
    again.backend->askKeychain();
    QTRY_COMPARE(again.backend->vaultState(), ui::VaultState::Open);
    QCOMPARE(again.provider("openai").key, ui::ProviderInfo::Key::Vault);
}

void TestLocalBackend::changedAddressDropsTheKey() {
    Run run(*m_folder, m_keychain);
    QVERIFY(addOpenAi(run));
    QVERIFY(putKey(run, "sk-canary-0123456789"));
    // Another path at the same place keeps it, another host does not.
    QVERIFY(done([&](QObject* context, auto reply) {
        run.backend->changeProviderAddress(context, "openai", "https://api.openai.com/v2",
                                           std::move(reply));
    }));
    QCOMPARE(run.provider("openai").key, ui::ProviderInfo::Key::Vault);
    QVERIFY(done([&](QObject* context, auto reply) {
        run.backend->changeProviderAddress(context, "openai", "https://elsewhere.example/v1",
                                           std::move(reply));
    }));
    QCOMPARE(run.provider("openai").key, ui::ProviderInfo::Key::Missing);
    const auto bad = done([&](QObject* context, auto reply) {
        run.backend->changeProviderAddress(context, "openai", "ftp://x", std::move(reply));
    });
    QVERIFY(!bad);
}

void TestLocalBackend::removedProviderComesBack() {
    Run run(*m_folder, m_keychain);
    QVERIFY(addOpenAi(run));
    QVERIFY(putKey(run, "sk-canary-0123456789"));
    QVERIFY(done([&](QObject* context, auto reply) {
        run.backend->removeProvider(context, "openai", std::move(reply));
    }));
    QCOMPARE(run.provider("openai").id, std::string());
    QVERIFY(done([&](QObject* context, auto reply) {
        run.backend->restoreProvider(context, "openai", std::move(reply));
    }));
    QCOMPARE(run.provider("openai").key, ui::ProviderInfo::Key::Vault);
    run.backend->setProviderEnabled("openai", false);
    QVERIFY(!run.provider("openai").enabled);
    run.backend->setProviderEnabled("openai", true);
    QVERIFY(run.provider("openai").enabled);
}

void TestLocalBackend::otherKindsSayThatTheyMustWait() {
    Run run(*m_folder, m_keychain);
    QVERIFY(addOpenAi(run));
    ui::ProviderDraft draft;
    draft.id = "anthropic";
    draft.kind = "anthropic";
    QVERIFY(done([&](QObject* context, auto reply) {
        run.backend->addProvider(context, draft, std::move(reply));
    }));
    QVERIFY(run.provider("openai").answerable);
    QVERIFY(!run.provider("anthropic").answerable);
    QCOMPARE(run.provider("anthropic").title, std::string("Anthropic"));
    QCOMPARE(run.provider("anthropic").finalUrl,
             std::string("https://api.anthropic.com/v1/messages"));
    QCOMPARE(run.provider("openai").finalUrl,
             std::string("https://api.openai.com/v1/chat/completions"));
}

void TestLocalBackend::commentsOfTheConfigurationStay() {
    QVERIFY(QDir().mkpath(m_folder->filePath(u"config"_s)));
    QFile file(configFile());
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("{\n  // mine\n  \"listen\": { \"port\": 4499 },\n  \"x-other\": 1\n}\n");
    file.close();
    Run run(*m_folder, m_keychain);
    ui::SettingsPatch patch;
    patch.port = 4511;
    patch.keepDays = 30;
    patch.keepAnswersDays = 0;
    const auto patched = done([&](QObject* context, auto reply) {
        run.backend->patchSettings(context, patch, std::move(reply));
    });
    QVERIFY2(patched, patched ? "" : patched.error().message.text.c_str());
    const QByteArray written = contentOf(configFile());
    QVERIFY(written.contains("// mine") && written.contains("x-other"));
    QVERIFY(written.contains("4511"));
    QCOMPARE(run.backend->settings().port, std::uint16_t{4511});
    QCOMPARE(run.backend->settings().keepDays, 30U);
    QCOMPARE(run.backend->settings().keepAnswersDays, 0U);
}

// A draft is checked and tried without being written; applied, it alone changes in the file.
void TestLocalBackend::routingIsAppliedAndTried() {
    QVERIFY(QDir().mkpath(m_folder->filePath(u"config"_s)));
    QFile file(configFile());
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(
        "{\n  // mine\n  \"routing\": { \"default\": \"auto\" /* too */ },\n  \"x-other\": 1\n}\n");
    file.close();
    const QByteArray before = contentOf(configFile());
    Run run(*m_folder, m_keychain);
    const auto document = run.backend->routing();
    QVERIFY(document);
    const auto with = [&](const settings::JsonPath& path, const settings::JsonNode& value) {
        return settings::withValue(*document, path, value).value_or("");
    };
    QVERIFY(run.backend->checkRouting(*document).empty());
    const auto wrong = run.backend->checkRouting(
        with({"routing", "aliases", "auto"}, settings::jsonArray({settings::jsonText("x/y")})));
    QVERIFY(!wrong.empty() && wrong[0].error);
    QVERIFY(wrong[0].path.starts_with("$.routing.aliases"));
    const std::string good = with({"routing", "aliases", "mine"},
                                  settings::jsonArray({settings::jsonText("sandbox/story")}));
    std::optional<Result<std::string>> told;
    run.backend->explainRoute(this, good,
                              R"({"model":"mine","messages":[{"role":"user","content":"hi"}]})",
                              [&](Result<std::string> result) { told = std::move(result); });
    QTRY_VERIFY(told);
    QVERIFY2(*told, *told ? "" : told->error().message.text.c_str());
    QVERIFY2((*told)->find("story") != std::string::npos, (*told)->c_str());
    QCOMPARE(contentOf(configFile()), before);
    const auto apply = [&](const std::string& from, const std::string& to) {
        return done([&](QObject* context, auto reply) {
            run.backend->applyRouting(context, from, to, std::move(reply));
        });
    };
    QVERIFY(apply(*document, good));
    QByteArray expected = before;
    expected.replace(" /* too */", ", \"aliases\": { \"mine\": [ \"sandbox/story\" ] } /* too */");
    QCOMPARE(contentOf(configFile()), expected);
    const auto late = apply(*document, good);
    QVERIFY(!late);
    QCOMPARE(late.error().code, ErrorCode::ConfigChanged);
}

// One request through the gateway: rules of a draft have their say about it, and it is explained.
void TestLocalBackend::rulesAreMeasuredByWhatTheBooksKeep() {
    Run run(*m_folder, m_keychain);
    run.backend->startGateway();
    ui::Endpoint endpoint(*run.backend);
    const auto end = ask(endpoint, u"auto"_s);
    QVERIFY(end && end->ok);
    const std::string before = *run.backend->routing();
    const auto withRule = [&before](const std::string& rule) {
        return settings::withValue(before, {"routing", "rules"}, *settings::parseJson(rule))
            .value();
    };
    const std::string after = withRule(
        R"([{"if":{"model":"auto"},"then":{"refuse":"No."}},{"if":{"has_secret":true},"then":{"local_only":true}}])");
    std::optional<Result<gateway::RoutingTraffic>> told;
    const auto measure = [&](const std::string& document) {
        told.reset();
        run.backend->measureRouting(this, before, document, 7,
                                    [&](const auto& traffic) { told = traffic; });
        for (int i = 0; i < 2'000 && !told; ++i) {
            QTest::qWait(10);
        }
        return told.has_value();
    };
    // The books have it a moment later.
    QTRY_VERIFY(measure(after) && (!*told || (*told)->requests == 1));
    QVERIFY2(*told, *told ? "" : told->error().message.text.c_str());
    QCOMPARE((*told)->rules.size(), std::size_t{2});
    QCOMPARE((*told)->rules[0].hits, 1);
    QCOMPARE((*told)->rules[1].hits, 0);
    QCOMPARE((*told)->compared, 1);
    QCOMPARE((*told)->affected, 1);
    QVERIFY(measure(before) && *told);
    QCOMPARE((*told)->compared, 0);
    QVERIFY(measure(withRule(R"([{"if":{"has_image":"perhaps"}}])")));
    QCOMPARE(told->error().code, ErrorCode::ConfigInvalid);
    // A newer question ends the one before, which is answered all the same.
    std::optional<ErrorCode> first;
    run.backend->measureRouting(this, before, after, 7, [&first](const auto& traffic) {
        first = traffic ? ErrorCode::Internal : traffic.error().code;
    });
    QVERIFY(measure(after) && *told);
    QTRY_VERIFY(first.has_value());

    const auto explained = [&](const std::string& document, const std::string& id) {
        std::optional<Result<std::string>> words;
        run.backend->explainRecorded(this, document, id, [&](const auto& r) { words = r; });
        for (int i = 0; i < 2'000 && !words; ++i) {
            QTest::qWait(10);
        }
        return words.value_or(fail(ErrorCode::Internal, "no reply came"));
    };
    const auto words = explained(before, end->requestId);
    QVERIFY2(words, words ? "" : words.error().message.text.c_str());
    QVERIFY2(words->find("\"provider\":\"sandbox\"") != std::string::npos, words->c_str());
    QCOMPARE(explained(after, end->requestId).error().code, ErrorCode::RuleRefused);
    QCOMPARE(explained(before, "req_nobody").error().code, ErrorCode::RecordNotFound);
    run.backend->stopGateway();
    // Who closes the window is not kept by questions, nor answered any more.
    bool late = false;
    run.backend->measureRouting(this, before, after, 7, [&late](const auto&) { late = true; });
    run.backend->replayRouting(
        this, after, 7, [&late](auto, auto) { late = true; },
        [&late](const auto&) { late = true; });
    run.backend.reset();
    QTest::qWait(50);
    QVERIFY(!late);
}

void TestLocalBackend::portInUseIsTold() {
    Run run(*m_folder, m_keychain);
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost, run.backend->settings().port));
    run.backend->startGateway();
    const gateway::GatewayStatus status = run.backend->gatewayStatus();
    QCOMPARE(status.state, gateway::GatewayStatus::State::Failed);
    QCOMPARE(status.error->code, ErrorCode::PortInUse);
    QCOMPARE(status.port, other.serverPort());
    QVERIFY2(status.portHolder.find("ui_test_local") != std::string::npos,
             status.portHolder.c_str());
    other.close();
    run.backend->startGateway();
    QCOMPARE(run.backend->gatewayStatus().state, gateway::GatewayStatus::State::Running);
}

void TestLocalBackend::limitsAreTold() {
    Run run(*m_folder, m_keychain);
    auto view = limitsOf(*run.backend);
    QVERIFY(view && *view && (*view)->limits.empty());
    run.backend->startGateway();
    view = limitsOf(*run.backend);
    QVERIFY(view && *view);
    QCOMPARE((*view)->limits.size(), 1U);
    const ui::LimitInfo& standard = (*view)->limits[0];
    QVERIFY(standard.limit.standard);
    QCOMPARE(standard.limit.amount, 5 * Money::kPicoPerDollar);
    QCOMPARE(standard.window.end - standard.window.start, 24 * 3'600'000LL);
    QVERIFY(done([&](QObject* context, auto reply) {
        run.backend->believeClock(context, std::move(reply));
    }));
}

void TestLocalBackend::waitingRequestsGoOnWhenAllowed() {
    QVERIFY(QDir().mkpath(m_folder->filePath(u"config"_s)));
    QFile file(configFile());
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(R"({"limits": [{"window": "total", "requests": 1, "at_limit": "ask"}]})");
    file.close();
    Run run(*m_folder, m_keychain);
    run.backend->startGateway();
    ui::Endpoint endpoint(*run.backend);
    QVERIFY(ask(endpoint, u"sandbox/echo"_s)->ok);
    for (const bool goesOn : {true, false}) {
        std::optional<ui::AnswerEnd> end;
        auto* stream = endpoint.chat(u"sandbox/echo"_s, saying(u"more?"_s), {});
        connect(stream, &ui::ChatStream::finished, this, [&](const auto& ended) { end = ended; });
        ui::LimitQuestion question;
        const auto waits = [&] {
            const auto view = limitsOf(*run.backend);
            if (!view || !*view || (*view)->questions.empty()) {
                return false;
            }
            question = (*view)->questions[0];
            return true;
        };
        QTRY_VERIFY(waits());
        QCOMPARE(question.model, std::string("sandbox/echo"));
        QVERIFY(question.unit == ledger::LimitUnit::Requests && question.lacking == 1);
        QVERIFY(!end);
        QVERIFY(done([&](QObject* context, auto reply) {
            run.backend->answerQuestion(context, question.id, goesOn, std::move(reply));
        }));
        QTRY_VERIFY(end);
        QCOMPARE(end->ok, goesOn);
    }
    QVERIFY(!done([&](QObject* context, auto reply) {
        run.backend->answerQuestion(context, "req_none", true, std::move(reply));
    }));
}

void TestLocalBackend::keysAreRevokedAndRestored() {
    Run run(*m_folder, m_keychain);
    std::optional<Secret> made;
    ui::ClientKeyDraft laptop{.id = "laptop"};
    laptop.models = {"sandbox/echo"};
    laptop.limits.resize(1);
    laptop.limits[0].unit = ledger::LimitUnit::Requests;
    laptop.limits[0].window = ledger::WindowKind::Minute;
    laptop.limits[0].amount = 30;
    run.backend->createClientKey(this, laptop, [&](Result<Secret> key) {
        if (key) {
            made = std::move(*key);
        }
    });
    QTRY_VERIFY(made.has_value());
    run.backend->startGateway();
    ui::Endpoint endpoint(*run.backend);
    const QByteArray key(made->reveal().data(), static_cast<qsizetype>(made->size()));
    const auto works = [&] {
        const auto end = ask(endpoint, u"sandbox/echo"_s, key);
        return end && end->ok;
    };
    QVERIFY(works());
    QVERIFY(done([&](QObject* context, auto reply) {
        run.backend->revokeClientKey(context, "laptop", std::move(reply));
    }));
    QVERIFY(!works());
    QVERIFY(done([&](QObject* context, auto reply) {
        run.backend->restoreClientKey(context, "laptop", std::move(reply));
    }));
    QVERIFY(works());
}

void TestLocalBackend::secondInstanceRaisesTheFirst() {
    SingleInstance first(m_folder->path());
    QVERIFY(!first.tellOther());
    QVERIFY(first.listen());
    QSignalSpy raised(&first, &SingleInstance::raiseWanted);
    const SingleInstance second(m_folder->path());
    QVERIFY(second.tellOther());
    QTRY_COMPARE(raised.count(), 1);
    QCOMPARE(raised.last().first().toString(), QString());
    QVERIFY2(second.tellOther(SingleInstance::kStay), "one for the background ends silently");
    QVERIFY(second.tellOther("gaterouter:activity"));
    QTRY_COMPARE(raised.count(), 2);
    QCOMPARE(raised.last().first().toString(), u"gaterouter:activity"_s);
    const SingleInstance elsewhere(m_folder->filePath(u"other"_s));
    QVERIFY2(!elsewhere.tellOther(), "another data directory is another program");
}

}  // namespace gr::app

GR_UI_TEST_MAIN(gr::app::TestLocalBackend)
#include "test_local_backend.moc"
