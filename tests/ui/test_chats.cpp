// SPDX-License-Identifier: MIT
// Conversations of the playground are kept, found again, and removed.
#include <QComboBox>
#include <QLineEdit>
#include <QListWidget>
#include <QPlainTextEdit>

#include "fake_endpoint.h"
#include "format.h"
#include "own_run.h"
#include "pages/page.h"
#include "stage.h"
#include "widgets/chat_list.h"
#include "widgets/message_view.h"

namespace gr::app {

using namespace Qt::StringLiterals;

using settings::ChatStore;
using settings::KeptChat;
using ui::button;
using ui::byName;
using ui::Chats;
using ui::FakeEndpoint;
using ui::MessageView;
using ui::PageId;
using ui::Stage;
using ui::words;

namespace {

KeptChat chatOf(std::int64_t ms, const std::string& prompt, const std::string& answer) {
    KeptChat chat;
    chat.id = settings::newChatId({ms});
    chat.title = settings::titleOf(prompt);
    chat.createdAt = chat.changedAt = {ms};
    chat.messages = {{true, prompt, "", ""}, {false, answer, "auto", "12 tokens"}};
    return chat;
}

// The page with an endpoint behind it that answers everything.
struct Talk {
    Talk() {
        endpoint.answer = u"An answer."_s;
        stage.backend.setBaseUrl(endpoint.baseUrl());
    }
    ui::Page* open() {
        window = &stage.open();
        window->showPage(PageId::Playground);
        page = window->page(PageId::Playground);
        return page;
    }
    void say(const QString& prompt) {
        auto* composer = page->findChild<QPlainTextEdit*>(u"composer"_s);
        QTRY_VERIFY(byName<QComboBox>(page, u"Model"_s)->count() > 0);
        composer->setPlainText(prompt);
        QTest::keyClick(composer, Qt::Key_Return, Qt::ControlModifier);
        QTRY_VERIFY(!page->property("busy").toBool());
        Stage::settle();
    }
    QListWidget* list() const { return byName<QListWidget>(page, u"Conversations"_s); }
    QStringList titles() const {
        QStringList all;
        for (int row = 0; row < list()->count(); ++row) {
            all << list()->item(row)->text();
        }
        return all;
    }
    QStringList messages() const {
        QStringList all;
        for (const MessageView* view : page->findChildren<MessageView*>()) {
            if (view->isVisibleTo(page)) {
                all << view->text();
            }
        }
        return all;
    }

    FakeEndpoint endpoint;
    Stage stage;
    ui::MainWindow* window = nullptr;
    ui::Page* page = nullptr;
};

}  // namespace

class TestChats final : public QObject {
    Q_OBJECT

