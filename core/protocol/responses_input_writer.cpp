// SPDX-License-Identifier: MIT
#include "protocol/responses_input_writer.h"

#include <span>
#include <unordered_map>
#include <unordered_set>

#include "base/text.h"
#include "json/scan.h"
#include "protocol/json_text.h"
#include "protocol/responses_content_writer.h"

namespace gr::protocol {
namespace {

using Kind = Part::Kind;

constexpr std::size_t kLongestCallId = 64;

// The provider's bound on call ids; longer ones (some clients pack state into them) are replaced by
// their hash, the same for a call and its result.
std::string callId(std::string_view id) {
    if (id.size() <= kLongestCallId)
        return std::string(id);
    const std::string digest = sha256(id);
    const auto* bytes = reinterpret_cast<const unsigned char*>(digest.data());
    return "call_" + toHex(std::span(bytes, digest.size() / 2));
}

bool isOwnThought(const Reasoning& thought, const ChatRequest& request) {
    if (thought.signature.empty())
        return false;
    if (thought.vendor.empty())
        return request.from == Protocol::OpenAiResponses && !thought.signature.starts_with("gr1.");
    return thought.vendor == "openai";
}

class InputWriter final {
  public:
    InputWriter(const ChatRequest& request, const Target& target, const ResponsesForm& form,
                json::Writer& writer, WrittenRequest& out)
        : m_request(request),
          m_form(form),
          m_writer(writer),
          m_out(out),
          m_content(request, target, form, writer, out) {
        for (const Turn& turn : request.turns) {
            for (const Part& part : turn.parts) {
                if (part.kind == Kind::ToolCall)
                    m_called.emplace(part.call.id, !part.call.input.empty());
                else if (part.kind == Kind::ToolResult)
                    m_answered.insert(part.result->callId);
            }
        }
    }

    Result<void> write() {
        std::span<const Turn> turns(m_request.turns);
        if (hasInstructions()) {
            m_writer.key("instructions").raw(turns.front().parts.front().text);
            turns = turns.subspan(1);
        }
        m_writer.key("input").array();
        for (const Turn& turn : turns) {
            for (const Part& part : turn.parts) {
                if (auto ok = write(turn, part); !ok)
                    return ok;
            }
            m_content.closeMessage();
            writeMissingResults();
        }
        m_writer.end();
        return {};
    }

  private:
    // The reader puts `instructions` in front of all items, and nothing else without an item there.
    bool hasInstructions() const {
        if (m_request.from != Protocol::OpenAiResponses || m_request.turns.empty())
            return false;
        const Turn& first = m_request.turns.front();
        return first.role == Role::System && first.parts.size() == 1 &&
               first.parts.front().item.empty() && first.parts.front().kind == Kind::Text;
    }

    Result<void> write(const Turn& turn, const Part& part) {
        const bool orphan =
            part.kind == Kind::ToolResult && !m_called.contains(part.result->callId);
        if (part.kind == Kind::ToolCall && !m_answered.contains(part.call.id))
            m_unanswered.push_back(&part.call);
        if (m_form.own && !part.item.empty() && part.kind != Kind::Reasoning && !orphan) {
            writeItem(part.item);
            return {};
        }
        if (turn.role == Role::System && part.kind == Kind::Text && isBillingLine(part.text))
            return {};
        switch (part.kind) {
            case Kind::ToolCall:
                m_content.closeMessage();
                writeCall(part.call);
                return {};
            case Kind::ToolResult:
                return writeResult(*part.result, orphan);
            case Kind::Reasoning:
                m_content.closeMessage();
                writeThought(part.reasoning);
                return {};
            case Kind::Other:
                m_out.dropped.emplace_back(otherType(part.source));
                return {};
            default:
                return m_content.write(turn.role, part);
        }
    }

    // All parts of a message share its item, which is written once.
    void writeItem(JsonText item) {
        m_content.closeMessage();
        if (item.data() != m_lastItem)
            m_writer.raw(item);
        m_lastItem = item.data();
    }

    static std::string otherType(JsonText source) {
        const auto object = json::objectIn(source);
        const json::Member* type = object ? object->find("type") : nullptr;
        return type != nullptr && type->type == json::Type::String
                   ? json::unescape(object->raw(*type))
                   : std::string("a part without a type");
    }

    void writeCall(const ToolCall& call) {
        const bool custom = !call.input.empty();
        const bool freeform = custom && m_form.openAi;
        m_writer.object().key("type").string(freeform ? "custom_tool_call" : "function_call");
        m_writer.key("call_id")
            .string(callId(call.id))
            .key("name")
            .string(m_form.names.toProvider(call.name));
        if (freeform)
            m_writer.key("input").raw(call.input);
        else if (custom)
            m_writer.key("arguments").string("{\"input\":" + std::string(call.input) + "}");
        else
            m_writer.key("arguments").string(call.arguments.empty() ? "{}" : call.arguments);
        m_writer.end();
    }

    Result<void> writeResult(const ToolResult& result, bool orphan) {
        m_content.closeMessage();
        if (orphan)
            return m_content.writeOrphan(result);
        // Not all protocols tell the results of custom tools apart: the call decides.
        const bool custom = m_called.at(result.callId) && m_form.openAi;
        m_writer.object();
        m_writer.key("type").string(custom ? "custom_tool_call_output" : "function_call_output");
        m_writer.key("call_id").string(callId(result.callId)).key("output");
        if (auto ok = m_content.writeOutput(result); !ok)
            return ok;
        m_writer.end();
        return {};
    }

    void writeThought(const Reasoning& thought) {
        if (!m_form.openAi || !isOwnThought(thought, m_request))
            return;  // nobody can use another vendor's proof, and thoughts without one are refused
        // The proof names its item. What passed through this gateway has the provider's id in front
        // of the proof, because clients got another one.
        std::string_view id = thought.id;
        std::string_view proof = thought.signature;
        if (!thought.vendor.empty()) {
            const std::size_t colon = proof.find(':');
            id = proof.substr(0, colon == std::string_view::npos ? 0 : colon);
            proof.remove_prefix(colon == std::string_view::npos ? 0 : colon + 1);
        }
        m_writer.object().key("type").string("reasoning");
        if (!id.empty())
            m_writer.key("id").string(id);
        m_writer.key("summary").array();
        if (!saysNothing(thought.text) && thought.summary) {
            m_writer.object().key("type").string("summary_text");
            m_writer.key("text").raw(thought.text).end();
        }
        m_writer.end().key("encrypted_content").string(proof).end();
    }

    void writeMissingResults() {
        for (const ToolCall* call : m_unanswered) {
            const bool custom = !call->input.empty() && m_form.openAi;
            m_writer.object();
            m_writer.key("type").string(custom ? "custom_tool_call_output"
                                               : "function_call_output");
            m_writer.key("call_id").string(callId(call->id)).key("output").string("[no result]");
            m_writer.end();
        }
        m_unanswered.clear();
    }

    const ChatRequest& m_request;
    const ResponsesForm& m_form;
    json::Writer& m_writer;
    WrittenRequest& m_out;
    ResponsesContentWriter m_content;
    std::unordered_map<std::string_view, bool> m_called;  // by id: whether its tool is custom
    std::unordered_set<std::string_view> m_answered;
    std::vector<const ToolCall*> m_unanswered;
    const char* m_lastItem = nullptr;
};

}  // namespace

Result<void> writeResponsesInput(const ChatRequest& request, const Target& target,
                                 const ResponsesForm& form, json::Writer& writer,
                                 WrittenRequest& out) {
    return InputWriter(request, target, form, writer, out).write();
}

}  // namespace gr::protocol
