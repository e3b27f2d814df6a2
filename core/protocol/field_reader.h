// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "json/scan.h"
#include "protocol/chat.h"

namespace gr::protocol {

// Reads the fields of one JSON object, whose place in the request is `path` ("messages[2].content",
// empty for the outermost). Absent and null are the same. The first thing that is wrong is kept
// (InvalidField or MissingField, with the field's whole path) and shared by all readers made of one
// another, so that a whole request is read through and asked once at the end.
class FieldReader final {
  public:
    // `object` and `arena` and `problem` must outlive this.
    FieldReader(const json::Object& object, std::string path, TextArena& arena,
                std::optional<Error>& problem)
        : m_object(object), m_path(std::move(path)), m_arena(arena), m_problem(problem) {}

    const json::Member* find(std::string_view key) const;  // nothing for null
    bool has(std::string_view key) const { return find(key) != nullptr; }

    JsonString string(std::string_view key) const;       // empty when absent
    std::string_view plain(std::string_view key) const;  // what the string says
    std::optional<bool> flag(std::string_view key) const;
    std::optional<std::int64_t> integer(std::string_view key) const;
    JsonText number(std::string_view key) const;  // as written
    JsonText object(std::string_view key) const;
    JsonText any(std::string_view key) const;
    std::vector<std::string_view> list(std::string_view key) const;  // raw elements

    // The same for fields that must be there.
    std::string_view neededPlain(std::string_view key) const;
    std::vector<std::string_view> neededList(std::string_view key) const;

    // "messages[2].content": the whole name of a field here.
    std::string name(std::string_view key) const;
    // Keeps `"FIELD" must be EXPECTED.` unless something was wrong before.
    void wrong(std::string_view key, std::string_view expected) const;
    void missing(std::string_view key) const;
    void fault(ErrorCode code, std::string_view key, std::string message) const;

    const json::Object& source() const { return m_object; }
    const std::string& path() const { return m_path; }
    TextArena& arena() const { return m_arena; }
    bool ok() const { return !m_problem; }
    std::optional<Error>& problem() const { return m_problem; }

  private:
    const json::Object& m_object;
    std::string m_path;
    TextArena& m_arena;
    std::optional<Error>& m_problem;
};

}  // namespace gr::protocol
