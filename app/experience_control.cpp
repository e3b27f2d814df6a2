// SPDX-License-Identifier: MIT
#include "app/experience_control.h"

#include <array>
#include <cstdio>

#include "app/control_line.h"
#include "json/writer.h"

namespace gr::app {
namespace {

std::string decimal(double value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.3f", value);
    return text.data();
}

}  // namespace

std::optional<std::string> answerExperience(const std::string& command,
                                            gateway::GatewayHost& host) {
    if (command == "experience.forget")
        return answerOf(host.forgetExperience());
    if (command != "experience")
        return std::nullopt;
    json::Writer out;
    out.object().key("ok").boolean(true).key("experience").array();
    for (const routing::Experience::Row& row : host.experience()) {
        const auto domain = static_cast<std::size_t>(row.domain);
        out.object().key("domain").string(routing::kDomainNames[domain]);
        out.key("model").string(row.model).key("outcomes").string(decimal(row.weight));
        out.key("departure").string(decimal(row.departure));
        out.key("error").string(decimal(row.error));
        out.key("counts").string(decimal(row.counts)).end();
    }
    return out.end().end().take();
}

std::string experienceLines(const json::Object& answer) {
    const json::Member* const rows = answer.find("experience");
    std::string out;
    for (const std::string_view row : json::elementsIn(answer.raw(*rows))) {
        const auto object = json::objectIn(row);
        if (!object)
            continue;
        const std::string model = member(*object, "model");
        out += member(*object, "domain") + ", " + (model.empty() ? "all models" : model) + ": " +
               member(*object, "outcomes") + " outcomes, " + member(*object, "departure") +
               " from what was predicted, give or take " + member(*object, "error") +
               "; counted as " + member(*object, "counts") + "\n";
    }
    return out.empty() ? "nothing was learnt yet\n" : out;
}

}  // namespace gr::app
