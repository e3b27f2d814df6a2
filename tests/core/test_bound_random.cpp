// SPDX-License-Identifier: MIT
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

#include <random>

#include "protocol/bound.h"

// Requests made at random against a provider that bills the most it could: it reads the body with a
// reader of its own, takes every byte for a token, writes JSON anew as wastefully as it can, sees
// every picture at its maximum, and writes until each cap.
using namespace gr;
using namespace gr::protocol;

namespace {

constexpr std::int64_t kContext = 200'000;

class Maker final {
  public:
    explicit Maker(unsigned seed) : m_random(seed) {}

    std::string body(Protocol protocol) {
        m_protocol = protocol;
        const bool gemini = protocol == Protocol::Gemini;
        std::string turns;
        for (int i = below(4); i >= 0; --i)
            turns += turn() + (i ? "," : "");
        std::string out = "{" + (gemini ? "" : key("model") + string("m") + ",");
        out += key(gemini                                  ? "contents"
                   : protocol == Protocol::OpenAiResponses ? "input"
                                                           : "messages") +
               "[" + turns + "]";
        if (chance(3))
            out += "," + key("tools") + tools();
        if (chance(2))
            out += "," + key(gemini ? "serviceTier" : "service_tier") + string("priority");
        if (gemini)
            out += config();
        else
            out += settings();
        if (chance(10))
            out += "," + key(pick({"background", "mystery", "cachedContent", "container"})) +
                   string("x");
        return out + "}";
    }

  private:
    int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(m_random); }
    bool chance(int in) { return below(in) == 0; }
    std::string pick(std::initializer_list<const char*> of) {
        return *(of.begin() + below(static_cast<int>(of.size())));
    }

    // A JSON string in which any letter may be escaped.
    std::string string(const std::string& plain) {
        std::string out = "\"";
        for (const char c : plain) {
            char hex[8];
            std::snprintf(hex, sizeof hex, "\\u%04x", static_cast<unsigned>(c));
            if (c == '"' || c == '\\')
                out += std::string("\\") + c;
            else
                out += c > 0 && chance(15) ? std::string(hex) : std::string(1, c);
        }
        return out + "\"";
    }
    std::string key(const std::string& name) { return string(name) + (chance(4) ? " : " : ":"); }
    std::string text() {
        std::string out;
        for (int i = below(12); i >= 0; --i)
            out += pick({"word ", "<b>", "é", "漢字", "😀", "'", "\"", "a,b:c", "{}", "1e9"});
        return string(out);
    }
    std::string number() { return pick({"1", "77", "4000"}); }
    std::string json(int depth = 0) {
        if (depth == 3 || chance(3))
            return chance(2) ? text() : pick({"1e20", "1.5", "true", "null", "[]", "{}", "[1,2]"});
        std::string out = "{";
        for (int i = below(3); i >= 0; --i)
            out += key("k" + std::to_string(i)) + json(depth + 1) + (i ? "," : "");
        return out + "}";
    }

    std::string tools() {
        const std::string schema =
            "{" + key("type") + string("object") + "," + key("x") + json() + "}";
        const std::string named = key("name") + string("f") + "," + key("description") + text();
        const bool search = chance(4);
        const std::string uses = chance(2) ? "," + key("max_uses") + number() : "";
        switch (m_protocol) {
            case Protocol::OpenAiChat:
                return "[{" + key("type") + string(search ? "web_search" : "function") + "," +
                       key("function") + "{" + named + "," + key("parameters") + schema + "}}]";
            case Protocol::OpenAiResponses:
                return "[{" + key("type") + string(search ? "web_search" : "function") + "," +
                       named + "," + key("parameters") + schema + "}]";
            case Protocol::Anthropic:
                if (search)
                    return "[{" + key("type") + string("web_search_20250305") + "," + named + uses +
                           "}]";
                return "[{" + named + "," + key("input_schema") + schema + "}]";
            case Protocol::Gemini:
                break;
        }
        return search ? "[{" + key("googleSearch") + "{}}]"
                      : "[{" + key("functionDeclarations") + "[{" + named + "," +
                            key("parameters") + schema + "}]}]";
    }

