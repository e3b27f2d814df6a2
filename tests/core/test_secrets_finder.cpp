// SPDX-License-Identifier: MIT
#include <QtTest>
#include <algorithm>
#include <string>

#include "routing/secrets_finder.h"

using namespace gr::routing;

namespace {

// Made here, so that nobody's scanner takes this file for a leak.
std::string letters(std::size_t count) {
    constexpr std::string_view kSome = "aB3dE5gH7jK9mN2pQ4rS6tU8vW1xY0z";
    std::string out;
    while (out.size() < count)
        out += kSome[(out.size() * 7 + out.size() / 31) % kSome.size()];
    return out;
}

std::string hex(std::size_t count) {
    std::string out;
    while (out.size() < count)
        out += "0f1e2d3c4b5a69788796a5b4c3d2e1f0"[out.size() % 32];
    return out;
}

std::string capitals(std::size_t count) {
    std::string out;
    while (out.size() < count)
        out += "Q3W7ERT5YUIO2PAS"[out.size() % 16];
    return out;
}

const std::string kPem = "-----BEGIN " + std::string("RSA PRIVATE KEY-----");
const std::string kJwt = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIx" + letters(700) + "." + letters(43);
const std::string kSeed =
    "ripple canal hurdle velvet marble ocean lawsuit tackle orbit jungle pepper";

// Texts with quotes, to be read without backslashes.
std::string quoted(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

std::string jsonOf(const std::string& content) {
    return quoted("{'model':'m','messages':[{'role':'user','content':'") + content + quoted("'}]}");
}

}  // namespace

class TestSecretsFinder final : public QObject {
    Q_OBJECT

  private slots:
    void finds_data() {
        QTest::addColumn<std::string>("text");
        QTest::addColumn<SecretKind>("kind");
        const auto row = [](const char* name, SecretKind kind, const std::string& text) {
            QTest::newRow(name) << text << kind;
        };
        using enum SecretKind;
        row("OpenAI", ApiKey, "key: sk-proj-" + letters(48));
        row("Anthropic", ApiKey, "use (sk-ant-api03-" + letters(90) + "-AA)");
        row("OpenRouter", ApiKey, "sk-or-v1-" + hex(64));
        row("Google", ApiKey, "AIza" + letters(35));
        row("AWS", ApiKey, "id=AKIA" + capitals(16) + ",");
        row("GitHub", ApiKey, "ghp_" + letters(36));
        row("GitHub, fine", ApiKey, "github_pat_" + letters(22) + "_" + letters(59));
        row("GitLab", ApiKey, "glpat-" + letters(20));
        row("Slack", ApiKey, "xoxb-123456789012-" + letters(24));
        row("Stripe", ApiKey, "sk_live_" + letters(24));
        row("SendGrid", ApiKey, "SG." + letters(22) + "." + letters(43));
        row("Telegram", ApiKey, "bot 123456789:" + letters(35));
        row("Hugging Face", ApiKey, "hf_" + letters(34));
        row("our own", ApiKey, "gr-" + letters(43));
        row("JWT with long claims", ApiKey, "token " + kJwt);
        row("bearer", ApiKey, "Authorization: Bearer " + letters(32));
        row("basic", ApiKey, "Authorization: Basic dXNlcjpodW50ZXIy");
        row("among Chinese", ApiKey, "密钥是sk-" + letters(40) + "。");
        row("PEM", PrivateKey, kPem + "\nMIIE" + letters(64) + "\n");
        row("PEM, encrypted", PrivateKey,
            kPem + "\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n" + letters(64));
        row("PEM in one line", PrivateKey, kPem + "\\nMIIE" + letters(64));
        row("URL", Password, "postgres://admin:hunter2@db.internal/app");
        row("environment", Password, "DB_PASSWORD=hunter2!");
        row("YAML", Password, "password: s3cretpw");
        row("JSON", Password, quoted("{'db_password': 'correcthorse'}"));
        row("JSON in JSON", Password, quoted("{\\'password\\':\\'hunter22\\'}"));
        row("a program", Password, quoted("const apiKey = 'abcdef0123456789abcd';"));
        row("option", Password, "mysql --password hunter22 -u root");
        row("XML", Password, "<password>hunter22</password>");
        row("sentence", Password, "My password is Hunter22, please log in.");
        row("German", Password, "Mein Passwort ist hunter22.");
        row("Chinese", Password, "密码：hunter22");
        row("Russian", Password, "пароль: hunter22");
        row("AWS secret", Password, "aws_secret_access_key = " + letters(40));
        row("private key of a chain", Password, "my private key: 0x" + hex(64));
        row("digits alone", Password, "password: 12345678");
        row("card", Card, "4111111111111111");
        row("card in groups", Card, "pay with 5500 0055 5555 5559 please");
        row("card with hyphens", Card, "3782-822463-10005");
        row("IBAN", Account, "DE89370400440532013000");
        row("IBAN in groups", Account, "to GB82 WEST 1234 5698 7654 32, thanks");
        row("IBAN in small letters", Account, "fr1420041010050500013m02606");
        row("e-mail", Email, "write to jane.doe+x@mail.acme.co.uk.");
        row("mnemonic", Mnemonic, "my seed phrase: " + kSeed + " zebra");
        row("escaped", ApiKey, "\\u0073k-proj-" + letters(48));
        row("escaped twice", ApiKey, "\\\\u0073k-proj-" + letters(48));
        row("behind an escaped line end", ApiKey, "a\\nsk-proj-" + letters(48));
    }
    void finds() {
        QFETCH(std::string, text);
        const auto found = findSecret(text);
        QVERIFY(found.has_value());
        QTEST(*found, "kind");
        QVERIFY2(jsonHoldsSecret(jsonOf("x")) == false, "the frame is none");
    }

