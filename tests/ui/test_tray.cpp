// SPDX-License-Identifier: MIT
#include "stage.h"
#include "status_strip.h"
#include "theme/icons.h"
#include "tray.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

class TestTray final : public QObject {
    Q_OBJECT

  private slots:
    void theTraysIconHasItsStyleAndState_data();
    void theTraysIconHasItsStyleAndState();
    void theStyleIsRemembered();
    void theProgramsIconIsThereInEverySize();
};

void TestTray::theTraysIconHasItsStyleAndState_data() {
    QTest::addColumn<int>("style");
    QTest::newRow("colour") << int(TrayStyle::Colour);
    QTest::newRow("white") << int(TrayStyle::White);
    QTest::newRow("black") << int(TrayStyle::Black);
}

void TestTray::theTraysIconHasItsStyleAndState() {
    QFETCH(int, style);
    const auto drawn = static_cast<TrayStyle>(style);
    const StateLook stopped{u"Stopped"_s, u"circle-stop"_s, Tone::Neutral};
    const StateLook failed{u"Not running"_s, u"circle-alert"_s, Tone::Danger};
    for (const int side : {16, 22, 64}) {
        const auto picture = [&](const StateLook& look, bool running) {
            return trayIcon(drawn, look, running)
                .pixmap(side, side)
                .toImage()
                .convertToFormat(QImage::Format_ARGB32);
        };
        const QImage plain = picture(stopped, true);
        QCOMPARE(plain.size(), QSize(side, side));
        QVERIFY(plain != picture(stopped, false));
        QVERIFY(picture(failed, false) != picture(stopped, false));
        int seen = 0;
        for (int at = 0; at < side * side; ++at) {
            const QColor pixel = plain.pixelColor(at % side, at / side);
            seen += pixel.alpha() > 200 ? 1 : 0;
            if (pixel.alpha() > 200 && drawn != TrayStyle::Colour) {
                QCOMPARE(pixel.rgb(), drawn == TrayStyle::White ? 0xffffffffu : 0xff000000u);
            }
        }
        QVERIFY2(seen > side * side / 8, "there is a sign");
    }
}

void TestTray::theStyleIsRemembered() {
    const QTemporaryDir folder;
    const QString file = folder.filePath(u"window.ini"_s);
    for (const TrayStyle style : {TrayStyle::White, TrayStyle::Black, TrayStyle::Colour}) {
        Preferences(file).setTrayStyle(style);
        QVERIFY(Preferences(file).trayStyle() == style);
    }
}

void TestTray::theProgramsIconIsThereInEverySize() {
    const QIcon icon = programIcon();
    for (const int side : {16, 22, 24, 32, 48, 64, 128, 256}) {
        const QImage picture = icon.pixmap(side, side).toImage();
        QCOMPARE(picture.size(), QSize(side, side));
        QVERIFY2(picture.pixelColor(side / 2, side / 2).alpha() == 255, "it is drawn");
    }
}

}  // namespace gr::ui

GR_UI_TEST_MAIN(gr::ui::TestTray)
#include "test_tray.moc"
