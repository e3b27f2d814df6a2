// SPDX-License-Identifier: MIT
#include <QtTest>
#include <set>

#include "gateway/answer_key.h"

using namespace gr;
using namespace gr::gateway;
using protocol::Protocol;

namespace {

struct Request {
    std::string body = R"({"model":"m","messages":[]})";
    Protocol protocol = Protocol::OpenAiChat;
    protocol::PathAsk path{};
    std::string client = "me";
    http::Fields headers{};
    std::optional<protocol::Preference> preference{};

    std::string key() const {
        auto ask = protocol::readAsk(protocol, body, path);
        if (!ask)
            qFatal("%s", ask.error().message.text.c_str());
        if (preference)
            ask->wishes.preference = preference;
        return answerKey("secret", client, *ask, headers);
    }
};

std::string wishOf(std::string_view value) {
    http::Fields headers;
    headers.add("Cache-Control", value);
    const CacheWish wish = cacheWishOf(headers);
    return std::string(wish.fresh ? "fresh " : "") + (wish.none ? "none" : "");
}

}  // namespace

class AnswerKeyTest final : public QObject {
    Q_OBJECT

  private slots:
    void whatChangesNoAnswerChangesNoKey() {
        const std::string key = Request().key();
        QCOMPARE(Request().key(), key);
        Request other;
        other.headers.add("traceparent", "00-1");
        other.headers.add("Authorization", "Bearer x");
        QCOMPARE(other.key(), key);
        other.body =
            R"({"x-gaterouter-max-cost":1,"model":"m","x-gaterouter-session":"s","messages":[]})";
        QCOMPARE(other.key(), key);
    }

    void whatMayChangeTheAnswerChangesTheKey() {
        std::vector<Request> all(14);
        all[1].client = "you";
        all[2].body = R"({"model":"m", "messages":[]})";  // byte for byte
        all[3].body = R"({"model":"m","messages":[],"temperature":0})";
        all[4].protocol = Protocol::Anthropic;
        all[5].headers.add("anthropic-beta", "b");
        all[6].headers.add("x-gaterouter-usage-cost", "true");
        all[7].body = R"({"model":"m","messages":[],"usage":{"include":true}})";
        all[8].body = R"({"model":"m","messages":[],"models":["n"]})";
        all[9].preference = protocol::Preference::Cheap;
        all[10].preference = protocol::Preference::Best;
        all[11].body = R"({"model":"m","messages":[],"stream":true})";
        all[12].headers.add("anthropic-version", "b");
        all[13].body = R"({"model":"m","messages":[],"models":["n","o"]})";
        std::set<std::string> keys;
        for (const Request& request : all)
            keys.insert(request.key());
        QCOMPARE(keys.size(), all.size());
    }

    // Gemini says in its path what others say in the body.
    void pathsCount() {
        std::set<std::string> keys;
        for (int i = 0; i < 5; ++i) {
            Request request;
            request.body = R"({"contents":[]})";
            request.protocol = Protocol::Gemini;
            request.path.model = i == 1 ? "b" : "a";
            request.path.stream = i == 2 || i == 3;
            request.path.sse = i == 3;
            if (i == 4)
                request.path.task = protocol::Task::Complete;
            keys.insert(request.key());
        }
        QCOMPARE(keys.size(), std::size_t{5});
    }

    void whatIsNeverShared() {
        const auto may = [](const std::string& more, protocol::Task task) {
            protocol::PathAsk path;
            path.task = task;
            const std::string body = R"({"model":"m","messages":[],"input":"x")" + more + "}";
            const auto ask = protocol::readAsk(Protocol::OpenAiChat, body, path);
            return ask && mayShareAnswer(*ask);
        };
        QVERIFY(may("", protocol::Task::Generate));
        QVERIFY(may("", protocol::Task::Embed));
        QVERIFY(may(R"(,"background":false)", protocol::Task::Generate));
        QVERIFY(!may(R"(,"background":true)", protocol::Task::Generate));
        QVERIFY(!may("", protocol::Task::Count));
    }

    void cacheControl() {
        QCOMPARE(wishOf("no-cache"), std::string("fresh "));
        QCOMPARE(wishOf("max-age=0, No-Cache"), std::string("fresh "));
        QCOMPARE(wishOf("no-store"), std::string("none"));
        QCOMPARE(wishOf("no-store,no-cache=\"x\""), std::string("fresh none"));
        QCOMPARE(wishOf("no-cachet, max-age=3, ,"), std::string());
    }
};

QTEST_APPLESS_MAIN(AnswerKeyTest)
#include "test_answer_key.moc"
