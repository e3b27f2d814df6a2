// SPDX-License-Identifier: MIT
#include "app/eval_commands.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "base/embedded.h"
#include "json/cursor.h"
#include "json/scan.h"
#include "json/writer.h"
#include "routing/duel.h"

namespace gr::app {
namespace {

using routing::Features;
using routing::ModelProfile;
using routing::Scorer;

struct Line {
    std::string id;  // as JSON
    std::string prompt;
    bool hasPrompt = false;
    std::string strong;
    std::string weak;
    std::size_t tools = 0;
};

std::optional<double> numberOf(std::string_view text) {
    double value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size())
        return std::nullopt;
    return value;
}

int explained(std::size_t line, std::string_view why) {
    std::fprintf(stderr, "gaterouterd: line %zu of standard input: %.*s\n", line,
                 static_cast<int>(why.size()), why.data());
    return 1;
}

Result<Line> readLine(const std::string& text) {
    if (const auto object = json::scanObject(text); !object)
        return fail(object.error());
    Line line;
    std::string room;
    json::Cursor in(text);
    in.members([&](std::string_view key) {
        if (key == "id") {
            line.id = in.skip();
        } else if (key == "prompt") {
            line.hasPrompt = in.type() == json::Type::String;
            line.prompt = in.string(room);
        } else if (key == "strong") {
            line.strong = in.string(room);
        } else if (key == "weak") {
            line.weak = in.string(room);
        } else if (key == "n_tools") {
            line.tools =
                static_cast<std::size_t>(std::clamp(numberOf(in.skip()).value_or(0), 0.0, 1e6));
        }
    });
    if (line.id.empty() || !line.hasPrompt)
        return fail(ErrorCode::MissingField, "\"id\" and \"prompt\" (a text) are needed.");
    return line;
}

Result<std::vector<ModelProfile>> readModels(const Scorer& scorer, const std::string& text) {
    if (const auto object = json::scanObject(text); !object)
        return fail(object.error());
    std::string pool;
    std::vector<ModelProfile> out;
    std::string room;
    const auto named = [&](bool models) {
        json::Cursor in(text);
        in.members([&](std::string_view key) {
            if (key == "pool" && !models)
                pool = in.string(room);
            if (key != "models" || !models)
                return;
            in.elements([&](std::size_t) {
                std::string name;
                std::optional<double> inPrice, outPrice, quality;
                in.members([&](std::string_view field) {
                    if (field == "name")
                        name = in.string(room);
                    else if (field == "in")
                        inPrice = numberOf(in.skip());
                    else if (field == "out")
                        outPrice = numberOf(in.skip());
                    else if (field == "train_quality")
                        quality = numberOf(in.skip());
                });
                out.push_back(quality ? scorer.measured(pool, name, *quality)
                                      : scorer.profile(name, inPrice, outPrice));
            });
        });
    };
    named(false);  // the pool may stand behind the models
    named(true);
    if (out.empty())
        return fail(ErrorCode::MissingField,
                    "the first line names the models: {\"pool\":…,\"models\":[{\"name\":…}]}.");
    return out;
}

std::optional<Scorer> openScorer() {
    auto scorer = Scorer::read(embeddedRouter());
    if (scorer)
        return std::move(*scorer);
    std::fprintf(stderr, "gaterouterd: %s\n", scorer.error().message.text.c_str());
    return std::nullopt;
}

void putLine(std::string text) {
    text += '\n';
    std::fwrite(text.data(), 1, text.size(), stdout);
    std::fflush(stdout);
}

std::string fixed(double value) {
    std::array<char, 32> text;
    const auto end =
        std::to_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed, 6)
            .ptr;
    return {text.data(), end};
}

// Calls work(line) for each line behind the first `number`; 0, or 1 after a line that is none.
template <class Work>
int eachLine(std::size_t number, Work&& work) {
    for (std::string text; std::getline(std::cin, text);) {
        ++number;
        if (text.find_first_not_of(" \t\r") == text.npos)
            continue;
        const auto line = readLine(text);
        if (!line)
            return explained(number, line.error().message.text);
        work(*line);
    }
    return 0;
}

}  // namespace

int evalDuel() {
    const auto scorer = openScorer();
    if (!scorer)
        return 1;
    Features room;
    return eachLine(0, [&](const Line& line) {
        const auto prediction = scorer->predict(line.prompt, line.tools, room);
        json::Writer out;
        out.object().key("id").raw(line.id).key("score").raw(
            fixed(needForStrong(*scorer, prediction, room, line.strong, line.weak)));
        putLine(out.end().take());
    });
}

int evalPool() {
    const auto scorer = openScorer();
    if (!scorer)
        return 1;
    std::string first;
    std::getline(std::cin, first);
    const auto models = readModels(*scorer, first);
    if (!models)
        return explained(1, models.error().message.text);
    Features room;
    return eachLine(1, [&](const Line& line) {
        const auto prediction = scorer->predict(line.prompt, line.tools, room);
        json::Writer out;
        out.object().key("id").raw(line.id).key("q").array();
        for (const ModelProfile& model : *models)
            out.raw(fixed(scorer->quality(prediction, model)));
        putLine(out.end().end().take());
    });
}

}  // namespace gr::app
