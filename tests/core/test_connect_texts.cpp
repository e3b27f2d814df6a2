// SPDX-License-Identifier: MIT
// Configuration files of other programs: what changes, and that nothing else does.
#include <QtTest>
#include <algorithm>

#include "connect/config_text.h"
#include "connect/line_diff.h"
#include "settings/json_edit.h"

using gr::connect::DiffLine;
using gr::connect::Format;
using gr::connect::lineDiff;
using gr::connect::Path;
using gr::connect::valueAt;
using gr::connect::Wish;
using gr::connect::withKeysMasked;
using gr::connect::withWishes;
namespace settings = gr::settings;

Q_DECLARE_METATYPE(Format)

namespace {

// "a/b" as a path.
Path pathOf(const QString& text) {
    Path path;
    for (const QString& step : text.split(QLatin1Char('/')))
        path.push_back(step.toStdString());
    return path;
}

// "a/b=text", "?a=text" and "-a", one a line.
std::vector<Wish> wishesOf(const QString& text) {
    std::vector<Wish> wishes;
    for (QString line : text.split(QLatin1Char('\n'))) {
        Wish wish;
        if (line.startsWith(QLatin1Char('?')))
            wish.kind = Wish::Kind::Default;
        if (line.startsWith(QLatin1Char('-')))
            wish.kind = Wish::Kind::Absent;
        if (wish.kind != Wish::Kind::Must)
            line.remove(0, 1);
        wish.path = pathOf(line.section(QLatin1Char('='), 0, 0));
        wish.value = settings::jsonText(line.section(QLatin1Char('='), 1).toStdString());
        wishes.push_back(std::move(wish));
    }
    return wishes;
}

QString withCrLf(QString text) {
    return text.replace(QLatin1String("\n"), QLatin1String("\r\n"));
}

}  // namespace

class TestConnectTexts final : public QObject {
    Q_OBJECT

  private slots:
    void changes_data();
    void changes();
    void byteOrderMarks();
    void refusals_data();
    void refusals();
    void values_data();
    void values();
    void diffs();
    void masks_data();
    void masks();

  private:
    static void changesOfJson();
    static void changesOfToml();
    static void changesOfYaml();
    static void changesOfEnv();
};

void TestConnectTexts::changesOfJson() {
    const auto row = [](const char* name, const char* before, const char* wishes,
                        const char* after) {
        QTest::addRow("json: %s", name) << Format::Json << QString::fromUtf8(before)
                                        << QString::fromUtf8(wishes) << QString::fromUtf8(after);
    };
    row("missing", "", "env/A=1\nenv/B=2", "{\n  \"env\": { \"A\": \"1\", \"B\": \"2\" }\n}\n");
    row("empty object", "{}\n", "model=m", "{\n  \"model\": \"m\"\n}\n");
    row("a comment stays",
        "{\n    // mine\n    \"env\": {\n        \"A\": \"0\", // old\n    }\n}\n",
        "env/A=1\nenv/B=2",
        "{\n    // mine\n    \"env\": {\n        \"A\": \"1\", // old\n        \"B\": \"2\",\n    "
        "}\n}\n");
    row("said already", "{ \"env\": {\"A\":\"1\"} }", "env/A=1\n?env/A=7",
        "{ \"env\": {\"A\":\"1\"} }");
    row("written in escapes", "{\"A\":\"\\u0031\"}", "A=1", "{\"A\":\"\\u0031\"}");
    row("a default gives way", "{\n  \"A\": 5\n}\n", "?A=1", "{\n  \"A\": 5\n}\n");
    row("taken away", "{\n  \"A\": \"1\",\n  \"B\": \"2\"\n}\n", "-B\n-C",
        "{\n  \"A\": \"1\"\n}\n");
    row("another kind of value", "{ \"A\": null }", "A=1", "{ \"A\": \"1\" }");
}

