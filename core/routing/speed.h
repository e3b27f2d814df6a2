// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>

#include "base/clock.h"

// How fast a model answers at one provider, from what was seen lately. Pure; no lock of its own.
namespace gr::routing {

struct Speed {
    double firstTokenP50Ms = 0;  // of streams; 0: none was seen
    double firstTokenP95Ms = 0;
    double wholeP95Ms = 0;       // of answers at once, to their head; 0: none was seen
    double tokensPerSecond = 0;  // of output, behind the first token; 0: not known
    double errorRate = 0;        // share of failed attempts, 0 to 1
    double samples = 0;          // answers behind these figures; old ones count less
    double streams = 0;          // of them
};

// Times in bins whose bounds grow by a fifth: quantiles within 10 %, whatever the scale.
class TimeHistogram final {
  public:
    void scale(float factor);
    void add(double ms);
    double quantile(double share) const;  // ms; 0 when empty
    float total() const { return m_total; }

  private:
    static constexpr std::size_t kPerOctave = 4;
    static constexpr std::size_t kBins = 84;  // 1 ms to 35 minutes
    std::array<float, kBins> m_weights{};
    float m_total = 0;
};

// Gathers what attempts took. About the last fifty count, and what is older than half an hour
// counts half.
class SpeedMeter final {
  public:
    void firstToken(Milliseconds took, SteadyTime now);
    void whole(Milliseconds took, SteadyTime now);
    void throughput(double tokensPerSecond);
    void ended(bool well, SteadyTime now);  // of every attempt: for the rate of errors

    Speed speed(SteadyTime now) const;
    // The two of it that most decisions ask for; 0 where nothing was seen lately.
    void usual(SteadyTime now, double& firstTokenMs, double& tokensPerSecond) const;

  private:
    void age(SteadyTime now);

    void reckonUsual();

    TimeHistogram m_firstToken;
    double m_usualFirst = 0;  // its median, which is asked for more often than it changes
    TimeHistogram m_whole;
    double m_tokensPerSecond = 0;
    double m_errorRate = 0;
    SteadyTime m_agedAt{};
    SteadyTime m_errorAt{};
};

}  // namespace gr::routing