  private slots:
    void answersAreKept();
    void keptOnesAreOpenedAndGoOn();
    void search();
    void removalCanBeUndone();
    void saysWhyNothingIsKept();
    void failuresAreTold();
    void filesAreSealedWithTheVault();
};

void TestChats::answersAreKept() {
    Talk talk;
    talk.open();
    QTRY_VERIFY(words(talk.page).contains(u"Nothing is kept yet"_s));
    talk.say(u"Explain gateways"_s);
    QTRY_COMPARE(talk.titles(), QStringList{u"Explain gateways"_s});
    QCOMPARE(talk.stage.backend.talks.kept.size(), std::size_t(1));
    talk.say(u"And routers?"_s);
    QTRY_COMPARE(talk.stage.backend.talks.kept.begin()->second.messages.size(), std::size_t(4));
    QCOMPARE(talk.titles().size(), 1);  // the same one
    const KeptChat& chat = talk.stage.backend.talks.kept.begin()->second;
    QVERIFY(chat.messages[1].text.starts_with("An answer."));
    QVERIFY(!chat.messages[1].note.empty());
    button(talk.page, u"New chat"_s)->click();
    talk.say(u"Something else"_s);
    QTRY_COMPARE(talk.titles().size(), 2);
}

void TestChats::keptOnesAreOpenedAndGoOn() {
    Talk talk;
    KeptChat one = chatOf(1'000, "First question", "First answer");
    one.system = "Be brief.";
    talk.stage.backend.talks.kept = {{one.id, one}};
    talk.open();
    QTRY_COMPARE(talk.titles(), QStringList{u"First question"_s});
    talk.list()->setFocus();
    talk.list()->setCurrentRow(0);
    QTest::keyClick(talk.list(), Qt::Key_Return);
    QTRY_COMPARE(talk.messages(), (QStringList{u"First question"_s, u"First answer"_s}));
    QVERIFY(words(talk.page).contains(u"12 tokens"_s));
    QCOMPARE(byName<QPlainTextEdit>(talk.page, u"System prompt"_s)->toPlainText(), u"Be brief."_s);
    talk.say(u"Go on"_s);
    QTRY_COMPARE(talk.stage.backend.talks.kept.size(), std::size_t(1));
    const KeptChat& kept = talk.stage.backend.talks.kept.begin()->second;
    QCOMPARE(kept.messages.size(), std::size_t(4));
    QCOMPARE(kept.title, std::string("First question"));
    QCOMPARE(kept.system, std::string("Be brief."));
    QCOMPARE(kept.createdAt, UnixMs{1'000});
    QVERIFY(kept.changedAt > UnixMs{1'000});
}

void TestChats::search() {
    Talk talk;
    for (const auto& chat : {chatOf(1'000, "Explain gateways", "They route."),
                             chatOf(2'000, "Write a haiku", "Quiet machine room")}) {
        talk.stage.backend.talks.kept[chat.id] = chat;
    }
    talk.open();
    QTRY_COMPARE(talk.titles(), (QStringList{u"Write a haiku"_s, u"Explain gateways"_s}));
    QTest::keyClick(talk.window, Qt::Key_F, Qt::ControlModifier);
    auto* field = byName<QLineEdit>(talk.page, u"Search in conversations"_s);
    QVERIFY(field->hasFocus());
    QTest::keyClicks(field, u"ROUTE"_s);
    QTRY_COMPARE(talk.titles(), QStringList{u"Explain gateways"_s});
    QTest::keyClicks(field, u" nowhere"_s);
    QTRY_VERIFY(words(talk.page).contains(u"Nothing matches"_s));
    field->clear();
    QTRY_COMPARE(talk.titles().size(), 2);
    button(talk.page, u"Conversations"_s)->click();
    QVERIFY(!talk.page->findChild<ui::ChatList*>()->isVisible());
}

void TestChats::removalCanBeUndone() {
    Talk talk;
    const KeptChat one = chatOf(1'000, "First question", "First answer");
    talk.stage.backend.talks.kept = {{one.id, one}};
    talk.open();
    QTRY_COMPARE(talk.titles().size(), 1);
    talk.list()->setFocus();
    talk.list()->setCurrentRow(0);
    QTest::keyClick(talk.list(), Qt::Key_Return);
    QTRY_COMPARE(talk.messages().size(), 2);
    QVERIFY(talk.list()->hasFocus());  // one looks through them with the arrows
    QTest::keyClick(talk.list(), Qt::Key_Delete);
    QTRY_VERIFY(talk.stage.backend.talks.kept.empty());
    QTRY_VERIFY(talk.messages().isEmpty());  // what is removed is not shown any more
    QTRY_VERIFY(button(talk.page, u"Undo"_s) != nullptr);
    button(talk.page, u"Undo"_s)->click();
    QTRY_COMPARE(talk.titles(), QStringList{u"First question"_s});
    QCOMPARE(settings::chatText(talk.stage.backend.talks.kept.begin()->second),
             settings::chatText(one));
}

void TestChats::saysWhyNothingIsKept() {
    Talk talk;
    talk.stage.backend.talks.how = Chats::Keeping::NoVault;
    talk.open();
    QTRY_VERIFY(words(talk.page).contains(u"once there is a vault"_s));
    talk.say(u"Explain gateways"_s);
    QCOMPARE(talk.messages().size(), 2);
    QVERIFY(talk.stage.backend.talks.kept.empty());
    talk.stage.backend.talks.how = Chats::Keeping::VaultLocked;
    emit talk.stage.backend.vaultStateChanged();
    QTRY_VERIFY(words(talk.page).contains(u"The vault is locked."_s));
    talk.stage.backend.talks.how = Chats::Keeping::Kept;
    talk.stage.backend.talks.unreadable = 2;
    emit talk.stage.backend.vaultStateChanged();
    QTRY_VERIFY(words(talk.page).contains(u"2 cannot be read"_s));
    talk.say(u"And now?"_s);  // all of it is kept from then on
    QTRY_COMPARE(talk.stage.backend.talks.kept.size(), std::size_t(1));
    QCOMPARE(talk.stage.backend.talks.kept.begin()->second.messages.size(), std::size_t(4));
}

void TestChats::failuresAreTold() {
    Talk talk;
    talk.open();
    talk.stage.backend.talks.nextError = Error(ErrorCode::DiskFull, "The disk is full.");
    talk.say(u"Explain gateways"_s);
    QTRY_VERIFY(words(talk.page).contains(u"The conversation was not kept"_s));
    QVERIFY(words(talk.page).contains(u"The disk is full."_s));
    talk.say(u"Again"_s);
    QTRY_COMPARE(talk.stage.backend.talks.kept.size(), std::size_t(1));
    const std::string id = talk.stage.backend.talks.kept.begin()->first;
    button(talk.page, u"New chat"_s)->click();
    talk.stage.backend.talks.kept.clear();  // by another window
    emit talk.page->findChild<ui::ChatList*>()->openWanted(id);
    QTRY_VERIFY(words(talk.page).contains(u"The conversation could not be opened"_s));
}

void TestChats::filesAreSealedWithTheVault() {
    const Place place;
    auto own = std::make_unique<Own>(place);
    Chats& chats = own->backend->chats();
    QVERIFY(chats.keeping() == Chats::Keeping::NoVault);
    const KeptChat one = chatOf(1'000, "First question", "First answer");
    const auto keep = [&] {
        return done(
            [&](QObject* context, auto reply) { chats.keep(context, one, std::move(reply)); });
    };
    const auto early = keep();
    QVERIFY(!early && early.error().code == ErrorCode::VaultLocked);
    QVERIFY(done([&](QObject* context, auto reply) {
        own->backend->openVault(context, Secret("a long passphrase"), std::move(reply));
    }));
    QVERIFY(chats.keeping() == Chats::Keeping::Kept);
    QVERIFY(keep().has_value());
    QFile file(place.dataDir() + u"/chats/"_s + ui::text(one.id) + u".chat"_s);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QVERIFY(!file.readAll().contains("question"));
    QObject context;
    std::optional<Result<KeptChat>> back;
    chats.read(&context, one.id, [&](const auto& chat) { back = chat; });
    QTRY_VERIFY(back.has_value());
    QVERIFY(back->has_value());
    QCOMPARE(settings::chatText(**back), settings::chatText(one));
    QVERIFY(
        done([&](QObject* asker, auto reply) { chats.remove(asker, one.id, std::move(reply)); }));
    QVERIFY(!file.exists());
    // Every window of this vault opens them, and no other.
    QVERIFY(keep().has_value());
    own.reset();
    const Own second(place);
    QVERIFY(second.backend->chats().keeping() == Chats::Keeping::VaultLocked);
    QVERIFY(done([&](QObject* asker, auto reply) {
        second.backend->openVault(asker, Secret("a long passphrase"), std::move(reply));
    }));
    std::optional<Result<Chats::List>> list;
    second.backend->chats().list(&context, "FIRST", [&](const auto& found) { list = found; });
    QTRY_VERIFY(list.has_value());
    QVERIFY(list->has_value());
    QCOMPARE((*list)->chats.size(), std::size_t(1));
}

}  // namespace gr::app

GR_UI_TEST_MAIN(gr::app::TestChats)
#include "test_chats.moc"
