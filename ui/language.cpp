// SPDX-License-Identifier: MIT
#include "language.h"

#include <QCoreApplication>
#include <QLocale>
#include <QTranslator>

namespace gr::ui {

using namespace Qt::StringLiterals;

void installLanguage(QCoreApplication& application) {
    auto* translator = new QTranslator(&application);
    if (!translator->load(QLocale(), u"gaterouter"_s, u"_"_s, u":/i18n"_s)) {
        static_cast<void>(translator->load(u":/i18n/gaterouter_en.qm"_s));
    }
    QCoreApplication::installTranslator(translator);
}

}  // namespace gr::ui
