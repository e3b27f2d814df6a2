// SPDX-License-Identifier: MIT
#include "pages/routing_page.h"

#include <QHBoxLayout>
#include <QLineEdit>
#include <QLocale>
#include <QScrollArea>
#include <QStringListModel>
#include <QTimer>
#include <QVBoxLayout>
#include <cmath>

#include "format.h"
#include "models/route_model.h"
#include "models/rule_model.h"
#include "widgets/fields.h"
#include "widgets/names_editor.h"
#include "widgets/notice.h"
#include "widgets/parts.h"
#include "widgets/preference_dial.h"
#include "widgets/replay_card.h"
#include "widgets/route_bench.h"
#include "widgets/rules_card.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

const auto kConflict = u"conflict"_s;
const auto kUnread = u"unread"_s;
const auto kApplied = u"applied"_s;
const auto kFailed = u"failed"_s;
constexpr int kSoonMs = 120;
constexpr int kSettledMs = 400;
constexpr int kDays = 7;

// "about 12%", of requests that are some at least.
QString shareWords(std::int64_t part, std::int64_t whole) {
    const auto percent = [](std::int64_t number) {
        return QString(QLocale().toString(number) + QLocale().percent());
    };
    const std::int64_t share =
        std::llround(100.0 * static_cast<double>(part) / static_cast<double>(whole));
    return share > 0 ? RoutingPage::tr("about %1").arg(percent(share))
                     : RoutingPage::tr("less than %1").arg(percent(1));
}

QVBoxLayout* columnOf(QFrame* card, const QString& title) {
    auto* column = new QVBoxLayout(card);
    column->setContentsMargins(space::kL, space::kM, space::kL, space::kL);
    column->setSpacing(space::kS);
    column->addWidget(makeLabel(title, "section", card));
    return column;
}

QLabel* makeProblem(QWidget* parent) {
    QLabel* label = makeParagraph({}, "danger", parent);
    label->hide();
    return label;
}

void showProblem(QLabel* label, const QString& words, QWidget* field) {
    label->setText(words);
    label->setVisible(!words.isEmpty());
    field->setAccessibleDescription(words);
    setStyleProperty(field, "invalid", !words.isEmpty());
}

}  // namespace

RoutingPage::RoutingPage(const PageContext& context, QWidget* parent)
    : Page(context, PageId::Routing, parent), m_models(new QStringListModel(this)) {
    m_soon = new QTimer(this);
    m_soon->setSingleShot(true);
    m_soon->setInterval(kSoonMs);
    connect(m_soon, &QTimer::timeout, this, &RoutingPage::askOutcome);
    m_settled = new QTimer(this);
    m_settled->setSingleShot(true);
    m_settled->setInterval(kSettledMs);
    connect(m_settled, &QTimer::timeout, this, &RoutingPage::measure);
    makeActions();
    auto* content = new QWidget;
    auto* column = new QVBoxLayout(content);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kL);
    auto* top = new QHBoxLayout;
    top->setSpacing(space::kL);
    top->addWidget(makeDialCard(), 2);
    top->addWidget(makeNamesCard(), 3);
    column->addLayout(top);
    m_rules = new RulesCard(m_draft, *m_models, content);
    column->addWidget(m_rules);
    m_bench = new RouteBench(backend(), m_draft, *m_models, content);
    column->addWidget(m_bench);
    column->addWidget(new ReplayCard(backend(), m_draft, content));
    column->addStretch();
    m_scroll = makeScroll(content);
    body()->addWidget(m_scroll, 1);
    makeKeys();
    connect(&m_draft, &RoutingDraft::changed, this, [this] {
        m_traffic.reset();
        ++m_round;
        follow();
        m_settled->start();
    });
    connect(m_bench, &RouteBench::pickWanted, this, &RoutingPage::activityWanted);
    connect(&backend(), &Backend::settingsChanged, this, &RoutingPage::takeFile);
    connect(&backend(), &Backend::providersChanged, this, &RoutingPage::takeProviders);
    takeProviders();
    follow();
    takeFile();
}

void RoutingPage::makeActions() {
    m_pending = makeLabel({}, "muted", this);
    m_undo = makeIconButton(u"undo-2"_s, tr("Undo"), this);
    m_redo = makeIconButton(u"redo-2"_s, tr("Redo"), this);
    m_discard = makeButton(tr("Discard"), ButtonKind::Normal, {}, this);
    m_discard->setToolTip(tr("Back to what the configuration says"));
    m_apply = makeButton(tr("Apply"), ButtonKind::Primary, {}, this);
    m_apply->setToolTip(tr("Write the changes and use them (Ctrl+S)"));
    actions()->addWidget(m_pending);
    actions()->addSpacing(space::kS);
    for (QPushButton* button : {m_undo, m_redo, m_discard, m_apply}) {
        actions()->addWidget(button);
    }
    connect(m_undo, &QPushButton::clicked, m_draft.undoStack(), &QUndoStack::undo);
    connect(m_redo, &QPushButton::clicked, m_draft.undoStack(), &QUndoStack::redo);
    connect(m_discard, &QPushButton::clicked, this,
            [this] { m_draft.replace(m_draft.base(), tr("discard the changes")); });
    connect(m_apply, &QPushButton::clicked, this, &RoutingPage::apply);
}

