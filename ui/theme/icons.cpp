// SPDX-License-Identifier: MIT
#include "theme/icons.h"

#include <QBuffer>
#include <QFile>
#include <QGuiApplication>
#include <QIconEngine>
#include <QImageReader>
#include <QPainter>
#include <QPixmapCache>

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

QColor colorOf(Tint tint, QIcon::Mode mode) {
    const Tokens& tokens = tokensOf(QGuiApplication::palette());
    if (mode == QIcon::Disabled) {
        return tokens.textDisabled;
    }
    switch (tint) {
        case Tint::Text:
            return tokens.text;
        case Tint::Muted:
            return tokens.textMuted;
        case Tint::Accent:
            return tokens.accent;
        case Tint::OnAccent:
            return tokens.onAccent;
        case Tint::Success:
            return tokens.success;
        case Tint::Warning:
            return tokens.warning;
        case Tint::Danger:
            return tokens.danger;
    }
    return tokens.text;
}

// Draws the SVG anew for each colour and size instead of keeping pictures of one theme.
class TintedEngine final : public QIconEngine {
  public:
    TintedEngine(QString name, Tint tint) : m_name(std::move(name)), m_tint(tint) {}

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override {
        const int side = qMin(rect.width(), rect.height());
        const QPixmap picture = themedPixmap(m_name, side, painter->device()->devicePixelRatioF(),
                                             colorOf(m_tint, mode));
        painter->drawPixmap(rect.x() + (rect.width() - side) / 2,
                            rect.y() + (rect.height() - side) / 2, picture);
    }

    // A size wider than high has a gap behind the icon: buttons leave too little of their own.
    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State) override {
        const int side = qMin(size.width(), size.height());
        const QPixmap icon = themedPixmap(m_name, side, 1.0, colorOf(m_tint, mode));
        if (size.width() <= side) {
            return icon;
        }
        QPixmap wide(size);
        wide.fill(Qt::transparent);
        QPainter painter(&wide);
        const bool mirrored = QGuiApplication::layoutDirection() == Qt::RightToLeft;
        painter.drawPixmap(mirrored ? size.width() - side : 0, 0, icon);
        return wide;
    }

    // `size` is in device pixels here; the caller sets the ratio.
    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State state, qreal) override {
        return pixmap(size, mode, state);
    }

    QIconEngine* clone() const override { return new TintedEngine(m_name, m_tint); }

  private:
    QString m_name;
    Tint m_tint;
};

}  // namespace

QPixmap themedPixmap(const QString& name, int side, qreal scale, const QColor& color) {
    const QString key = u"gr/%1/%2/%3/%4"_s.arg(name).arg(side).arg(scale).arg(color.rgba(), 0, 16);
    QPixmap picture;
    if (QPixmapCache::find(key, &picture)) {
        return picture;
    }
    QFile file(u":/icons/"_s + name + u".svg"_s);
    if (!file.open(QIODevice::ReadOnly)) {
        return picture;
    }
    QByteArray svg = file.readAll();
    svg.replace("currentColor", color.name().toLatin1());
    QBuffer buffer(&svg);
    QImageReader reader(&buffer, "svg");
    const int pixels = qRound(side * scale);
    reader.setScaledSize(QSize(pixels, pixels));
    picture = QPixmap::fromImage(reader.read());
    picture.setDevicePixelRatio(scale);
    QPixmapCache::insert(key, picture);
    return picture;
}

QIcon themedIcon(const QString& name, Tint tint) {
    return QIcon(new TintedEngine(name, tint));
}

QIcon programIcon() {
    const QIcon small(u":/gaterouter-small.svg"_s);
    const QIcon large(u":/gaterouter.svg"_s);
    QIcon icon;
    for (const int side : {16, 22, 24}) {
        icon.addPixmap(small.pixmap(side, side));
    }
    for (const int side : {32, 48, 64, 128, 256}) {
        icon.addPixmap(large.pixmap(side, side));
    }
    return icon;
}

Tint tintOf(Tone tone) {
    switch (tone) {
        case Tone::Neutral:
            return Tint::Muted;
        case Tone::Accent:
            return Tint::Accent;
        case Tone::Success:
            return Tint::Success;
        case Tone::Warning:
            return Tint::Warning;
        case Tone::Danger:
            return Tint::Danger;
    }
    return Tint::Text;
}

}  // namespace gr::ui
