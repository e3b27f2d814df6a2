// SPDX-License-Identifier: MIT
#pragma once

#include <QByteArray>
#include <algorithm>
#include <string>

#include "settings/settings_file.h"

// Texts of configurations, for tests of their reading.

// JSON with single quotes: moc of Qt 6.4 stumbles over raw strings that hold "//".
inline std::string jsonOf(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

// Read beside the catalog that the programs carry.
inline gr::Result<gr::settings::LoadedSettings> readSettingsText(const std::string& text) {
    static const gr::catalog::Catalog catalog = gr::catalog::Catalog::embedded();
    return gr::settings::readSettings(jsonOf(text), catalog);
}

inline QByteArray bytes(const std::string& text) {
    return QByteArray::fromStdString(text);
}
