// SPDX-License-Identifier: MIT
#include <QtTest>

#include "gateway/reasoning_desk.h"
#include "protocol/json_text.h"
#include "protocol/reasoning_cache.h"
#include "support/json_words.h"

using namespace gr;
using namespace gr::protocol;
using gr::test::jsonOf;

namespace {

constexpr SteadyTime kNow{};
const ReasoningOwner kOwner{"tools", "deepseek", "deepseek-v4"};

ChatEvent event(ChatEvent::Kind kind, std::size_t block, std::string_view text = {}) {
    ChatEvent out;
    out.kind = kind;
    out.block = block;
    out.text = text;
    return out;
}

// An answer that thinks "a b", signs it, and calls `look` with `arguments`.
void answer(ReasoningCache& cache, const ReasoningOwner& owner, std::string_view id = "call_0",
            std::string_view arguments = "\"{\\\"x\\\":1.10}\"") {
    ReasoningGatherer gathered;
    gathered.take(event(ChatEvent::Kind::Reasoning, 0, "\"a \""));
    gathered.take(event(ChatEvent::Kind::Reasoning, 0, "\"b\""));
    ChatEvent signature = event(ChatEvent::Kind::Reasoning, 0);
    signature.signature = "sig";
    signature.vendor = "anthropic";
    gathered.take(signature);
    ChatEvent call = event(ChatEvent::Kind::ToolCall, 1);
    call.id = id;
    call.name = "look";
    call.signature = "call-sig";
    gathered.take(call);
    gathered.take(event(ChatEvent::Kind::Arguments, 1, arguments));
    gathered.file(cache, owner, kNow);
}

// A later turn of a client that sends the call back.
ChatRequest later(std::string_view id = "call_0", std::string_view arguments = "{\"x\":1.10}") {
    ChatRequest request;
    Part part;
    part.kind = Part::Kind::ToolCall;
    part.call.id = id;
    part.call.name = "look";
    part.call.arguments = arguments;
    Turn turn;
    turn.role = Role::Assistant;
    turn.parts.push_back(part);
    request.turns.push_back(turn);
    return request;
}

const Part* thought(const ChatRequest& request) {
    const Part& first = request.turns.front().parts.front();
    return first.kind == Part::Kind::Reasoning ? &first : nullptr;
}

class FixedClock final : public Clock {
  public:
    UnixMs now() const override { return UnixMs{0}; }
    SteadyTime steady() const override { return kNow; }
};

}  // namespace

class TestReasoning final : public QObject {
    Q_OBJECT

  private slots:
    void thoughtsComeBackWithTheirCall() {
        ReasoningCache cache;
        answer(cache, kOwner);
        ChatRequest request = later();
        cache.restore(kOwner, request, kNow);
        QVERIFY(thought(request) != nullptr);
        const Reasoning& reasoning = thought(request)->reasoning;
        QCOMPARE(reasoning.text, std::string_view("\"a b\""));
        QCOMPARE(reasoning.signature, std::string_view("sig"));
        QCOMPARE(reasoning.vendor, std::string_view("anthropic"));
        QCOMPARE(request.turns[0].parts[1].call.signature, std::string_view("call-sig"));
    }

    // Local servers repeat ids like `call_0`.
    void nobodyElseGetsThem() {
        ReasoningCache cache;
        answer(cache, kOwner);
        for (const ReasoningOwner& other : {ReasoningOwner{"other", kOwner.provider, kOwner.model},
                                            ReasoningOwner{kOwner.client, "x", kOwner.model},
                                            ReasoningOwner{kOwner.client, kOwner.provider, "x"}}) {
            ChatRequest request = later();
            cache.restore(other, request, kNow);
            QVERIFY(thought(request) == nullptr);
        }
    }

    // Most clients keep arguments as values: what comes back is written anew.
    void argumentsAreComparedByWhatTheySay_data() {
        QTest::addColumn<QByteArray>("given");
        QTest::addColumn<QByteArray>("sent");
        QTest::addColumn<bool>("same");
        const auto row = [](const char* name, const char* given, const char* sent, bool same) {
            QTest::newRow(name) << QByteArray::fromStdString(jsonOf(given))
                                << QByteArray::fromStdString(jsonOf(sent)) << same;
        };
        row("blanks", "{ 'a' : [ 1 , true ] }\n", "{'a':[1,true]}", true);
        row("escapes", "{'a':'Z\\u00fcrich\\/\\ud83d\\ude42'}", "{'a':'Zürich/\U0001f642'}", true);
        row("decimals", "{'a':1.10,'b':-0.50e1}", "{'a':1.1,'b':-5}", true);
        row("beyond doubles", "{'a':9007199254740993}", "{'a':9007199254740992}", true);
        row("nothing", "", "{}", true);
        row("other number", "{'a':1}", "{'a':2}", false);
        row("other text", "{'a':'b c'}", "{'a':'bc'}", false);
        row("text and number", "{'a':'1'}", "{'a':1}", false);
        row("other form", "{'a':['b','c']}", "{'a':['b'],'c':[]}", false);
        row("marks in a text", "{'a':'b','c':'d'}", "{'a':'b\\',\\'c\\':\\'d'}", false);
    }
    void argumentsAreComparedByWhatTheySay() {
        QFETCH(QByteArray, given);
        QFETCH(QByteArray, sent);
        QFETCH(bool, same);
        ReasoningCache cache;
        answer(cache, kOwner, "call_0", protocol::quoted(given.toStdString()));
        const std::string arguments = sent.toStdString();
        ChatRequest request = later("call_0", arguments);
        cache.restore(kOwner, request, kNow);
        QCOMPARE(thought(request) != nullptr, same);
    }