void TestConnectTexts::changesOfToml() {
    const auto row = [](const char* name, const char* before, const char* wishes,
                        const char* after) {
        QTest::addRow("toml: %s", name) << Format::Toml << QString::fromUtf8(before)
                                        << QString::fromUtf8(wishes) << QString::fromUtf8(after);
    };
    row("missing", "", "model=m\np/g/url=u\np/g/key=k",
        "model = \"m\"\n\n[p.g]\nurl = \"u\"\nkey = \"k\"\n");
    row("root above tables", "[tui]\ntheme = 'x'\n", "model=m\nother=o",
        "model = \"m\"\nother = \"o\"\n\n[tui]\ntheme = 'x'\n");
    row("comment at the top", "# of Ada\n# and Bob\n\n[tui]\nx = 1\n", "model=m",
        "# of Ada\n# and Bob\n\nmodel = \"m\"\n\n[tui]\nx = 1\n");
    row("comment of a table", "# about tui\n[tui]\nx = 1\n", "model=m",
        "model = \"m\"\n\n# about tui\n[tui]\nx = 1\n");
    row("behind the last of the root",
        "a = 1 # one\nb = [\n  \"]\", # no end\n]\n\n[t]\nmodel = 1\n", "model=m",
        "a = 1 # one\nb = [\n  \"]\", # no end\n]\nmodel = \"m\"\n\n[t]\nmodel = 1\n");
    row("in place, comment kept", "model = \"old\"   # mine\n", "model=m",
        "model = \"m\"   # mine\n");
    row("literal says the same", "model = 'm'\n", "model=m", "model = 'm'\n");
    row("dotted says the same", "p.g.url = \"u\"\n", "p/g/url=u", "p.g.url = \"u\"\n");
    row("quoted names", "[\"p\" . 'g']\nurl = \"old\"\n[q]\n", "p/g/url=u\np/g/key=k",
        "[\"p\" . 'g']\nurl = \"u\"\nkey = \"k\"\n[q]\n");
    row("end of its table", "[p.g]\nurl = \"u\"\n\n# next\n[q]\nkey = 1\n", "p/g/key=k",
        "[p.g]\nurl = \"u\"\nkey = \"k\"\n\n# next\n[q]\nkey = 1\n");
    row("no last line end", "[p.g]\nurl = \"u\"", "p/g/key=k", "[p.g]\nurl = \"u\"\nkey = \"k\"\n");
    row("brackets in long texts", "a = \"\"\"\n[p.g]\nurl = \"x\"\n\"\"\"\"\nb = '''\n[z]'''\n",
        "p/g/url=u",
        "a = \"\"\"\n[p.g]\nurl = \"x\"\n\"\"\"\"\nb = '''\n[z]'''\n\n[p.g]\nurl = \"u\"\n");
    row("lists of tables are not ours", "[[p.h]]\nurl = \"1\"\n[[p.h]]\nurl = \"2\"\n", "p/g/url=u",
        "[[p.h]]\nurl = \"1\"\n[[p.h]]\nurl = \"2\"\n\n[p.g]\nurl = \"u\"\n");
}

void TestConnectTexts::changesOfYaml() {
    const auto row = [](const char* name, const char* before, const char* wishes,
                        const char* after) {
        QTest::addRow("yaml: %s", name) << Format::Yaml << QString::fromUtf8(before)
                                        << QString::fromUtf8(wishes) << QString::fromUtf8(after);
    };
    constexpr const char* kItem = "models/*/name=GateRouter\nmodels/*/url=u\n?models/*/roles=r";
    row("missing", "", "?name=me\nmodels/*/name=GateRouter\nmodels/*/url=http://h:1/v1",
        "name: me\nmodels:\n  - name: GateRouter\n    url: http://h:1/v1\n");
    row("in place", "a: 1\nmodel: 'old' # mine\nb:\n  model: other\n", "model=openai/m",
        "a: 1\nmodel: openai/m # mine\nb:\n  model: other\n");
    row("no value yet", "model: # none\nb: 2\n", "model=m", "model: m # none\nb: 2\n");
    row("said already", "model: \"m\"\n", "model=m", "model: \"m\"\n");
    row("quoted where needed", "", "a=true\nb=1.5\nc=x: y\nd=m:8b",
        "a: \"true\"\nb: \"1.5\"\nc: \"x: y\"\nd: m:8b\n");
    row("beside other models",
        "models:\n  # my own\n  - name: Mine\n    url: x\n    list:\n      - name: "
        "GateRouter\n\nrules:\n  - r\n",
        kItem,
        "models:\n  # my own\n  - name: Mine\n    url: x\n    list:\n      - name: GateRouter\n"
        "  - name: GateRouter\n    url: u\n    roles: r\n\nrules:\n  - r\n");
    row("items as far left as their list", "models:\n- url: old\n  name: GateRouter\n- name: B\n",
        kItem, "models:\n- url: u\n  name: GateRouter\n  roles: r\n- name: B\n");
    row("a list as far left as its name",
        "models:\n  - name: GateRouter\n    roles:\n    - chat\n    url: old\n", kItem,
        "models:\n  - name: GateRouter\n    roles:\n    - chat\n    url: u\n");
    row("a dash alone", "models:\n  -\n    name: GateRouter\n    url: old\n", kItem,
        "models:\n  -\n    name: GateRouter\n    url: u\n    roles: r\n");
    row("empty list", "models: [] # none\nz: 1\n", kItem,
        "models: # none\n  - name: GateRouter\n    url: u\n    roles: r\nz: 1\n");
    row("behind a block of text", "---\nprompt: |\n  models:\n\n  - name: GateRouter\nz: 1",
        "model=m", "---\nprompt: |\n  models:\n\n  - name: GateRouter\nz: 1\nmodel: m\n");
}

