// SPDX-License-Identifier: MIT
#include "app/catalog_commands.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>

#include "app/catalog_file.h"
#include "app/fetch.h"
#include "app/terminal.h"
#include "base/file.h"
#include "base/time_text.h"
#include "catalog/catalog_diff.h"
#include "catalog/overlay.h"
#include "gateway/control.h"
#include "settings/data_directory.h"

namespace gr::app {
namespace {

using catalog::CatalogDiff;
using catalog::ModelChange;
using catalog::PriceRow;
using catalog::Rate;
using catalog::RateChange;
using List = std::vector<catalog::ProviderInfo>;

constexpr std::size_t kLargestList = 32 << 20;  // bytes; models.dev's has 3 MB
constexpr std::size_t kMostLines = 400;         // of what stays as it is

constexpr std::array<const char*, catalog::kTokenClasses> kClassNames{
    "input",       "cache read", "cache write", "cache write 1 h",
    "audio input", "output",     "reasoning",   "audio output"};

Result<List> readList(const std::string& source) {
    std::string text;
    if (const auto url = Url::parse(source)) {
        auto fetched = fetchText(*url, kLargestList);
        if (!fetched)
            return fail(std::move(fetched.error()));
        text = std::move(*fetched);
    } else {
        auto read = readFile(source, kLargestList);
        if (!read)
            return fail(std::move(read.error()));
        text = std::move(*read);
    }
    return catalog::readModelsDev(text);
}

std::string rateText(const std::optional<Rate>& rate) {
    return rate ? "$" + rate->toDecimal() : "unknown";
}

std::string rowTitle(const std::string& mode, std::int64_t promptOver) {
    std::string title;
    if (promptOver >= 0)
        title += ", prompts over " + std::to_string(promptOver);
    if (!mode.empty())
        title += ", " + plain(mode);
    return title;
}

std::string factsText(const catalog::ModelInfo& model) {
    std::string text;
    const auto add = [&text](const std::string& fact) {
        text += (text.empty() ? "" : ", ") + fact;
    };
    for (const auto& [name, limit] : {std::pair("context", model.context),
                                      {"prompt", model.maxInput},
                                      {"answer", model.maxOutput}}) {
        if (limit)
            add(name + (" " + std::to_string(*limit)));
    }
    for (const auto& [name, media] : catalog::kMediaNames) {
        if (model.takes.has(media))
            add("reads " + std::string(name));
    }
    for (const auto& [name, media] : catalog::kMediaNames) {
        if (model.gives.has(media))
            add("writes " + std::string(name));
    }
    for (const auto& [name, flag] : {std::pair("reasons", model.reasoning),
                                     {"calls tools", model.toolCalls},
                                     {"follows schemas", model.structuredOutput},
                                     {"takes a temperature", model.sampling}}) {
        if (flag)
            add(name + std::string(*flag ? "" : ": no"));
    }
    return text;
}

void printChange(const ModelChange& change) {
    std::printf("%s/%s\n", plain(change.provider).c_str(), plain(change.model).c_str());
    const bool added = change.kind == ModelChange::Kind::Added;
    if (const std::string facts = factsText(change.added); !facts.empty())
        std::printf("  %s %s\n", change.otherFacts ? "!" : " ", facts.c_str());
    if (added && change.rates.empty())
        std::printf("    price: unknown\n");
    for (const RateChange& rate : change.rates) {
        const std::string before =
            added && !rate.large ? std::string() : rateText(rate.before) + " -> ";
        std::printf("  %s %s%s: %s%s\n", rate.large ? "!" : " ",
                    rate.tokens ? kClassNames[static_cast<std::size_t>(*rate.tokens)]
                                : "a thousand searches",
                    rowTitle(rate.mode, rate.promptOver).c_str(), before.c_str(),
                    rateText(rate.after).c_str());
    }
}

void printKind(const CatalogDiff& diff, ModelChange::Kind kind, const char* title) {
    const bool comesIn = kind == ModelChange::Kind::Added || kind == ModelChange::Kind::Repriced;
    const std::size_t most = comesIn ? diff.models.size() : kMostLines;
    std::size_t count = 0;
    for (const ModelChange& change : diff.models) {
        if (change.kind != kind)
            continue;
        if (count++ == 0)
            std::printf("%s:\n", title);
        if (count <= most)
            printChange(change);
    }
    if (count > most)
        std::printf("… and %zu more\n", count - most);
    if (count > 0)
        std::printf("\n");
}

void print(const CatalogDiff& diff) {
    using Kind = ModelChange::Kind;
    printKind(diff, Kind::Added,
              "New models, USD per million tokens (! other than what goes by this name so far)");
    printKind(diff, Kind::Gone, "Not in the list (they stay)");
    printKind(diff, Kind::Kept, "Prices by the hour, which the list does not tell (they stay)");
    printKind(diff, Kind::Repriced,
              "Prices, USD per million tokens (! changes by more than a quarter)");
    if (!diff.leftOut.empty())
        std::printf("%zu providers of the list are not known here and left out.\n",
                    diff.leftOut.size());
    const auto count = [&diff](Kind kind) {
        return std::ranges::count(diff.models, kind, &ModelChange::kind);
    };
    std::printf("%td new, %td gone, %td with another price; %zu marked with !.\n",
                count(Kind::Added), count(Kind::Gone), count(Kind::Repriced), diff.largeChanges());
}

bool confirmed() {
    if (::isatty(STDIN_FILENO) == 0) {
        std::fprintf(stderr, "Nothing was applied: say --yes where nobody can be asked.\n");
        return false;
    }
    std::printf("Apply this? [y/N] ");
    std::fflush(stdout);
    std::string answer;
    std::getline(std::cin, answer);
    return answer == "y" || answer == "yes";
}

std::string whenText(const PriceRow& row) {
    const PriceRow always;
    std::string text;
    if (row.from != always.from)
        text += " from " + isoTime(row.from);
    if (row.until != always.until)
        text += " until " + isoTime(row.until);
    if (row.hasWindow()) {
        std::array<char, 48> window{};
        std::snprintf(window.data(), window.size(), " %02d:%02d-%02d:%02d UTC",
                      row.firstMinute / 60, row.firstMinute % 60, row.endMinute / 60,
                      row.endMinute % 60);
        text += window.data();
    }
    return text;
}

void printRow(const PriceRow& row, UnixMs now) {
    const char* const state = row.until <= now ? "was valid"
                              : row.from > now ? "will be valid"
                                               : "valid";
    std::printf("%s%s%s\n", state, whenText(row).c_str(),
                rowTitle(row.mode, row.promptOver).c_str());
    for (std::size_t i = 0; i < catalog::kTokenClasses; ++i) {
        const auto tokens = static_cast<catalog::TokenClass>(i);
        std::printf("  %-16s %s%s\n", kClassNames[i], rateText(row.rates.of(tokens)).c_str(),
                    row.rates.told(tokens) ? "" : "  (not told)");
    }
}

}  // namespace

int diffCatalog(const CatalogFiles& files, const std::string& source) {
    const auto list = readList(source);
    if (!list)
        return complain(list.error());
    print(compare(loadCatalog(files.overlay), *list, SystemClock().now()));
    return 0;
}

int applyCatalog(const CatalogFiles& files, const std::string& source, bool yes) {
    const auto list = readList(source);
    if (!list)
        return complain(list.error());
    auto overlay = readOverlayFile(files.overlay);
    if (!overlay)
        return complain(overlay.error());
    const UnixMs now = SystemClock().now();
    const catalog::Catalog current = loadCatalog(files.overlay);
    const CatalogDiff diff = compare(current, *list, now);
    print(diff);
    if (!diff.changesAnything())
        return 0;
    if (!yes && !confirmed())
        return 1;
    const List changed = apply(current, *list, std::move(*overlay), now);
    auto written = settings::makePrivateFolder(files.overlay.parent_path());
    if (written)
        written = replaceFile(files.overlay, catalog::overlayText(changed));
    if (!written)
        return complain(written.error());
    std::printf("Written to %s.\n", files.overlay.c_str());
    std::error_code none;
    if (!std::filesystem::exists(files.controlSocket, none))
        return 0;
    const auto told = gateway::askControl(files.controlSocket, R"({"command":"reload"})");
    std::printf("%s\n", told ? "The running gateway uses it from now on."
                             : "No gateway runs here; the next one uses it.");
    return 0;
}

int showPrice(const CatalogFiles& files, const std::string& name) {
    const catalog::Catalog current = loadCatalog(files.overlay);
    const std::size_t slash = std::min(name.find('/'), name.size());
    const auto* const provider = current.findById(name.substr(0, slash));
    const auto match = provider != nullptr && slash < name.size()
                           ? findModel(*provider, std::string_view(name).substr(slash + 1))
                           : catalog::ModelMatch();
    if (match.model == nullptr) {
        std::fprintf(stderr,
                     "The catalog has no model \"%s\" (PROVIDER/MODEL, as in "
                     "openai/gpt-5.4).\n",
                     plain(name).c_str());
        return 1;
    }
    std::printf("%s/%s, USD per million tokens\n", plain(provider->id).c_str(),
                plain(match.model->id).c_str());
    if (!match.certain)
        std::printf("(found without the date in its name)\n");
    if (!match.model->price) {
        std::printf("unknown\n");
        return 0;
    }
    for (const PriceRow& row : match.model->price->rows)
        printRow(row, SystemClock().now());
    if (match.model->price->webSearch)
        std::printf("a thousand searches on the web: $%s\n",
                    match.model->price->webSearch->toDecimal().c_str());
    return 0;
}

}  // namespace gr::app
