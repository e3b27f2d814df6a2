// SPDX-License-Identifier: MIT
// What the learned router takes of a thread's CPU for one prompt of kReadChars bytes and the
// quality of 50 models: bench_scorer DATA-FOLDER (tools/router/data) [ROUNDS].
#include <time.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/embedded.h"
#include "json/cursor.h"
#include "json/scan.h"
#include "routing/scorer.h"

using namespace gr;
using namespace gr::routing;

namespace {

constexpr std::size_t kModels = 50;

double cpuMicros() {
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e6 + static_cast<double>(now.tv_nsec) / 1e3;
}

// Prompts of the training data, one behind the other until a text is long enough.
std::vector<std::string> textsOf(const std::string& path) {
    std::vector<std::string> texts(1);
    const gzFile file = gzopen(path.c_str(), "rb");
    std::array<char, 100'000> line;
    std::string room;
    while (file != nullptr && gzgets(file, line.data(), line.size()) != nullptr) {
        const std::string_view text(line.data());
        if (!json::scanObject(text))
            continue;
        json::Cursor in(text);
        in.members([&](std::string_view key) {
            if (key == "prompt")
                texts.back().append(in.string(room)).append("\n");
        });
        if (texts.back().size() >= kReadChars)
            texts.emplace_back();
    }
    if (file != nullptr)
        gzclose(file);
    texts.pop_back();
    return texts;
}

std::vector<ModelProfile> profilesOf(const Scorer& scorer) {
    std::vector<ModelProfile> out;
    for (std::size_t i = 0; i < kModels; ++i) {
        const auto price = static_cast<double>(i) / 10;
        out.push_back(i % 2 == 0 ? scorer.profile(scorer.models()[i].name, {}, {})
                                 : scorer.profile("nobody/knows", price, 4 * price));
    }
    return out;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string folder = argc > 1 ? argv[1] : "tools/router/data";
    const int rounds = argc > 2 ? std::atoi(argv[2]) : 20;
    const auto texts = textsOf(folder + "/train-mmlupro.jsonl.gz");
    const auto scorer = Scorer::read(embeddedRouter());
    if (texts.empty() || !scorer || rounds < 1) {
        std::fprintf(stderr, "Usage: bench_scorer DATA-FOLDER [ROUNDS]\n");
        return 2;
    }
    const auto profiles = profilesOf(*scorer);
    Features room;
    std::vector<double> took;
    double sum = 0;
    for (int round = 0; round < rounds; ++round) {
        for (const std::string& text : texts) {
            const double start = cpuMicros();
            const Prediction of = scorer->predict(text, 0, room);
            for (const ModelProfile& profile : profiles)
                sum += scorer->quality(of, profile);
            took.push_back(cpuMicros() - start);
        }
    }
    std::sort(took.begin(), took.end());
    double all = 0;
    for (const double one : took)
        all += one;
    std::printf(
        "%zu prompts, %zu models (mean quality %.3f): mean %.1f us, median %.1f, 99 of 100 "
        "below %.1f\n",
        took.size(), kModels, sum / static_cast<double>(took.size()) / static_cast<double>(kModels),
        all / static_cast<double>(took.size()), took[took.size() / 2],
        took[took.size() * 99 / 100]);
    return 0;
}
