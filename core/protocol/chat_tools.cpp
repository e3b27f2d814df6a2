// SPDX-License-Identifier: MIT
#include "protocol/chat_tools.h"

#include <algorithm>
#include <unordered_set>

#include "base/text.h"

namespace gr::protocol {
namespace {

constexpr std::size_t kMaxName = 64;
constexpr std::size_t kNine = 9;

bool isAlphanumeric(char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool isWord(char c) {
    return isAlphanumeric(c) || c == '_' || c == '-';
}

bool isName(std::string_view name) {
    return !name.empty() && name.size() <= kMaxName &&
           std::all_of(name.begin(), name.end(), isWord);
}

// Characters of `alphabet` that only depend on the text and the attempt.
std::string hashed(std::string_view text, std::size_t attempt, std::size_t length) {
    constexpr std::string_view kAlphabet =
        "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    const Sha256 hash = sha256(std::to_string(attempt) + ":" + std::string(text));
    std::string out;
    for (std::size_t i = 0; i < length; ++i)
        out.push_back(kAlphabet[static_cast<unsigned char>(hash[i]) % kAlphabet.size()]);
    return out;
}

bool hasForm(std::string_view id, ToolIdForm form) {
    switch (form) {
        case ToolIdForm::Any:
            return true;
        case ToolIdForm::Word:
            return !id.empty() && std::all_of(id.begin(), id.end(), isWord);
        case ToolIdForm::Nine:
            return id.size() == kNine && std::all_of(id.begin(), id.end(), isAlphanumeric);
    }
    return true;
}

// Calls `see` for every call and result of the conversation.
template <class Call, class Result>
void eachTool(const ChatRequest& request, Call onCall, Result onResult) {
    for (const Turn& turn : request.turns) {
        for (const Part& part : turn.parts) {
            if (part.kind == Part::Kind::ToolCall)
                onCall(part.call);
            else if (part.kind == Part::Kind::ToolResult && part.result)
                onResult(*part.result);
        }
    }
}

}  // namespace

ToolNames::ToolNames(const ChatRequest& request) {
    std::vector<std::string_view> wrong;
    std::unordered_set<std::string> taken;
    const auto see = [&wrong](std::string_view name) {
        if (!isName(name) && std::find(wrong.begin(), wrong.end(), name) == wrong.end())
            wrong.push_back(name);
    };
    for (const Tool& tool : request.tools)
        see(tool.name);
    eachTool(
        request, [&see](const ToolCall& call) { see(call.name); }, [](const ToolResult&) {});
    if (wrong.empty())
        return;
    for (const Tool& tool : request.tools)
        taken.emplace(tool.name);
    for (const std::string_view name : wrong) {
        std::string plain(name.substr(0, kMaxName));
        std::replace_if(
            plain.begin(), plain.end(), [](char c) { return !isWord(c); }, '_');
        std::string candidate = name.size() > kMaxName ? std::string() : plain;
        for (std::size_t attempt = 0; candidate.empty() || !taken.insert(candidate).second;
             ++attempt)
            candidate = plain.substr(0, kMaxName - 9) + "_" + hashed(name, attempt, 8);
        m_rewritten.emplace(name, std::move(candidate));
    }
}

std::string_view ToolNames::toProvider(std::string_view name) const {
    const auto found = m_rewritten.find(name);
    return found == m_rewritten.end() ? name : std::string_view(found->second);
}

std::string_view ToolNames::fromProvider(std::string_view name) const {
    for (const auto& [ours, theirs] : m_rewritten) {
        if (theirs == name)
            return ours;
    }
    return name;
}

ToolIds::ToolIds(const ChatRequest& request, ToolIdForm form) {
    if (form == ToolIdForm::Any)
        return;
    std::vector<std::string_view> wrong;
    std::unordered_set<std::string> taken;
    const auto see = [&](std::string_view id) {
        if (hasForm(id, form))
            taken.emplace(id);
        else
            wrong.push_back(id);
    };
    eachTool(
        request, [&see](const ToolCall& call) { see(call.id); },
        [&see](const ToolResult& result) { see(result.callId); });
    for (const std::string_view id : wrong) {
        if (m_rewritten.contains(id))
            continue;
        std::string candidate;
        for (std::size_t attempt = 0; candidate.empty(); ++attempt) {
            candidate = hashed(id, attempt, kNine);
            if (!taken.insert(candidate).second)
                candidate.clear();
        }
        m_rewritten.emplace(id, std::move(candidate));
    }
}

std::string_view ToolIds::toProvider(std::string_view id) const {
    const auto found = m_rewritten.find(id);
    return found == m_rewritten.end() ? id : std::string_view(found->second);
}

}  // namespace gr::protocol
