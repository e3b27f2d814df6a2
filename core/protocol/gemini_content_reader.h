// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "protocol/chat.h"
#include "protocol/field_reader.h"

namespace gr::protocol {

// Reads the turns of a Gemini request, in order; what is wrong is kept by `fields`. One object, one
// request; `request` must outlive it.
class GeminiContentReader final {
  public:
    explicit GeminiContentReader(ChatRequest& request) : m_request(request) {}

    void system(const FieldReader& fields);    // systemInstruction
    void contents(const FieldReader& fields);  // contents

  private:
    struct OpenCall {
        std::string_view id;
        std::string_view name;
        bool invented = false;
        bool answered = false;
    };

    void turn(const FieldReader& fields);
    void part(const FieldReader& fields, Turn& turn);
    void text(const FieldReader& fields, Turn& turn);
    void thought(const FieldReader& fields, Turn& turn);
    void closeThought();
    void call(const FieldReader& fields, Part& part);
    void result(const FieldReader& fields, Part& part);
    OpenCall* callOf(std::string_view id, std::string_view name);
    std::string_view signatureOf(const FieldReader& fields) const;

    ChatRequest& m_request;
    std::vector<OpenCall> m_calls;  // of the last turns of the model
    std::size_t m_invented = 0;
    // The inside of a thought that came in several parts; it belongs to the last part so far.
    std::string m_thought;
};

}  // namespace gr::protocol
