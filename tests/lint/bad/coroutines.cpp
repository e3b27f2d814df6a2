// SPDX-License-Identifier: MIT
// What the coroutine lint must find, twice; never compiled into anything.
#include <coroutine>
#include <exception>
#include <string>
#include <utility>

namespace {

struct Task {
    struct promise_type {
        Task get_return_object() { return {}; }
        std::suspend_never initial_suspend() noexcept { return {}; }
        std::suspend_never final_suspend() noexcept { return {}; }
        void return_void() {}
        void unhandled_exception() { std::terminate(); }
    };
    bool await_ready() const noexcept { return true; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    void await_resume() const noexcept {}
};

struct Options {
    int count = 0;
    std::string name;
};

Task take(Options options) {
    (void)options;
    co_return;
}

template <class F>
Task run(F function) {
    function();
    co_return;
}

Task good() {
    Options options{1, "named first"};
    co_await take(std::move(options));
}

Task bad(std::string text) {
    co_await take({1, "a temporary"});
    co_await run([text] { return text.size(); });
}

}  // namespace

void useThem() {
    good();
    bad("");
}
