// SPDX-License-Identifier: MIT
#pragma once

namespace gr::app {

// `gaterouterd eval duel`: for each line {"id","prompt","strong","weak"[,"n_tools"]} on standard
// input one {"id","score"} on standard output, flushed: the need for the stronger model, 0 to 1.
// Needs no configuration and writes nothing. Exit code: 0, or 1 for a line that is none, which is
// named.
int evalDuel();

// `gaterouterd eval pool`: the first line is
// {"pool","models":[{"name","in","out","train_quality","train_cost_usd"}]} with prices in USD per
// million tokens; each other {"id","prompt"[,"n_tools"]} gives {"id","q":[…]}: the chance of each
// model to be right, in the order of the first line.
int evalPool();

}  // namespace gr::app
