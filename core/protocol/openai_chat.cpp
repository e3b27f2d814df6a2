// SPDX-License-Identifier: MIT
#include "protocol/openai_chat.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"
#include "http/sse.h"

namespace gr::protocol {
namespace {

using json::Member;
using json::Object;
using json::Type;

std::optional<std::int64_t> count(const Object& object, std::string_view key) {
    const Member* member = object.find(key);
    if (member == nullptr || member->type != Type::Number)
        return std::nullopt;
    const auto value = json::integerIn(object.raw(*member));
    return value && *value >= 0 ? value : std::nullopt;
}

std::optional<Object> child(const Object& object, std::string_view key) {
    const Member* member = object.find(key);
    if (member == nullptr || member->type != Type::Object)
        return std::nullopt;
    return json::objectIn(object.raw(*member));
}

bool saysSomething(const Object& object, const Member& member) {
    const std::string_view raw = object.raw(member);
    return member.type != Type::Null && raw != "\"\"" && raw != "[]";
}

// True for a choice that carries more than its role.
bool choiceCommits(const Object& choice) {
    bool commits = false;
    for (const Member& member : choice.members) {
        commits = commits || (member.key == "finish_reason" && member.type == Type::String);
        // The words of a legacy completion.
        commits = commits || (member.key == "text" && saysSomething(choice, member));
        if (member.key != "delta" || member.type != Type::Object)
            continue;
        const auto delta = json::objectIn(choice.raw(member));
        commits = commits ||
                  std::any_of(delta->members.begin(), delta->members.end(), [&](const Member& m) {
                      return m.key != "role" && saysSomething(*delta, m);
                  });
    }
    return commits;
}

// `"key":` followed by `first`, somewhere in the text. A quoted mention inside a string does not
// match: its quotes are escaped.
bool mentions(std::string_view text, std::string_view quotedKey, char first) {
    const char* at = text.data();
    const char* const end = text.data() + text.size();
    while (at < end) {
        // memmem() is several times quicker here than find(), which stops at every quote.
        const void* found =
            memmem(at, static_cast<std::size_t>(end - at), quotedKey.data(), quotedKey.size());
        if (found == nullptr)
            return false;
        at = static_cast<const char*>(found) + quotedKey.size();
        const char* value = at;
        while (value < end && std::strchr(" \t\r\n:", *value) != nullptr && *value != '\0')
            ++value;
        if (value < end && *value == first)
            return true;
    }
    return false;
}

}  // namespace

ledger::TokenUsage usageIn(const Object& answer) {
    ledger::TokenUsage usage;
    const auto object = child(answer, "usage");
    if (!object)
        return usage;
    usage.input = count(*object, "prompt_tokens");
    usage.output = count(*object, "completion_tokens");
    if (const auto details = child(*object, "prompt_tokens_details"))
        usage.cachedInput = count(*details, "cached_tokens");
    if (!usage.cachedInput)
        usage.cachedInput = count(*object, "prompt_cache_hit_tokens");
    if (const auto details = child(*object, "completion_tokens_details"))
        usage.reasoning = count(*details, "reasoning_tokens");
    return usage;
}

ChatStream::Verdict ChatStream::see(std::string_view event) {
    const std::string_view data = http::sseData(event, m_scratch);
    if (data.empty())
        return m_committed ? Verdict::Forward : Verdict::Hold;
    if (data == "[DONE]") {
        m_done = true;
        return m_committed ? Verdict::Forward : Verdict::Hold;
    }
    // Once content flows, only events that can matter are read.
    const bool mayMatter = !m_committed || mentions(data, "\"usage\"", '{') ||
                           mentions(data, "\"error\"", '{') ||
                           mentions(data, "\"finish_reason\"", '"');
    return mayMatter ? seeJson(data) : Verdict::Forward;
}

ChatStream::Verdict ChatStream::seeJson(std::string_view data) {
    const auto scanned = json::scanObject(data);
    if (!scanned) {  // not ours to judge: the client's parser will say so too
        m_committed = true;
        return Verdict::Content;
    }
    const Object& chunk = *scanned;
    if (const Member* error = chunk.find("error"); error != nullptr && error->type != Type::Null) {
        const auto object = json::objectIn(chunk.raw(*error));
        const Member* message = object ? object->find("message") : nullptr;
        if (message != nullptr && message->type == Type::String)
            m_errorText = json::unescape(object->raw(*message));
        return Verdict::Error;
    }
    if (const Member* usage = chunk.find("usage"); usage != nullptr && usage->type == Type::Object)
        m_usage = usageIn(chunk);
    const Member* choices = chunk.find("choices");
    const auto list = choices != nullptr && choices->type == Type::Array
                          ? json::elementsIn(chunk.raw(*choices))
                          : std::vector<std::string_view>();
    const bool ending = !m_finished.empty() || m_done;
    if (list.empty() && m_usage.output && m_dropUsageChunk && ending)
        return Verdict::Drop;
    bool commits = false;
    for (const std::string_view raw : list) {
        const auto choice = json::objectIn(raw);
        // An unknown shape is better delivered than held.
        commits = !choice || choiceCommits(*choice) || commits;
        if (choice)
            noteFinish(*choice);
    }
    if (m_committed)
        return Verdict::Forward;
    m_committed = commits;
    return commits ? Verdict::Content : Verdict::Hold;
}

void ChatStream::noteFinish(const Object& choice) {
    const Member* reason = choice.find("finish_reason");
    if (reason == nullptr || reason->type != Type::String)
        return;
    const std::int64_t index = count(choice, "index").value_or(0);
    const bool known = std::find(m_finished.begin(), m_finished.end(), index) != m_finished.end();
    if (!known && m_finished.size() < m_choices)
        m_finished.push_back(index);
}

}  // namespace gr::protocol
