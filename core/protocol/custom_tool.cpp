// SPDX-License-Identifier: MIT
#include "protocol/custom_tool.h"

#include "protocol/json_text.h"

namespace gr::protocol {

std::string customToolDescription(const Tool& tool) {
    std::string words(tool.description.empty() ? "" : inside(tool.description));
    if (tool.format.empty())
        return "\"" + words + "\"";
    words.append(words.empty() ? "" : "\\n\\n").append("The input follows this format: ");
    return "\"" + words.append(inside(quoted(tool.format))) + "\"";
}

}  // namespace gr::protocol
