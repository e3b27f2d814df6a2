// SPDX-License-Identifier: MIT
// Draws the program's icon in the sizes and files that desktops want:
// gr_icons ICON.svg SMALL.svg FOLDER makes FOLDER/NxN.png, gaterouter.ico (Windows) and
// gaterouter.icns (macOS). SMALL.svg is drawn for 24 pixels and less. The same input makes the same
// bytes.
#include <QBuffer>
#include <QDir>
#include <QFile>
#include <QGuiApplication>
#include <QImageReader>
#include <QtEndian>
#include <array>
#include <cstdio>
#include <map>
#include <utility>

namespace {

using namespace Qt::StringLiterals;

constexpr int kSmall = 24;

// The picture as PNG; empty where it cannot be drawn.
QByteArray draw(const QString& file, int side) {
    QImageReader reader(file, "svg");
    reader.setScaledSize(QSize(side, side));
    const QImage image = reader.read();
    QByteArray png;
    QBuffer buffer(&png);
    buffer.open(QIODevice::WriteOnly);
    if (image.isNull() || !image.save(&buffer, "PNG")) {
        std::fprintf(stderr, "gr_icons: %s: %s. Is Qt's plug-in for SVG installed?\n",
                     qPrintable(file), qPrintable(reader.errorString()));
        return {};
    }
    return png;
}

bool write(const QString& name, const QByteArray& bytes) {
    QFile file(name);
    if (file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.flush())
        return true;
    std::fprintf(stderr, "gr_icons: cannot write %s\n", qPrintable(name));
    return false;
}

template <typename Number>
void append(QByteArray& bytes, Number number, bool little) {
    const Number turned = little ? qToLittleEndian(number) : qToBigEndian(number);
    bytes.append(QByteArrayView(reinterpret_cast<const char*>(&turned), sizeof turned));
}

using Pictures = std::map<int, QByteArray>;  // by side

// ICONDIR, its ICONDIRENTRYs, then the pictures; Windows reads PNG in them since Vista.
QByteArray icoFile(const Pictures& pictures) {
    const std::array sides{16, 24, 32, 48, 64, 128, 256};
    QByteArray head;
    QByteArray body;
    for (const quint16 number : {quint16(0), quint16(1), quint16(sides.size())})
        append(head, number, true);
    const quint32 start = 6 + 16 * quint32(sides.size());
    for (const int side : sides) {
        const QByteArray& png = pictures.at(side);
        const char edge = static_cast<char>(side == 256 ? 0 : side);  // a byte: 0 is 256
        head.append(edge).append(edge).append('\0').append('\0');
        append(head, quint16(1), true);   // planes
        append(head, quint16(32), true);  // bits of a pixel
        append(head, quint32(png.size()), true);
        append(head, start + quint32(body.size()), true);
        body.append(png);
    }
    return head + body;
}

// Each picture under the four letters that stand for its size.
QByteArray icnsFile(const Pictures& pictures) {
    constexpr std::array<std::pair<const char*, int>, 7> kTypes{{{"icp4", 16},
                                                                 {"icp5", 32},
                                                                 {"ic11", 32},
                                                                 {"ic12", 64},
                                                                 {"ic07", 128},
                                                                 {"ic08", 256},
                                                                 {"ic09", 512}}};
    QByteArray body;
    for (const auto& [type, side] : kTypes) {
        const QByteArray& png = pictures.at(side);
        body.append(type);
        append(body, quint32(8 + png.size()), false);
        body.append(png);
    }
    QByteArray file("icns");
    append(file, quint32(8 + body.size()), false);
    return file + body;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fprintf(stderr, "Usage: gr_icons ICON.svg SMALL.svg FOLDER\n");
        return 2;
    }
    qputenv("QT_QPA_PLATFORM", "offscreen");
    const QGuiApplication application(argc, argv);
    const QDir folder(QString::fromLocal8Bit(argv[3]));
    if (!folder.mkpath(u"."_s))
        return 1;
    Pictures pictures;
    for (const int side : {16, 22, 24, 32, 48, 64, 128, 256, 512}) {
        QByteArray png = draw(QString::fromLocal8Bit(argv[side <= kSmall ? 2 : 1]), side);
        if (png.isEmpty() || !write(folder.filePath(u"%1x%1.png"_s.arg(side)), png))
            return 1;
        pictures[side] = std::move(png);
    }
    return write(folder.filePath(u"gaterouter.ico"_s), icoFile(pictures)) &&
                   write(folder.filePath(u"gaterouter.icns"_s), icnsFile(pictures))
               ? 0
               : 1;
}
