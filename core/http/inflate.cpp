// SPDX-License-Identifier: MIT
#include "http/inflate.h"

#include <zlib.h>

#include <algorithm>

namespace gr::http {

void Gunzip::Closer::operator()(z_stream_s* stream) const noexcept {
    inflateEnd(stream);
    delete stream;
}

Gunzip::Gunzip(std::string_view packed, std::size_t maxSize) : m_maxSize(maxSize) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    auto stream = std::make_unique<z_stream>();
    if (inflateInit2(stream.get(), kGzipOnly) != Z_OK)
        return;
    m_stream.reset(stream.release());
    m_stream->next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    m_stream->avail_in = static_cast<uInt>(packed.size());
}

Result<bool> Gunzip::more(std::size_t most) {
    if (!m_stream)
        return fail(ErrorCode::Internal, "The body could not be unpacked.");
    // One byte beyond the bound tells that there is more.
    const std::size_t room = std::min(most, m_maxSize + 1 - m_text.size());
    m_text.reserve(room);
    m_stream->next_out = reinterpret_cast<Bytef*>(m_text.tail());
    m_stream->avail_out = static_cast<uInt>(room);
    const int state = inflate(m_stream.get(), Z_NO_FLUSH);
    m_text.produced(room - m_stream->avail_out);
    if (m_text.size() > m_maxSize)
        return fail(ErrorCode::BodyTooLarge, "The body is larger than 64 MB when unpacked.");
    const bool hungry = state == Z_OK && m_stream->avail_out > 0;  // the input ended before it
    if ((state != Z_OK && state != Z_STREAM_END) || hungry)
        return fail(ErrorCode::BadRequest, "The body says gzip, but cannot be unpacked.");
    if (state == Z_STREAM_END && m_stream->avail_in > 0)
        return fail(ErrorCode::BadRequest, "The gzip body has something behind its end.");
    return state == Z_STREAM_END;
}

}  // namespace gr::http
