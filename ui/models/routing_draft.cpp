// SPDX-License-Identifier: MIT
#include "models/routing_draft.h"

#include <QUndoCommand>
#include <algorithm>
#include <set>

#include "format.h"

namespace gr::ui {

using settings::JsonMember;
using settings::JsonNode;

namespace {

const JsonNode kNothing{};

const JsonNode& member(const JsonNode& root, const settings::JsonPath& path) {
    const JsonNode* found = settings::nodeAt(root, path);
    return found != nullptr ? *found : kNothing;
}

bool isSame(const JsonNode& a, const JsonNode& b) {
    const auto sameMember = [](const JsonMember& left, const JsonMember& right) {
        return left.name == right.name && isSame(left.value, right.value);
    };
    return a.type == b.type && a.boolean == b.boolean && a.text == b.text &&
           std::ranges::equal(a.items, b.items, isSame) &&
           std::ranges::equal(a.members, b.members, sameMember);
}

// How many rows of either list are not in the longest list that both contain in order.
int listChanges(const std::vector<JsonNode>& a, const std::vector<JsonNode>& b) {
    std::vector<std::vector<int>> common(a.size() + 1, std::vector<int>(b.size() + 1, 0));
    for (std::size_t i = a.size(); i-- > 0;) {
        for (std::size_t j = b.size(); j-- > 0;) {
            common[i][j] = isSame(a[i], b[j]) ? common[i + 1][j + 1] + 1
                                              : std::max(common[i + 1][j], common[i][j + 1]);
        }
    }
    return static_cast<int>(std::max(a.size(), b.size())) - common[0][0];
}

int nameChanges(const JsonNode& before, const JsonNode& after) {
    std::set<std::string> all;
    for (const JsonNode* side : {&before, &after}) {
        for (const JsonMember& one : side->members) {
            all.insert(one.name);
        }
    }
    return static_cast<int>(std::ranges::count_if(all, [&](const std::string& name) {
        return !isSame(member(before, {name}), member(after, {name}));
    }));
}

constexpr double kBalanced = 0.5;  // settings::Routing::preference
constexpr auto kAuto = "auto";     // settings::Routing::defaultModel

double preferenceIn(const JsonNode& root) {
    const JsonNode& node = member(root, {"routing", "preference"});
    return node.isNumber() ? node.number() : kBalanced;
}

std::string defaultIn(const JsonNode& root) {
    const JsonNode& node = member(root, {"routing", "default"});
    return node.isString() ? node.text : kAuto;
}

}  // namespace

int routingChanges(const JsonNode& before, const JsonNode& after) {
    const settings::JsonPath names{"routing", "aliases"};
    const settings::JsonPath rules{"routing", "rules"};
    return (preferenceIn(before) != preferenceIn(after) ? 1 : 0) +
           (defaultIn(before) != defaultIn(after) ? 1 : 0) +
           nameChanges(member(before, names), member(after, names)) +
           listChanges(member(before, rules).items, member(after, rules).items);
}

// One step: the text before and behind it.
class RoutingEdit final : public QUndoCommand {
  public:
    RoutingEdit(RoutingDraft& draft, std::string after, const QString& what, QString joint)
        : QUndoCommand(what),
          m_draft(draft),
          m_before(draft.m_text),
          m_after(std::move(after)),
          m_joint(std::move(joint)) {}

    void undo() override { m_draft.take(m_before); }
    void redo() override { m_draft.take(m_after); }
    int id() const override { return m_joint.isEmpty() ? -1 : 1; }
    bool mergeWith(const QUndoCommand* other) override {
        const auto* next = static_cast<const RoutingEdit*>(other);
        if (next->m_joint != m_joint) {
            return false;
        }
        m_after = next->m_after;
        setObsolete(m_after == m_before);
        return true;
    }

