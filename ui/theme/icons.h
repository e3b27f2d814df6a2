// SPDX-License-Identifier: MIT
#pragma once

#include <QIcon>
#include <QPixmap>
#include <QString>

#include "theme/tokens.h"

class QPalette;

namespace gr::ui {

// The colour an icon takes; looked up when it is painted, so that icons follow the theme.
enum class Tint : quint8 { Text, Muted, Accent, OnAccent, Success, Warning, Danger };

// A Lucide icon by name (resources/icons/icons.txt). Crisp at every scale. Main thread.
QIcon themedIcon(const QString& name, Tint tint = Tint::Text);

// The same as a picture, for labels and delegates; in the colours of `palette`.
QPixmap themedPixmap(const QString& name, int side, qreal scale, const QColor& color);

// The program's own icon; at 24 pixels and less in the form that is drawn for that.
QIcon programIcon();

Tint tintOf(Tone tone);

}  // namespace gr::ui
