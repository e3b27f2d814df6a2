// SPDX-License-Identifier: MIT
#include "protocol/responses_memory.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "http/sse.h"
#include "json/writer.h"
#include "protocol/json_member.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

using json::Member;
using json::Object;
using json::Type;

Failure wrongType(const std::string& field, std::string_view expected) {
    return failField(ErrorCode::InvalidField, field,
                     "\"" + field + "\" must be " + std::string(expected) + ".");
}

// Items that need no id: messages, calls of tools and their results.
bool needsNoId(const Object& item) {
    const std::string_view type = inside(stringOf(item, "type"));
    return type.empty() || type == "message" || type.ends_with("function_call") ||
           type.ends_with("function_call_output") || type.ends_with("custom_tool_call") ||
           type.ends_with("custom_tool_call_output");
}

std::string spliced(std::string_view source, std::vector<Splice> splices) {
    const SplicedBody body(source, std::move(splices));
    std::string out;
    out.reserve(body.size());
    for (const std::string_view piece : body.pieces())
        out.append(piece);
    return out;
}

// `item` without the members of these names.
std::string without(const Object& item, std::string_view name) {
    const Member* member = item.find(name);
    return member == nullptr ? std::string(item.text)
                             : spliced(item.text, removeMembers(item, {member}));
}

void appendElement(std::string& list, std::string_view element) {
    if (list.size() > 1)
        list.push_back(',');
    list.append(element);
}

// Without the brackets.
std::string_view elementsText(std::string_view array) {
    return array.size() < 2 ? std::string_view() : array.substr(1, array.size() - 2);
}

bool blank(std::string_view text) {
    return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

// ---- the list of a response's input

std::string_view idPrefix(std::string_view type) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kPrefixes{
        std::pair{"function_call", "fc_"},
        std::pair{"function_call_output", "fco_"},
        std::pair{"custom_tool_call", "ctc_"},
        std::pair{"reasoning", "rs_"},
        std::pair{"custom_tool_call_output", "cto_"},
        std::pair{"item_reference", "ref_"},
    };
    for (const auto& [name, prefix] : kPrefixes) {
        if (name == type)
            return prefix;
    }
    return "msg_";
}

// The item as the list shows it: with an id and a type, its text as a list of parts.
std::string listed(const Object& item, const std::string& id, bool encryptedToo) {
    json::Writer out;
    out.object().key("id").string(id);
    if (rawOf(item, "type").empty())
        out.key("type").string("message");
    const bool assistant = inside(stringOf(item, "role")) == "assistant";
    for (const Member& member : item.members) {
        if (member.key == "id" || (member.key == "encrypted_content" && !encryptedToo))
            continue;
        out.key(member.key);
        if (member.key == "content" && member.type == Type::String) {
            out.array().object().key("type").string(assistant ? "output_text" : "input_text");
            out.key("text").raw(item.raw(member)).end().end();
        } else {
            out.raw(item.raw(member));
        }
    }
    return out.end().take();
}

struct Listed {
    std::string id;
    Object item;
};

std::vector<Listed> listedItems(std::string_view items, std::string_view responseId) {
    constexpr std::string_view kPrefix = "resp_";
    const std::string stem(responseId.substr(responseId.starts_with(kPrefix) ? kPrefix.size() : 0));
    std::vector<Listed> all;
    for (const std::string_view element : json::elementsIn(items)) {
        auto object = json::objectIn(element);
        if (!object)
            continue;
        std::string id = plainOf(*object, "id");
        if (id.empty())
            id = std::string(idPrefix(inside(stringOf(*object, "type")))) + stem + "_in" +
                 std::to_string(all.size());
        all.push_back({std::move(id), std::move(*object)});
    }
    return all;
}

// ---- watching what passes

class KeepingPassage final : public Passage {
  public:
    KeepingPassage(std::unique_ptr<Passage> passage, KeepResponse keep)
        : m_passage(std::move(passage)), m_keep(std::move(keep)) {}

    Verdict event(std::string_view raw, std::string& out) override {
        const Verdict verdict = m_passage->event(raw, out);
        if (mayBeLast(raw))
            look(raw);
        return verdict;
    }

    Result<std::string_view> whole(std::string_view body) override {
        auto given = m_passage->whole(body);
        if (given)
            take(*given);
        return given;
    }

    void end(std::string& out) override { m_passage->end(out); }
    void breakOff(const Error& error, std::string& out) override {
        m_passage->breakOff(error, out);
    }
    void keepAlive(std::string& out) override { m_passage->keepAlive(out); }
    bool complete() const override { return m_passage->complete(); }
    TokenUsage usage() const override { return m_passage->usage(); }
    std::string errorText() const override { return m_passage->errorText(); }
    bool passesErrorsOn() const override { return m_passage->passesErrorsOn(); }

  private:
    static bool mayBeLast(std::string_view raw) {
        return std::any_of(kLast.begin(), kLast.end(), [raw](std::string_view word) {
            return memmem(raw.data(), raw.size(), word.data(), word.size()) != nullptr;
        });
    }

