// SPDX-License-Identifier: MIT
#include "widgets/message_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QTimer>
#include <QVBoxLayout>
#include <utility>

#include "widgets/markdown_view.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {
constexpr int kPaintMs = 33;
}

MessageView::MessageView(Author author, const QString& name, QWidget* parent)
    : QFrame(parent),
      m_author(author),
      m_view(new AnswerView(this)),
      m_name(makeLabel(name, "strong", this)),
      m_simulated(makeLabel(tr("simulated"), "pill", this)),
      m_footnote(makeLabel({}, "caption", this)),
      m_error(new QFrame(this)),
      m_errorTitle(makeLabel({}, "strong", m_error)),
      m_errorBody(makeParagraph({}, "", m_error)),
      m_foot(new QWidget(this)),
      m_copy(makeIconButton(u"copy"_s, tr("Copy this message"), m_foot)),
      m_again(makeButton(tr("Regenerate"), ButtonKind::Flat, u"rotate-ccw"_s, m_foot)),
      m_good(makeIconButton(u"circle-check"_s, tr("Good answer"), m_foot)),
      m_bad(makeIconButton(u"circle-x"_s, tr("Bad answer"), m_foot)),
      m_paint(new QTimer(this)) {
    setProperty("card", author == Author::Person);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(space::kL, space::kM, space::kL, space::kM);
    row->setSpacing(space::kM);
    row->addWidget(new IconLabel(author == Author::Person ? u"user"_s : u"bot"_s, 20,
                                 author == Author::Person ? Tint::Muted : Tint::Accent, this),
                   0, Qt::AlignTop);
    auto* column = new QVBoxLayout;
    column->setSpacing(space::kXs);
    auto* head = new QHBoxLayout;
    head->setSpacing(space::kS);
    head->addWidget(m_name);
    head->addWidget(m_simulated);
    head->addStretch();
    column->addLayout(head);
    column->addWidget(m_view);
    m_error->setProperty("notice", u"danger"_s);
    auto* errorColumn = new QVBoxLayout(m_error);
    errorColumn->setContentsMargins(space::kM, space::kS, space::kM, space::kS);
    errorColumn->setSpacing(space::kHalf);
    errorColumn->addWidget(m_errorTitle);
    errorColumn->addWidget(m_errorBody);
    column->addWidget(m_error);
    auto* footRow = new QHBoxLayout(m_foot);
    footRow->setContentsMargins(0, 0, 0, 0);
    footRow->setSpacing(space::kXs);
    footRow->addWidget(m_footnote, 1);
    footRow->addWidget(m_good);
    footRow->addWidget(m_bad);
    footRow->addWidget(m_again);
    footRow->addWidget(m_copy);
    column->addWidget(m_foot);
    row->addLayout(column, 1);
    m_simulated->hide();
    m_error->hide();
    m_foot->hide();
    m_good->hide();
    m_bad->hide();
    m_paint->setSingleShot(true);
    m_paint->setInterval(kPaintMs);
    connect(m_paint, &QTimer::timeout, this, &MessageView::flush);
    connect(m_copy, &QPushButton::clicked, this, [this] { copyText(m_text); });
    connect(m_again, &QPushButton::clicked, this, &MessageView::againWanted);
    connect(m_good, &QPushButton::clicked, this, [this] { judge(true); });
    connect(m_bad, &QPushButton::clicked, this, [this] { judge(false); });
}

QString MessageView::name() const {
    return m_name->text();
}

QString MessageView::footnote() const {
    return m_footnote->text();
}

void MessageView::setText(const QString& text) {
    m_text = text;
    m_view->append(text);
    m_finished = true;
}

void MessageView::append(const QString& piece) {
    m_text += piece;
    m_pending += piece;
    if (!m_paint->isActive()) {
        m_paint->start();
    }
}

void MessageView::flush() {
    if (!m_pending.isEmpty() && !m_finished) {
        m_view->append(std::exchange(m_pending, {}));
    }
}

void MessageView::finish() {
    m_paint->stop();
    m_pending.clear();
    m_finished = true;
    if (!m_text.isEmpty()) {
        m_view->setMarkdown(m_text);
    }
    m_foot->show();
}

void MessageView::setFootnote(const QString& line) {
    m_footnote->setText(line);
}

void MessageView::showError(const QString& title, const QString& sentence) {
    m_errorTitle->setText(title);
    m_errorBody->setText(sentence);
    m_error->show();
    m_again->setText(tr("Retry"));
    m_foot->show();
}

void MessageView::setSimulated(bool simulated) {
    m_simulated->setVisible(simulated);
}

void MessageView::offerJudgement() {
    m_good->show();
    m_bad->show();
}

// Once: what was said stays to be seen.
void MessageView::judge(bool good) {
    m_good->setEnabled(false);
    m_bad->setEnabled(false);
    m_good->setVisible(good);
    m_bad->setVisible(!good);
    emit judged(good);
}

void MessageView::setLast(bool last) {
    m_again->setVisible(last && m_author == Author::Model);
}

}  // namespace gr::ui
