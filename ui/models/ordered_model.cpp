// SPDX-License-Identifier: MIT
#include "models/ordered_model.h"

#include <QMimeData>

#include "format.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {
const auto kRow = u"application/x-gaterouter-row"_s;
}

int OrderedModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_texts.size());
}

Qt::ItemFlags OrderedModel::flags(const QModelIndex& index) const {
    const Qt::ItemFlags flags = QAbstractListModel::flags(index);
    return index.isValid() ? flags | Qt::ItemIsDragEnabled : flags | Qt::ItemIsDropEnabled;
}

QStringList OrderedModel::mimeTypes() const {
    return {kRow};
}

// With the model's own address, so that a row of another list is not taken for one of this.
QMimeData* OrderedModel::mimeData(const QModelIndexList& indexes) const {
    auto* data = new QMimeData;
    if (!indexes.isEmpty()) {
        data->setData(kRow, QByteArray::number(quintptr(this)) + ' ' +
                                QByteArray::number(indexes.first().row()));
    }
    return data;
}

std::optional<int> OrderedModel::draggedRow(const QMimeData* data) const {
    const QList<QByteArray> parts = data->data(kRow).split(' ');
    if (parts.size() != 2 || parts[0] != QByteArray::number(quintptr(this))) {
        return std::nullopt;
    }
    const int row = parts[1].toInt();
    return row >= 0 && row < rowCount() ? std::optional(row) : std::nullopt;
}

bool OrderedModel::canDropMimeData(const QMimeData* data, Qt::DropAction, int, int,
                                   const QModelIndex&) const {
    return draggedRow(data).has_value();
}

bool OrderedModel::dropMimeData(const QMimeData* data, Qt::DropAction, int row, int,
                                const QModelIndex& parent) {
    const std::optional<int> from = draggedRow(data);
    if (!from) {
        return false;
    }
    int to = parent.isValid() ? parent.row() : row < 0 ? rowCount() : row;
    if (!parent.isValid() && to > *from) {
        --to;  // it is taken away first
    }
    if (to != *from) {
        emit moveWanted(*from, to);
    }
    return false;
}

void OrderedModel::update(std::vector<std::string> texts, const std::function<void()>& take) {
    using Kind = ListStep::Kind;
    const ListStep step = listStep(m_texts, texts);
    const auto bring = [&] {
        m_texts = std::move(texts);
        if (take) {
            take();
        }
    };
    switch (step.kind) {
        case Kind::Same:
        case Kind::Changed:
            bring();
            if (rowCount() > 0) {  // what belongs to a row may be new though its text is not
                emit dataChanged(index(0), index(rowCount() - 1));
            }
            return;
        case Kind::Inserted:
            beginInsertRows({}, step.from, step.from);
            bring();
            endInsertRows();
            return;
        case Kind::Removed:
            beginRemoveRows({}, step.from, step.from);
            bring();
            endRemoveRows();
            return;
        case Kind::Moved:
            beginMoveRows({}, step.from, step.from, {},
                          step.to > step.from ? step.to + 1 : step.to);
            bring();
            endMoveRows();
            return;
        case Kind::Reset:
            beginResetModel();
            bring();
            endResetModel();
            return;
    }
}

QVariant NameModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || (role != Qt::DisplayRole && role != Qt::EditRole)) {
        return {};
    }
    return text(textAt(index.row()));
}

Qt::ItemFlags NameModel::flags(const QModelIndex& index) const {
    Qt::ItemFlags flags = OrderedModel::flags(index);
    if (!m_ordered) {
        flags &= ~(Qt::ItemIsDragEnabled | Qt::ItemIsDropEnabled);
    }
    return index.isValid() ? flags | Qt::ItemIsEditable : flags;
}

bool NameModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    const QString name = value.toString().trimmed();
    if (!index.isValid() || role != Qt::EditRole || name.isEmpty()) {
        return false;
    }
    if (name != text(textAt(index.row()))) {
        emit renameWanted(index.row(), name);
    }
    return true;
}

}  // namespace gr::ui
