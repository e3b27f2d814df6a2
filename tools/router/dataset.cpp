// SPDX-License-Identifier: MIT
#include "dataset.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <initializer_list>
#include <map>
#include <string_view>

#include <zlib.h>

#include "base/file.h"
#include "json/cursor.h"
#include "json/scan.h"

namespace gr::router {
namespace {

using routing::Domain;

struct KindRow {
    std::optional<Domain> domain;  // none: may be anything
    std::string_view family;       // empty: any
    std::initializer_list<std::string_view> tasks;
};

const auto& kindRows() {
    static const std::array<KindRow, 31> rows{{
        {Domain::Math, "", {"gsm8k", "gsm"}},
        {Domain::Math, "math", {"math"}},
        {Domain::Math, "", {"math-l5"}},
        {Domain::Code, "", {"mbpp"}},
        {Domain::Everyday, "", {"arc_challenge"}},
        {Domain::Everyday, "", {"openbook_qa"}},
        {Domain::Facts, "", {"trivia_qa"}},
        {Domain::Writing, "", {"commongen"}},
        {{}, "", {"mmlu"}},
        {Domain::Math,
         "mmlu",
         {"elementary_mathematics", "high_school_mathematics", "abstract_algebra",
          "college_mathematics", "high_school_statistics", "formal_logic"}},
        {Domain::Code,
         "mmlu",
         {"high_school_computer_science", "college_computer_science", "machine_learning",
          "computer_security"}},
        {Domain::Science,
         "mmlu",
         {"conceptual_physics", "high_school_physics", "college_physics", "astronomy",
          "high_school_chemistry", "college_chemistry"}},
        {Domain::Science, "mmlu", {"high_school_biology", "college_biology"}},
        {Domain::Health,
         "mmlu",
         {"nutrition", "professional_medicine", "clinical_knowledge", "human_aging",
          "college_medicine", "virology", "anatomy", "medical_genetics", "human_sexuality"}},
        {Domain::Economics,
         "mmlu",
         {"high_school_macroeconomics", "high_school_microeconomics", "econometrics",
          "professional_accounting", "marketing", "management", "business_ethics",
          "public_relations"}},
        {Domain::Humanities,
         "mmlu",
         {"prehistory", "high_school_world_history", "high_school_us_history",
          "high_school_european_history", "world_religions"}},
        {Domain::Humanities, "mmlu", {"philosophy", "moral_disputes", "logical_fallacies"}},
        {Domain::Humanities, "mmlu", {"moral_scenarios"}},
        {Domain::Society,
         "mmlu",
         {"sociology", "security_studies", "us_foreign_policy",
          "high_school_government_and_politics", "high_school_geography", "global_facts"}},
        {{}, "mmlu", {"miscellaneous"}},
        {Domain::Math, "mmlu-pro", {"math"}},
        {Domain::Code, "mmlu-pro", {"computer science"}},
        {Domain::Science, "mmlu-pro", {"physics"}},
        {Domain::Science, "mmlu-pro", {"chemistry"}},
        {Domain::Science, "mmlu-pro", {"biology"}},
        {Domain::Health, "mmlu-pro", {"health"}},
        {Domain::Economics, "mmlu-pro", {"economics"}},
        {Domain::Economics, "mmlu-pro", {"business"}},
        {Domain::Humanities, "mmlu-pro", {"history"}},
        {Domain::Humanities, "mmlu-pro", {"philosophy"}},
        {{}, "mmlu-pro", {"other"}},
    }};
    return rows;
}

std::optional<std::size_t> kindOf(const Prompt& prompt) {
    const auto& rows = kindRows();
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const bool family = rows[i].family.empty() || rows[i].family == prompt.family;
        if (family && std::find(rows[i].tasks.begin(), rows[i].tasks.end(), prompt.task) !=
                          rows[i].tasks.end())
            return i;
    }
    return std::nullopt;
}

double numberOf(std::string_view text) {
    double value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

Result<std::string> unzipped(const std::string& path) {
    const gzFile file = gzopen(path.c_str(), "rb");
    if (file == nullptr)
        return fail(ErrorCode::Internal, path + " cannot be read.");
    std::string out;
    std::array<char, 65'536> chunk;
    int got = 0;
    while ((got = gzread(file, chunk.data(), chunk.size())) > 0)
        out.append(chunk.data(), static_cast<std::size_t>(got));
    gzclose(file);
    if (got < 0)
        return fail(ErrorCode::Internal, path + " is damaged.");
    return out;
}

Result<void> readPools(const std::string& folder, Dataset& out) {
    const std::string path = folder + "/pools.json";
    const auto text = readFile(path, 1'000'000);
    if (!text)
        return fail(text.error());
    if (!json::scanObject(*text))
        return fail(ErrorCode::Internal, path + " is no JSON object.");
    json::Cursor pools(*text);
    std::string room;
    pools.members([&](std::string_view pool) {
        out.pools.emplace_back(pool);
        out.firstModel.push_back(out.models.size());
        pools.members([&](std::string_view) {
            pools.elements([&](std::size_t) {
                routing::KnownModel model;
                model.pool = out.pools.back();
                pools.members([&](std::string_view key) {
                    if (key == "name")
                        model.name = pools.string(room);
                    else if (key == "in")
                        model.inPrice = numberOf(pools.skip());
                    else if (key == "out")
                        model.outPrice = numberOf(pools.skip());
                });
                out.models.push_back(std::move(model));
            });
        });
    });
    return {};
}

// One slip of typing in each forty bytes: one left out, doubled, or swapped with the next.
std::string withSlips(const std::string& text, std::uint64_t seed) {
    constexpr std::size_t kFirst = 20;
    constexpr std::size_t kBetween = 40;
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (i % kBetween != kFirst || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        seed = seed * 6'364'136'223'846'793'005ULL + 1'442'695'040'888'963'407ULL;
        const std::uint64_t slip = (seed >> 33) % 3;
        if (slip > 0)
            out.append(1, text[slip == 1 ? i : i + 1]).append(1, text[i]);
        i += slip == 2 ? 1 : 0;
    }
    return out;
}

Prompt readPrompt(std::string_view line, std::size_t pool) {
    Prompt prompt;
    prompt.pool = pool;
    json::Cursor in(line);
    std::string room;
    in.members([&](std::string_view key) {
        if (key == "family") {
            prompt.family = in.string(room);
        } else if (key == "task") {
            prompt.task = in.string(room);
        } else if (key == "prompt") {
            prompt.text = in.string(room);
        } else if (key == "cl") {
            prompt.cluster = static_cast<std::uint32_t>(numberOf(in.skip()));
        } else if (key == "n_tools") {
            prompt.tools = static_cast<std::size_t>(numberOf(in.skip()));
        } else if (key == "s") {
            in.elements([&](std::size_t) {
                const std::string_view value = in.skip();
                prompt.right.push_back(value == "null"
                                           ? std::nullopt
                                           : std::optional(static_cast<float>(numberOf(value))));
            });
        } else if (key == "c") {
            in.elements([&](std::size_t) { prompt.cost.push_back(numberOf(in.skip())); });
        }
    });
    prompt.kind = kindOf(prompt);
    if (prompt.kind)
        prompt.domain = kindRows()[*prompt.kind].domain;
    readFeatures(prompt.text, prompt.tools, prompt.features);
    readFeatures(withSlips(prompt.text, prompt.cluster), prompt.tools, prompt.slipped);
    if (const std::size_t options = prompt.text.find("\nA. "); options != prompt.text.npos)
        readFeatures(std::string_view(prompt.text).substr(0, options), prompt.tools,
                     prompt.bare.emplace());
    return prompt;
}

void putMeans(Dataset& data) {
    std::vector<double> sum(data.models.size(), 0);
    std::vector<double> count(data.models.size(), 0);
    for (const Prompt& prompt : data.prompts) {
        for (std::size_t i = 0; i < prompt.right.size(); ++i) {
            if (!prompt.right[i])
                continue;
            sum[data.firstModel[prompt.pool] + i] += static_cast<double>(*prompt.right[i]);
            ++count[data.firstModel[prompt.pool] + i];
        }
    }
    for (std::size_t i = 0; i < sum.size(); ++i)
        data.models[i].quality = static_cast<float>(sum[i] / std::max(count[i], 1.0));
}

}  // namespace

Result<Dataset> readDataset(const std::string& folder) {
    Dataset out;
    out.kinds = kindRows().size();
    if (const auto pools = readPools(folder, out); !pools)
        return fail(pools.error());
    for (std::size_t pool = 0; pool < out.pools.size(); ++pool) {
        const std::string path = folder + "/train-" + out.pools[pool] + ".jsonl.gz";
        const auto text = unzipped(path);
        if (!text)
            return fail(text.error());
        for (std::string_view rest = *text; !rest.empty();) {
            const std::size_t end = std::min(rest.find('\n'), rest.size());
            const std::string_view line = rest.substr(0, end);
            rest.remove_prefix(std::min(end + 1, rest.size()));
            if (line.empty())
                continue;
            if (!json::scanObject(line))
                return fail(ErrorCode::Internal, path + " holds a line that is no JSON object.");
            out.prompts.push_back(readPrompt(line, pool));
        }
    }
    putMeans(out);
    return out;
}

std::uint32_t partOf(const Prompt& prompt) {
    std::uint64_t hash = prompt.cluster * 31ULL + 7;
    hash ^= hash >> 33;
    hash *= 0xff51afd7ed558ccdULL;
    hash ^= hash >> 33;
    return static_cast<std::uint32_t>(hash % 5);
}

}  // namespace gr::router
