// SPDX-License-Identifier: MIT
#pragma once

#include "base/result.h"
#include "ledger/store.h"
#include "ledger/tables.h"

// The tables of the ledger, their versions, and how a file of them is opened. docs/ledger.md says
// what each column holds.
namespace gr::ledger {

// A connection that may write. Makes what is missing (of a file: folder 0700, file 0600), brings
// older forms up to date, and refuses what it does not understand without touching it.
Result<Database> openForWriting(const Location& location,
                                Durability durability = Durability::Batched);

// A connection that reads. FileUnreadable when there is no ledger yet.
Result<Database> openForReading(const Location& location);

}  // namespace gr::ledger
