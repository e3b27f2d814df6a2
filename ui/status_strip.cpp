// SPDX-License-Identifier: MIT
#include "status_strip.h"

#include <QAccessible>
#include <QPushButton>
#include <QTimer>
#include <algorithm>

#include "widgets/parts.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

bool isLocked(VaultState vault) {
    return vault == VaultState::Locked || vault == VaultState::KeychainClosed;
}

StateLook gatewayLook(const gateway::GatewayStatus& status, VaultState vault) {
    using State = gateway::GatewayStatus::State;
    switch (status.state) {
        case State::Running:
            return isLocked(vault)
                       ? StateLook{StatusStrip::tr("Locked"), u"lock"_s, Tone::Warning}
                       : StateLook{StatusStrip::tr("Running"), u"circle-check"_s, Tone::Success};
        case State::Starting:
            return {StatusStrip::tr("Starting"), u"loader"_s, Tone::Neutral};
        case State::Stopping:
            return {StatusStrip::tr("Stopping"), u"loader"_s, Tone::Neutral};
        case State::Stopped:
            return {StatusStrip::tr("Stopped"), u"circle-stop"_s, Tone::Neutral};
        case State::Failed:
            return {StatusStrip::tr("Not running"), u"circle-alert"_s, Tone::Danger};
    }
    return {};
}

QString backgroundLine(const std::optional<Background>& background) {
    if (!background || background->state == Background::State::Stopped ||
        background->state == Background::State::Ended) {
        return {};
    }
    return StatusStrip::tr("Running in the background (%1, pid %2)")
        .arg(text(background->program))
        .arg(background->pid);
}

StatusStrip::StatusStrip(Backend& backend, QWidget* parent)
    : QStatusBar(parent),
      m_backend(backend),
      m_state(new StateLabel(this)),
      m_address(makeButton({}, ButtonKind::Link, {}, this)),
      m_background(makeLabel({}, "muted", this)),
      m_cost(makeButton({}, ButtonKind::Link, {}, this)),
      m_pause(makeButton({}, ButtonKind::Link, u"circle-pause"_s, this)),
      m_held(makeButton({}, ButtonKind::Link, u"inbox"_s, this)),
      m_locked(makeButton(tr("Wallet locked"), ButtonKind::Link, u"lock"_s, this)),
      m_doubted(makeButton(tr("Books in doubt"), ButtonKind::Link, u"triangle-alert"_s, this)),
      m_settle(new QTimer(this)) {
    setSizeGripEnabled(false);
    setContentsMargins(space::kM, 0, space::kM, 0);
    m_state->setContentsMargins(space::kS, 0, space::kS, 0);
    addWidget(m_state);
    addWidget(m_address);
    addWidget(m_background);
    m_background->setToolTip(
        tr("Another process answers your tools; this window shows and steers it. Closing the "
           "window leaves it running."));
    if (m_backend.sandbox()) {
        QLabel* play = makeLabel(tr("sandbox"), "pill", this);
        play->setToolTip(tr("Play money: simulated models, a folder of its own"));
        play->setFixedHeight(play->fontMetrics().height() + space::kXs);
        addWidget(play);
    }
    addPermanentWidget(m_doubted);
    addPermanentWidget(m_locked);
    addPermanentWidget(m_held);
    addPermanentWidget(m_pause);
    addPermanentWidget(m_cost);
    m_held->setToolTip(tr("Payments that wait for you; opens them"));
    m_pause->setCheckable(true);
    setPayments(false, false, 0);
    m_locked->setIcon(themedIcon(u"lock"_s, Tint::Warning));
    m_locked->setToolTip(tr("Nothing is paid; a click asks for the vault's passphrase (Ctrl+L)"));
    m_doubted->setIcon(themedIcon(u"triangle-alert"_s, Tint::Warning));
    m_doubted->setToolTip(
        tr("Nothing is paid: the vault remembers other books of payments; a click tells more"));
    setWallet(false, false);
    connect(m_locked, &QPushButton::clicked, this, &StatusStrip::unlockClicked);
    connect(m_doubted, &QPushButton::clicked, this, &StatusStrip::doubtClicked);
    connect(m_held, &QPushButton::clicked, this, &StatusStrip::heldClicked);
    connect(m_pause, &QPushButton::clicked, this, &StatusStrip::pauseClicked);
    m_cost->setToolTip(tr("What today's requests cost; opens the list"));
    connect(m_cost, &QPushButton::clicked, this, &StatusStrip::costClicked);
    connect(m_address, &QPushButton::clicked, this, [this] {
        copyText(m_backend.baseUrl().toString());
        m_address->setText(tr("Copied"));
        QTimer::singleShot(1200, m_address, [this] { showState(); });
    });
    m_settle->setSingleShot(true);
    m_settle->setInterval(1000);
    connect(m_settle, &QTimer::timeout, this, &StatusStrip::askToday);
    connect(&m_backend, &Backend::gatewayStatusChanged, this, &StatusStrip::showState);
    connect(&m_backend, &Backend::vaultStateChanged, this, &StatusStrip::showState);
    connect(&m_backend, &Backend::exchangesArrived, this,
            [this](const std::vector<gateway::ExchangeEvent>& events) {
                if (!m_settle->isActive() && std::ranges::any_of(events, [](const auto& e) {
                        return e.finished.has_value();
                    })) {
                    m_settle->start();
                }
            });
    showState();
    askToday();
}

