// SPDX-License-Identifier: MIT
#include "json/writer.h"

#include "base/text.h"

namespace gr::json {

void Writer::comma() {
    if (!m_first)
        m_text.push_back(',');
    m_first = false;
}

Writer& Writer::object() {
    comma();
    m_text.push_back('{');
    m_open.push_back('}');
    m_first = true;
    return *this;
}

Writer& Writer::array() {
    comma();
    m_text.push_back('[');
    m_open.push_back(']');
    m_first = true;
    return *this;
}

Writer& Writer::end() {
    m_text.push_back(m_open.back());
    m_open.pop_back();
    m_first = false;
    return *this;
}

Writer& Writer::key(std::string_view name) {
    string(name);
    m_text.push_back(':');
    m_first = true;  // no comma before the value
    return *this;
}

Writer& Writer::string(std::string_view text) {
    comma();
    m_text.push_back('"');
    appendJsonEscaped(m_text, text);
    m_text.push_back('"');
    return *this;
}

Writer& Writer::number(std::int64_t value) {
    return raw(std::to_string(value));
}

Writer& Writer::boolean(bool value) {
    return raw(value ? "true" : "false");
}

Writer& Writer::null() {
    return raw("null");
}

Writer& Writer::raw(std::string_view json) {
    comma();
    m_text.append(json);
    return *this;
}

}  // namespace gr::json
