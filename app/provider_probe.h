// SPDX-License-Identifier: MIT
#pragma once

#include <QNetworkAccessManager>
#include <QObject>

#include "base/secret.h"
#include "ui/backend.h"

namespace gr::app {

// Asks a provider for its list of models with a key, which costs nothing, and says in a sentence
// what came of it. No redirect is followed: the key belongs to one address. Main thread.
class ProviderProbe final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ProviderProbe)

  public:
    explicit ProviderProbe(QObject* parent) : QObject(parent) {}

    struct Target {
        QString title;
        std::string kind;  // openai, anthropic, gemini
        std::string baseUrl;
        std::shared_ptr<const Secret> key;  // null: none is sent
    };
    void run(QObject* context, const Target& target, ui::Backend::Reply<ui::ProviderTest> reply);

  private:
    QNetworkAccessManager m_network;
};

}  // namespace gr::app