void StatusStrip::setPayments(bool shown, bool paused, int held) {
    m_held->setText(tr("%n held", nullptr, held));
    m_held->setIcon(themedIcon(u"inbox"_s, Tint::Warning));
    m_held->setAccessibleName(tr("%n payments wait for you", nullptr, held));
    m_held->setVisible(held > 0);
    m_pause->setChecked(paused);
    m_pause->setText(paused ? tr("Payments paused") : tr("Pause payments"));
    m_pause->setIcon(themedIcon(paused ? u"circle-stop"_s : u"circle-pause"_s,
                                paused ? Tint::Warning : Tint::Muted));
    m_pause->setToolTip(paused ? tr("Nothing is paid; a click lets payments go on")
                               : tr("Pay nobody until you say so, also after a restart"));
    m_pause->setVisible(shown || paused);
}

void StatusStrip::setWallet(bool locked, bool doubted) {
    m_locked->setVisible(locked);
    m_doubted->setVisible(doubted);
}

void StatusStrip::showState() {
    const gateway::GatewayStatus status = m_backend.gatewayStatus();
    const StateLook look = gatewayLook(status, m_backend.vaultState());
    const bool changed = m_state->word() != look.word;
    m_state->set(look.icon, look.word, look.tone);
    const QString background = backgroundLine(m_backend.background());
    m_background->setText(background);
    m_background->setVisible(!background.isEmpty());
    const QUrl url = m_backend.baseUrl();
    const QString shown = text(status.address) + u':' + QString::number(status.port);
    m_address->setText(shown);
    m_address->setAccessibleName(tr("Copy base URL %1").arg(url.toString()));
    m_address->setToolTip(tr("Copy %1").arg(url.toString()));
    if (changed) {
        QAccessibleEvent event(m_state, QAccessible::NameChanged);
        QAccessible::updateAccessibility(&event);
    }
}

void StatusStrip::askToday() {
    ledger::Filter today;
    today.from = startOfDay(m_backend.clock().now());
    m_backend.queryTotals(this, today, [this](const Result<ledger::Totals>& totals) {
        if (!totals) {
            return;
        }
        const int unknown = static_cast<int>(totals->unknownCost);
        QString cost = tr("%1 today").arg(moneyShort(totals->knownCost));
        if (unknown > 0) {
            cost = totals->knownCost.isZero() ? tr("%n of unknown cost today", nullptr, unknown)
                                              : cost + tr(" + %n unknown", nullptr, unknown);
        }
        m_cost->setText(cost);
        m_cost->setAccessibleName(tr("Cost: %1").arg(cost));
        emit todayChanged(cost);
    });
}

}  // namespace gr::ui
