// SPDX-License-Identifier: MIT
#include "widgets/limit_card.h"

#include <QHBoxLayout>
#include <QPainter>
#include <QPainterPath>
#include <QVBoxLayout>

#include "widgets/parts.h"

namespace gr::ui {

namespace {

constexpr int kBarHeight = 12;
constexpr int kSwatch = 12;

// Ground and pattern, so that parts differ without their colours.
void fillPart(QPainter& painter, const QRectF& area, LimitBar::Part part, Tone tone,
              const Tokens& tokens) {
    switch (part) {
        case LimitBar::Part::Spent:
            painter.fillRect(area, tone == Tone::Danger || tone == Tone::Warning
                                       ? toneColor(tokens, tone)
                                       : tokens.accent);
            return;
        case LimitBar::Part::Reserved:
            painter.fillRect(area, tokens.accentSoft);
            painter.fillRect(area, QBrush(tokens.accent, Qt::BDiagPattern));
            return;
        case LimitBar::Part::Elsewhere:
            painter.fillRect(area, tokens.surface);
            painter.fillRect(area, QBrush(tokens.textMuted, Qt::Dense5Pattern));
            return;
    }
}

}  // namespace

LimitBar::LimitBar(QWidget* parent) : QWidget(parent) {
    setFixedHeight(kBarHeight);
}

void LimitBar::set(const LimitRow& row) {
    const std::array shares{row.spentShare, row.reservedShare, row.elsewhereShare};
    if (shares == m_shares && row.state.tone == m_tone) {
        return;
    }
    m_shares = shares;
    m_tone = row.state.tone;
    update();
}

void LimitBar::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const Tokens& tokens = tokensOf(palette());
    const QRectF whole = QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5);
    QPainterPath outline;
    outline.addRoundedRect(whole, kBarHeight / 2.0, kBarHeight / 2.0);
    painter.setClipPath(outline);
    painter.fillRect(rect(), tokens.sunken);
    const bool mirrored = layoutDirection() == Qt::RightToLeft;
    double from = 0;
    for (std::size_t i = 0; i < m_shares.size(); ++i) {
        const double length = m_shares[i] * whole.width();
        const double left = mirrored ? whole.right() - from - length : whole.left() + from;
        fillPart(painter, QRectF(left, whole.top(), length, whole.height()), static_cast<Part>(i),
                 m_tone, tokens);
        from += length;
    }
    painter.setClipping(false);
    painter.setPen(tokens.borderStrong);
    painter.drawPath(outline);
}

LimitSwatch::LimitSwatch(LimitBar::Part part, QWidget* parent) : QWidget(parent), m_part(part) {
    setFixedSize(kSwatch, kSwatch);
}

void LimitSwatch::setTone(Tone tone) {
    if (tone != m_tone) {
        m_tone = tone;
        update();
    }
}

void LimitSwatch::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& tokens = tokensOf(palette());
    fillPart(painter, rect(), m_part, m_tone, tokens);
    painter.setPen(tokens.borderStrong);
    painter.drawRect(rect().adjusted(0, 0, -1, -1));
}

LimitCard::LimitCard(QWidget* parent)
    : QFrame(parent),
      m_title(makeLabel({}, "strong", this)),
      m_state(new StateLabel(this)),
      m_bar(new LimitBar(this)),
      m_figures{makeFigure(LimitBar::Part::Spent), makeFigure(LimitBar::Part::Reserved),
                makeFigure(LimitBar::Part::Elsewhere)},
      m_anew(makeLabel({}, "muted", this)),
      m_forecast(makeLabel({}, "muted", this)),
      m_note(makeLabel({}, "muted", this)) {
    setProperty("card", true);
    setFocusPolicy(Qt::StrongFocus);
    m_title->setWordWrap(true);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(space::kL, space::kM, space::kL, space::kM);
    column->setSpacing(space::kS);
    auto* head = new QHBoxLayout;
    head->setSpacing(space::kL);
    head->addWidget(m_title, 1);
    head->addWidget(m_state);
    column->addLayout(head);
    column->addWidget(m_bar);
    auto* figures = new QHBoxLayout;
    figures->setSpacing(space::kL);
    for (const Figure& figure : m_figures) {
        figures->addWidget(figure.box);
    }
    figures->addStretch();
    column->addLayout(figures);
    auto* foot = new QHBoxLayout;
    foot->setSpacing(space::kL);
    foot->addWidget(m_anew);
    foot->addStretch();
    foot->addWidget(m_forecast);
    column->addLayout(foot);
    m_note->setWordWrap(true);
    column->addWidget(m_note);
}

LimitCard::Figure LimitCard::makeFigure(LimitBar::Part part) {
    auto* box = new QWidget(this);
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kXs + space::kHalf);
    auto* swatch = new LimitSwatch(part, box);
    row->addWidget(swatch);
    QLabel* words = makeLabel({}, "", box);
    row->addWidget(words);
    return {box, swatch, words};
}

void LimitCard::set(const LimitRow& row) {
    m_title->setText(row.title);
    m_state->set(row.state.icon, row.state.word, row.state.tone);
    m_bar->set(row);
    const std::array figures{row.spent, row.reserved, row.elsewhere};
    for (std::size_t i = 0; i < figures.size(); ++i) {
        m_figures[i].swatch->setTone(row.state.tone);
        m_figures[i].words->setText(figures[i]);
        m_figures[i].box->setVisible(!figures[i].isEmpty());
    }
    m_anew->setText(row.anew);
    m_forecast->setText(row.forecast);
    m_note->setText(row.note);
    setToolTip(row.exact);
    if (accessibleName() != row.spoken) {
        setAccessibleName(row.spoken);
    }
}

void LimitCard::paintEvent(QPaintEvent* event) {
    QFrame::paintEvent(event);
    if (!hasFocus()) {
        return;
    }
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(tokensOf(palette()).accent, 2));
    painter.drawRoundedRect(QRectF(rect()).adjusted(1, 1, -1, -1), size::kCardRadius,
                            size::kCardRadius);
}

}  // namespace gr::ui
