// SPDX-License-Identifier: MIT
#include <QtTest>
#include <map>

#include "http/inflate.h"
#include "http/message.h"
#include "http/origin.h"
#include "http/proxy.h"
#include "support/gzip.h"

using namespace gr;
using namespace gr::http;
using gr::test::gzipped;

namespace {

Origin origin(std::string_view url) {
    return Origin::of(*Url::parse(url));
}

// Which proxy a table made of these variables has for `url`: its host, or "-".
std::string through(const std::map<std::string, std::string>& variables, std::string_view url) {
    const auto table = ProxyTable::read([&variables](const char* name) {
        const auto it = variables.find(name);
        return it == variables.end() ? std::string() : it->second;
    });
    if (!table)
        return "refused: " + table.error().message.text;
    const Proxy* proxy = table->forOrigin(origin(url));
    return proxy != nullptr ? proxy->host : "-";
}

// Unpacked in pieces of `most` bytes, until it is whole or refused.
Result<std::string> gunzip(std::string_view packed, std::size_t maxSize,
                           std::size_t most = 16'384) {
    Gunzip gunzip(packed, maxSize);
    for (;;) {
        const std::size_t before = gunzip.text().size();
        const auto whole = gunzip.more(most);
        if (!whole)
            return fail(whole.error());
        if (gunzip.text().size() > before + most)
            return fail(ErrorCode::Internal, "more than was asked for");
        if (*whole)
            return std::string(gunzip.text());
        if (gunzip.text().size() == before)
            return fail(ErrorCode::Internal, "neither whole nor more");
    }
}

}  // namespace

class TestHttpMisc final : public QObject {
    Q_OBJECT

  private slots:
    void theMediaTypeOfAHead() {
        const auto isJson = [](std::vector<std::string_view> types) {
            Fields fields;
            for (const std::string_view type : types)
                fields.add("content-type", type);
            return hasMediaType(fields, "application/json");
        };
        for (const char* type : {"application/json", "Application/JSON", " application/json\t",
                                 "application/json;charset=utf-8", "application/json ; x=\";\""})
            QVERIFY2(isJson({type}), type);
        for (const char* type : {"", ";", "application/jsonl", "application/json, text/plain",
                                 "text/plain; a=application/json", "json"})
            QVERIFY2(!isJson({type}), type);
        QVERIFY(!isJson({}));
        QVERIFY(!isJson({"text/plain", "application/json"}));
    }

    void originsAreWrittenForTheWire() {
        QCOMPARE(origin("https://api.example.com/v1").hostHeader(), std::string("api.example.com"));
        QCOMPARE(origin("http://a:80").hostHeader(), std::string("a"));
        QCOMPARE(origin("http://a:443").hostHeader(), std::string("a:443"));
        QCOMPARE(origin("https://a:80").hostHeader(), std::string("a:80"));
        QCOMPARE(origin("http://[::1]:8080").hostHeader(), std::string("[::1]:8080"));
        QCOMPARE(origin("https://[2001:db8::1]").hostHeader(), std::string("[2001:db8::1]"));
        QCOMPARE(origin("https://[2001:db8::1]").hostAndPort(), std::string("[2001:db8::1]:443"));
        QVERIFY(origin("http://a") != origin("https://a:80"));
        QVERIFY(origin("http://LOCALHOST:1").isLoopback() && origin("http://[::1]").isLoopback());
        QVERIFY(!origin("http://localhost.example.com").isLoopback());
    }

    void hostHeadersAreTakenApart_data() {
        QTest::addColumn<QByteArray>("header");
        QTest::addColumn<QByteArray>("host");  // null when malformed
        const auto row = [](const char* header, const char* host) {
            QTest::newRow(*header ? header : "empty") << QByteArray(header) << QByteArray(host);
        };
        row("a", "a");
        row("a.b:80", "a.b");
        row(" a:1 ", "a");
        row("127.0.0.1:65535", "127.0.0.1");
        row("[::1]", "::1");
        row("[::1]:4402", "::1");
        for (const char* header : {"",      " ",   ":80",  "a:",   "a:b",    "a:65536", "a:-1",
                                   "a:1:2", "::1", "[::1", "[]",   "[::1]x", "[::1]:",  "user@a",
                                   "a/b",   "a?b", "a#b",  "a\\b", "a b",    "http://a"})
            row(header, nullptr);
    }
    void hostHeadersAreTakenApart() {
        QFETCH(QByteArray, header);
        QFETCH(QByteArray, host);
        const std::string text = header.toStdString();
        const auto found = hostOf(text);
        QCOMPARE(found.has_value(), !host.isNull());
        if (found)
            QCOMPARE(QByteArray::fromStdString(std::string(*found)), host);
    }

