// SPDX-License-Identifier: MIT
#include "protocol/gemini_content_writer.h"

#include <optional>
#include <utility>

#include "protocol/gemini_part_writer.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

using Kind = Part::Kind;

// Something in a content: a part of the client's, or (a later system turn) text of its own.
struct Item {
    const Part* part = nullptr;
    std::string text;

    bool is(Kind kind) const { return part != nullptr && part->kind == kind; }
};

// A content in the making.
struct Group {
    bool model = false;
    std::vector<Item> items;

    std::vector<const ToolCall*> calls() const {
        std::vector<const ToolCall*> calls;
        for (const Item& item : items) {
            if (model && item.is(Kind::ToolCall))
                calls.push_back(&item.part->call);
        }
        return calls;
    }
};

std::string reminder(JsonString text) {
    return "\"<system-reminder>\\n" + std::string(inside(text)) + "\\n</system-reminder>\"";
}

// A signature of Google's that stands alone before a call came with that call: other protocols have
// no place for it on the call itself. The gateway may have put it there again.
bool isOfCall(const Reasoning& reasoning, const ToolCall& call) {
    return reasoning.vendor == "gemini" && saysNothing(reasoning.text) &&
           (!GeminiPartWriter::isSigned(call) || call.signature == reasoning.signature);
}

class Composer final {
  public:
    Composer(const ChatRequest& request, const Target& target)
        : m_request(request), m_writer(request, target) {}

    Result<GeminiContents> compose();

  private:
    void gather();
    void gatherSystem(const Turn& turn, bool leading);
    void mend();
    std::vector<Item>& items(bool model);
    void writeModel(const Group& group);
    void writeUser(const Group& group, const std::vector<const ToolCall*>& calls);
    void write(const Item& item);

    const ChatRequest& m_request;
    GeminiPartWriter m_writer;
    std::vector<Group> m_groups;
    std::vector<JsonString> m_system;
};

std::vector<Item>& Composer::items(bool model) {
    if (m_groups.empty() || m_groups.back().model != model)
        m_groups.push_back({model, {}});
    return m_groups.back().items;
}

void Composer::gatherSystem(const Turn& turn, bool leading) {
    for (const Part& part : turn.parts) {
        if (saysNothing(part.text) || isBillingLine(part.text))
            continue;
        if (leading)
            m_system.push_back(part.text);
        else
            items(false).push_back({nullptr, reminder(part.text)});
    }
}

void Composer::gather() {
    bool leading = true;
    for (const Turn& turn : m_request.turns) {
        if (turn.role == Role::System || turn.role == Role::Developer) {
            gatherSystem(turn, leading);
            continue;
        }
        leading = false;
        for (const Part& part : turn.parts) {
            if (m_writer.takes(part))
                items(turn.role == Role::Assistant).push_back({&part, {}});
        }
    }
}

// What Gemini refuses: a conversation of a system text alone, one that begins with a call, and
// calls that nothing follows.
void Composer::mend() {
    if (m_groups.empty()) {
        for (const JsonString text : std::exchange(m_system, {}))
            items(false).push_back({nullptr, std::string(text)});
        return;
    }
    if (!m_groups.front().calls().empty())
        m_groups.insert(m_groups.begin(), {false, {{nullptr, "\"…\""}}});
    if (!m_groups.back().calls().empty())
        m_groups.push_back({false, {}});
}

Result<GeminiContents> Composer::compose() {
    gather();
    mend();
    if (m_groups.empty()) {
        const std::string field(turnsField(m_request));
        return failField(
            ErrorCode::InvalidField, field,
            "\"" + field + "\" says nothing; send at least one message with some content.");
    }
    json::Writer& out = m_writer.out();
    out.array();
    std::vector<const ToolCall*> calls;
    for (const Group& group : m_groups) {
        out.object().key("role").string(group.model ? "model" : "user").key("parts").array();
        if (group.model)
            writeModel(group);
        else
            writeUser(group, calls);
        out.end().end();
        calls = group.calls();
    }
    if (m_writer.problem())
        return fail(*m_writer.problem());
    GeminiContents result;
    result.contents = out.end().take();
    for (const JsonString text : m_system)
        result.system.push_back("{\"text\":" + std::string(text) + "}");
    return result;
}

void Composer::writeModel(const Group& group) {
    std::string_view lent;
    bool first = true;
    for (std::size_t i = 0; i < group.items.size(); ++i) {
        const Item& item = group.items[i];
        const bool callNext = i + 1 < group.items.size() && group.items[i + 1].is(Kind::ToolCall);
        if (item.is(Kind::ToolCall)) {
            m_writer.call(*item.part, lent, first);
            lent = {};
            first = false;
        } else if (item.is(Kind::Reasoning)) {
            const Reasoning& reasoning = item.part->reasoning;
            if (callNext && isOfCall(reasoning, group.items[i + 1].part->call))
                lent = reasoning.signature;
            else
                m_writer.reasoning(*item.part);
        } else {
            write(item);
        }
    }
}

// Results first, one for each call; then the rest.
void Composer::writeUser(const Group& group, const std::vector<const ToolCall*>& calls) {
    std::vector<bool> done(group.items.size(), false);
    std::vector<const Part*> behind;
    for (const ToolCall* call : calls) {
        const ToolResult* found = nullptr;
        for (std::size_t i = 0; i < group.items.size() && found == nullptr; ++i) {
            const Item& item = group.items[i];
            if (done[i] || !item.is(Kind::ToolResult) || item.part->result->callId != call->id)
                continue;
            done[i] = true;
            found = item.part->result.get();
        }
        m_writer.result(*call, found, behind);
    }
    for (const Part* part : behind)
        m_writer.part(*part);
    for (std::size_t i = 0; i < group.items.size(); ++i) {
        if (!done[i])
            write(group.items[i]);
    }
}

void Composer::write(const Item& item) {
    if (item.part != nullptr)
        m_writer.part(*item.part);
    else
        m_writer.text(item.text);
}

}  // namespace

Result<GeminiContents> geminiContents(const ChatRequest& request, const Target& target) {
    return Composer(request, target).compose();
}

}  // namespace gr::protocol
