// SPDX-License-Identifier: MIT
// What the page of routing is made of, without the page: drafts, lists that views follow, rules as
// words, decisions as rows.
#include <QAbstractItemModelTester>
#include <QMimeData>
#include <QSignalSpy>
#include <QTest>
#include <algorithm>
#include <random>

#include "models/ordered_model.h"
#include "models/route_model.h"
#include "models/routing_draft.h"
#include "models/rule_model.h"
#include "models/rule_words.h"
#include "stage.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

// JSON with single quotes: moc of Qt 6.4 stumbles over raw strings that hold "//".
std::string json(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

QString shown(const std::string& text) {
    return QString::fromStdString(text);
}

}  // namespace

class TestRoutingValues final : public QObject {
    Q_OBJECT

  private slots:
    void listsFollow();
    void countsChanges();
    void editsLeaveTheRestAlone();
    void typingIsOneStep();
    void modelsAreDragged();
    void sentences();
    void fieldsTakeWhatIsTyped();
    void ruleRowsFollow();
    void decisionsAreRead();
};

// Whatever is done to a list, views hear of it in steps that Qt's own checks accept, and end with
// the list as it is.
void TestRoutingValues::listsFollow() {
    NameModel model(true);
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    const QSignalSpy moved(&model, &QAbstractItemModel::rowsMoved);
    const QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    std::mt19937 random(5);
    std::vector<std::string> list{"a", "b", "c", "d"};
    model.set(list);
    for (int round = 0; round < 2'000; ++round) {
        const auto at = [&] { return static_cast<std::ptrdiff_t>(random() % list.size()); };
        const std::string fresh(1, static_cast<char>('a' + random() % 6));
        switch (list.empty() ? 0 : random() % 5) {
            case 0:
                list.insert(list.begin() + (list.empty() ? 0 : at()), fresh);
                break;
            case 1:
                list.erase(list.begin() + at());
                break;
            case 2:
                list[static_cast<std::size_t>(at())] = fresh;
                break;
            case 3: {
                std::string one = list[static_cast<std::size_t>(at())];
                std::erase(list, one);
                list.push_back(std::move(one));
                break;
            }
            default: {
                const auto from = at();
                std::string one = list[static_cast<std::size_t>(from)];
                list.erase(list.begin() + from);
                list.insert(list.begin() + (list.empty() ? 0 : at()), std::move(one));
            }
        }
        model.set(list);
        QCOMPARE(model.rowCount(), static_cast<int>(list.size()));
        for (int row = 0; row < model.rowCount(); ++row) {
            QCOMPARE(model.index(row).data().toString(),
                     shown(list[static_cast<std::size_t>(row)]));
        }
    }
    QVERIFY(moved.size() > 100);
    const auto resets = reset.size();
    model.set({"1", "2", "3"});
    model.set({"1", "3"});
    model.set({"3", "1"});
    QVERIFY(reset.size() <= resets + 1);
}

void TestRoutingValues::countsChanges() {
    const auto changes = [](const char* before, const char* after) {
        return routingChanges(*settings::parseJson(before), *settings::parseJson(after));
    };
    QCOMPARE(changes("{}", "{}"), 0);
    QCOMPARE(changes("{}", R"({"routing": {"preference": 0.5, "default": "auto"}})"), 0);
    QCOMPARE(changes("{}", R"({"routing": {"preference": 0.6, "default": "x"}})"), 2);
    QCOMPARE(changes(R"({"routing": {"aliases": {"a": ["x"], "b": ["y"]}}})",
                     R"({"routing": {"aliases": {"b": ["y", "z"], "c": []}}})"),
             3);
    const char* three = R"({"routing": {"rules": [{"a":1}, {"b":1}, {"c":1}]}})";
    QCOMPARE(changes(three, R"({"routing": {"rules": [{"b": 1}, {"c": 1}, {"a": 1}]}})"), 1);
    QCOMPARE(changes(three, R"({"routing": {"rules": [{"a":1}, {"c":1}]}})"), 1);
    QCOMPARE(changes(three, R"({"routing": {"rules": [{"a":1}, {"b":2}, {"c":1}, {}]}})"), 2);
}