    std::string turn() {
        if (m_protocol == Protocol::Gemini)
            return "{" + key("role") + string("user") + "," + key("parts") + "[" + part() + "," +
                   part() + "]}";
        if (m_protocol == Protocol::OpenAiChat && chance(4))
            return "{" + key("role") + string("assistant") + "," + key("tool_calls") + "[{" +
                   key("id") + string("c") + "," + key("function") + "{" + key("arguments") +
                   string(json()) + "}}]}";
        return "{" + key("role") + string("user") + "," + key("content") +
               (chance(3) ? text() : "[" + part() + "," + part() + "]") + "}";
    }

    std::string part() {
        const std::string url = chance(2) ? "https://a/b.png" : "data:image/png;base64,AAAABBBB";
        const auto typed = [this](const char* type) {
            return "{" + key("type") + string(type) + ",";
        };
        const int kind = below(6);
        switch (m_protocol) {
            case Protocol::OpenAiChat:
                if (kind == 0)
                    return typed("image_url") + key("image_url") + "{" + key("url") + string(url) +
                           "}}";
                if (kind == 1)
                    return typed("file") + key("file") + "{" + key(pick({"file_id", "file_data"})) +
                           string("x") + "}}";
                return typed("text") + key("text") + text() + "}";
            case Protocol::OpenAiResponses:
                if (kind == 0)
                    return typed("input_image") + key("image_url") + string(url) + "}";
                if (kind == 1)
                    return typed("input_file") + key(pick({"file_id", "file_url"})) + string("x") +
                           "}";
                return typed("input_text") + key("text") + text() + "}";
            case Protocol::Anthropic:
                if (kind == 0)
                    return "{" + key("source") + typed("base64") + key("media_type") +
                           string("image/png") + "," + key("data") + string("AAAA") + "}," +
                           key("type") + string("image") + "}";
                if (kind == 1)
                    return typed("tool_use") + key("name") + string("f") + "," + key("input") +
                           json() + "}";
                return typed("text") + key("text") + text() +
                       (chance(3)
                            ? "," + key("cache_control") + "{" + key("ttl") + string("1h") + "}"
                            : "") +
                       "}";
            case Protocol::Gemini:
                break;
        }
        if (kind == 0)
            return "{" + key(pick({"inlineData", "inline_data"})) + "{" + key("mimeType") +
                   string(pick({"image/png", "audio/mp3"})) + "," + key("data") + string("AAAA") +
                   "}}";
        if (kind == 1)
            return "{" + key("functionCall") + "{" + key("args") + json() + "}}";
        return "{" + key("text") + text() + "}";
    }

    std::string settings() {
        std::string out;
        const bool chat = m_protocol == Protocol::OpenAiChat;
        if (chance(2))
            out +=
                "," +
                key(m_protocol == Protocol::OpenAiResponses ? "max_output_tokens" : "max_tokens") +
                number();
        if (chat && chance(3))
            out += "," + key("max_completion_tokens") + number();
        if (chat && chance(3))
            out += "," + key("n") + pick({"1", "2", "5", "1e1"});
        if (chat && chance(3))
            out += "," + key("reasoning_effort") + string(pick({"none", "low", "high", "max"}));
        if (m_protocol == Protocol::OpenAiResponses && chance(3))
            out += "," + key("max_tool_calls") + number();
        if (m_protocol == Protocol::Anthropic && chance(3))
            out += "," + key("thinking") + "{" + key("type") + string("enabled") + "," +
                   key("budget_tokens") + pick({"1024", "9000"}) + "}";
        return out;
    }

    std::string config() {
        std::string out =
            "," + key(pick({"generationConfig", "generation_config"})) + "{" + key("seed") + "1";
        if (chance(2))
            out += "," + key(pick({"maxOutputTokens", "max_output_tokens"})) + number();
        if (chance(2))
            out += "," + key(pick({"candidateCount", "candidate_count"})) + "3";
        if (chance(2))
            out += "," + key("responseJsonSchema") + json();
        return out + "}";
    }

