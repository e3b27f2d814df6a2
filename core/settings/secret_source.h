// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "settings/settings.h"

namespace gr::settings {

// A secret with the address it was entered for.
struct StoredSecret {
    Secret secret;
    // Scheme, host and port ("https://api.openai.com:443"); only vault entries have one. Empty in
    // a vault entry: it is not meant for a provider.
    std::string boundTo;
    std::string warning;  // a sentence about where it lies, or empty
};

// Where secrets come from. Used on one thread at a time; may read files, never waits for people.
class SecretSource {
  public:
    virtual ~SecretSource() = default;
    // Fails with SecretMissing, VaultLocked, VaultCorrupt, KeychainUnavailable or FileUnreadable;
    // the sentence names the reference, never a secret.
    virtual Result<StoredSecret> read(const SecretRef& reference) = 0;
};

}  // namespace gr::settings
