// SPDX-License-Identifier: MIT
#pragma once

#include <QJsonDocument>
#include <QJsonObject>
#include <string>
#include <string_view>
#include <vector>

#include "http/sse.h"
#include "protocol/adapter.h"
#include "support/json_words.h"

// Helpers for tests of adapters: streams cut into events, steps as lines.

inline QJsonObject objectOf(std::string_view text) {
    return QJsonDocument::fromJson(QByteArray(text.data(), static_cast<qsizetype>(text.size())))
        .object();
}

// The payloads of a stream of events, in order.
inline std::vector<QJsonObject> eventsOf(const std::string& stream) {
    std::vector<QJsonObject> events;
    gr::http::SseSplitter splitter;
    (void)splitter.feed(stream, [&events](std::string_view event) {
        std::string scratch;
        QJsonObject object = objectOf(gr::http::sseData(event, scratch));
        object[QStringLiteral("(name)")] =
            QString::fromStdString(std::string(gr::http::sseName(event)));
        events.push_back(object);
    });
    return events;
}

// One step as a line, as `Text 0 "hi"` or `ToolCall 1 call_1 get`.
inline std::string lineOf(const gr::protocol::ChatEvent& e) {
    using Kind = gr::protocol::ChatEvent::Kind;
    const std::string block = " " + std::to_string(e.block);
    const auto proof = [&e]() {
        return e.signature.empty() ? std::string()
                                   : " " + std::string(e.vendor) + "=" + std::string(e.signature);
    };
    switch (e.kind) {
        case Kind::Begin:
            return "Begin " + std::string(e.id) + " " + std::string(e.model);
        case Kind::Text:
            return "Text" + block + " " + std::string(e.text);
        case Kind::Refusal:
            return "Refusal" + block + " " + std::string(e.text);
        case Kind::Reasoning:
            return "Reasoning" + block + (e.text.empty() ? "" : " " + std::string(e.text)) +
                   (e.redacted ? " redacted" : "") + proof();
        case Kind::ToolCall:
            return "ToolCall" + block + " " + std::string(e.id) + " " + std::string(e.name) +
                   (e.custom ? " custom" : "") + proof();
        case Kind::Arguments:
            return "Arguments" + block + " " + std::string(e.text);
        case Kind::BlockEnd:
            return "BlockEnd" + block;
        case Kind::Citation:
            return "Citation" + block + " " + std::string(e.json);
        case Kind::Logprobs:
            return "Logprobs" + block + " " + std::string(e.json);
        case Kind::Usage: {
            const auto text = [](const std::optional<std::int64_t>& n) {
                return n ? " " + std::to_string(*n) : std::string(" -");
            };
            return "Usage" + text(e.usage.input) + text(e.usage.cacheRead) +
                   text(e.usage.cacheWrite5m) + text(e.usage.output) + text(e.usage.reasoning);
        }
        case Kind::Finish:
            return "Finish " + std::to_string(static_cast<int>(e.finish)) +
                   (e.text.empty() ? "" : " " + std::string(e.text));
        default:
            return "Error " + std::string(e.code) + " " + std::to_string(e.status) + " " +
                   std::string(e.message);
    }
}
