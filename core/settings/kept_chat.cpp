// SPDX-License-Identifier: MIT
#include "settings/kept_chat.h"

#include <algorithm>
#include <cstdint>

#include "base/text.h"
#include "base/ulid.h"
#include "json/scan.h"
#include "json/writer.h"

namespace gr::settings {
namespace {

// Grows with every change that an older program would lose by writing what it has read.
constexpr std::int64_t kVersion = 1;
constexpr std::string_view kIdBegin = "chat_";
constexpr std::size_t kUlid = 26;
constexpr std::size_t kMostTitle = 80;

Failure unreadable() {
    return fail(ErrorCode::InvalidField, "This is not a conversation that was kept.");
}

std::string textAt(const json::Object& object, std::string_view name) {
    const json::Member* const member = object.find(name);
    return member != nullptr && member->type == json::Type::String
               ? json::unescape(object.raw(*member))
               : std::string();
}

std::optional<std::int64_t> numberAt(const json::Object& object, std::string_view name) {
    const json::Member* const member = object.find(name);
    return member != nullptr && member->type == json::Type::Number
               ? json::integerIn(object.raw(*member))
               : std::nullopt;
}

}  // namespace

std::string newChatId(UnixMs at) {
    return std::string(kIdBegin) + newRequestId(at).substr(4);  // behind "req_"
}

bool isChatId(std::string_view id) {
    return id.size() == kIdBegin.size() + kUlid && id.starts_with(kIdBegin) &&
           std::all_of(id.begin() + kIdBegin.size(), id.end(),
                       [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
}

std::string titleOf(std::string_view message) {
    const std::size_t begin = message.find_first_not_of(" \t\r\n");
    if (begin == std::string_view::npos)
        return {};
    std::string_view line = message.substr(begin, message.find_first_of("\r\n", begin) - begin);
    std::size_t characters = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const bool begins = (static_cast<unsigned char>(line[i]) & 0xC0U) != 0x80U;
        if (begins && ++characters > kMostTitle)
            return std::string(line.substr(0, i)) + "\xE2\x80\xA6";  // "…"
    }
    return std::string(line);
}

std::string chatText(const KeptChat& chat) {
    json::Writer out;
    out.object().key("version").number(kVersion);
    out.key("id").string(chat.id).key("title").string(chat.title);
    out.key("system").string(chat.system).key("model").string(chat.model);
    out.key("created").number(chat.createdAt.value).key("changed").number(chat.changedAt.value);
    out.key("messages").array();
    for (const ChatMessage& message : chat.messages) {
        out.object().key("role").string(message.person ? "user" : "assistant");
        out.key("text").string(message.text);
        if (!message.model.empty())
            out.key("model").string(message.model);
        if (!message.note.empty())
            out.key("note").string(message.note);
        out.end();
    }
    return out.end().end().take();
}

Result<KeptChat> readChatText(std::string_view text) {
    const auto object = json::scanObject(text);
    const auto version = object ? numberAt(*object, "version") : std::nullopt;
    if (!version || *version < 1)
        return unreadable();
    if (*version > kVersion)
        return fail(ErrorCode::ConfigTooNew,
                    "A newer GateRouter wrote this conversation; this one leaves it as it is.");
    KeptChat chat;
    chat.id = textAt(*object, "id");
    chat.title = textAt(*object, "title");
    chat.system = textAt(*object, "system");
    chat.model = textAt(*object, "model");
    chat.createdAt = {numberAt(*object, "created").value_or(0)};
    chat.changedAt = {numberAt(*object, "changed").value_or(0)};
    const json::Member* const messages = object->find("messages");
    if (!isChatId(chat.id) || messages == nullptr || messages->type != json::Type::Array)
        return unreadable();
    for (const std::string_view element : json::elementsIn(object->raw(*messages))) {
        const auto one = json::objectIn(element);
        if (!one)
            return unreadable();
        const std::string role = textAt(*one, "role");
        // By turns, as they are shown and sent.
        if (role != (chat.messages.size() % 2 == 0 ? "user" : "assistant"))
            return unreadable();
        chat.messages.push_back(
            {role == "user", textAt(*one, "text"), textAt(*one, "model"), textAt(*one, "note")});
    }
    return chat;
}

bool contains(const KeptChat& chat, std::string_view query) {
    std::string all = toLower(chat.title) + '\n' + toLower(chat.system);
    for (const ChatMessage& message : chat.messages)
        all += '\n' + toLower(message.text);
    const std::string wanted = toLower(query);
    for (std::size_t begin = 0; begin < wanted.size();) {
        const std::size_t end = std::min(wanted.find(' ', begin), wanted.size());
        if (all.find(wanted.substr(begin, end - begin)) == std::string::npos)
            return false;
        begin = end + 1;
    }
    return true;
}

}  // namespace gr::settings
