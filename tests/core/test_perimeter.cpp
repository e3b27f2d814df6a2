// SPDX-License-Identifier: MIT
#include <QtTest>

#include "gateway/perimeter.h"
#include "http/parser.h"

using namespace gr;
using namespace gr::gateway;

namespace {

// A head as it comes from the wire: `lines` are whole header lines.
http::RequestHead& head(const std::string& lines, const std::string& path = "/v1/models") {
    static http::RequestHead parsed;  // kept: what authenticate() gives does not point into it
    http::RequestParser parser;
    const auto size = parser.head("GET " + path + " HTTP/1.1\r\n" + lines + "\r\n", parsed);
    if (!size || !*size)
        qFatal("the test's head is malformed");
    return parsed;
}

settings::Listen listen() {
    settings::Listen value;
    value.allowedHosts = {"Gate.Example", "other.example:8443"};
    value.allowedOrigins = {"http://App.example:3000", "null-not"};
    return value;
}

std::string source(const std::string& lines, const std::string& path = "/v1/models") {
    const auto checked = checkSource(head(lines, path), listen());
    return checked ? "in" : std::string(errorInfo(checked.error().code).slug);
}

Policy policy() {
    ClientEntry a;
    a.id = "a";
    a.keyDigest = sha256("gr-key-a");
    ClientEntry b;
    b.id = "b";
    b.keyDigest = sha256("gr-key-b");
    b.expires = UnixMs{1000};
    ClientEntry c;
    c.id = "c";
    c.keyDigest = sha256("gr-key-c");
    c.revoked = UnixMs{1'700'000'000'000};
    Policy value;
    value.clients = {a, b, c};
    return value;
}

std::string client(const std::string& lines, std::int64_t now = 0) {
    const Policy clients = policy();
    const auto entry = authenticate(presentedKey(head(lines).fields), clients, UnixMs{now});
    return entry ? (*entry)->id : std::string(errorInfo(entry.error().code).slug);
}

}  // namespace

class TestPerimeter final : public QObject {
    Q_OBJECT

  private slots:
    // Every route × Host × Origin × Sec-Fetch-Site.
    void webPagesAndReboundNamesStayOutside() {
        const std::vector<std::string> paths{
            "/v1/chat/completions", "/v1/models", "/healthz", "/readyz", "/metrics", "/nothing"};
        const std::vector<std::pair<std::string, std::string>> hosts{
            {"127.0.0.1:4402", "in"},
            {"localhost", "in"},
            {"LOCALHOST:1", "in"},
            {"[::1]:4402", "in"},
            {"app.localhost", "in"},
            {"127.1.2.3", "in"},
            {"gate.example", "in"},
            {"GATE.example:9", "in"},
            {"other.example:8443", "in"},
            {"other.example", "host_refused"},
            {"evil.example", "host_refused"},
            {"localhost.evil.example", "host_refused"},
            {"127.0.0.1.evil.example", "host_refused"},
            {"gate.example.evil", "host_refused"},
            {"0.0.0.0", "host_refused"},
            {"192.168.1.2:4402", "host_refused"},
            {"[::2]", "host_refused"},
            {"2130706433", "host_refused"},
            {"", "bad_request"},
            {"127.0.0.1:x", "bad_request"},
            {"a@127.0.0.1", "bad_request"}};
        const std::vector<std::pair<std::string, std::string>> origins{
            {"", "in"},
            {"http://app.example:3000", "in"},
            {"http://app.example", "origin_refused"},
            {"https://app.example:3000", "origin_refused"},
            {"null", "origin_refused"},
            {"http://127.0.0.1:4402", "origin_refused"},
            {"http://localhost", "origin_refused"},
            {"chrome-extension://abc", "origin_refused"},
            {"https://evil.example", "origin_refused"}};
        const std::vector<std::pair<std::string, std::string>> sites{
            {"", "in"},
            {"none", "in"},
            {"None", "in"},
            {"same-origin", "in"},  // of a page that this machine serves, which has no Origin
            {"same-site", "origin_refused"},
            {"cross-site", "origin_refused"}};
        for (const auto& path : paths) {
            for (const auto& [host, hostVerdict] : hosts) {
                for (const auto& [origin, originVerdict] : origins) {
                    for (const auto& [site, siteVerdict] : sites) {
                        std::string lines = "Host: " + host + "\r\n";
                        if (!origin.empty())
                            lines += "Origin: " + origin + "\r\n";
                        if (!site.empty())
                            lines += "Sec-Fetch-Site: " + site + "\r\n";
                        // A listed origin is a page that may call, from wherever it is.
                        const bool listed = !origin.empty() && originVerdict == "in";
                        const std::string& page =
                            originVerdict != "in" || listed ? originVerdict : siteVerdict;
                        const std::string& expected = hostVerdict != "in" ? hostVerdict : page;
                        const std::string found = source(lines, path);
                        QVERIFY2(found == expected, (path + "\n" + lines + found).c_str());
                    }
                }
            }
        }
    }

    void theRequestLineNamesAPath() {
        for (const char* target : {"http://127.0.0.1/v1/models", "127.0.0.1:80", "*"})
            QCOMPARE(source("Host: localhost\r\n", target), std::string("bad_request"));
    }

