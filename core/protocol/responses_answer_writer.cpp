// SPDX-License-Identifier: MIT
#include "protocol/responses_answer_writer.h"

#include <algorithm>
#include <deque>

#include "base/text.h"
#include "protocol/json_text.h"
#include "protocol/responses_events.h"
#include "protocol/responses_item.h"
#include "protocol/responses_object.h"
#include "protocol/responses_tools.h"

namespace gr::protocol {
namespace {

using Kind = OutputItem::Kind;

// Characters of the inside of a JSON string; an escape of a pair counts as two.
std::size_t charactersIn(std::string_view escaped) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < escaped.size(); ++i) {
        const auto byte = static_cast<unsigned char>(escaped[i]);
        if (byte == '\\')
            i += i + 1 < escaped.size() && escaped[i + 1] == 'u' ? 5 : 1;
        if ((byte & 0xc0) != 0x80)
            ++count;
    }
    return count;
}

class ResponsesWriter final : public AnswerWriter {
  public:
    explicit ResponsesWriter(AnswerContext context)
        : m_context(std::move(context)), m_stem(answerStem(m_context.id)), m_object(m_context) {}

    void write(const ChatEvent& event, std::string& out) override {
        if (m_ended || event.choice != 0)
            return;
        std::string& sink = begin(out);
        switch (event.kind) {
            case ChatEvent::Kind::Text:
            case ChatEvent::Kind::Refusal:
                content(event, event.kind == ChatEvent::Kind::Refusal, sink);
                break;
            case ChatEvent::Kind::Reasoning:
                reasoning(event, sink);
                break;
            case ChatEvent::Kind::ToolCall:
                call(event, sink);
                break;
            case ChatEvent::Kind::Arguments:
                arguments(event, sink);
                break;
            case ChatEvent::Kind::BlockEnd:
                blockEnd(event.block, sink);
                break;
            case ChatEvent::Kind::Citation:
                citation(event, sink);
                break;
            case ChatEvent::Kind::Logprobs:
                logprobs(event);
                break;
            case ChatEvent::Kind::Usage:
                m_usage = event.usage;
                break;
            case ChatEvent::Kind::Finish:
                m_finish = event.finish;
                break;
            case ChatEvent::Kind::Error:
                failWith(responseError(event.code, event.message), out);
                break;
            case ChatEvent::Kind::Begin:
                break;
        }
    }

    void end(std::string& out) override {
        if (m_ended)
            return;
        if (m_finish == Finish::Error) {
            failWith(responseError("server_error", "The model's output was not usable."), out);
            return;
        }
        std::string& sink = begin(out);
        const bool cut = m_finish == Finish::Length || m_finish == Finish::ContentFilter;
        for (OutputItem& item : m_items)
            close(item, cut ? "incomplete" : "completed", sink);
        ResponseState state;
        state.status = cut ? "incomplete" : "completed";
        if (cut)
            state.incomplete = m_finish == Finish::Length ? R"({"reason":"max_output_tokens"})"
                                                          : R"({"reason":"content_filter"})";
        last(cut ? "response.incomplete" : "response.completed", state, out);
    }

    void breakOff(const Error& error, std::string& out) override {
        if (!m_ended)
            failWith(responseError(error), out);
    }

    void keepAlive(std::string& out) override {
        if (!m_context.stream || m_ended)
            return;
        if (m_begun)
            progress("response.in_progress", out);
        else
            begin(out);
    }

  private:
    // Where a block of the answer goes.
    struct Slot {
        std::size_t block = 0;
        OutputItem* item = nullptr;
        std::size_t part = 0;
    };

    // The first events before anything else. Returns where events go: into nothing for a whole
    // answer.
    std::string& begin(std::string& out) {
        if (!m_begun && m_context.stream) {
            progress("response.created", out);
            progress("response.in_progress", out);
        }
        m_begun = true;
        m_nothing.clear();
        return m_context.stream ? out : m_nothing;
    }

    void progress(std::string_view type, std::string& out) {
        std::string object;
        m_object.append(object, ResponseState());
        m_events.response(out, type, object);
    }

    Slot* find(std::size_t block) {
        const auto it = std::find_if(m_slots.rbegin(), m_slots.rend(),
                                     [block](const Slot& s) { return s.block == block; });
        return it == m_slots.rend() ? nullptr : &*it;
    }

    OutputItem& addItem(Kind kind) {
        OutputItem& item = m_items.emplace_back();
        item.kind = kind;
        item.index = m_items.size() - 1;
        item.id = std::string(idPrefix(kind)) + "_" + m_stem + "_" + std::to_string(item.index);
        return item;
    }

    // ---- text and refusals

