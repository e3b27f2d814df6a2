// SPDX-License-Identifier: MIT
#include "protocol/anthropic_plan.h"

#include <algorithm>
#include <cstdlib>

#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

using Thought = AnthropicPlan::Thought;

constexpr std::int64_t kDefaultMaxTokens = 32000;
constexpr std::int64_t kSmallestBudget = 1024;

std::int64_t budgetFor(Effort effort) {
    switch (effort) {
        case Effort::None:
        case Effort::Minimal:
            return kSmallestBudget;
        case Effort::Low:
            return 2048;
        case Effort::Medium:
            return 8192;
        case Effort::High:
            return 16384;
        case Effort::XHigh:
        case Effort::Max:
            break;
    }
    return 32000;
}

Effort effortFor(std::int64_t budget) {
    if (budget < 2000)
        return Effort::Low;
    return budget < 12000 ? Effort::Medium : Effort::High;
}

// The nearest effort that the model takes, rather less than more.
Effort takenEffort(Effort effort, const ModelRules& rules) {
    effort = std::max(effort, Effort::Low);  // Anthropic has nothing below
    if (rules.efforts.empty())
        return effort;
    const auto below = [&](Effort a) { return a <= effort; };
    std::optional<Effort> best;
    for (const Effort known : rules.efforts) {
        if (below(known) && (!best || known > *best))
            best = known;
    }
    return best.value_or(*std::min_element(rules.efforts.begin(), rules.efforts.end()));
}

bool isForced(const std::optional<ToolChoice>& choice) {
    return choice &&
           (choice->mode == ToolChoice::Mode::Required || choice->mode == ToolChoice::Mode::Named);
}

class Planner final {
  public:
    Planner(const ChatRequest& request, const Target& target)
        : m_request(request), m_target(target), m_asked(request.thinking) {}

    AnthropicPlan plan(bool lacksThought) {
        m_plan.maxTokens = m_request.maxOutput.value_or(anthropicDefaultMaxTokens(m_target));
        if (m_target.maxOutput)
            m_plan.maxTokens = std::min(m_plan.maxTokens, *m_target.maxOutput);
        m_plan.choice = m_request.toolChoice;
        m_plan.showThoughts = m_asked.includeThoughts;
        think();
        if (m_plan.thought == Thought::Budget && lacksThought) {
            m_plan.thought = Thought::Unsaid;  // which is off for these models
            m_plan.dropped.emplace_back("thinking");
        }
        chooseTools();
        if (m_plan.thought == Thought::Budget)
            fitBudget();
        sample();
        return std::move(m_plan);
    }

  private:
    const ModelRules& rules() const { return m_target.rules; }

    bool wantsOff() const {
        return m_asked.on == false || m_asked.budget == 0 ||
               (!m_asked.on && m_asked.effort == Effort::None);
    }

    bool wantsThought() const {
        if (wantsOff())
            return false;
        // An Anthropic client asks for thoughts outright; its effort means more than thinking.
        const bool byEffort = m_asked.effort && m_request.from != Protocol::Anthropic;
        return m_asked.on == true || m_asked.budget || byEffort;
    }

    void think() {
        switch (rules().thinking) {
            case ThinkingForm::Budget:
                if (wantsThought())
                    thinkWithBudget();
                return;
            case ThinkingForm::Adaptive:
                return thinkAdaptively();
            default:
                if (wantsThought())
                    m_plan.dropped.emplace_back("thinking");
        }
    }

    void thinkWithBudget() {
        m_plan.thought = Thought::Budget;
        if (m_asked.budget && *m_asked.budget > 0)
            m_plan.budget = std::max(*m_asked.budget, kSmallestBudget);
        else
            m_plan.budget = budgetFor(m_asked.effort.value_or(Effort::Medium));
    }

    void thinkAdaptively() {
        if (wantsOff())
            return thinkNot();
        if (wantsThought() && rules().thinkingBudget && m_asked.budget && *m_asked.budget > 0)
            return thinkWithBudget();
        if (wantsThought())
            m_plan.thought = Thought::Adaptive;
        if (m_asked.effort)
            m_plan.effort = takenEffort(*m_asked.effort, rules());
        else if (m_asked.budget && *m_asked.budget > 0)
            m_plan.effort = takenEffort(effortFor(*m_asked.budget), rules());
    }

