// SPDX-License-Identifier: MIT
#pragma once

#include <QImage>
#include <QWidget>

namespace gr::ui {

// `content` as a QR code, one pixel a module, without the quiet zone around it: dark is black. Null
// for an empty text, and for one that is too long. Pure; any thread.
QImage qrImage(const QString& content);

// A code to scan, black on white in every theme, because not every camera reads it the other way
// round.
class QrView final : public QWidget {
    Q_OBJECT
    Q_DISABLE_COPY_MOVE(QrView)

  public:
    explicit QrView(QWidget* parent = nullptr);
    // `name` says what it is, for those who do not see it.
    void set(const QString& content, const QString& name);

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    QImage m_image;
};

}  // namespace gr::ui