    std::mt19937 m_random;
    Protocol m_protocol = Protocol::OpenAiChat;
};

// Bills what stands in the body, wherever it stands.
class Biller final {
  public:
    std::int64_t input = 100;  // the words of its own template
    std::int64_t cap = 0;
    std::int64_t choices = 1;
    std::int64_t thinking = 0;
    std::int64_t uses = 0;
    bool searches = false, searchesLimited = false;
    bool audio = false, hour = false;
    bool tier = false;
    bool endless = false;  // something that it would bill without an end

    void read(const QJsonValue& value) {
        if (value.isString())
            input += value.toString().toUtf8().size();
        for (const QJsonValue& element : value.toArray())
            read(element);
        const QJsonObject object = value.toObject();
        for (auto it = object.begin(); it != object.end(); ++it)
            member(object, it.key(), it.value());
    }

  private:
    void member(const QJsonObject& owner, const QString& key, const QJsonValue& value) {
        static const QStringList kEndless{u"background"_qs,  u"mystery"_qs, u"cachedContent"_qs,
                                          u"container"_qs,   u"file_id"_qs, u"file_url"_qs,
                                          u"googleSearch"_qs};
        const QString snake = QString(key).replace(u"OutputTokens"_qs, u"_output_tokens"_qs);
        tier |= key.startsWith(u"service"_qs);
        if (kEndless.contains(key))
            endless = true;
        else if (snake == u"max_tokens"_qs || snake == u"max_output_tokens"_qs ||
                 snake == u"max_completion_tokens"_qs)
            cap = std::max<std::int64_t>(cap, value.toInteger());
        else if (key == u"n"_qs || key == u"candidateCount"_qs || key == u"candidate_count"_qs)
            choices = value.toInteger();
        else if (key == u"budget_tokens"_qs)
            thinking = value.toInteger();
        else if (key == u"reasoning_effort"_qs)
            thinking = value == u"none"_qs   ? 0
                       : value == u"low"_qs  ? 2048
                       : value == u"high"_qs ? 16384
                                             : 32000;
        else if (key == u"file_data"_qs)
            input += kContext;
        else if (key == u"max_uses"_qs || key == u"max_tool_calls"_qs)
            uses = value.toInteger(), searchesLimited = true;
        else if (key == u"type"_qs && value.toString().startsWith(u"web_search"_qs))
            searches = true;
        else if (key == u"tools"_qs || key == u"input_schema"_qs || key == u"args"_qs ||
                 (key == u"input"_qs && value.isObject()) || key == u"responseJsonSchema"_qs)
            again(value), rewrite(value);
        else if (key == u"arguments"_qs)
            rewrite(QJsonDocument::fromJson("[" + value.toString().toUtf8() + "]").array());
        else if (value.toString().startsWith(u"data:image"_qs) ||
                 value.toString().startsWith(u"https:"_qs) || key == u"mimeType"_qs)
            picture(value);
        else if (key == u"ttl"_qs)
            hour = value == u"1h"_qs;
        else if (key == u"data"_qs)
            input += owner.contains(u"media_type"_qs) ? ModelRules::kMostImageTokens : 0;
        else
            read(value);
    }

    void picture(const QJsonValue& value) {
        audio |= value.toString().startsWith(u"audio"_qs);
        input += audio ? kContext : ModelRules::kMostImageTokens;
    }

    // What a tool says of itself, beside its being part of the prompt.
    void again(const QJsonValue& value) {
        Biller inner;
        inner.read(value);
        searches |= inner.searches;
        searchesLimited |= inner.searchesLimited;
        uses = std::max(uses, inner.uses);
        endless |= inner.endless;
    }

