// SPDX-License-Identifier: MIT
#pragma once

#include <QApplication>
#include <QLabel>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>
#include <memory>

#include "fake_backend.h"
#include "language.h"
#include "main_window.h"
#include "preferences.h"
#include "theme/theme.h"

namespace gr::ui {

// The real window over a scripted backend, with pinned font, language and time zone. The program's
// main function calls pinEnvironment() before it makes the application.
inline void pinEnvironment() {
    qputenv("QT_QPA_PLATFORM", "offscreen");
    qputenv("TZ", "UTC");
    qputenv("DBUS_SESSION_BUS_ADDRESS", "disabled:");
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
}

inline void pinFont() {
    QFont font(QStringLiteral("DejaVu Sans"));
    font.setPointSizeF(9);
    QApplication::setFont(font);
}

class Stage {
  public:
    explicit Stage(bool filled = true)
        : preferences(folder.filePath(QStringLiteral("window.ini"))) {
        if (filled) {
            backend.fillWithADay();
        }
    }

    MainWindow& open() {
        window = std::make_unique<MainWindow>(backend, preferences, theme);
        window->resize(1120, 800);
        window->show();
        settle();
        return *window;
    }

    // Lets queued replies, timers of no length and layouts run.
    static void settle() { QTest::qWait(60); }

    struct Pin {
        Pin() { pinFont(); }
    } pin;  // an earlier stage may have changed the text size
    QTemporaryDir folder;
    Preferences preferences;
    FakeBackend backend;
    Theme theme;
    std::unique_ptr<MainWindow> window;
};

// Of what can be seen of `root`: the widget with this accessible name; null: there is none.
template <class Widget>
Widget* byName(QWidget* root, const QString& name) {
    for (Widget* widget : root->findChildren<Widget*>()) {
        if (widget->accessibleName() == name && widget->isVisibleTo(root->window())) {
            return widget;
        }
    }
    return nullptr;
}

// The button of this label, or this accessible name.
inline QPushButton* button(QWidget* root, const QString& label) {
    for (QPushButton* one : root->findChildren<QPushButton*>()) {
        if (one->isVisibleTo(root->window()) &&
            (one->text() == label || one->accessibleName() == label)) {
            return one;
        }
    }
    return nullptr;
}

// The texts of all labels, a line each.
inline QString words(const QWidget* root) {
    QStringList all;
    for (const QLabel* label : root->findChildren<QLabel*>()) {
        if (label->isVisibleTo(root->window())) {
            all << label->text();
        }
    }
    return all.join(QLatin1Char('\n'));
}

}  // namespace gr::ui

// The main function of a test of the window.
#define GR_UI_TEST_MAIN(TestClass)              \
    int main(int argc, char** argv) {           \
        gr::ui::pinEnvironment();               \
        QApplication application(argc, argv);   \
        gr::ui::pinFont();                      \
        gr::ui::installLanguage(application);   \
        TestClass test;                         \
        return QTest::qExec(&test, argc, argv); \
    }
