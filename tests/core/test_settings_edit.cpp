// SPDX-License-Identifier: MIT
#include <sys/stat.h>

#include <QTemporaryDir>
#include <QtTest>
#include <algorithm>
#include <random>

#include "base/file.h"
#include "settings/settings_edit.h"
#include "settings/settings_file.h"

using gr::ErrorCode;
using gr::catalog::Catalog;
using gr::settings::JsonNode;
using gr::settings::JsonPath;
using gr::settings::SecretRef;
using gr::settings::SettingsEdit;
namespace settings = gr::settings;
namespace fs = std::filesystem;

namespace {

// JSON with single quotes: moc of Qt 6.4 stumbles over raw strings that hold "//".
std::string json(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

QString shown(const std::string& text) {
    return QString::fromStdString(text);
}

// "a/b/0" as a path: numbers are places in lists.
JsonPath pathOf(const QString& text) {
    JsonPath path;
    for (const QString& part : text.split(QLatin1Char('/'))) {
        bool isNumber = false;
        const auto number = part.toUInt(&isNumber);
        if (isNumber)
            path.emplace_back(std::size_t{number});
        else
            path.emplace_back(part.toStdString());
    }
    return path;
}

// The meaning of a document, without its form.
std::string meaning(const JsonNode& node) {
    switch (node.type) {
        case JsonNode::Type::Null:
            return "null";
        case JsonNode::Type::Bool:
            return node.boolean ? "true" : "false";
        case JsonNode::Type::Number:
            return node.text;
        case JsonNode::Type::String:
            return settings::quoteJson(node.text);
        case JsonNode::Type::Array:
        case JsonNode::Type::Object:
            break;
    }
    std::string out = node.isArray() ? "[" : "{";
    for (const JsonNode& item : node.items)
        out += meaning(item) + ",";
    for (const auto& member : node.members)
        out += settings::quoteJson(member.name) + ":" + meaning(member.value) + ",";
    return out + (node.isArray() ? "]" : "}");
}

JsonNode parsed(const std::string& text) {
    auto root = settings::parseJson(text);
    if (!root)
        qFatal("%s: %s", root.error().message.text.c_str(), text.c_str());
    return std::move(*root);
}

// Writes documents with every liberty the reader allows, and comments that number themselves.
class Scribe final {
  public:
    explicit Scribe(std::uint32_t seed) : m_random(seed) {}

    std::string document() { return blanks() + container(0) + blanks(); }
    std::size_t pick(std::size_t below) { return m_random() % below; }

  private:
    std::string blanks() {
        static const std::vector<std::string> kBlanks{"",   "",   "",     " ",
                                                      "  ", "\n", "\n  ", "\n    "};
        std::string out = kBlanks[pick(kBlanks.size())];
        if (pick(6) == 0)
            out += "/* c" + std::to_string(m_comments++) + " */";
        if (pick(8) == 0)
            out += "// c" + std::to_string(m_comments++) + " \" , } */\n";
        if (pick(12) == 0)
            out += "/* c" + std::to_string(m_comments++) + "\n over two lines, // } */";
        return out + kBlanks[pick(kBlanks.size())];
    }
    std::string value(int depth) {
        if (depth < 3 && pick(2) == 0)
            return container(depth + 1);
        static const std::vector<std::string> kScalars{"1",     "-2.50",      "true",       "null",
                                                       "\"x\"", "\"a // b\"", "\"{[,\\\"\""};
        return kScalars[pick(kScalars.size())];
    }
    std::string container(int depth) {
        const bool object = depth == 0 || pick(2) == 0;
        const std::size_t count = pick(4);
        std::string out = (object ? "{" : "[") + blanks();
        for (std::size_t i = 0; i < count; ++i) {
            if (object)
                out += "\"m" + std::to_string(i) + "\"" + blanks() + ":" + blanks();
            out += value(depth) + blanks();
            if (i + 1 < count || pick(4) == 0)
                out += "," + blanks();
        }
        return out + (object ? "}" : "]");
    }

    std::mt19937 m_random;
    int m_comments = 0;
};

// All paths of a document, with those of places that are still free.
void collect(const JsonNode& node, const JsonPath& at, std::vector<JsonPath>& taken,
             std::vector<JsonPath>& open) {
    JsonPath path = at;
    if (node.isObject() || node.isArray()) {
        path.emplace_back();
        if (node.isObject())
            path.back() = std::string("new");
        else
            path.back() = node.items.size();
        open.push_back(path);
    }
    for (std::size_t i = 0; i < node.items.size(); ++i) {
        path.back() = i;
        taken.push_back(path);
        collect(node.items[i], path, taken, open);
    }
    for (const auto& member : node.members) {
        path.back() = member.name;
        taken.push_back(path);
        collect(member.value, path, taken, open);
    }
}

JsonNode* follow(JsonNode& root, const JsonPath& path, std::size_t steps) {
    JsonNode* node = &root;
    for (std::size_t i = 0; i < steps; ++i) {
        if (const auto* place = std::get_if<std::size_t>(&path[i])) {
            node = &node->items[*place];
        } else {
            const auto& name = std::get<std::string>(path[i]);
            node = &std::find_if(node->members.begin(), node->members.end(), [&](const auto& m) {
                        return m.name == name;
                    })->value;
        }
    }
    return node;
}

std::vector<std::string> commentsOf(const std::string& text) {
    std::vector<std::string> out;
    for (std::size_t at = text.find("c"); at != std::string::npos; at = text.find("c", at + 1)) {
        const bool comment =
            at >= 3 && (text.compare(at - 3, 3, "/* ") == 0 || text.compare(at - 3, 3, "// ") == 0);
        if (comment)
            out.push_back(text.substr(at, text.find_first_not_of("0123456789", at + 1) - at));
    }
    return out;
}

}  // namespace

class TestSettingsEdit final : public QObject {
    Q_OBJECT

