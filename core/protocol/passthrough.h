// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "json/scan.h"

// Changing a few members of a JSON object without touching any other byte of it.
namespace gr::protocol {

// Replaces the bytes [begin, end) of a source by `text`.
struct Splice {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string text;
};

// A source with splices, as pieces in order. Does not own the source; pieces point into it and into
// this object, which therefore does not move once made.
class SplicedBody final {
  public:
    static constexpr std::size_t kMaxPieces = 12;

    // `splices` must not overlap; any order.
    SplicedBody(std::string_view source, std::vector<Splice> splices);
    SplicedBody(const SplicedBody&) = delete;
    SplicedBody& operator=(const SplicedBody&) = delete;

    std::span<const std::string_view> pieces() const { return m_pieces; }  // at most kMaxPieces
    std::size_t size() const { return m_size; }                            // bytes

  private:
    std::vector<Splice> m_splices;
    std::vector<std::string_view> m_pieces;
    std::string m_joined;
    std::size_t m_size = 0;
};

// Splices that take `members` (pointers into `object.members`) out with their commas.
std::vector<Splice> removeMembers(const json::Object& object,
                                  const std::vector<const json::Member*>& members);

}  // namespace gr::protocol
