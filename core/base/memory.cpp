// SPDX-License-Identifier: MIT
#include "base/memory.h"

#include <malloc.h>
#include <unistd.h>

#include <cstdio>
#include <memory>

namespace gr {

std::size_t residentBytes() {
    const auto close = [](std::FILE* file) { std::fclose(file); };
    const std::unique_ptr<std::FILE, decltype(close)> file(std::fopen("/proc/self/statm", "re"));
    std::size_t pages = 0;
    if (!file || std::fscanf(file.get(), "%*s %zu", &pages) != 1)
        return 0;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

void giveBackMemory() {
#ifdef __GLIBC__
    ::malloc_trim(0);
#endif
}

}  // namespace gr
