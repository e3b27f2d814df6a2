// SPDX-License-Identifier: MIT
#include "gateway/lesson.h"

namespace gr::gateway {

void teach(routing::Health::Permit& permit, const upstream::Verdict& verdict, SteadyTime now) {
    using Fault = routing::Health::Fault;
    if (verdict.next == upstream::Next::NextKey) {
        permit.keyFailed(verdict.keyPause, verdict.code == ErrorCode::ProviderRefusedKey, now,
                         verdict.message);
        return;
    }
    routing::Health::Failure failure;
    failure.asked = verdict.retryAfter;
    failure.why = verdict.message;
    switch (verdict.code) {
        case ErrorCode::ProviderModelUnknown:
            failure.missing = true;
            failure.fault = Fault::Model;
            break;
        case ErrorCode::ProviderOverloaded:  // others of its models run on other machines
        case ErrorCode::ProviderRateLimited:
            failure.fault = Fault::Model;
            break;
        default:
            failure.fault = Fault::Provider;
            break;
    }
    permit.failed(std::move(failure), now);
}

}  // namespace gr::gateway