  private:
    RoutingDraft& m_draft;
    std::string m_before;
    std::string m_after;
    QString m_joint;
};

RoutingDraft::RoutingDraft(QObject* parent) : QObject(parent) {
    load("{}\n");
}

bool RoutingDraft::load(const std::string& document) {
    auto root = settings::parseJson(document);
    if (!root) {
        return false;
    }
    m_base = m_text = document;
    m_baseRoot = m_root = std::move(*root);
    m_undo.clear();
    count();
    emit changed();
    return true;
}

void RoutingDraft::markApplied() {
    m_base = m_text;
    m_baseRoot = m_root;
    // Typing goes on in a step of its own.
    m_undo.setClean();
    count();
    emit changed();
}

void RoutingDraft::replace(const std::string& document, const QString& what) {
    if (settings::parseJson(document)) {
        edit(document, what);
    }
}

void RoutingDraft::take(const std::string& text) {
    auto root = settings::parseJson(text);
    Q_ASSERT(root);
    m_text = text;
    m_root = std::move(*root);
    count();
    emit changed();
}

void RoutingDraft::count() {
    m_changes = routingChanges(m_baseRoot, m_root);
}

void RoutingDraft::edit(Result<std::string> edited, const QString& what, const QString& joint) {
    // A path that leads nowhere belongs to a widget whose row just went: there is nothing to do.
    if (edited && *edited != m_text) {
        m_undo.push(new RoutingEdit(*this, std::move(*edited), what, joint));
    }
}

RoutingDraft::Path RoutingDraft::inRouting(const Path& path) {
    Path whole{"routing"};
    whole.insert(whole.end(), path.begin(), path.end());
    return whole;
}

double RoutingDraft::preference() const {
    return preferenceIn(m_root);
}

QString RoutingDraft::defaultModel() const {
    return ui::text(defaultIn(m_root));
}

std::vector<RoutingDraft::Names> RoutingDraft::names() const {
    std::vector<Names> all;
    for (const JsonMember& one : member(m_root, {"routing", "aliases"}).members) {
        Names& names = all.emplace_back(Names{one.name, {}});
        for (const JsonNode& model : one.value.items) {
            names.models.push_back(model.text);
        }
    }
    return all;
}

std::vector<JsonNode> RoutingDraft::rules() const {
    return member(m_root, {"routing", "rules"}).items;
}

std::vector<std::string> RoutingDraft::ruleTexts() const {
    std::vector<std::string> texts;
    for (const JsonNode& rule : member(m_root, {"routing", "rules"}).items) {
        texts.push_back(m_text.substr(rule.begin, rule.end - rule.begin));
    }
    return texts;
}

const JsonNode* RoutingDraft::at(const Path& path) const {
    return settings::nodeAt(m_root, inRouting(path));
}

void RoutingDraft::set(const Path& path, const Node& value, const QString& what,
                       const QString& joint) {
    const Node* const old = at(path);
    if (old == nullptr || !isSame(*old, value)) {
        edit(settings::withValue(m_text, inRouting(path), value), what, joint);
    }
}

void RoutingDraft::remove(const Path& path, const QString& what, const QString& joint) {
    edit(settings::withoutValue(m_text, inRouting(path)), what, joint);
}

void RoutingDraft::moveItem(const Path& list, int from, int to, const QString& what) {
    edit(settings::withItemMoved(m_text, inRouting(list), static_cast<std::size_t>(from),
                                 static_cast<std::size_t>(to)),
         what);
}

void RoutingDraft::insertItem(const Path& list, int place, const std::string& json,
                              const QString& what) {
    const auto value = settings::parseJson(json);
    if (!value) {
        return;
    }
    const Node* const old = at(list);
    const std::size_t last = old != nullptr ? old->items.size() : 0;
    Path path = inRouting(list);
    path.emplace_back(last);
    auto edited = settings::withValue(m_text, path, *value);
    if (edited && static_cast<std::size_t>(place) < last) {
        edited = settings::withItemMoved(*edited, inRouting(list), last,
                                         static_cast<std::size_t>(place));
    }
    edit(std::move(edited), what);
}

// The name alone, so that its place and what stands behind it stay.
void RoutingDraft::renameMember(const Path& object, const std::string& name,
                                const std::string& newName, const QString& what) {
    const Node* const node = at(object);
    if (node == nullptr) {
        return;
    }
    const auto found = std::ranges::find(node->members, name, &JsonMember::name);
    if (found == node->members.end()) {
        return;
    }
    std::string edited = m_text;
    std::size_t end = found->nameBegin + 1;
    while (edited[end] != '"') {
        end += edited[end] == '\\' ? 2 : 1;
    }
    ++end;
    edited.replace(found->nameBegin, end - found->nameBegin, settings::quoteJson(newName));
    edit(std::move(edited), what);
}

}  // namespace gr::ui
