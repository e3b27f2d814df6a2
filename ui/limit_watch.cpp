// SPDX-License-Identifier: MIT
#include "limit_watch.h"

#include <QTimer>
#include <algorithm>
#include <utility>

namespace gr::ui {

LimitWatch::LimitWatch(Backend& backend, QObject* parent)
    : QObject(parent), m_backend(backend), m_tick(new QTimer(this)) {
    m_tick->setInterval(2000);
    connect(m_tick, &QTimer::timeout, this, &LimitWatch::ask);
    const auto anew = [this] {
        m_asking = false;  // an answer of a gateway that is gone never comes
        ask();
    };
    connect(&m_backend, &Backend::gatewayStatusChanged, this, anew);
    connect(&m_backend, &Backend::settingsChanged, this, anew);
    connect(&m_backend, &Backend::clientKeysChanged, this, anew);
    ask();
}

void LimitWatch::ask() {
    if (m_asking) {
        return;
    }
    m_asking = true;
    m_backend.queryLimits(this, [this](const Result<LimitsView>& view) {
        m_asking = false;
        const bool asks = view && std::ranges::any_of(view->limits, [](const LimitInfo& info) {
                              return info.limit.atLimit == ledger::AtLimit::Ask;
                          });
        if (asks && !m_tick->isActive()) {
            m_tick->start();
        } else if (!asks) {
            m_tick->stop();
        }
        const int waiting = view ? static_cast<int>(view->questions.size()) : 0;
        if (waiting != std::exchange(m_waiting, waiting)) {
            emit waitingChanged(waiting);
        }
    });
}

}  // namespace gr::ui
