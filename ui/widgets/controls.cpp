// SPDX-License-Identifier: MIT
#include "widgets/controls.h"

#include <QButtonGroup>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QVBoxLayout>

#include "format.h"
#include "theme/theme.h"
#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

Switch::Switch(const QString& name, QWidget* parent) : QAbstractButton(parent) {
    setCheckable(true);
    setAccessibleName(name);
    setToolTip(name);
    setFocusPolicy(Qt::StrongFocus);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void Switch::paintEvent(QPaintEvent*) {
    const Tokens& tokens = tokensOf(palette());
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const QRectF track(3.5, height() / 2.0 - 9.5, 33, 19);
    const bool on = isChecked();
    const QColor edge = !isEnabled() ? tokens.border : on ? tokens.accent : tokens.borderStrong;
    painter.setPen(QPen(edge, 1));
    painter.setBrush(on && isEnabled() ? tokens.accent : tokens.surface);
    painter.drawRoundedRect(track, 9.5, 9.5);
    const bool right = on != isRightToLeft();
    const QPointF centre(right ? track.right() - 9.5 : track.left() + 9.5, track.center().y());
    painter.setPen(Qt::NoPen);
    painter.setBrush(on && isEnabled() ? tokens.onAccent : edge);
    painter.drawEllipse(centre, 6, 6);
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(tokens.accent, 2));
        painter.drawRoundedRect(track.adjusted(-2.5, -2.5, 2.5, 2.5), 12, 12);
    }
}

Segments::Segments(const QString& name, const QStringList& labels, QWidget* parent)
    : QFrame(parent), m_group(new QButtonGroup(this)) {
    setProperty("segments", true);
    setAccessibleName(name);
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(2, 2, 2, 2);
    row->setSpacing(2);
    for (int i = 0; i < labels.size(); ++i) {
        auto* button = new QPushButton(labels.at(i), this);
        button->setCheckable(true);
        button->setAutoDefault(false);
        button->setProperty("segment", true);
        button->setAccessibleDescription(name);
        m_group->addButton(button, i);
        row->addWidget(button);
    }
    m_group->button(0)->setChecked(true);
    connect(m_group, &QButtonGroup::idClicked, this, &Segments::chosen);
}

int Segments::current() const {
    return m_group->checkedId();
}

void Segments::setCurrent(int index) {
    m_group->button(index)->setChecked(true);
}

void Segments::setOffered(int index, bool offered) {
    m_group->button(index)->setVisible(offered);
    if (!offered && current() == index) {
        setCurrent(0);
    }
}

CopyField::CopyField(const QString& name, const QString& value, QWidget* parent)
    : QWidget(parent), m_edit(new QLineEdit(value, this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kS);
    m_edit->setReadOnly(true);
    m_edit->setFont(monospaceFont());
    m_edit->setLayoutDirection(Qt::LeftToRight);
    m_edit->setAccessibleName(name);
    m_edit->setCursorPosition(0);
    row->addWidget(m_edit, 1);
    QPushButton* copy = makeIconButton(u"copy"_s, tr("Copy: %1").arg(name), this);
    connect(copy, &QPushButton::clicked, this, [this] { copyText(m_edit->text()); });
    row->addWidget(copy);
}

void CopyField::setValue(const QString& value) {
    if (m_edit->text() != value) {
        m_edit->setText(value);
        m_edit->setCursorPosition(0);
    }
}

