// SPDX-License-Identifier: MIT
#include "routing/outcome_watch.h"

#include <functional>
#include <utility>

namespace gr::routing {
namespace {

// Who asks the same again later than this has another reason.
constexpr std::int64_t kSoonMs = 30 * 60 * 1'000;

// The same text at the same length of prompt is the same question.
std::uint64_t questionOf(const RequestFacts& facts) {
    const std::uint64_t text = std::hash<std::string_view>{}(facts.lastUser);
    return text * 1'099'511'628'211ULL + static_cast<std::uint64_t>(facts.promptTokens);
}

}  // namespace

void OutcomeWatch::answered(const RequestFacts& facts, Answer answer, UnixMs now) {
    if (answer.misshapen)
        m_experience.learn(answer.served, Outcome::Misshapen, now);
    else if (answer.truncated)
        m_experience.learn(answer.served, Outcome::Truncated, now);
    const std::lock_guard lock(m_mutex);
    if (m_byRequest.contains(answer.request))
        return;
    Entry entry{std::move(answer), facts.session, questionOf(facts), facts.turns, now};
    entry.judgedByNext = entry.answer.truncated || entry.answer.misshapen;
    m_entries.push_front(std::move(entry));
    const auto place = m_entries.begin();
    m_byRequest.emplace(place->answer.request, place);
    if (!place->session.empty()) {
        m_bySession.erase(place->session);  // its key lies in the entry before
        m_bySession.emplace(place->session, place);
    }
    while (m_entries.size() > m_most)
        drop(std::prev(m_entries.end()));
}

void OutcomeWatch::arrived(const RequestFacts& facts, UnixMs now) {
    if (facts.session.empty())
        return;
    std::optional<std::pair<Served, Outcome>> learnt;
    {
        const std::lock_guard lock(m_mutex);
        const auto it = m_bySession.find(facts.session);
        if (it == m_bySession.end() || it->second->judgedByNext)
            return;
        Entry& before = *it->second;
        const bool again = facts.turns == before.turns && questionOf(facts) == before.question;
        if (again && now.value - before.at.value <= kSoonMs)
            learnt.emplace(before.answer.served, Outcome::Regenerated);
        else if (facts.turns == before.turns + 1)
            learnt.emplace(before.answer.served,
                           facts.toolFailed ? Outcome::ToolFailed : Outcome::WentOn);
        before.judgedByNext = learnt.has_value();
    }
    if (learnt)
        m_experience.learn(learnt->first, learnt->second, now);
}

bool OutcomeWatch::judged(std::string_view request, std::string_view client, bool good,
                          UnixMs now) {
    std::optional<Served> served;
    {
        const std::lock_guard lock(m_mutex);
        const auto it = m_byRequest.find(request);
        if (it == m_byRequest.end() || it->second->answer.client != client)
            return false;
        if (!std::exchange(it->second->judgedByPerson, true))
            served = it->second->answer.served;
    }
    if (served)
        m_experience.learn(*served, good ? Outcome::ThumbsUp : Outcome::ThumbsDown, now);
    return true;
}

void OutcomeWatch::forget() {
    {
        const std::lock_guard lock(m_mutex);
        m_byRequest.clear();
        m_bySession.clear();
        m_entries.clear();
    }
    m_experience.forget();
}

void OutcomeWatch::drop(Entries::iterator entry) {
    m_byRequest.erase(entry->answer.request);
    const auto session = m_bySession.find(entry->session);
    if (session != m_bySession.end() && session->second == entry)
        m_bySession.erase(session);
    m_entries.erase(entry);
}

}  // namespace gr::routing
