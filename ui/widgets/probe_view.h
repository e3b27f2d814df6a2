// SPDX-License-Identifier: MIT
#pragma once

#include <QPointer>
#include <QWidget>
#include <array>

#include "net/endpoint.h"

class QLabel;

namespace gr::ui {

class StateLabel;

// Sends one real request through the endpoint and ticks off how far it came: reached,
// authenticated, answered. The person sees where it stops.
class ProbeView final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(ProbeView)

  public:
    ProbeView(Backend& backend, QWidget* parent = nullptr);
    // As a tool of that format asks. `key` empty: the window's own key.
    void run(const QString& model, const QByteArray& key,
             connect::Speaks format = connect::Speaks::Chat);
    bool running() const { return m_stream != nullptr || m_waiting; }

  signals:
    void finished(bool ok);

  private:
    enum Step { Reached, Authenticated, Answered, StepCount };
    enum class Mark { Open, Done, Failed };
    void set(Step step, Mark mark, const QString& word);
    void finish(const AnswerEnd& end);

    Endpoint m_endpoint;
    QPointer<ChatStream> m_stream;
    bool m_waiting = false;  // for an answer as a whole
    std::array<StateLabel*, StepCount> m_steps{};
    QLabel* m_sentence;
};

}  // namespace gr::ui
