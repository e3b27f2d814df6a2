// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "http/buffer.h"

struct z_stream_s;

namespace gr::http {

// A gzip body (RFC 1952) that is unpacked piece by piece. One thread at a time.
class Gunzip final {
  public:
    // `packed` must outlive this; a body that grows beyond `maxSize` bytes is refused.
    Gunzip(std::string_view packed, std::size_t maxSize);

    // Unpacks up to `most` bytes more; true once the body is whole. Errors: BadRequest when it is
    // damaged or cut, BodyTooLarge.
    Result<bool> more(std::size_t most);

    std::string_view text() const { return m_text.view(); }  // until the next `more`

  private:
    struct Closer {
        void operator()(z_stream_s* stream) const noexcept;
    };
    std::size_t m_maxSize;
    std::unique_ptr<z_stream_s, Closer> m_stream;  // null when zlib could not begin
    ByteBuffer m_text;
};

}  // namespace gr::http
