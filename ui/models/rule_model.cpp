// SPDX-License-Identifier: MIT
#include "models/rule_model.h"

#include <map>

#include "format.h"
#include "models/rule_words.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

// Whether `path` is `whole` or lies in it: "…[1]" has "…[1].if", not "…[12]".
bool isWithin(std::string_view path, std::string_view whole) {
    return path.starts_with(whole) &&
           (path.size() == whole.size() || path[whole.size()] == '.' || path[whole.size()] == '[');
}

QString hitWords(const std::optional<routing::RuleHits>& hits) {
    if (!hits) {
        return {};
    }
    const int number = static_cast<int>(hits->hits);
    if (hits->untold == 0) {
        return RuleModel::tr("%n hits in 7 days", nullptr, number);
    }
    return number > 0 ? RuleModel::tr("at least %n hits in 7 days", nullptr, number)
                      : RuleModel::tr("hits not known");
}

// Why there may be more of them; empty where all is known.
QString untoldWords(const std::optional<routing::RuleHits>& hits) {
    return hits && hits->untold > 0
               ? RuleModel::tr(
                     "Of %n more requests of the last 7 days nobody kept what this rule "
                     "asks about.",
                     nullptr, static_cast<int>(hits->untold))
               : QString();
}

std::string pathOf(int row) {
    return "$.routing.rules[" + std::to_string(row) + "]";
}

}  // namespace

QString findingWords(const std::vector<RoutingFinding>& findings, const std::string& path) {
    QStringList lines;
    for (const RoutingFinding& finding : findings) {
        if (isWithin(finding.path, path)) {
            std::string_view rest = std::string_view(finding.path).substr(path.size());
            if (rest.starts_with('.')) {
                rest.remove_prefix(1);
            }
            if (finding.message.starts_with("rule ")) {
                rest = {};  // the linter's sentences name it themselves
            }
            lines << QString(text(rest) + u' ' + text(finding.message)).trimmed();
        }
    }
    return lines.join(u'\n');
}

void RuleModel::set(const std::vector<settings::JsonNode>& rules,
                    const std::vector<std::string>& texts) {
    update(texts, [&] {
        std::map<std::string, std::optional<routing::RuleHits>> counted;
        for (Row& row : m_rows) {
            counted.emplace(std::move(row.text), row.hits);
        }
        m_rows.clear();
        for (std::size_t i = 0; i < rules.size(); ++i) {
            const auto same = counted.find(texts[i]);
            m_rows.push_back({.title = ruleTitle(rules[i], static_cast<int>(i)),
                              .sentence = ruleSentence(rules[i]),
                              .plain = rulePlain(rules[i]),
                              .enabled = ruleEnabled(rules[i]),
                              .text = texts[i],
                              .hits = same != counted.end() ? same->second : std::nullopt});
        }
        m_odd.assign(m_rows.size(), {});
    });
}

void RuleModel::setFindings(const std::vector<RoutingFinding>& findings) {
    m_odd.assign(m_rows.size(), {});
    for (std::size_t i = 0; i < m_odd.size(); ++i) {
        const std::string path = pathOf(static_cast<int>(i));
        m_odd[i].words = findingWords(findings, path);
        for (const RoutingFinding& finding : findings) {
            m_odd[i].error |= finding.error && isWithin(finding.path, path);
        }
    }
    tellAll();
}

void RuleModel::setHits(const std::vector<routing::RuleHits>& hits) {
    if (hits.size() != m_rows.size()) {
        return;
    }
    for (std::size_t i = 0; i < hits.size(); ++i) {
        m_rows[i].hits = hits[i];
    }
    tellAll();
}

void RuleModel::clearHits() {
    for (Row& row : m_rows) {
        row.hits.reset();
    }
    tellAll();
}

void RuleModel::tellAll() {
    if (rowCount() > 0) {
        emit dataChanged(index(0), index(rowCount() - 1));
    }
}

QString RuleModel::spoken(int row) const {
    const Row& rule = m_rows[static_cast<std::size_t>(row)];
    QStringList parts{rule.title, rule.plain};
    if (!rule.enabled) {
        parts << tr("switched off");
    } else if (const QString hits = hitWords(rule.hits); !hits.isEmpty()) {
        parts << hits;
    }
    if (const QString odd = oddAt(row).words; !odd.isEmpty()) {
        parts << odd;
    }
    return parts.join(u". "_s);
}

RuleModel::Odd RuleModel::oddAt(int row) const {
    return m_odd[static_cast<std::size_t>(row)];
}

QVariant RuleModel::data(const QModelIndex& index, int role) const {
    if (!index.isValid() || index.row() >= rowCount()) {
        return {};
    }
    const Row& rule = m_rows[static_cast<std::size_t>(index.row())];
    switch (role) {
        case Qt::DisplayRole:
            return rule.plain;
        case Qt::AccessibleTextRole:
            return spoken(index.row());
        case Qt::CheckStateRole:
            return rule.enabled ? Qt::Checked : Qt::Unchecked;
        case TitleRole:
            return rule.title;
        case SentenceRole:
            return rule.sentence;
        case NoticeRole:
            return oddAt(index.row()).words;
        case NoticeToneRole:
            return static_cast<int>(oddAt(index.row()).error ? Tone::Danger : Tone::Warning);
        case HitsRole:
            return rule.enabled ? hitWords(rule.hits) : QString();
        case Qt::ToolTipRole:
            return rule.enabled ? untoldWords(rule.hits) : QString();
        default:
            return {};
    }
}

Qt::ItemFlags RuleModel::flags(const QModelIndex& index) const {
    const Qt::ItemFlags flags = OrderedModel::flags(index);
    return index.isValid() ? flags | Qt::ItemIsUserCheckable : flags;
}

bool RuleModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (!index.isValid() || role != Qt::CheckStateRole) {
        return false;
    }
    emit enableWanted(index.row(), value.toInt() == Qt::Checked);
    return true;
}

}  // namespace gr::ui
