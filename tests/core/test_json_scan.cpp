// SPDX-License-Identifier: MIT
#include <QtTest>
#include <random>

#include "base/text.h"
#include "json/scan.h"

using gr::ErrorCode;
using gr::json::elementsIn;
using gr::json::integerIn;
using gr::json::objectIn;
using gr::json::scanObject;
using gr::json::unescape;

namespace {

std::string nested(std::size_t depth) {  // objects and arrays in turn, the outermost an object
    std::string open;
    std::string close;
    for (std::size_t i = 0; i < depth; ++i) {
        open += i % 2 == 0 ? "{\"a\":" : "[";
        close.insert(0, i % 2 == 0 ? "}" : "]");
    }
    return open + "1" + close;
}

std::string keys(std::size_t count, std::string_view last) {
    std::string text = "{";
    for (std::size_t i = 0; i + 1 < count; ++i)
        text += "\"k" + std::to_string(i) + "\":" + std::to_string(i) + ",";
    return text + std::string(last) + ":0}";
}

// JSON documents at random, every form of value in them.
class Documents final {
  public:
    explicit Documents(unsigned seed) : m_random(seed) {}

    std::string object(int depth) {
        std::string out = "{" + space();
        const auto count = m_random() % 30;  // either side of the bound of the pairwise search
        for (std::size_t i = 0; i < count; ++i) {
            out += i == 0 ? "" : "," + space();
            out += "\"" + std::to_string(i) + string().substr(1) + space() + ":" + space() +
                   value(depth) + space();
        }
        return out + "}";
    }
    std::mt19937& random() { return m_random; }

  private:
    std::string value(int depth) {
        switch (m_random() % (depth < 2 ? 9 : 6)) {
            case 0:
                return "null";
            case 1:
                return "true";
            case 2:
                return "false";
            case 3:
                return number();
            case 6:
                return object(depth + 1);
            case 7:
                return array(depth);
            default:
                return string();
        }
    }
    std::string array(int depth) {
        std::string out = "[" + space();
        for (std::size_t i = 0, count = m_random() % 6; i < count; ++i)
            out += (i == 0 ? "" : ",") + space() + value(depth + 1) + space();
        return out + "]";
    }
    std::string number() {
        static constexpr std::array kNumbers{
            "0", "-0", "12", "-7.5", "1e9", "1E+2", "0.0e-300", "1e400", "123456789012345678901"};
        return kNumbers[m_random() % kNumbers.size()];
    }
    std::string string() {
        static constexpr std::array kPieces{
            "a",       "é",    "漢",   "😀",
            "\\n",     "\\\"", "\\\\", "\\/",
            "]",       "{",    ",",    "\\ud83d\\ude00",
            "\\u0000", ":",    " ",    "long enough to leave the fast path"};
        std::string out = "\"";
        for (std::size_t i = 0, count = m_random() % 5; i < count; ++i)
            out += kPieces[m_random() % kPieces.size()];
        return out + "\"";
    }
    std::string space() {
        static constexpr std::array kSpaces{"", "", " ", "\n\t", "\r\n  "};
        return kSpaces[m_random() % kSpaces.size()];
    }

    std::mt19937 m_random;
};

void addTexts(const std::vector<std::string>& texts) {
    QTest::addColumn<QByteArray>("text");
    for (const std::string& text : texts) {
        const auto bytes = QByteArray::fromStdString(text);
        QTest::newRow(bytes.left(60).toPercentEncoding(" {}[]\":,\\").constData()) << bytes;
    }
}

}  // namespace

class TestJsonScan final : public QObject {
    Q_OBJECT

