// SPDX-License-Identifier: MIT
#include "protocol/gemini_content_reader.h"

#include <optional>

#include "json/scan.h"
#include "protocol/gemini_words.h"
#include "protocol/json_text.h"
#include "protocol/media_text.h"

namespace gr::protocol {
namespace {

using json::Member;
using json::Type;

std::string indexed(const FieldReader& fields, std::string_view key, std::size_t index) {
    return fields.name(key) + "[" + std::to_string(index) + "]";
}

// Calls `read` for each object of the list `key`; anything else in it is a fault.
template <class Read>
void eachObject(const FieldReader& fields, std::string_view key, Read read) {
    std::size_t index = 0;
    for (const std::string_view element : fields.list(key)) {
        const std::string path = indexed(fields, key, index++);
        const auto object = json::objectIn(element);
        const json::Object none;
        const FieldReader inner(object ? *object : none, path, fields.arena(), fields.problem());
        if (!object)
            inner.wrong("", "an object");
        if (!fields.ok())
            return;
        read(inner);
    }
}

// The object under `key` for `read`.
template <class Read>
void inObject(const FieldReader& fields, std::string_view key, Read read) {
    const auto object = json::objectIn(fields.object(key));
    if (object)
        read(FieldReader(*object, fields.name(key), fields.arena(), fields.problem()));
}

Part::Kind kindOf(std::string_view mimeType) {
    if (mimeType.starts_with("image/"))
        return Part::Kind::Image;
    return mimeType.starts_with("audio/") ? Part::Kind::Audio : Part::Kind::File;
}

void inlineData(const FieldReader& fields, Part& part) {
    const std::string_view key = spelled(fields, "mimeType");
    part.media.type = fields.neededPlain(key);
    if (!part.media.type.empty() && !isMediaType(part.media.type))
        fields.wrong(key, "a media type, as \"image/png\"");
    part.media.data = plainBase64(fields.arena(), fields.neededPlain("data"));
    if (part.media.data.empty())
        fields.wrong("data", "base64 with something in it");
    part.media.fileName = fields.plain(spelled(fields, "displayName"));
    part.kind = kindOf(part.media.type);
}

void fileData(const FieldReader& fields, Part& part) {
    part.media.type = fields.plain(spelled(fields, "mimeType"));
    part.media.url = fields.neededPlain(spelled(fields, "fileUri"));
    if (part.media.url.empty())
        fields.wrong(spelled(fields, "fileUri"), "an address");
    part.kind = kindOf(part.media.type);
}

// What people and other models read of a functionResponse: Google's convention is a member `output`
// or `error`, ours on the way up is `result`.
void readResponse(TextArena& arena, ToolResult& result) {
    const auto response = json::objectIn(result.json);
    const Member* only =
        response && response->members.size() == 1 ? &response->members.front() : nullptr;
    Part text;
    result.isError = only != nullptr && only->key == "error";
    const bool known = only != nullptr && (only->key == "output" || only->key == "result" ||
                                           only->key == "content" || result.isError);
    if (known && only->type == Type::String)
        text.text = response->raw(*only);
    else
        text.text = arena.keep(quoted(known ? response->raw(*only) : result.json));
    result.parts.push_back(std::move(text));
}

}  // namespace

void GeminiContentReader::system(const FieldReader& fields) {
    inObject(fields, spelled(fields, "systemInstruction"), [this](const FieldReader& instruction) {
        Turn turn;
        turn.role = Role::System;
        eachObject(instruction, "parts", [&turn](const FieldReader& part) {
            Part text;
            text.text = part.string("text");
            text.source = part.source().text;
            if (!part.has("text"))
                part.missing("text");
            turn.parts.push_back(std::move(text));
        });
        if (!turn.parts.empty())
            m_request.turns.push_back(std::move(turn));
    });
}

void GeminiContentReader::contents(const FieldReader& fields) {
    if (fields.neededList("contents").empty())
        fields.wrong("contents", "a list with at least one content");
    eachObject(fields, "contents", [this](const FieldReader& content) { turn(content); });
    closeThought();
}

// A stream leaves one content a chunk in the histories of SDKs: neighbours are one turn here.
void GeminiContentReader::turn(const FieldReader& fields) {
    const std::string_view role = fields.plain("role");
    if (!role.empty() && role != "user" && role != "model" && role != "function")
        fields.wrong("role", "\"user\" or \"model\"");
    if (!fields.has("parts"))
        fields.missing("parts");
    Turn next;
    next.role = role == "model" ? Role::Assistant : Role::User;
    const bool goesOn = !m_request.turns.empty() && m_request.turns.back().role == next.role;
    if (!goesOn) {
        closeThought();
        m_request.turns.push_back(std::move(next));
        if (role == "model")
            m_calls.clear();
    }
    Turn& turn = m_request.turns.back();
    eachObject(fields, "parts", [this, &turn](const FieldReader& p) { part(p, turn); });
    if (turn.parts.empty())
        m_request.turns.pop_back();
}

void GeminiContentReader::part(const FieldReader& fields, Turn& turn) {
    if (fields.has("text"))
        return text(fields, turn);
    closeThought();
    Part part;
    part.kind = Part::Kind::Other;
    part.source = fields.source().text;
    for (const Member& member : fields.source().members) {
        if (isSpelled(member.key, "functionCall"))
            inObject(fields, member.key, [&](const FieldReader& f) { call(f, part); });
        else if (isSpelled(member.key, "functionResponse"))
            inObject(fields, member.key, [&](const FieldReader& f) { result(f, part); });
        else if (isSpelled(member.key, "inlineData"))
            inObject(fields, member.key, [&](const FieldReader& f) { inlineData(f, part); });
        else if (isSpelled(member.key, "fileData"))
            inObject(fields, member.key, [&](const FieldReader& f) { fileData(f, part); });
    }
    // Elsewhere they have no meaning for any provider.
    if (part.kind == Part::Kind::ToolCall && turn.role != Role::Assistant)
        fields.wrong("functionCall", "in a content whose role is \"model\"");
    if (part.kind == Part::Kind::ToolResult && turn.role != Role::User)
        fields.wrong("functionResponse", "in a content whose role is \"user\"");
    if (part.kind == Part::Kind::ToolCall)
        part.call.signature = signatureOf(fields);
    if (fields.source().members.empty())
        fields.wrong("", "a part with something in it, as \"text\" or \"inlineData\"");
    turn.parts.push_back(std::move(part));
}

void GeminiContentReader::text(const FieldReader& fields, Turn& turn) {
    if (fields.flag("thought").value_or(false))
        return thought(fields, turn);
    const std::string_view signature = signatureOf(fields);
    Part part;
    part.text = fields.string("text");
    part.source = fields.source().text;
    if (saysNothing(part.text) && signature.empty())
        return;  // the end of a stream, or a sign of life in it
    closeThought();
    turn.parts.push_back(std::move(part));
    if (signature.empty())
        return;
    // The signature goes with the text for Gemini, and stands alone for all others.
    Part proof;
    proof.kind = Part::Kind::Reasoning;
    proof.reasoning.signature = signature;
    turn.parts.push_back(std::move(proof));
}

// Pieces of one thought that came in several parts belong to the signature at their end.
void GeminiContentReader::thought(const FieldReader& fields, Turn& turn) {
    const JsonString text = fields.string("text");
    const std::string_view signature = signatureOf(fields);
    Part* last = turn.parts.empty() ? nullptr : &turn.parts.back();
    const bool goesOn =
        last != nullptr && last->kind == Part::Kind::Reasoning && last->reasoning.signature.empty();
    if (goesOn) {
        if (m_thought.empty())
            m_thought = inside(last->reasoning.text);
        m_thought.append(inside(text));
        last->source = {};
        last->reasoning.signature = signature;
    } else {
        closeThought();
        Part part;
        part.kind = Part::Kind::Reasoning;
        part.reasoning.text = text;
        part.reasoning.signature = signature;
        part.source = fields.source().text;
        turn.parts.push_back(std::move(part));
    }
}

void GeminiContentReader::closeThought() {
    if (m_thought.empty())
        return;
    m_request.turns.back().parts.back().reasoning.text =
        m_request.arena.keep("\"" + m_thought + "\"");
    m_thought.clear();
}

void GeminiContentReader::call(const FieldReader& fields, Part& part) {
    part.kind = Part::Kind::ToolCall;
    part.call.name = fields.neededPlain("name");
    part.call.id = fields.plain("id");
    part.call.arguments = fields.object("args");
    if (part.call.arguments.empty())
        part.call.arguments = "{}";
    const bool invented = part.call.id.empty();
    if (invented)
        part.call.id = m_request.arena.keep("gr_call_" + std::to_string(++m_invented));
    m_calls.push_back({part.call.id, part.call.name, invented, false});
}

void GeminiContentReader::result(const FieldReader& fields, Part& part) {
    part.kind = Part::Kind::ToolResult;
    auto result = std::make_shared<ToolResult>();
    result->name = fields.neededPlain("name");
    result->callId = fields.plain("id");
    result->json = fields.object("response");
    if (result->json.empty())
        result->json = "{}";
    readResponse(m_request.arena, *result);
    eachObject(fields, "parts", [&result](const FieldReader& f) {
        Part media;
        media.kind = Part::Kind::Other;
        media.source = f.source().text;
        for (const Member& member : f.source().members) {
            if (isSpelled(member.key, "inlineData"))
                inObject(f, member.key, [&](const FieldReader& data) { inlineData(data, media); });
            else if (isSpelled(member.key, "fileData"))
                inObject(f, member.key, [&](const FieldReader& data) { fileData(data, media); });
        }
        result->parts.push_back(std::move(media));
    });
    if (OpenCall* call = callOf(result->callId, result->name)) {
        call->answered = true;
        result->callId = call->id;
    }
    part.result = std::move(result);
}

GeminiContentReader::OpenCall* GeminiContentReader::callOf(std::string_view id,
                                                           std::string_view name) {
    for (OpenCall& call : m_calls) {
        if (!id.empty() && call.id == id)
            return &call;
    }
    for (OpenCall& call : m_calls) {
        if (!call.answered && call.name == name && (id.empty() || call.invented))
            return &call;
    }
    return nullptr;
}

std::string_view GeminiContentReader::signatureOf(const FieldReader& fields) const {
    return unpackedSeal(m_request.arena, fields.plain(spelled(fields, "thoughtSignature")));
}

}  // namespace gr::protocol
