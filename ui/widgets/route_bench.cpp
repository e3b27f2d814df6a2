// SPDX-License-Identifier: MIT
#include "widgets/route_bench.h"

#include <QHBoxLayout>
#include <QHeaderView>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QStackedWidget>
#include <QTableView>
#include <QTimer>
#include <QVBoxLayout>

#include "format.h"
#include "models/route_model.h"
#include "widgets/fields.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {
constexpr int kHeight = 200;
constexpr int kAgainMs = 150;
}  // namespace

RouteBench::RouteBench(Backend& backend, RoutingDraft& draft, QStringListModel& models,
                       QWidget* parent)
    : QFrame(parent),
      m_backend(backend),
      m_draft(draft),
      m_model(new RouteModel(this)),
      m_again(new QTimer(this)) {
    setProperty("card", true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(space::kL, space::kM, space::kL, space::kL);
    column->setSpacing(space::kS);
    column->addWidget(makeLabel(tr("Test bench"), "section", this));
    QLabel* words = makeLabel(
        tr("Who would answer, by the rules as they stand here. Nothing is sent."), "muted", this);
    words->setWordWrap(true);
    column->addWidget(words);
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kL);
    row->addWidget(makeQuestion(models), 2);
    row->addWidget(makeAnswer(), 3);
    column->addLayout(row);
    m_again->setSingleShot(true);
    m_again->setInterval(kAgainMs);
    connect(m_again, &QTimer::timeout, this, &RouteBench::decide);
    connect(&m_draft, &RoutingDraft::changed, this, [this] {
        if (m_decided) {
            m_again->start();
        }
    });
}

QWidget* RouteBench::makeQuestion(QStringListModel& models) {
    m_question = new QStackedWidget(this);
    m_question->addWidget(makeWritten(models));
    m_question->addWidget(makeRecorded());
    return m_question;
}

QWidget* RouteBench::makeWritten(QStringListModel& models) {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kS);
    m_request = new QPlainTextEdit(box);
    m_request->setAccessibleName(tr("Request to try"));
    m_request->setPlaceholderText(tr("Paste a request as JSON, or write what somebody might ask."));
    m_request->setTabChangesFocus(true);
    m_request->setMinimumHeight(kHeight);
    column->addWidget(m_request, 1);
    auto* below = new QHBoxLayout;
    below->setSpacing(space::kS);
    m_asked = makeModelField(tr("Model that is asked for"), models, box);
    m_asked->setText(u"auto"_s);
    m_asked->setToolTip(tr("For a plain text; a request as JSON names its own."));
    below->addWidget(m_asked, 1);
    m_decide = makeButton(tr("Decide"), ButtonKind::Normal, u"play"_s, box);
    m_decide->setToolTip(tr("Say who would answer (Ctrl+Enter)"));
    m_decide->setEnabled(false);
    below->addWidget(m_decide);
    column->addLayout(below);
    QPushButton* pick =
        makeButton(tr("Pick one from Activity"), ButtonKind::Link, u"receipt-text"_s, box);
    pick->setToolTip(tr("Open one there, then “Try in the test bench”"));
    column->addWidget(pick, 0, Qt::AlignLeading);
    connect(pick, &QPushButton::clicked, this, &RouteBench::pickWanted);
    connect(m_decide, &QPushButton::clicked, this, &RouteBench::decide);
    connect(m_request, &QPlainTextEdit::textChanged, this,
            [this] { m_decide->setEnabled(!m_request->document()->isEmpty()); });
    return box;
}

QWidget* RouteBench::makeRecorded() {
    auto* box = new QWidget(this);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kS);
    m_recordedWords = makeParagraph({}, "", box);
    column->addWidget(m_recordedWords);
    column->addWidget(makeParagraph(
        tr("Its text is not kept. It is decided by what routing knew of it then; what was known of "
           "speeds, limits and caches is not kept either."),
        "muted", box));
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kS);
    QPushButton* again = makeButton(tr("Pick another"), ButtonKind::Normal, u"receipt-text"_s, box);
    connect(again, &QPushButton::clicked, this, &RouteBench::pickWanted);
    row->addWidget(again);
    QPushButton* write = makeButton(tr("Write one instead"), ButtonKind::Normal, u"x"_s, box);
    connect(write, &QPushButton::clicked, this, &RouteBench::dropRecorded);
    row->addWidget(write);
    row->addStretch();
    column->addLayout(row);
    column->addStretch();
    return box;
}