void TestRoutingValues::editsLeaveTheRestAlone() {
    const std::string file = json(
        "{\n"
        "    'routing': { // mine\n"
        "        'rules': [\n"
        "            { 'name': 'one', /* why */ 'if': {} },\n"
        "            // between\n"
        "            { 'name': 'two' } // last\n"
        "        ],\n"
        "        'aliases': { 'a\\'b': ['x'], 'c': [] },\n"
        "        'later': 7\n"
        "    }\n"
        "}\n");
    RoutingDraft draft;
    QVERIFY(draft.load(file));
    draft.moveItem({"rules"}, 1, 0, u"move"_s);
    draft.renameMember({"aliases"}, "a\"b", "d", u"rename"_s);
    draft.insertItem({"rules"}, 1, json("{'name':'three'}"), u"add"_s);
    draft.set({"aliases", "c", std::size_t{0}}, settings::jsonText("y"), u"model"_s);
    QCOMPARE(shown(draft.text()), shown(json("{\n"
                                             "    'routing': { // mine\n"
                                             "        'rules': [\n"
                                             "            { 'name': 'two' },\n"
                                             "            // between\n"
                                             "            { 'name': 'three' }, // last\n"
                                             "            { 'name': 'one', /* why */ 'if': {} }\n"
                                             "        ],\n"
                                             "        'aliases': { 'd': ['x'], 'c': [\n"
                                             "            'y'\n"
                                             "        ] },\n"
                                             "        'later': 7\n"
                                             "    }\n"
                                             "}\n")));
    QCOMPARE(draft.changes(), 5);
    while (draft.undoStack()->canUndo()) {
        draft.undoStack()->undo();
    }
    QCOMPARE(shown(draft.text()), shown(file));
    QCOMPARE(draft.changes(), 0);
}

void TestRoutingValues::typingIsOneStep() {
    RoutingDraft draft;
    const auto type = [&](const char* name) {
        draft.set({"default"}, settings::jsonText(name), u"type"_s, u"default"_s);
    };
    type("o");
    type("op");
    QCOMPARE(draft.undoStack()->count(), 1);
    draft.markApplied();
    QCOMPARE(draft.changes(), 0);
    type("ope");
    QCOMPARE(draft.undoStack()->count(), 2);
    type("op");  // back to what it was: no step is left
    QCOMPARE(draft.undoStack()->count(), 1);
}

// Dropped rows are asked for by number; the view takes nothing away itself.
void TestRoutingValues::modelsAreDragged() {
    NameModel model(true);
    model.set({"a", "b", "c"});
    NameModel other(true);
    other.set({"x"});
    QSignalSpy wanted(&model, &OrderedModel::moveWanted);
    const auto drop = [&](OrderedModel& from, int row, int to) {
        const std::unique_ptr<QMimeData> data(from.mimeData({from.index(row)}));
        return model.dropMimeData(data.get(), Qt::MoveAction, to, 0, {});
    };
    QVERIFY(!drop(model, 0, 3));
    QCOMPARE(wanted.takeFirst(), (QVariantList{0, 2}));
    QVERIFY(!drop(model, 2, 0));
    QCOMPARE(wanted.takeFirst(), (QVariantList{2, 0}));
    QVERIFY(!drop(model, 1, 1));
    QVERIFY(!drop(model, 1, 2));
    QVERIFY(!drop(other, 0, 0));
    QVERIFY(wanted.isEmpty());
}

void TestRoutingValues::sentences() {
    const auto plain = [](const char* rule) { return rulePlain(*settings::parseJson(json(rule))); };
    QCOMPARE(plain("{'if': {'client': ['a', 'b', 'c'], 'prompt_tokens_over': 50000},"
                   " 'then': {'alias': 'long', 'max_cost': '0.10'}}"),
             u"If the client is a, b or c and the prompt is over 50,000 tokens, then answer as "
             u"long, spend at most $0.10"_s);
    QCOMPARE(plain("{'then': {'local_only': true}, 'continue': true}"),
             u"Always stay on this machine, and go on to the next rule"_s);
    QCOMPARE(plain("{'if': {'has_image': false, 'not': {'client': 'x', 'has_tools': true}},"
                   " 'then': {}}"),
             u"If it has no images and not (the client is x, it has tools), then …"_s);
    // What this version does not know is not hidden.
    QCOMPARE(plain("{'if': {'moon': {'phase': [1, 'full']}}, 'then': {'x': 7}}"),
             u"If moon: { \"phase\": [ 1, \"full\" ] }, then x: 7"_s);
    QCOMPARE(ruleSentence(*settings::parseJson(json("{'if': {'client': '<b>'}, 'then': {}}"))),
             u"If <b>the client is &lt;b&gt;</b>, then …"_s);
    for (const char* odd : {"{}", "[]", "7", "{'if': 1, 'then': [2]}", "{'if': {'not': 3}}"}) {
        QVERIFY(!plain(odd).isEmpty());
    }
}