  private slots:
    void acceptsWhatIsJson_data() {
        addTexts({"{}",
                  " {\r\n\t} ",
                  "{\"\":0}",
                  "{\"a\":-0}",
                  "{\"a\":0.0}",
                  "{\"a\":1e5}",
                  "{\"a\":1E+05}",
                  "{\"a\":-1.25e-7}",
                  "{\"a\":123456789012345678901234567890}",
                  "{\"a\":1e9999}",
                  "{\"a\":\"\"}",
                  "{\"a\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\"}",
                  "{\"a\":\"\\ud83d\\ude00 \\udead \\uD83D\"}",
                  "{\"a\":\"\x7f\xc3\xa9\xf0\x9f\x98\x80\"}",
                  "{\"a\":[1,[2,[]],{}]}",
                  "{\"a\":{\"a\":{\"a\":1}}}",
                  "{\"a\":true,\"A\":false}",
                  "{\"a\" : [ 1 , 2 ] , \"b\" : null }",
                  "{\"a\":\"\xef\xbb\xbf\"}",
                  nested(gr::json::kMaxDepth),
                  keys(200, "\"last\"")});
    }
    void acceptsWhatIsJson() {
        QFETCH(QByteArray, text);
        const auto scanned = scanObject({text.data(), static_cast<std::size_t>(text.size())});
        QVERIFY2(scanned, scanned ? "" : scanned.error().message.text.c_str());
    }

