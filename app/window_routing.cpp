// SPDX-License-Identifier: MIT
// The part of the window's backend that is about routing.
#include <QTimer>

#include "app/window_backend.h"
#include "gateway/explain.h"
#include "gateway/policy_builder.h"

namespace gr::app {

namespace {

const std::string kSection = "routing";
constexpr std::int64_t kDayMs = 24 * 3'600'000LL;

// A provider that only runs, and stands in no file.
settings::Provider likeConfigured(const gateway::ProviderEntry& entry) {
    settings::Provider provider;
    provider.id = entry.id;
    provider.kind = entry.kind;
    provider.baseUrl = entry.baseUrl;
    provider.keys.emplace();
    for (const std::string& model : entry.models) {
        settings::Model& one = provider.models.emplace_back();
        one.id = model;
    }
    return provider;
}

}  // namespace

Result<std::string> WindowBackend::routing() const {
    const auto file = settings::SettingsEdit::open(m_configuration.paths().configFile);
    if (!file)
        return fail(file.error());
    return file->section(kSection);
}

Result<settings::LoadedSettings> WindowBackend::settingsWith(const std::string& document) const {
    auto file = settings::SettingsEdit::open(m_configuration.paths().configFile);
    if (!file)
        return fail(file.error());
    if (auto put = file->replaceSection(kSection, file->section(kSection), document); !put)
        return fail(put.error());
    return settings::readSettings(file->text(), m_configuration.catalog());
}

std::vector<ui::RoutingFinding> WindowBackend::checkRouting(const std::string& document) const {
    const auto read = settingsWith(document);
    if (!read)
        return {};  // told when it is read, or written
    std::vector<ui::RoutingFinding> findings;
    for (const settings::Problem& problem : read->problems) {
        if (problem.path.starts_with("$." + kSection))
            findings.push_back({.error = problem.severity == settings::Problem::Severity::Error,
                                .path = problem.path,
                                .message = problem.message});
    }
    return findings;
}

void WindowBackend::applyRouting(QObject* context, const std::string& before,
                                 const std::string& after, Reply<void> reply) {
    auto done = editSettings(
        [&](settings::SettingsEdit& edit) { return edit.replaceSection(kSection, before, after); });
    QTimer::singleShot(0, this, &Backend::settingsChanged);
    finish(context, std::move(reply), std::move(done));
}

void WindowBackend::explainRoute(QObject* context, const std::string& document,
                                 const std::string& body, Reply<std::string> reply) {
    auto told = [&]() -> Result<std::string> {
        auto read = settingsWith(document);
        if (!read)
            return fail(read.error());
        for (const gateway::ProviderEntry& entry : m_door->simulated())
            read->settings.providers.push_back(likeConfigured(entry));
        return gateway::explainRoute(body, read->settings, m_configuration.catalog(), secrets());
    }();
    QTimer::singleShot(0, context,
                       [reply = std::move(reply), told = std::move(told)] { reply(told); });
}

Result<gateway::Policy> WindowBackend::policyToTry(const std::string& document) const {
    auto read = settingsWith(document);
    if (!read)
        return fail(read.error());
    for (const settings::Problem& problem : read->problems) {
        // Of a rule that is half understood nothing can be said.
        if (problem.severity == settings::Problem::Severity::Error &&
            problem.path.starts_with("$.routing.rules"))
            return fail(ErrorCode::ConfigInvalid, problem.path + " " + problem.message);
    }
    for (const gateway::ProviderEntry& entry : m_door->simulated())
        read->settings.providers.push_back(likeConfigured(entry));
    return gateway::buildPolicy(read->settings, m_configuration.catalog(), secrets(), {},
                                m_clock.now())
        .policy;
}

void WindowBackend::explainRecorded(QObject* context, const std::string& document,
                                    const std::string& requestId, Reply<std::string> reply) {
    auto policy = policyToTry(document);
    m_books.ask<std::string>(
        context,
        [requestId, policy = std::move(policy)](ledger::Reader& reader) -> Result<std::string> {
            if (!policy)
                return fail(policy.error());
            auto row = reader.find(requestId);
            if (!row)
                return fail(row.error());
            if (!*row)
                return fail(ErrorCode::RecordNotFound,
                            "This request is not in the books any more.");
            std::vector<ledger::StoredRecord> rows{std::move(**row)};
            if (auto added = reader.addFeatures(rows); !added)
                return fail(added.error());
            return gateway::explainRecorded(rows.front().record, *gateway::snapshotToTry(*policy));
        },
        std::move(reply));
}

void WindowBackend::measureRouting(QObject* context, const std::string& before,
                                   const std::string& after, int days,
                                   Reply<gateway::RoutingTraffic> reply) {
    if (m_stopMeasure)
        m_stopMeasure->store(true);
    m_stopMeasure = std::make_shared<std::atomic_bool>(false);
    const UnixMs to = m_clock.now();
    const UnixMs from{to.value - days * kDayMs};
    m_workers.start([toMain = onMain(context), books = m_booksLocation, stop = m_stopMeasure, from,
                     to, isSame = before == after, was = policyToTry(before),
                     is = policyToTry(after), reply = std::move(reply)] {
        const auto traffic = [&]() -> Result<gateway::RoutingTraffic> {
            if (!is)
                return fail(is.error());
            auto reader = ledger::Reader::open(books);
            if (!reader)
                return fail(reader.error());
            // Where the file itself has a wrong rule there is nothing to compare with.
            const bool compares = !isSame && was;
            return gateway::measureTraffic(
                *reader, compares ? gateway::snapshotToTry(*was) : nullptr,
                gateway::snapshotToTry(*is), from, to, [&stop] { return !stop->load(); });
        }();
        toMain([reply, traffic] { reply(traffic); });
    });
}

void WindowBackend::replayRouting(QObject* context, const std::string& document, int days,
                                  ExportProgress progress, Reply<gateway::ReplayReport> reply) {
    auto read = settingsWith(document);
    if (!read) {
        QTimer::singleShot(0, context,
                           [reply = std::move(reply), why = read.error()] { reply(fail(why)); });
        return;
    }
    const UnixMs now = m_clock.now();
    gateway::BuiltPolicy built =
        gateway::buildPolicy(read->settings, m_configuration.catalog(), secrets(), {}, now);
    m_stopReplay = std::make_shared<std::atomic_bool>(false);
    m_workers.start([toMain = onMain(context), books = m_booksLocation, stop = m_stopReplay,
                     policy = std::make_shared<gateway::Policy>(std::move(built.policy)), now,
                     from = UnixMs{now.value - days * kDayMs}, progress = std::move(progress),
                     reply = std::move(reply)] {
        const auto report = [&]() -> Result<gateway::ReplayReport> {
            auto reader = ledger::Reader::open(books);
            if (!reader)
                return fail(reader.error());
            return gateway::replay(*reader, gateway::snapshotToTry(std::move(*policy)), from, now,
                                   [&](std::int64_t done, std::int64_t all) {
                                       toMain([progress, done, all] { progress(done, all); });
                                       return !stop->load();
                                   });
        }();
        toMain([reply, report] { reply(report); });
    });
}

void WindowBackend::cancelReplay() {
    if (m_stopReplay)
        m_stopReplay->store(true);
}

}  // namespace gr::app
