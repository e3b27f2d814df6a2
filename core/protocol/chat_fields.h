// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/writer.h"
#include "protocol/adapter.h"

namespace gr::protocol {

// Writes the top-level fields of a chat request for one dialect: under its names, and only those it
// takes. The names of the others are kept for the record.
class ChatFields final {
  public:
    // `dialect` must outlive this.
    explicit ChatFields(const Dialect& dialect) : m_dialect(dialect) { m_out.object(); }

    // By our name of the field.
    bool taken(std::string_view name) const;
    // Writes it if it is taken; false if it had to be dropped. An empty value is no field at all.
    bool put(std::string_view name, JsonText value);
    bool putPlain(std::string_view name, std::string_view value);

    // The writer behind the key, for values that are written piece by piece.
    json::Writer& open(std::string_view name);
    void drop(std::string_view name) { m_dropped.emplace_back(name); }

    std::string takeBody() { return m_out.end().take(); }
    std::vector<std::string> takeDropped() { return std::move(m_dropped); }
    const Dialect& dialect() const { return m_dialect; }

  private:
    std::string_view theirs(std::string_view name) const;

    const Dialect& m_dialect;
    json::Writer m_out;
    std::vector<std::string> m_dropped;
};

// How the client calls the field that we call `name`, for messages about it.
std::string clientField(Protocol from, std::string_view name);

}  // namespace gr::protocol
