// SPDX-License-Identifier: MIT
#include "tray.h"

#include <QMenu>
#include <QPainter>
#include <QSystemTrayIcon>

#include "commands.h"
#include "status_strip.h"
#include "theme/icons.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

// The program's icon with a mark in the corner: none while it runs, a shape for each other state.
QIcon trayIcon(const StateLook& look, bool running) {
    const QIcon base(u":/gaterouter.svg"_s);
    QIcon icon;
    for (int side : {22, 32, 64}) {
        QPixmap picture = base.pixmap(side, side);
        if (!running) {
            QPainter painter(&picture);
            painter.setRenderHint(QPainter::Antialiasing);
            const int mark = side / 2;
            const QRect corner(side - mark, side - mark, mark, mark);
            painter.setPen(Qt::NoPen);
            painter.setBrush(lightTokens().surface);
            painter.drawEllipse(corner);
            const QColor color = toneColor(lightTokens(), look.tone);
            painter.drawPixmap(corner.topLeft(), themedPixmap(look.icon, mark, 1.0, color));
        }
        icon.addPixmap(picture);
    }
    return icon;
}

}  // namespace

bool Tray::possible() {
    return QSystemTrayIcon::isSystemTrayAvailable();
}

Tray::Tray(Backend& backend, Commands& commands, QObject* parent)
    : QObject(parent),
      m_backend(backend),
      m_icon(new QSystemTrayIcon(this)),
      m_menu(std::make_unique<QMenu>()),
      m_state(m_menu->addAction(QString())),
      m_today(m_menu->addAction(QString())) {
    m_state->setEnabled(false);
    m_today->setEnabled(false);
    m_menu->addSeparator();
    m_menu->addAction(commands.action(CommandId::ToggleGateway));
    m_menu->addAction(commands.action(CommandId::CopyBaseUrl));
    m_menu->addSeparator();
    m_menu->addAction(commands.action(CommandId::ReviewPayments));
    m_menu->addAction(commands.action(CommandId::PausePayments));
    m_menu->addSeparator();
    QAction* open = m_menu->addAction(tr("Open GateRouter"));
    m_menu->addAction(commands.action(CommandId::Quit));
    connect(open, &QAction::triggered, this, &Tray::openWanted);
    connect(m_icon, &QSystemTrayIcon::activated, this,
            [this](QSystemTrayIcon::ActivationReason why) {
                if (why == QSystemTrayIcon::Trigger || why == QSystemTrayIcon::DoubleClick) {
                    emit openWanted();
                }
            });
    connect(m_icon, &QSystemTrayIcon::messageClicked, this, [this] {
        emit openWanted();
        if (m_onClick) {
            m_onClick();
        }
    });
    connect(&m_backend, &Backend::gatewayStatusChanged, this, &Tray::showState);
    connect(&m_backend, &Backend::vaultStateChanged, this, &Tray::showState);
    m_icon->setContextMenu(m_menu.get());
    showState();
    m_icon->show();
}

Tray::~Tray() = default;

void Tray::setToday(const QString& cost) {
    m_today->setText(cost);
}

void Tray::say(const QString& title, const QString& body, std::function<void()> onClick) {
    m_onClick = std::move(onClick);
    m_icon->showMessage(title, body, QSystemTrayIcon::Information);
}

void Tray::showState() {
    const gateway::GatewayStatus status = m_backend.gatewayStatus();
    const VaultState vault = m_backend.vaultState();
    const StateLook look = gatewayLook(status, vault);
    const bool running = status.state == gateway::GatewayStatus::State::Running && !isLocked(vault);
    m_icon->setIcon(trayIcon(look, running));
    const QString line = running ? tr("%1 on port %2").arg(look.word).arg(status.port) : look.word;
    m_state->setText(line);
    m_icon->setToolTip(u"GateRouter · "_s + line);
}

}  // namespace gr::ui
