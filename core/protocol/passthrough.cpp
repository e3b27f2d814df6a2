// SPDX-License-Identifier: MIT
#include "protocol/passthrough.h"

#include <algorithm>
#include <tuple>

namespace gr::protocol {

SplicedBody::SplicedBody(std::string_view source, std::vector<Splice> splices)
    : m_splices(std::move(splices)) {
    // An insertion at the beginning of a removed span comes before it.
    std::sort(m_splices.begin(), m_splices.end(), [](const Splice& a, const Splice& b) {
        return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
    });
    m_pieces.reserve(2 * m_splices.size() + 1);
    std::size_t at = 0;
    const auto add = [this](std::string_view piece) {
        if (!piece.empty())
            m_pieces.push_back(piece);
        m_size += piece.size();
    };
    for (const Splice& splice : m_splices) {
        add(source.substr(at, splice.begin - at));
        add(splice.text);
        at = splice.end;
    }
    add(source.substr(at));
    if (m_pieces.size() > kMaxPieces) {
        for (const std::string_view piece : m_pieces)
            m_joined.append(piece);
        m_pieces.assign(1, m_joined);
    }
}

std::vector<Splice> removeMembers(const json::Object& object,
                                  const std::vector<const json::Member*>& members) {
    const auto removed = [&members](const json::Member& m) {
        return std::find(members.begin(), members.end(), &m) != members.end();
    };
    const auto& all = object.members;
    std::vector<Splice> splices;
    for (std::size_t i = 0; i < all.size(); ++i) {
        if (!removed(all[i]))
            continue;
        const bool keptFollows = std::any_of(all.begin() + static_cast<std::ptrdiff_t>(i) + 1,
                                             all.end(), [&](const auto& m) { return !removed(m); });
        if (keptFollows) {
            splices.push_back({all[i].keyBegin, all[i + 1].keyBegin, {}});
            continue;
        }
        // Only removed members follow: they go together with the comma before them.
        const std::size_t begin = i > 0 ? all[i - 1].valueEnd : all[i].keyBegin;
        splices.push_back({begin, all.back().valueEnd, {}});
        break;
    }
    return splices;
}

}  // namespace gr::protocol
