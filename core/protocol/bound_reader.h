// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/cursor.h"
#include "protocol/bound_tables.h"
#include "protocol/bound_value.h"
#include "protocol/chat.h"

// The walk of boundOf() through a body.
namespace gr::protocol {

// The way from the body to a value: "tools[2].type". Lives on the walker's stack.
struct Where {
    const Where* up = nullptr;
    std::string_view key;  // empty: `index` counts
    std::size_t index = 0;

    std::string text() const;
};

// `key` in the spelling of Gemini's tables: Google reads camelCase and snake_case alike.
std::string_view camelOf(std::string_view key, std::string& room);

class BoundReader final {
  public:
    explicit BoundReader(Protocol protocol) : m_protocol(protocol) {}

    // One member of the body, for which `act` was found; `at` stands on its value.
    void member(Act act, json::Cursor& at, const Where& where);
    // When all were read.
    Bound finish(std::size_t bodyBytes);

    void unbounded(const Where& where, std::string_view what = {});

  private:
    struct Node;
    struct HostedTool;

    void known(const Known& names, json::Cursor& at, const Where& where, bool camel = false);
    // Each element; some providers take one object where a list is meant.
    template <class Each>
    void listOrOne(json::Cursor& at, const Where& where, Each&& each) {
        if (at.type() != json::Type::Array)
            return each(where);
        at.elements([&](std::size_t index) { each(Where{&where, {}, index}); });
    }

    void number(Act act, json::Cursor& at, const Where& where);
    void word(Act act, json::Cursor& at, const Where& where);
    void refused(json::Cursor& at, const Where& where);
    void rewritten(std::string_view text);
    void cacheMark(json::Cursor& at);
    void citations(json::Cursor& at);
    void contextEdits(json::Cursor& at, const Where& where);
    void prediction(json::Cursor& at);
    void modalities(json::Cursor& at, const Where& where);
    void prompts(json::Cursor& at);
    void embedInput(json::Cursor& at, const Where& where);

    void nodes(json::Cursor& at, const Where& where);
    void node(json::Cursor& at, const Where& where);
    void nodeMember(Node& seen, Act act, json::Cursor& at, const Where& where);
    void nodeType(Node& seen, json::Cursor& at, const Where& where);
    void imageUrl(json::Cursor& at, const Where& where);
    void address(json::Cursor& at, const Where& where);
    void file(json::Cursor& at, const Where& where);
    void fileData(json::Cursor& at, const Where& where);
    void source(const Node& seen, json::Cursor at, const Where& where);
    void image(std::size_t dataBytes);

    void tools(json::Cursor& at, const Where& where);
    void tool(json::Cursor& at, const Where& where);
    void toolType(const HostedTool& tool, const Where& where);
    void hosted(std::optional<std::int64_t> uses, bool searches, const Where& where,
                std::string_view type);
    void geminiTools(json::Cursor& at, const Where& where);
    void blob(json::Cursor& at, const Where& where);

    const Protocol m_protocol;
    Bound m_bound;
    std::size_t m_imageBytes = 0;  // of the body, which are pictures' data
    std::int64_t m_extra = 0;      // what templates add
    bool m_hasTools = false;
    bool m_maxToolCallsRead = false;
    std::int64_t m_prompts = 1;
    std::int64_t m_maxToolCalls = 0;
    std::string m_needsMaxToolCalls;  // Responses: the hosted tool that only it bounds
};

}  // namespace gr::protocol
