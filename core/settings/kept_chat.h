// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

// A conversation of the playground, and the text it is kept as. Plain values; pure; any thread.
namespace gr::settings {

struct ChatMessage {
    bool person = false;  // else a model
    std::string text;
    std::string model;  // that was asked; of models
    std::string note;   // what stood below the answer
};

struct KeptChat {
    std::string id;      // newChatId()
    std::string title;   // titleOf() its first message, or a person's own
    std::string system;  // prompt; may be empty
    std::string model;   // that is asked next
    UnixMs createdAt;
    UnixMs changedAt;
    std::vector<ChatMessage> messages;  // a person's first, then by turns
};

// What a list shows of one.
struct ChatHead {
    std::string id;
    std::string title;
    UnixMs changedAt;
    std::size_t messages = 0;
};

std::string newChatId(UnixMs at);
bool isChatId(std::string_view id);

// The first line of a message, at most 80 characters of it.
std::string titleOf(std::string_view message);

// JSON with the number of its version.
std::string chatText(const KeptChat& chat);
// InvalidField: it is no such text. ConfigTooNew: a newer program wrote it; leave it as it is.
Result<KeptChat> readChatText(std::string_view text);

// Each of the words of `query` stands somewhere in it; letters of ASCII in either case. An empty
// query is in all.
bool contains(const KeptChat& chat, std::string_view query);

}  // namespace gr::settings
