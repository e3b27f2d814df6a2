// SPDX-License-Identifier: MIT
#pragma once

#include <QAbstractItemModel>
#include <string>
#include <vector>

namespace gr::ui {

// How one list became another, in one step that views can follow without losing their place.
struct ListStep {
    enum class Kind : quint8 { Same, Changed, Inserted, Removed, Moved, Reset };
    Kind kind = Kind::Same;
    int from = 0;  // the row; Changed: the first, Moved: where it was
    int to = 0;    // Changed: the last row, Moved: where it is
};

// Pure; any thread. Anything that is more than one row is Reset, or Changed where no row went.
ListStep listStep(const std::vector<std::string>& before, const std::vector<std::string>& after);

}  // namespace gr::ui
