// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <vector>

#include "gateway/policy.h"
#include "routing/router.h"
#include "upstream/provider.h"

namespace gr::gateway {

// A policy with everything derived from it that a request needs. Immutable; shared by the io
// threads and by the exchanges that began with it.
struct Snapshot {
    PolicyPtr policy;
    protocol::Dialects dialects;  // the providers point into it
    std::vector<upstream::Provider> providers;
    std::vector<routing::Offer> offers;  // same order
    std::vector<routing::Alias> aliases;
    std::string modelsAnswer;  // the body of GET /v1/models for a key without model scope
};

using SnapshotPtr = std::shared_ptr<const Snapshot>;

// Providers whose address or kind cannot be served become offers that are not usable, with the
// reason.
SnapshotPtr makeSnapshot(PolicyPtr policy);

// The body of GET /v1/models for a key that may use `allowed`.
std::string modelsAnswer(const std::vector<routing::Offer>& offers,
                         const std::vector<std::string>& allowed);

// The body of GET /v1/models/{id}: `provider/model` or a bare id. Nothing when nobody lists it.
std::optional<std::string> modelAnswer(const std::vector<routing::Offer>& offers,
                                       const std::vector<std::string>& allowed,
                                       std::string_view id);

}  // namespace gr::gateway
