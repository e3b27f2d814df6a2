// SPDX-License-Identifier: MIT
#pragma once

#include <QColor>
#include <QPalette>
#include <array>
#include <vector>

// Colours and sizes by meaning. Widgets take them from here or from their palette and never name a
// colour of their own. Pure values; any thread.
namespace gr::ui {

// The colours of one theme; contrast of every pair is checked in tests/ui/test_theme.
struct Tokens {
    bool dark = false;
    QColor window, surface, sunken;
    QColor border;        // decorative lines
    QColor borderStrong;  // edges of things to type or click into
    QColor text, textMuted, textDisabled;
    QColor accent, onAccent, accentSoft;
    QColor success, successSoft;
    QColor warning, warningSoft;
    QColor danger, dangerSoft;
    std::array<QColor, 6> series;  // of charts, in order of use
};

const Tokens& lightTokens();
const Tokens& darkTokens();

// The theme that `palette` was made from; told by the lightness of its window colour, so that a
// widget needs nothing but its own palette.
const Tokens& tokensOf(const QPalette& palette);

// Every role of a palette, the Disabled group too.
QPalette paletteOf(const Tokens& tokens);

// WCAG 2.1 contrast ratio, 1 to 21.
double contrastRatio(const QColor& a, const QColor& b);

// What a state means; each has a colour, an icon and (where it is used) a word.
enum class Tone : quint8 { Neutral, Accent, Success, Warning, Danger };
QColor toneColor(const Tokens& tokens, Tone tone);
QColor toneSoft(const Tokens& tokens, Tone tone);

// Distances in logical pixels.
namespace space {
inline constexpr int kHalf = 2, kXs = 4, kS = 8, kM = 12, kL = 16, kXl = 24, kXxl = 32;
}
namespace size {
inline constexpr int kControl = 32, kRow = 32, kSidebarItem = 36, kHeader = 56, kSidebar = 200,
                     kSidebarNarrow = 60, kIconText = 16, kIconSidebar = 18, kIconHeader = 24,
                     kIconEmpty = 48, kRadius = 6, kCardRadius = 8;
}

}  // namespace gr::ui
