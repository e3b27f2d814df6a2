// SPDX-License-Identifier: MIT
#pragma once

class QCoreApplication;

namespace gr::ui {

// Installs the catalogue of the user's language; English, which has its plurals in one too, where
// there is none. Call once, after the application was made. Main thread.
void installLanguage(QCoreApplication& application);

}  // namespace gr::ui
