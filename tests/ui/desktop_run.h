// SPDX-License-Identifier: MIT
#pragma once

#include <QJsonArray>
#include <QJsonObject>
#include <QTest>
#include <functional>
#include <map>
#include <optional>

#include "backend.h"
#include "net/endpoint.h"
#include "settings/keychain.h"

// What tests of the window's real backend share.
namespace gr::app {

// A keychain in memory that answers at once, or is not there.
class FakeKeychain final : public settings::Keychain {
  public:
    bool works = true;
    std::map<std::string, std::string> entries;

    void read(const std::string& name, ReadDone done) override {
        if (!works) {
            return done(fail(ErrorCode::KeychainUnavailable, "There is no keychain."));
        }
        const auto it = entries.find(name);
        if (it == entries.end()) {
            return done(fail(ErrorCode::SecretMissing, "No such entry."));
        }
        done(Secret(it->second));
    }
    void write(const std::string& name, const Secret& secret, Done done) override {
        if (!works) {
            return done(fail(ErrorCode::KeychainUnavailable, "There is no keychain."));
        }
        entries[name] = std::string(secret.reveal());
        done({});
    }
    void remove(const std::string& name, Done done) override {
        entries.erase(name);
        done({});
    }
};

// Runs a command of the backend and gives its result.
inline Result<void> done(const std::function<void(QObject*, ui::Backend::Reply<void>)>& command) {
    QObject context;
    std::optional<Result<void>> result;
    command(&context, [&](Result<void> answer) { result = std::move(answer); });
    for (int i = 0; i < 2000 && !result; ++i) {
        QTest::qWait(10);
    }
    return result ? *result : fail(ErrorCode::Internal, "no reply came");
}

// How the limits stand, once the backend says.
inline std::optional<Result<ui::LimitsView>> limitsOf(ui::Backend& backend) {
    QObject context;
    std::optional<Result<ui::LimitsView>> view;
    backend.queryLimits(&context, [&](const auto& answer) { view = answer; });
    for (int i = 0; i < 2000 && !view; ++i) {
        QTest::qWait(10);
    }
    return view;
}

inline QJsonArray saying(const QString& words) {
    return {QJsonObject{{QStringLiteral("role"), QStringLiteral("user")},
                        {QStringLiteral("content"), words}}};
}

// Asks a simulated model through the endpoint; how the answer ended, where it did.
inline std::optional<ui::AnswerEnd> ask(ui::Endpoint& endpoint, const QString& model,
                                        const QByteArray& key = {}) {
    std::optional<ui::AnswerEnd> end;
    QObject context;
    auto* stream = endpoint.chat(model, saying(QStringLiteral("hi")), key);
    QObject::connect(stream, &ui::ChatStream::finished, &context,
                     [&](const auto& finish) { end = finish; });
    for (int i = 0; i < 2000 && !end; ++i) {
        QTest::qWait(10);
    }
    return end;
}

}  // namespace gr::app
