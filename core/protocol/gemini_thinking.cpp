// SPDX-License-Identifier: MIT
#include "protocol/gemini_thinking.h"

#include <algorithm>

#include "json/writer.h"

namespace gr::protocol {
namespace {

constexpr std::int64_t kLeast = 128;  // of a model that always thinks
constexpr std::int64_t kMostOfPro = 32768;
constexpr std::int64_t kMostOfOthers = 24576;

bool isOff(const Thinking& thinking) {
    if (thinking.effort)
        return thinking.effort == Effort::None;
    return thinking.budget == 0 || thinking.on == false;
}

std::optional<std::int64_t> budgetOf(Effort effort, std::int64_t most) {
    switch (effort) {
        case Effort::None:
            return 0;
        case Effort::Minimal:
        case Effort::Low:
            return 1024;
        case Effort::Medium:
            return 8192;
        case Effort::High:
            return 24576;
        default:
            return most;
    }
}

// Absent: as the model likes.
std::optional<std::int64_t> budget(const Thinking& thinking, const ModelRules& rules,
                                   std::string_view model, std::optional<std::int64_t> maxOutput) {
    const std::int64_t least = rules.thinkingCanBeOff ? 0 : kLeast;
    const std::int64_t most = model.find("-pro") != model.npos ? kMostOfPro : kMostOfOthers;
    if (isOff(thinking))
        return least;
    if (thinking.budget)
        return *thinking.budget < 0 ? -1 : std::clamp(*thinking.budget, least, most);
    if (!thinking.effort)
        return std::nullopt;
    const std::int64_t room = maxOutput ? std::max(*maxOutput / 2, least) : most;
    return std::min(budgetOf(*thinking.effort, most).value_or(most), room);
}

// The effort that the model takes and that is nearest to `wanted`, rather above than below.
Effort nearest(Effort wanted, const std::vector<Effort>& taken) {
    if (taken.empty())
        return wanted;
    for (const Effort effort : taken) {
        if (effort >= wanted)
            return effort;
    }
    return taken.back();
}

std::optional<Effort> effort(const Thinking& thinking, const ModelRules& rules) {
    std::optional<Effort> wanted = thinking.effort;
    if (!wanted && thinking.budget && *thinking.budget > 0) {
        wanted = *thinking.budget < 2048    ? Effort::Low
                 : *thinking.budget < 12288 ? Effort::Medium
                                            : Effort::High;
    }
    if (isOff(thinking))
        wanted = Effort::Minimal;
    if (!wanted)
        return std::nullopt;
    return nearest(std::min(*wanted, Effort::High), rules.efforts);
}

}  // namespace

std::string geminiThinking(const Thinking& thinking, const ModelRules& rules,
                           std::string_view model, std::optional<std::int64_t> maxOutput) {
    const bool levels = rules.thinking == ThinkingForm::GeminiLevel;
    if (!levels && rules.thinking != ThinkingForm::GeminiBudget)
        return {};
    json::Writer out;
    out.object();
    const auto tokens = levels ? std::nullopt : budget(thinking, rules, model, maxOutput);
    const auto level = levels ? effort(thinking, rules) : std::nullopt;
    if (tokens)
        out.key("thinkingBudget").number(*tokens);
    if (level)
        out.key("thinkingLevel").string(nameOf(*level));
    // Thoughts of a model that does not think are an error.
    if (thinking.includeThoughts && tokens != 0)
        out.key("includeThoughts").boolean(true);
    std::string text = out.end().take();
    return text == "{}" ? std::string() : text;
}

}  // namespace gr::protocol
