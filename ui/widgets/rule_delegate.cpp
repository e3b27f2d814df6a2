// SPDX-License-Identifier: MIT
#include "widgets/rule_delegate.h"

#include <QAbstractItemView>
#include <QAbstractTextDocumentLayout>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QTextDocument>
#include <QTextOption>

#include "models/rule_model.h"
#include "theme/icons.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

constexpr int kAcross = 12;
constexpr int kDown = 8;
constexpr int kBox = 16;
constexpr int kBeside = kAcross + kBox + 12;  // where words begin

int innerWidth(const QStyleOptionViewItem& option) {
    const auto* view = qobject_cast<const QAbstractItemView*>(option.widget);
    const int width = view != nullptr ? view->viewport()->width() : option.rect.width();
    return qMax(80, width - kBeside - kAcross);
}

void layOut(QTextDocument& words, const QStyleOptionViewItem& option, const QString& html) {
    QTextOption lines(Qt::AlignLeading);
    lines.setTextDirection(option.direction);
    words.setDocumentMargin(0);
    words.setDefaultFont(option.font);
    words.setDefaultTextOption(lines);
    words.setHtml(html);
    words.setTextWidth(innerWidth(option));
}

QRect noticeRect(const QStyleOptionViewItem& option, const QString& notice) {
    if (notice.isEmpty()) {
        return {};
    }
    return QFontMetrics(option.font)
        .boundingRect(QRect(0, 0, innerWidth(option) - kBox - space::kS, 10'000), Qt::TextWordWrap,
                      notice);
}

QRect boxRect(const QStyleOptionViewItem& option) {
    const int top = option.rect.top() + kDown + QFontMetrics(option.font).height() / 2 - kBox / 2;
    const QRect box(option.rect.left() + kAcross, top, kBox, kBox);
    return QStyle::visualRect(option.direction, option.rect, box);
}

void paintGround(QPainter* painter, const QStyleOptionViewItem& option, const Tokens& tokens) {
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    const QRect box = option.rect.adjusted(0, 1, 0, -1);
    if (selected || option.state.testFlag(QStyle::State_MouseOver)) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(selected ? tokens.accentSoft : tokens.window);
        painter->drawRoundedRect(box, size::kRadius, size::kRadius);
    }
    if (selected && option.state.testFlag(QStyle::State_HasFocus)) {
        painter->setBrush(Qt::NoBrush);
        painter->setPen(QPen(tokens.accent, 2));
        painter->drawRoundedRect(box.adjusted(1, 1, -1, -1), size::kRadius, size::kRadius);
    }
}

void paintBox(QPainter* painter, const QStyleOptionViewItem& option, bool on,
              const Tokens& tokens) {
    const QRect box = boxRect(option);
    painter->setPen(on ? tokens.accent : tokens.borderStrong);
    painter->setBrush(on ? tokens.accent : tokens.surface);
    painter->drawRoundedRect(QRectF(box).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4);
    if (on) {
        painter->drawPixmap(box.topLeft() + QPoint(2, 2),
                            themedPixmap(u"check"_s, kBox - 4,
                                         painter->device()->devicePixelRatioF(), tokens.onAccent));
    }
}

}  // namespace

void RuleDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                         const QModelIndex& index) const {
    const Tokens& tokens = tokensOf(option.palette);
    const bool on = index.data(Qt::CheckStateRole).toInt() == Qt::Checked;
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    paintGround(painter, option, tokens);
    paintBox(painter, option, on, tokens);
    const int width = innerWidth(option);
    const int line = QFontMetrics(option.font).height();
    const auto place = [&](int top, int height) {
        const QRect rect(option.rect.left() + kBeside, top, width, height);
        return QStyle::visualRect(option.direction, option.rect, rect);
    };
    int top = option.rect.top() + kDown;
    painter->setFont(option.font);
    painter->setPen(tokens.textMuted);
    const QFontMetrics metrics(option.font);
    const QString hits = index.data(RuleModel::HitsRole).toString();
    const int taken = hits.isEmpty() ? 0 : metrics.horizontalAdvance(hits) + space::kM;
    painter->drawText(place(top, line), Qt::AlignVCenter | Qt::AlignTrailing, hits);
    painter->drawText(place(top, line), Qt::AlignVCenter | Qt::AlignLeading,
                      metrics.elidedText(index.data(RuleModel::TitleRole).toString(),
                                         Qt::ElideRight, width - taken));
    top += line + space::kHalf;
    QTextDocument words;
    layOut(words, option, index.data(RuleModel::SentenceRole).toString());
    QAbstractTextDocumentLayout::PaintContext ink;
    ink.palette = option.palette;
    ink.palette.setColor(QPalette::Text, on ? tokens.text : tokens.textDisabled);
    const int tall = static_cast<int>(words.size().height());
    painter->save();
    painter->translate(place(top, tall).topLeft());
    words.documentLayout()->draw(painter, ink);
    painter->restore();
    top += tall + space::kXs;
    if (const QString notice = index.data(RuleModel::NoticeRole).toString(); !notice.isEmpty()) {
        const auto tone = static_cast<Tone>(index.data(RuleModel::NoticeToneRole).toInt());
        const QColor color = toneColor(tokens, tone);
        const QRect lines = noticeRect(option, notice);
        QRect icon(option.rect.left() + kBeside, top, kBox, kBox);
        icon = QStyle::visualRect(option.direction, option.rect, icon);
        painter->drawPixmap(
            icon.topLeft(),
            themedPixmap(tone == Tone::Danger ? u"circle-alert"_s : u"triangle-alert"_s, kBox,
                         painter->device()->devicePixelRatioF(), color));
        QRect beside(option.rect.left() + kBeside + kBox + space::kS, top, width - kBox - space::kS,
                     lines.height());
        beside = QStyle::visualRect(option.direction, option.rect, beside);
        painter->setPen(color);
        painter->drawText(beside, Qt::TextWordWrap | Qt::AlignLeading, notice);
    }
    painter->restore();
}

QSize RuleDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const {
    QTextDocument words;
    layOut(words, option, index.data(RuleModel::SentenceRole).toString());
    const QString notice = index.data(RuleModel::NoticeRole).toString();
    const int below =
        notice.isEmpty() ? 0 : space::kXs + qMax(kBox, noticeRect(option, notice).height());
    return {120, 2 * kDown + QFontMetrics(option.font).height() + space::kHalf +
                     static_cast<int>(words.size().height()) + below};
}

bool RuleDelegate::editorEvent(QEvent* event, QAbstractItemModel* model,
                               const QStyleOptionViewItem& option, const QModelIndex& index) {
    bool toggles = false;
    if (event->type() == QEvent::KeyPress) {
        toggles = static_cast<QKeyEvent*>(event)->key() == Qt::Key_Space;
    } else if (event->type() == QEvent::MouseButtonRelease) {
        const auto* mouse = static_cast<QMouseEvent*>(event);
        toggles = mouse->button() == Qt::LeftButton &&
                  boxRect(option).adjusted(-6, -6, 6, 6).contains(mouse->position().toPoint());
    }
    if (!toggles) {
        return false;
    }
    const bool on = index.data(Qt::CheckStateRole).toInt() == Qt::Checked;
    return model->setData(index, on ? Qt::Unchecked : Qt::Checked, Qt::CheckStateRole);
}

}  // namespace gr::ui
