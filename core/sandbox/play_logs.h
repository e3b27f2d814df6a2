// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "json/scan.h"
#include "sandbox/play_chain.h"

// Blocks, receipts and logs of the play chain as nodes write them in JSON. Any thread.
namespace gr::sandbox {

// The number that a quantity or a tag ("latest", "finalized") means; empty means the latest.
std::optional<std::uint64_t> blockNamed(PlayChain& chain, std::string_view name);

std::string blockJson(const std::optional<PlayBlock>& block);  // "null" for none
std::string receiptJson(const PlayChain& chain,
                        const std::optional<PlayTransaction>& transaction);  // "null" for none

// The logs that a filter of eth_getLogs asks for, as an array. InvalidField: the filter makes no
// sense, or finds more than a thousand.
Result<std::string> logsJson(PlayChain& chain, const json::Object& filter);

}  // namespace gr::sandbox
