// SPDX-License-Identifier: MIT
#include "protocol/bound.h"

#include <algorithm>

#include "protocol/bound_reader.h"
#include "protocol/bound_sums.h"
#include "protocol/gemini_words.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

using json::Cursor;
using json::Member;
using json::Object;
using json::Type;

constexpr std::int64_t kLeastOutput = 16;       // a translation to Responses raises a cap to it
constexpr std::int64_t kSmallestBudget = 1024;  // a translation to Anthropic raises a budget to it

const Known& membersOf(const Ask& ask) {
    const bool gemini = ask.protocol == Protocol::Gemini;
    if (ask.task == Task::Embed)
        return gemini ? kGeminiEmbeddings : kEmbeddings;
    if (ask.task == Task::Complete)
        return kCompletions;
    if (ask.protocol == Protocol::OpenAiResponses)
        return kResponses;
    if (ask.protocol == Protocol::Anthropic)
        return kMessages;
    return gemini ? kGemini : kChat;
}

// One choice's output where a translation makes room for a budget of thoughts: see fitBudget() in
// anthropic_plan.cpp.
std::int64_t withBudget(std::int64_t cap, std::int64_t thinking) {
    if (thinking == 0)
        return cap;
    const std::int64_t budget = std::max(thinking, kSmallestBudget);
    return cap > budget ? cap : plus(cap, budget);
}

std::int64_t ofAll(const Bound& bound, std::int64_t ofOne) {
    const std::int64_t readings = bound.writesPerReading ? bound.readings : 1;
    return times(times(plus(ofOne, bound.predictionTokens), bound.choices), readings);
}

bool isAbsent(const Member* member) {
    return member == nullptr || member->type == Type::Null;
}

// `"key":value` in the place of a null, or in front of all members.
Splice putMember(const Object& object, const Member* null, std::string_view key,
                 std::string value) {
    if (null != nullptr)
        return {null->valueBegin, null->valueEnd, std::move(value)};
    const bool empty = object.members.empty();
    const std::size_t at = empty ? object.text.find('{') + 1 : object.members.front().keyBegin;
    return {at, at, quoted(key) + ":" + value + (empty ? "" : ",")};
}

const Member* findSpelled(const Object& object, std::string_view camel) {
    const auto it = std::find_if(object.members.begin(), object.members.end(),
                                 [camel](const Member& m) { return isSpelled(m.key, camel); });
    return it == object.members.end() ? nullptr : &*it;
}

std::optional<Splice> geminiCap(const Object& body, const std::string& number) {
    const Member* config = findSpelled(body, "generationConfig");
    if (isAbsent(config))
        return putMember(body, config, "generationConfig", "{\"maxOutputTokens\":" + number + "}");
    const auto inner = json::objectIn(body.raw(*config));
    if (!inner)
        return std::nullopt;
    const Member* cap = findSpelled(*inner, "maxOutputTokens");
    if (!isAbsent(cap))
        return std::nullopt;
    Splice splice = putMember(*inner, cap, "maxOutputTokens", number);
    splice.begin += config->valueBegin;
    splice.end += config->valueBegin;
    return splice;
}

// The largest budget that goes with an effort.
constexpr std::int64_t kMostThinking = 32'000;

}  // namespace

Bound boundOf(const Ask& ask, std::string_view body, bool thinks) {
    Bound none;
    none.outputTokens = 0;
    if (ask.task == Task::Count)
        return none;
    std::optional<Object> other;
    if (body.data() != ask.body.text.data() || body.size() != ask.body.text.size())
        other = json::objectIn(body);
    const Object& object = other ? *other : ask.body;
    BoundReader reader(ask.protocol);
    const Known& known = membersOf(ask);
    const bool gemini = ask.protocol == Protocol::Gemini;
    Spelled spelled;
    std::string room;
    for (const Member& member : object.members) {
        if (kEverywhere.find(member.key) != Act::Unknown)
            continue;
        const Where where{nullptr, member.key};
        const Known::Found found = known.look(gemini ? camelOf(member.key, room) : member.key);
        if (gemini && spelled.again(found))
            reader.unbounded(where, kTwoSpellings);
        Cursor at(object.raw(member));
        reader.member(found.value, at, where);
    }
    Bound bound = reader.finish(body.size());
    if (thinks)
        bound.thinkingTokens = std::max(bound.thinkingTokens, kMostThinking);
    if (ask.task == Task::Embed)
        bound.outputTokens = 0;
    else if (bound.cap)
        bound.outputTokens =
            ofAll(bound, withBudget(std::max(*bound.cap, kLeastOutput), bound.thinkingTokens));
    return bound;
}

std::optional<std::int64_t> inputFor(const Bound& bound, const ModelRules& rules,
                                     std::optional<std::int64_t> context) {
    if (bound.fillsContext)
        return context ? std::optional(times(*context, bound.readings)) : std::nullopt;
    const std::int64_t spared = ModelRules::kMostImageTokens - rules.imageTokens;
    return bound.inputTokens - times(bound.images, spared);
}

std::optional<std::int64_t> outputFor(const Bound& bound, const Target& target,
                                      std::optional<std::int64_t> cap) {
    if (bound.outputTokens == 0)
        return 0;
    if (bound.cap)
        cap = bound.cap;
    if (!cap)
        return std::nullopt;
    const ModelRules& rules = target.rules;
    std::int64_t ofOne = std::max(*cap, kLeastOutput);
    if (rules.thinking == ThinkingForm::Budget || rules.thinkingBudget)
        ofOne = withBudget(ofOne, bound.thinkingTokens);
    if (target.dialect->reasoningOutsideOutput && target.reasons) {
        if (!target.maxOutput)
            return std::nullopt;
        ofOne = plus(ofOne, *target.maxOutput);
    }
    return ofAll(bound, ofOne);
}

std::optional<Splice> capSplice(const Ask& ask, const Target& target, std::int64_t cap) {
    if (ask.task != Task::Generate && ask.task != Task::Complete)
        return std::nullopt;
    const std::string number = std::to_string(cap);
    if (ask.protocol == Protocol::Gemini)
        return geminiCap(ask.body, number);
    if (ask.protocol == Protocol::OpenAiResponses || ask.protocol == Protocol::Anthropic ||
        ask.task == Task::Complete) {
        const std::string_view key =
            ask.protocol == Protocol::OpenAiResponses ? "max_output_tokens" : "max_tokens";
        const Member* member = ask.body.find(key);
        return isAbsent(member) ? std::optional(putMember(ask.body, member, key, number))
                                : std::nullopt;
    }
    const Member* older = ask.body.find("max_tokens");
    const Member* newer = ask.body.find("max_completion_tokens");
    if (!isAbsent(older) || !isAbsent(newer))
        return std::nullopt;
    const std::string& name = target.dialect->maxTokensField;
    const Member* own = ask.body.find(name);
    if (own == nullptr)  // splicesFor() may give the other one this name
        own = older != nullptr ? older : newer;
    return putMember(ask.body, own, name, number);
}

}  // namespace gr::protocol