    void rewrite(const QJsonValue& value) {
        if (value.isArray()) {
            const QJsonArray array = value.toArray();
            input += 2 + 2 + 3 * array.size() - (array.isEmpty() ? 0 : 1);
            for (const QJsonValue& element : array)
                rewrite(element);
        } else if (value.isObject()) {
            const QJsonObject object = value.toObject();
            input += 2 + 2 + 5 * object.size() - (object.isEmpty() ? 0 : 1);
            for (auto it = object.begin(); it != object.end(); ++it) {
                rewrite(it.key());
                rewrite(it.value());
            }
        } else if (value.isString()) {
            input += 2;
            for (const QChar c : value.toString())
                input += c.unicode() >= 0x80 || QStringLiteral("<>&'").contains(c) ? 6
                         : c == u'"' || c == u'\\'                                 ? 2
                                                                                   : 1;
        } else if (value.isDouble()) {
            input += QString::number(value.toDouble(), 'f', 1).size();
        } else {
            input += 5 - (value.isBool() && value.toBool() ? 1 : 0) - (value.isNull() ? 1 : 0);
        }
    }
};

}  // namespace

class TestBoundRandom final : public QObject {
    Q_OBJECT

  private slots:
    void whatIsBilledIsNeverMore_data() {
        QTest::addColumn<Protocol>("protocol");
        for (const auto protocol : {Protocol::OpenAiChat, Protocol::OpenAiResponses,
                                    Protocol::Anthropic, Protocol::Gemini})
            QTest::addRow("%s", std::string(nameOf(protocol)).c_str()) << protocol;
    }
    void whatIsBilledIsNeverMore() {
        QFETCH(Protocol, protocol);
        int bounded = 0;
        for (unsigned seed = 0; seed < 5'000; ++seed) {
            const std::string body = Maker(seed).body(protocol);
            PathAsk path;
            path.model = "m";
            const auto ask = readAsk(protocol, body, path);
            QVERIFY2(ask.has_value(), body.c_str());
            const Bound bound = boundOf(*ask, body);
            const auto document = QJsonDocument::fromJson(QByteArray::fromStdString(body));
            QVERIFY(document.isObject());
            Biller biller;
            biller.read(document.object());
            if (!bound.unbounded.empty())
                continue;
            ++bounded;
            check(bound, biller, body);
            if (QTest::currentTestFailed())
                return;
        }
        QVERIFY2(bounded > 500, std::to_string(bounded).c_str());
    }

  private:
    static void check(const Bound& bound, const Biller& biller, const std::string& body) {
        const auto say = [&](std::int64_t billed, std::int64_t most) {
            return std::to_string(billed) + " > " + std::to_string(most) + ": " + body;
        };
        QVERIFY2(!biller.endless, body.c_str());
        QVERIFY2(!biller.searches || biller.searchesLimited, body.c_str());
        std::int64_t readings = 1;
        if (biller.searches) {
            readings += biller.uses;
            QVERIFY2(bound.webSearches >= biller.uses, body.c_str());
        }
        const std::int64_t input =
            biller.searches ? readings * kContext
                            : std::min<std::int64_t>(biller.input,
                                                     bound.fillsContext ? kContext : biller.input);
        const auto most = inputFor(bound, ModelRules(), kContext);
        QVERIFY2(input <= *most, say(input, *most).c_str());
        QVERIFY2(!biller.audio || bound.audioInput, body.c_str());
        QVERIFY2(!biller.hour || bound.cacheWrite1h, body.c_str());
        QVERIFY2(!biller.tier || bound.modes.size() == 1, body.c_str());
        if (biller.cap == 0) {
            QVERIFY2(!bound.outputTokens, body.c_str());
            return;
        }
        const bool grows = biller.cap <= biller.thinking;
        const std::int64_t written = biller.choices * (biller.cap + (grows ? biller.thinking : 0));
        QVERIFY2(written <= *bound.outputTokens, say(written, *bound.outputTokens).c_str());
    }
};

QTEST_APPLESS_MAIN(TestBoundRandom)
#include "test_bound_random.moc"
