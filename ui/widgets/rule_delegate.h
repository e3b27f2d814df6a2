// SPDX-License-Identifier: MIT
#pragma once

#include <QStyledItemDelegate>

namespace gr::ui {

// A rule as a row: its switch, its name, its sentence in as many lines as it takes, and what is odd
// about it.
class RuleDelegate final : public QStyledItemDelegate {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(RuleDelegate)

  public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    bool editorEvent(QEvent* event, QAbstractItemModel* model, const QStyleOptionViewItem& option,
                     const QModelIndex& index) override;
};

}  // namespace gr::ui