void TestConnectTexts::changesOfEnv() {
    const auto row = [](const char* name, const char* before, const char* wishes,
                        const char* after) {
        QTest::addRow("env: %s", name) << Format::Env << QString::fromUtf8(before)
                                       << QString::fromUtf8(wishes) << QString::fromUtf8(after);
    };
    row("missing", "", "A=1\nB=2", "A=1\nB=2\n");
    row("in place", "# mine\nexport A=\"old\" # why\n\nB='x'\n", "A=http://h:1",
        "# mine\nexport A=http://h:1 # why\n\nB='x'\n");
    row("said already", "A='1'\nB = \"2\"\n", "A=1\nB=2", "A='1'\nB = \"2\"\n");
    row("twice", "A=0\nB=x\nA=7\n", "A=1", "A=1\nB=x\nA=1\n");
    row("taken away", "A=1\nB=2\nC=3", "-B\n-C", "A=1\n");
    row("no last line end", "A=1", "B=2", "A=1\nB=2\n");
    row("over several lines", "K=\"a\nA=5\n\"\n", "A=1", "K=\"a\nA=5\n\"\nA=1\n");
    row("in quotes where needed", "", "A=a b$c", "A=\"a b\\$c\"\n");
}

void TestConnectTexts::changes_data() {
    QTest::addColumn<Format>("format");
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("wishes");
    QTest::addColumn<QString>("after");
    changesOfJson();
    changesOfToml();
    changesOfYaml();
    changesOfEnv();
}

void TestConnectTexts::changes() {
    QFETCH(Format, format);
    QFETCH(QString, before);
    QFETCH(QString, wishes);
    QFETCH(QString, after);
    const auto list = wishesOf(wishes);
    const auto changed = withWishes(format, before.toStdString(), list);
    QVERIFY2(changed, changed ? "" : changed.error().message.text.c_str());
    QCOMPARE(QString::fromStdString(*changed), after);
    // What is true stays as it is, to the byte.
    const auto again = withWishes(format, *changed, list);
    QVERIFY(again);
    QCOMPARE(QString::fromStdString(*again), after);
    // The same with the line ends of another system; a text without any has none to follow.
    if (before.contains(QLatin1Char('\n'))) {
        const auto other = withWishes(format, withCrLf(before).toStdString(), list);
        QVERIFY(other);
        QCOMPARE(QString::fromStdString(*other), withCrLf(after));
    }
}

void TestConnectTexts::byteOrderMarks() {
    const std::string mark = "\xEF\xBB\xBF";
    for (const Format format : {Format::Json, Format::Toml, Format::Yaml, Format::Env}) {
        const std::string text = format == Format::Json ? "{}\n" : "";
        const auto plain = withWishes(format, text, wishesOf(QStringLiteral("A=1")));
        const auto marked = withWishes(format, mark + text, wishesOf(QStringLiteral("A=1")));
        QVERIFY(plain && marked);
        QVERIFY(*marked == mark + *plain);
        QVERIFY(valueAt(format, *marked, {"A"})->value_or("") == "1");
    }
}

