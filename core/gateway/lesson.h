// SPDX-License-Identifier: MIT
#pragma once

#include "routing/health.h"
#include "upstream/verdict.h"

namespace gr::gateway {

// Tells the health of a provider what a failed call says of it: whose fault it is, and how long to
// leave it alone.
void teach(routing::Health::Permit& permit, const upstream::Verdict& verdict, SteadyTime now);

}  // namespace gr::gateway