    void hostAndOriginStandOnce() {
        QCOMPARE(source(""), std::string("bad_request"));
        QCOMPARE(source("Host: localhost\r\nHost: localhost\r\n"), std::string("bad_request"));
        QCOMPARE(source("Host: localhost\r\nOrigin: http://app.example:3000\r\n"
                        "Origin: http://app.example:3000\r\n"),
                 std::string("bad_request"));
        QCOMPARE(source("Host: localhost\r\nOrigin:\r\n"), std::string("origin_refused"));
    }

    void keysComeInThreeForms_data() {
        QTest::addColumn<QByteArray>("lines");
        QTest::addColumn<QByteArray>("who");
        const auto row = [](const char* lines, const char* who) {
            QTest::newRow(*lines ? lines : "nothing") << QByteArray(lines) << QByteArray(who);
        };
        row("Authorization: Bearer gr-key-a\r\n", "a");
        row("authorization: bearer   gr-key-a \r\n", "a");
        row("x-api-key: gr-key-a\r\n", "a");
        row("X-Goog-Api-Key: gr-key-b\r\n", "b");
        // The first form that is there counts, even when another would do.
        row("x-api-key: gr-key-a\r\nx-goog-api-key: gr-key-b\r\n", "a");
        row("x-api-key: gr-key-a\r\nAuthorization: Bearer gr-key-b\r\n", "b");
        row("x-api-key: gr-key-a\r\nAuthorization: Bearer wrong\r\n", "unauthorized");
        row("x-api-key: gr-key-a\r\nAuthorization: Basic Z3I=\r\n", "unauthorized");
        for (const char* lines :
             {"", "Authorization: gr-key-a\r\n", "Authorization: Bearer\r\n",
              "Authorization: Bearer \r\n", "Authorization: Bearergr-key-a\r\n",
              "Authorization: Bearer gr-key\r\n", "Authorization: Bearer gr-key-a1\r\n",
              "Authorization: Bearer GR-KEY-A\r\n", "Authorization: Bearer gr-key-a, gr-key-a\r\n",
              "x-api-key:\r\n", "x-api-key: Bearer gr-key-a\r\n", "Cookie: key=gr-key-a\r\n",
              "Authorization: Bearer wrong\r\nAuthorization: Bearer gr-key-a\r\n"})
            row(lines, "unauthorized");
    }
    void keysComeInThreeForms() {
        QFETCH(QByteArray, lines);
        QFETCH(QByteArray, who);
        QCOMPARE(QByteArray::fromStdString(client(lines.toStdString())), who);
    }

    void keysInTheAddressAreNoKeys() {
        const Policy clients = policy();
        QVERIFY(
            !authenticate(presentedKey(head("", "/v1/models?key=gr-key-a&api_key=gr-key-a").fields),
                          clients, {}));
    }

    void keysExpire() {
        QCOMPARE(client("x-api-key: gr-key-b\r\n", 999), std::string("b"));
        QCOMPARE(client("x-api-key: gr-key-b\r\n", 1000), std::string("unauthorized"));
        QCOMPARE(client("x-api-key: gr-key-a\r\n", 1000), std::string("a"));
    }

    void refusalsSayWhichKeyAndWhy() {
        const Policy clients = policy();
        const auto why = [&](const char* key) {
            return authenticate(key, clients, UnixMs{1000}).error().message.text;
        };
        QCOMPARE(why("gr-key-b"),
                 std::string("The client key \"b\" expired at 1970-01-01T00:00:01.000Z."));
        QCOMPARE(why("gr-key-c"),
                 std::string("The client key \"c\" was revoked at 2023-11-14T22:13:20.000Z."));
        QCOMPARE(why("gr-key-x"), std::string("This client key is unknown."));
    }

    void withoutClientsNobodyComesIn() {
        const Policy nobody;
        QVERIFY(!authenticate("gr-key-a", nobody, {}));
        QVERIFY(!authenticate("", nobody, {}));
    }

    void refusalsDoNotRepeatTheKey() {
        const Policy clients = policy();
        const auto refused = authenticate("gr-canary", clients, {});
        QVERIFY(!refused);
        QVERIFY(refused.error().message.text.find("gr-canary") == std::string::npos);
        QVERIFY(refused.error().detail.text.find("gr-canary") == std::string::npos);
    }

    void bodiesMustSayThatTheyAreJson() {
        for (const char* type :
             {"application/json", "Application/JSON", "application/json; charset=utf-8",
              "application/json;charset=utf-8", "application/json ;x"})
            QVERIFY2(checkContentType(head("Content-Type: " + std::string(type) + "\r\n")), type);
        // The three types that a web form can send without being asked, and others.
        for (const char* type :
             {"text/plain", "application/x-www-form-urlencoded",
              "multipart/form-data; boundary=application/json", "", "json", "application/jsonx",
              "text/plain; application/json", "application/json, text/plain"})
            QVERIFY2(!checkContentType(head("Content-Type: " + std::string(type) + "\r\n")), type);
        QCOMPARE(checkContentType(head("")).error().code, ErrorCode::UnsupportedMediaType);
    }
};

QTEST_APPLESS_MAIN(TestPerimeter)
#include "test_perimeter.moc"
