// SPDX-License-Identifier: MIT
#include "protocol/chat_content_reader.h"

#include "protocol/chat_answer_shapes.h"
#include "protocol/media_text.h"

namespace gr::protocol {
namespace {

using json::Member;
using json::Object;
using json::Type;

// Reads one element of a `content` list.
class ContentReader final {
  public:
    ContentReader(const FieldReader& fields, ContentPlace place)
        : m_fields(fields), m_place(place) {}

    void read(std::vector<Part>& parts) {
        const std::string_view type = m_fields.neededPlain("type");
        Part part;
        part.source = m_fields.source().text;
        part.cacheControl = m_fields.object("cache_control");
        if (type == "text" || (type == "refusal" && m_place == ContentPlace::Assistant))
            text(part, type);
        else if (type == "thinking" && m_place == ContentPlace::Assistant)
            thinking(part);
        else if (type == "image_url" && takesMedia())
            image(part);
        else if (type == "file" && takesMedia())
            file(part);
        else if (type == "input_audio" && m_place == ContentPlace::User)
            audio(part);
        else
            return m_fields.wrong("type", expected());
        parts.push_back(std::move(part));
    }

  private:
    bool takesMedia() const {
        return m_place == ContentPlace::User || m_place == ContentPlace::Tool;
    }

    std::string_view expected() const {
        switch (m_place) {
            case ContentPlace::System:
                return "\"text\" in a message of this role";
            case ContentPlace::Assistant:
                return "\"text\" or \"refusal\" in a message of this role";
            case ContentPlace::Tool:
                return "\"text\", \"image_url\" or \"file\" in a message of this role";
            case ContentPlace::User:
                break;
        }
        return "\"text\", \"image_url\", \"input_audio\" or \"file\"";
    }

    void text(Part& part, std::string_view type) {
        part.kind = type == "text" ? Part::Kind::Text : Part::Kind::Refusal;
        if (!m_fields.has(type))
            m_fields.missing(type);
        part.text = m_fields.string(type);
    }

    void thinking(Part& part) {
        part.kind = Part::Kind::Reasoning;
        part.reasoning.text = m_fields.arena().keep("\"" + thinkingText(m_fields.source()) + "\"");
    }

    // `image_url` is an object; Mistral's clients may send the URL alone.
    void image(Part& part) {
        part.kind = Part::Kind::Image;
        const Member* member = m_fields.find("image_url");
        if (member == nullptr)
            return m_fields.missing("image_url");
        if (member->type == Type::String)
            return url(part, m_fields, "image_url");
        const auto object = json::objectIn(m_fields.source().raw(*member));
        if (!object)
            return m_fields.wrong("image_url", "an object with a \"url\"");
        const FieldReader inner = below(*object, "image_url");
        url(part, inner, "url");
        part.media.detail = inner.plain("detail");
    }

    static void url(Part& part, const FieldReader& fields, std::string_view key) {
        const std::string_view text = fields.neededPlain(key);
        if (fields.ok() && (text.empty() || !setFromUrl(part.media, text)))
            fields.wrong(key, "an http(s) URL or a data: URL in base64");
    }

    void file(Part& part) {
        part.kind = Part::Kind::File;
        const auto object = chatChild(m_fields.source(), "file");
        if (!object)
            return m_fields.missing("file");
        const FieldReader inner = below(*object, "file");
        part.media.fileId = inner.plain("file_id");
        part.media.fileName = inner.plain("filename");
        const std::string_view data = inner.plain("file_data");
        if (data.empty() && part.media.fileId.empty())
            return inner.missing("file_data");
        if (data.starts_with("http") || data.starts_with("data:")) {
            url(part, inner, "file_data");
        } else {  // plain base64, as some clients write it
            part.media.data = data;
            part.media.type = "application/pdf";
        }
    }

    void audio(Part& part) {
        part.kind = Part::Kind::Audio;
        const auto object = chatChild(m_fields.source(), "input_audio");
        if (!object)
            return m_fields.missing("input_audio");
        const FieldReader inner = below(*object, "input_audio");
        part.media.data = inner.neededPlain("data");
        if (part.media.data.empty())
            inner.wrong("data", "base64 with something in it");
        const std::string_view format = inner.neededPlain("format");
        part.media.type = m_fields.arena().keep("audio/" + std::string(format));
        if (!isMediaType(part.media.type))
            inner.wrong("format", "a format of sound, as \"wav\"");
    }

    FieldReader below(const Object& object, std::string_view key) const {
        return {object, m_fields.name(key), m_fields.arena(), m_fields.problem()};
    }

    const FieldReader& m_fields;
    ContentPlace m_place;
};

}  // namespace

void readChatContent(const FieldReader& part, ContentPlace place, std::vector<Part>& parts) {
    ContentReader(part, place).read(parts);
}

}  // namespace gr::protocol
