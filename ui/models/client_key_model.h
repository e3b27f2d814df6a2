// SPDX-License-Identifier: MIT
#pragma once

#include <QAbstractTableModel>
#include <vector>

#include "backend.h"

namespace gr::ui {

// The keys of the user's tools, revoked ones left out. Main thread.
class ClientKeyModel final : public QAbstractTableModel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ClientKeyModel)

  public:
    enum Column { Name, Models, Limits, UsedBy, Expires, Made, ColumnCount };

    explicit ClientKeyModel(QObject* parent = nullptr) : QAbstractTableModel(parent) {}
    void setKeys(std::vector<ClientKeyInfo> keys, UnixMs now);
    const ClientKeyInfo* keyAt(int row) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  private:
    std::vector<ClientKeyInfo> m_keys;
    UnixMs m_now;
};

}  // namespace gr::ui