    void whatTheClientCarriesItselfStays() {
        ReasoningCache cache;
        answer(cache, kOwner);
        ChatRequest request = later();
        Part own;
        own.kind = Part::Kind::Reasoning;
        own.reasoning.text = "\"mine\"";
        own.reasoning.signature = "its own";
        request.turns[0].parts.insert(request.turns[0].parts.begin(), own);
        cache.restore(kOwner, request, kNow);
        QCOMPARE(request.turns[0].parts.size(), std::size_t(2));
        QCOMPARE(thought(request)->reasoning.text, std::string_view("\"mine\""));
    }

    void boundedByBytesAndAge() {
        ReasoningCache small(4'000, std::chrono::hours(1));
        for (int i = 0; i < 100; ++i)
            answer(small, kOwner, "call_" + std::to_string(i));
        ChatRequest first = later("call_0");
        small.restore(kOwner, first, kNow);
        QVERIFY(thought(first) == nullptr);
        ChatRequest last = later("call_99");
        small.restore(kOwner, last, kNow);
        QVERIFY(thought(last) != nullptr);
        ChatRequest old = later("call_99");
        small.restore(kOwner, old, kNow + std::chrono::hours(2));
        QVERIFY(thought(old) == nullptr);
    }

    void sealsOpenForTheirClientAlone() {
        const Sealer sealer(Secret("0123456789abcdef0123456789abcdef"));
        const std::string sealed = sealer.seal("tools", "gemini", std::string("a\0b", 3));
        QVERIFY(Sealer::looksSealed(sealed));
        const auto opened = sealer.open("tools", sealed);
        QVERIFY(opened);
        QCOMPARE(opened->vendor, std::string("gemini"));
        QCOMPARE(opened->signature, std::string("a\0b", 3));
        QVERIFY(!sealer.open("other", sealed));
        QVERIFY(!Sealer(Secret("another key of thirty-two bytes!")).open("tools", sealed));
        for (std::size_t i = 0; i < sealed.size(); ++i) {
            std::string broken = sealed;
            broken[i] = broken[i] == 'A' ? 'B' : 'A';
            const auto got = sealer.open("tools", broken);
            QVERIFY2(!got || sealed[i] == '=', std::to_string(i).c_str());
        }
        QVERIFY(!sealer.open("tools", "gr1."));
        QVERIFY(!sealer.open("tools", "sig"));
    }

    void aSealRemembersThatAThoughtIsRedacted() {
        const FixedClock clock;
        gateway::ReasoningDesk desk(Secret("0123456789abcdef0123456789abcdef"), clock);
        const std::string sealed = desk.seal("tools", "anthropic:redacted", "blob");
        ChatRequest request = later();
        request.from = Protocol::OpenAiResponses;
        Part part;
        part.kind = Part::Kind::Reasoning;
        part.reasoning.signature = sealed;
        request.turns[0].parts.push_back(part);
        desk.prepare(request, kOwner);
        const Reasoning& reasoning = request.turns[0].parts.back().reasoning;
        QVERIFY(reasoning.redacted);
        QCOMPARE(reasoning.vendor, std::string_view("anthropic"));
        QCOMPARE(reasoning.signature, std::string_view("blob"));
    }

    void theDeskOpensSealsAndDropsForeignOnes() {
        const FixedClock clock;
        gateway::ReasoningDesk desk(Secret("0123456789abcdef0123456789abcdef"), clock);
        const std::string mine = desk.seal("tools", "anthropic", "real");
        const std::string foreign = desk.seal("other", "anthropic", "real");
        for (const auto& [sealed, expected] : {std::pair(mine, "real"), std::pair(foreign, ""),
                                               std::pair(std::string("raw"), "raw")}) {
            ChatRequest request = later();
            request.from = Protocol::Anthropic;
            Part part;
            part.kind = Part::Kind::Reasoning;
            part.reasoning.signature = sealed;
            request.turns[0].parts.push_back(part);
            desk.prepare(request, kOwner);
            QCOMPARE(request.turns[0].parts.back().reasoning.signature, std::string_view(expected));
        }
    }

    void sealsOutliveTheRunWithTheVault() {
        const FixedClock clock;
        const auto vault = std::make_shared<const Secret>("vaultvaultvaultvaultvaultvault32");
        const auto other = std::make_shared<const Secret>("othervaultothervaultothervault32");
        gateway::ReasoningDesk first(Secret("0123456789abcdef0123456789abcdef"), clock);
        const std::string early = first.seal("tools", "anthropic", "sig");
        first.use(vault);
        first.use(nullptr);  // a policy without the key takes none away
        const std::string sealed = first.seal("tools", "anthropic", "sig");
        gateway::ReasoningDesk second(Secret("fedcba9876543210fedcba9876543210"), clock);
        second.use(vault);
        gateway::ReasoningDesk third(Secret("0123456789abcdef0123456789abcdef"), clock);
        third.use(other);
        const auto opened = [](gateway::ReasoningDesk& desk, const std::string& seal) {
            ChatRequest request;
            Part part;
            part.kind = Part::Kind::Reasoning;
            part.reasoning.signature = seal;
            request.turns.emplace_back().parts.push_back(part);
            desk.prepare(request, kOwner);
            return std::string(request.turns.front().parts.front().reasoning.signature);
        };
        QCOMPARE(opened(first, early), std::string("sig"));
        QCOMPARE(opened(first, sealed), std::string("sig"));
        QCOMPARE(opened(second, sealed), std::string("sig"));
        QCOMPARE(opened(second, early), std::string());
        QCOMPARE(opened(third, sealed), std::string());
    }
};

QTEST_APPLESS_MAIN(TestReasoning)
#include "test_reasoning.moc"
