// SPDX-License-Identifier: MIT
#include <algorithm>

#include "protocol/bound_reader.h"
#include "protocol/bound_sums.h"

// Tools: functions of the client cost what their descriptions take; tools that the provider runs
// cost what they do.
namespace gr::protocol {
namespace {

using json::Cursor;
using json::Type;

constexpr std::int64_t kClientToolTemplate = 2048;  // Anthropic's computer, editor: 735 + 499
// Of Anthropic's own loop until it pauses the turn, calls beyond max_uses included.
constexpr std::int64_t kLeastReadings = 11;

bool isOneOf(std::string_view name, std::initializer_list<std::string_view> names) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool isFamily(std::string_view name, std::initializer_list<std::string_view> prefixes) {
    return std::any_of(prefixes.begin(), prefixes.end(),
                       [name](std::string_view p) { return name.starts_with(p); });
}

}  // namespace

struct BoundReader::HostedTool {
    std::string type;
    std::optional<std::int64_t> maxUses;
    bool atClient = false;  // shell: environment local; tool_search: execution client
};

void BoundReader::tools(Cursor& at, const Where& where) {
    Cursor start = at;
    rewritten(start.skip());
    m_hasTools = true;
    listOrOne(at, where, [&](const Where& here) { tool(at, here); });
}

void BoundReader::tool(Cursor& at, const Where& where) {
    HostedTool tool;
    std::string room;
    const auto says = [&](std::string_view value) { return at.string(room) == value; };
    at.members([&](std::string_view key) {
        if (at.type() == Type::Null)
            return;
        if (key == "type")
            tool.type = at.string(room);
        else if (key == "max_uses")
            tool.maxUses = json::integerIn(at.skip());
        else if (key == "execution")
            tool.atClient = says("client");
        else if (key == "environment")
            at.members([&](std::string_view inner) {
                if (inner == "type")
                    tool.atClient = says("local");
            });
        else if (key == "cache_control")
            cacheMark(at);
        else if (key == "tools") {
            const Where inner{&where, key};
            listOrOne(at, inner, [&](const Where& here) { this->tool(at, here); });
        }
    });
    toolType(tool, Where{&where, "type"});
}

void BoundReader::toolType(const HostedTool& tool, const Where& where) {
    const std::string& type = tool.type;
    if (type.empty() || isOneOf(type, {"function", "custom"}))
        return;
    if (m_protocol == Protocol::Anthropic) {
        // The client runs these, in words that Anthropic wrote.
        if (isFamily(type, {"bash_20", "text_editor_20", "memory_20", "computer_20"}))
            m_extra += kClientToolTemplate;
        // Later versions run code of the model as well, as often as it likes.
        else if (isOneOf(type, {"web_search_20250305", "web_fetch_20250910"}) && tool.maxUses)
            hosted(tool.maxUses, type.starts_with("web_search"), where, type);
        else
            unbounded(where, type);
        return;
    }
    if (m_protocol == Protocol::OpenAiResponses) {
        if (type == "namespace")
            return;
        if (isOneOf(type, {"local_shell", "apply_patch", "computer", "computer_use_preview"}) ||
            (tool.atClient && isOneOf(type, {"shell", "tool_search"}))) {
            m_extra += kClientToolTemplate;
            return;
        }
        if (isFamily(type, {"web_search"}))
            return hosted({}, true, where, type);
    }
    unbounded(where, type);
}

void BoundReader::hosted(std::optional<std::int64_t> uses, bool searches, const Where& where,
                         std::string_view type) {
    if (!uses) {
        if (m_needsMaxToolCalls.empty())
            m_needsMaxToolCalls = where.text() + " " + std::string(type);
        return;
    }
    if (*uses < 1 || *uses > kMostTokens)
        return unbounded(where, type);
    if (searches)
        m_bound.webSearches = plus(m_bound.webSearches, *uses);
    m_bound.readings = plus(std::max(m_bound.readings, kLeastReadings), *uses);
    m_bound.writesPerReading = true;
    m_bound.fillsContext = true;
}

void BoundReader::geminiTools(Cursor& at, const Where& where) {
    Cursor start = at;
    rewritten(start.skip());
    m_hasTools = true;
    listOrOne(at, where, [&](const Where& here) {
        at.members([&](std::string_view key) {
            if (at.type() == Type::Null ||
                isOneOf(key, {"functionDeclarations", "function_declarations"}))
                return;
            if (isOneOf(key, {"computerUse", "computer_use"}))
                m_extra += kClientToolTemplate;
            else
                unbounded(Where{&here, key});
        });
    });
}

}  // namespace gr::protocol
