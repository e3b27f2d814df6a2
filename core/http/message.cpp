// SPDX-License-Identifier: MIT
#include "http/message.h"

#include <algorithm>

#include "base/text.h"

namespace gr::http {

std::optional<std::string_view> Fields::find(std::string_view name) const {
    for (const Field& field : m_fields) {
        if (equalsIgnoreCase(field.name, name))
            return field.value;
    }
    return std::nullopt;
}

std::size_t Fields::count(std::string_view name) const {
    return static_cast<std::size_t>(
        std::count_if(m_fields.begin(), m_fields.end(),
                      [name](const Field& f) { return equalsIgnoreCase(f.name, name); }));
}

std::string_view mediaTypeIn(std::string_view contentType) {
    return trim(contentType.substr(0, contentType.find(';')));
}

bool hasMediaType(const Fields& fields, std::string_view type) {
    const auto named = fields.find("Content-Type");
    return named && equalsIgnoreCase(mediaTypeIn(*named), type);
}

std::string_view reasonPhrase(int status) {
    switch (status) {
        case 100:
            return "Continue";
        case 200:
            return "OK";
        case 201:
            return "Created";
        case 204:
            return "No Content";
        case 400:
            return "Bad Request";
        case 401:
            return "Unauthorized";
        case 402:
            return "Payment Required";
        case 403:
            return "Forbidden";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 408:
            return "Request Timeout";
        case 409:
            return "Conflict";
        case 411:
            return "Length Required";
        case 412:
            return "Precondition Failed";
        case 413:
            return "Content Too Large";
        case 414:
            return "URI Too Long";
        case 415:
            return "Unsupported Media Type";
        case 417:
            return "Expectation Failed";
        case 422:
            return "Unprocessable Content";
        case 429:
            return "Too Many Requests";
        case 431:
            return "Request Header Fields Too Large";
        case 500:
            return "Internal Server Error";
        case 501:
            return "Not Implemented";
        case 502:
            return "Bad Gateway";
        case 503:
            return "Service Unavailable";
        case 504:
            return "Gateway Timeout";
        default:
            return "Unknown";
    }
}

HeaderLines::HeaderLines(
    std::initializer_list<std::pair<std::string_view, std::string_view>> fields) {
    for (const auto& [name, value] : fields)
        add(name, value);
}

void HeaderLines::add(std::string_view name, std::string_view value) {
    m_text.append(name).append(": ").append(value).append("\r\n");
}

void writeResponseHead(std::string& out, int status, const HeaderLines& headers,
                       BodyFraming framing, std::uint64_t contentLength, bool keepAlive) {
    out.clear();
    out.reserve(headers.text().size() + 128);
    out.append("HTTP/1.1 ").append(std::to_string(status)).append(" ");
    out.append(reasonPhrase(status)).append("\r\n");
    out.append(headers.text());
    if (framing == BodyFraming::Length && status != 204)
        out.append("Content-Length: ").append(std::to_string(contentLength)).append("\r\n");
    else if (framing == BodyFraming::Chunked)
        out.append("Transfer-Encoding: chunked\r\n");
    if (!keepAlive)
        out.append("Connection: close\r\n");
    out.append("\r\n");
}

}  // namespace gr::http
