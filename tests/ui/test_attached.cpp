// SPDX-License-Identifier: MIT
// The window attached to a daemon that really runs: it shows what that one does, steers it, and
// survives its end. A scripted control socket stands in where a daemon would have to misbehave.
#include <signal.h>

#include <QJsonDocument>
#include <QLabel>
#include <QPushButton>
#include <QSignalSpy>
#include <QTableView>
#include <QTcpSocket>
#include <algorithm>

#include "app/limits_view.h"
#include "attached_run.h"
#include "dialogs/stop_gateway_dialog.h"
#include "pages/page.h"
#include "stage.h"
#include "status_strip.h"
#include "widgets/notice.h"

namespace gr::app {

using namespace Qt::StringLiterals;
using State = gateway::GatewayStatus::State;
using Behind = ui::Background::State;

class TestAttached final : public QObject {
    Q_OBJECT

  private slots:
    void initTestCase() { qunsetenv("OPENAI_API_KEY"); }
    void showsWhatTheDaemonDoes();
    void showsWhatRanBefore();
    void cancelsARequest();
    void settingsReachTheDaemon();
    void keysReachTheDaemon();
    void clientKeysAreTheDaemons();
    void limitsAreTheDaemons();
    void limitsAreRead();
    void portMovesAndComesBack();
    void stoppedItIsReplacedHere();
    void killedItIsMissedAndFoundAgain();
    void stillItIsSaidToBeSilent();
    void refusalsAreShownInWords();
    void anotherVersionIsNotShown_data();
    void anotherVersionIsNotShown();
    void windowShowsIt();
};

void TestAttached::showsWhatTheDaemonDoes() {
    const Place place;
    const Daemon daemon(place);
    const Attached window(place);
    QVERIFY(window.backend);
    QCOMPARE(window.backend->gatewayStatus().state, State::Running);
    QCOMPARE(window.backend->background()->pid, daemon.process.processId());
    QCOMPARE(window.backend->background()->program, std::string("gaterouterd"));
    QVERIFY(window.backend->sandbox());
    const auto providers = window.backend->providers();
    QCOMPARE(providers.size(), 2U);
    QVERIFY(providers[1].simulated && providers[1].models.size() == 4);
    QTRY_VERIFY(window.knows("silent") && window.knows("sandbox"));
    QSignalSpy events(window.backend.get(), &ui::Backend::exchangesArrived);
    ui::Endpoint endpoint(*window.backend);
    const auto end = ask(endpoint, u"sandbox/echo"_s);
    QVERIFY2(end && end->ok, end ? qPrintable(end->sentence) : "no answer");
    const auto told = [&] {
        return std::ranges::any_of(events, [&](const QList<QVariant>& batch) {
            return std::ranges::any_of(
                batch[0].value<std::vector<gateway::ExchangeEvent>>(), [&](const auto& event) {
                    return event.finished && event.finished->id == end->requestId &&
                           event.finished->client == "playground";
                });
        });
    };
    QTRY_VERIFY(told());
    QTRY_VERIFY(window.backend->runningRequests().empty());
    QTRY_COMPARE(window.stateOf("sandbox"), gateway::ProviderStatus::State::Ready);
    // The books are read beside the daemon that writes them.
    QTRY_COMPARE(window.newest(), end->requestId);
}

void TestAttached::showsWhatRanBefore() {
    const Place place;
    const Daemon daemon(place);
    // A program asks while nobody watches.
    const QByteArray key = Daemon::tell(place, {u"keys"_s, u"create"_s, u"editor"_s}).trimmed();
    const QByteArray body =
        R"({"model":"silent/m","messages":[{"role":"user","content":"hello?"}]})";
    QTcpSocket program;
    program.connectToHost(QHostAddress(QHostAddress::LocalHost), place.port);
    program.write(
        "POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
        "Content-Type: application/json\r\nAuthorization: Bearer " +
        key + "\r\nContent-Length: " + QByteArray::number(body.size()) + "\r\n\r\n" + body);
    QTRY_VERIFY(place.silent.hasPendingConnections());
    const Attached window(place);
    QTRY_COMPARE(window.backend->runningRequests().size(), 1U);
    QCOMPARE(window.backend->runningRequests()[0].client, std::string("editor"));
    QCOMPARE(window.backend->runningRequests()[0].askedModel, std::string("silent/m"));
    program.abort();
    QTRY_VERIFY(window.backend->runningRequests().empty());
    QTRY_VERIFY(!window.newest().empty());
}

void TestAttached::cancelsARequest() {
    const Place place;
    const Daemon daemon(place);
    const Attached window(place);
    ui::Endpoint endpoint(*window.backend);
    std::optional<ui::AnswerEnd> end;
    auto* stream = endpoint.chat(u"silent/m"_s, saying(u"hello?"_s));
    connect(stream, &ui::ChatStream::finished, this, [&](const auto& finish) { end = finish; });
    QTRY_COMPARE(window.backend->runningRequests().size(), 1U);
    window.backend->cancelRequest(window.backend->runningRequests()[0].id);
    QTRY_VERIFY(end.has_value());
    QVERIFY(!end->ok);
    QTRY_VERIFY(window.backend->runningRequests().empty());
}

void TestAttached::settingsReachTheDaemon() {
    const Place place;
    const Daemon daemon(place);
    const Attached window(place);
    QTRY_VERIFY(window.knows("silent"));
    ui::ProviderDraft draft{.id = "mine",
                            .kind = "openai",
                            .baseUrl = "http://127.0.0.1:9/v1",
                            .dialect = {},
                            .needsKey = false};
    QVERIFY(done([&](QObject* context, auto reply) {
        window.backend->addProvider(context, draft, std::move(reply));
    }));
    QVERIFY(place.config().contains("mine"));
    QTRY_VERIFY(window.knows("mine"));
    window.backend->setProviderEnabled("mine", false);
    QTRY_VERIFY(!window.knows("mine"));
    QVERIFY(done([&](QObject* context, auto reply) {
        window.backend->removeProvider(context, "silent", std::move(reply));
    }));
    QTRY_VERIFY(!window.knows("silent"));
    QVERIFY(done([&](QObject* context, auto reply) {
        window.backend->restoreProvider(context, "silent", std::move(reply));
    }));
    QTRY_VERIFY(window.knows("silent"));
    // A file that somebody broke meanwhile: the sentence names the place.
    place.write(u"{\"listen\": {\"port\": \"x\"}}"_s);
    QSignalSpy trouble(window.backend.get(), &ui::Backend::trouble);
    window.backend->reloadConfiguration();
    QTRY_COMPARE(trouble.count(), 1);
    QVERIFY(trouble[0][1].toString().contains(u"$.listen.port"_s));
    QVERIFY(window.knows("silent"));
}

// Neither window nor daemon has a keychain here: the key counts at once from memory, then lies in a
// vault that both have open.
void TestAttached::keysReachTheDaemon() {
    using Provider = gateway::ProviderStatus::State;
    const Place place;
    const Daemon daemon(place);
    const Attached window(place);
    const auto add = [&](const char* id) {
        ui::ProviderDraft draft;
        draft.id = id;
        return done([&](QObject* context, auto reply) {
            window.backend->addProvider(context, draft, std::move(reply));
        });
    };
    const auto put = [&](const char* id, const char* key) {
        return done([&](QObject* context, auto reply) {
            window.backend->putProviderKey(context, id, Secret(key), std::move(reply));
        });
    };
    QVERIFY(add("openai") && add("groq"));
    QTRY_COMPARE(window.stateOf("openai"), Provider::NoKey);
    QVERIFY(put("openai", "sk-canary-attached-0123"));
    QTRY_COMPARE(window.stateOf("openai"), Provider::Untried);
    QCOMPARE(window.backend->vaultState(), ui::VaultState::NeedsChoice);
    QVERIFY(done([&](QObject* context, auto reply) {
        window.backend->openVault(context, Secret("a long passphrase"), std::move(reply));
    }));
    QTRY_VERIFY(place.config().contains("provider/openai"));
    QTRY_VERIFY(Daemon::tell(place, {u"status"_s}).contains("\"vault\":\"open\""));
    QTRY_COMPARE(window.backend->vaultState(), ui::VaultState::Open);
    QVERIFY(put("groq", "gsk-canary-attached-4567"));
    QTRY_COMPARE(window.stateOf("groq"), Provider::Untried);
    QVERIFY(!place.config().contains("canary"));
    // From the vault, not from memory: the daemon has it after it took back what it held.
    QVERIFY(done([&](QObject* context, auto reply) {
        window.backend->removeProviderKey(context, "groq", std::move(reply));
    }));
    QTRY_COMPARE(window.stateOf("groq"), Provider::NoKey);
    QCOMPARE(window.stateOf("openai"), Provider::Untried);
    // Another window opens attached; the requests do not need its vault.
    const Attached other(place);
    QCOMPARE(other.configuration->secrets().state(), settings::SecretStore::State::NeedsPassphrase);
    QCOMPARE(other.backend->vaultState(), ui::VaultState::Open);
    // To write a key it does, and says so.
    QVERIFY(done([&](QObject* context, auto reply) {
        other.backend->putProviderKey(context, "groq", Secret("gsk-canary-attached-8901"),
                                      std::move(reply));
    }));
    QCOMPARE(other.backend->vaultState(), ui::VaultState::Locked);
    QTRY_COMPARE(window.stateOf("groq"), Provider::Untried);
}

void TestAttached::clientKeysAreTheDaemons() {
    const Place place;
    const Daemon daemon(place);
    const Attached window(place);
    QTRY_COMPARE(window.backend->clientKeys().size(), 1U);  // the daemon's first
    std::optional<Secret> made;
    ui::ClientKeyDraft laptop{.id = "laptop", .expires = UnixMs{4'000'000'000'000}};
    laptop.models = {"sandbox/*"};
    laptop.limits.resize(1);
    laptop.limits[0].amount = 2 * Money::kPicoPerDollar;
    window.backend->createClientKey(this, laptop, [&](auto key) {
        if (key) {
            made = std::move(*key);
        }
    });
    QTRY_VERIFY(made.has_value());
    QTRY_COMPARE(window.backend->clientKeys().size(), 2U);
    const ui::ClientKeyInfo known = window.backend->clientKeys()[1];
    QCOMPARE(known.expiresAt, laptop.expires);
    QCOMPARE(known.models, laptop.models);
    QCOMPARE(known.limits.size(), 1U);
    QVERIFY(known.limits[0].amount == laptop.limits[0].amount &&
            known.limits[0].window == ledger::WindowKind::Day);
    QVERIFY(window.backend->clientKeys()[0].models.empty());
    QTRY_VERIFY(window.backend->clientKeySecret("laptop").has_value());
    ui::Endpoint endpoint(*window.backend);
    const QByteArray key(made->reveal().data(), static_cast<qsizetype>(made->size()));
    QVERIFY(ask(endpoint, u"sandbox/echo"_s, key)->ok);
    QTRY_COMPARE(window.backend->clientKeys()[1].programs.size(), 1U);
    QCOMPARE(window.backend->clientKeys()[1].programs[0].program,
             QCoreApplication::applicationFilePath().toStdString());
    QVERIFY(done([&](QObject* context, auto reply) {
        window.backend->revokeClientKey(context, "laptop", std::move(reply));
    }));
    QVERIFY(!ask(endpoint, u"sandbox/echo"_s, key)->ok);
    QTRY_VERIFY(window.backend->clientKeys()[1].revokedAt.has_value());
    QVERIFY(done([&](QObject* context, auto reply) {
        window.backend->restoreClientKey(context, "laptop", std::move(reply));
    }));
    QVERIFY(ask(endpoint, u"sandbox/echo"_s, key)->ok);
    // One of that name is there; and one that a terminal makes is seen.
    std::optional<std::string> refused;
    window.backend->createClientKey(this, {.id = "laptop"}, [&](const auto& again) {
        refused = again ? std::string() : again.error().message.text;
    });
    QTRY_VERIFY(refused.has_value());
    QVERIFY(!refused->empty());
    QVERIFY(Daemon::tell(place, {u"keys"_s, u"create"_s, u"terminal"_s}).startsWith("gr-"));
    QTRY_COMPARE(window.backend->clientKeys().size(), 3U);
}

void TestAttached::limitsAreTheDaemons() {
    const Place place;
    const Daemon daemon(place);
    const Attached window(place);
    const auto view = limitsOf(*window.backend);
    QVERIFY2(view && *view, view ? view->error().message.text.c_str() : "no answer");
    QCOMPARE((*view)->limits.size(), 1U);
    QVERIFY((*view)->limits[0].limit.standard);
    QCOMPARE((*view)->limits[0].limit.amount, 5 * Money::kPicoPerDollar);
    QVERIFY(!(*view)->clockLeapMs);
    QVERIFY(done([&](QObject* context, auto reply) {
        window.backend->believeClock(context, std::move(reply));
    }));
}

void TestAttached::limitsAreRead() {
    const auto read = [](QByteArray limit, const char* from = "", const char* to = "") {
        limit.replace(from, to);
        return readLimits(
            QJsonDocument::fromJson(R"({"ok":true,"clock_leap_ms":-7,"limits":[)" + limit + "]}")
                .object());
    };
    const QByteArray usd =
        R"({"scope":"model","name":"gpt-*","client":"a","window":"week","unit":"usd",)"
        R"("amount":"5","spent":"0.000000000001","reserved":"0.5","elsewhere":"0","known":true,)"
        R"("guarantee":"hard","at_limit":"ask","allowed":"0.25","stranded":"0.125",)"
        R"("standard":false,"begins":1000,"ends":2000})";
    const QByteArray tokens =
        R"({"scope":"all","name":"","client":"","window":"total","unit":"tokens","amount":5,)"
        R"("spent":3,"reserved":2,"elsewhere":1,"known":false,"guarantee":"estimate","at_limit":"refuse","standard":true,"begins":0,)"
        R"("ends":null})";
    const auto view = read(usd + ',' + tokens);
    QVERIFY(view);
    QCOMPARE(view->clockLeapMs, std::optional<std::int64_t>(-7));
    QCOMPARE(view->limits.size(), 2U);
    const ui::LimitInfo& first = view->limits[0];
    QCOMPARE(first.limit.key(), std::string("client:a/model:gpt-*|week|usd"));
    QCOMPARE(first.limit.amount, 5 * Money::kPicoPerDollar);
    QCOMPARE(first.spent, 1);
    QCOMPARE(first.reserved, Money::kPicoPerDollar / 2);
    QVERIFY(first.known && !first.limit.standard);
    QCOMPARE(first.window.end, 2000);
    const ui::LimitInfo& second = view->limits[1];
    QCOMPARE(second.limit.key(), std::string("all|total|tokens"));
    QCOMPARE(second.spent + second.reserved * 10 + second.elsewhere * 100, 123);
    QVERIFY(!second.known && second.limit.standard);
    QCOMPARE(first.limit.guarantee, ledger::Guarantee::Hard);
    QCOMPARE(first.limit.atLimit, ledger::AtLimit::Ask);
    QCOMPARE(first.allowed, Money::kPicoPerDollar / 4);
    QCOMPARE(first.stranded, Money::kPicoPerDollar / 8);
    const auto asked =
        readLimits(QJsonDocument::fromJson(
                       R"({"questions":[{"id":"r","client":"c","provider":"p","model":"m",)"
                       R"("unit":"usd","needed":"2","lacking":"1","until":7}]})")
                       .object());
    QVERIFY(asked && asked->questions.size() == 1);
    const ui::LimitQuestion& question = asked->questions[0];
    QCOMPARE(question.id + question.client + question.model, std::string("rcp/m"));
    QVERIFY(question.needed == 2 * Money::kPicoPerDollar &&
            question.lacking == Money::kPicoPerDollar && question.until == UnixMs{7});
    QCOMPARE(second.limit.guarantee, ledger::Guarantee::Estimate);
    QCOMPARE(second.window.end, ledger::kEndOfTime);
    for (const char* member : {R"("model")", R"("week")", R"("usd")", R"("hard")", R"("ask")"}) {
        const auto odd = read(usd, member, R"("moon")");
        QVERIFY(!odd && odd.error().message.text.find("moon") != std::string::npos);
    }
}

void TestAttached::portMovesAndComesBack() {
    const Place place;
    const Daemon daemon(place);
    const Attached window(place);
    const auto move = [&](std::uint16_t port) {
        ui::SettingsPatch patch;
        patch.port = port;
        auto patched = done([&](QObject* context, auto reply) {
            window.backend->patchSettings(context, patch, std::move(reply));
        });
        return patched ? done([&](QObject* context, auto reply) {
            window.backend->restartGateway(context, std::move(reply));
        })
                       : patched;
    };
    const std::uint16_t fresh = freePort();
    QVERIFY(move(fresh));
    QTRY_COMPARE(window.backend->gatewayStatus().port, fresh);
    ui::Endpoint endpoint(*window.backend);
    QVERIFY(ask(endpoint, u"sandbox/echo"_s)->ok);
    // A port that is taken: said in words, and the daemon goes on where it was.
    const auto taken = move(place.silent.serverPort());
    QVERIFY(!taken);
    QVERIFY2(taken.error().message.text.find("goes on at port " + std::to_string(fresh)) !=
                 std::string::npos,
             taken.error().message.text.c_str());
    QVERIFY(ask(endpoint, u"sandbox/echo"_s)->ok);
    QCOMPARE(window.behind(), Behind::Attached);
}

void TestAttached::stoppedItIsReplacedHere() {
    const Place place;
    Daemon daemon(place);
    const Attached window(place);
    window.backend->stopGateway();
    QCOMPARE(window.backend->gatewayStatus().state, State::Stopping);
    QTRY_COMPARE(window.behind(), Behind::Stopped);
    QTRY_COMPARE(daemon.process.state(), QProcess::NotRunning);
    QCOMPARE(daemon.process.exitCode(), 0);
    QCOMPARE(window.backend->gatewayStatus().state, State::Stopped);
    window.backend->startGateway();
    QVERIFY(!window.backend->background());
    QCOMPARE(window.backend->gatewayStatus().state, State::Running);
    QCOMPARE(settings::DataDirectory::holder(window.configuration->paths().dataDir),
             std::optional<pid_t>(::getpid()));
    QCOMPARE(window.backend->clientKeys().size(), 1U);
    ui::Endpoint endpoint(*window.backend);
    QSignalSpy events(window.backend.get(), &ui::Backend::exchangesArrived);
    QVERIFY(ask(endpoint, u"sandbox/echo"_s)->ok);
    QTRY_VERIFY(events.count() > 0);
}

void TestAttached::killedItIsMissedAndFoundAgain() {
    const Place place;
    const Attached* window = nullptr;
    auto daemon = std::make_unique<Daemon>(place);
    const Attached attached(place);
    window = &attached;
    ui::Endpoint endpoint(*window->backend);
    endpoint.chat(u"silent/m"_s, saying(u"hello?"_s));
    QTRY_COMPARE(window->backend->runningRequests().size(), 1U);
    QSignalSpy missed(window->backend.get(), &ui::Backend::exchangesMissed);
    ::kill(static_cast<pid_t>(daemon->process.processId()), SIGKILL);
    QTRY_COMPARE(window->behind(), Behind::Ended);
    QVERIFY(window->backend->runningRequests().empty());
    QVERIFY(missed.count() > 0);
    QCOMPARE(window->backend->gatewayStatus().state, State::Stopped);
    // What is asked of nobody fails in words and does not hang.
    const auto added = done([&](QObject* context, auto reply) {
        ui::ProviderDraft draft;
        draft.id = "openai";
        window->backend->addProvider(context, draft, std::move(reply));
    });
    QVERIFY(!added && !added.error().message.text.empty());
    // A service manager starts it again: the window is attached again by itself.
    daemon.reset();
    daemon = std::make_unique<Daemon>(place);
    QTRY_COMPARE(window->behind(), Behind::Attached);
    QCOMPARE(window->backend->background()->pid, daemon->process.processId());
    QTRY_VERIFY(ask(endpoint, u"sandbox/echo"_s)->ok);
    QTRY_VERIFY(window->knows("openai"));
}

void TestAttached::stillItIsSaidToBeSilent() {
    const Place place;
    const Daemon daemon(place);
    const Attached window(place);
    const auto pid = static_cast<pid_t>(daemon.process.processId());
    ::kill(pid, SIGSTOP);
    QTRY_COMPARE_WITH_TIMEOUT(window.behind(), Behind::Silent, 10'000);
    QCOMPARE(window.backend->gatewayStatus().state, State::Failed);
    ::kill(pid, SIGCONT);
    QTRY_COMPARE_WITH_TIMEOUT(window.behind(), Behind::Attached, 10'000);
    ui::Endpoint endpoint(*window.backend);
    QSignalSpy events(window.backend.get(), &ui::Backend::exchangesArrived);
    QVERIFY(ask(endpoint, u"sandbox/echo"_s)->ok);
    QTRY_VERIFY(events.count() > 0);
}

void TestAttached::refusalsAreShownInWords() {
    const Place place;
    Script script(place);
    script.answers = {{"status", Script::status(GR_VERSION)},
                      {"session_key", R"({"ok":true,"key":"gr-x"})"},
                      {"reload", R"({"ok":false,"error":"The disk says no.","code":"x"})"},
                      {"keys.list", R"({"ok":true,"keys":[]})"},
                      {"keys.create", "what?"}};
    const Attached window(place);
    QVERIFY(window.backend);
    QCOMPARE(window.backend->baseUrl().port(), 4402);
    ui::ProviderDraft draft;
    draft.id = "openai";
    const auto added = done([&](QObject* context, auto reply) {
        window.backend->addProvider(context, draft, std::move(reply));
    });
    QVERIFY(!added);
    QCOMPARE(added.error().message.text, std::string("The disk says no."));
    std::optional<std::string> refused;
    window.backend->createClientKey(this, {.id = "x"}, [&](const auto& key) {
        refused = key ? std::string() : key.error().message.text;
    });
    QTRY_VERIFY(refused.has_value());
    QVERIFY(!refused->empty());
}

void TestAttached::anotherVersionIsNotShown_data() {
    QTest::addColumn<QString>("answer");
    QTest::newRow("newer") << QString::fromStdString(Script::status("99.0.0"));
    QTest::newRow("older, which does not say") << uR"({"ok":true,"state":"running","pid":77})"_s;
}

void TestAttached::anotherVersionIsNotShown() {
    QFETCH(QString, answer);
    const auto facts = readFacts(QJsonDocument::fromJson(answer.toUtf8()).object());
    QVERIFY(!facts);
    const std::string& sentence = facts.error().message.text;
    for (const char* part : {"process 77", "version", GR_VERSION, "gaterouterd stop"}) {
        QVERIFY2(sentence.find(part) != std::string::npos, sentence.c_str());
    }
}

// The real window over the real daemon.
void TestAttached::windowShowsIt() {
    const Place place;
    auto daemon = std::make_unique<Daemon>(place);
    const Attached attached(place);
    ui::Preferences preferences(place.folder.filePath(u"window.ini"_s));
    ui::Theme theme;
    ui::MainWindow window(*attached.backend, preferences, theme);
    window.show();
    const QString sign =
        u"Running in the background (gaterouterd, pid %1)"_s.arg(daemon->process.processId());
    QTRY_VERIFY2(ui::words(window.statusBar()).contains(sign),
                 qPrintable(ui::words(window.statusBar())));
    // Another program's request arrives in the list of the last ones.
    const QTableView* table = nullptr;
    for (auto* one : window.page(ui::PageId::Overview)->findChildren<QTableView*>()) {
        table = one->accessibleName() == u"Last requests"_s ? one : table;
    }
    QVERIFY(table != nullptr);
    QCOMPARE(table->model()->rowCount(), 0);
    ui::Endpoint endpoint(*attached.backend);
    const auto end = ask(endpoint, u"sandbox/echo"_s);
    QVERIFY(end->ok);
    QTRY_COMPARE(table->model()->rowCount(), 1);
    QTRY_COMPARE(attached.newest(), end->requestId);
    // Stop asks first, and says who is concerned.
    QAction* toggle = window.commands().action(ui::CommandId::ToggleGateway);
    QCOMPARE(toggle->text(), u"S&top gateway…"_s);
    toggle->trigger();
    auto* dialog = window.findChild<ui::StopGatewayDialog*>();
    QVERIFY(dialog != nullptr);
    QTRY_VERIFY2(ui::words(dialog).contains(u"playground"_s), qPrintable(ui::words(dialog)));
    QVERIFY(
        ui::words(dialog).contains(u"127.0.0.1:%1 "_s.arg(attached.backend->gatewayStatus().port)));
    dialog->reject();
    QCOMPARE(attached.behind(), Behind::Attached);
    // Killed: said on whatever page is shown, with a way out.
    window.showPage(ui::PageId::Settings);
    ::kill(static_cast<pid_t>(daemon->process.processId()), SIGKILL);
    ui::Page* page = window.page(ui::PageId::Settings);
    QTRY_VERIFY(ui::words(page).contains(u"The gateway in the background has ended"_s));
    QVERIFY(!ui::words(window.statusBar()).contains(u"background"_s));
    QPushButton* here = nullptr;
    for (QPushButton* button : page->notices()->findChildren<QPushButton*>()) {
        here = button->text() == u"Start it here"_s ? button : here;
    }
    QVERIFY(here != nullptr);
    here->click();
    QTRY_COMPARE(attached.backend->gatewayStatus().state, State::Running);
    QTRY_VERIFY(!ui::words(page).contains(u"has ended"_s));
    QTRY_COMPARE(toggle->text(), u"S&top gateway"_s);
    QVERIFY(ask(endpoint, u"sandbox/echo"_s)->ok);
    QTRY_COMPARE(table->model()->rowCount(), 2);
}

}  // namespace gr::app

GR_UI_TEST_MAIN(gr::app::TestAttached)
#include "test_attached.moc"
