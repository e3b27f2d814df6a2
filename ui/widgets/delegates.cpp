// SPDX-License-Identifier: MIT
#include "widgets/delegates.h"

#include <QAbstractItemView>
#include <QPainter>

#include "models/page_list_model.h"
#include "theme/icons.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kApart = 17;  // of a row that stands apart: space, line, space

void paintGround(QPainter* painter, const QRect& box, const QStyleOptionViewItem& option,
                 const Tokens& tokens) {
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    if (selected || option.state.testFlag(QStyle::State_MouseOver)) {
        painter->setPen(Qt::NoPen);
        QColor ground = selected ? tokens.accentSoft : tokens.border;
        if (!selected) {
            ground.setAlphaF(0.5F);
        }
        painter->setBrush(ground);
        painter->drawRoundedRect(box, size::kRadius, size::kRadius);
    }
    if (selected && option.state.testFlag(QStyle::State_HasFocus)) {
        painter->setBrush(Qt::NoBrush);
        painter->setPen(QPen(tokens.accent, 2));
        painter->drawRoundedRect(box.adjusted(1, 1, -1, -1), size::kRadius, size::kRadius);
    }
}

QRect mirrored(const QStyleOptionViewItem& option, const QRect& rect) {
    return QStyle::visualRect(option.direction, option.rect, rect);
}

void paintIcon(QPainter* painter, const QString& name, const QRect& box, const QColor& color) {
    painter->drawPixmap(box.topLeft(), themedPixmap(name, box.width(),
                                                    painter->device()->devicePixelRatioF(), color));
}

void paintBadge(QPainter* painter, const QRect& row, int number, bool narrow,
                const QStyleOptionViewItem& option, const Tokens& tokens) {
    const QString digits = number > 99 ? u"99+"_s : QString::number(number);
    QFont font = option.font;
    font.setPointSizeF(font.pointSizeF() - 1.5);
    font.setWeight(QFont::DemiBold);
    painter->setFont(font);
    const int width = qMax(18, QFontMetrics(font).horizontalAdvance(digits) + 10);
    const QRect box(row.right() - width - (narrow ? 2 : 8), row.center().y() - (narrow ? 16 : 9),
                    width, 18);
    painter->setPen(Qt::NoPen);
    painter->setBrush(tokens.danger);
    painter->drawRoundedRect(mirrored(option, box), 9, 9);
    painter->setPen(tokens.dark ? tokens.onAccent : tokens.surface);
    painter->drawText(mirrored(option, box), Qt::AlignCenter, digits);
}

}  // namespace

void SidebarDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                            const QModelIndex& index) const {
    const Tokens& tokens = tokensOf(option.palette);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    QRect row = option.rect;
    if (index.data(PageListModel::SeparatedRole).toBool()) {
        painter->fillRect(row.left() + 8, row.top() + kApart / 2, row.width() - 16, 1,
                          tokens.border);
        row.setTop(row.top() + kApart);
    }
    paintGround(painter, row, option, tokens);
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    const QColor ink = selected ? tokens.accent : tokens.text;
    const int iconLeft = m_narrow ? row.center().x() - size::kIconSidebar / 2 + 1 : row.left() + 12;
    const QRect icon(iconLeft, row.center().y() - size::kIconSidebar / 2 + 1, size::kIconSidebar,
                     size::kIconSidebar);
    paintIcon(painter, index.data(PageListModel::IconNameRole).toString(), mirrored(option, icon),
              selected ? tokens.accent : tokens.textMuted);
    if (!m_narrow) {
        QFont font = option.font;
        if (selected) {
            font.setWeight(QFont::DemiBold);
        }
        painter->setFont(font);
        painter->setPen(ink);
        const QRect words = row.adjusted(12 + size::kIconSidebar + 10, 0, -8, 0);
        painter->drawText(mirrored(option, words), Qt::AlignVCenter | Qt::AlignLeading,
                          index.data().toString());
    }
    if (const int badge = index.data(PageListModel::BadgeRole).toInt(); badge > 0) {
        paintBadge(painter, row, badge, m_narrow, option, tokens);
    }
    painter->restore();
}

QSize SidebarDelegate::sizeHint(const QStyleOptionViewItem& option,
                                const QModelIndex& index) const {
    const int text = QFontMetrics(option.font).height() + 12;
    const int apart = index.data(PageListModel::SeparatedRole).toBool() ? kApart : 0;
    return {40, qMax(size::kSidebarItem, text) + apart};
}

void StateDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                          const QModelIndex& index) const {
    const Tokens& tokens = tokensOf(option.palette);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    paintGround(painter, option.rect, option, tokens);
    const QRect inner = option.rect.adjusted(12, 8, -8, -8);
    const int lineHeight = QFontMetrics(option.font).height();
    QFont font = option.font;
    font.setWeight(QFont::DemiBold);
    painter->setFont(font);
    painter->setPen(tokens.text);
    const QRect title(inner.left(), inner.top(), inner.width(), lineHeight);
    painter->drawText(
        mirrored(option, title), Qt::AlignVCenter | Qt::AlignLeading,
        QFontMetrics(font).elidedText(index.data().toString(), Qt::ElideRight, title.width()));
    const auto tone = static_cast<Tone>(index.data(m_roles.tone).toInt());
    const int second = inner.bottom() - lineHeight + 1;
    const QRect icon(inner.left(), second + (lineHeight - 14) / 2, 14, 14);
    paintIcon(painter, index.data(m_roles.icon).toString(), mirrored(option, icon),
              toneColor(tokens, tone));
    painter->setFont(option.font);
    painter->setPen(tokens.textMuted);
    const QRect word(inner.left() + 20, second, inner.width() - 20, lineHeight);
    painter->drawText(
        mirrored(option, word), Qt::AlignVCenter | Qt::AlignLeading,
        QFontMetrics(option.font)
            .elidedText(index.data(m_roles.word).toString(), Qt::ElideRight, word.width()));
    painter->restore();
}

QSize StateDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const {
    return {120, 2 * QFontMetrics(option.font).height() + 16 + space::kXs};
}

}  // namespace gr::ui