  private slots:
    void init() {
        m_dir = std::make_unique<QTemporaryDir>();
        m_file = fs::path(m_dir->path().toStdString()) / "folder" / "config.json";
    }

    // A section goes out and comes back in its own bytes.
    void sectionsComeBack() {
        const std::string file =
            json("{\n\t'listen': {},\n\t'routing': { // mine\n\t\t'x': 1 },\n}");
        QVERIFY(fs::create_directories(m_file.parent_path()));
        QVERIFY(gr::replaceFile(m_file, file));
        auto edit = SettingsEdit::open(m_file);
        const std::string section = edit->section("routing");
        QCOMPARE(shown(section), shown(json("{\n\t'routing': { // mine\n\t\t'x': 1 }\n}\n")));
        const auto changed =
            settings::withValue(section, {"routing", "y", "z"}, settings::jsonNumber(2));
        QVERIFY(edit->replaceSection("routing", section, *changed));
        QCOMPARE(shown(edit->text()),
                 shown(json("{\n\t'listen': {},\n\t'routing': { // mine\n\t\t'x': 1,\n\t\t'y': { "
                            "'z': 2 } },\n}")));
        QCOMPARE(edit->replaceSection("routing", section, section).error().code,
                 ErrorCode::ConfigChanged);
        QCOMPARE(edit->replaceSection("routing", *changed, "{").error().code,
                 ErrorCode::ConfigInvalid);
        QVERIFY(edit->replaceSection("routing", *changed, section));
        QCOMPARE(shown(edit->text()), shown(file));
        QVERIFY(edit->replaceSection("routing", section, "{}"));
        QCOMPARE(shown(edit->section("routing")), shown("{}\n"));
        QVERIFY(edit->replaceSection("routing", "{}\n", section));
        QCOMPARE(shown(edit->section("routing")), shown(json("{\n\t'routing': { 'x': 1 }\n}\n")));
    }

