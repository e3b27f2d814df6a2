// SPDX-License-Identifier: MIT
#pragma once

#include <QAbstractTableModel>
#include <optional>
#include <vector>

#include "base/result.h"

namespace gr::ui {

// One model that could answer, or why it may not.
struct RouteRow {
    QString name;    // provider/model
    QString reason;  // why it stands here, or why it was left out
    bool leftOut = false;
    std::optional<double> quality;  // 0 to 1, predicted
    std::optional<double> cost;     // USD, expected
    std::optional<double> worst;    // USD, at most
    std::optional<double> seconds;  // until the whole answer
    // What its score is made of, by the gateway's names; empty where it has none.
    std::vector<std::pair<QString, double>> terms;
    std::optional<double> score;
};

// A routing decision as told by gateway/explain.h.
struct RouteTold {
    std::vector<RouteRow> rows;  // candidates, best first; then what was left out
    QStringList rules;           // that acted, by name
    QStringList flips;           // what would have changed the choice, sentences
    QString seenAs;              // what the request was taken for; may be empty
    QString unexamined;          // what nobody kept of it that rules ask about; may be empty
    // Of `auto` at this place of the dial: shares of requests that go to the stronger half of the
    // models, and of money that is saved against the strongest.
    std::optional<double> strongShare;
    std::optional<double> saving;
};

// Reads a decision; members that are not there are not known. ConfigInvalid when it is not JSON.
// Pure; any thread.
Result<RouteTold> readRoute(const std::string& json);

// What a score is made of, as a sentence; empty where nothing is known. Pure.
QString scoreWords(const RouteRow& row);

// The rows of a decision. Main thread.
class RouteModel final : public QAbstractTableModel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(RouteModel)

  public:
    enum Column { Model, Quality, Cost, Wait, Why, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;
    void set(std::vector<RouteRow> rows);
    const RouteRow* rowAt(int row) const;
    bool knows(Column column) const;  // of any row

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

  private:
    QString words(const RouteRow& row, int column) const;

    std::vector<RouteRow> m_rows;
};

}  // namespace gr::ui
