// SPDX-License-Identifier: MIT
#include "settings/json_edit.h"

#include <algorithm>
#include <optional>

namespace gr::settings {
namespace {

using Type = JsonNode::Type;

constexpr std::size_t kLongestLine = 90;

// What replaces the bytes from `begin` to `end`.
struct Splice {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string text;
};

// The parts must not overlap; those at one place come in the order given.
std::string applied(std::string_view source, std::vector<Splice> splices) {
    std::stable_sort(splices.begin(), splices.end(),
                     [](const Splice& a, const Splice& b) { return a.begin < b.begin; });
    std::string out;
    std::size_t at = 0;
    for (const Splice& splice : splices) {
        out += source.substr(at, splice.begin - at);
        out += splice.text;
        at = splice.end;
    }
    out += source.substr(at);
    return out;
}

bool isContainer(const JsonNode& node) {
    return node.isObject() || node.isArray();
}

std::size_t childCount(const JsonNode& node) {
    return node.isObject() ? node.members.size() : node.items.size();
}

std::size_t childBegin(const JsonNode& node, std::size_t i) {
    return node.isObject() ? node.members[i].nameBegin : node.items[i].begin;
}

const JsonNode& child(const JsonNode& node, std::size_t i) {
    return node.isObject() ? node.members[i].value : node.items[i];
}

bool isBlank(char c) {
    return c == ' ' || c == '\t';
}

// Renders new values.
class Writer final {
  public:
    Writer(std::string unit, std::string lineBreak)
        : m_unit(std::move(unit)), m_break(std::move(lineBreak)) {}

    std::string inLine(const JsonNode& node) const {
        switch (node.type) {
            case Type::Null:
                return "null";
            case Type::Bool:
                return node.boolean ? "true" : "false";
            case Type::Number:
                return node.text;
            case Type::String:
                return quoteJson(node.text);
            case Type::Array:
            case Type::Object:
                break;
        }
        const char* const brackets = node.isObject() ? "{}" : "[]";
        if (childCount(node) == 0)
            return brackets;
        std::string out = brackets[0] + std::string(" ");
        for (std::size_t i = 0; i < childCount(node); ++i)
            out += (i > 0 ? ", " : "") + name(node, i) + inLine(child(node, i));
        return out + " " + brackets[1];
    }

    // In one line where that is short, else a line for each child.
    std::string spread(const JsonNode& node, const std::string& indent) const {
        std::string line = inLine(node);
        if (!isContainer(node) || childCount(node) == 0 ||
            line.size() + indent.size() <= kLongestLine)
            return line;
        const std::string inner = indent + m_unit;
        std::string out(1, node.isObject() ? '{' : '[');
        for (std::size_t i = 0; i < childCount(node); ++i)
            out += (i > 0 ? "," : "") + m_break + inner + name(node, i) +
                   spread(child(node, i), inner);
        return out + m_break + indent + (node.isObject() ? '}' : ']');
    }

  private:
    static std::string name(const JsonNode& node, std::size_t i) {
        return node.isObject() ? quoteJson(node.members[i].name) + ": " : std::string();
    }

    std::string m_unit;
    std::string m_break;
};

// One edit of one text.
class Editor final {
  public:
    Editor(std::string_view text, const JsonNode& root)
        : m_text(text),
          m_root(root),
          m_break(text.find("\r\n") == std::string_view::npos ? "\n" : "\r\n"),
          m_unit(unitOf(root)),
          m_writer(m_unit, m_break) {}

    Result<std::string> set(const JsonPath& path, const JsonNode& value) {
        const JsonNode* node = &m_root;
        for (std::size_t step = 0; step < path.size(); ++step) {
            const auto place = find(*node, path[step]);
            if (!place)
                return fail(place.error());
            if (*place == childCount(*node))
                return insert(*node, path, step, value);
            node = &child(*node, *place);
        }
        return applied(m_text,
                       {{node->begin, node->end, m_writer.spread(value, indentAt(node->begin))}});
    }