    void thinkNot() {
        if (!rules().thinkingCanBeOff) {
            m_plan.effort = takenEffort(Effort::Low, rules());
            m_plan.dropped.emplace_back("thinking: off");
            return;
        }
        m_plan.thought = Thought::Off;
        // Without thoughts the models of generation 5 take no effort above high.
        if (m_asked.effort && *m_asked.effort != Effort::None)
            m_plan.effort = takenEffort(std::min(*m_asked.effort, Effort::High), rules());
    }

    // A forced choice and thoughts exclude each other: the call is what the client needs.
    void chooseTools() {
        if (!isForced(m_plan.choice))
            return;
        if (!rules().forcedToolChoice) {
            m_plan.choice->mode = ToolChoice::Mode::Auto;
            m_plan.choice->names.clear();
            m_plan.dropped.emplace_back("tool_choice");
        } else if (m_plan.thinks()) {
            const bool say = m_plan.thought == Thought::Adaptive && rules().thinkingCanBeOff;
            m_plan.thought = say ? Thought::Off : Thought::Unsaid;
            m_plan.dropped.emplace_back("thinking");
        }
    }

    // max_tokens counts the thoughts too: it grows by them, as far as the model goes.
    void fitBudget() {
        if (m_plan.maxTokens > m_plan.budget)
            return;
        m_plan.maxTokens += m_plan.budget;
        if (m_target.maxOutput && m_plan.maxTokens > *m_target.maxOutput) {
            m_plan.maxTokens = *m_target.maxOutput;
            m_plan.budget = std::min(m_plan.budget, m_plan.maxTokens / 2);
        }
        if (m_plan.budget < kSmallestBudget)
            m_plan.thought = Thought::Unsaid;
    }

    void sample() {
        const Sampling& asked = m_request.sampling;
        m_plan.stop = asked.stop;
        const auto dropAll = [&] {
            note(!asked.temperature.empty(), "temperature");
            note(!asked.topP.empty(), "top_p");
            note(!asked.topK.empty(), "top_k");
        };
        note(!asked.frequencyPenalty.empty(), "frequency_penalty");
        note(!asked.presencePenalty.empty(), "presence_penalty");
        note(!asked.seed.empty(), "seed");
        note(!asked.logitBias.empty(), "logit_bias");
        const bool foreign = m_request.from != Protocol::Anthropic;
        note(foreign && !m_request.verbosity.empty(), "verbosity");
        note(foreign && !m_request.serviceTier.empty(), "service_tier");
        note(asked.logprobs || !asked.topLogprobs.empty(), "logprobs");
        if (!rules().sampling || m_plan.thinks() ||
            (rules().samplingWithoutThought && m_plan.thought != Thought::Off))
            return dropAll();
        if (!asked.temperature.empty())
            m_plan.temperature = clamped(asked.temperature);
        m_plan.topK = asked.topK;
        // Models from 4.5 on take one of the two.
        if (m_plan.temperature.empty())
            m_plan.topP = asked.topP;
        else
            note(!asked.topP.empty(), "top_p");
    }

    void note(bool isDropped, const char* name) {
        if (isDropped)
            m_plan.dropped.emplace_back(name);
    }

    static std::string clamped(JsonText number) {
        const std::string text(number);
        const double value = std::strtod(text.c_str(), nullptr);
        if (value > 1)
            return "1";
        return value < 0 ? "0" : text;
    }

    const ChatRequest& m_request;
    const Target& m_target;
    const Thinking& m_asked;
    AnthropicPlan m_plan;
};

}  // namespace

AnthropicPlan anthropicPlan(const ChatRequest& request, const Target& target, bool lacksThought) {
    return Planner(request, target).plan(lacksThought);
}

std::int64_t anthropicDefaultMaxTokens(const Target& target) {
    return std::min(target.maxOutput.value_or(kDefaultMaxTokens), kDefaultMaxTokens);
}

}  // namespace gr::protocol
