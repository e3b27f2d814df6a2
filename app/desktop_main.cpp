// SPDX-License-Identifier: MIT
#include <sys/stat.h>

#include <QApplication>
#include <QCommandLineParser>
#include <QIcon>
#include <QMessageBox>
#include <cstdio>

#include "app/application.h"
#include "app/serve.h"
#include "base/log.h"
#include "ui/language.h"

namespace {

using namespace Qt::StringLiterals;

struct Arguments {
    gr::app::EngineOptions options;
    bool headless = false;
};

// Exit code to end with, or nothing to go on. Works before there is a QApplication, because
// without a display there must not be one.
std::optional<int> parse(const QStringList& words, Arguments& arguments) {
    QCommandLineParser parser;
    parser.setApplicationDescription(
        u"One address for every model: a gateway for your tools, with its window."_s);
    const QCommandLineOption help({u"h"_s, u"help"_s}, u"Print this help."_s);
    const QCommandLineOption version({u"v"_s, u"version"_s}, u"Print the version."_s);
    const QCommandLineOption headless(u"headless"_s,
                                      u"Run without a window, as gaterouterd serve does."_s);
    const QCommandLineOption sandbox(u"sandbox"_s, u"Start with simulated models, play money."_s);
    const QCommandLineOption config(u"config"_s, u"Configuration file."_s, u"FILE"_s);
    const QCommandLineOption dataDir(u"data-dir"_s, u"Data directory."_s, u"DIR"_s);
    const QCommandLineOption port(u"port"_s, u"Port, over the configuration."_s, u"N"_s);
    const QCommandLineOption logLevel(u"log-level"_s, u"debug, info, warning or error."_s,
                                      u"LEVEL"_s);
    parser.addOptions({help, version, headless, sandbox, config, dataDir, port, logLevel});
    if (!parser.parse(words) || !parser.positionalArguments().isEmpty()) {
        const QString why =
            parser.errorText().isEmpty() ? u"Unexpected argument."_s : parser.errorText();
        std::fprintf(stderr, "%s\n", qPrintable(why));
        return 2;
    }
    if (parser.isSet(help)) {
        std::printf("%s", qPrintable(parser.helpText()));
        return 0;
    }
    if (parser.isSet(version)) {
        std::printf("gaterouter " GR_VERSION "\n");
        return 0;
    }
    if (parser.isSet(config)) {
        arguments.options.configFile = parser.value(config).toStdString();
    }
    if (parser.isSet(dataDir)) {
        arguments.options.dataDir = parser.value(dataDir).toStdString();
    }
    if (parser.isSet(port)) {
        bool ok = false;
        const ushort number = parser.value(port).toUShort(&ok);
        if (!ok) {
            std::fprintf(stderr, "--port takes a number up to 65535.\n");
            return 2;
        }
        arguments.options.port = number;
    }
    const QString level = parser.value(logLevel);
    if (level == "debug"_L1) {
        gr::log::setLevel(gr::LogLevel::Debug);
    } else if (level == "warning"_L1 || level == "error"_L1) {
        gr::log::setLevel(level == "error"_L1 ? gr::LogLevel::Error : gr::LogLevel::Warning);
    }
    arguments.options.sandbox = parser.isSet(sandbox);
    arguments.headless = parser.isSet(headless);
    return std::nullopt;
}

// Qt ends the program with a page of text where it finds no display; a sentence is kinder.
bool hasDisplay() {
    return qEnvironmentVariableIsSet("DISPLAY") || qEnvironmentVariableIsSet("WAYLAND_DISPLAY") ||
           qEnvironmentVariableIsSet("QT_QPA_PLATFORM");
}

// The program cannot open: say why in a window, and end when it is closed.
void explain(const gr::Error& error) {
    const QString title =
        QString::fromUtf8(gr::errorInfo(error.code).title.data(),
                          static_cast<qsizetype>(gr::errorInfo(error.code).title.size()));
    auto* box = new QMessageBox(QMessageBox::Critical, u"GateRouter"_s, title);
    box->setInformativeText(QString::fromStdString(error.message.text));
    box->setAttribute(Qt::WA_DeleteOnClose);
    QObject::connect(box, &QMessageBox::finished, box, [] { QCoreApplication::exit(1); });
    box->open();
}

}  // namespace

int main(int argc, char** argv) {
    gr::app::hardenProcess();
    ::umask(0077);  // whatever is written here is for this user alone
    QStringList words;
    for (int i = 0; i < argc; ++i) {
        words << QString::fromLocal8Bit(argv[i]);
    }
    Arguments arguments;
    if (const auto code = parse(words, arguments)) {
        return *code;
    }
    if (arguments.headless) {
        return gr::app::runServe(arguments.options);
    }
    if (!hasDisplay()) {
        std::fprintf(stderr,
                     "There is no display. Start with --headless to run without a window.\n");
        return 1;
    }
    gr::app::Application::claimSignals();
    QApplication application(argc, argv);
    QApplication::setApplicationName(u"gaterouter"_s);
    QApplication::setApplicationDisplayName(u"GateRouter"_s);
    QApplication::setDesktopFileName(u"gaterouter"_s);
    QApplication::setWindowIcon(QIcon(u":/gaterouter.svg"_s));
    QApplication::setQuitOnLastWindowClosed(false);
    gr::ui::installLanguage(application);
    gr::app::Application program(arguments.options);
    if (program.raisedOther()) {
        return 0;
    }
    QObject::connect(&program, &gr::app::Application::failed, &program, [](const auto& error) {
        std::fprintf(stderr, "%s\n", error.message.text.c_str());
        explain(error);
    });
    program.open();
    return QApplication::exec();
}
