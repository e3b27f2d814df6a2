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

// The sign without a mark.
QPixmap signPicture(TrayStyle style, int side) {
    if (style == TrayStyle::Colour) {
        return programIcon().pixmap(side, side);
    }
    return themedPixmap(u"gaterouter-symbolic"_s, side, 1.0,
                        style == TrayStyle::White ? Qt::white : Qt::black);
}

void drawMark(QPixmap& picture, TrayStyle style, const StateLook& look) {
    const int mark = picture.width() / 2;
    const QRect corner(picture.width() - mark, picture.height() - mark, mark, mark);
    QPainter painter(&picture);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    QColor color = toneColor(lightTokens(), look.tone);
    if (style == TrayStyle::Colour) {
        painter.setBrush(lightTokens().surface);
        painter.drawEllipse(corner);
    } else {
        // One colour has no ground for the mark: it gets a hole.
        color = style == TrayStyle::White ? Qt::white : Qt::black;
        painter.setCompositionMode(QPainter::CompositionMode_Clear);
        painter.drawEllipse(corner.adjusted(-1, -1, 1, 1));
        painter.setCompositionMode(QPainter::CompositionMode_SourceOver);
    }
    painter.drawPixmap(corner.topLeft(), themedPixmap(look.icon, mark, 1.0, color));
}

}  // namespace

QIcon trayIcon(TrayStyle style, const StateLook& look, bool running) {
    QIcon icon;
    for (const int side : {16, 22, 24, 32, 48, 64}) {
        QPixmap picture = signPicture(style, side);
        if (!running) {
            drawMark(picture, style, look);
        }
        icon.addPixmap(picture);
    }
    return icon;
}

bool Tray::possible() {
    return QSystemTrayIcon::isSystemTrayAvailable();
}

Tray::Tray(const PageContext& context, QObject* parent)
    : QObject(parent),
      m_backend(context.backend),
      m_preferences(context.preferences),
      m_icon(new QSystemTrayIcon(this)),
      m_menu(std::make_unique<QMenu>()),
      m_state(m_menu->addAction(QString())),
      m_today(m_menu->addAction(QString())) {
    m_state->setEnabled(false);
    m_today->setEnabled(false);
    m_menu->addSeparator();
    m_menu->addAction(context.commands.action(CommandId::ToggleGateway));
    m_menu->addAction(context.commands.action(CommandId::CopyBaseUrl));
    m_menu->addSeparator();
    m_menu->addAction(context.commands.action(CommandId::ReviewPayments));
    m_menu->addAction(context.commands.action(CommandId::PausePayments));
    m_menu->addSeparator();
    QAction* open = m_menu->addAction(tr("Open GateRouter"));
    m_menu->addAction(context.commands.action(CommandId::Quit));
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
    connect(&m_preferences, &Preferences::appearanceChanged, this, &Tray::showState);
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
    m_icon->setIcon(trayIcon(m_preferences.trayStyle(), look, running));
    const QString line = running ? tr("%1 on port %2").arg(look.word).arg(status.port) : look.word;
    m_state->setText(line);
    m_icon->setToolTip(u"GateRouter · "_s + line);
}

}  // namespace gr::ui
