// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/job_thread.h"
#include "base/result.h"
#include "http/net.h"

namespace gr::http {

// Between the coroutine that waits and the job that works for it.
template <class T>
struct Offloaded {
    explicit Offloaded(Executor executor) : done(std::move(executor)) {}

    Event done;
    std::atomic<bool> cancelled = false;
    std::optional<Result<T>> result;  // the job's until `done`
};

// Runs `work` on `thread` while the io thread goes on with others, and gives what it gives. Returns
// only when the job is over, so `work` may use what the caller holds. Work that has not begun when
// `abort` fires is left out. Errors: Overloaded when too much waits on the thread, Cancelled, else
// those of `work`. The thread must end before the io context goes.
template <class T>
Awaitable<Result<T>> offload(JobThread& thread, Executor executor, AbortSlot& abort,
                             std::function<Result<T>()> work) {
    const auto shared = std::make_shared<Offloaded<T>>(executor);
    const std::function<void()> job = [shared, executor, work = std::move(work)] {
        try {
            if (!shared->cancelled)
                shared->result.emplace(work());
        } catch (const std::exception& e) {
            shared->result.emplace(
                fail(ErrorCode::Internal, "The gateway failed on this request.", e.what()));
        }
        asio::post(executor, [shared] { shared->done.set(); });
    };
    if (!thread.post(job))
        co_return fail(ErrorCode::Overloaded,
                       "Too many requests of this kind are under way; try again in a moment.");
    const AbortScope scope(
        abort, [](void* flag) { *static_cast<std::atomic<bool>*>(flag) = true; },
        &shared->cancelled);
    co_await shared->done.wait(kAwait);
    if (!shared->result)
        co_return fail(ErrorCode::Cancelled, "The client hung up.");
    co_return std::move(*shared->result);
}

}  // namespace gr::http
