// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/job_thread.h"
#include "base/secret.h"
#include "gateway/answer_desk.h"
#include "gateway/sale_entry.h"
#include "http/net.h"
#include "http/offload.h"
#include "ledger/ledger.h"
#include "ledger/sale_book.h"

namespace gr::gateway {

// The book of sales behind a thread of its own, whose commits wait for the disk. Shared by the io
// threads; outlives them.
class SaleDesk final {
  public:
    // The book is opened at the first use; the ledger outlives this. `keyFile`: holds the key of
    // digests, and is made where it is not there; credits are bound to it.
    SaleDesk(ledger::Ledger& ledger, const std::filesystem::path& keyFile);
    ~SaleDesk();
    SaleDesk(const SaleDesk&) = delete;
    SaleDesk& operator=(const SaleDesk&) = delete;

    void apply(SalePtr sale);  // any thread; null: nothing is sold
    SalePtr sale();

    // So many payments are looked at on the chain at a time; each asks servers that are not ours.
    static constexpr int kMostAtOnce = 256;
    class Turn final {
      public:
        Turn(std::atomic<int>& busy, int most) : m_busy(busy), m_mine(++busy <= most) {}
        ~Turn() { --m_busy; }
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        explicit operator bool() const { return m_mine; }

      private:
        std::atomic<int>& m_busy;
        const bool m_mine;
    };
    // While it lives; false: too many have theirs.
    Turn turn() { return {m_busy, kMostAtOnce}; }

    // So many prompts of strangers are counted at a time, on the one thread that counts
    // everybody's.
    static constexpr int kMostCounted = 4;
    Turn countingTurn() { return {m_counting, kMostCounted}; }

    struct Caller {
        http::Executor io;
        http::AbortSlot& abort;
    };

    // Runs `work` on the book. Errors: those of `work` and of opening the book, Overloaded,
    // Cancelled: then it may have run or not.
    template <class T>
    http::Awaitable<Result<T>> ask(std::function<Result<T>(ledger::SaleBook&)> work,
                                   Caller caller) {
        std::function<Result<T>()> job = [this, work = std::move(work)]() -> Result<T> {
            const auto book = this->book();
            return book ? work(**book) : fail(book.error());
        };
        auto answer = co_await http::offload<T>(m_thread, caller.io, caller.abort, std::move(job));
        co_return answer;
    }

    // The same without waiting. What fails is in the log.
    void tell(std::function<Result<void>(ledger::SaleBook&)> work);

    // Keyed digest of a request, 32 bytes: who reads the book cannot guess what was asked.
    std::string digestOf(std::string_view request) const;

    // Whether a gateway on this folder left the sale open that has ended since. Sales are made
    // through this alone, so it knows from the opening of the book.
    bool isLeftBehind(const std::string& sale);
    // A request works on it from now on, or may.
    void noLongerLeft(const std::string& sale);

    // Answers that were paid for, by the ids of their sales, so that the same payment gets the same
    // answer: for an hour, in memory alone; the oldest go first.
    void keepAnswer(const std::string& sale, KeptAnswerPtr answer, SteadyTime now);
    KeptAnswerPtr keptAnswer(const std::string& sale, SteadyTime now);  // null: none
    std::size_t longestKept() const { return m_answers.mostBytes(); }   // in bytes

    // Something is to be looked up on the chain: `news` is called, by any thread; empty: by nobody
    // any more.
    void wakeWatch();
    void onNews(std::function<void()> news);
    bool takeNews() { return m_news.exchange(false); }  // since it was asked last

    // Waits until everything asked so far is done.
    void drain() { m_thread.drain(); }

  private:
    Result<ledger::SaleBook*> book();

    ledger::Ledger& m_ledger;
    const Secret m_key;
    std::atomic<bool> m_news = false;
    std::atomic<int> m_busy = 0;
    std::atomic<int> m_counting = 0;
    AnswerDesk m_answers;
    std::mutex m_mutex;
    std::function<void()> m_onNews;
    SalePtr m_sale;
    std::set<std::string> m_leftBehind;
    std::unique_ptr<ledger::SaleBook> m_book;  // of the thread
    JobThread m_thread;                        // goes first
};

// How much may be owed to payers whose paid work failed.
ledger::CreditBounds creditBounds();
// Until when a credit given now can be used.
UnixMs creditEnd(UnixMs now);

}  // namespace gr::gateway
