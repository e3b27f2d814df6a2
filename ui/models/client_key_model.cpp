// SPDX-License-Identifier: MIT
#include "models/client_key_model.h"

#include "format.h"
#include "models/limit_row.h"
#include "theme/icons.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

QString modelsText(const ClientKeyInfo& key) {
    QStringList names;
    for (const std::string& model : key.models) {
        names << text(model);
    }
    return names.isEmpty() ? ClientKeyModel::tr("all") : names.join(u", "_s);
}

QString limitsText(const ClientKeyInfo& key) {
    QStringList limits;
    for (const ledger::Limit& limit : key.limits) {
        limits << limitText(limit);
    }
    return limits.isEmpty() ? ClientKeyModel::tr("none of its own") : limits.join(u", "_s);
}

// "node, 14:02:07"; `all`: each with its path, a line each.
QString programsText(const ClientKeyInfo& key, UnixMs now, bool all) {
    if (key.programs.empty()) {
        return ClientKeyModel::tr("not seen yet");
    }
    QStringList seen;
    for (const ledger::KeyProgram& program : key.programs) {
        const QString path = text(program.program);
        seen << ClientKeyModel::tr("%1, %2").arg(all ? path : path.section(u'/', -1),
                                                 shortTime(program.lastSeen, now));
        if (!all) {
            break;
        }
    }
    return seen.join(u'\n');
}

}  // namespace

void ClientKeyModel::setKeys(std::vector<ClientKeyInfo> keys, UnixMs now) {
    beginResetModel();
    std::erase_if(keys, [](const ClientKeyInfo& key) { return key.revokedAt.has_value(); });
    m_keys = std::move(keys);
    m_now = now;
    endResetModel();
}

const ClientKeyInfo* ClientKeyModel::keyAt(int row) const {
    return row >= 0 && row < static_cast<int>(m_keys.size())
               ? &m_keys[static_cast<std::size_t>(row)]
               : nullptr;
}

int ClientKeyModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_keys.size());
}

int ClientKeyModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant ClientKeyModel::data(const QModelIndex& index, int role) const {
    const ClientKeyInfo* key = keyAt(index.row());
    if (key == nullptr) {
        return {};
    }
    if (role == Qt::DecorationRole && index.column() == Name) {
        return themedIcon(u"key-round"_s, Tint::Muted);
    }
    if (role != Qt::DisplayRole && role != Qt::ToolTipRole) {
        return {};
    }
    switch (index.column()) {
        case Name:
            return text(key->id);
        case Models:
            return modelsText(*key);
        case Limits:
            return limitsText(*key);
        case Made:
            return key->createdAt ? shortTime(*key->createdAt, m_now) : tr("configuration");
        case UsedBy:
            return programsText(*key, m_now, role == Qt::ToolTipRole);
        case Expires:
            if (!key->expiresAt) {
                return tr("never");
            }
            return *key->expiresAt < m_now ? tr("expired") : shortTime(*key->expiresAt, m_now);
        default:
            return {};
    }
}

QVariant ClientKeyModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
        case Name:
            return tr("Name");
        case Models:
            return tr("Models");
        case Limits:
            return tr("Limits");
        case Made:
            return tr("Made");
        case UsedBy:
            return tr("Used by");
        case Expires:
            return tr("Expires");
        default:
            return {};
    }
}

}  // namespace gr::ui
