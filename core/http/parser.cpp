// SPDX-License-Identifier: MIT
#include "http/parser.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include "base/text.h"

namespace gr::http {
namespace {

namespace beast = boost::beast;
using beast::error_code;
using beast::string_view;

// Beast's parser with its callbacks turned into plain data.
template <bool isRequest>
class Parser final : public beast::http::basic_parser<isRequest> {
    using Base = beast::http::basic_parser<isRequest>;

  public:
    Parser() {
        // Lengths are bounded by the connection; Beast's own bound would cut long answers.
        this->body_limit(boost::none);
        this->header_limit(kMaxHead + 1);
    }

    std::string_view method;
    std::string_view target;
    int statusCode = 0;
    int httpVersion = 11;
    Fields* fields = nullptr;  // of the head being read
    // The fields that frame the body: how often they came, and the last value.
    std::size_t codings = 0;
    std::size_t lengths = 0;
    std::string_view coding;
    std::string_view length;
    const BodySink* sink = nullptr;
    bool chunkHeadTorn = false;  // the last bytes given ended inside a chunk's head

  private:
    static std::string_view view(string_view text) { return {text.data(), text.size()}; }

    void on_request_impl(beast::http::verb, string_view name, string_view path, int version,
                         error_code&) override {
        method = view(name);
        target = view(path);
        httpVersion = version;
    }
    void on_response_impl(int code, string_view, int version, error_code&) override {
        statusCode = code;
        httpVersion = version;
    }
    void on_field_impl(beast::http::field field, string_view name, string_view value,
                       error_code&) override {
        if (!m_inHead)  // trailers are read and dropped
            return;
        fields->add(view(name), view(value));
        if (field == beast::http::field::transfer_encoding) {
            ++codings;
            coding = view(value);
        } else if (field == beast::http::field::content_length) {
            ++lengths;
            length = view(value);
        }
    }
    void on_header_impl(error_code&) override { m_inHead = false; }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(string_view bytes, error_code&) override {
        if (sink != nullptr)
            (*sink)(view(bytes));
        return bytes.size();
    }
    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code&) override {
        if (sink != nullptr)
            (*sink)(view(bytes));
        return bytes.size();
    }
    void on_finish_impl(error_code&) override {}

    bool m_inHead = true;
};

// Finds the end of a head as bytes arrive and refuses the line forms that two readers could take
// differently, before the parser sees them.
class HeadScanner final {
  public:
    // The size of the head with its empty line, 0 while incomplete, or an error.
    Result<std::size_t> scan(std::string_view bytes) {
        for (; m_at < bytes.size(); ++m_at) {
            const auto lf = bytes.find('\n', m_at);
            if (lf == std::string_view::npos) {
                m_at = bytes.size();
                break;
            }
            m_at = lf;
            if (lf == 0 || bytes[lf - 1] != '\r')
                return fail(ErrorCode::BadRequest, "A line of the head ends without CR LF.");
            if (lf - m_lineBegin == 1 && m_lineBegin > 0) {
                if (lf + 1 > kMaxHead)
                    return tooLarge();
                return lf + 1;
            }
            const char first = bytes[m_lineBegin];
            if (m_lineBegin > 0 && (first == ' ' || first == '\t'))
                return fail(ErrorCode::BadRequest, "A header line is folded; send it as one line.");
            m_lineBegin = lf + 1;
        }
        if (bytes.size() > kMaxHead)
            return tooLarge();
        return std::size_t{0};
    }

  private:
    static Failure tooLarge() {
        return fail(ErrorCode::HeadTooLarge, "The head of the message is larger than 32 KB.");
    }
    std::size_t m_at = 0;         // scanned up to here
    std::size_t m_lineBegin = 0;  // of the line being scanned
};

// What both directions share: framing and fields, checked.
struct Framing {
    ErrorCode code;  // for whatever is wrong

    template <class P>
    Result<void> fill(P& parser, Head& head) const {
        if (parser.lengths > 1)
            return fail(code, "Content-Length stands more than once.");
        if (parser.codings > 0 && parser.lengths > 0)
            return fail(code, "Content-Length and Transfer-Encoding exclude each other.");
        if (parser.codings > 0) {
            if (parser.codings > 1 || !equalsIgnoreCase(trim(parser.coding), "chunked")) {
                return fail(code == ErrorCode::BadRequest ? ErrorCode::NotImplemented : code,
                            "The only transfer coding accepted is \"chunked\".");
            }
            if (parser.httpVersion < 11)
                return fail(code, "HTTP/1.0 has no transfer codings.");
            head.chunked = true;
        } else if (parser.lengths == 1) {
            // Beast takes a list of equal lengths as one.
            if (parser.length.find_first_not_of("0123456789") != std::string_view::npos)
                return fail(code, "Content-Length is not a number.");
            head.contentLength = parser.content_length().get();
        }
        head.keepAlive = parser.keep_alive();
        head.http10 = parser.httpVersion == 10;
        return {};
    }
};

// A chunked body, read by Beast.
template <class P>
Result<BodyStep> readChunks(P& parser, std::string_view bytes, const BodySink& sink,
                            ErrorCode code) {
    // The shortest rest of a chunked body, "0\r\n\r\n". Beast asserts that it sees as much when it
    // looks at a torn last chunk again, so a shorter rest waits for the next bytes.
    constexpr std::size_t kShortestRest = 5;
    parser.sink = &sink;
    BodyStep step;
    if (parser.chunkHeadTorn && bytes.size() < kShortestRest)
        return step;
    parser.chunkHeadTorn = false;
    while (step.consumed < bytes.size() && !parser.is_done()) {
        error_code error;
        const std::size_t used = parser.put(
            boost::asio::const_buffer(bytes.data() + step.consumed, bytes.size() - step.consumed),
            error);
        step.consumed += used;
        if (error == beast::http::error::need_more) {
            parser.chunkHeadTorn = true;
            break;
        }
        if (error)
            return fail(code, "The chunked body is malformed.", error.message());
        if (used == 0)
            break;
    }
    step.done = parser.is_done();
    return step;
}

// Feeds one whole head to the parser, which fills `head`. False when it refuses it.
template <class P>
bool parseHead(P& parser, std::string_view bytes, Head& head, std::string& why) {
    head.text.assign(bytes);
    head.fields.clear();
    head.contentLength.reset();
    head.chunked = false;
    parser.fields = &head.fields;
    const std::string& text = head.text;
    error_code error;
    std::size_t used = 0;
    parser.eager(false);
    while (used < text.size() && !parser.is_header_done()) {
        const std::size_t step =
            parser.put(boost::asio::const_buffer(text.data() + used, text.size() - used), error);
        used += step;
        if (error || step == 0)
            break;
    }
    parser.eager(true);
    if (!error && parser.is_header_done() && used == text.size())
        return true;
    why = error.message();
    return false;
}

}  // namespace

