// SPDX-License-Identifier: MIT
#include "widgets/replay_card.h"

#include <QGridLayout>
#include <QHBoxLayout>
#include <QProgressBar>
#include <QVBoxLayout>
#include <algorithm>
#include <map>

#include "format.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kDays = 7;
constexpr int kSteps = 1000;
constexpr std::size_t kMostModels = 8;

struct ModelRow {
    std::string name;
    std::int64_t before = 0;
    std::int64_t after = 0;
};

// By how many requests they had on either side, the most first.
std::vector<ModelRow> modelsOf(const gateway::ReplayReport& report) {
    std::map<std::string, ModelRow> byName;
    for (const auto& [name, number] : report.before.models) {
        byName[name].before = number;
    }
    for (const auto& [name, number] : report.after.models) {
        byName[name].after = number;
    }
    std::vector<ModelRow> rows;
    for (auto& [name, row] : byName) {
        row.name = name;
        rows.push_back(row);
    }
    std::stable_sort(rows.begin(), rows.end(), [](const ModelRow& a, const ModelRow& b) {
        return a.before + a.after > b.before + b.after;
    });
    return rows;
}

}  // namespace

ReplayCard::ReplayCard(Backend& backend, RoutingDraft& draft, QWidget* parent)
    : QFrame(parent),
      m_backend(backend),
      m_draft(draft),
      m_replay(makeButton(tr("Replay the last 7 days"), ButtonKind::Normal, u"rotate-ccw"_s, this)),
      m_cancel(makeButton(tr("Cancel"), ButtonKind::Normal, u"x"_s, this)),
      m_progress(new QProgressBar(this)),
      m_words(makeParagraph({}, "strong", this)),
      m_left(makeParagraph({}, "muted", this)),
      m_rows(new QGridLayout) {
    setProperty("card", true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(space::kL, space::kM, space::kL, space::kL);
    column->setSpacing(space::kS);
    column->addWidget(makeLabel(tr("What these rules would have done"), "section", this));
    QLabel* words =
        makeLabel(tr("Your requests of the last days once more, without sending any. An "
                     "estimate: texts are not kept, only what routing knew of them."),
                  "muted", this);
    words->setWordWrap(true);
    column->addWidget(words);
    auto* row = new QHBoxLayout;
    row->setSpacing(space::kM);
    row->addWidget(m_replay);
    m_progress->setRange(0, kSteps);
    m_progress->setTextVisible(false);
    m_progress->setAccessibleName(tr("Progress of the replay"));
    row->addWidget(m_progress, 1);
    row->addWidget(m_cancel);
    row->addStretch();
    column->addLayout(row);
    column->addWidget(m_words);
    m_rows->setHorizontalSpacing(space::kL);
    m_rows->setVerticalSpacing(space::kXs);
    m_rows->setColumnStretch(0, 1);
    column->addLayout(m_rows);
    column->addWidget(m_left);
    m_words->hide();
    m_left->hide();
    setRunning(false);
    connect(m_replay, &QPushButton::clicked, this, &ReplayCard::begin);
    connect(m_cancel, &QPushButton::clicked, this, [this] { m_backend.cancelReplay(); });
    connect(&m_draft, &RoutingDraft::changed, this, [this] {
        if (m_told && !m_running) {
            m_told = false;
            clearRows();
            m_left->hide();
            m_words->setText(tr("The rules have changed since; replay once more."));
        }
    });
}

void ReplayCard::begin() {
    if (m_running) {
        return;
    }
    clearRows();
    m_left->hide();
    m_words->hide();
    setRunning(true);
    m_backend.replayRouting(
        this, m_draft.text(), kDays,
        [this](std::int64_t done, std::int64_t all) { showProgress(done, all); },
        [this](const Result<gateway::ReplayReport>& report) { finish(report); });
}

void ReplayCard::showProgress(std::int64_t done, std::int64_t all) {
    m_progress->setValue(all == 0 ? 0 : static_cast<int>(done * kSteps / all));
}

void ReplayCard::finish(const Result<gateway::ReplayReport>& report) {
    setRunning(false);
    m_words->show();
    if (!report) {
        const bool cancelled = report.error().code == ErrorCode::Cancelled;
        m_words->setText(cancelled ? tr("The replay was cancelled.")
                                   : text(report.error().message.text));
        return;
    }
    m_told = true;
    showReport(*report);
}

void ReplayCard::showReport(const gateway::ReplayReport& report) {
    const auto number = [](std::int64_t value) { return static_cast<int>(value); };
    if (report.requests == 0) {
        m_words->setText(
            tr("Of the last 7 days nothing is kept that could be replayed. Requests "
               "for “auto”, and those that rules ask about, leave what it takes."));
    } else {
        m_words->setText(
            tr("Of %n requests, %1 would have gone elsewhere.", nullptr, number(report.requests))
                .arg(count(report.changed)));
        addRow({}, tr("Was"), tr("Would have been"));
        addRow(tr("Cost, as far as it is known"), moneyShort(report.before.cost),
               moneyShort(report.after.cost));
        addRow(tr("Of unknown cost"), count(report.before.unknownCost),
               count(report.after.unknownCost));
        addRow(tr("Refused"), count(report.before.refused), count(report.after.refused));
        addRow(tr("Half of the answers within"), duration(report.before.medianMs),
               duration(report.after.medianMs));
        std::vector<ModelRow> models = modelsOf(report);
        models.resize(std::min(models.size(), kMostModels));
        for (const ModelRow& model : models) {
            addRow(text(model.name), count(model.before), count(model.after));
        }
    }
    QStringList notes;
    if (report.left > 0 && report.requests > 0) {
        notes << tr("%n more requests left nothing that could be replayed.", nullptr,
                    number(report.left));
    }
    if (report.unexamined > 0) {
        notes << tr("Of %n requests nobody kept what a rule asks about; it was taken not to hold.",
                    nullptr, number(report.unexamined));
    }
    m_left->setText(notes.join(u' '));
    m_left->setVisible(!notes.isEmpty());
}

void ReplayCard::addRow(const QString& what, const QString& before, const QString& after) {
    const int row = m_row++;
    const char* const role = what.isEmpty() ? "muted" : "";
    m_rows->addWidget(makeLabel(what, "", this), row, 0);
    for (const auto& [column, words] : {std::pair(1, &before), std::pair(2, &after)}) {
        QLabel* label = makeLabel(*words, role, this);
        label->setAlignment(Qt::AlignTrailing | Qt::AlignVCenter);
        m_rows->addWidget(label, row, column);
    }
}

void ReplayCard::clearRows() {
    while (QLayoutItem* item = m_rows->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    m_row = 0;
}

void ReplayCard::setRunning(bool running) {
    m_running = running;
    m_replay->setEnabled(!running);
    m_progress->setVisible(running);
    m_progress->setValue(0);
    m_cancel->setVisible(running);
}

}  // namespace gr::ui