    void look(std::string_view raw) {
        const auto event = json::scanObject(http::sseData(raw, m_scratch));
        if (!event || std::find(kLast.begin(), kLast.end(), plainOf(*event, "type")) == kLast.end())
            return;
        take(rawOf(*event, "response"));
    }

    void take(std::string_view text) {
        const auto object = json::scanObject(text);
        if (!object)
            return;
        const std::string status = plainOf(*object, "status");
        const std::string id = plainOf(*object, "id");
        const JsonText output = rawOf(*object, "output");
        if ((status == "completed" || status == "incomplete") && !id.empty() &&
            output.starts_with('['))
            m_keep({id, text, output});
    }

    static constexpr std::array<std::string_view, 2> kLast{"response.completed",
                                                           "response.incomplete"};
    std::unique_ptr<Passage> m_passage;
    KeepResponse m_keep;
    std::string m_scratch;
};

}  // namespace

Result<MemoryAsk> readMemoryAsk(const Ask& ask) {
    MemoryAsk memory;
    if (const Member* store = ask.body.find("store"); store != nullptr) {
        if (store->type != Type::True && store->type != Type::False && store->type != Type::Null)
            return wrongType("store", "true or false");
        memory.store = store->type != Type::False;
    }
    const Member* previous = ask.body.find("previous_response_id");
    if (previous == nullptr || previous->type == Type::Null)
        return memory;
    if (previous->type != Type::String)
        return wrongType("previous_response_id", "the id of a response");
    memory.previous = previous;
    memory.previousId = json::unescape(ask.body.raw(*previous));
    return memory;
}

std::string inputItems(const Ask& ask) {
    const Member* input = ask.body.find("input");
    if (input == nullptr)
        return "[]";
    if (input->type == Type::Array)
        return std::string(ask.body.raw(*input));
    if (input->type != Type::String)
        return "[]";
    json::Writer out;
    out.array().object().key("type").string("message").key("role").string("user");
    out.key("content").array().object().key("type").string("input_text");
    return out.key("text").raw(ask.body.raw(*input)).end().end().end().end().take();
}

std::string bodyWithHistory(const Ask& ask, const MemoryAsk& memory, std::string_view history) {
    std::string items = "[";
    for (const std::string_view element : json::elementsIn(history)) {
        const auto object = json::objectIn(element);
        appendElement(items,
                      object && needsNoId(*object) ? without(*object, "id") : std::string(element));
    }
    items.push_back(']');
    const Object& body = ask.body;
    const Member* input = body.find("input");
    if (input == nullptr) {
        return spliced(body.text, {{memory.previous->keyBegin, memory.previous->valueEnd,
                                    "\"input\":" + items}});
    }
    std::vector<Splice> splices = removeMembers(body, {memory.previous});
    // What is neither a text nor a list stays, for the reader to refuse.
    if (input->type == Type::String || input->type == Type::Array)
        splices.push_back(
            {input->valueBegin, input->valueEnd, joinedItems(items, inputItems(ask))});
    return spliced(body.text, std::move(splices));
}

std::string joinedItems(std::string_view first, std::string_view second) {
    std::string out = "[";
    out.append(elementsText(first));
    if (!blank(elementsText(first)) && !blank(elementsText(second)))
        out.push_back(',');
    return out.append(elementsText(second)).append("]");
}

Result<std::string> itemsPage(std::string_view items, std::string_view responseId,
                              const ItemsQuery& query) {
    std::vector<Listed> all = listedItems(items, responseId);
    if (query.descending)
        std::reverse(all.begin(), all.end());
    auto from = all.begin();
    if (!query.after.empty()) {
        from = std::find_if(all.begin(), all.end(),
                            [&query](const Listed& l) { return l.id == query.after; });
        if (from == all.end())
            return failField(ErrorCode::InvalidField, "after",
                             "\"after\" is not the id of an item of this list.");
        ++from;
    }
    const auto left = static_cast<std::size_t>(all.end() - from);
    const std::size_t count = std::min(left, query.limit);
    json::Writer out;
    out.object().key("object").string("list").key("data").array();
    for (std::size_t i = 0; i < count; ++i)
        out.raw(listed(from[static_cast<std::ptrdiff_t>(i)].item,
                       from[static_cast<std::ptrdiff_t>(i)].id, query.encryptedToo));
    out.end();
    const auto end = [&](std::string_view key, std::size_t index) {
        out.key(key);
        if (count == 0)
            out.null();
        else
            out.string(from[static_cast<std::ptrdiff_t>(index)].id);
    };
    end("first_id", 0);
    end("last_id", count == 0 ? 0 : count - 1);
    return out.key("has_more").boolean(left > count).end().take();
}

std::unique_ptr<Passage> keeping(std::unique_ptr<Passage> passage, KeepResponse keep) {
    return std::make_unique<KeepingPassage>(std::move(passage), std::move(keep));
}

}  // namespace gr::protocol
