// SPDX-License-Identifier: MIT
#pragma once

#include <QThreadPool>

#include "app/configuration.h"
#include "ui/chats.h"

namespace gr::app {

// The part of the window's backend that keeps conversations: files in the data directory, sealed
// with a key of the vault. The work is done on a thread of its own, in its order. Main thread.
class WindowChats final : public ui::Chats {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(WindowChats)

  public:
    explicit WindowChats(Configuration& configuration);  // which outlives it
    ~WindowChats() override;                             // what was asked for is done first

    Keeping keeping() const override;
    void list(QObject* context, const std::string& query, Reply<List> reply) override;
    void read(QObject* context, const std::string& id, Reply<settings::KeptChat> reply) override;
    void keep(QObject* context, const settings::KeptChat& chat, Reply<void> reply) override;
    void remove(QObject* context, const std::string& id, Reply<void> reply) override;

  private:
    template <class T>
    void work(QObject* context, std::function<Result<T>(const settings::ChatStore&)> task,
              Reply<T> reply);

    Configuration& m_configuration;
    QThreadPool m_worker;
};

}  // namespace gr::app
