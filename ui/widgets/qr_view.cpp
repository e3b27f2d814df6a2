// SPDX-License-Identifier: MIT
#include "widgets/qr_view.h"

#include <qrencode.h>

#include <QPainter>
#include <memory>

namespace gr::ui {

namespace {
constexpr int kSide = 148;
constexpr int kQuiet = 4;  // modules around the code that stay white (ISO/IEC 18004)
}  // namespace

QImage qrImage(const QString& content) {
    const QByteArray bytes = content.toUtf8();
    if (bytes.isEmpty()) {
        return {};
    }
    const std::unique_ptr<QRcode, void (*)(QRcode*)> code(
        QRcode_encodeString8bit(bytes.constData(), 0, QR_ECLEVEL_M), QRcode_free);
    if (!code) {
        return {};
    }
    QImage image(code->width, code->width, QImage::Format_Mono);
    for (int y = 0; y < code->width; ++y) {
        for (int x = 0; x < code->width; ++x) {
            const bool dark = (code->data[y * code->width + x] & 1) != 0;
            image.setPixel(x, y, dark ? 0 : 1);  // of the table: black, white
        }
    }
    image.setColorTable({qRgb(0, 0, 0), qRgb(255, 255, 255)});
    return image;
}

QrView::QrView(QWidget* parent) : QWidget(parent) {
    setFixedSize(kSide, kSide);
}

void QrView::set(const QString& content, const QString& name) {
    m_image = qrImage(content);
    setAccessibleName(name);
    setToolTip(name);
    update();
}

void QrView::paintEvent(QPaintEvent*) {
    if (m_image.isNull()) {
        return;
    }
    QPainter painter(this);
    painter.fillRect(rect(), Qt::white);
    const int module = qMax(1, qMin(width(), height()) / (m_image.width() + 2 * kQuiet));
    const int side = module * m_image.width();
    painter.drawImage(QRect((width() - side) / 2, (height() - side) / 2, side, side), m_image);
}

}  // namespace gr::ui
