// SPDX-License-Identifier: MIT
#include "protocol/chat_media_writer.h"

#include "base/text.h"
#include "protocol/chat_fields.h"
#include "protocol/media_text.h"

namespace gr::protocol {
namespace {

class MediaWriter final {
  public:
    MediaWriter(const ChatRequest& request, const Target& target, json::Writer& out)
        : m_request(request), m_target(target), m_out(out) {}

    std::optional<Error> image(const Media& media) {
        if (!m_target.rules.images)
            return refused("an image, and this model reads only text.");
        if (!media.fileId.empty())
            return refused(
                "an image by the id of a file, which only the provider that keeps the file knows; "
                "send its data.");
        if (media.data.empty() && !m_target.dialect->imageUrls)
            return refused("an image by its URL, and this provider takes only its data in base64.");
        m_out.object().key("type").string("image_url").key("image_url").object();
        m_out.key("url").string(urlOf(media));
        if (!media.detail.empty())
            m_out.key("detail").string(media.detail);
        m_out.end().end();
        return std::nullopt;
    }

    std::optional<Error> file(const Media& media) {
        if (media.type.starts_with("text/") && !media.data.empty())
            return textFile(media);
        if (!m_target.dialect->files)
            return refused("a file, and this provider takes only text and images.");
        const bool openAi =
            m_request.from == Protocol::OpenAiChat || m_request.from == Protocol::OpenAiResponses;
        if (!media.fileId.empty() && !openAi)
            return refused(
                "a file by its id, which only the provider that keeps the file knows; send its "
                "data.");
        if (media.fileId.empty() && media.data.empty())
            return refused("a file by its URL, and this provider takes only its data in base64.");
        m_out.object().key("type").string("file").key("file").object();
        if (media.fileId.empty()) {
            m_out.key("filename").string(media.fileName.empty() ? "document.pdf" : media.fileName);
            m_out.key("file_data").string(urlOf(media));
        } else {
            m_out.key("file_id").string(media.fileId);
        }
        m_out.end().end();
        return std::nullopt;
    }

    std::optional<Error> audio(const Media& media) {
        if (!m_target.dialect->audio)
            return refused("sound, and this provider takes only text and images.");
        if (media.data.empty())
            return refused("sound without its data; send it in base64.");
        m_out.object().key("type").string("input_audio").key("input_audio").object();
        m_out.key("data").string(media.data).key("format").string(formatOf(media.type));
        m_out.end().end();
        return std::nullopt;
    }

  private:
    // Plain text needs no file.
    std::optional<Error> textFile(const Media& media) {
        const auto text = textIn(media);
        if (!text)
            return refused("a file of text that is not UTF-8 in base64.");
        const std::string head =
            media.fileName.empty() ? std::string() : std::string(media.fileName) + ":\n";
        m_out.object().key("type").string("text").key("text").string(head + *text).end();
        return std::nullopt;
    }

    static std::string_view formatOf(std::string_view type) {
        constexpr std::string_view kAudio = "audio/";
        if (type.starts_with(kAudio))
            type.remove_prefix(kAudio.size());
        if (type == "mpeg")
            return "mp3";
        return type == "x-wav" || type == "wave" ? "wav" : type;
    }

    Error refused(std::string_view what) const {
        std::string field = clientField(m_request.from, "messages");
        Error error(ErrorCode::InvalidField, "\"" + field + "\" has " + std::string(what));
        error.field = std::move(field);
        return error;
    }

    const ChatRequest& m_request;
    const Target& m_target;
    json::Writer& m_out;
};

}  // namespace

std::optional<Error> writeChatMedia(const ChatRequest& request, const Target& target,
                                    const Part& part, json::Writer& out) {
    MediaWriter writer(request, target, out);
    if (part.kind == Part::Kind::Image)
        return writer.image(part.media);
    return part.kind == Part::Kind::File ? writer.file(part.media) : writer.audio(part.media);
}

}  // namespace gr::protocol
