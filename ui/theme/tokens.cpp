// SPDX-License-Identifier: MIT
#include "theme/tokens.h"

#include <QGuiApplication>
#include <algorithm>
#include <cmath>

namespace gr::ui {

namespace {

QColor rgb(QRgb value) {
    return QColor::fromRgb(value);
}

double channel(double value) {
    return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
}

double luminance(const QColor& color) {
    return 0.2126 * channel(color.redF()) + 0.7152 * channel(color.greenF()) +
           0.0722 * channel(color.blueF());
}

}  // namespace

const Tokens& lightTokens() {
    static const Tokens tokens{
        .dark = false,
        .window = rgb(0xF6F7F9),
        .surface = rgb(0xFFFFFF),
        .sunken = rgb(0xECEEF2),
        .border = rgb(0xD8DCE3),
        .borderStrong = rgb(0x7C8593),
        .text = rgb(0x1A1F29),
        .textMuted = rgb(0x545E6E),
        .textDisabled = rgb(0x98A1AF),
        .accent = rgb(0x1F5FD0),
        .onAccent = rgb(0xFFFFFF),
        .accentSoft = rgb(0xE5EEFC),
        .success = rgb(0x17703F),
        .successSoft = rgb(0xE3F4EA),
        .warning = rgb(0x855300),
        .warningSoft = rgb(0xFDF1D8),
        .danger = rgb(0xB42A22),
        .dangerSoft = rgb(0xFCE9E7),
        .series = {rgb(0x1F6FB2), rgb(0xA86200), rgb(0x0B7F5A), rgb(0xA2407F), rgb(0x5A54C9),
                   rgb(0xB84A16)},
    };
    return tokens;
}

const Tokens& darkTokens() {
    static const Tokens tokens{
        .dark = true,
        .window = rgb(0x14171C),
        .surface = rgb(0x1B1F26),
        .sunken = rgb(0x0F1216),
        .border = rgb(0x2D333D),
        .borderStrong = rgb(0x6F7A8A),
        .text = rgb(0xE7EAEF),
        .textMuted = rgb(0xA3ACBA),
        .textDisabled = rgb(0x646E7D),
        .accent = rgb(0x7AA7FF),
        .onAccent = rgb(0x0B1220),
        .accentSoft = rgb(0x1C2A44),
        .success = rgb(0x5BC88F),
        .successSoft = rgb(0x14291F),
        .warning = rgb(0xE5B454),
        .warningSoft = rgb(0x2D2411),
        .danger = rgb(0xFF8A80),
        .dangerSoft = rgb(0x371C1A),
        .series = {rgb(0x6CB2EB), rgb(0xF0B04A), rgb(0x4FCBA0), rgb(0xE39BCB), rgb(0xA9A5FF),
                   rgb(0xFF9A6B)},
    };
    return tokens;
}

const Tokens& tokensOf(const QPalette& palette) {
    QColor window = palette.color(QPalette::Active, QPalette::Window);
    if (window.alpha() < 255) {
        // The style sheet made the widget see-through; what lies below has the program's palette.
        window = QGuiApplication::palette().color(QPalette::Active, QPalette::Window);
    }
    return window.lightness() < 128 ? darkTokens() : lightTokens();
}

QPalette paletteOf(const Tokens& t) {
    QPalette p;
    p.setColor(QPalette::Window, t.window);
    p.setColor(QPalette::WindowText, t.text);
    p.setColor(QPalette::Base, t.surface);
    p.setColor(QPalette::AlternateBase, t.window);
    p.setColor(QPalette::ToolTipBase, t.surface);
    p.setColor(QPalette::ToolTipText, t.text);
    p.setColor(QPalette::PlaceholderText, t.textMuted);
    p.setColor(QPalette::Text, t.text);
    p.setColor(QPalette::Button, t.surface);
    p.setColor(QPalette::ButtonText, t.text);
    p.setColor(QPalette::BrightText, t.danger);
    p.setColor(QPalette::Light, t.surface);
    p.setColor(QPalette::Midlight, t.sunken);
    p.setColor(QPalette::Mid, t.border);
    p.setColor(QPalette::Dark, t.borderStrong);
    p.setColor(QPalette::Shadow, t.dark ? QColor(Qt::black) : t.borderStrong);
    p.setColor(QPalette::Highlight, t.accent);
    p.setColor(QPalette::HighlightedText, t.onAccent);
    p.setColor(QPalette::Link, t.accent);
    p.setColor(QPalette::LinkVisited, t.accent);
    for (const QPalette::ColorRole role :
         {QPalette::WindowText, QPalette::Text, QPalette::ButtonText, QPalette::PlaceholderText}) {
        p.setColor(QPalette::Disabled, role, t.textDisabled);
    }
    p.setColor(QPalette::Disabled, QPalette::Base, t.window);
    p.setColor(QPalette::Disabled, QPalette::Button, t.window);
    p.setColor(QPalette::Disabled, QPalette::Highlight, t.border);
    p.setColor(QPalette::Disabled, QPalette::HighlightedText, t.textDisabled);
    return p;
}

double contrastRatio(const QColor& a, const QColor& b) {
    const auto [low, high] = std::minmax({luminance(a), luminance(b)});  // values, not references
    return (high + 0.05) / (low + 0.05);
}

QColor toneColor(const Tokens& tokens, Tone tone) {
    switch (tone) {
        case Tone::Neutral:
            return tokens.textMuted;
        case Tone::Accent:
            return tokens.accent;
        case Tone::Success:
            return tokens.success;
        case Tone::Warning:
            return tokens.warning;
        case Tone::Danger:
            return tokens.danger;
    }
    return tokens.text;
}

QColor toneSoft(const Tokens& tokens, Tone tone) {
    switch (tone) {
        case Tone::Neutral:
            return tokens.sunken;
        case Tone::Accent:
            return tokens.accentSoft;
        case Tone::Success:
            return tokens.successSoft;
        case Tone::Warning:
            return tokens.warningSoft;
        case Tone::Danger:
            return tokens.dangerSoft;
    }
    return tokens.sunken;
}

}  // namespace gr::ui
