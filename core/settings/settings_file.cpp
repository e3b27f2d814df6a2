// SPDX-License-Identifier: MIT
#include "settings/settings_file.h"

#include <simdjson.h>

#include <algorithm>

#include "base/embedded.h"
#include "base/file.h"
#include "base/secret.h"
#include "settings/json_tree.h"
#include "settings/rules_reader.h"
#include "settings/schema_validator.h"
#include "settings/settings_checks.h"
#include "settings/settings_reader.h"

namespace gr::settings {
namespace {

using Problems = std::vector<Problem>;

constexpr std::int64_t kVersion = 1;

bool isOn(const JsonNode* section, std::string_view name) {
    const JsonNode* const node = section != nullptr ? section->find(name) : nullptr;
    return node != nullptr && node->isBool() && node->boolean;
}

// Shrinks as the parts of the product arrive.
std::vector<std::string> partsWithoutEffect(const JsonNode& root) {
    std::vector<std::string> parts;
    const auto add = [&parts](bool set, const char* name) {
        if (set)
            parts.emplace_back(name);
    };
    add(isOn(root.find("ledger"), "record_bodies"), "ledger.record_bodies");
    return parts;
}

Result<void> checkVersion(const JsonNode& root) {
    const JsonNode* const version = root.find("version");
    if (version == nullptr || version->number() <= static_cast<double>(kVersion))
        return {};
    return fail(ErrorCode::ConfigTooNew,
                "The configuration has version " + version->text + ", this program knows version " +
                    std::to_string(kVersion) + ". Use the program that wrote it, or a newer one.");
}

}  // namespace

bool LoadedSettings::usable() const {
    return std::none_of(problems.begin(), problems.end(), [](const Problem& problem) {
        return problem.severity == Problem::Severity::Error;
    });
}

Result<LoadedSettings> readSettings(std::string_view text, const catalog::Catalog& catalog) {
    if (!simdjson::validate_utf8(text.data(), text.size()))
        return fail(ErrorCode::ConfigInvalid, "the text is not UTF-8; save it in that encoding");
    const auto root = parseJson(text);
    if (!root)
        return fail(root.error());
    if (auto known = checkVersion(*root); !known)
        return fail(known.error());
    const auto schema = parseJson(embeddedConfigSchema());
    if (!schema)
        return fail(schema.error());

    LoadedSettings loaded;
    loaded.problems = validateSchema(*schema, *root);
    loaded.settings = extractSettings(*root, loaded.problems);
    for (Problem& problem : checkSettings(*root, loaded.settings, catalog))
        loaded.problems.push_back(std::move(problem));
    // Of rules that are wrong nothing can be said.
    for (Problem& notice : loaded.usable() ? ruleNotices(loaded.settings, catalog) : Problems())
        loaded.problems.push_back(std::move(notice));
    loaded.notYet = partsWithoutEffect(*root);
    return loaded;
}

Result<LoadedSettings> loadSettings(const std::filesystem::path& file,
                                    const catalog::Catalog& catalog) {
    auto text = readFile(file);
    if (!text && text.error().code == ErrorCode::NotFound)
        text = std::string();
    if (!text)
        return fail(text.error());
    auto loaded = readSettings(*text, catalog);
    // The text may hold secrets in clear.
    wipe(text->data(), text->size());
    if (!loaded)
        return fail(loaded.error().code, file.string() + ": " + loaded.error().message.text);
    return loaded;
}

std::string toLine(const Problem& problem) {
    const char* const severity =
        problem.severity == Problem::Severity::Error ? "error: " : "warning: ";
    return severity + problem.path + ": " + problem.message;
}

}  // namespace gr::settings
