// SPDX-License-Identifier: MIT
// Conversations of the playground as they are kept.
#include <QTemporaryDir>
#include <QtTest>
#include <filesystem>
#include <fstream>

#include "base/cipher.h"
#include "base/file.h"
#include "settings/chat_store.h"

using namespace gr;
using namespace gr::settings;

namespace {

const Secret& keyOf(char fill) {
    static std::map<char, Secret> keys;
    return keys.try_emplace(fill, std::string(kCipherKeySize, fill)).first->second;
}

KeptChat chatAt(std::int64_t ms, const std::string& prompt) {
    KeptChat chat;
    chat.id = newChatId({ms});
    chat.title = titleOf(prompt);
    chat.system = "Be brief.";
    chat.model = "openai/gpt-5.4-mini";
    chat.createdAt = {ms};
    chat.changedAt = {ms};
    chat.messages = {{true, prompt, "", ""}, {false, "An answer.", "auto", "12 tokens"}};
    return chat;
}

struct Folder {
    QTemporaryDir folder;
    std::filesystem::path path() const {
        return std::filesystem::path(folder.path().toStdString()) / "chats";
    }
    ChatStore store(char key = 'k') const { return {path(), keyOf(key)}; }
};

}  // namespace

class TestChatStore final : public QObject {
    Q_OBJECT

  private slots:
    void keepsAllOfIt() {
        const Folder folder;
        KeptChat chat = chatAt(1'795'003'200'000, "Sort \"a\" list\n\tin \xE2\x82\xAC?\x01");
        QVERIFY(folder.store().list("")->chats.empty());  // no folder yet
        QVERIFY(folder.store().keep(chat).has_value());
        const auto back = folder.store().read(chat.id);
        QVERIFY(back.has_value());
        QCOMPARE(chatText(*back), chatText(chat));
        QCOMPARE(back->messages[0].text, chat.messages[0].text);
        QVERIFY(back->messages[0].person && !back->messages[1].person);
        chat.messages.push_back({true, "And now?", "", ""});
        QVERIFY(folder.store().keep(chat).has_value());
        QCOMPARE(folder.store().read(chat.id)->messages.size(), std::size_t(3));
        QCOMPARE(folder.store().list("")->chats.size(), std::size_t(1));
    }

    void listsTheLastFirstAndSearches() {
        const Folder folder;
        const ChatStore store = folder.store();
        QVERIFY(store.keep(chatAt(1'000, "Explain gateways")).has_value());
        QVERIFY(store.keep(chatAt(3'000, "Write a haiku")).has_value());
        QVERIFY(store.keep(chatAt(2'000, "Explain haikus")).has_value());
        const auto titles = [&](const char* query) {
            std::vector<std::string> all;
            const auto list = store.list(query);
            for (const ChatHead& head : list->chats)
                all.push_back(head.title);
            return all;
        };
        QCOMPARE(titles(""),
                 (std::vector<std::string>{"Write a haiku", "Explain haikus", "Explain gateways"}));
        QCOMPARE(titles("EXPLAIN  haiku"), (std::vector<std::string>{"Explain haikus"}));
        QCOMPARE(titles("answer brief").size(), std::size_t(3));  // messages and system prompt
        QVERIFY(titles("nothing like it").empty());
    }

    void nothingIsReadableOnDisk() {
        const Folder folder;
        const KeptChat chat = chatAt(1'000, "a secret question");
        QVERIFY(folder.store().keep(chat).has_value());
        const auto file = folder.path() / (chat.id + ".chat");
        const std::string bytes = *readFile(file);
        QVERIFY(bytes.find("secret") == std::string::npos);
        QVERIFY(bytes.find("gpt") == std::string::npos);
        const auto mode = std::filesystem::status(file).permissions();
        QVERIFY((mode & std::filesystem::perms::others_all) == std::filesystem::perms::none);
        QVERIFY((mode & std::filesystem::perms::group_all) == std::filesystem::perms::none);
    }

    // Of another vault, exchanged, changed, or cut: told, and left as they are.
    void whatIsNotOursIsLeft() {
        const Folder folder;
        const KeptChat one = chatAt(1'000, "one");
        const KeptChat two = chatAt(2'000, "two");
        QVERIFY(folder.store().keep(one).has_value() && folder.store().keep(two).has_value());
        QVERIFY(!folder.store('x').read(one.id));
        QCOMPARE(folder.store('x').list("")->unreadable, std::size_t(2));
        const auto fileOf = [&](const KeptChat& chat) {
            return folder.path() / (chat.id + ".chat");
        };
        const std::string good = *readFile(fileOf(one));
        for (const std::string& bad :
             {*readFile(fileOf(two)), good.substr(0, good.size() - 1), std::string(), good + "x",
              std::string("GRCHAT2\n") + good.substr(8)}) {
            QVERIFY(replaceFile(fileOf(one), bad).has_value());
            const auto read = folder.store().read(one.id);
            QVERIFY(!read && read.error().code == ErrorCode::FileUnreadable);
            const auto list = folder.store().list("");
            QCOMPARE(list->unreadable, std::size_t(1));
            QCOMPARE(list->chats.size(), std::size_t(1));
            QCOMPARE(*readFile(fileOf(one)), bad);
        }
    }

    void newerOnesAreLeft() {
        std::string text = chatText(chatAt(1'000, "one"));
        QVERIFY(readChatText(text).has_value());
        text.replace(text.find("\"version\":1"), 11, "\"version\":2");
        const auto newer = readChatText(text);
        QVERIFY(!newer && newer.error().code == ErrorCode::ConfigTooNew);
        for (const char* odd : {"", "{}", "[]", "{\"version\":1}", "{\"version\":\"1\"}",
                                "{\"version\":1,\"id\":\"../vault\",\"messages\":[]}"})
            QVERIFY2(!readChatText(odd), odd);
    }

    void removesAndKnowsNoOtherFiles() {
        const Folder folder;
        const KeptChat chat = chatAt(1'000, "one");
        QVERIFY(folder.store().keep(chat).has_value());
        std::ofstream(folder.path() / "notes.txt") << "mine";
        QCOMPARE(folder.store().list("")->chats.size(), std::size_t(1));
        QCOMPARE(folder.store().list("")->unreadable, std::size_t(0));
        QVERIFY(folder.store().remove(chat.id).has_value());
        QVERIFY(folder.store().remove(chat.id).has_value());
        QVERIFY(folder.store().remove("../../vault").has_value());
        const auto gone = folder.store().read(chat.id);
        QVERIFY(!gone && gone.error().code == ErrorCode::RecordNotFound);
        KeptChat nameless = chat;
        nameless.id = "../x";
        QVERIFY(!folder.store().keep(nameless));
        QVERIFY(std::filesystem::exists(folder.path() / "notes.txt"));
    }

    void titlesAreFirstLines() {
        QCOMPARE(titleOf("  \n Hello there\nmore"), std::string("Hello there"));
        QCOMPARE(titleOf(" \n"), std::string());
        const std::string euro = "\xE2\x82\xAC";
        std::string many;
        for (int i = 0; i < 81; ++i)
            many += euro;
        QCOMPARE(titleOf(many), many.substr(0, 80 * 3) + "\xE2\x80\xA6");
    }
};

QTEST_APPLESS_MAIN(TestChatStore)
#include "test_chat_store.moc"
