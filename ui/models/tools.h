// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <span>

namespace gr::ui {

// A program that can be pointed at the endpoint, as data. `snippet` holds {base} (with /v1), {key}
// and {model}; lines with one of the first two are what changes against the tool's own default.
struct Tool {
    const char* name;
    const char* where;    // where the snippet belongs; context "Tools"
    const char* note;     // an honest word on its limits, may be empty; context "Tools"
    const char* snippet;  // empty: the tool cannot reach a local address
};
std::span<const Tool> tools();

QString toolWhere(const Tool& tool);
QString toolNote(const Tool& tool);
QString filled(const Tool& tool, const QString& base, const QString& key, const QString& model);

}  // namespace gr::ui