void TestConnectTexts::refusals_data() {
    QTest::addColumn<Format>("format");
    QTest::addColumn<QString>("before");
    QTest::addColumn<QString>("wishes");
    QTest::addColumn<QString>("why");
    const auto row = [](const char* name, Format format, const char* before, const char* wishes,
                        const char* why) {
        QTest::addRow("%s", name) << format << QString::fromUtf8(before)
                                  << QString::fromUtf8(wishes) << QString::fromUtf8(why);
    };
    row("json broken", Format::Json, "{\n  \"a\": \n}\n", "a=1", "line 3");
    row("json list", Format::Json, "[1]", "a=1", "It is a list");
    row("json text on the way", Format::Json, "{\"model\": \"x\"}", "model/name=1", "\"name\"");
    row("json twice", Format::Json, "{\"a\": 1, \"a\": 2}", "a=1", "\"a\" stands twice.");
    row("toml broken", Format::Toml, "a = 1\nb = \"x\n", "a=1", "Line 2");
    row("toml no value", Format::Toml, "a =\n", "b=1", "Line 1");
    row("toml no end", Format::Toml, "a = [1,\n2\n", "b=1", "Line 1");
    row("toml two on a line", Format::Toml, "a = 1 b = 2\n", "b=1", "Line 1");
    row("toml twice", Format::Toml, "a = 1\na = 2\n", "a=1", "\"a\" stands twice.");
    row("toml inline table", Format::Toml, "p = { g = { url = \"x\" } }\n", "p/g/url=u", "\"p\"");
    row("toml dotted table", Format::Toml, "p.g.name = \"x\"\n", "p/g/url=u", "\"p.g\"");
    row("toml list of tables", Format::Toml, "[[p]]\n", "p/g/url=u", "\"p\"");
    row("yaml flow", Format::Yaml, "{a: 1}\n", "b=1", "Line 1");
    row("yaml tab", Format::Yaml, "a:\n\tb: 1\n", "b=1", "Line 2");
    row("yaml two documents", Format::Yaml, "a: 1\n---\nb: 1\n", "b=1", "Line 2");
    row("yaml twice", Format::Yaml, "a: 1\na: 2\n", "a=1", "Line 2");
    row("yaml anchor", Format::Yaml, "models: &m\n  - name: x\n", "models/*/name=GateRouter",
        "\"models\"");
    row("yaml block text", Format::Yaml, "a: |\n  x\n", "a=1", "\"a\"");
    row("yaml over two lines", Format::Yaml, "a: x\n  y\n", "a=1", "\"a\"");
    row("yaml no list", Format::Yaml, "models:\n  x: 1\n", "models/*/name=GateRouter", "Line 2");
    row("env no value", Format::Env, "A=1\nnonsense\n", "A=1", "Line 2");
    row("env open quote", Format::Env, "A=1\nB=\"x\n", "A=1", "Line 2");
}

void TestConnectTexts::refusals() {
    QFETCH(Format, format);
    QFETCH(QString, before);
    QFETCH(QString, wishes);
    QFETCH(QString, why);
    const auto changed = withWishes(format, before.toStdString(), wishesOf(wishes));
    QVERIFY(!changed);
    const QString said = QString::fromStdString(changed.error().message.text);
    QVERIFY2(said.contains(why), qPrintable(said));
    const auto binary = withWishes(format, std::string("a\0b", 3), wishesOf(wishes));
    QVERIFY(!binary);
}