    void nearMisses_data() {
        QTest::addColumn<std::string>("text");
        const auto row = [](const char* name, const std::string& text) {
            QTest::newRow(name) << text;
        };
        row("class of CSS", "sk-fading-circle-container-large-12");
        row("too short", "sk-" + letters(12));
        row("capitals alone", "AKIAAAAAAAAAAAAAAAAA");
        row("digest", "sha256:" + hex(64));
        row("commit", "fix in " + hex(40));
        row("UUID", "123e4567-e89b-12d3-a456-426614174000");
        row("JWT without a signature", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0");
        row("looking for keys", "if (text.find(\"-----BEGIN PRIVATE KEY-----\") >= 0) return;");
        row("certificate", "-----BEGIN CERTIFICATE-----\nMIIE" + letters(64));
        row("URL without a password", "https://user@example.com/a:b@c");
        row("URL with a stand-in", "postgres://user:password@localhost/db");
        row("URL with a variable", "postgres://user:${PW}@host/db");
        row("variable", "PASSWORD=$DB_PASSWORD");
        row("template", "password: {{ vault.password1 }}");
        row("stand-in", "api_key = \"your-api-key-goes-here-123\"");
        row("stars", "password: ********");
        row("type", "password: string;");
        row("call", "password = getPassword(user1)");
        row("field", "apiKey: process.env.API_KEY_2,");
        row("sentence about passwords", "The password must be long. A password is incorrect.");
        row("limit", "max_tokens: 128000");
        row("working directory", "PWD=/home/me/project1");
        row("card with a wrong digit", "4111111111111112");
        row("number in an identifier", "id_4111111111111111");
        row("fraction", "3.4111111111111111");
        row("time in milliseconds", "1700000000000");
        row("IBAN with a wrong digit", "DE89370400440532013001");
        row("example's e-mail", "user@example.com");
        row("remote", "git@github.com:acme/app.git");
        row("picture", "icon@2x.png");
        row("package", "lodash@4.17.21 and @types/node");
        row("eleven words", kSeed);
        row("sentence of twelve words",
            "people often make small changes while other teams wait for the results");
    }
    void nearMisses() {
        QFETCH(std::string, text);
        const auto found = findSecret(text);
        QVERIFY2(!found, found ? std::to_string(static_cast<int>(*found)).c_str() : "");
        QVERIFY(!bytesHoldSecret(text));
    }

    void whereverItStands_data() {
        QTest::addColumn<std::string>("body");
        QTest::addColumn<bool>("expected");
        const std::string key = "sk-proj-" + letters(48);
        const auto row = [](const char* name, bool is, const std::string& body) {
            QTest::newRow(name) << body << is;
        };
        row("nothing", false, jsonOf("hello"));
        row("last message", true, jsonOf(key));
        row("escaped name of a value", true, jsonOf("\\u0073k-proj-" + letters(48)));
        row("system", true, quoted("{'system':[{'text':'") + key + quoted("'}],'messages':[]}"));
        row("result of a tool", true,
            quoted("{'input':[{'type':'function_call_output','output':'") + key + quoted("'}]}"));
        row("arguments as text", true,
            quoted("{'messages':[{'tool_calls':[{'function':{'arguments':'{\\'password\\':\\'"
                   "hunter22\\'}'}}]}]}"));
        row("arguments as an object", true, quoted("{'args':{'db':{'password':'hunter22'}}}"));
        row("list under a name", true, quoted("{'args':{'passwords':[],'password':['hunter22']}}"));
        row("a name itself", true, "{\"a\":{\"" + key + "\":1}}");
        row("description of a tool", true,
            quoted("{'tools':[{'description':'") + key + quoted("'}]}"));
        row("number", true, quoted("{'args':{'card':4111111111111111}}"));
        row("schema with a password", false,
            quoted("{'properties':{'password':{'type':'string','description':'The password'}}}"));
        row("behind a picture", true,
            quoted("{'image':'data:image/png;base64,") + letters(4'000) + quoted("','text':'") +
                key + "\"}");
        row("inside a picture", false,
            quoted("{'image':'data:image/png;base64,") + letters(4'000) + "\"}");
        row("at the end of a long text", true, jsonOf(std::string(1'000'000, ' ') + key));
        row("too long to be read", true, jsonOf(std::string(kMostSearched, ' ')));
    }
    void whereverItStands() {
        QFETCH(std::string, body);
        QTEST(jsonHoldsSecret(body), "expected");
    }

    void bytesThatAreTooMany() {
        QVERIFY(bytesHoldSecret(std::string(kMostSearched + 1, ' ')));
        QVERIFY(!bytesHoldSecret(std::string(1'000, ' ')));
    }
};

QTEST_APPLESS_MAIN(TestSecretsFinder)
#include "test_secrets_finder.moc"
