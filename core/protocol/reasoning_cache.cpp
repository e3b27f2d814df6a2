// SPDX-License-Identifier: MIT
#include "protocol/reasoning_cache.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "base/text.h"
#include "json/scan.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

// The end of the string, number or word that begins at `at`.
std::size_t tokenEnd(std::string_view json, std::size_t at) {
    if (json[at] != '"')
        return std::min(json.find_first_of(" \t\r\n,:[]{}\"", at), json.size());
    std::size_t end = at + 1;
    while (end < json.size() && json[end] != '"')
        end += json[end] == '\\' ? 2 : 1;
    return std::min(end + 1, json.size());
}

// One value for all ways to write it: most clients keep arguments as values and write them anew,
// with other blanks and escapes, and numbers as their doubles.
std::string tokenValue(std::string_view token) {
    if (token.front() == '"')
        return json::unescape(token);
    double number = 0;
    const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
    if (error != std::errc() || end != token.data() + token.size())
        return std::string(token);
    std::array<char, 32> text{};
    const auto written = std::to_chars(text.data(), text.data() + text.size(), number);
    return std::string(text.data(), written.ptr);
}

// What the JSON text says, whatever wrote it.
std::string meaningOf(std::string_view json) {
    constexpr std::string_view kMarks = ",:[]{}";
    std::string out;
    for (std::size_t at = 0; at < json.size();) {
        const char c = json[at];
        if (c == ' ' || c == '\t' || c == '\r' || c == '\n' ||
            kMarks.find(c) != std::string_view::npos) {
            if (kMarks.find(c) != std::string_view::npos)
                out.push_back(c);
            ++at;
            continue;
        }
        const std::size_t end = tokenEnd(json, at);
        const std::string value = tokenValue(json.substr(at, end - at));
        out.append(c == '"' ? "s" : "w").append(std::to_string(value.size())).append(":");
        out.append(value);
        at = end;
    }
    return out;
}

std::string keyOf(const ReasoningOwner& owner, std::string_view callId, std::string_view name,
                  std::string_view arguments) {
    std::string text;
    for (const std::string_view part : {owner.client, owner.provider, owner.model, callId, name}) {
        text.append(std::to_string(part.size())).append(":").append(part);
    }
    return sha256(text + meaningOf(arguments));
}

std::size_t weightOf(const ReasoningCache::Entry& entry) {
    std::size_t bytes = 200 + entry.callSignature.size();
    for (const auto& thought : entry.thoughts)
        bytes += 100 + thought.text.size() + thought.signature.size();
    return bytes;
}

Part partOf(const ReasoningCache::Thought& thought, TextArena& arena) {
    Part part;
    part.kind = Part::Kind::Reasoning;
    part.reasoning.text = arena.keep(thought.text);
    part.reasoning.signature = arena.keep(thought.signature);
    part.reasoning.vendor = arena.keep(thought.vendor);
    part.reasoning.redacted = thought.redacted;
    return part;
}

}  // namespace

void ReasoningCache::remember(const ReasoningOwner& owner, std::string_view callId,
                              std::string_view name, std::string_view arguments, Entry entry,
                              SteadyTime now) {
    Slot slot{keyOf(owner, callId, name, arguments), std::move(entry), now, 0};
    slot.bytes = weightOf(slot.entry);
    const std::scoped_lock lock(m_mutex);
    if (const auto old = m_index.find(slot.key); old != m_index.end()) {
        m_bytes -= old->second->bytes;
        m_slots.erase(old->second);
        m_index.erase(old);
    }
    m_bytes += slot.bytes;
    m_slots.push_back(std::move(slot));
    m_index.emplace(m_slots.back().key, std::prev(m_slots.end()));
    prune(now);
}

void ReasoningCache::prune(SteadyTime now) {
    while (!m_slots.empty() && (m_bytes > m_maxBytes || now - m_slots.front().since > m_maxAge)) {
        m_bytes -= m_slots.front().bytes;
        m_index.erase(m_slots.front().key);
        m_slots.pop_front();
    }
}