    void writesLikeItsNeighbours_data() {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("after");
        const auto row = [](const char* name, const char* before, const char* path,
                            const char* after) {
            QTest::newRow(name) << QString::fromUtf8(before) << QString::fromUtf8(path)
                                << QString::fromUtf8(after);
        };
        row("nothing", "", "a/b", "{\n  'a': { 'b': 7 }\n}\n");
        row("comment only", "// mine", "a", "// mine\n{\n  'a': 7\n}\n");
        row("empty object", "{}", "a", "{\n  'a': 7\n}");
        row("empty with comment", "{ // none yet\n}", "a", "{ // none yet\n  'a': 7\n}");
        row("replace", "{'a':1,'b':2}", "a", "{'a':7,'b':2}");
        row("one line", "{ 'a': 1 }", "b", "{ 'a': 1, 'b': 7 }");
        row("one line, trailing comma", "{ 'a': 1, }", "b", "{ 'a': 1, 'b': 7, }");
        row("lines", "{\n    'a': 1\n}\n", "b", "{\n    'a': 1,\n    'b': 7\n}\n");
        row("lines, trailing comma", "{\n  'a': 1,\n}", "b", "{\n  'a': 1,\n  'b': 7,\n}");
        row("a lone CR ends no comment", "{\n  'a': 1 // one\r, 'c': 2\n}", "b",
            "{\n  'a': 1, // one\r, 'c': 2\n  'b': 7\n}");
        row("blanks behind a comment stay", "{ // none yet  \n}", "a",
            "{ // none yet  \n  'a': 7\n}");
        row("comment stays with its line", "{\n  'a': 1 // one\n}", "b",
            "{\n  'a': 1, // one\n  'b': 7\n}");
        row("two comments", "{\n  'a': 1 /* x */ // one\n}", "b",
            "{\n  'a': 1, /* x */ // one\n  'b': 7\n}");
        row("long comment", "{\n  'a': 1 /* x\n y */\n}", "b",
            "{\n  'a': 1,\n  'b': 7 /* x\n y */\n}");
        row("brace on the last line", "{\n  'a': 1 }", "b", "{\n  'a': 1,\n  'b': 7 }");
        row("windows lines", "{\r\n\t'a': 1\r\n}\r\n", "b/c",
            "{\r\n\t'a': 1,\r\n\t'b': { 'c': 7 }\r\n}\r\n");
        row("list", "{'l': [1, 2]}", "l/2", "{'l': [1, 2, 7]}");
        row("new list", "{ 'a': 1 }", "l/0", "{ 'a': 1, 'l': [ 7 ] }");
        row("deep", "{\n  'a': {\n    'b': {}\n  }\n}", "a/b/c",
            "{\n  'a': {\n    'b': {\n      'c': 7\n    }\n  }\n}");
    }
    void writesLikeItsNeighbours() {
        QFETCH(QString, before);
        QFETCH(QString, path);
        QFETCH(QString, after);
        const auto edited =
            settings::withValue(json(before.toStdString()), pathOf(path), settings::jsonNumber(7));
        QVERIFY(edited);
        QCOMPARE(QString::fromStdString(*edited),
                 QString::fromStdString(json(after.toStdString())));
    }

    void removesWithoutATrace_data() {
        QTest::addColumn<QString>("before");
        QTest::addColumn<QString>("path");
        QTest::addColumn<QString>("after");
        const auto row = [](const char* name, const char* before, const char* path,
                            const char* after) {
            QTest::newRow(name) << QString::fromUtf8(before) << QString::fromUtf8(path)
                                << QString::fromUtf8(after);
        };
        row("first of a line", "{ 'a': 1, 'b': 2 }", "a", "{ 'b': 2 }");
        row("last of a line", "{ 'a': 1, 'b': 2 }", "b", "{ 'a': 1 }");
        row("the only one", "{ 'a': 1 }", "a", "{ }");
        row("a line", "{\n  'a': 1,\n  'b': 2,\n  'c': 3\n}", "b", "{\n  'a': 1,\n  'c': 3\n}");
        row("the last line", "{\n  'a': 1, // one\n  'b': 2\n}", "b", "{\n  'a': 1 // one\n}");
        row("with trailing comma", "{\n  'a': 1,\n  'b': 2,\n}", "b", "{\n  'a': 1,\n}");
        row("a comment of its own stays", "{\n  // two\n  'b': 2 // too\n}", "b",
            "{\n  // two\n // too\n}");
        row("comment before the comma", "{ 'a': 1 /* x */, 'b': 2 }", "a", "{ /* x */ 'b': 2 }");
        row("absent", "{ 'a': 1 }", "b/c", "{ 'a': 1 }");
        row("in a list", "[ 1, 2, 3 ]", "1", "[ 1, 3 ]");
    }
    void removesWithoutATrace() {
        QFETCH(QString, before);
        QFETCH(QString, path);
        QFETCH(QString, after);
        const auto edited = settings::withoutValue(json(before.toStdString()), pathOf(path));
        QVERIFY(edited);
        const auto squeezed = [](QString text) {
            return text.replace(QLatin1String("  //"), QLatin1String(" //"));
        };
        QCOMPARE(squeezed(QString::fromStdString(*edited)),
                 squeezed(QString::fromStdString(json(after.toStdString()))));
    }

