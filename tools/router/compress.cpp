// SPDX-License-Identifier: MIT
#include "compress.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>

namespace gr::router {
namespace {

using routing::ScorerFile;
constexpr std::size_t kRank = ScorerFile::kRank;
constexpr std::size_t kDomains = routing::kDomainNames.size();

// How much an error of each head matters: the pools about alike, however many models they have.
std::vector<double> importance(const Dataset& data, std::size_t heads) {
    std::vector<double> out(heads, 1);
    std::fill(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(kDomains + data.kinds), 0.25);
    for (std::size_t i = 0; i < data.models.size(); ++i) {
        const auto size = static_cast<double>(
            std::count_if(data.models.begin(), data.models.end(),
                          [&](const auto& m) { return m.pool == data.models[i].pool; }));
        out[kDomains + data.kinds + 1 + i] = 2 / std::sqrt(size);
    }
    return out;
}

// A symmetric matrix in place of which its eigenvalues stand on the diagonal afterwards; the
// columns of `vectors` are the eigenvectors. Jacobi's method.
struct Eigen {
    std::size_t size;
    std::vector<double> matrix;
    std::vector<double> vectors;

    explicit Eigen(std::size_t n) : size(n), matrix(n * n, 0), vectors(n * n, 0) {
        for (std::size_t i = 0; i < n; ++i)
            vectors[i * n + i] = 1;
    }

    void solve() {
        constexpr int kSweeps = 30;
        for (int sweep = 0; sweep < kSweeps; ++sweep)
            for (std::size_t p = 0; p < size; ++p)
                for (std::size_t q = p + 1; q < size; ++q)
                    rotate(p, q);
    }

    void rotate(std::size_t p, std::size_t q) {
        const double off = matrix[p * size + q];
        if (std::fabs(off) < 1e-12)
            return;
        const double theta = (matrix[q * size + q] - matrix[p * size + p]) / (2 * off);
        const double t = (theta >= 0 ? 1 : -1) / (std::fabs(theta) + std::sqrt(theta * theta + 1));
        const double c = 1 / std::sqrt(t * t + 1);
        const double s = t * c;
        const auto turn = [&](double& x, double& y) {
            const double old = x;
            x = c * old - s * y;
            y = s * old + c * y;
        };
        for (std::size_t k = 0; k < size; ++k)
            turn(matrix[k * size + p], matrix[k * size + q]);
        for (std::size_t k = 0; k < size; ++k)
            turn(matrix[p * size + k], matrix[q * size + k]);
        for (std::size_t k = 0; k < size; ++k)
            turn(vectors[k * size + p], vectors[k * size + q]);
    }
};

Eigen componentsOf(const Linear& linear, const std::vector<double>& weight,
                   const std::vector<std::uint32_t>& frequency) {
    Eigen out(linear.heads);
    std::vector<double> row(linear.heads);
    for (std::size_t g = 0; g < kGrams; ++g) {
        if (frequency[g] == 0)
            continue;
        for (std::size_t k = 0; k < linear.heads; ++k)
            row[k] = weight[k] * static_cast<double>(linear.grams[g * linear.heads + k]);
        for (std::size_t i = 0; i < linear.heads; ++i)
            for (std::size_t j = i; j < linear.heads; ++j)
                out.matrix[i * linear.heads + j] += frequency[g] * row[i] * row[j];
    }
    for (std::size_t i = 0; i < linear.heads; ++i)
        for (std::size_t j = 0; j < i; ++j)
            out.matrix[i * linear.heads + j] = out.matrix[j * linear.heads + i];
    out.solve();
    return out;
}

}  // namespace

ScorerFile compressed(const Linear& linear, const Dataset& data,
                      const std::vector<std::uint32_t>& frequency, std::vector<std::int8_t>& rows) {
    const std::size_t heads = linear.heads;
    const std::vector<double> weight = importance(data, heads);
    const Eigen eigen = componentsOf(linear, weight, frequency);
    std::vector<std::size_t> order(heads);
    std::iota(order.begin(), order.end(), 0U);
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        return eigen.matrix[a * heads + a] > eigen.matrix[b * heads + b];
    });

    ScorerFile file;
    file.models = data.models;
    file.kinds = data.kinds;
    file.countWeights.resize(linear.counts.size());
    for (std::size_t k = 0; k < heads; ++k)
        for (std::size_t c = 0; c < routing::kCounts; ++c)
            file.countWeights[c * heads + k] = linear.counts[k * routing::kCounts + c];
    file.bias = linear.bias;
    file.mix.resize(heads * kRank);
    std::vector<float> values(kGrams * kRank, 0);
    for (std::size_t r = 0; r < kRank; ++r) {
        const auto part = [&](std::size_t k) { return eigen.vectors[k * heads + order[r]]; };
        std::vector<float> sizes;
        for (std::size_t g = 0; g < kGrams; ++g) {
            double value = 0;
            for (std::size_t k = 0; k < heads; ++k)
                value += part(k) * weight[k] * static_cast<double>(linear.grams[g * heads + k]);
            values[g * kRank + r] = static_cast<float>(value);
            if (value != 0)
                sizes.push_back(std::fabs(static_cast<float>(value)));
        }
        // One of a thousand is cut off, so that the others have finer steps.
        float most = 1;
        if (!sizes.empty()) {
            const auto at = sizes.begin() + static_cast<std::ptrdiff_t>(sizes.size() * 999 / 1'000);
            std::nth_element(sizes.begin(), at, sizes.end());
            most = std::max(*at, 1e-9F);
        }
        file.scale.push_back(most / 127);
        for (std::size_t k = 0; k < heads; ++k)
            file.mix[r * heads + k] = static_cast<float>(part(k) / weight[k]);
    }
    rows.resize(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) {
        const float step = std::round(values[i] / file.scale[i % kRank]);
        rows[i] = static_cast<std::int8_t>(std::clamp(step, -127.0F, 127.0F));
    }
    file.rows = rows;
    return file;
}

}  // namespace gr::router