void TestConnectTexts::values_data() {
    QTest::addColumn<Format>("format");
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("path");
    QTest::addColumn<QString>("value");  // null: none
    const auto row = [](Format format, const char* text, const char* path, const QString& value) {
        QTest::addRow("%s in %s", path, qPrintable(QString::fromUtf8(text).simplified()))
            << format << QString::fromUtf8(text) << QString::fromUtf8(path) << value;
    };
    row(Format::Json, "{\"a\": {\"b\": \"x\"}, \"c\": true}", "a/b", QStringLiteral("x"));
    row(Format::Json, "{\"a\": {\"b\": \"x\"}, \"c\": true}", "c", QStringLiteral("true"));
    row(Format::Json, "{\"a\": {\"b\": \"x\"}, \"c\": true}", "a", {});
    row(Format::Toml, "a.\"b c\" = 'x\\' # y", "a/b c", QStringLiteral("x\\"));
    row(Format::Toml, "[a]\nb = \"x\\\"y\"", "a/b", QStringLiteral("x\"y"));
    row(Format::Toml, "[[a]]\nb = \"x\"", "a/b", {});
    row(Format::Yaml, "a: it's # y", "a", QStringLiteral("it's"));
    row(Format::Yaml, "a: 'it''s'", "a", QStringLiteral("it's"));
    row(Format::Yaml, "m:\n- name: GateRouter\n  b: x", "m/*/b", QStringLiteral("x"));
    row(Format::Yaml, "m:\n- name: Other\n  b: x", "m/*/b", {});
    row(Format::Env, "export A='x#y' # z", "A", QStringLiteral("x#y"));
    row(Format::Env, "A=x#y # z", "A", QStringLiteral("x#y"));
    row(Format::Env, "A=", "A", QStringLiteral(""));
}

void TestConnectTexts::values() {
    QFETCH(Format, format);
    QFETCH(QString, text);
    QFETCH(QString, path);
    QFETCH(QString, value);
    const auto there = valueAt(format, text.toStdString(), pathOf(path));
    QVERIFY(there);
    QCOMPARE(there->has_value(), !value.isNull());
    QCOMPARE(QString::fromStdString(there->value_or("")), value);
}

void TestConnectTexts::diffs() {
    const auto shown = [](const char* before, const char* after) {
        std::string out;
        for (const DiffLine& line : lineDiff(before, after, 1))
            out += " -+@"[static_cast<std::size_t>(line.kind)] + line.text + "\n";
        return QString::fromStdString(out);
    };
    QCOMPARE(shown("a\n", "a\n"), QString());
    QCOMPARE(shown("", "a\nb\n"), QStringLiteral("+a\n+b\n"));
    QCOMPARE(shown("a\nb\nc\nd\n", "a\nb\nx\nc\nd\n"), QStringLiteral("@\n b\n+x\n c\n@\n"));
    QCOMPARE(shown("a\nb\nc\nd\ne\nf\ng\n", "A\nb\nc\nd\ne\nf\nG\n"),
             QStringLiteral("-a\n+A\n b\n@\n f\n-g\n+G\n"));
    QCOMPARE(shown("a\r\n", "a\n"), QStringLiteral("-a\n+a\n"));
    QCOMPARE(shown("a", "a\nb\n"), QStringLiteral("-a\n+a\n+b\n"));
}

void TestConnectTexts::masks_data() {
    QTest::addColumn<QString>("line");
    QTest::addColumn<QString>("shown");
    QTest::newRow("ours") << QStringLiteral("  \"x\": \"gr-abcdefghijklmnop1234\"")
                          << QStringLiteral("  \"x\": \"gr-••••••••1234\"");
    QTest::newRow("by its name") << QStringLiteral("apiKey: 0123abcd4567")
                                 << QStringLiteral("apiKey: 012••••••••4567");
    QTest::newRow("no key") << QStringLiteral("env_key = \"GATEROUTER_KEY\"")
                            << QStringLiteral("env_key = \"GATEROUTER_KEY\"");
    QTest::newRow("an address") << QStringLiteral("\"baseURL\": \"http://127.0.0.1:4402/v1\"")
                                << QStringLiteral("\"baseURL\": \"http://127.0.0.1:4402/v1\"");
    QTest::newRow("a model") << QStringLiteral("model: claude-opus-4-5-20251101")
                             << QStringLiteral("model: claude-opus-4-5-20251101");
}

void TestConnectTexts::masks() {
    QFETCH(QString, line);
    QFETCH(QString, shown);
    QCOMPARE(QString::fromStdString(withKeysMasked(line.toStdString())), shown);
}

QTEST_GUILESS_MAIN(TestConnectTexts)
#include "test_connect_texts.moc"
