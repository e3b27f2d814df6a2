// SPDX-License-Identifier: MIT
#include "routing/scorer_file.h"

#include <bit>
#include <cmath>
#include <cstring>

namespace gr::routing {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr std::string_view kMagic = "GateRouter scorer 2\n";
constexpr std::size_t kMostModels = 1'000;
constexpr std::size_t kMostKinds = 1'000;
constexpr std::size_t kLongestName = 200;

class Sink final {
  public:
    template <class T>
    void put(const T* values, std::size_t count) {
        m_out.append(reinterpret_cast<const char*>(values), count * sizeof(T));
    }
    template <class T>
    void put(T value) {
        put(&value, 1);
    }
    void text(std::string_view text) {
        put(static_cast<std::uint32_t>(text.size()));
        m_out.append(text);
    }
    std::string take() { return std::move(m_out); }

  private:
    std::string m_out{kMagic};
};

// After the first failure nothing more is read.
class Source final {
  public:
    explicit Source(std::string_view bytes) : m_left(bytes) {
        m_good = m_left.starts_with(kMagic);
        if (m_good)
            m_left.remove_prefix(kMagic.size());
    }
    template <class T>
    T number() {
        T value{};
        const std::string_view bytes = next(sizeof value);
        if (m_good)
            std::memcpy(&value, bytes.data(), sizeof value);
        return value;
    }
    template <class T>
    std::vector<T> numbers(std::size_t count) {
        std::vector<T> out;
        const std::string_view bytes = next(count * sizeof(T));
        if (m_good) {
            out.resize(count);
            std::memcpy(out.data(), bytes.data(), bytes.size());
        }
        return out;
    }
    std::string text() {
        const auto size = number<std::uint32_t>();
        if (size > kLongestName)
            m_good = false;
        return std::string(next(m_good ? size : 0));
    }
    std::span<const std::int8_t> bytes(std::size_t count) {
        const std::string_view out = next(count);
        return {reinterpret_cast<const std::int8_t*>(out.data()), out.size()};
    }
    bool ended() const { return m_good && m_left.empty(); }
    bool good() const { return m_good; }

  private:
    std::string_view next(std::size_t size) {
        if (!m_good || size > m_left.size()) {
            m_good = false;
            return {};
        }
        const std::string_view out = m_left.substr(0, size);
        m_left.remove_prefix(size);
        return out;
    }

    std::string_view m_left;
    bool m_good = false;
};

bool finite(const std::vector<float>& values) {
    for (const float value : values) {
        if (!std::isfinite(value))
            return false;
    }
    return true;
}

}  // namespace

std::string writeScorer(const ScorerFile& file) {
    Sink out;
    out.put(static_cast<std::uint32_t>(file.models.size()));
    for (const KnownModel& model : file.models) {
        out.text(model.pool);
        out.text(model.name);
        out.put(model.inPrice);
        out.put(model.outPrice);
        out.put(model.quality);
        out.put(model.trust);
    }
    out.put(static_cast<std::uint32_t>(file.kinds));
    out.put(file.kindQuality.data(), file.kindQuality.size());
    out.put(file.meanDifficulty);
    out.put(file.scale.data(), file.scale.size());
    out.put(file.mix.data(), file.mix.size());
    out.put(file.countWeights.data(), file.countWeights.size());
    out.put(file.bias.data(), file.bias.size());
    out.put(file.rows.data(), file.rows.size());
    return out.take();
}

Result<ScorerFile> readScorer(std::string_view bytes) {
    Source in(bytes);
    ScorerFile file;
    const auto count = in.number<std::uint32_t>();
    if (!in.good() || count > kMostModels)
        return fail(ErrorCode::Internal, "This is no model file of the router of this version.");
    for (std::uint32_t i = 0; i < count && in.good(); ++i) {
        KnownModel model;
        model.pool = in.text();
        model.name = in.text();
        model.inPrice = in.number<double>();
        model.outPrice = in.number<double>();
        model.quality = in.number<float>();
        model.trust = in.number<float>();
        file.models.push_back(std::move(model));
    }
    file.kinds = in.number<std::uint32_t>();
    if (!in.good() || file.kinds > kMostKinds)
        return fail(ErrorCode::Internal, "The model file of the router is cut off or damaged.");
    file.kindQuality = in.numbers<float>(file.kinds * file.models.size());
    file.meanDifficulty = in.number<float>();
    file.scale = in.numbers<float>(ScorerFile::kRank);
    file.mix = in.numbers<float>(file.heads() * ScorerFile::kRank);
    file.countWeights = in.numbers<float>(file.heads() * kCounts);
    file.bias = in.numbers<float>(file.heads());
    file.rows = in.bytes((std::size_t{1} << kGramBits) * ScorerFile::kRank);
    if (!in.ended())
        return fail(ErrorCode::Internal, "The model file of the router is cut off or too long.");
    if (!finite(file.scale) || !finite(file.mix) || !finite(file.countWeights) ||
        !finite(file.bias) || !finite(file.kindQuality) || !std::isfinite(file.meanDifficulty))
        return fail(ErrorCode::Internal, "The model file of the router holds no numbers.");
    return file;
}

}  // namespace gr::routing
