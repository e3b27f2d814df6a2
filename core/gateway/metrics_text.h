// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

// The text that Prometheus reads (exposition format 0.0.4). Pure; any thread.
namespace gr::gateway {

// `name="value"` pairs as they stand between the braces, with values escaped.
using MetricLabels = std::string;
void addLabel(MetricLabels& labels, std::string_view name, std::string_view value);

// Thousandths as a decimal number without superfluous zeros: 1280 is "1.28".
std::string thousandths(std::uint64_t value);

// Writes families one after the other.
class MetricsText final {
  public:
    // Begins a family; the samples that follow are its own.
    void family(std::string_view name, std::string_view type, std::string_view help);
    // `value` is a number as it is to stand there.
    void sample(const MetricLabels& labels, std::string_view value);
    void sample(const MetricLabels& labels, std::uint64_t value);
    // `counts` has one more than `bounds`: what is above them all.
    void histogram(const MetricLabels& labels, std::span<const std::string> bounds,
                   std::span<const std::uint64_t> counts, std::string_view sum);
    // A family of one sample without labels.
    void single(std::string_view name, std::string_view type, std::string_view help,
                std::string_view value);
    void single(std::string_view name, std::string_view type, std::string_view help,
                std::uint64_t value);

    std::string take() { return std::move(m_text); }

  private:
    void line(std::string_view suffix, std::string_view labels, std::string_view value);

    std::string m_text;
    std::string m_name;  // of the family
};

}  // namespace gr::gateway
