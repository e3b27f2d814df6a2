// SPDX-License-Identifier: MIT
#include "preferences.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {
const auto kTheme = u"appearance/theme"_s;
const auto kTextStep = u"appearance/text_step"_s;
const auto kTrayStyle = u"appearance/tray"_s;
const auto kCloseToTray = u"general/close_to_tray"_s;
const auto kStartGateway = u"general/start_gateway"_s;
}  // namespace

Preferences::Preferences(const QString& file, QObject* parent)
    : QObject(parent), m_file(file, QSettings::IniFormat) {}

ThemeMode Preferences::theme() const {
    const QString word = m_file.value(kTheme).toString();
    return word == u"light"_s  ? ThemeMode::Light
           : word == u"dark"_s ? ThemeMode::Dark
                               : ThemeMode::System;
}

void Preferences::setTheme(ThemeMode mode) {
    m_file.setValue(kTheme, mode == ThemeMode::Light  ? u"light"_s
                            : mode == ThemeMode::Dark ? u"dark"_s
                                                      : u"system"_s);
    emit appearanceChanged();
}

int Preferences::textStep() const {
    return qBound(-1, m_file.value(kTextStep, 0).toInt(), 4);
}

void Preferences::setTextStep(int step) {
    m_file.setValue(kTextStep, step);
    emit appearanceChanged();
}

TrayStyle Preferences::trayStyle() const {
    const QString word = m_file.value(kTrayStyle).toString();
    return word == u"white"_s   ? TrayStyle::White
           : word == u"black"_s ? TrayStyle::Black
                                : TrayStyle::Colour;
}

void Preferences::setTrayStyle(TrayStyle style) {
    m_file.setValue(kTrayStyle, style == TrayStyle::White   ? u"white"_s
                                : style == TrayStyle::Black ? u"black"_s
                                                            : u"colour"_s);
    emit appearanceChanged();
}

bool Preferences::closeToTray() const {
    return flag(kCloseToTray, true);
}

void Preferences::setCloseToTray(bool on) {
    setFlag(kCloseToTray, on);
}

bool Preferences::startGateway() const {
    return flag(kStartGateway, true);
}

void Preferences::setStartGateway(bool on) {
    setFlag(kStartGateway, on);
}

QByteArray Preferences::state(const QString& name) const {
    return m_file.value(u"state/"_s + name).toByteArray();
}

void Preferences::setState(const QString& name, const QByteArray& state) {
    m_file.setValue(u"state/"_s + name, state);
}

bool Preferences::flag(const QString& name, bool fallback) const {
    return m_file.value(name, fallback).toBool();
}

void Preferences::setFlag(const QString& name, bool on) {
    m_file.setValue(name, on);
}

}  // namespace gr::ui
