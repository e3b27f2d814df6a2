// SPDX-License-Identifier: MIT
#pragma once

#include <sys/prctl.h>
#include <sys/resource.h>

namespace gr::app {

// Before secrets are read: other programs of the user may not look into this process, and it
// leaves no core behind. Call it while there is one thread.
inline void hideMemory() {
    ::prctl(PR_SET_DUMPABLE, 0);
    const rlimit noCore{0, 0};
    ::setrlimit(RLIMIT_CORE, &noCore);
}

}  // namespace gr::app
