// SPDX-License-Identifier: MIT
#include "models/page_list_model.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

void PageListModel::setBadge(PageId page, int number, const QString& meaning) {
    Badge& badge = m_badges[static_cast<std::size_t>(page)];
    if (badge.number == number && badge.meaning == meaning) {
        return;
    }
    badge = {number, meaning};
    const QModelIndex changed = index(static_cast<int>(page));
    emit dataChanged(changed, changed);
}

int PageListModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : kPageCount;
}

QVariant PageListModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= kPageCount) {
        return {};
    }
    const auto page = static_cast<PageId>(index.row());
    const Badge& badge = m_badges[static_cast<std::size_t>(index.row())];
    switch (role) {
        case Qt::DisplayRole:
            return pageTitle(page);
        case Qt::ToolTipRole:
        case Qt::AccessibleTextRole:
            return badge.number > 0 ? QString(pageTitle(page) + u", "_s + badge.meaning)
                                    : pageTitle(page);
        case IconNameRole:
            return pageIcon(page);
        case BadgeRole:
            return badge.number;
        case SeparatedRole:
            return page == PageId::Settings;
        default:
            return {};
    }
}

}  // namespace gr::ui
