// SPDX-License-Identifier: MIT
#pragma once

#include <QString>
#include <span>

#include "backend.h"
#include "connect/desk.h"
#include "format.h"

namespace gr::ui {

// What is told of a program that can be pointed at the endpoint (connect/tools.h). `snippet` holds
// {base} (with /v1), {root} (without), {key} and {model}; lines with an address or the key are what
// changes against the tool's own default.
struct ToolText {
    const char* id;       // connect::Tool::id
    const char* where;    // where the snippet belongs; context "Tools"
    const char* note;     // an honest word on its limits, may be empty; context "Tools"
    const char* snippet;  // empty: the tool cannot reach a local address
};
// Those that are listed, in order.
std::span<const ToolText> tools();

QString toolWhere(const ToolText& tool);
QString toolNote(const ToolText& tool);
QString filled(const ToolText& tool, const QString& root, const QString& key, const QString& model);

// How far a tool is: word, icon, tone.
StateLook toolLook(const connect::ToolView& view);
// What that means; empty where the word says all.
QString toolMeaning(const connect::ToolView& view);

// The endpoint without /v1.
QString endpointRoot(const Backend& backend);
connect::ToolView toolView(Backend& backend, const char* id);

}  // namespace gr::ui
