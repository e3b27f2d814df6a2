// SPDX-License-Identifier: MIT
#pragma once

#include "routing/rules.h"

// What can be said about conditions without a request. Every `true` is a proof; where the proof
// would be long (many alternatives inside each other) the answer is false. Pure; any thread.
namespace gr::routing {

// No request can fulfil it.
bool neverHolds(const Condition& condition);

// Every request fulfils it.
bool alwaysHolds(const Condition& condition);

// Every request that fulfils `narrow` fulfils `wide`, too.
bool implies(const Condition& narrow, const Condition& wide);

// No name fits both lists.
bool noNameFitsBoth(const Patterns& a, const Patterns& b);

// No model of any provider fits both lists (in the sense of fitsModel).
bool noModelFitsBoth(const Patterns& a, const Patterns& b);

// Every name that fits `narrow` fits `wide`.
bool subsumes(const std::string& wide, const std::string& narrow);

}  // namespace gr::routing