// What is typed comes back as it was meant; what is no such value stays a text, for the reader of
// the configuration to refuse.
void TestRoutingValues::fieldsTakeWhatIsTyped() {
    const auto both = [](std::span<const RuleField> fields, const char* member, const char* typed) {
        const auto field = std::ranges::find_if(
            fields, [&](const RuleField& one) { return QByteArray(one.member) == member; });
        return fieldText(*field, fieldValue(*field, QString::fromUtf8(typed)));
    };
    QCOMPARE(both(conditionFields(), "client", " a,  b,, "), u"a, b"_s);
    QCOMPARE(both(conditionFields(), "prompt_tokens_over", "50000"), u"50000"_s);
    QCOMPARE(both(conditionFields(), "prompt_tokens_over", "many"), u"many"_s);
    QCOMPARE(both(conditionFields(), "complexity_over", "0.5"), u"0.5"_s);
    QCOMPARE(both(conditionFields(), "header", "{\"x\":[\"a\",\"b\"]}"),
             u"{ \"x\": [ \"a\", \"b\" ] }"_s);
    QCOMPARE(both(conditionFields(), "not", "{ oh"), u"{ oh"_s);
    QCOMPARE(both(actionFields(), "max_cost", "0.10"), u"0.10"_s);
    const RuleField& over = conditionFields()[2];
    QCOMPARE(QByteArray(over.member), QByteArray("prompt_tokens_over"));
    QVERIFY(fieldValue(over, u"50000"_s).isNumber());
    for (const char* typed : {"5e", "1.5", "0x10", "", "007", "nan", "inf"}) {
        QVERIFY2(fieldValue(over, QString::fromUtf8(typed)).isString(), typed);
    }
}

void TestRoutingValues::ruleRowsFollow() {
    RoutingDraft draft;
    RuleModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    QObject::connect(&draft, &RoutingDraft::changed, &model,
                     [&] { model.set(draft.rules(), draft.ruleTexts()); });
    const auto rule = [](int number) {
        return json("{'name': 'n") + std::to_string(number) + json("', 'then': {}}");
    };
    std::mt19937 random(3);
    for (int round = 0; round < 400; ++round) {
        const int rows = model.rowCount();
        const int at = rows > 0 ? static_cast<int>(random() % static_cast<unsigned>(rows)) : 0;
        switch (rows < 2 ? 0 : random() % 6) {
            case 0:
                draft.insertItem({"rules"}, at, rule(round), u"add"_s);
                break;
            case 1:
                draft.remove({"rules", static_cast<std::size_t>(at)}, u"remove"_s);
                break;
            case 2:
                draft.moveItem({"rules"}, at,
                               static_cast<int>(random() % static_cast<unsigned>(rows)), u"move"_s);
                break;
            case 3:
                draft.set({"rules", static_cast<std::size_t>(at), "enabled"},
                          settings::jsonBool(false), u"off"_s);
                break;
            case 4:
                draft.undoStack()->undo();
                break;
            default:
                draft.undoStack()->redo();
        }
        QCOMPARE(model.rowCount(), static_cast<int>(draft.rules().size()));
        for (int row = 0; row < model.rowCount(); ++row) {
            QCOMPARE(model.index(row).data(RuleModel::TitleRole).toString(),
                     ruleTitle(draft.rules()[static_cast<std::size_t>(row)], row));
        }
    }
}

void TestRoutingValues::decisionsAreRead() {
    const auto told = readRoute(json(
        "{'candidates': [{'provider': 'p', 'model': 'm', 'reason': 'r', 'expected_cost': '0.002',"
        " 'worst_cost': null, 'seconds': 1.5, 'contributions': {'quality': 0.5, 'odd': 'x'}},"
        " {'model': 'bare'}], 'rejected': [{'provider': 'q', 'model': 'n', 'reason': 'too small'}],"
        " 'dial': {'strong_share': 0.25, 'saving': 0.5}, 'rules': ['one', {'name': 'two'}, 3],"
        " 'flips': [{'what': 'preference', 'from': 0.5, 'to': 0.25, 'choice': 'p/x'},"
        " {'what': 'session', 'choice': 'p/y'}, {'what': 'moon', 'choice': 'p/z'}], 'new': {}}"));
    QVERIFY(told);
    QCOMPARE(told->rows.size(), std::size_t{3});
    QCOMPARE(told->rows[0].name, u"p/m"_s);
    QCOMPARE(told->rows[0].cost, 0.002);
    QVERIFY(!told->rows[0].worst);
    QCOMPARE(told->rows[0].seconds, 1.5);
    QCOMPARE(scoreWords(told->rows[0]), u"quality 0.500"_s);
    QVERIFY(!told->rows[1].quality && !told->rows[1].cost);
    QCOMPARE(told->rows[1].name, u"bare"_s);
    QVERIFY(told->rows[2].leftOut);
    QCOMPARE(told->rules, (QStringList{u"one"_s, u"two"_s}));
    QCOMPARE(told->saving, 0.5);
    QCOMPARE(told->flips, (QStringList{u"With the dial at 0.25 or less, it is p/x."_s,
                                       u"In a session of its own, it is p/y."_s,
                                       u"Otherwise (moon), it is p/z."_s}));
    QVERIFY(readRoute("[]"));
    QVERIFY(!readRoute("{"));
    RouteModel model;
    const QAbstractItemModelTester tester(&model,
                                          QAbstractItemModelTester::FailureReportingMode::Fatal);
    model.set(told->rows);
    QVERIFY(!model.knows(RouteModel::Quality));
    QVERIFY(model.knows(RouteModel::Cost));
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestRoutingValues)
#include "test_routing_values.moc"
