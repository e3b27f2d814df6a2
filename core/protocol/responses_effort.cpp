// SPDX-License-Identifier: MIT
#include "protocol/responses_effort.h"

#include <algorithm>

#include "json/scan.h"
#include "json/writer.h"

namespace gr::protocol {
namespace {

// The effort that stands for a budget of tokens.
Effort effortOf(std::int64_t budget) {
    if (budget == 0)
        return Effort::None;
    if (budget < 0)
        return Effort::Medium;
    if (budget < 2048)
        return Effort::Low;
    return budget < 12'000 ? Effort::Medium : Effort::High;
}

std::optional<Effort> wanted(const Thinking& thinking) {
    if (thinking.effort)
        return thinking.effort;
    if (thinking.on && !*thinking.on)
        return Effort::None;
    if (thinking.budget)
        return effortOf(*thinking.budget);
    return std::nullopt;
}

// The nearest effort of `taken`: below the wish, but above it for those who wish little.
Effort nearest(Effort wish, const std::vector<Effort>& taken) {
    const auto takes = [&taken](int effort) {
        return std::find(taken.begin(), taken.end(), static_cast<Effort>(effort)) != taken.end();
    };
    const int from = static_cast<int>(wish);
    const int most = static_cast<int>(Effort::Max);
    if (taken.empty() || takes(from))
        return wish;
    const bool upFirst = wish <= Effort::Minimal;
    for (const bool up : {upFirst, !upFirst}) {
        for (int e = from; e >= 0 && e <= most; e += up ? 1 : -1) {
            if (takes(e))
                return static_cast<Effort>(e);
        }
    }
    return wish;
}

std::string_view wordFor(Effort effort, const Dialect& dialect) {
    for (const auto& [ours, theirs] : dialect.efforts) {
        if (ours == effort)
            return theirs;
    }
    return nameOf(effort);
}

// The client's own object with another effort in it.
void ownMembers(const ChatRequest& request, json::Writer& writer) {
    const auto source = json::objectIn(request.source);
    const json::Member* member = source ? source->find("reasoning") : nullptr;
    const auto object =
        member != nullptr ? json::objectIn(source->raw(*member)) : std::optional<json::Object>();
    if (!object)
        return;
    for (const json::Member& m : object->members) {
        if (m.key != "effort")
            writer.key(m.key).raw(object->raw(m));
    }
}

bool wantsSummary(const Thinking& thinking) {
    return thinking.includeThoughts && (thinking.on.value_or(false) || thinking.adaptive);
}

}  // namespace

ResponsesForm::ResponsesForm(const ChatRequest& request, const Target& target)
    : openAi(target.dialect->id == "openai" || target.dialect->id == "responses"),
      own(openAi && request.from == Protocol::OpenAiResponses),
      names(request) {}

std::optional<Effort> responsesEffort(const ChatRequest& request, const Target& target) {
    const auto wish = wanted(request.thinking);
    return wish ? std::optional(nearest(*wish, target.rules.efforts)) : std::nullopt;
}

ResponsesThinking responsesThinking(const ChatRequest& request, const Target& target,
                                    const ResponsesForm& form) {
    ResponsesThinking out;
    const auto effort = responsesEffort(request, target);
    // Nothing is known of the models behind a plain server: what its own clients say passes.
    const bool unknown = form.own && target.dialect->id == "responses";
    const bool thinks = target.rules.thinking == ThinkingForm::Effort;
    out.encrypted = form.openAi && ((thinks && effort != Effort::None) ||
                                    (unknown && request.encryptedReasoningAsked));
    if (!thinks && !unknown) {
        out.dropped = effort && *effort != Effort::None;
        return out;
    }
    json::Writer writer;
    writer.object();
    if (effort)
        writer.key("effort").string(wordFor(*effort, *target.dialect));
    if (form.own)
        ownMembers(request, writer);
    else if (!request.thinking.summary.empty())
        writer.key("summary").raw(request.thinking.summary);
    else if (form.openAi && wantsSummary(request.thinking))
        writer.key("summary").string("auto");
    out.reasoning = writer.end().take();
    if (out.reasoning == "{}")
        out.reasoning.clear();
    return out;
}

}  // namespace gr::protocol