    Result<std::string> remove(const JsonPath& path) {
        const JsonNode* parent = nullptr;
        const JsonNode* node = &m_root;
        std::size_t last = 0;
        for (const auto& step : path) {
            const auto place = find(*node, step);
            if (!place || *place == childCount(*node))
                return std::string(m_text);
            parent = node;
            last = *place;
            node = &child(*node, last);
        }
        if (parent == nullptr)
            return fail(ErrorCode::InvalidField, "The whole document cannot be removed.");
        return applied(m_text, removal(*parent, last));
    }

  private:
    // The place of `step` in `node`; the number of children when it is still free.
    Result<std::size_t> find(const JsonNode& node, const JsonPath::value_type& step) const {
        if (const auto* const name = std::get_if<std::string>(&step)) {
            if (!node.isObject())
                return fail(ErrorCode::InvalidField,
                            "The configuration has no object where \"" + *name + "\" belongs.");
            const auto it = std::find_if(node.members.begin(), node.members.end(),
                                         [name](const JsonMember& m) { return m.name == *name; });
            return static_cast<std::size_t>(it - node.members.begin());
        }
        const std::size_t place = std::get<std::size_t>(step);
        if (!node.isArray() || place > node.items.size())
            return fail(ErrorCode::InvalidField, "The configuration has no list with a place " +
                                                     std::to_string(place) + ".");
        return place;
    }

    std::size_t lineStart(std::size_t at) const {
        while (at > 0 && m_text[at - 1] != '\n')
            --at;
        return at;
    }

    // Whether a line ends here: with LF, CR LF or the text. A CR alone is a blank.
    bool endsLine(std::size_t at) const {
        const std::string_view rest = m_text.substr(at);
        return rest.empty() || rest.front() == '\n' || rest.starts_with("\r\n");
    }

    std::string indentAt(std::size_t at) const {
        const std::size_t start = lineStart(at);
        std::size_t end = start;
        while (end < m_text.size() && isBlank(m_text[end]))
            ++end;
        return std::string(m_text.substr(start, end - start));
    }

    bool beginsItsLine(std::size_t at) const {
        return at > 0 && lineStart(at) + indentAt(at).size() == at && lineStart(at) > 0;
    }

    // One level of indentation, as the document has it.
    std::string unitOf(const JsonNode& root) const {
        if (isContainer(root) && childCount(root) > 0) {
            const std::size_t first = childBegin(root, 0);
            if (beginsItsLine(first) && !indentAt(first).empty())
                return indentAt(first);
        }
        return "  ";
    }

    // Behind the comment that begins at `at`. Only LF ends one of a line; a CR before it belongs to
    // the line break.
    std::size_t commentEnd(std::size_t at) const {
        if (m_text.substr(at).starts_with("/*"))
            return std::min(m_text.find("*/", at + 2), m_text.size() - 2) + 2;
        const std::size_t end = std::min(m_text.find('\n', at), m_text.size());
        return m_text[end - 1] == '\r' ? end - 1 : end;
    }

    // The next byte that is neither blank nor comment.
    std::size_t skipBlanks(std::size_t at) const {
        while (at < m_text.size()) {
            const std::string_view rest = m_text.substr(at);
            if (isBlank(rest.front()) || rest.front() == '\n' || rest.front() == '\r')
                ++at;
            else if (rest.front() == '/')
                at = commentEnd(at);
            else
                break;
        }
        return at;
    }

    // The end of the line that `at` lies in; nothing when something other than blanks and comments
    // stands before it, or a comment that goes on in the next line.
    std::optional<std::size_t> restOfLine(std::size_t at) const {
        while (!endsLine(at)) {
            const std::string_view rest = m_text.substr(at);
            if (isBlank(rest.front()) || rest.front() == '\r') {
                ++at;
            } else if (rest.starts_with("//")) {
                return commentEnd(at);
            } else if (rest.front() == '/') {
                const std::size_t end = commentEnd(at);
                if (m_text.substr(at, end - at).find('\n') != std::string_view::npos)
                    return std::nullopt;
                at = end;
            } else {
                return std::nullopt;
            }
        }
        return at;
    }

