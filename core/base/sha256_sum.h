// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace gr {

// SHA-256 (FIPS 180-4) of what comes piece by piece. Any thread, one at a time.
class Sha256Sum final {
  public:
    Sha256Sum();
    ~Sha256Sum();
    Sha256Sum(const Sha256Sum&) = delete;
    Sha256Sum& operator=(const Sha256Sum&) = delete;

    void add(std::string_view bytes);
    std::string end();  // 32 bytes; once, and nothing is added afterwards

  private:
    struct Context;
    std::unique_ptr<Context> m_context;
};

}  // namespace gr
