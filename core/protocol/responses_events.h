// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

#include "protocol/responses_item.h"

namespace gr::protocol {

// Writes the events of a Responses stream, each as `event: TYPE` and one line of data with its
// sequence number, from 0. One object, one answer.
class ResponsesEvents final {
  public:
    // An event around a whole response object.
    void response(std::string& out, std::string_view type, std::string_view object);
    void itemAdded(std::string& out, const OutputItem& item);
    void itemDone(std::string& out, const OutputItem& item);

    // Messages. `part`: the index of the content.
    void contentAdded(std::string& out, const OutputItem& item, std::size_t part);
    void contentDelta(std::string& out, const OutputItem& item, std::size_t part,
                      std::string_view delta, std::string_view logprobs);
    void annotation(std::string& out, const OutputItem& item, std::size_t part,
                    std::size_t annotationIndex, std::string_view annotation);
    void contentDone(std::string& out, const OutputItem& item, std::size_t part);

    // Thoughts: one summary an item.
    void summaryAdded(std::string& out, const OutputItem& item);
    void summaryDelta(std::string& out, const OutputItem& item, std::string_view delta);
    void summaryDone(std::string& out, const OutputItem& item);

    // Calls of tools.
    void inputDelta(std::string& out, const OutputItem& item, std::string_view delta);
    void inputDone(std::string& out, const OutputItem& item);

  private:
    void begin(std::string& out, std::string_view type);
    void begin(std::string& out, std::string_view type, const OutputItem& item);
    void beginPart(std::string& out, std::string_view type, const OutputItem& item,
                   std::size_t part);

    std::int64_t m_next = 0;
};

}  // namespace gr::protocol
