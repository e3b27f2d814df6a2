// SPDX-License-Identifier: MIT
#include "protocol/openai_chat.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/text.h"
#include "http/sse.h"
#include "protocol/chat_answer_shapes.h"

namespace gr::protocol {
namespace {

using json::Member;
using json::Object;
using json::Type;

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

// `"id":…,"created":…,"model":…`, as far as they are there; empty for what is no chat (legacy
// completions pass here too).
std::string nameIn(const Object& chunk) {
    std::string name;
    const Member* kind = chunk.find("object");
    if (kind != nullptr && chunk.raw(*kind) != "\"chat.completion.chunk\"")
        return name;
    for (const std::string_view key : {"id", "created", "model"}) {
        if (const Member* member = chunk.find(key)) {
            name.append(name.empty() ? "\"" : ",\"").append(key).append("\":");
            name.append(chunk.raw(*member));
        }
    }
    return name;
}

}  // namespace

std::string ChatStream::emptyChunk() const {
    if (m_name.empty() || m_done)
        return ": keep-alive\n\n";
    return "data: {" + m_name +
           R"(,"object":"chat.completion.chunk","choices":[{"index":0,"delta":{},)"
           R"("finish_reason":null}]})"
           "\n\n";
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
    if (m_name.empty())
        m_name = nameIn(chunk);
    if (const auto usage = chatUsage(chunk, m_reasoningOutside))
        m_usage = *usage;
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
    const Member* number = choice.find("index");
    const auto told = number == nullptr ? std::nullopt : json::integerIn(choice.raw(*number));
    const std::int64_t index = told.value_or(0);
    const bool known = std::find(m_finished.begin(), m_finished.end(), index) != m_finished.end();
    if (!known && m_finished.size() < m_choices)
        m_finished.push_back(index);
}

}  // namespace gr::protocol
