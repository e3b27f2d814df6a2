// SPDX-License-Identifier: MIT
#include <algorithm>

#include "base/text.h"
#include "protocol/bound_reader.h"
#include "protocol/bound_sums.h"

// What stands in a conversation: messages, items, blocks and parts of OpenAI's protocols and
// Anthropic's, and Gemini's data.
namespace gr::protocol {

using json::Cursor;
using json::Type;

struct BoundReader::Node {
    NodeKind kind = NodeKind::Plain;
    std::string_view source;  // Anthropic's, read when the type is known
    bool hasId = false;
    bool hasProof = false;
};

void BoundReader::nodes(Cursor& at, const Where& where) {
    if (at.type() == Type::Object)
        return node(at, where);
    at.elements([&](std::size_t index) { node(at, Where{&where, {}, index}); });
}

void BoundReader::node(Cursor& at, const Where& where) {
    Node seen;
    const std::int64_t images = m_bound.images;
    at.members([&](std::string_view key) {
        const Where here{&where, key};
        const Act act = kNode.find(key);
        if (at.type() != Type::Null)
            nodeMember(seen, act, at, here);
    });
    if (!seen.source.empty())
        source(seen, Cursor(seen.source), Where{&where, "source"});
    if (seen.kind == NodeKind::Image && m_bound.images == images)
        image(0);  // in words that this does not know
    // A thought that its provider keeps, or what its tools found there: as long as it may be.
    const bool kept = seen.kind == NodeKind::Reasoning && seen.hasId && !seen.hasProof;
    m_bound.fillsContext |= kept || seen.kind == NodeKind::Found;
}

void BoundReader::nodeMember(Node& seen, Act act, Cursor& at, const Where& where) {
    switch (act) {
        case Act::Type:
            return nodeType(seen, at, where);
        case Act::Source:
            seen.source = at.skip();
            return;
        case Act::ImageUrl:
            return imageUrl(at, where);
        case Act::Audio:
            m_bound.audioInput = m_bound.fillsContext = true;
            return;
        case Act::File:
            return file(at, where);
        case Act::FileData:
            return fileData(at, where);
        case Act::Proof:
            seen.hasProof = true;
            return;
        case Act::Rewritten:
            m_hasTools = true;
            return rewritten(at.skip());
        case Act::Plain:
            seen.hasId |= where.key == "id";
            return;
        default:
            return member(act, at, where);
    }
}

void BoundReader::nodeType(Node& seen, Cursor& at, const Where& where) {
    std::string room;
    const std::string_view name = at.string(room);
    const NodeKind kind = kNodeTypes.find(name);
    if (kind == NodeKind::Unknown)
        return unbounded(where, name);
    seen.kind = kind;
}

void BoundReader::image(std::size_t dataBytes) {
    ++m_bound.images;
    m_bound.imagesElsewhere |= dataBytes == 0;
    m_imageBytes += dataBytes;
}

// A string, or {"url":…,"detail":…}.
void BoundReader::imageUrl(Cursor& at, const Where& where) {
    if (at.type() != Type::Object)
        return address(at, where);
    at.members([&](std::string_view key) {
        const Where here{&where, key};
        if (key == "url")
            address(at, here);
        else if (key != "detail" && key != "format" && key != "media_type")
            unbounded(here);
    });
}

void BoundReader::address(Cursor& at, const Where& where) {
    Cursor start = at;
    const std::string_view raw = start.skip();
    std::string room;
    const std::string_view url = at.string(room);
    if (url.starts_with("data:image/"))
        return image(raw.size());
    if (url.starts_with("data:"))
        m_bound.fillsContext = m_bound.audioInput = true;  // whatever a provider makes of it
    else if (url.starts_with("https://") || url.starts_with("http://"))
        image(0);
    else
        unbounded(where);
}

void BoundReader::file(Cursor& at, const Where& where) {
    at.members([&](std::string_view key) {
        const Where here{&where, key};
        if (at.type() == Type::Null)
            return;
        if (key == "file_data")
            fileData(at, here);
        else if (key != "filename")
            unbounded(here);
    });
}

// A PDF is compressed, and its pages are read as pictures too.
void BoundReader::fileData(Cursor& at, const Where& where) {
    std::string room;
    const std::string_view data = at.string(room);
    if (data.starts_with("http"))
        return unbounded(where);
    m_bound.fillsContext = true;
}

// {"type":"base64","media_type":…,"data":…}, or url, file, text, content.
void BoundReader::source(const Node& seen, Cursor at, const Where& where) {
    std::string form;
    std::string media;
    std::string room;
    std::size_t dataBytes = 0;
    bool remote = false;
    at.members([&](std::string_view key) {
        const Where here{&where, key};
        if (at.type() == Type::Null)
            return;
        if (key == "type")
            form = at.string(room);
        else if (key == "media_type")
            media = at.string(room);
        else if (key == "data")
            dataBytes = at.skip().size();
        else if (key == "url")
            remote = true;
        else if (key == "content")
            nodes(at, here);
        else
            unbounded(here);
    });
    const bool picture = seen.kind == NodeKind::Image;
    if (form == "text" || form == "content") {
        if (remote || picture)
            unbounded(where);
    } else if (form == "url") {
        if (!picture || dataBytes > 0)
            return unbounded(Where{&where, "url"});
        image(0);
    } else if (form != "base64" || remote) {
        unbounded(where, form);
    } else if (picture && media.starts_with("image/")) {
        image(dataBytes);
    } else {
        m_bound.fillsContext = true;
    }
}

// Gemini's inlineData: a picture, a sound, a film, a document.
void BoundReader::blob(Cursor& at, const Where& where) {
    std::string media;
    std::string room;
    std::size_t dataBytes = 0;
    at.members([&](std::string_view key) {
        const bool names = key == "mimeType" || key == "mime_type";
        if (names && !media.empty())
            unbounded(Where{&where, key}, kTwoSpellings);
        if (names)
            media = toLower(at.string(room));
        else if (key == "data")
            dataBytes += at.skip().size();
    });
    if (media.starts_with("image/"))
        return image(dataBytes);
    m_bound.fillsContext = true;
    m_bound.audioInput |= media != "application/pdf" && !media.starts_with("text/");
}

}  // namespace gr::protocol