SecretEdit::SecretEdit(const QString& name, QWidget* parent)
    : QWidget(parent),
      m_edit(new QLineEdit(this)),
      m_reveal(makeIconButton(u"eye"_s, tr("Show what is typed"), this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kXs);
    m_edit->setEchoMode(QLineEdit::Password);
    m_edit->setAccessibleName(name);
    m_edit->setInputMethodHints(Qt::ImhSensitiveData | Qt::ImhNoPredictiveText |
                                Qt::ImhNoAutoUppercase);
    setFocusProxy(m_edit);
    row->addWidget(m_edit, 1);
    QPushButton* paste = makeIconButton(u"clipboard-paste"_s, tr("Paste"), this);
    row->addWidget(paste);
    row->addWidget(m_reveal);
    m_reveal->setCheckable(true);
    connect(m_reveal, &QPushButton::toggled, this, [this](bool shown) {
        m_edit->setEchoMode(shown ? QLineEdit::Normal : QLineEdit::Password);
        m_reveal->setIcon(themedIcon(shown ? u"eye-off"_s : u"eye"_s, Tint::Muted));
    });
    connect(paste, &QPushButton::clicked, this, [this] {
        m_edit->setText(QGuiApplication::clipboard()->text().trimmed());
        m_edit->setFocus();
    });
    connect(m_edit, &QLineEdit::textChanged, this, &SecretEdit::edited);
    connect(m_edit, &QLineEdit::returnPressed, this, &SecretEdit::accepted);
}

Secret SecretEdit::take() {
    std::string typed = utf8(m_edit->text().trimmed());
    Secret secret(typed);
    wipe(typed.data(), typed.size());
    m_edit->clear();
    m_reveal->setChecked(false);
    return secret;
}

MetricCard::MetricCard(const QString& label, QWidget* parent)
    : QFrame(parent),
      m_label(makeLabel(label, "muted", this)),
      m_value(makeLabel(u"–"_s, "metric", this)),
      m_note(makeLabel({}, "muted", this)) {
    setProperty("card", true);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setAccessibleName(label);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(space::kL, space::kM, space::kL, space::kM);
    column->setSpacing(space::kHalf);
    column->addWidget(m_label);
    column->addWidget(m_value);
    column->addWidget(m_note);
}

void MetricCard::set(const QString& value, const QString& note, const QString& tip) {
    m_value->setText(value);
    m_note->setText(note);
    setToolTip(tip);
    setAccessibleName(u"%1: %2. %3"_s.arg(m_label->text(), value, note));
}

void MetricCard::mouseReleaseEvent(QMouseEvent* event) {
    if (event->button() == Qt::LeftButton && rect().contains(event->position().toPoint())) {
        emit activated();
    }
}

void MetricCard::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter ||
        event->key() == Qt::Key_Space) {
        emit activated();
        return;
    }
    QFrame::keyPressEvent(event);
}

void MetricCard::paintEvent(QPaintEvent* event) {
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

EmptyState::EmptyState(const QString& icon, const QString& title, const QString& body,
                       QWidget* parent)
    : QWidget(parent),
      m_title(makeLabel(title, "section", this)),
      m_body(makeLabel(body, "muted", this)),
      m_buttons(new QHBoxLayout) {
    auto* column = new QVBoxLayout(this);
    column->setSpacing(space::kS);
    column->addStretch(2);
    column->addWidget(new IconLabel(icon, size::kIconEmpty, Tint::Muted, this), 0,
                      Qt::AlignHCenter);
    column->addSpacing(space::kS);
    m_title->setAlignment(Qt::AlignHCenter);
    m_body->setAlignment(Qt::AlignHCenter);
    m_body->setWordWrap(true);
    column->addWidget(m_title);
    column->addWidget(m_body);
    column->addSpacing(space::kS);
    m_buttons->setSpacing(space::kS);
    m_buttons->addStretch();
    m_buttons->addStretch();
    column->addLayout(m_buttons);
    column->addStretch(3);
}

void EmptyState::setText(const QString& title, const QString& body) {
    m_title->setText(title);
    m_body->setText(body);
}

void EmptyState::setButtonsVisible(bool visible) {
    for (int i = 0; i < m_buttons->count(); ++i) {
        if (QWidget* button = m_buttons->itemAt(i)->widget()) {
            button->setVisible(visible);
        }
    }
}

void EmptyState::addButton(QPushButton* button) {
    m_buttons->insertWidget(m_buttons->count() - 1, button);
}

}  // namespace gr::ui
