// SPDX-License-Identifier: MIT
#pragma once

#include <QObject>

class QDBusVariant;

namespace gr::ui {

// Tells whether the desktop prefers dark, and when that changes: from the desktop portal
// (org.freedesktop.appearance, color-scheme) on Linux; otherwise, and until the portal answers,
// from the lightness of the palette the platform gave. Qt 6.4 has no QStyleHints::colorScheme.
// Main thread.
class SystemScheme final : public QObject {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(SystemScheme)

  public:
    explicit SystemScheme(QObject* parent = nullptr);
    bool dark() const { return m_dark; }

  signals:
    void changed();

  private slots:
    void portalChanged(const QString& space, const QString& key, const QDBusVariant& value);

  private:
    void ask();
    void take(uint scheme);  // 0 no preference, 1 dark, 2 light
    bool m_dark = false;
};

}  // namespace gr::ui
