// SPDX-License-Identifier: MIT
#include "models/provider_model.h"

#include <QCoreApplication>
#include <algorithm>

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {
QString say(const char* word) {
    return QCoreApplication::translate("ProviderState", word);
}
}  // namespace

StateLook providerLook(const ProviderInfo& info, const gateway::ProviderStatus* status,
                       UnixMs now) {
    using State = gateway::ProviderStatus::State;
    if (!info.enabled) {
        return {say("off"), u"circle-pause"_s, Tone::Neutral};
    }
    if (!info.answerable) {
        return {say("not in this version"), u"circle-slash"_s, Tone::Neutral};
    }
    if (info.key == ProviderInfo::Key::Missing) {
        return {say("no key"), u"circle-dashed"_s, Tone::Warning};
    }
    switch (status != nullptr ? status->state : State::Untried) {
        case State::NoKey:
            return {say("no key"), u"circle-dashed"_s, Tone::Warning};
        case State::KeyRejected:
            return {say("key rejected"), u"circle-x"_s, Tone::Danger};
        case State::Down:
            return {say("down"), u"circle-alert"_s, Tone::Danger};
        case State::Cooling: {
            const std::int64_t left =
                status->until ? std::max<std::int64_t>(0, status->until->value - now.value) / 1000
                              : 0;
            return {say("cooling %1:%2").arg(left / 60).arg(left % 60, 2, 10, QChar(u'0')),
                    u"clock"_s, Tone::Warning};
        }
        case State::Ready:
            return {say("ready"), u"circle-check"_s, Tone::Success};
        case State::Untried:
            break;
    }
    return {say("not used yet"), u"circle-dot"_s, Tone::Neutral};
}

void ProviderModel::set(std::vector<ProviderInfo> providers, UnixMs now) {
    // The same providers in the same order: only their contents changed, so selection stays.
    const bool sameRows =
        std::ranges::equal(providers, m_providers, {}, &ProviderInfo::id, &ProviderInfo::id);
    m_now = now;
    if (sameRows) {
        m_providers = std::move(providers);
        if (!m_providers.empty()) {
            emit dataChanged(index(0), index(rowCount() - 1));
        }
        return;
    }
    beginResetModel();
    m_providers = std::move(providers);
    endResetModel();
}

void ProviderModel::setStatuses(std::vector<gateway::ProviderStatus> statuses, UnixMs now) {
    m_statuses = std::move(statuses);
    m_now = now;
    if (!m_providers.empty()) {
        emit dataChanged(index(0), index(rowCount() - 1));
    }
}

const ProviderInfo* ProviderModel::providerAt(int row) const {
    return row >= 0 && row < rowCount() ? &m_providers[static_cast<std::size_t>(row)] : nullptr;
}

const gateway::ProviderStatus* ProviderModel::statusOf(const std::string& id) const {
    const auto it = std::ranges::find(m_statuses, id, &gateway::ProviderStatus::id);
    return it == m_statuses.end() ? nullptr : &*it;
}

int ProviderModel::rowOf(const std::string& id) const {
    const auto it = std::ranges::find(m_providers, id, &ProviderInfo::id);
    return it == m_providers.end() ? -1 : static_cast<int>(it - m_providers.begin());
}

int ProviderModel::faults() const {
    return static_cast<int>(std::ranges::count_if(m_providers, [this](const ProviderInfo& info) {
        return providerLook(info, statusOf(info.id), m_now).tone == Tone::Danger;
    }));
}

int ProviderModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_providers.size());
}

QVariant ProviderModel::data(const QModelIndex& index, int role) const {
    const ProviderInfo* info = providerAt(index.row());
    if (info == nullptr) {
        return {};
    }
    const StateLook look = providerLook(*info, statusOf(info->id), m_now);
    switch (role) {
        case Qt::DisplayRole:
            return info->simulated ? tr("%1 (simulated)").arg(text(info->title))
                                   : text(info->title);
        case Qt::AccessibleTextRole:
            return QString(text(info->title) + u", "_s + look.word);
        case Qt::ToolTipRole:
            return text(info->baseUrl);
        case IdRole:
            return text(info->id);
        case StateRole:
            return look.word;
        case StateIconRole:
            return look.icon;
        case StateToneRole:
            return static_cast<int>(look.tone);
        default:
            return {};
    }
}

}  // namespace gr::ui