    // Wraps the value in what is missing on the way, and puts it into `parent`.
    Result<std::string> insert(const JsonNode& parent, const JsonPath& path, std::size_t step,
                               JsonNode value) {
        for (std::size_t i = path.size() - 1; i > step; --i) {
            if (const auto* const name = std::get_if<std::string>(&path[i]))
                value = jsonObject({{*name, std::move(value)}});
            else if (std::get<std::size_t>(path[i]) == 0)
                value = jsonArray({std::move(value)});
            else
                return fail(ErrorCode::InvalidField, "The configuration has no such list.");
        }
        const auto* const name = std::get_if<std::string>(&path[step]);
        const std::string label = name != nullptr ? quoteJson(*name) + ": " : std::string();
        return applied(m_text, insertion(parent, label, value));
    }

    std::vector<Splice> insertion(const JsonNode& parent, const std::string& label,
                                  const JsonNode& value) const {
        if (parent.begin == parent.end) {  // a document without any value
            const bool apart = !m_text.empty() && !m_text.ends_with('\n');
            return {{m_text.size(), m_text.size(),
                     (apart ? m_break : "") + "{" + m_break + m_unit + label +
                         m_writer.spread(value, m_unit) + m_break + "}" + m_break}};
        }
        if (childCount(parent) == 0)
            return firstChild(parent, label, value);

        const std::size_t last = childCount(parent) - 1;
        const std::size_t end = child(parent, last).end;
        const std::size_t next = skipBlanks(end);
        const bool hasComma = m_text[next] == ',';
        const std::size_t after = hasComma ? next + 1 : end;
        const std::string closing = hasComma ? "," : "";
        std::vector<Splice> splices;
        if (!hasComma)
            splices.push_back({end, end, ","});
        const std::size_t begin = childBegin(parent, last);
        if (beginsItsLine(begin)) {
            const std::string indent = indentAt(begin);
            const std::size_t place = restOfLine(after).value_or(after);
            splices.push_back(
                {place, place,
                 m_break + indent + label + m_writer.spread(value, indent) + closing});
        } else {
            splices.push_back({after, after, " " + label + m_writer.inLine(value) + closing});
        }
        return splices;
    }

    std::vector<Splice> firstChild(const JsonNode& parent, const std::string& label,
                                   const JsonNode& value) const {
        const std::string indent = indentAt(parent.begin);
        const std::size_t close = parent.end - 1;
        std::size_t begin = parent.begin + 1;  // behind the last comment, when there are some
        for (std::size_t at = begin; at < close;) {
            if (m_text[at] == '/')
                begin = at = commentEnd(at);
            else
                ++at;
        }
        return {{begin, close,
                 m_break + indent + m_unit + label + m_writer.spread(value, indent + m_unit) +
                     m_break + indent}};
    }

    std::vector<Splice> removal(const JsonNode& parent, std::size_t place) const {
        Splice gap{childBegin(parent, place), child(parent, place).end, {}};
        const std::size_t next = skipBlanks(gap.end);
        const bool hasComma = m_text[next] == ',';
        std::vector<Splice> splices;
        if (hasComma && m_text.substr(gap.end, next - gap.end).find('/') == std::string_view::npos)
            gap.end = next + 1;
        else if (hasComma)
            splices.push_back({next, next + 1, {}});  // a comment stands before the comma
        else if (place > 0) {
            const std::size_t comma = skipBlanks(child(parent, place - 1).end);
            splices.push_back({comma, comma + 1, {}});
        }
        closeGap(gap, hasComma);
        splices.push_back(std::move(gap));
        return splices;
    }

