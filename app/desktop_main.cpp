// SPDX-License-Identifier: MIT
#include <sys/stat.h>

#include <QApplication>
#include <QCommandLineParser>
#include <QMessageBox>
#include <cstdio>

#include "app/application.h"
#include "app/desktop_facts.h"
#include "app/serve.h"
#include "base/log.h"
#include "ui/autostart.h"
#include "ui/language.h"
#include "ui/page_address.h"
#include "ui/provider_link.h"
#include "ui/theme/icons.h"

namespace {

using namespace Qt::StringLiterals;

struct Arguments {
    gr::app::EngineOptions options;
    gr::app::WindowStart start;
    bool headless = false;
    std::optional<bool> autostart;  // only turn it on or off
};

int wrongUsage(const QString& why) {
    std::fprintf(stderr, "%s\n", qPrintable(why));
    return 2;
}

QString text(const std::string& utf8) {
    return QString::fromStdString(utf8);
}

void addOptions(QCommandLineParser& parser, const gr::app::CommandFact& facts) {
    parser.setApplicationDescription(text(facts.help));
    for (const gr::app::OptionFact& fact : facts.options) {
        QStringList names{text(fact.name).mid(2)};
        if (!fact.letter.empty()) {
            names.prepend(text(fact.letter).mid(1));
        }
        QStringList choices;
        for (const std::string& choice : fact.choices) {
            choices << text(choice);
        }
        const QString value = choices.isEmpty() ? text(fact.value) : choices.join(u'|');
        parser.addOption(QCommandLineOption(names, text(fact.help), value));
    }
    for (const gr::app::OptionFact& fact : facts.arguments) {
        parser.addPositionalArgument(text(fact.name), text(fact.help),
                                     u'[' + text(fact.name) + u']');
    }
}

// The first option with a value that is none of its choices, in words; empty when all is well.
QString wrongChoice(const QCommandLineParser& parser, const gr::app::CommandFact& facts) {
    for (const gr::app::OptionFact& fact : facts.options) {
        const QString name = text(fact.name).mid(2);
        if (fact.choices.empty() || !parser.isSet(name)) {
            continue;
        }
        QStringList choices;
        for (const std::string& choice : fact.choices) {
            choices << text(choice);
        }
        if (!choices.contains(parser.value(name))) {
            return u"--%1 takes one of: %2."_s.arg(name, choices.join(u", "_s));
        }
    }
    return {};
}

// Exit code to end with, or nothing to go on. Works before there is a QApplication, because
// without a display there must not be one.
std::optional<int> parse(const QStringList& words, Arguments& arguments) {
    const gr::app::CommandFact facts = gr::app::desktopFacts();
    QCommandLineParser parser;
    addOptions(parser, facts);
    if (!parser.parse(words)) {
        return wrongUsage(parser.errorText());
    }
    if (parser.isSet(u"help"_s)) {
        std::printf("%s", qPrintable(parser.helpText()));
        return 0;
    }
    if (parser.isSet(u"version"_s)) {
        std::printf("gaterouter " GR_VERSION "\n");
        return 0;
    }
    if (const QString wrong = wrongChoice(parser, facts); !wrong.isEmpty()) {
        return wrongUsage(wrong);
    }
    if (const QStringList pages = parser.positionalArguments(); !pages.isEmpty()) {
        if (pages.size() > 1 ||
            (!gr::ui::pageAt(pages.first()) && !gr::ui::providerLinkAt(pages.first()))) {
            return wrongUsage(u"Unexpected argument. A page is given as gaterouter:activity."_s);
        }
        arguments.start.page = pages.first();
    }
    if (parser.isSet(u"config"_s)) {
        arguments.options.configFile = parser.value(u"config"_s).toStdString();
    }
    if (parser.isSet(u"data-dir"_s)) {
        arguments.options.dataDir = parser.value(u"data-dir"_s).toStdString();
    }
    if (parser.isSet(u"port"_s)) {
        bool ok = false;
        const ushort number = parser.value(u"port"_s).toUShort(&ok);
        if (!ok) {
            return wrongUsage(u"--port takes a number up to 65535."_s);
        }
        arguments.options.port = number;
    }
    const QString level = parser.value(u"log-level"_s);
    if (level == "debug"_L1) {
        gr::log::setLevel(gr::LogLevel::Debug);
    } else if (level == "warning"_L1 || level == "error"_L1) {
        gr::log::setLevel(level == "error"_L1 ? gr::LogLevel::Error : gr::LogLevel::Warning);
    }
    if (parser.isSet(u"autostart"_s)) {
        arguments.autostart = parser.value(u"autostart"_s) == "on"_L1;
    }
    arguments.options.sandbox = parser.isSet(u"sandbox"_s);
    arguments.headless = parser.isSet(u"headless"_s);
    arguments.start.background = parser.isSet(u"background"_s);
    return std::nullopt;
}

int turnAutostart(bool on, int argc, char** argv) {
    const QCoreApplication application(argc, argv);  // knows where the program lies
    const gr::ui::Autostart autostart = gr::ui::Autostart::ofThisProgram();
    if (const auto done = autostart.setOn(on); !done) {
        std::fprintf(stderr, "%s\n", done.error().message.text.c_str());
        return 1;
    }
    std::printf(on ? "GateRouter starts with your session from now on: %s\n"
                   : "GateRouter does not start with your session: there is no %s\n",
                qPrintable(autostart.file()));
    return 0;
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
    if (arguments.autostart) {
        return turnAutostart(*arguments.autostart, argc, argv);
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
    QApplication::setWindowIcon(gr::ui::programIcon());
    QApplication::setQuitOnLastWindowClosed(false);
    gr::ui::installLanguage(application);
    gr::app::Application program(arguments.options, arguments.start);
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