    // Over documents of every shape: an edit means what it says, nothing else changes its meaning,
    // and every comment outside of what was removed or replaced survives in its order.
    void anyDocumentKeepsTheRest() {
        int edits = 0;
        for (std::uint32_t seed = 0; seed < 3000; ++seed) {
            Scribe scribe(seed);
            const std::string before = scribe.document();
            JsonNode root = parsed(before);
            std::vector<JsonPath> taken;
            std::vector<JsonPath> open;
            collect(root, {}, taken, open);

            const JsonPath& place = open[scribe.pick(open.size())];
            const auto inserted = settings::withValue(before, place, settings::jsonText("ins"));
            QVERIFY(inserted);
            QCOMPARE(commentsOf(*inserted), commentsOf(before));
            JsonNode expected = root;
            JsonNode* parent = follow(expected, place, place.size() - 1);
            if (parent->isArray())
                parent->items.push_back(settings::jsonText("ins"));
            else
                parent->members.push_back({"new", 0, settings::jsonText("ins")});
            QCOMPARE(meaning(parsed(*inserted)), meaning(expected));
            const auto undone = settings::withoutValue(*inserted, place);
            QCOMPARE(meaning(parsed(*undone)), meaning(root));
            QCOMPARE(commentsOf(*undone), commentsOf(before));
            ++edits;

            if (taken.empty())
                continue;
            const JsonPath& victim = taken[scribe.pick(taken.size())];
            const JsonNode old = *follow(root, victim, victim.size());
            const auto replaced = settings::withValue(before, victim, settings::jsonBool(true));
            QVERIFY(replaced);
            QCOMPARE(*replaced, before.substr(0, old.begin) + "true" + before.substr(old.end));

            const auto removed = settings::withoutValue(before, victim);
            QVERIFY(removed);
            expected = root;
            parent = follow(expected, victim, victim.size() - 1);
            if (parent->isArray())
                parent->items.erase(
                    parent->items.begin() +
                    static_cast<std::ptrdiff_t>(std::get<std::size_t>(victim.back())));
            else
                std::erase_if(parent->members, [&](const auto& m) {
                    return m.name == std::get<std::string>(victim.back());
                });
            QCOMPARE(meaning(parsed(*removed)), meaning(expected));
            edits += 2;
        }
        QVERIFY(edits > 5000);
    }

    // In a document of the usual form, adding and removing again leaves not one byte changed.
    void addingAndRemovingIsNothing_data() {
        QTest::addColumn<QString>("text");
        for (const char* text :
             {"{ 'a': 1 }", "{'a':1}", "{\n  'a': 1\n}\n", "{\n  'a': 1,\n}\n", "{ 'a': 1, }",
              "{\n\t'a': 1 // one\n\t// after\n}\n", "{\r\n  'a': [ 1 ]\r\n}\r\n",
              "// head\n{\n  /* x */ 'z': 0,\n  'a': { 'b': 1 } /* y */ // z\n}\n// tail"})
            QTest::newRow(text) << QString::fromLatin1(text);
    }
    void addingAndRemovingIsNothing() {
        QFETCH(QString, text);
        const std::string before = json(text.toStdString());
        const auto added = settings::withValue(before, {"new", "deep"}, settings::jsonNumber(7));
        QVERIFY(added);
        QVERIFY(*added != before);
        const auto removed = settings::withoutValue(*added, {"new"});
        QCOMPARE(*removed, before);
    }

    void refusesWhatHasNoPlace() {
        const auto seven = settings::jsonNumber(7);
        QCOMPARE(settings::withValue("{", {"a"}, seven).error().code, ErrorCode::ConfigInvalid);
        QCOMPARE(settings::withValue(json("{'a':1}"), {"a", "b"}, seven).error().code,
                 ErrorCode::InvalidField);
        QCOMPARE(settings::withValue(json("{'a':[1]}"), {"a", std::size_t{2}}, seven).error().code,
                 ErrorCode::InvalidField);
        QCOMPARE(settings::withValue(json("{'a':[1]}"), {"a", "b"}, seven).error().code,
                 ErrorCode::InvalidField);
        QCOMPARE(settings::withoutValue("{}", {}).error().code, ErrorCode::InvalidField);
    }

