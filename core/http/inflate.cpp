// SPDX-License-Identifier: MIT
#include "http/inflate.h"

#include <zlib.h>

#include <algorithm>
#include <memory>

namespace gr::http {

Result<std::string> gunzip(std::string_view packed, std::size_t maxSize) {
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    z_stream stream{};
    if (inflateInit2(&stream, kGzipOnly) != Z_OK)
        return fail(ErrorCode::Internal, "The body could not be unpacked.");
    const auto close = [](z_stream* s) { inflateEnd(s); };
    const std::unique_ptr<z_stream, decltype(close)> guard(&stream, close);

    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    std::string out;
    for (int state = Z_OK; state != Z_STREAM_END;) {
        const std::size_t have = out.size();
        if (have > maxSize)
            return fail(ErrorCode::BodyTooLarge, "The body is larger than 64 MB when unpacked.");
        out.resize(std::min(have + std::max<std::size_t>(packed.size() * 3, 16'384), maxSize + 1));
        stream.next_out = reinterpret_cast<Bytef*>(out.data() + have);
        stream.avail_out = static_cast<uInt>(out.size() - have);
        state = inflate(&stream, Z_NO_FLUSH);
        out.resize(out.size() - stream.avail_out);
        if (state != Z_OK && state != Z_STREAM_END)
            return fail(ErrorCode::BadRequest, "The body says gzip, but cannot be unpacked.");
    }
    if (out.size() > maxSize)
        return fail(ErrorCode::BodyTooLarge, "The body is larger than 64 MB when unpacked.");
    if (stream.avail_in > 0)
        return fail(ErrorCode::BadRequest, "The gzip body has something behind its end.");
    return out;
}

}  // namespace gr::http
