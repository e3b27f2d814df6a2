// SPDX-License-Identifier: MIT
#include "gateway/metrics_text.h"

namespace gr::gateway {

void addLabel(MetricLabels& labels, std::string_view name, std::string_view value) {
    if (!labels.empty())
        labels += ',';
    labels.append(name).append("=\"");
    for (const char c : value) {
        if (c == '\\' || c == '"')
            labels += '\\';
        if (c == '\n')
            labels += "\\n";
        else
            labels += c;
    }
    labels += '"';
}

std::string thousandths(std::uint64_t value) {
    std::string out = std::to_string(value / 1000);
    if (value % 1000 == 0)
        return out;
    std::string fraction = std::to_string(1000 + value % 1000).substr(1);
    fraction.erase(fraction.find_last_not_of('0') + 1);
    return out + "." + fraction;
}

void MetricsText::family(std::string_view name, std::string_view type, std::string_view help) {
    m_name = name;
    m_text.append("# HELP ").append(name).append(" ").append(help).append("\n");
    m_text.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void MetricsText::line(std::string_view suffix, std::string_view labels, std::string_view value) {
    m_text.append(m_name).append(suffix);
    if (!labels.empty())
        m_text.append("{").append(labels).append("}");
    m_text.append(" ").append(value).append("\n");
}

void MetricsText::sample(const MetricLabels& labels, std::string_view value) {
    line("", labels, value);
}

void MetricsText::sample(const MetricLabels& labels, std::uint64_t value) {
    line("", labels, std::to_string(value));
}

void MetricsText::histogram(const MetricLabels& labels, std::span<const std::string> bounds,
                            std::span<const std::uint64_t> counts, std::string_view sum) {
    std::uint64_t total = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        total += counts[i];
        MetricLabels bucket = labels;
        addLabel(bucket, "le", i < bounds.size() ? std::string_view(bounds[i]) : "+Inf");
        line("_bucket", bucket, std::to_string(total));
    }
    line("_sum", labels, sum);
    line("_count", labels, std::to_string(total));
}

void MetricsText::single(std::string_view name, std::string_view type, std::string_view help,
                         std::string_view value) {
    family(name, type, help);
    line("", "", value);
}

void MetricsText::single(std::string_view name, std::string_view type, std::string_view help,
                         std::uint64_t value) {
    single(name, type, help, std::to_string(value));
}

}  // namespace gr::gateway
