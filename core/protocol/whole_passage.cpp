// SPDX-License-Identifier: MIT
#include "protocol/whole_passage.h"

#include <utility>

namespace gr::protocol {
namespace {

class WholePassage final : public Passage {
  public:
    WholePassage(bool passesErrorsOn, WholeReader reader)
        : m_passesErrorsOn(passesErrorsOn), m_reader(std::move(reader)) {}

    Verdict event(std::string_view, std::string&) override { return Verdict::Error; }
    Result<std::string_view> whole(std::string_view body) override {
        auto answer = m_reader(body);
        if (!answer)
            return fail(answer.error());
        m_answer = std::move(*answer);
        m_complete = true;
        return m_answer.body;
    }
    void end(std::string&) override {}
    void breakOff(const Error&, std::string&) override {}
    void keepAlive(std::string&) override {}
    bool complete() const override { return m_complete; }
    TokenUsage usage() const override { return m_answer.usage; }
    std::string errorText() const override { return {}; }
    bool passesErrorsOn() const override { return m_passesErrorsOn; }

  private:
    bool m_passesErrorsOn;
    WholeReader m_reader;
    WholeAnswer m_answer;
    bool m_complete = false;
};

}  // namespace

std::unique_ptr<Passage> wholePassage(bool passesErrorsOn, WholeReader reader) {
    return std::make_unique<WholePassage>(passesErrorsOn, std::move(reader));
}

}  // namespace gr::protocol
