// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace gr::settings {

// The system's own place for secrets, seen as a list of named texts. Main thread; answers come
// later, on the main thread, once each, unless the object dies first: then not at all.
class Keychain {
  public:
    using ReadDone = std::function<void(Result<Secret>)>;
    using Done = std::function<void(Result<void>)>;

    virtual ~Keychain() = default;
    // SecretMissing: the keychain works and has no such entry. KeychainUnavailable: there is none,
    // or it refused. Cancelled: the user closed its dialog.
    virtual void read(const std::string& name, ReadDone done) = 0;
    virtual void write(const std::string& name, const Secret& secret, Done done) = 0;
    // An absent entry is no error.
    virtual void remove(const std::string& name, Done done) = 0;
};

// The keychain of the desktop through QtKeychain (Secret Service, KWallet, …), never its insecure
// fallback. Needs a running QCoreApplication. Entries belong to the service "GateRouter".
std::unique_ptr<Keychain> systemKeychain();

}  // namespace gr::settings
