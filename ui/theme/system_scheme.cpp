// SPDX-License-Identifier: MIT
#include "theme/system_scheme.h"

#include <QDBusConnection>
#include <QDBusMessage>
#include <QDBusPendingCallWatcher>
#include <QDBusPendingReply>
#include <QDBusVariant>
#include <QGuiApplication>
#include <QPalette>

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

const auto kService = u"org.freedesktop.portal.Desktop"_s;
const auto kPath = u"/org/freedesktop/portal/desktop"_s;
const auto kSettings = u"org.freedesktop.portal.Settings"_s;
const auto kSpace = u"org.freedesktop.appearance"_s;
const auto kKey = u"color-scheme"_s;

// Old portals wrap the value in one more variant.
uint schemeOf(QVariant value) {
    while (value.canConvert<QDBusVariant>()) {
        value = value.value<QDBusVariant>().variant();
    }
    return value.toUInt();
}

}  // namespace

SystemScheme::SystemScheme(QObject* parent)
    : QObject(parent),
      m_dark(QGuiApplication::palette().color(QPalette::Window).lightness() < 128) {
    QDBusConnection bus = QDBusConnection::sessionBus();
    if (!bus.isConnected()) {
        return;
    }
    bus.connect(kService, kPath, kSettings, u"SettingChanged"_s, this,
                SLOT(portalChanged(QString, QString, QDBusVariant)));
    ask();
}

void SystemScheme::ask() {
    QDBusMessage call = QDBusMessage::createMethodCall(kService, kPath, kSettings, u"Read"_s);
    call << kSpace << kKey;
    auto* watcher =
        new QDBusPendingCallWatcher(QDBusConnection::sessionBus().asyncCall(call, 3000), this);
    connect(watcher, &QDBusPendingCallWatcher::finished, this,
            [this](QDBusPendingCallWatcher* done) {
                const QDBusPendingReply<QDBusVariant> reply = *done;
                if (reply.isValid()) {
                    take(schemeOf(reply.value().variant()));
                }
                done->deleteLater();
            });
}

void SystemScheme::portalChanged(const QString& space, const QString& key,
                                 const QDBusVariant& value) {
    if (space == kSpace && key == kKey) {
        take(schemeOf(value.variant()));
    }
}

void SystemScheme::take(uint scheme) {
    const bool dark = scheme == 1;
    if (scheme > 2 || dark == m_dark) {
        return;
    }
    m_dark = dark;
    emit changed();
}

}  // namespace gr::ui
