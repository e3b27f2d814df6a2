// SPDX-License-Identifier: MIT
#include "models/route_model.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <array>
#include <cmath>

#include "format.h"
#include "settings/json_tree.h"
#include "theme/icons.h"

namespace gr::ui {

using namespace Qt::StringLiterals;
using settings::JsonMember;
using settings::JsonNode;

namespace {

QString textIn(const JsonNode& node, std::string_view name) {
    const JsonNode* const found = node.find(name);
    return found != nullptr && found->isString() ? text(found->text) : QString();
}

// A number, also one that is written as a text.
std::optional<double> numberIn(const JsonNode& node, std::string_view name) {
    const JsonNode* const found = node.find(name);
    if (found == nullptr || (!found->isNumber() && !found->isString())) {
        return std::nullopt;
    }
    bool good = false;
    const double number = text(found->text).toDouble(&good);
    return good ? std::optional(number) : std::nullopt;
}

RouteRow rowOf(const JsonNode& node, bool leftOut) {
    RouteRow row;
    row.leftOut = leftOut;
    const QString provider = textIn(node, "provider");
    const QString model = textIn(node, "model");
    row.name = provider.isEmpty() ? model : QString(provider + u'/' + model);
    row.reason = textIn(node, "reason");
    row.quality = numberIn(node, "quality");
    row.cost = numberIn(node, "expected_cost");
    row.worst = numberIn(node, "worst_cost");
    row.seconds = numberIn(node, "seconds");
    row.score = numberIn(node, "score");
    const JsonNode* const terms = node.find("contributions");
    for (const JsonMember& term : terms != nullptr ? terms->members : JsonNode().members) {
        if (term.value.isNumber()) {
            row.terms.emplace_back(text(term.name), term.value.number());
        }
    }
    return row;
}

QString say(const char* sentence) {
    return QCoreApplication::translate("Route", sentence);
}

// Names, or objects that have one.
QStringList namesIn(const JsonNode& root, std::string_view name) {
    QStringList names;
    const JsonNode* const list = root.find(name);
    for (const JsonNode& item : list != nullptr ? list->items : JsonNode().items) {
        const QString one = item.isString() ? text(item.text) : textIn(item, "name");
        if (!one.isEmpty()) {
            names << one;
        }
    }
    return names;
}

QString flipWords(const JsonNode& flip) {
    const QString what = textIn(flip, "what");
    const QString choice = textIn(flip, "choice");
    const auto from = numberIn(flip, "from");
    const auto to = numberIn(flip, "to");
    if (what == u"preference"_s && from && to) {
        const QString place = QLocale().toString(*to, 'f', 2);
        return (*to > *from
                    ? say(QT_TRANSLATE_NOOP("Route", "With the dial at %1 or more, it is %2."))
                    : say(QT_TRANSLATE_NOOP("Route", "With the dial at %1 or less, it is %2.")))
            .arg(place, choice);
    }
    struct Row {
        const char* what;
        const char* words;
    };
    static constexpr std::array kRows{
        Row{"session", QT_TRANSLATE_NOOP("Route", "In a session of its own, it is %1.")},
        Row{"budget", QT_TRANSLATE_NOOP("Route", "With the whole budget left, it is %1.")},
        Row{"speed", QT_TRANSLATE_NOOP("Route", "At the usual speed of all, it is %1.")},
        Row{"rest", QT_TRANSLATE_NOOP("Route", "With all providers well, it is %1.")},
    };
    const auto row = std::ranges::find_if(
        kRows, [&what](const Row& one) { return what == QLatin1StringView(one.what); });
    return row != kRows.end()
               ? say(row->words).arg(choice)
               : say(QT_TRANSLATE_NOOP("Route", "Otherwise (%1), it is %2.")).arg(what, choice);
}

// Of a request of the books: what rules ask about, and nobody kept.
QString unexaminedWords(const QStringList& names) {
    struct Row {
        const char* name;
        const char* words;
    };
    static constexpr std::array kRows{
        Row{"secrets", QT_TRANSLATE_NOOP("Route", "secrets")},
        Row{"code", QT_TRANSLATE_NOOP("Route", "program code")},
        Row{"language", QT_TRANSLATE_NOOP("Route", "its language")},
        Row{"headers", QT_TRANSLATE_NOOP("Route", "headers")},
    };
    QStringList told;
    for (const QString& name : names) {
        const auto row = std::ranges::find_if(
            kRows, [&name](const Row& one) { return name == QLatin1StringView(one.name); });
        told << (row != kRows.end() ? say(row->words) : name);
    }
    return told.isEmpty()
               ? QString()
               : say(QT_TRANSLATE_NOOP("Route",
                                       "Rules ask about what was not kept of it (%1); they are "
                                       "taken not to hold."))
                     .arg(QLocale().createSeparatedList(told));
}

// "math · difficulty 62 % · about 1,204 tokens"
QString factWords(const JsonNode& facts) {
    QStringList parts;
    if (const QString domain = textIn(facts, "domain"); !domain.isEmpty()) {
        parts << domain;
    }
    if (const auto difficulty = numberIn(facts, "difficulty")) {
        parts << say(QT_TRANSLATE_NOOP("Route", "difficulty %1"))
                     .arg(QLocale().toString(*difficulty, 'f', 2));
    }
    if (const auto tokens = numberIn(facts, "prompt_tokens")) {
        parts << say(QT_TRANSLATE_NOOP("Route", "about %1 tokens"))
                     .arg(count(static_cast<std::int64_t>(*tokens)));
    }
    return parts.join(u" · "_s);
}

// The gateway's name of a part of the score, for people.
QString termName(const QString& name) {
    struct Row {
        const char* name;
        const char* words;
    };
    static constexpr std::array kRows{
        Row{"quality", QT_TRANSLATE_NOOP("Route", "quality")},
        Row{"cost", QT_TRANSLATE_NOOP("Route", "cost")},
        Row{"latency", QT_TRANSLATE_NOOP("Route", "waiting")},
        Row{"session", QT_TRANSLATE_NOOP("Route", "same session")},
        Row{"rules", QT_TRANSLATE_NOOP("Route", "rules")},
    };
    const auto row = std::ranges::find_if(
        kRows, [&name](const Row& one) { return name == QLatin1StringView(one.name); });
    return row != kRows.end() ? say(row->words) : name;
}

QString dollars(double usd) {
    return moneyDecimal(utf8(QString::number(usd, 'f', 6)));
}

constexpr double kSmallest = 0.0005;  // that is shown

QString points(double value) {
    return QLocale().toString(value, 'f', 3);
}

}  // namespace

Result<RouteTold> readRoute(const std::string& json) {
    const auto root = settings::parseJson(json);
    if (!root) {
        return fail(root.error());
    }
    RouteTold told;
    for (const auto& [name, leftOut] : {std::pair("candidates", false), {"rejected", true}}) {
        const JsonNode* const list = root->find(name);
        for (const JsonNode& item : list != nullptr ? list->items : JsonNode().items) {
            told.rows.push_back(rowOf(item, leftOut));
        }
    }
    told.rules = namesIn(*root, "rules");
    const JsonNode* const flips = root->find("flips");
    for (const JsonNode& flip : flips != nullptr ? flips->items : JsonNode().items) {
        told.flips << flipWords(flip);
    }
    if (const JsonNode* const facts = root->find("facts")) {
        told.seenAs = factWords(*facts);
    }
    told.unexamined = unexaminedWords(namesIn(*root, "unexamined"));
    if (const JsonNode* const dial = root->find("dial")) {
        told.strongShare = numberIn(*dial, "strong_share");
        told.saving = numberIn(*dial, "saving");
    }
    return told;
}

QString scoreWords(const RouteRow& row) {
    QStringList parts;
    for (const auto& [name, value] : row.terms) {
        if (std::abs(value) >= kSmallest) {
            parts << u"%1 %2"_s.arg(termName(name), points(value));
        }
    }
    if (parts.isEmpty()) {
        return {};
    }
    const QString sum = parts.join(u" · "_s);
    return row.score ? say(QT_TRANSLATE_NOOP("Route", "Score %1: %2")).arg(points(*row.score), sum)
                     : sum;
}

void RouteModel::set(std::vector<RouteRow> rows) {
    beginResetModel();
    m_rows = std::move(rows);
    endResetModel();
}

const RouteRow* RouteModel::rowAt(int row) const {
    return row >= 0 && row < rowCount() ? &m_rows[static_cast<std::size_t>(row)] : nullptr;
}

bool RouteModel::knows(Column column) const {
    return std::ranges::any_of(m_rows,
                               [&](const RouteRow& row) { return !words(row, column).isEmpty(); });
}

int RouteModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int RouteModel::columnCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : ColumnCount;
}