    void readsProxyAddresses() {
        const auto full = parseProxy("socks5://us%40er:p%3Aw@proxy.test:1081");
        QVERIFY(full);
        QCOMPARE(full->kind, Proxy::Kind::Socks5);
        QCOMPARE(full->user, std::string("us@er"));
        QCOMPARE(full->password, std::string("p:w"));
        QCOMPARE(full->host, std::string("proxy.test"));
        QCOMPARE(full->port, std::uint16_t(1081));
        const auto port = [](std::string_view text) {
            const auto proxy = parseProxy(text);
            return proxy ? int(proxy->port) : -1;
        };
        QCOMPARE(port("http://proxy.test:3129"), 3129);
        QCOMPARE(port("http://proxy.test:3129/"), 3129);
        QCOMPARE(port("http://proxy.test:80"), 80);
        QCOMPARE(port("proxy.test:8080"), 8080);
        QCOMPARE(port("proxy.test"), 3128);
        QCOMPARE(port("socks5h://proxy.test"), 1080);
        QCOMPARE(port("SOCKS5://[::1]:9050"), 9050);
        QCOMPARE(parseProxy("http://user@proxy.test:1")->user, std::string("user"));
        QCOMPARE(parseProxy("http://a:b@c@proxy.test:1")->password, std::string("b@c"));
        QCOMPARE(parseProxy("http://100%:%zz@proxy.test:1")->password, std::string("%zz"));
        for (const char* text : {"", "https://proxy.test:1", "ftp://proxy.test", "socks4://a:1",
                                 "http://", "http://a:0", "http://a:65536", "http://a:x",
                                 "http://a/path", "http://a b", "http://a?b"})
            QVERIFY2(!parseProxy(text), text);
    }

    void theEnvironmentTellsTheProxy() {
        QCOMPARE(through({}, "https://api.test"), std::string("-"));
        const std::map<std::string, std::string> both{{"HTTP_PROXY", "http://plain:1"},
                                                      {"HTTPS_PROXY", "http://tls:1"}};
        QCOMPARE(through(both, "http://api.test"), std::string("plain"));
        QCOMPARE(through(both, "https://api.test"), std::string("tls"));
        QCOMPARE(through({{"ALL_PROXY", "socks5://all"}}, "http://api.test"), std::string("all"));
        QCOMPARE(through({{"all_proxy", "all:1"}, {"https_proxy", "tls:1"}}, "https://api.test"),
                 std::string("tls"));
        QCOMPARE(
            through({{"https_proxy", "lower:1"}, {"HTTPS_PROXY", "upper:1"}}, "https://api.test"),
            std::string("lower"));
    }

    void loopbackIsNeverProxied() {
        const std::map<std::string, std::string> all{{"ALL_PROXY", "all:1"}};
        for (const char* url : {"http://127.0.0.1:1", "http://localhost:1", "https://[::1]:1",
                                "http://127.9.9.9", "http://a.localhost"})
            QCOMPARE(through(all, url), std::string("-"));
        QCOMPARE(through(all, "http://128.0.0.1"), std::string("all"));
    }

    void noProxyNamesExceptions_data() {
        QTest::addColumn<QByteArray>("list");
        QTest::addColumn<QByteArray>("url");
        QTest::addColumn<bool>("direct");
        const auto row = [](const char* list, const char* url, bool direct) {
            QTest::addRow("%s for %s", list, url) << QByteArray(list) << QByteArray(url) << direct;
        };
        row("*", "https://api.test", true);
        row("api.test", "https://api.test", true);
        row("API.test", "https://api.TEST", true);
        row("test", "https://api.test", true);
        row(".test", "https://api.test", true);
        row(".api.test", "https://api.test", true);
        row("pi.test", "https://api.test", false);
        row("x.api.test", "https://api.test", false);
        row("other.test, api.test ,", "https://api.test", true);
        row("api.test:443", "https://api.test", true);
        row("api.test:443", "https://api.test:8443", false);
        row("api.test:x", "https://api.test", false);
        row(",, ,", "https://api.test", false);
        row("10.0.0.1", "https://10.0.0.1", true);
        row("2001:db8::1", "https://[2001:db8::1]", true);
    }
    void noProxyNamesExceptions() {
        QFETCH(QByteArray, list);
        QFETCH(QByteArray, url);
        QFETCH(bool, direct);
        for (const char* name : {"NO_PROXY", "no_proxy"}) {
            const std::string found =
                through({{"ALL_PROXY", "all:1"}, {name, list.toStdString()}}, url.toStdString());
            QCOMPARE(found, std::string(direct ? "-" : "all"));
        }
    }

