// SPDX-License-Identifier: MIT
#pragma once

#include "backend.h"
#include "models/ordered_model.h"
#include "routing/rule_recall.h"
#include "settings/json_tree.h"
#include "theme/tokens.h"

namespace gr::ui {

// What is said of the value at `path` (such as "$.routing.rules[1]") and of what lies in it, a line
// for each. Pure.
QString findingWords(const std::vector<RoutingFinding>& findings, const std::string& path);

// The rules in order, as sentences, with what is odd about them. Main thread.
class RuleModel final : public OrderedModel {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(RuleModel)

  public:
    enum Role {
        TitleRole = Qt::UserRole,
        SentenceRole,  // rich text
        NoticeRole,    // empty: nothing is odd
        NoticeToneRole,
        HitsRole,  // how often it had its say lately; empty: not known, or switched off
    };

    using OrderedModel::OrderedModel;
    // `texts`: the bytes of each rule, by which rows are told apart.
    void set(const std::vector<settings::JsonNode>& rules, const std::vector<std::string>& texts);
    void setFindings(const std::vector<RoutingFinding>& findings);
    // Of the last 7 days, one for each rule; what does not fit the rules that stand here is
    // dropped. A rule keeps its number while its text stays.
    void setHits(const std::vector<routing::RuleHits>& hits);
    void clearHits();

    QVariant data(const QModelIndex& index, int role) const override;
    Qt::ItemFlags flags(const QModelIndex& index) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;

  signals:
    void enableWanted(int row, bool enabled);

  private:
    struct Row {
        QString title;
        QString sentence;
        QString plain;
        bool enabled = true;
        std::string text;
        std::optional<routing::RuleHits> hits;
    };
    struct Odd {
        QString words;
        bool error = false;
    };
    Odd oddAt(int row) const;
    void tellAll();
    QString spoken(int row) const;

    std::vector<Row> m_rows;
    std::vector<Odd> m_odd;
};

}  // namespace gr::ui