QString RouteModel::words(const RouteRow& row, int column) const {
    switch (column) {
        case Model:
            return row.name;
        case Quality:
            return row.quality ? QLocale().toString(*row.quality, 'f', 2) : QString();
        case Cost:
            return row.cost ? u"≈ "_s + dollars(*row.cost) : QString();
        case Wait:
            return row.seconds ? duration(static_cast<std::int64_t>(*row.seconds * 1'000))
                               : QString();
        case Why:
            return row.reason;
        default:
            return {};
    }
}

QVariant RouteModel::data(const QModelIndex& index, int role) const {
    const RouteRow* const row = index.isValid() ? rowAt(index.row()) : nullptr;
    if (row == nullptr) {
        return {};
    }
    const bool number =
        index.column() == Quality || index.column() == Cost || index.column() == Wait;
    switch (role) {
        case Qt::DisplayRole:
            return words(*row, index.column());
        case Qt::AccessibleTextRole:
            return index.column() == Model && row->leftOut ? tr("left out: %1").arg(row->name)
                                                           : words(*row, index.column());
        case Qt::ToolTipRole:
            if (index.column() == Cost && row->worst) {
                return tr("at most %1").arg(dollars(*row->worst));
            }
            return index.column() == Why ? row->reason : scoreWords(*row);
        case Qt::TextAlignmentRole:
            return QVariant((number ? Qt::AlignTrailing : Qt::AlignLeading) | Qt::AlignVCenter);
        case Qt::DecorationRole:
            if (index.column() != Model) {
                return {};
            }
            return row->leftOut       ? themedIcon(u"circle-slash"_s, Tint::Muted)
                   : index.row() == 0 ? themedIcon(u"circle-check"_s, Tint::Success)
                                      : themedIcon(u"circle-dashed"_s, Tint::Muted);
        default:
            return {};
    }
}

QVariant RouteModel::headerData(int section, Qt::Orientation orientation, int role) const {
    if (orientation != Qt::Horizontal) {
        return {};
    }
    if (role == Qt::TextAlignmentRole) {
        const bool number = section == Quality || section == Cost || section == Wait;
        return QVariant((number ? Qt::AlignTrailing : Qt::AlignLeading) | Qt::AlignVCenter);
    }
    if (role != Qt::DisplayRole) {
        return {};
    }
    switch (section) {
        case Model:
            return tr("Model");
        case Quality:
            return tr("Quality");
        case Cost:
            return tr("Cost");
        case Wait:
            return tr("Time");
        case Why:
            return tr("Why");
        default:
            return {};
    }
}

}  // namespace gr::ui
