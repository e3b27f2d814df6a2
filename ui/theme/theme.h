// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

#include "theme/system_scheme.h"
#include "theme/tokens.h"

namespace gr::ui {

enum class ThemeMode : quint8 { System, Light, Dark };

// Puts palette, style and style sheet onto the application and renews them when the mode, the
// desktop's preference or the text size changes. One per program, owned by the composition root.
// Main thread.
class Theme final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(Theme)

  public:
    explicit Theme(QObject* parent = nullptr);

    void setMode(ThemeMode mode);
    ThemeMode mode() const { return m_mode; }
    // Steps of one point added to the text size of the desktop: -1 to 4.
    void setTextStep(int step);

  private:
    void apply();
    SystemScheme m_system;
    ThemeMode m_mode = ThemeMode::System;
    qreal m_basePoints;  // of the desktop
    int m_textStep = 0;
};

// The style sheet with every token and size filled in; `points` is the size of body text.
QString styleSheetOf(const Tokens& tokens, qreal points);

// Fixed-width font in the size of body text.
QFont monospaceFont();

}  // namespace gr::ui
