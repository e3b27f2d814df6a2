// SPDX-License-Identifier: MIT
#pragma once

#include <QAbstractListModel>
#include <array>

#include "commands.h"

namespace gr::ui {

// The sidebar's rows: one a page, with a badge where something wants attention. Main thread.
class PageListModel final : public QAbstractListModel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(PageListModel)

  public:
    enum Role { IconNameRole = Qt::UserRole, BadgeRole, SeparatedRole };

    explicit PageListModel(QObject* parent = nullptr) : QAbstractListModel(parent) {}

    // `meaning` is what a screen reader says; 0 takes the badge away.
    void setBadge(PageId page, int number, const QString& meaning);

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

  private:
    struct Badge {
        int number = 0;
        QString meaning;
    };
    std::array<Badge, kPageCount> m_badges;
};

}  // namespace gr::ui