    void content(const ChatEvent& event, bool refusal, std::string& sink) {
        if (saysNothing(event.text))
            return;
        Slot* slot = find(event.block);
        const bool goesOn = slot != nullptr && slot->item->kind == Kind::Message &&
                            slot->item->open() && slot->item->content[slot->part].open &&
                            slot->item->content[slot->part].refusal == refusal;
        if (!goesOn)
            slot = addContent(event.block, refusal, sink);
        OutputItem::Content& part = slot->item->content[slot->part];
        part.text.append(inside(event.text));
        m_events.contentDelta(sink, *slot->item, slot->part, inside(event.text), m_logprobs);
        takeLogprobs(part);
    }

    // A further part of the message that is open, or of a new one.
    Slot* addContent(std::size_t block, bool refusal, std::string& sink) {
        const bool open =
            !m_items.empty() && m_items.back().kind == Kind::Message && m_items.back().open();
        if (!open) {
            closeTexts(sink);
            m_events.itemAdded(sink, addItem(Kind::Message));
        }
        OutputItem& item = m_items.back();
        if (!item.content.empty())
            closePart(item, item.content.size() - 1, sink);
        item.content.emplace_back().refusal = refusal;
        const std::size_t part = item.content.size() - 1;
        m_events.contentAdded(sink, item, part);
        return &m_slots.emplace_back(Slot{block, &item, part});
    }

    void closePart(OutputItem& item, std::size_t index, std::string& sink) {
        OutputItem::Content& part = item.content[index];
        if (!part.open)
            return;
        takeLogprobs(part);
        part.open = false;
        m_events.contentDone(sink, item, index);
    }

    void logprobs(const ChatEvent& event) {
        const std::string list = logprobsOf(event.json);
        if (!list.empty())
            m_logprobs.append(m_logprobs.empty() ? "" : ",").append(list);
    }

    void takeLogprobs(OutputItem::Content& part) {
        if (m_logprobs.empty() || part.refusal)
            return;
        part.logprobs.append(part.logprobs.empty() ? "" : ",").append(m_logprobs);
        m_logprobs.clear();
    }

    void citation(const ChatEvent& event, std::string& sink) {
        const Slot* slot = find(event.block);
        if (slot == nullptr || slot->item->kind != Kind::Message || !slot->item->open())
            return;
        OutputItem::Content& part = slot->item->content[slot->part];
        const std::string text = annotationOf(event.json, charactersIn(part.text));
        if (text.empty() || part.refusal || !part.open)
            return;
        part.annotations.append(part.annotations.empty() ? "" : ",").append(text);
        m_events.annotation(sink, *slot->item, slot->part, part.annotationCount++, text);
    }

    // ---- thoughts

    void reasoning(const ChatEvent& event, std::string& sink) {
        const bool text = !saysNothing(event.text);
        if (!text && event.signature.empty())
            return;
        Slot* slot = find(event.block);
        if (slot == nullptr || slot->item->kind != Kind::Reasoning || !slot->item->open()) {
            closeTexts(sink);
            OutputItem& added = addItem(Kind::Reasoning);
            m_events.itemAdded(sink, added);
            slot = &m_slots.emplace_back(Slot{event.block, &added, 0});
        }
        OutputItem& item = *slot->item;
        if (text) {
            if (item.content.empty()) {
                item.content.emplace_back();
                m_events.summaryAdded(sink, item);
            }
            item.content.front().text.append(inside(event.text));
            m_events.summaryDelta(sink, item, inside(event.text));
        }
        if (!event.signature.empty())
            setProof(item, sealed(event.vendor, event.signature, event.redacted));
    }

    bool proofsAsked() const {
        return m_context.request != nullptr && m_context.request->encryptedReasoningAsked;
    }

    // What comes back unread, from the client or from whoever keeps the answer; empty when neither
    // will have it.
    std::string sealed(std::string_view vendor, std::string_view signature, bool redacted) const {
        if (!m_context.seal || (!proofsAsked() && !m_context.keep))
            return {};
        return m_context.seal(std::string(vendor) + (redacted ? ":redacted" : ""), signature);
    }

    void setProof(OutputItem& item, std::string proof) const {
        if (proofsAsked())
            item.encrypted = std::move(proof);
        else
            item.proof = std::move(proof);
    }

    // ---- calls

    void call(const ChatEvent& event, std::string& sink) {
        closeTexts(sink);
        std::string proof = proofOf(event, sink);
        const Tool* tool =
            m_context.request != nullptr ? toolNamed(*m_context.request, event.name) : nullptr;
        const bool custom = event.custom || (tool != nullptr && tool->kind == Tool::Kind::Custom);
        OutputItem& item = addItem(custom ? Kind::Custom : Kind::Function);
        item.wrapped = custom && !event.custom;
        item.proof = std::move(proof);
        item.callId = event.id.empty() ? "call_" + m_stem + "_" + std::to_string(item.index)
                                       : std::string(event.id);
        item.name = event.name;
        if (tool != nullptr) {
            item.name = ownToolName(tool->name, tool->nameSpace);
            item.nameSpace = tool->nameSpace;
        }
        m_events.itemAdded(sink, item);
        m_slots.push_back(Slot{event.block, &item, 0});
    }

