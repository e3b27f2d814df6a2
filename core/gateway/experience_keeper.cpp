// SPDX-License-Identifier: MIT
#include "gateway/experience_keeper.h"

#include <chrono>
#include <utility>

#include "base/file.h"
#include "base/log.h"
#include "base/thread.h"

namespace gr::gateway {
namespace {

constexpr std::chrono::minutes kPeriod{1};

void warn(const Error& error) {
    log::write(LogLevel::Warning, "experience.file", {{"why", error.message.text}});
}

}  // namespace

ExperienceKeeper::ExperienceKeeper(std::filesystem::path file) : m_file(std::move(file)) {
    load();
    const BlockedSignals blocked;
    m_thread = std::thread([this] { work(); });
}

ExperienceKeeper::~ExperienceKeeper() {
    {
        const std::lock_guard lock(m_mutex);
        m_stopping = true;
    }
    m_wake.notify_one();
    m_thread.join();
    if (const auto saved = save(); !saved)
        warn(saved.error());
}

void ExperienceKeeper::load() {
    const auto text = readFile(m_file);
    const auto read = text ? m_experience.read(*text) : Result<void>(fail(text.error()));
    m_saved = m_experience.revision();
    if (read || (!text && text.error().code == ErrorCode::NotFound))
        return;
    std::filesystem::path aside = m_file;
    aside += ".damaged";
    std::error_code failed;
    std::filesystem::rename(m_file, aside, failed);
    log::write(LogLevel::Warning, "experience.damaged",
               {{"file", m_file.string()}, {"why", read.error().message.text}});
}

Result<void> ExperienceKeeper::save() {
    const std::lock_guard lock(m_saving);
    const unsigned revision = m_experience.revision();
    if (revision == m_saved)
        return {};
    if (auto written = replaceFile(m_file, m_experience.text()); !written)
        return written;
    m_saved = revision;
    return {};
}

Result<void> ExperienceKeeper::forget() {
    m_outcomes.forget();
    return save();
}

void ExperienceKeeper::work() {
    std::unique_lock lock(m_mutex);
    while (!m_stopping) {
        m_wake.wait_for(lock, kPeriod);
        if (m_stopping)
            return;
        lock.unlock();
        if (const auto saved = save(); !saved)
            warn(saved.error());
        lock.lock();
    }
}

}  // namespace gr::gateway