class RequestParser::Impl final {
  public:
    std::optional<Parser<true>> parser{std::in_place};
    HeadScanner scanner;
};

RequestParser::RequestParser() : m_impl(std::make_unique<Impl>()) {}
RequestParser::~RequestParser() = default;

void RequestParser::reset() {
    m_impl->parser.emplace();
    m_impl->scanner = HeadScanner();
}

Result<std::optional<std::size_t>> RequestParser::head(std::string_view bytes, RequestHead& head) {
    const Result<std::size_t> size = m_impl->scanner.scan(bytes);
    if (!size)
        return fail(size.error());
    if (*size == 0)
        return std::nullopt;

    auto& parser = *m_impl->parser;
    std::string why;
    if (!parseHead(parser, bytes.substr(0, *size), head, why))
        return fail(ErrorCode::BadRequest, "The head of the request is malformed.", why);
    head.method = parser.method;
    head.target = parser.target;
    if (const auto framing = Framing{ErrorCode::BadRequest}.fill(parser, head); !framing)
        return fail(framing.error());
    const auto expect = head.fields.find("Expect");
    head.expectContinue = expect && equalsIgnoreCase(*expect, "100-continue");
    return *size;
}

Result<BodyStep> RequestParser::body(std::string_view bytes, const BodySink& sink) {
    return readChunks(*m_impl->parser, bytes, sink, ErrorCode::BadRequest);
}

class ResponseParser::Impl final {
  public:
    std::optional<Parser<false>> parser{std::in_place};
    HeadScanner scanner;
    std::optional<std::uint64_t> remaining;  // of a body with a length
    bool chunked = false;
};

ResponseParser::ResponseParser() : m_impl(std::make_unique<Impl>()) {}
ResponseParser::~ResponseParser() = default;

void ResponseParser::reset() {
    m_impl->parser.emplace();
    m_impl->scanner = HeadScanner();
    m_impl->remaining.reset();
    m_impl->chunked = false;
}

Result<std::optional<std::size_t>> ResponseParser::head(std::string_view bytes,
                                                        ResponseHead& head) {
    constexpr ErrorCode kCode = ErrorCode::ProviderAnswerInvalid;
    const Result<std::size_t> size = m_impl->scanner.scan(bytes);
    if (!size)
        return fail(kCode, "The provider's answer is not valid HTTP.", size.error().message.text);
    if (*size == 0)
        return std::nullopt;

    auto& parser = *m_impl->parser;
    std::string why;
    if (!parseHead(parser, bytes.substr(0, *size), head, why))
        return fail(kCode, "The provider's answer is not valid HTTP.", why);
    head.status = parser.statusCode;
    if (const auto framing = Framing{kCode}.fill(parser, head); !framing) {
        return fail(kCode, "The provider's answer is not valid HTTP.",
                    framing.error().message.text);
    }
    m_impl->chunked = head.chunked;
    m_impl->remaining = head.contentLength;
    if (head.status < 200 || head.status == 204 || head.status == 304)
        m_impl->remaining = 0;
    return *size;
}

Result<BodyStep> ResponseParser::body(std::string_view bytes, const BodySink& sink) {
    if (m_impl->chunked)
        return readChunks(*m_impl->parser, bytes, sink, ErrorCode::ProviderAnswerInvalid);
    BodyStep step;
    step.consumed = bytes.size();
    if (m_impl->remaining) {
        step.consumed =
            static_cast<std::size_t>(std::min<std::uint64_t>(*m_impl->remaining, bytes.size()));
        *m_impl->remaining -= step.consumed;
        step.done = *m_impl->remaining == 0;
    }
    if (step.consumed > 0)
        sink(bytes.substr(0, step.consumed));
    return step;
}

bool ResponseParser::endsWithConnection() const {
    return !m_impl->chunked && !m_impl->remaining;
}

}  // namespace gr::http