    void refusesWhatIsNot_data() {
        addTexts({"",
                  " ",
                  "null",
                  "[]",
                  "1",
                  "\"a\"",
                  "{",
                  "}",
                  "{]",
                  "{\"a\"}",
                  "{\"a\":}",
                  "{\"a\":1,}",
                  "{,\"a\":1}",
                  "{\"a\":1 \"b\":2}",
                  "{\"a\" 1}",
                  "{a:1}",
                  "{'a':1}",
                  "{\"a\":1}{}",
                  "{\"a\":1}x",
                  "{}\xef\xbb\xbf",
                  "\xef\xbb\xbf{}",
                  "{\"a\":[1,]}",
                  "{\"a\":[,1]}",
                  "{\"a\":[1 2]}",
                  "{\"a\":[1}}",
                  "{\"a\":[1",
                  "{\"a\":01}",
                  "{\"a\":+1}",
                  "{\"a\":.5}",
                  "{\"a\":1.}",
                  "{\"a\":1.e2}",
                  "{\"a\":1e}",
                  "{\"a\":1e+}",
                  "{\"a\":-}",
                  "{\"a\":-a}",
                  "{\"a\":0x10}",
                  "{\"a\":00}",
                  "{\"a\":NaN}",
                  "{\"a\":Infinity}",
                  "{\"a\":-Infinity}",
                  "{\"a\":True}",
                  "{\"a\":tru}",
                  "{\"a\":nulll}",
                  "{\"a\":\"}",
                  "{\"a\":\"\\\"}",
                  "{\"a\":\"\\x\"}",
                  "{\"a\":\"\\u12\"}",
                  "{\"a\":\"\\u12g4\"}",
                  "{\"a\":\"\\U0041\"}",
                  "{\"a\":\"\n\"}",
                  "{\"a\":\"\t\"}",
                  std::string("{\"a\":\"\0\"}", 9),
                  std::string("{\"a\":\"\\\0\"}", 10),
                  std::string("{}\0", 3),
                  "{\"a\":1/**/}",
                  "{\"a\":\"\x80\"}",
                  "{\"a\":\"\xc3\"}",
                  "{\"a\":\"\xc0\xaf\"}",
                  "{\"a\":\"\xe0\x80\xaf\"}",
                  "{\"a\":\"\xed\xa0\x80\"}",
                  "{\"a\":\"\xf4\x90\x80\x80\"}",
                  "{\"a\":\"\xf8\x88\x80\x80\x80\"}",
                  "{\"a\xff\":1}",
                  "{\"a\":\xa0 1}",
                  "{\"a\":1\xc2\xa0}",
                  "{\f}",
                  nested(gr::json::kMaxDepth + 1),
                  nested(100'000),
                  "{\"a\":" + std::string(100'000, '[')});
    }
    void refusesWhatIsNot() {
        QFETCH(QByteArray, text);
        const auto scanned = scanObject({text.data(), static_cast<std::size_t>(text.size())});
        QVERIFY(!scanned);
        QCOMPARE(scanned.error().code, ErrorCode::InvalidJson);
        QVERIFY(scanned.error().message.text.starts_with("The body "));
    }

    void refusesAKeyThatStandsTwice_data() {
        addTexts(
            {"{\"a\":1,\"a\":1}", "{\"model\":1,\"mod\\u0065l\":2}", "{\"\\u0061\":1,\"a\":2}",
             "{\"a\":1,\"b\":2,\"c\":3,\"a\":4}", "{\"x\":{\"a\":1,\"a\":2}}",
             "{\"x\":[{\"y\":[{\"a\":1,\"\\u0061\":2}]}]}", "{\"\":1,\"\":2}",
             "{\"\\/\":1,\"/\":2}", "{\"é\":1,\"\\u00e9\":2}", "{\"😀\":1,\"\\ud83d\\ude00\":2}",
             "{\"\\ud800\":1,\"\\udfff\":2}",  // both unreadable: nobody knows how they compare
             keys(24, "\"k3\""), keys(25, "\"k3\""), keys(26, "\"k0\""), keys(26, "\"\\u006b24\""),
             keys(300, "\"k\\u0032\""), keys(300, "\"k298\""),
             "{\"x\":" + keys(90, "\"k7\"") + "}"});
    }
    void refusesAKeyThatStandsTwice() {
        QFETCH(QByteArray, text);
        const auto scanned = scanObject(text.toStdString());
        QVERIFY(!scanned);
        QCOMPARE(scanned.error().code, ErrorCode::DuplicateKey);
    }

    void theSameKeyMayStandInDifferentObjects() {
        const std::string many = keys(40, "\"k\"");
        for (const std::string& text :
             {std::string("{\"a\":{\"a\":{\"a\":1}},\"b\":{\"a\":1}}"),
              "{\"k\":[" + many + "," + many + "]}", "{\"k1\":" + many + ",\"k2\":" + many + "}"})
            QVERIFY2(scanObject(text), text.c_str());
    }

    void spansAreExact() {
        const std::string text = " { \"a\" :\t1.50 ,\n\"b\\u0062\": [1, \"]\"] , \"c\":\"x\\\"\"}";
        const auto object = scanObject(text);
        QVERIFY(object);
        QCOMPARE(object->members.size(), std::size_t(3));
        const auto& [a, b, c] =
            std::tie(object->members[0], object->members[1], object->members[2]);
        QCOMPARE(object->raw(a), std::string_view("1.50"));
        QCOMPARE(object->raw(b), std::string_view("[1, \"]\"]"));
        QCOMPARE(object->raw(c), std::string_view("\"x\\\"\""));
        QCOMPARE(b.key, std::string_view("bb"));
        QCOMPARE(text.substr(a.keyBegin, 3), std::string("\"a\""));
        QCOMPARE(text[b.keyBegin], '"');
        QCOMPARE(a.type, gr::json::Type::Number);
        QCOMPARE(b.type, gr::json::Type::Array);
        QCOMPARE(c.type, gr::json::Type::String);
        QCOMPARE(object->find("bb"), &object->members[1]);
        QVERIFY(object->find("b\\u0062") == nullptr);
    }

    void errorsTellWhere() {
        const auto scanned = scanObject("{\"a\": tru}");
        QVERIFY(!scanned);
        QVERIFY(scanned.error().message.text.find("(at byte 6)") != std::string::npos);
    }

    void unescapes_data() {
        QTest::addColumn<QByteArray>("raw");
        QTest::addColumn<QByteArray>("text");
        const QByteArray lone = "\xef\xbf\xbd";
        QTest::newRow("empty") << QByteArray("\"\"") << QByteArray("");
        QTest::newRow("all") << QByteArray("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"")
                             << QByteArray("\"\\/\b\f\n\r\t");
        QTest::newRow("widths") << QByteArray("\"\\u0041\\u00e9\\u6f22\"") << QByteArray("Aé漢");
        QTest::newRow("zero") << QByteArray("\"a\\u0000b\"") << QByteArray("a\0b", 3);
        QTest::newRow("pair") << QByteArray("\"\\uD83D\\ude00\"") << QByteArray("😀");
        QTest::newRow("high") << QByteArray("\"\\ud83d\"") << lone;
        QTest::newRow("low") << QByteArray("\"\\ude00x\"") << QByteArray(lone + "x");
        QTest::newRow("two highs")
            << QByteArray("\"\\ud83d\\ud83d\\ude00\"") << QByteArray(lone + "😀");
        QTest::newRow("high, other") << QByteArray("\"\\ud83d\\u0041\"") << QByteArray(lone + "A");
        QTest::newRow("high, escape") << QByteArray("\"\\ud83d\\n\"") << QByteArray(lone + "\n");
        QTest::newRow("backslash, u") << QByteArray("\"\\\\u0041\"") << QByteArray("\\u0041");
        QTest::newRow("long") << QByteArray("\"0123456789012345\\n0123456789012345\"")
                              << QByteArray("0123456789012345\n0123456789012345");
    }
    void unescapes() {
        QFETCH(QByteArray, raw);
        QFETCH(QByteArray, text);
        QCOMPARE(QByteArray::fromStdString(unescape(raw.toStdString())), text);
    }

    void givesTheElementsOfArrays() {
        using Spans = std::vector<std::string_view>;
        QCOMPARE(elementsIn("[]"), Spans());
        QCOMPARE(elementsIn("[ \n ]"), Spans());
        QCOMPARE(elementsIn("{\"a\":1}"), Spans());
        QCOMPARE(elementsIn("[1]"), Spans{"1"});
        QCOMPARE(elementsIn("[ 1 ,\n-2.5e3\t, null,true ]"),
                 (Spans{"1", "-2.5e3", "null", "true"}));
        QCOMPARE(elementsIn("[\"a,b\",\"]\",\"[{\\\"\",  \"\\\\\" ,\"\\\\\\\"]\"]"),
                 (Spans{"\"a,b\"", "\"]\"", "\"[{\\\"\"", "\"\\\\\"", "\"\\\\\\\"]\""}));
        QCOMPARE(elementsIn("[[1,[2,\"]\"]],{\"a\":[3,4],\"}\":\"{\"} , [] , {} ]"),
                 (Spans{"[1,[2,\"]\"]]", "{\"a\":[3,4],\"}\":\"{\"}", "[]", "{}"}));
    }

    void readsIntegers() {
        QCOMPARE(integerIn("0"), std::optional<std::int64_t>(0));
        QCOMPARE(integerIn("-12"), std::optional<std::int64_t>(-12));
        QCOMPARE(integerIn("9223372036854775807"),
                 std::optional(std::numeric_limits<std::int64_t>::max()));
        for (const char* text :
             {"", "9223372036854775808", "1.0", "1e3", "-", "true", "\"1\"", " 1"})
            QVERIFY2(!integerIn(text), text);
    }

    void everySpanParsesAgain() {
        Documents documents(11);
        for (int round = 0; round < 300; ++round) {
            const std::string text = documents.object(0);
            const auto object = scanObject(text);
            QVERIFY2(object, text.c_str());
            std::size_t behind = 0;
            for (const auto& member : object->members) {
                QVERIFY(member.keyBegin > behind && member.valueBegin > member.keyBegin);
                behind = member.valueEnd;
                const std::string raw(object->raw(member));
                QVERIFY2(scanObject("{\"v\":" + raw + "}"), raw.c_str());
                QCOMPARE(objectIn(raw).has_value(), raw.starts_with('{'));
                for (const std::string_view element : elementsIn(raw))
                    QVERIFY2(scanObject("{\"v\":" + std::string(element) + "}"), raw.c_str());
            }
        }
    }

    void flippedBytesGiveAnAnswer() {
        Documents documents(13);
        auto& random = documents.random();
        int accepted = 0;
        for (int round = 0; round < 20'000; ++round) {
            static std::string source;
            if (round % 100 == 0)
                source = documents.object(1);
            std::string text = source;
            for (int flips = 0; flips < 1 + round % 3; ++flips)
                text[random() % text.size()] = static_cast<char>(random());
            // A copy of its own size: reading past the end shows under the sanitizer.
            const std::vector<char> exact(text.begin(), text.end());
            const auto object = scanObject({exact.data(), exact.size()});
            if (!object)
                continue;
            ++accepted;
            for (const auto& member : object->members) {
                if (member.type == gr::json::Type::String)
                    unescape(object->raw(member));
                elementsIn(object->raw(member));
            }
        }
        QVERIFY(accepted > 0 && accepted < 20'000);
    }
};

QTEST_APPLESS_MAIN(TestJsonScan)
#include "test_json_scan.moc"
