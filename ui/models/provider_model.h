// SPDX-License-Identifier: MIT
#pragma once

#include <QAbstractListModel>
#include <vector>

#include "backend.h"
#include "format.h"

namespace gr::ui {

// How a provider stands, in one word with icon and meaning: configuration and health together.
StateLook providerLook(const ProviderInfo& info, const gateway::ProviderStatus* status, UnixMs now);

// The configured providers with their state. Main thread.
class ProviderModel final : public QAbstractListModel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ProviderModel)

  public:
    enum Role { IdRole = Qt::UserRole, StateRole, StateIconRole, StateToneRole };

    explicit ProviderModel(QObject* parent = nullptr) : QAbstractListModel(parent) {}
    void set(std::vector<ProviderInfo> providers, UnixMs now);
    void setStatuses(std::vector<gateway::ProviderStatus> statuses, UnixMs now);

    const ProviderInfo* providerAt(int row) const;
    const gateway::ProviderStatus* statusOf(const std::string& id) const;
    int rowOf(const std::string& id) const;
    int faults() const;  // providers that want attention

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

  private:
    std::vector<ProviderInfo> m_providers;
    std::vector<gateway::ProviderStatus> m_statuses;
    UnixMs m_now;
};

}  // namespace gr::ui