    void editsProviders() {
        const std::string before = json(
            "{\n"
            "  // my servers\n"
            "  'providers': [\n"
            "    { 'id': 'openai', 'keys': [ { 'env': 'K' } ], 'x-note': 'keep me' }, // first\n"
            "    { 'id': 'ollama' }\n"
            "  ],\n"
            "  'unknown': { 'b': 1, 'a': 1.50 }\n"
            "}\n");
        auto edit = start(before);
        settings::Provider groq;
        groq.id = "groq";
        groq.keys = {{SecretRef::Kind::Vault, "provider/groq"}};
        QVERIFY(edit.addProvider(groq));
        QCOMPARE(edit.addProvider(groq).error().code, ErrorCode::InvalidField);
        settings::ProviderPatch patch;
        patch.baseUrl = "https://proxy.example/v1";
        patch.keys.emplace(std::nullopt);
        patch.enabled = false;
        QVERIFY(edit.setProvider("openai", patch));
        QCOMPARE(edit.setProvider("nobody", patch).error().code, ErrorCode::InvalidField);
        QVERIFY(edit.removeProvider("ollama"));
        QCOMPARE(edit.removeProvider("ollama").error().code, ErrorCode::InvalidField);
        QCOMPARE(QString::fromStdString(edit.text()),
                 QString::fromStdString(
                     json("{\n"
                          "  // my servers\n"
                          "  'providers': [\n"
                          "    { 'id': 'openai', 'x-note': 'keep me', 'base_url': "
                          "'https://proxy.example/v1', 'enabled': false }, // first\n"
                          "    { 'id': 'groq', 'keys': [ { 'vault': 'provider/groq' } ] }\n"
                          "  ],\n"
                          "  'unknown': { 'b': 1, 'a': 1.50 }\n"
                          "}\n")));
        patch = {};
        patch.enabled = true;
        patch.baseUrl = "";
        patch.keys.emplace(std::vector<SecretRef>{{SecretRef::Kind::Env, "K"}});
        QVERIFY(edit.setProvider("openai", patch));
        QVERIFY(edit.moveProvider("groq", 0));
        const auto loaded = settings::readSettings(edit.text(), m_catalog);
        QVERIFY(loaded && loaded->usable());
        QCOMPARE(loaded->settings.providers[0].id, std::string("groq"));
        QVERIFY(loaded->settings.providers[1].enabled);
        QVERIFY(loaded->settings.providers[1].baseUrl.empty());
        QCOMPARE(loaded->settings.providers[1].keys->size(), std::size_t(1));
        QVERIFY(edit.moveProvider("groq", 99));
        QVERIFY(edit.text().find("}, // first") != std::string::npos);
    }

