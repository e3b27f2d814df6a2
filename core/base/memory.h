// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>

// What this process takes of the machine. Any thread.
namespace gr {

// Bytes of it that lie in memory now; 0 where the system does not tell.
std::size_t residentBytes();

// Gives pages that were freed back to the system. Takes milliseconds for each 100 MB, in which
// threads that want memory may wait.
void giveBackMemory();

}  // namespace gr
