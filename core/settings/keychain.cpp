// SPDX-License-Identifier: MIT
#include "settings/keychain.h"

#include <chrono>
#include <utility>

#include <QByteArray>
#include <QObject>
#include <QString>
#include <QTimer>

#include <qt6keychain/keychain.h>

namespace gr::settings {
namespace {

constexpr auto kService = "GateRouter";
// A keychain may ask its user for a password, which takes people a while; one that hangs must not
// keep the gateway locked for ever.
constexpr std::chrono::seconds kPatience{120};

Failure failureOf(const QKeychain::Job& job) {
    const std::string detail = job.errorString().toStdString();
    switch (job.error()) {
        case QKeychain::EntryNotFound:
            return fail(ErrorCode::SecretMissing, "The system keychain has no such entry.", detail);
        case QKeychain::AccessDeniedByUser:
            return fail(ErrorCode::Cancelled, "Access to the system keychain was refused.", detail);
        case QKeychain::AccessDenied:
            return fail(ErrorCode::KeychainUnavailable, "The system keychain refused access.",
                        detail);
        default:
            return fail(ErrorCode::KeychainUnavailable,
                        "No system keychain answered. Keys can be kept in a file protected by a "
                        "passphrase instead.",
                        detail);
    }
}

class SystemKeychain final : public Keychain {
  public:
    void read(const std::string& name, ReadDone done) override {
        auto* const job = new QKeychain::ReadPasswordJob(QString::fromLatin1(kService), &m_jobs);
        start(job, name, [job, done = std::move(done)](Result<void> result) {
            if (!result) {
                done(fail(result.error()));
                return;
            }
            // Qt keeps copies of its own that cannot be wiped; this one can.
            QByteArray bytes = job->textData().toUtf8();
            Secret secret({bytes.constData(), static_cast<std::size_t>(bytes.size())});
            bytes.fill('\0');
            done(std::move(secret));
        });
    }

    void write(const std::string& name, const Secret& secret, Done done) override {
        auto* const job = new QKeychain::WritePasswordJob(QString::fromLatin1(kService), &m_jobs);
        const std::string_view text = secret.reveal();
        job->setTextData(QString::fromUtf8(text.data(), static_cast<qsizetype>(text.size())));
        start(job, name, std::move(done));
    }

    void remove(const std::string& name, Done done) override {
        auto* const job = new QKeychain::DeletePasswordJob(QString::fromLatin1(kService), &m_jobs);
        start(job, name, [done = std::move(done)](Result<void> result) {
            const bool absent = !result && result.error().code == ErrorCode::SecretMissing;
            done(absent ? Result<void>() : std::move(result));
        });
    }

  private:
    void start(QKeychain::Job* job, const std::string& name, Done done) {
        job->setAutoDelete(false);
        job->setInsecureFallback(false);
        job->setKey(QString::fromStdString(name));
        auto* const patience = new QTimer(job);
        patience->setSingleShot(true);
        // The answer comes once: whoever is first disconnects the other. `done` may destroy this
        // object and the job with it, so it comes last, and never from within the job's signal.
        const auto finish = [job, patience, done = std::move(done)](Result<void> result) {
            QObject::disconnect(job, nullptr, nullptr, nullptr);
            patience->stop();
            job->deleteLater();
            done(std::move(result));
        };
        QObject::connect(
            job, &QKeychain::Job::finished, &m_jobs,
            [finish](QKeychain::Job* ended) {
                finish(ended->error() == QKeychain::NoError ? Result<void>() : failureOf(*ended));
            },
            Qt::QueuedConnection);
        QObject::connect(patience, &QTimer::timeout, &m_jobs, [finish] {
            finish(fail(ErrorCode::KeychainUnavailable, "The system keychain does not answer."));
        });
        patience->start(kPatience);
        job->start();
    }

    // Parent of the running jobs and context of their signals: none answers after this is gone.
    QObject m_jobs;
};

}  // namespace

std::unique_ptr<Keychain> systemKeychain() {
    return std::make_unique<SystemKeychain>();
}

}  // namespace gr::settings