    void aWrongProxyIsNamedWithoutItsPassword() {
        const std::string text = through({{"HTTPS_PROXY", "https://me:canary@proxy"}}, "http://a");
        QVERIFY(text.starts_with("refused: "));
        QVERIFY(text.find("HTTPS_PROXY") != std::string::npos);
        QVERIFY(text.find("canary") == std::string::npos);
    }

    void unpacksGzip() {
        for (const std::size_t size : {0UL, 1UL, 16'384UL, 1'000'000UL}) {
            std::string text;
            for (std::size_t i = 0; text.size() < size; ++i)
                text += std::to_string(i * 2654435761U);
            text.resize(size);
            for (const std::size_t most :
                 {7UL, 1'000UL, 16'384UL, 999'999UL, 1'000'000UL, size + 1}) {
                if (size / most > 100'000)
                    continue;
                const auto out = gunzip(gzipped(text), 1'000'000, most);
                QVERIFY(out);
                QVERIFY(*out == text);
            }
        }
    }

    void refusesGzipThatGrowsTooLarge() {
        const std::string packed = gzipped(std::string(10'000, 'a'));
        for (const std::size_t most : {1UL, 100UL, 9'999UL, 10'000UL, 10'001UL, 20'000UL}) {
            QVERIFY(gunzip(packed, 10'000, most));
            QCOMPARE(gunzip(packed, 9'999, most).error().code, ErrorCode::BodyTooLarge);
        }
        const std::string bomb = gzipped(std::string(50'000'000, '\0'));
        QVERIFY(bomb.size() < 100'000);
        QCOMPARE(gunzip(bomb, 1'000'000).error().code, ErrorCode::BodyTooLarge);
    }

    void refusesDamagedGzip() {
        const std::string text = "The quick brown fox jumps over the lazy dog.";
        const std::string packed = gzipped(text);
        for (std::size_t cut = 0; cut < packed.size(); ++cut) {
            const auto out = gunzip(packed.substr(0, cut), 1000);
            QVERIFY(!out);
            QCOMPARE(out.error().code, ErrorCode::BadRequest);
        }
        int refused = 0;
        for (std::size_t at = 10; at < packed.size(); ++at) {  // behind the header, all is checked
            std::string broken = packed;
            broken[at] = static_cast<char>(broken[at] ^ 0x10);
            const auto out = gunzip(broken, 1000);
            refused += out ? 0 : 1;
            // But for the padding behind the last block, which means nothing.
            QVERIFY2(!out || *out == text, std::to_string(at).c_str());
        }
        QVERIFY(refused >= int(packed.size()) - 11);
        QVERIFY(!gunzip(packed + "x", 1000));
        QVERIFY(!gunzip("{\"model\":\"m\"}", 1000));
    }

    void writesHeadsOfAnswers() {
        const auto responseHead = [](int status, const HeaderLines& headers, BodyFraming framing,
                                     std::uint64_t length, bool keepAlive) {
            std::string text = "left over from the answer before";
            writeResponseHead(text, status, headers, framing, length, keepAlive);
            return text;
        };
        const HeaderLines headers{{"Content-Type", "a/b"}};
        QCOMPARE(responseHead(200, headers, BodyFraming::Length, 12, true),
                 std::string("HTTP/1.1 200 OK\r\nContent-Type: a/b\r\nContent-Length: 12\r\n\r\n"));
        QCOMPARE(responseHead(429, {}, BodyFraming::Chunked, 0, false),
                 std::string("HTTP/1.1 429 Too Many Requests\r\nTransfer-Encoding: chunked\r\n"
                             "Connection: close\r\n\r\n"));
        QCOMPARE(responseHead(204, {}, BodyFraming::Length, 0, true),
                 std::string("HTTP/1.1 204 No Content\r\n\r\n"));
        QCOMPARE(responseHead(299, {}, BodyFraming::UntilClose, 0, false),
                 std::string("HTTP/1.1 299 Unknown\r\nConnection: close\r\n\r\n"));
    }

    void fieldsAreFoundWhateverTheirCase() {
        Fields fields;
        fields.add("Content-Type", "a");
        fields.add("X-A", "1");
        fields.add("x-a", "2");
        QCOMPARE(*fields.find("CONTENT-TYPE"), std::string_view("a"));
        QCOMPARE(*fields.find("x-A"), std::string_view("1"));
        QCOMPARE(fields.count("X-A"), std::size_t(2));
        QVERIFY(!fields.find("X") && fields.count("X-A ") == 0);
    }
};

QTEST_APPLESS_MAIN(TestHttpMisc)
#include "test_http_misc.moc"
