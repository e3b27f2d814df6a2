// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gr::json {

// Writes JSON text from the outside in; commas are its business. Raw spans are spliced as they are.
//   Writer w; w.object().key("id").string(id).key("n").number(3).end();  → w.text()
class Writer final {
  public:
    Writer& object();
    Writer& array();
    Writer& end();  // closes what was opened last
    Writer& key(std::string_view name);
    Writer& string(std::string_view text);
    Writer& number(std::int64_t value);
    Writer& boolean(bool value);
    Writer& null();
    Writer& raw(std::string_view json);  // must be one whole value

    const std::string& text() const { return m_text; }
    std::string take() { return std::move(m_text); }

  private:
    void comma();
    std::string m_text;
    std::string m_open;  // the closing brackets, innermost last
    bool m_first = true;
};

}  // namespace gr::json
