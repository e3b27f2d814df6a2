// SPDX-License-Identifier: MIT
#pragma once

#include <QAbstractListModel>
#include <QStringList>
#include <functional>
#include <optional>
#include <vector>

#include "models/list_step.h"

namespace gr::ui {

// Rows that a person orders by dragging. What the person does is asked for by signals; whoever owns
// the list changes it and calls update(). Main thread.
class OrderedModel : public QAbstractListModel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(OrderedModel)

  public:
    using QAbstractListModel::QAbstractListModel;

    int rowCount(const QModelIndex& parent = {}) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    Qt::DropActions supportedDropActions() const override { return Qt::MoveAction; }
    QStringList mimeTypes() const override;
    QMimeData* mimeData(const QModelIndexList& indexes) const override;
    bool canDropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                         const QModelIndex& parent) const override;
    // Never true: the row moves by moveWanted, so the view has nothing to take away.
    bool dropMimeData(const QMimeData* data, Qt::DropAction action, int row, int column,
                      const QModelIndex& parent) override;

  signals:
    void moveWanted(int from, int to);

  protected:
    // The rows are `texts` now; `take` brings in what else belongs to them, at the right moment.
    void update(std::vector<std::string> texts, const std::function<void()>& take = {});
    const std::string& textAt(int row) const { return m_texts[static_cast<std::size_t>(row)]; }

  private:
    std::optional<int> draggedRow(const QMimeData* data) const;

    std::vector<std::string> m_texts;
};

// Names, one a row, which can be typed anew.
class NameModel final : public OrderedModel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(NameModel)

  public:
    explicit NameModel(bool ordered, QObject* parent = nullptr)
        : OrderedModel(parent), m_ordered(ordered) {}
    void set(const std::vector<std::string>& names) { update(names); }
    QVariant data(const QModelIndex& index, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;

  signals:
    void renameWanted(int row, const QString& name);

  private:
    bool m_ordered;
};

}  // namespace gr::ui
