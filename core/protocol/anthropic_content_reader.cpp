// SPDX-License-Identifier: MIT
#include "protocol/anthropic_content_reader.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "protocol/json_text.h"
#include "protocol/media_text.h"

namespace gr::protocol {
namespace {

// A string that must be there, as JSON.
JsonString neededString(const FieldReader& block, std::string_view key) {
    if (!block.has(key))
        block.missing(key);
    return block.string(key);
}

void readText(const FieldReader& block, Part& part) {
    part.text = neededString(block, "text");
    if (block.has("citations") && !block.list("citations").empty())
        part.citations = block.any("citations");
}

// The texts among `parts`, as one.
JsonString joinedText(const FieldReader& block, const std::vector<Part>& parts) {
    std::string text = "\"";
    for (const Part& part : parts)
        text.append(inside(part.text));
    return block.arena().keep(text + "\"");
}

// What is the same in the sources of images and documents. False for a type of its own.
bool readSource(const FieldReader& source, Media& media) {
    const std::string_view type = source.neededPlain("type");
    if (type == "base64") {
        media.type = source.neededPlain("media_type");
        if (!media.type.empty() && !isMediaType(media.type))
            source.wrong("media_type", "a media type, as \"image/png\"");
        media.data = source.neededPlain("data");
        if (media.data.empty())
            source.wrong("data", "base64 with something in it");
    } else if (type == "url") {
        media.url = source.neededPlain("url");
        if (media.url.empty())
            source.wrong("url", "an address");
    } else if (type == "file") {
        media.fileId = source.neededPlain("file_id");
        if (media.fileId.empty())
            source.wrong("file_id", "the id of a file");
    } else {
        return false;
    }
    return true;
}

void readImage(const FieldReader& block, Part& part) {
    part.kind = Part::Kind::Image;
    if (!block.has("source"))
        block.missing("source");
    within(block, "source", [&](const FieldReader& source) {
        if (!readSource(source, part.media))
            source.wrong("type", "\"base64\", \"url\" or \"file\"");
    });
}

void readDocument(const FieldReader& block, Part& part) {
    part.kind = Part::Kind::File;
    part.media.fileName = block.plain("title");
    if (!block.has("source"))
        block.missing("source");
    within(block, "source", [&](const FieldReader& source) {
        if (readSource(source, part.media))
            return;
        const std::string_view type = source.plain("type");
        if (type == "text") {  // plain text, where all other media is base64
            part.media.type = "text/plain";
            part.media.data = block.arena().keep(toBase64(source.neededPlain("data")));
        } else if (type == "content") {
            std::vector<Part> parts;
            readAnthropicContent(source, "content", BlockPlace::ToolResult, parts);
            part.kind = Part::Kind::Text;
            part.text = joinedText(block, parts);
        } else {
            source.wrong("type", "\"base64\", \"text\", \"content\", \"url\" or \"file\"");
        }
    });
}

void readSearchResult(const FieldReader& block, Part& part) {
    std::vector<Part> parts;
    readAnthropicContent(block, "content", BlockPlace::ToolResult, parts);
    Part head;
    head.text = block.arena().keep("\"" + std::string(inside(neededString(block, "title"))) + " (" +
                                   std::string(inside(neededString(block, "source"))) + ")\\n\"");
    parts.insert(parts.begin(), head);
    part.text = joinedText(block, parts);
}

// A tool that the client found, whose definition is among the tools by now.
void readToolReference(const FieldReader& block, Part& part) {
    part.text = block.arena().keep(
        "\"The tool " + std::string(inside(neededString(block, "tool_name"))) + " is loaded.\"");
}

void readThinking(const FieldReader& block, Part& part) {
    part.kind = Part::Kind::Reasoning;
    part.reasoning.text = neededString(block, "thinking");
    part.reasoning.signature = block.plain("signature");
}

void readRedacted(const FieldReader& block, Part& part) {
    part.kind = Part::Kind::Reasoning;
    part.reasoning.redacted = true;
    part.reasoning.signature = block.neededPlain("data");
}

void readToolUse(const FieldReader& block, Part& part) {
    part.kind = Part::Kind::ToolCall;
    part.call.id = block.neededPlain("id");
    part.call.name = block.neededPlain("name");
    if (block.ok() && part.call.name.empty())
        block.wrong("name", "the name of a tool");
    if (!block.has("input"))
        block.missing("input");
    part.call.arguments = block.object("input");
}

void readToolResult(const FieldReader& block, Part& part) {
    part.kind = Part::Kind::ToolResult;
    auto result = std::make_shared<ToolResult>();
    result->callId = block.neededPlain("tool_use_id");
    result->isError = block.flag("is_error").value_or(false);
    readAnthropicContent(block, "content", BlockPlace::ToolResult, result->parts);
    part.result = std::move(result);
}

using Places = unsigned;  // bits of BlockPlace
constexpr Places at(BlockPlace place) {
    return 1U << static_cast<unsigned>(place);
}
constexpr Places kTalk = at(BlockPlace::User) | at(BlockPlace::Assistant);
constexpr Places kInput = kTalk | at(BlockPlace::ToolResult);

struct BlockType {
    std::string_view name;
    Places places;
    void (*read)(const FieldReader& block, Part& part);
};

constexpr std::array kTypes{
    BlockType{"text", kInput | at(BlockPlace::System), readText},
    BlockType{"image", kInput, readImage},
    BlockType{"document", kInput, readDocument},
    BlockType{"search_result", kInput, readSearchResult},
    BlockType{"tool_reference", at(BlockPlace::ToolResult), readToolReference},
    BlockType{"thinking", at(BlockPlace::Assistant), readThinking},
    BlockType{"redacted_thinking", at(BlockPlace::Assistant), readRedacted},
    BlockType{"tool_use", at(BlockPlace::Assistant), readToolUse},
    BlockType{"tool_result", at(BlockPlace::User), readToolResult},
};

// Blocks that only Anthropic knows pass: what a model said comes back whatever it is called, and in
// the user's turns those that are known.
bool isForeignBlock(std::string_view type, BlockPlace place) {
    if (place == BlockPlace::Assistant)
        return true;
    return place == BlockPlace::User &&
           (type == "container_upload" || type.starts_with("compaction") ||
            type.ends_with("_tool_result") || type == "browser_state");
}

void readBlock(const FieldReader& block, BlockPlace place, std::vector<Part>& parts) {
    const std::string_view type = block.neededPlain("type");
    const auto known = std::find_if(kTypes.begin(), kTypes.end(),
                                    [type](const BlockType& t) { return t.name == type; });
    Part& part = parts.emplace_back();
    part.source = block.source().text;
    part.cacheControl = block.object("cache_control");
    if (known != kTypes.end()) {
        if ((known->places & at(place)) == 0)
            return block.wrong("type", "a kind of block that may stand here; \"" +
                                           std::string(type) + "\" may not");
        return known->read(block, part);
    }
    part.kind = Part::Kind::Other;
    if (block.ok() && !isForeignBlock(type, place))
        block.wrong("type", "a known kind of content block");
}

}  // namespace

void readAnthropicContent(const FieldReader& owner, std::string_view key, BlockPlace place,
                          std::vector<Part>& parts) {
    const json::Member* member = owner.find(key);
    if (member == nullptr)
        return;
    if (member->type == json::Type::String) {
        parts.emplace_back().text = owner.source().raw(*member);
    } else if (member->type == json::Type::Array) {
        eachObject(owner, key, [&](const FieldReader& block) { readBlock(block, place, parts); });
    } else {
        owner.wrong(key, "a string or a list of content blocks");
    }
}

}  // namespace gr::protocol
