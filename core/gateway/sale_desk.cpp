// SPDX-License-Identifier: MIT
#include "gateway/sale_desk.h"

#include "base/file.h"
#include "base/log.h"
#include "base/text.h"

namespace gr::gateway {
namespace {

constexpr std::size_t kMostJobs = 1'024;
constexpr std::int64_t kCreditDays = 7;

Secret keyIn(const std::filesystem::path& file) {
    constexpr std::size_t kSize = 32;
    if (auto kept = readFile(file, 2 * kSize); kept && kept->size() == kSize)
        return Secret(*kept);
    Secret made(randomBytes(kSize));
    if (const auto written = replaceFile(file, made.reveal()); !written)
        log::write(LogLevel::Error, "sale.no_key", {{"why", written.error().message.text}});
    return made;
}

}  // namespace

ledger::CreditBounds creditBounds() {
    return {.perPayer = 8, .payerUsd = *Money::parse("5.00"), .totalUsd = *Money::parse("50.00")};
}

UnixMs creditEnd(UnixMs now) {
    return {now.value + kCreditDays * 24 * 3'600 * 1'000};
}

SaleDesk::SaleDesk(ledger::Ledger& ledger, const std::filesystem::path& keyFile)
    : m_ledger(ledger), m_key(keyIn(keyFile)), m_thread("sales", kMostJobs) {
    m_answers.apply({.exact = true});
}

SaleDesk::~SaleDesk() {
    m_thread.drain();
}

void SaleDesk::apply(SalePtr sale) {
    {
        const std::lock_guard lock(m_mutex);
        m_sale = std::move(sale);
    }
    wakeWatch();  // servers of a chain may have come
}

SalePtr SaleDesk::sale() {
    const std::lock_guard lock(m_mutex);
    return m_sale;
}

Result<ledger::SaleBook*> SaleDesk::book() {
    if (!m_book) {
        auto opened = m_ledger.sales();
        if (!opened)
            return fail(std::move(opened.error()));
        // Whoever had taken these ended before the first byte.
        if (const auto returned = (*opened)->returnTakenCredits(); !returned)
            return fail(returned.error());
        const auto left = (*opened)->unfinished(ledger::SaleBook::Whose::Mine);
        if (!left)
            return fail(left.error());
        const std::lock_guard lock(m_mutex);
        for (const ledger::Sale& sale : *left)
            m_leftBehind.insert(sale.id);
        m_book = std::move(*opened);
    }
    return m_book.get();
}

void SaleDesk::tell(std::function<Result<void>(ledger::SaleBook&)> work) {
    const auto job = [this, work = std::move(work)] {
        const auto book = this->book();
        const Result<void> done = book ? work(**book) : fail(book.error());
        if (!done)
            log::write(LogLevel::Error, "sale.not_noted", {{"why", done.error().message.text}});
    };
    if (!m_thread.post(job))
        log::write(LogLevel::Error, "sale.not_noted", {{"why", "too much waits for the ledger"}});
}

std::string SaleDesk::digestOf(std::string_view request) const {
    return hmacSha256(m_key.reveal(), request);
}

bool SaleDesk::isLeftBehind(const std::string& sale) {
    const std::lock_guard lock(m_mutex);
    return m_leftBehind.contains(sale);
}

void SaleDesk::noLongerLeft(const std::string& sale) {
    const std::lock_guard lock(m_mutex);
    m_leftBehind.erase(sale);
}

void SaleDesk::keepAnswer(const std::string& sale, KeptAnswerPtr answer, SteadyTime now) {
    AnswerDesk::Turn turn = m_answers.begin(sale, true, now, {});
    if (auto* const lead = std::get_if<AnswerDesk::Lead>(&turn))
        lead->land(std::move(answer), now);
}

KeptAnswerPtr SaleDesk::keptAnswer(const std::string& sale, SteadyTime now) {
    const AnswerDesk::Turn turn = m_answers.begin(sale, false, now, {});
    const auto* const kept = std::get_if<KeptAnswerPtr>(&turn);
    return kept != nullptr ? *kept : nullptr;
}

void SaleDesk::wakeWatch() {
    m_news = true;
    const std::lock_guard lock(m_mutex);
    if (m_onNews)
        m_onNews();
}

void SaleDesk::onNews(std::function<void()> news) {
    const std::lock_guard lock(m_mutex);
    m_onNews = std::move(news);
}

}  // namespace gr::gateway
