// SPDX-License-Identifier: MIT
#include "widgets/parts.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QMimeData>
#include <QPainter>
#include <QStyle>
#include <QTableView>
#include <QTimer>

#include "format.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr QSize kIconWithGap(size::kIconText + 4, size::kIconText);

const char* kindName(ButtonKind kind) {
    switch (kind) {
        case ButtonKind::Normal:
            return "normal";
        case ButtonKind::Primary:
            return "primary";
        case ButtonKind::Danger:
            return "danger";
        case ButtonKind::Flat:
            return "flat";
        case ButtonKind::Link:
            return "link";
    }
    return "normal";
}

Tint tintFor(ButtonKind kind) {
    switch (kind) {
        case ButtonKind::Primary:
            return Tint::OnAccent;
        case ButtonKind::Danger:
            return Tint::Danger;
        case ButtonKind::Link:
            return Tint::Accent;
        default:
            return Tint::Muted;
    }
}

}  // namespace

QLabel* makeLabel(const QString& labelText, const char* role, QWidget* parent) {
    auto* label = new QLabel(labelText, parent);
    label->setTextFormat(Qt::PlainText);
    if (*role != '\0') {
        label->setProperty("role", QString::fromLatin1(role));
    }
    return label;
}

QLabel* makeParagraph(const QString& labelText, const char* role, QWidget* parent) {
    QLabel* label = makeLabel(labelText, role, parent);
    label->setWordWrap(true);
    label->setTextInteractionFlags(Qt::TextSelectableByMouse);
    return label;
}

QPushButton* makeButton(const QString& label, ButtonKind kind, const QString& icon,
                        QWidget* parent) {
    auto* button = new QPushButton(label, parent);
    if (!icon.isEmpty()) {
        button->setIcon(themedIcon(icon, tintFor(kind)));
        button->setIconSize(kIconWithGap);
    }
    button->setAutoDefault(false);
    setKind(button, kind);
    return button;
}

QPushButton* makeIconButton(const QString& icon, const QString& name, QWidget* parent) {
    auto* button = new QPushButton(parent);
    button->setIcon(themedIcon(icon, Tint::Muted));
    button->setIconSize(QSize(size::kIconText, size::kIconText));
    button->setAccessibleName(name);
    button->setToolTip(name);
    button->setAutoDefault(false);
    button->setProperty("kind", u"icon"_s);
    return button;
}

QPushButton* makeActionButton(QAction* action, ButtonKind kind, QWidget* parent) {
    QPushButton* button = makeButton({}, kind, {}, parent);
    const auto follow = [button, action, kind] {
        button->setText(action->text().remove(u'&').remove(u"…"_s));
        button->setToolTip(action->toolTip());
        button->setEnabled(action->isEnabled());
        if (kind == ButtonKind::Primary) {
            return;  // its icon would be muted on the accent
        }
        button->setIcon(action->icon());
        button->setIconSize(kIconWithGap);
    };
    follow();
    QObject::connect(action, &QAction::changed, button, follow);
    QObject::connect(button, &QPushButton::clicked, action, &QAction::trigger);
    return button;
}

void setKind(QPushButton* button, ButtonKind kind) {
    setStyleProperty(button, "kind", QString::fromLatin1(kindName(kind)));
}

QFrame* makeCard(QWidget* parent) {
    auto* card = new QFrame(parent);
    card->setProperty("card", true);
    return card;
}

QFrame* makeRule(QWidget* parent) {
    auto* rule = new QFrame(parent);
    rule->setProperty("rule", true);
    return rule;
}

IconLabel::IconLabel(QString icon, int side, Tint tint, QWidget* parent) : QWidget(parent) {
    setFixedSize(side, side);
    set(icon, tint);
}

void IconLabel::set(const QString& icon, Tint tint) {
    m_icon = icon.isEmpty() ? QIcon() : themedIcon(icon, tint);
    update();
}

void IconLabel::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    m_icon.paint(&painter, rect());
}

StateLabel::StateLabel(QWidget* parent)
    : QWidget(parent),
      m_icon(new IconLabel({}, size::kIconText, Tint::Muted, this)),
      m_word(makeLabel({}, "", this)) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(space::kXs + space::kHalf);
    row->addWidget(m_icon);
    row->addWidget(m_word);
}

void StateLabel::set(const QString& icon, const QString& word, Tone tone) {
    m_icon->set(icon, tintOf(tone));
    m_word->setText(word);
    setAccessibleName(word);
}

void setUpTable(QTableView* table) {
    table->setShowGrid(false);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    table->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    table->setHorizontalScrollMode(QAbstractItemView::ScrollPerPixel);
    table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    table->setTabKeyNavigation(false);
    table->setWordWrap(false);
    table->setCornerButtonEnabled(false);
    table->verticalHeader()->hide();
    table->verticalHeader()->setDefaultSectionSize(size::kRow);
    table->verticalHeader()->setMinimumSectionSize(size::kRow - 4);
    table->horizontalHeader()->setHighlightSections(false);
    table->horizontalHeader()->setDefaultAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    table->horizontalHeader()->setMinimumSectionSize(48);
}

void setStyleProperty(QWidget* widget, const char* name, const QVariant& value) {
    if (widget->property(name) == value) {
        return;
    }
    widget->setProperty(name, value);
    widget->style()->unpolish(widget);
    widget->style()->polish(widget);
}

void copyText(const QString& copied) {
    QGuiApplication::clipboard()->setText(copied);
}

void copySecret(std::string_view secret) {
    const QString copied = text(secret);
    auto* data = new QMimeData;
    data->setText(copied);
    data->setData(u"x-kde-passwordManagerHint"_s, "secret");
    QClipboard* clipboard = QGuiApplication::clipboard();
    clipboard->setMimeData(data);
    QTimer::singleShot(30'000, clipboard, [clipboard, copied] {
        if (clipboard->text() == copied) {
            clipboard->clear();
        }
    });
}

}  // namespace gr::ui
