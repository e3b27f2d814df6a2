// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/chat.h"

namespace gr::protocol {

// One item of a Responses answer while it grows. Texts are the inside of JSON strings, escapes as
// they came.
struct OutputItem {
    enum class Kind : std::uint8_t { Message, Reasoning, Function, Custom };

    struct Content {  // a part of a message, or a summary of thoughts
        bool refusal = false;
        bool open = true;
        std::string text;
        std::string annotations;  // elements, with commas between them
        std::size_t annotationCount = 0;
        std::string logprobs;  // likewise
    };

    Kind kind = Kind::Message;
    std::size_t index = 0;  // in `output`
    std::string id;
    std::string status = "in_progress";
    std::vector<Content> content;
    std::string callId;     // plain
    std::string name;       // plain, without its namespace
    std::string nameSpace;  // plain
    std::string input;      // of a tool: its arguments or input
    std::string encrypted;  // plain: encrypted_content as the client gets it
    std::string proof;      // plain, sealed: for whoever keeps the answer; of calls, too
    bool wrapped = false;   // a custom tool that the provider knows as a function of `input`

    bool open() const { return status == "in_progress"; }
    bool isCall() const { return kind == Kind::Function || kind == Kind::Custom; }
};

// "msg", "rs", "fc", "ctc": what ids of this kind begin with.
std::string_view idPrefix(OutputItem::Kind kind);

// Appends the item as it stands in `output`; without content, as in output_item.added, if `bare`.
void appendItem(std::string& out, const OutputItem& item, bool bare = false);

// Appends the item for a later turn: with its proof, which stands in front of a call as a reasoning
// item of its own.
void appendKeptItem(std::string& out, const OutputItem& item);

// Appends a part of a message as in content_part.done; without its text if `bare`.
void appendContent(std::string& out, const OutputItem::Content& content, bool bare = false);

// The input of a custom tool out of `{"input": "…"}`, both the inside of JSON strings. What is not
// such an object is the input itself.
std::string unwrappedInput(const std::string& arguments);

// A citation as this protocol writes it, on one line; empty when it has no URL to show. `at`: the
// length of the text so far, in characters, for citations that do not say where they belong.
std::string annotationOf(JsonText citation, std::size_t at);

// The elements of chat's logprobs object as this protocol writes them, with commas between them.
std::string logprobsOf(JsonText logprobs);

}  // namespace gr::protocol