std::size_t ReasoningCache::restore(const ReasoningOwner& owner, ChatRequest& request,
                                    SteadyTime now) {
    const std::scoped_lock lock(m_mutex);
    prune(now);
    std::size_t added = 0;
    if (m_slots.empty())
        return added;
    for (Turn& turn : request.turns) {
        if (turn.role == Role::Assistant)
            added += restoreTurn(owner, request, turn);
    }
    return added;
}

std::size_t ReasoningCache::restoreTurn(const ReasoningOwner& owner, ChatRequest& request,
                                        Turn& turn) {
    const bool thinks = std::any_of(turn.parts.begin(), turn.parts.end(), [](const Part& part) {
        return part.kind == Part::Kind::Reasoning && !part.reasoning.signature.empty();
    });
    std::vector<Part> thoughts;
    std::size_t added = 0;
    for (Part& part : turn.parts) {
        if (part.kind != Part::Kind::ToolCall)
            continue;
        const std::string_view content =
            part.call.arguments.empty() ? part.call.input : part.call.arguments;
        const auto found = m_index.find(keyOf(owner, part.call.id, part.call.name, content));
        if (found == m_index.end())
            continue;
        const Entry& entry = found->second->entry;
        if (part.call.signature.empty() && !entry.callSignature.empty())
            part.call.signature = request.arena.keep(entry.callSignature);
        added += entry.callSignature.size();
        if (thinks || !thoughts.empty())
            continue;
        for (const Thought& thought : entry.thoughts) {
            thoughts.push_back(partOf(thought, request.arena));
            added += thought.text.size() + thought.signature.size();
        }
    }
    if (thoughts.empty())
        return added;
    // What the client sent of them as mere text is replaced by the whole.
    std::erase_if(turn.parts, [](const Part& part) { return part.kind == Part::Kind::Reasoning; });
    turn.parts.insert(turn.parts.begin(), std::make_move_iterator(thoughts.begin()),
                      std::make_move_iterator(thoughts.end()));
    return added;
}

void ReasoningGatherer::take(const ChatEvent& event) {
    if (event.choice != 0)
        return;
    if (event.kind == ChatEvent::Kind::ToolCall) {
        m_calls.push_back({event.block,
                           std::string(event.id),
                           std::string(event.name),
                           {},
                           std::string(event.signature),
                           event.custom});
    } else if (event.kind == ChatEvent::Kind::Arguments) {
        for (Call& call : m_calls) {
            if (call.block == event.block)
                call.arguments.append(inside(event.text));
        }
    } else if (event.kind == ChatEvent::Kind::Reasoning) {
        if (m_thoughts.empty() || m_thoughts.back().first != event.block)
            m_thoughts.emplace_back(event.block, ReasoningCache::Thought());
        ReasoningCache::Thought& thought = m_thoughts.back().second;
        if (thought.text.empty())
            thought.text = "\"";
        thought.text.append(inside(event.text));  // its closing quote comes when it is filed
        if (!event.signature.empty())
            thought.signature = event.signature;
        if (!event.vendor.empty())
            thought.vendor = event.vendor;
        thought.redacted = thought.redacted || event.redacted;
    }
}

void ReasoningGatherer::file(ReasoningCache& cache, const ReasoningOwner& owner, SteadyTime now) {
    for (const Call& call : m_calls) {
        ReasoningCache::Entry entry;
        entry.callSignature = call.signature;
        for (const auto& [block, thought] : m_thoughts)
            entry.thoughts.emplace_back(thought).text.push_back('"');
        if (entry.callSignature.empty() && entry.thoughts.empty())
            continue;
        const std::string text = "\"" + call.arguments + "\"";
        const std::string arguments = call.custom ? text : argumentsObject(text);
        cache.remember(owner, call.id, call.name, arguments, std::move(entry), now);
    }
}

}  // namespace gr::protocol
