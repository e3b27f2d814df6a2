// SPDX-License-Identifier: MIT
#include "protocol/gemini_citations.h"

#include <optional>

#include "json/scan.h"
#include "json/writer.h"

namespace gr::protocol {
namespace {

std::string_view rawOf(const json::Object& object, std::string_view key) {
    const json::Member* member = object.find(key);
    return member != nullptr ? object.raw(*member) : std::string_view();
}

std::string_view textOf(const json::Object& object, std::string_view key) {
    const std::string_view raw = rawOf(object, key);
    return raw.starts_with('"') ? raw : std::string_view();
}

std::vector<std::string_view> listIn(std::string_view object, std::string_view key) {
    const auto members = json::objectIn(object);
    return members ? json::elementsIn(rawOf(*members, key)) : std::vector<std::string_view>();
}

void add(std::vector<std::string>& out, std::string_view source) {
    const auto object = json::objectIn(source);
    const std::string_view uri = object ? textOf(*object, "uri") : std::string_view();
    if (uri.empty())
        return;
    const std::string_view title = textOf(*object, "title");
    json::Writer citation;
    citation.object().key("type").string("url_citation").key("url").raw(uri);
    citation.key("title").raw(title.empty() ? "\"\"" : title).end();
    out.push_back(citation.take());
}

}  // namespace

std::vector<std::string> citationsOfGemini(std::string_view grounding, std::string_view citation) {
    std::vector<std::string> out;
    for (const std::string_view chunk : listIn(grounding, "groundingChunks")) {
        const auto object = json::objectIn(chunk);
        if (object && !object->members.empty())  // web, retrievedContext, maps
            add(out, object->raw(object->members.front()));
    }
    for (const std::string_view source : listIn(citation, "citationSources"))
        add(out, source);
    for (const std::string_view source : listIn(citation, "citations"))
        add(out, source);
    return out;
}

std::string groundingChunk(std::string_view citation) {
    const auto object = json::objectIn(citation);
    if (!object)
        return {};
    if (const auto nested = rawOf(*object, "url_citation"); !nested.empty())  // chat's form
        return groundingChunk(nested);
    std::string_view uri = textOf(*object, "url");
    if (uri.empty())
        uri = textOf(*object, "uri");
    if (uri.empty())
        return {};
    const std::string_view title = textOf(*object, "title");
    json::Writer out;
    out.object().key("web").object().key("uri").raw(uri);
    if (!title.empty())
        out.key("title").raw(title);
    return out.end().end().take();
}

}  // namespace gr::protocol
