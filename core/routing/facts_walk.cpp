// SPDX-License-Identifier: MIT
#include "routing/facts_walk.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "json/scan.h"

namespace gr::routing {
namespace {

using json::Cursor;
using json::Type;

template <class... Names>
bool isOneOf(std::string_view key, Names... names) {
    return ((key == names) || ...);
}

bool mentions(std::string_view text, std::string_view word) {
    return memmem(text.data(), text.size(), word.data(), word.size()) != nullptr;
}

std::string_view spanOf(Cursor at) {
    return at.skip();
}

bool isTrueOrMore(Cursor& at) {
    const Type type = at.type();
    const std::string_view raw = at.skip();
    return type == Type::True || (type == Type::Number && raw != "0" && !raw.starts_with('-'));
}

}  // namespace

std::string_view FactsWalk::word(Cursor& at) {
    return at.string(m_room);
}

void FactsWalk::body(std::string_view validated) {
    Cursor at(validated);
    at.members([&](std::string_view key) { member(key, at); });
}

void FactsWalk::member(std::string_view key, Cursor& at) {
    if (isOneOf(key, "messages", "contents", "input", "prompt"))
        return items(at);
    if (isOneOf(key, "system", "instructions", "systemInstruction", "system_instruction")) {
        const std::string_view span = at.skip();
        if (firstSystem.empty())
            firstSystem = span;
        return marksIn(span);
    }
    if (isOneOf(key, "tools", "functions"))
        return toolList(at);
    if (isOneOf(key, "max_tokens", "max_completion_tokens", "max_output_tokens"))
        return number(at);
    if (isOneOf(key, "response_format", "text", "output_config", "output_format"))
        return format(at);
    if (key == "reasoning_effort") {
        const std::string_view effort = word(at);
        reasoning = reasoning || (!effort.empty() && effort != "none");
    } else if (isOneOf(key, "reasoning", "thinking")) {
        thinking(at);
    } else if (isOneOf(key, "generationConfig", "generation_config")) {
        config(at);
    } else if (isOneOf(key, "generateContentRequest", "generate_content_request")) {
        at.members([&](std::string_view name) { member(name, at); });
    } else if (key == "prompt_cache_key") {
        cacheKey = word(at);
    } else if (key == "metadata") {
        at.members([&](std::string_view name) {
            if (name == "user_id")
                userId = word(at);
        });
    } else if (isOneOf(key, "container", "cachedContent", "cached_content")) {
        if (const std::string_view id = word(at); !id.empty())
            stateId = id;
    } else if (key == "cache_control") {
        cacheMarks = true;
        cachesAnHour = cachesAnHour || mentions(at.skip(), "\"1h\"");
    }
}

void FactsWalk::number(Cursor& at) {
    if (at.type() != Type::Number)
        return;
    const auto value = json::integerIn(at.skip());
    if (value && *value > 0)
        maxOutput = std::max(maxOutput.value_or(0), *value);
}

// Gemini's.
void FactsWalk::config(Cursor& at) {
    at.members([&](std::string_view key) {
        if (isOneOf(key, "maxOutputTokens", "max_output_tokens"))
            number(at);
        else if (isOneOf(key, "responseMimeType", "response_mime_type"))
            structured = structured || word(at) == "application/json";
        else if (isOneOf(key, "responseSchema", "response_schema", "responseJsonSchema",
                         "response_json_schema"))
            structured = at.type() == Type::Object || structured;
        else if (isOneOf(key, "thinkingConfig", "thinking_config"))
            thinking(at);
    });
}

// OpenAI's {"type":"json_schema"}, Responses' {"format":{…}}, Anthropic's output_config.
void FactsWalk::format(Cursor& at) {
    at.members([&](std::string_view key) {
        if (key == "format")
            format(at);
        else if (key == "type")
            structured = word(at).starts_with("json") || structured;
    });
}

void FactsWalk::thinking(Cursor& at) {
    at.members([&](std::string_view key) {
        if (isOneOf(key, "effort", "type", "thinkingLevel", "thinking_level")) {
            const std::string_view value = word(at);
            reasoning = reasoning || (!value.empty() && value != "none" && value != "disabled");
        } else if (isOneOf(key, "thinkingBudget", "thinking_budget", "max_tokens", "enabled")) {
            reasoning = isTrueOrMore(at) || reasoning;
        }
    });
}

void FactsWalk::toolList(Cursor& at) {
    const std::string_view span = spanOf(at);
    at.elements([&](std::size_t) {
        std::size_t declared = 0;
        at.members([&](std::string_view key) {
            if (isOneOf(key, "functionDeclarations", "function_declarations"))
                at.elements([&](std::size_t) { ++declared; });
        });
        tools += std::max<std::size_t>(declared, 1);
    });
    marksIn(span);
}

void FactsWalk::marksIn(std::string_view span) {
    if (!mentions(span, "\"cache_control\""))
        return;
    cacheMarks = true;
    cachesAnHour = cachesAnHour || mentions(span, "\"1h\"");
}

void FactsWalk::items(Cursor& at) {
    if (at.type() == Type::String) {
        const std::string_view span = at.skip();
        lastUser = {span};
        addedBytes = span.size();
        if (firstUser.empty())
            firstUser = span;
        return;
    }
    at.elements([&](std::size_t) { item(at); });
}

void FactsWalk::item(Cursor& at) {
    const std::string_view span = spanOf(at);
    const std::size_t mediaBefore = media;
    const std::int64_t imagesBefore = images;
    Item now;
    m_texts.clear();
    if (at.type() == Type::String) {  // a list of prompts
        m_texts.push_back(at.skip());
    } else {
        at.members([&](std::string_view key) {
            if (key == "role") {
                role(now, at);
            } else if (isOneOf(key, "content", "parts")) {
                content(now, at);
            } else if (key == "type" && !now.sideKnown) {
                // Items of Responses that have no role.
                const std::string_view type = word(at);
                if (type.ends_with("_output"))
                    now.side = Side::Tool;
                else if (type.ends_with("_call") || type == "reasoning")
                    now.side = Side::Model;
            }
        });
    }
    close(now, span, mediaBefore, imagesBefore);
}

void FactsWalk::role(Item& item, Cursor& at) {
    const std::string_view name = word(at);
    item.sideKnown = true;
    if (isOneOf(name, "assistant", "model"))
        item.side = Side::Model;
    else if (isOneOf(name, "system", "developer"))
        item.side = Side::System;
    else if (isOneOf(name, "tool", "function"))
        item.side = Side::Tool;
    else
        item.side = Side::Person;
}

void FactsWalk::content(Item& item, Cursor& at) {
    if (at.type() == Type::String && item.keepsTexts)
        m_texts.push_back(at.skip());
    else
        at.elements([&](std::size_t) { part(item, at); });
}

void FactsWalk::part(Item& item, Cursor& at) {
    at.members([&](std::string_view key) {
        if (key == "type") {
            partType(item, at);
        } else if (key == "text" && at.type() == Type::String && item.keepsTexts) {
            m_texts.push_back(at.skip());
        } else if (isOneOf(key, "image_url", "source", "input_audio", "file", "inlineData",
                           "inline_data", "fileData", "file_data", "video_url")) {
            blob(at);
        } else if (key == "file_id") {
            if (const std::string_view id = word(at); !id.empty())
                stateId = id;
        } else if (isOneOf(key, "functionResponse", "function_response", "tool_call_id")) {
            item.result = true;
        } else if (key == "content") {  // of a tool's result: its pictures count, its words do not
            Item inside;
            inside.keepsTexts = false;
            content(inside, at);
        } else if (key == "cache_control") {
            cacheMarks = true;
            cachesAnHour = cachesAnHour || mentions(at.skip(), "\"1h\"");
        } else if (key == "is_error") {  // Anthropic's alone
            toolFailed = toolFailed || at.skip() == "true";
        }
    });
}

void FactsWalk::partType(Item& item, Cursor& at) {
    const std::string_view type = word(at);
    if (isOneOf(type, "image", "image_url", "input_image"))
        ++images;
    else if (isOneOf(type, "file", "input_file", "document"))
        ++files;
    else if (isOneOf(type, "input_audio", "audio"))
        audio = true;
    else if (isOneOf(type, "video_url", "input_video"))
        video = true;
    else if (type == "tool_result")
        item.result = true;
}

// Where data lies: none of its bytes is text.
void FactsWalk::blob(Cursor& at) {
    const std::string_view span = spanOf(at);
    bool isText = false;
    std::string mime;
    at.members([&](std::string_view key) {
        if (key == "file_id") {
            if (const std::string_view id = word(at); !id.empty())
                stateId = id;
        } else if (isOneOf(key, "mimeType", "mime_type")) {
            mime = word(at);
        } else if (key == "type") {
            isText = word(at) == "text";
        }
    });
    if (!isText)
        media += span.size();
    mediaOf(mime);
}

// Gemini names no kind but this.
void FactsWalk::mediaOf(std::string_view mime) {
    if (mime.starts_with("image/"))
        ++images;
    else if (mime.starts_with("audio/"))
        audio = true;
    else if (mime.starts_with("video/"))
        video = true;
    else if (!mime.empty())
        ++files;
}

void FactsWalk::close(Item& item, std::string_view span, std::size_t mediaBefore,
                      std::int64_t imagesBefore) {
    const std::size_t bytes = span.size() - std::min(media - mediaBefore, span.size());
    const std::int64_t pictures = images - imagesBefore;
    if (item.side == Side::Person && item.result && m_texts.empty())
        item.side = Side::Tool;
    const bool person = item.side == Side::Person;
    if (item.side == Side::Model) {
        turns += m_modelBefore ? 0 : 1;
        addedBytes = 0;
        addedImages = 0;
        toolFailed = false;
    } else if (person && turns == 0) {
        addedBytes = bytes;
        addedImages = pictures;
    } else if (item.side != Side::System) {
        addedBytes += bytes;
        addedImages += pictures;
    }
    m_modelBefore = item.side == Side::Model;
    if (item.side == Side::System && firstSystem.empty())
        firstSystem = span;
    if (!person)
        return;
    if (firstUser.empty())
        firstUser = span;
    lastUser.swap(m_texts);
}

}  // namespace gr::routing