// Undo is the page's, also while a field of it has the keyboard: there is one history.
void RoutingPage::makeKeys() {
    const auto here = Qt::WidgetWithChildrenShortcut;
    onKey(
        this, Qt::CTRL | Qt::Key_S, this, [this] { apply(); }, here);
    onKey(
        this, Qt::CTRL | Qt::Key_Z, this, [this] { m_draft.undoStack()->undo(); }, here);
    onKey(
        this, Qt::CTRL | Qt::SHIFT | Qt::Key_Z, this, [this] { m_draft.undoStack()->redo(); },
        here);
    onKey(
        this, Qt::CTRL | Qt::Key_N, this, [this] { m_rules->addRule(); }, here);
    onKey(
        this, Qt::CTRL | Qt::Key_D, this, [this] { m_rules->duplicate(); }, here);
    onKey(
        this, Qt::CTRL | Qt::Key_Return, this, [this] { m_bench->decide(); }, here);
}

QFrame* RoutingPage::makeDialCard() {
    QFrame* card = makeCard(this);
    QVBoxLayout* column = columnOf(card, tr("What “auto” goes by"));
    m_dial = new PreferenceDial(card);
    column->addWidget(m_dial);
    connect(m_dial, &PreferenceDial::turned, this, [this](double preference) {
        settings::JsonNode number;
        number.type = settings::JsonNode::Type::Number;
        number.text = utf8(QString::number(preference, 'g', 3));
        m_draft.set({"preference"}, number, tr("turn the dial"), u"dial"_s);
    });
    column->addStretch();
    QLabel* label = makeLabel(tr("Without a model in the request, answer as"), "muted", card);
    label->setWordWrap(true);
    column->addWidget(label);
    m_default = makeModelField(label->text(), *m_models, card);
    label->setBuddy(m_default);
    column->addWidget(m_default);
    m_defaultProblem = makeProblem(card);
    column->addWidget(m_defaultProblem);
    connect(m_default, &QLineEdit::textChanged, this, [this](const QString& typed) {
        if (typed.trimmed() != m_draft.defaultModel()) {
            m_draft.set({"default"}, settings::jsonText(utf8(typed.trimmed())),
                        tr("change the default model"), u"default"_s);
        }
    });
    return card;
}

QFrame* RoutingPage::makeNamesCard() {
    QFrame* card = makeCard(this);
    QVBoxLayout* column = columnOf(card, tr("Names of your own"));
    QLabel* words = makeLabel(
        tr("Tools may ask for such a name. Its models are tried in this order."), "muted", card);
    words->setWordWrap(true);
    column->addWidget(words);
    m_names = new NamesEditor(m_draft, *m_models, card);
    column->addWidget(m_names, 1);
    m_namesProblem = makeProblem(card);
    column->addWidget(m_namesProblem);
    return card;
}

QWidget* RoutingPage::firstFocus() {
    return m_dial->focusProxy();
}

void RoutingPage::refresh() {
    takeFile();
    m_settled->start();
}

void RoutingPage::takeProviders() {
    m_ofProviders.clear();
    std::pair<std::uint64_t, std::string> longest;
    for (const ProviderInfo& provider : backend().providers()) {
        for (const ModelInfo& model : provider.models) {
            const std::string name = provider.id + "/" + model.id;
            m_ofProviders << text(name);
            longest = std::max(longest, {model.context.value_or(0), name});
        }
    }
    m_rules->setLongest(longest.second);
    offerModels();
}

// What can be written where a model's name belongs.
void RoutingPage::offerModels() {
    QStringList names{u"auto"_s, u"auto:cheap"_s, u"auto:fast"_s, u"auto:best"_s};
    for (const RoutingDraft::Names& own : m_draft.names()) {
        names << text(own.name);
    }
    names << m_ofProviders;
    if (names != m_models->stringList()) {
        m_models->setStringList(names);
    }
}

// What the file says now. Changes that wait are not lost for it.
void RoutingPage::takeFile() {
    const Result<std::string> file = backend().routing();
    if (!file) {
        notices()->showError(kUnread, tr("The configuration cannot be read"),
                             text(file.error().message.text));
        return;
    }
    notices()->hide(kUnread);
    if (*file == m_draft.base()) {
        notices()->hide(kConflict);
    } else if (*file == m_draft.text()) {
        m_draft.markApplied();
    } else if (m_draft.changes() == 0) {
        m_draft.load(*file);
    } else if (!m_writing) {
        tellConflict();
    }
    check();
}

void RoutingPage::tellConflict() {
    notices()->show(kConflict,
                    {.tone = NoticeTone::Warning,
                     .title = tr("The configuration was changed elsewhere"),
                     .body = tr("Another program wrote other rules meanwhile. Your changes are "
                                "still here, and cannot be applied over them."),
                     .actions = {{tr("Drop mine and read it again"),
                                  [this] {
                                      if (const auto file = backend().routing()) {
                                          m_draft.load(*file);
                                      }
                                  }}},
                     .closable = false});
}

