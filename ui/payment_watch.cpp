// SPDX-License-Identifier: MIT
#include "payment_watch.h"

#include <QTimer>
#include <algorithm>
#include <utility>

namespace gr::ui {

namespace {
constexpr int kOften = 1'000;  // ms
constexpr int kSeldom = 5'000;
}  // namespace

PaymentWatch::PaymentWatch(Backend& backend, QObject* parent)
    : QObject(parent), m_backend(backend), m_tick(new QTimer(this)) {
    m_tick->setInterval(kOften);
    connect(m_tick, &QTimer::timeout, this, &PaymentWatch::ask);
    const auto anew = [this] {
        m_asking = false;  // an answer of a gateway that is gone never comes
        ask();
    };
    connect(&m_backend, &Backend::gatewayStatusChanged, this, anew);
    connect(&m_backend.payments(), &Payments::changed, this, anew);
    connect(&m_backend, &Backend::vaultStateChanged, this, anew);
    connect(&m_backend, &Backend::exchangesArrived, this, &PaymentWatch::start);
    connect(&m_backend, &Backend::exchangesMissed, this, &PaymentWatch::start);
    ask();
}

const gateway::HeldPayment* PaymentWatch::find(const std::string& id) const {
    const auto found = std::ranges::find(
        m_view.held, id, [](const gateway::HeldPayment& held) { return held.purchase.id; });
    return found == m_view.held.end() ? nullptr : &*found;
}

void PaymentWatch::start() {
    const bool often = m_tick->isActive() && m_tick->interval() == kOften;
    if (m_backend.payments().canPay() && !often) {
        m_tick->start(kOften);
    }
}

void PaymentWatch::ask() {
    if (m_asking) {
        return;
    }
    m_asking = true;
    m_backend.payments().query(this, [this](const Result<PaymentsView>& view) {
        m_asking = false;
        take(view.value_or(PaymentsView{.paused = m_view.paused, .held = {}}));
    });
}

void PaymentWatch::take(PaymentsView view) {
    const bool waits = !view.held.empty() ||
                       (m_backend.payments().canPay() && !m_backend.runningRequests().empty());
    const int pace = waits ? kOften : kSeldom;
    if (!waits && !m_backend.payments().canPay()) {
        m_tick->stop();
    } else if (!m_tick->isActive() || m_tick->interval() != pace) {
        m_tick->start(pace);
    }
    const auto id = [](const gateway::HeldPayment& held) { return held.purchase.id; };
    const bool same = view.paused == m_view.paused && view.locked == m_view.locked &&
                      view.doubted == m_view.doubted &&
                      std::ranges::equal(view.held, m_view.held, {}, id, id);
    m_view = std::move(view);
    if (!same) {
        emit changed();
    }
}

}  // namespace gr::ui