    // Takes the blanks along that only this child needed: its whole line, or those beside it.
    void closeGap(Splice& gap, bool hasNext) const {
        std::size_t end = gap.end;
        while (end < m_text.size() && isBlank(m_text[end]))
            ++end;
        if (beginsItsLine(gap.begin) && endsLine(end)) {
            // With the line break before it, which the first line of a document has not.
            gap.begin = lineStart(gap.begin) - 1;
            if (gap.begin > 0 && m_text[gap.begin - 1] == '\r')
                --gap.begin;
            gap.end = end;
        } else if (hasNext) {
            gap.end = end;
        } else {
            while (gap.begin > 0 && isBlank(m_text[gap.begin - 1]))
                --gap.begin;
        }
    }

    std::string_view m_text;
    const JsonNode& m_root;
    std::string m_break;
    std::string m_unit;
    Writer m_writer;
};

}  // namespace

Result<std::string> withValue(std::string_view text, const JsonPath& path, const JsonNode& value) {
    const auto root = parseJson(text);
    if (!root)
        return fail(root.error());
    return Editor(text, *root).set(path, value);
}

Result<std::string> withoutValue(std::string_view text, const JsonPath& path) {
    const auto root = parseJson(text);
    if (!root)
        return fail(root.error());
    return Editor(text, *root).remove(path);
}

Result<std::string> withItemMoved(std::string_view text, const JsonPath& path, std::size_t from,
                                  std::size_t to) {
    const auto root = parseJson(text);
    if (!root)
        return fail(root.error());
    const JsonNode* list = nodeAt(*root, path);
    if (list == nullptr || std::max(from, to) >= list->items.size())
        return fail(ErrorCode::InvalidField, "The configuration has no such list.");
    // The texts of the items change places.
    std::vector<std::string_view> texts;
    for (const JsonNode& item : list->items)
        texts.push_back(text.substr(item.begin, item.end - item.begin));
    const auto at = [&texts](std::size_t place) {
        return texts.begin() + static_cast<std::ptrdiff_t>(place);
    };
    if (from < to)
        std::rotate(at(from), at(from) + 1, at(to) + 1);
    else
        std::rotate(at(to), at(from), at(from) + 1);
    std::vector<Splice> splices;
    for (std::size_t i = 0; i < texts.size(); ++i)
        splices.push_back({list->items[i].begin, list->items[i].end, std::string(texts[i])});
    return applied(text, std::move(splices));
}

const JsonNode* nodeAt(const JsonNode& root, const JsonPath& path) {
    const JsonNode* node = &root;
    for (const auto& step : path) {
        if (const auto* const name = std::get_if<std::string>(&step)) {
            node = node->find(*name);
        } else {
            const std::size_t place = std::get<std::size_t>(step);
            node = place < node->items.size() ? &node->items[place] : nullptr;
        }
        if (node == nullptr)
            return nullptr;
    }
    return node;
}

JsonNode jsonText(std::string text) {
    JsonNode node;
    node.type = Type::String;
    node.text = std::move(text);
    return node;
}

JsonNode jsonNumber(std::int64_t number) {
    JsonNode node;
    node.type = Type::Number;
    node.text = std::to_string(number);
    return node;
}

JsonNode jsonBool(bool value) {
    JsonNode node;
    node.type = Type::Bool;
    node.boolean = value;
    return node;
}

JsonNode jsonArray(std::vector<JsonNode> items) {
    JsonNode node;
    node.type = Type::Array;
    node.items = std::move(items);
    return node;
}

JsonNode jsonObject(std::vector<std::pair<std::string, JsonNode>> members) {
    JsonNode node;
    node.type = Type::Object;
    for (auto& [name, value] : members) {
        JsonMember& member = node.members.emplace_back();
        member.name = std::move(name);
        member.value = std::move(value);
    }
    return node;
}

}  // namespace gr::settings
