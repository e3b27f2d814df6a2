// SPDX-License-Identifier: MIT
#include "tokens/unpack.h"

#include <zlib.h>

#include <algorithm>

namespace gr::tokens {

std::string unpack(std::string_view packed) {
    z_stream stream{};
    if (inflateInit(&stream) != Z_OK)
        return {};
    // zlib does not write to its input, but says so only where ZLIB_CONST is set.
    stream.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    std::string text(4 * packed.size(), '\0');
    int state = Z_OK;
    while (state == Z_OK) {
        if (stream.total_out == text.size())
            text.resize(2 * text.size());
        stream.next_out = reinterpret_cast<Bytef*>(text.data()) + stream.total_out;
        stream.avail_out = static_cast<uInt>(text.size() - stream.total_out);
        state = inflate(&stream, Z_NO_FLUSH);
    }
    text.resize(state == Z_STREAM_END ? stream.total_out : 0);
    inflateEnd(&stream);
    text.shrink_to_fit();
    return text;
}

}  // namespace gr::tokens