    // Gemini proves calls, and calls have no field for it here: thoughts without text in front.
    // What only the keeper of the answer wants is given back instead.
    std::string proofOf(const ChatEvent& event, std::string& sink) {
        std::string proof;
        if (!event.signature.empty())
            proof = sealed(event.vendor, event.signature, false);
        if (proof.empty() || !proofsAsked())
            return proof;
        OutputItem& item = addItem(Kind::Reasoning);
        m_events.itemAdded(sink, item);
        item.encrypted = std::move(proof);
        close(item, "completed", sink);
        return {};
    }

    void arguments(const ChatEvent& event, std::string& sink) {
        const Slot* slot = find(event.block);
        if (slot == nullptr || !slot->item->isCall() || !slot->item->open())
            return;
        OutputItem& item = *slot->item;
        const std::string_view piece = inside(event.text);
        item.input.append(piece);
        if (!item.wrapped && !piece.empty())
            m_events.inputDelta(sink, item, piece);
    }

    void closeCall(OutputItem& item, std::string& sink) {
        if (item.wrapped) {
            item.input = unwrappedInput(item.input);
            if (!item.input.empty())
                m_events.inputDelta(sink, item, item.input);
        } else if (item.kind == Kind::Function && item.input.empty()) {
            item.input = "{}";
            m_events.inputDelta(sink, item, item.input);
        }
        m_events.inputDone(sink, item);
    }

    // ---- ends

    void blockEnd(std::size_t block, std::string& sink) {
        const Slot* slot = find(block);
        if (slot == nullptr || !slot->item->open())
            return;
        if (slot->item->kind == Kind::Message)
            closePart(*slot->item, slot->part, sink);  // more text may join the message
        else
            close(*slot->item, "completed", sink);
    }

    // Calls may go on side by side, text and thoughts end when something else begins.
    void closeTexts(std::string& sink) {
        for (OutputItem& item : m_items) {
            if (!item.isCall())
                close(item, "completed", sink);
        }
    }

    void close(OutputItem& item, std::string_view status, std::string& sink) {
        if (!item.open())
            return;
        if (item.isCall())
            closeCall(item, sink);
        else if (item.kind == Kind::Message)
            closePart(item, item.content.size() - 1, sink);
        else if (!item.content.empty())
            m_events.summaryDone(sink, item);
        item.status = status;
        m_events.itemDone(sink, item);
    }

    void failWith(const std::string& error, std::string& out) {
        begin(out);
        for (OutputItem& item : m_items) {
            if (item.open())
                item.status = "incomplete";
        }
        ResponseState state;
        state.status = "failed";
        state.error = error;
        last("response.failed", state, out);
    }

    void last(std::string_view type, ResponseState state, std::string& out) {
        std::string output = "[";
        for (const OutputItem& item : m_items) {
            if (item.index > 0)
                output.push_back(',');
            appendItem(output, item);
        }
        output.push_back(']');
        const std::string usage = responseUsage(m_usage);
        state.output = output;
        state.usage = usage;
        std::string object;
        m_object.append(object, state);
        if (m_context.keep && state.status != "failed")
            keep(object);
        if (m_context.stream)
            m_events.response(out, type, object);
        else
            out.append(object);
        m_ended = true;
    }

    void keep(const std::string& object) {
        std::string output = "[";
        for (const OutputItem& item : m_items) {
            if (item.index > 0)
                output.push_back(',');
            appendKeptItem(output, item);
        }
        output.push_back(']');
        const std::string id = "resp_" + m_stem;
        m_context.keep({id, object, output});
    }

    AnswerContext m_context;
    std::string m_stem;
    ResponseObject m_object;
    ResponsesEvents m_events;
    std::deque<OutputItem> m_items;  // in order of `output`; addresses stay
    std::deque<Slot> m_slots;
    std::string m_logprobs;  // of text that is still to come
    TokenUsage m_usage;
    Finish m_finish = Finish::Stop;
    bool m_begun = false;
    bool m_ended = false;
    std::string m_nothing;  // takes the events of a whole answer
};

}  // namespace

std::unique_ptr<AnswerWriter> makeResponsesWriter(AnswerContext context) {
    return std::make_unique<ResponsesWriter>(std::move(context));
}

}  // namespace gr::protocol
