// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"

// A provider's proof of its reasoning, wrapped so that a client of another protocol carries it back
// unread: "gr1." and base64 of a MAC, the vendor and the proof. The MAC binds it to this gateway
// and to the client that got it, so nobody slips another one's reasoning in. Pure; any thread.
namespace gr::protocol {

class Sealer final {
  public:
    explicit Sealer(Secret key) : m_key(std::move(key)) {}  // 32 bytes

    struct Opened {
        std::string vendor;
        std::string signature;
    };

    std::string seal(std::string_view client, std::string_view vendor,
                     std::string_view signature) const;
    // Nothing when it is not a seal of ours for this client.
    std::optional<Opened> open(std::string_view client, std::string_view sealed) const;

    static bool looksSealed(std::string_view text) { return text.starts_with("gr1."); }

  private:
    std::string mac(std::string_view client, std::string_view content) const;

    Secret m_key;
};

}  // namespace gr::protocol
