// SPDX-License-Identifier: MIT
#include "autostart.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QStandardPaths>
#include <cerrno>

#include "base/file.h"

namespace gr::ui {

using namespace Qt::StringLiterals;

namespace {

// The value of `key` in the text of a desktop file; the one of [Desktop Entry] stands first.
QString valueOf(const QStringList& lines, QLatin1StringView key) {
    for (const QString& line : lines) {
        const qsizetype equals = line.indexOf(u'=');
        if (equals > 0 && QStringView(line).first(equals).trimmed() == key) {
            return line.mid(equals + 1).trimmed();
        }
    }
    return {};
}

std::filesystem::path pathOf(const QString& file) {
    return QFile::encodeName(file).toStdString();
}

}  // namespace

QString execLine(const QStringList& words) {
    QString line;
    for (const QString& word : words) {
        QString quoted;
        for (const QChar c : word) {
            // Once for Exec's quotes, and once more for the file's own escapes.
            if (c == u'"' || c == u'`' || c == u'$') {
                quoted += u"\\\\"_s;
            } else if (c == u'\\') {
                quoted += u"\\\\\\"_s;
            } else if (c == u'%') {
                quoted += u'%';
            }
            quoted += c;
        }
        line += (line.isEmpty() ? u"\""_s : u" \""_s) + quoted + u'"';
    }
    return line;
}

Autostart::Autostart(QString folder, QStringList command)
    : m_file(QDir(folder).filePath(u"gaterouter.desktop"_s)), m_command(std::move(command)) {}

bool Autostart::isPossible() {
#ifdef Q_OS_LINUX
    return true;
#else
    return false;
#endif
}

Autostart Autostart::ofThisProgram() {
    const QDir configuration(
        QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation));
    return {configuration.filePath(u"autostart"_s),
            {QCoreApplication::applicationFilePath(), u"--background"_s}};
}

bool Autostart::isOn() const {
    const auto text = readFile(pathOf(m_file));
    if (!text) {
        return false;
    }
    const QStringList lines = QString::fromStdString(*text).split(u'\n');
    return valueOf(lines, "Hidden"_L1) != "true"_L1 &&
           valueOf(lines, "X-GNOME-Autostart-enabled"_L1) != "false"_L1;
}

Result<void> Autostart::setOn(bool on) const {
    if (!on) {
        if (QFile::exists(m_file) && !QFile::remove(m_file)) {
            return fail(fileError(errno, "Removing", pathOf(m_file)));
        }
        return {};
    }
    const QString folder = QFileInfo(m_file).path();
    if (!QDir().mkpath(folder)) {
        return fail(fileError(errno, "Creating the folder", pathOf(folder)));
    }
    QString program = m_command.first();
    program.replace(u'\\', u"\\\\"_s);
    const QString text =
        u"[Desktop Entry]\nType=Application\nName=GateRouter\n"
        "Comment=One local endpoint for every AI tool on this machine\n"
        "Icon=gaterouter\nTerminal=false\nTryExec="_s +
        program + u"\nExec="_s + execLine(m_command) + u"\nX-GNOME-Autostart-enabled=true\n"_s;
    return replaceFile(pathOf(m_file), text.toStdString());
}

}  // namespace gr::ui