// How many there are, and once that is known, how much they have to do with recent requests.
void RoutingPage::showChanges() {
    const int changes = m_draft.changes();
    const std::int64_t compared = m_traffic ? m_traffic->compared : 0;
    if (changes == 0) {
        m_pending->clear();
    } else if (compared == 0) {
        m_pending->setText(tr("%n changes", nullptr, changes));
    } else if (m_traffic->affected == 0) {
        m_pending->setText(tr("%n changes, no recent request affected", nullptr, changes));
    } else {
        m_pending->setText(tr("%n changes, %1 of recent traffic affected", nullptr, changes)
                               .arg(shareWords(m_traffic->affected, compared)));
    }
    m_pending->setToolTip(
        compared > 0 ? tr("Of the last %n requests, as far as is kept what they are decided by",
                          nullptr, static_cast<int>(compared))
                     : QString());
}

void RoutingPage::follow() {
    const int changes = m_draft.changes();
    showChanges();
    m_discard->setEnabled(changes > 0 && !m_writing);
    m_apply->setEnabled(changes > 0 && !m_writing);
    const QUndoStack& stack = *m_draft.undoStack();
    const auto name = [](QPushButton* button, const QString& verb, const QString& what,
                         const QString& keys) {
        const QString words = what.isEmpty() ? verb : tr("%1: %2").arg(verb, what);
        button->setAccessibleName(words);
        button->setToolTip(words + u" ("_s + keys + u')');
        button->setEnabled(!what.isEmpty());
    };
    name(m_undo, tr("Undo"), stack.undoText(), tr("Ctrl+Z"));
    name(m_redo, tr("Redo"), stack.redoText(), tr("Ctrl+Shift+Z"));
    m_dial->set(m_draft.preference());
    if (m_default->text().trimmed() != m_draft.defaultModel()) {
        m_default->setText(m_draft.defaultModel());
    }
    offerModels();
    check();
}

// What the dial does shows in any decision of `auto`.
void RoutingPage::askOutcome() {
    constexpr auto kAny = R"({"model":"auto","messages":[{"role":"user","content":"Hello"}]})";
    backend().explainRoute(this, m_draft.text(), kAny, [this](const Result<std::string>& json) {
        const auto told = json ? readRoute(*json) : Result<RouteTold>(fail(json.error()));
        m_dial->setOutcome(told ? told->strongShare : std::nullopt,
                           told ? told->saving : std::nullopt);
    });
}

void RoutingPage::showEvent(QShowEvent* event) {
    Page::showEvent(event);
    m_settled->start();
}

// What the rules had, or would have, to do with the requests of the last days.
void RoutingPage::measure() {
    if (!isVisible()) {
        return;  // asked when it is shown again
    }
    backend().measureRouting(
        this, m_draft.base(), m_draft.text(), kDays,
        [this, round = ++m_round](const Result<gateway::RoutingTraffic>& traffic) {
            if (round == m_round) {
                takeTraffic(traffic);
            }
        });
}

void RoutingPage::takeTraffic(const Result<gateway::RoutingTraffic>& traffic) {
    m_traffic = traffic ? std::optional(*traffic) : std::nullopt;
    m_rules->setHits(traffic ? &traffic->rules : nullptr);
    showChanges();
}

void RoutingPage::tryRecorded(const ledger::RequestRecord& record) {
    m_bench->tryRecorded(record);
    m_scroll->ensureWidgetVisible(m_bench);
}

void RoutingPage::check() {
    m_soon->start();
    m_findings = backend().checkRouting(m_draft.text());
    showProblem(m_defaultProblem, findingWords(m_findings, "$.routing.default"), m_default);
    m_rules->setFindings(m_findings);
    showProblem(m_namesProblem, findingWords(m_findings, "$.routing.aliases"), m_names);
}

void RoutingPage::apply() {
    if (m_draft.changes() == 0 || m_writing) {
        return;
    }
    const std::string before = m_draft.base();
    m_writing = true;
    notices()->hide(kFailed);
    follow();
    backend().applyRouting(this, before, m_draft.text(), [this, before](const Result<void>& done) {
        m_writing = false;
        if (done) {
            applied(before);
        } else {
            notices()->showError(kFailed, tr("The changes were not applied"),
                                 text(done.error().message.text));
            takeFile();
        }
        follow();
    });
}

void RoutingPage::applied(const std::string& before) {
    const Result<std::string> file = backend().routing();
    if (file && *file != m_draft.text()) {
        m_draft.load(*file);  // written in the manner of its neighbours
    } else {
        m_draft.markApplied();
    }
    notices()->showUndo(kApplied, tr("The changes are applied"), [this, before] {
        m_draft.replace(before, tr("go back to the earlier configuration"));
        apply();
    });
}

}  // namespace gr::ui
