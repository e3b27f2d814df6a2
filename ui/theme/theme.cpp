// SPDX-License-Identifier: MIT
#include "theme/theme.h"

#include <QApplication>
#include <QFile>
#include <QFontDatabase>
#include <QFontInfo>
#include <QStyleFactory>
#include <array>
#include <utility>

namespace gr::ui {

using namespace Qt::StringLiterals;

Theme::Theme(QObject* parent)
    : QObject(parent), m_basePoints(QFontInfo(QApplication::font()).pointSizeF()) {
    QApplication::setStyle(QStyleFactory::create(u"Fusion"_s));
    connect(&m_system, &SystemScheme::changed, this, [this] {
        if (m_mode == ThemeMode::System) {
            apply();
        }
    });
    apply();
}

void Theme::setMode(ThemeMode mode) {
    if (m_mode == mode) {
        return;
    }
    m_mode = mode;
    apply();
}

void Theme::setTextStep(int step) {
    if (m_textStep == step) {
        return;
    }
    m_textStep = qBound(-1, step, 4);
    apply();
}

void Theme::apply() {
    const bool dark = m_mode == ThemeMode::Dark || (m_mode == ThemeMode::System && m_system.dark());
    const Tokens& tokens = dark ? darkTokens() : lightTokens();
    QFont font = QApplication::font();
    font.setPointSizeF(m_basePoints + m_textStep);
    QApplication::setFont(font);
    QApplication::setPalette(paletteOf(tokens));
    qApp->setStyleSheet(styleSheetOf(tokens, font.pointSizeF()));
}

QString styleSheetOf(const Tokens& t, qreal points) {
    QFile file(u":/style.qss"_s);
    if (!file.open(QIODevice::ReadOnly)) {
        return {};
    }
    QString sheet = QString::fromUtf8(file.readAll());
    // Longer names first: `@border` is the beginning of `@border-strong`.
    const std::array<std::pair<QString, QString>, 24> names{{
        {u"@window"_s, t.window.name()},
        {u"@surface"_s, t.surface.name()},
        {u"@sunken"_s, t.sunken.name()},
        {u"@border-strong"_s, t.borderStrong.name()},
        {u"@border"_s, t.border.name()},
        {u"@text-muted"_s, t.textMuted.name()},
        {u"@text-disabled"_s, t.textDisabled.name()},
        {u"@text"_s, t.text.name()},
        {u"@accent-soft"_s, t.accentSoft.name()},
        {u"@accent"_s, t.accent.name()},
        {u"@on-accent"_s, t.onAccent.name()},
        {u"@success-soft"_s, t.successSoft.name()},
        {u"@success"_s, t.success.name()},
        {u"@warning-soft"_s, t.warningSoft.name()},
        {u"@warning"_s, t.warning.name()},
        {u"@danger-soft"_s, t.dangerSoft.name()},
        {u"@danger"_s, t.danger.name()},
        {u"@theme"_s, t.dark ? u"dark"_s : u"light"_s},
        {u"@caption"_s, QString::number(points - 1) + u"pt"_s},
        {u"@body"_s, QString::number(points) + u"pt"_s},
        {u"@section"_s, QString::number(points + 2) + u"pt"_s},
        {u"@title"_s, QString::number(points + 7) + u"pt"_s},
        {u"@metric"_s, QString::number(points + 11) + u"pt"_s},
        // A pressed control is between its ground and the text.
        {u"@pressed"_s, t.dark ? t.border.name() : t.sunken.darker(104).name()},
    }};
    for (const auto& [name, value] : names) {
        sheet.replace(name, value);
    }
    return sheet;
}

QFont monospaceFont() {
    QFont font = QFontDatabase::systemFont(QFontDatabase::FixedFont);
    font.setPointSizeF(QFontInfo(QApplication::font()).pointSizeF());
    return font;
}

}  // namespace gr::ui