QWidget* RouteBench::makeAnswer() {
    m_stack = new QStackedWidget(this);
    QLabel* nothing = makeLabel(tr("No request yet"), "muted", m_stack);
    nothing->setAlignment(Qt::AlignCenter);
    m_stack->addWidget(nothing);
    auto* box = new QWidget(m_stack);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(space::kS);
    m_chosen = makeParagraph({}, "strong", box);
    column->addWidget(m_chosen);
    m_seenAs = makeParagraph({}, "muted", box);
    column->addWidget(m_seenAs);
    m_unexamined = makeParagraph({}, "muted", box);
    column->addWidget(m_unexamined);
    m_table = new QTableView(box);
    setUpTable(m_table);
    m_table->setModel(m_model);
    m_table->setAccessibleName(tr("Models that were looked at"));
    m_table->setMinimumHeight(kHeight - 40);
    m_table->setSelectionMode(QAbstractItemView::SingleSelection);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_table->horizontalHeader()->setSectionResizeMode(RouteModel::Why, QHeaderView::Stretch);
    column->addWidget(m_table, 1);
    m_score = makeParagraph({}, "muted", box);
    m_flips = makeParagraph({}, "", box);
    column->addWidget(m_score);
    column->addWidget(m_flips);
    m_stack->addWidget(box);
    m_problem = makeParagraph({}, "danger", m_stack);
    m_problem->setAlignment(Qt::AlignCenter);
    m_stack->addWidget(m_problem);
    connect(m_table->selectionModel(), &QItemSelectionModel::currentRowChanged, this,
            &RouteBench::showRow);
    return m_stack;
}

// The request as it is, or one that asks what was written.
std::string RouteBench::body() const {
    const std::string typed = utf8(m_request->toPlainText().trimmed());
    if (typed.starts_with('{')) {
        return typed;
    }
    return "{\"model\":" + settings::quoteJson(utf8(m_asked->text().trimmed())) +
           ",\"messages\":[{\"role\":\"user\",\"content\":" + settings::quoteJson(typed) + "}]}";
}

void RouteBench::tryRecorded(const ledger::RequestRecord& record) {
    m_recorded = record.id;
    QStringList words{
        tr("A request for “%1” of %2").arg(text(record.askedModel), dateAndTime(record.startedAt))};
    if (!record.client.empty()) {
        words << tr("Client: %1").arg(text(record.client));
    }
    if (!record.provider.empty()) {
        words << tr("Answered then by %1, for %2")
                     .arg(text(record.provider + "/" + record.model), moneyOrUnknown(record.cost));
    }
    m_recordedWords->setText(words.join(u'\n'));
    m_question->setCurrentIndex(1);
    decide();
}

// What was decided of it goes, too: it would stand beside another question.
void RouteBench::dropRecorded() {
    m_recorded.clear();
    ++m_round;
    m_decided = false;
    m_question->setCurrentIndex(0);
    m_stack->setCurrentIndex(0);
    m_request->setFocus();
}

void RouteBench::decide() {
    const auto reply = [this, round = ++m_round](const Result<std::string>& told) {
        if (round == m_round) {
            take(told);
        }
    };
    if (!m_recorded.empty()) {
        m_backend.explainRecorded(this, m_draft.text(), m_recorded, reply);
    } else if (m_request->document()->isEmpty()) {
        m_request->setFocus();
    } else {
        m_backend.explainRoute(this, m_draft.text(), body(), reply);
    }
}

void RouteBench::take(const Result<std::string>& told) {
    m_decided = true;
    const auto decision = told ? readRoute(*told) : Result<RouteTold>(fail(told.error()));
    if (!decision) {
        m_problem->setText(text(decision.error().message.text));
        m_stack->setCurrentWidget(m_problem);
        return;
    }
    showDecision(*decision);
    m_stack->setCurrentIndex(1);
}

void RouteBench::showDecision(const RouteTold& told) {
    const bool answered = !told.rows.empty() && !told.rows.front().leftOut;
    m_chosen->setText(answered ? tr("%1 would answer").arg(told.rows.front().name)
                               : tr("Nobody could answer this"));
    m_seenAs->setText(told.seenAs);
    m_seenAs->setVisible(!told.seenAs.isEmpty());
    m_unexamined->setText(told.unexamined);
    m_unexamined->setVisible(!told.unexamined.isEmpty());
    m_model->set(told.rows);
    for (const auto column : {RouteModel::Quality, RouteModel::Cost, RouteModel::Wait}) {
        m_table->setColumnHidden(column, !m_model->knows(column));
    }
    if (m_model->rowCount() > 0) {
        m_table->selectRow(0);
    }
    QStringList more;
    if (!told.rules.isEmpty()) {
        more << tr("Rules that acted: %1").arg(told.rules.join(u", "_s));
    }
    more << told.flips;
    m_flips->setText(more.join(u'\n'));
    m_flips->setVisible(!more.isEmpty());
    showRow();
}

void RouteBench::showRow() {
    const RouteRow* const row = m_model->rowAt(m_table->currentIndex().row());
    QStringList words;
    if (row != nullptr) {
        words << row->reason << scoreWords(*row);
        words.removeAll(QString());
    }
    m_score->setText(words.join(u'\n'));
    m_score->setVisible(!words.isEmpty());
}

}  // namespace gr::ui
