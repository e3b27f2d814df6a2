// SPDX-License-Identifier: MIT
#pragma once

#include <QStyledItemDelegate>

namespace gr::ui {

// Draws the sidebar: icon, title, badge; a line above a row that stands apart.
class SidebarDelegate final : public QStyledItemDelegate {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SidebarDelegate)

  public:
    using QStyledItemDelegate::QStyledItemDelegate;
    void setNarrow(bool narrow) { m_narrow = narrow; }
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

  private:
    bool m_narrow = false;
};

// A row of two lines: a title, and below it a state with icon and word (roles of the constructor).
class StateDelegate final : public QStyledItemDelegate {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(StateDelegate)

  public:
    struct Roles {
        int word;
        int icon;
        int tone;
    };
    StateDelegate(Roles roles, QObject* parent) : QStyledItemDelegate(parent), m_roles(roles) {}
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

  private:
    Roles m_roles;
};

}  // namespace gr::ui