    void whatIsWrittenIsRead() {
        auto edit = start("");
        settings::Provider provider;
        provider.id = "mine";
        provider.kind = "openai";
        provider.dialect = "vllm";
        provider.baseUrl = "https://m.example/v1";
        provider.keys = {{SecretRef::Kind::File, "key \"file\""}, {SecretRef::Kind::Keychain, "k"}};
        provider.paysX402 = true;
        provider.enabled = false;
        provider.models = {
            {"big", settings::Price{*gr::Money::parse("1.25"), *gr::Money::parse("10")}, 400'000,
             32'000},
            {"small", {}, {}, {}}};
        settings::Client client;
        client.id = "tools";
        client.keySha256 = std::string(32, '\x5a');
        client.models = {"gpt-*", "auto"};
        client.expires = gr::UnixMs{1'801'396'800'000};
        QVERIFY(edit.addProvider(provider));
        QVERIFY(edit.addClient(client));
        QVERIFY(edit.setListenPort(5005));
        QVERIFY(edit.setListenAddress("::1"));
        QVERIFY(edit.setAllowedHosts({"box.local"}));
        QVERIFY(edit.setAllowedOrigins({"https://app.example"}));
        QVERIFY(edit.setDefaultModel("mine/big"));
        QVERIFY(edit.setAlias("fast one", {"mine/small", "mine/big"}));
        QVERIFY(edit.setAlias("gone", {"x"}));
        QVERIFY(edit.removeAlias("gone"));
        QVERIFY(edit.setClientModels("tools", {"*"}));
        const auto loaded = settings::readSettings(edit.text(), m_catalog);
        QVERIFY(loaded);
        for (const auto& problem : loaded->problems)
            qWarning("%s", toLine(problem).c_str());
        QVERIFY(loaded->problems.empty());
        const settings::Settings& s = loaded->settings;
        const settings::Provider& p = s.providers.at(0);
        QCOMPARE(meaning(toJson(p)), meaning(toJson(provider)));
        QVERIFY(p.paysX402 && !p.enabled && p.models[0].maxOutput == 32'000);
        QCOMPARE(s.clients.at(0).keySha256, client.keySha256);
        QCOMPARE(s.clients[0].expires, client.expires);
        QCOMPARE(s.clients[0].models, std::vector<std::string>{"*"});
        QCOMPARE(s.listen.port, std::uint16_t(5005));
        QCOMPARE(s.listen.address, std::string("::1"));
        QCOMPARE(s.listen.allowedHosts, std::vector<std::string>{"box.local"});
        QCOMPARE(s.routing.defaultModel, std::string("mine/big"));
        QCOMPARE(s.routing.aliases.size(), std::size_t(1));
        QVERIFY(edit.removeClient("tools"));
        QVERIFY(edit.setAllowedHosts({}));
        const auto less = settings::readSettings(edit.text(), m_catalog);
        QVERIFY(less->settings.clients.empty());
        QVERIFY(less->settings.listen.allowedHosts.empty());
    }

    void savesPrivatelyAndUndoes() {
        ::umask(0);
        auto edit = start("");
        QVERIFY(edit.setListenPort(5000));
        QVERIFY(edit.save(m_catalog));
        ::umask(022);
        struct stat info {};
        QCOMPARE(::stat(m_file.c_str(), &info), 0);
        QCOMPARE(info.st_mode & 0777, mode_t(0600));
        QCOMPARE(::stat(m_file.parent_path().c_str(), &info), 0);
        QCOMPARE(info.st_mode & 0777, mode_t(0700));
        const std::string before = edit.text();
        QVERIFY(edit.setListenPort(6000));
        QVERIFY(edit.save(m_catalog));
        QVERIFY(edit.restore(before));
        QVERIFY(edit.save(m_catalog));
        QCOMPARE(gr::readFile(m_file).value(), before);
        QCOMPARE(edit.restore("{").error().code, ErrorCode::ConfigInvalid);
        QCOMPARE(edit.text(), before);
    }

    void neverOverwritesAnothersChange() {
        auto edit = start("{}");
        QVERIFY(edit.setListenPort(5000));
        QVERIFY(gr::replaceFile(m_file, "{ }"));
        QCOMPARE(edit.save(m_catalog).error().code, ErrorCode::ConfigChanged);
        QCOMPARE(gr::readFile(m_file).value(), std::string("{ }"));
        fs::remove(m_file);
        QCOMPARE(edit.save(m_catalog).error().code, ErrorCode::ConfigChanged);
        auto fresh = SettingsEdit::open(m_file);
        QVERIFY(fresh && fresh->setListenPort(1));
        QVERIFY(gr::replaceFile(m_file, "{}"));
        QCOMPARE(fresh->save(m_catalog).error().code, ErrorCode::ConfigChanged);
    }

    void refusesToBringInErrors() {
        auto edit = start(json("{'listen':{'threads':0}}"));
        settings::Provider provider;
        provider.id = "shop";
        provider.baseUrl = "http://shop.example";
        provider.keys = {{SecretRef::Kind::Env, "K"}};
        QVERIFY(edit.addProvider(provider));
        const auto saved = edit.save(m_catalog);
        QCOMPARE(saved.error().code, ErrorCode::ConfigInvalid);
        QVERIFY(saved.error().message.text.find("$.providers[0].base_url") != std::string::npos);
        settings::ProviderPatch patch;
        patch.baseUrl = "https://shop.example";
        QVERIFY(edit.setProvider("shop", patch));
        QVERIFY(edit.save(m_catalog));  // the error that was there before may stay
    }

    void refusesWhatItCannotRead() {
        fs::create_directories(m_file.parent_path());
        QVERIFY(gr::replaceFile(m_file, "{ not json"));
        const auto edit = SettingsEdit::open(m_file);
        QVERIFY(!edit);
        QCOMPARE(edit.error().code, ErrorCode::ConfigInvalid);
        QVERIFY(edit.error().message.text.find("line 1") != std::string::npos);
    }

  private:
    // An edit of a file with that content; none for an empty text.
    SettingsEdit start(const std::string& text) {
        if (!text.empty()) {
            fs::create_directories(m_file.parent_path());
            if (!gr::replaceFile(m_file, text))
                qFatal("the test cannot write");
        }
        auto edit = SettingsEdit::open(m_file);
        if (!edit)
            qFatal("%s", edit.error().message.text.c_str());
        return std::move(*edit);
    }

    const Catalog m_catalog = Catalog::embedded();
    std::unique_ptr<QTemporaryDir> m_dir;
    fs::path m_file;
};

QTEST_APPLESS_MAIN(TestSettingsEdit)
#include "test_settings_edit.moc"
