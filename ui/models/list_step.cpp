// SPDX-License-Identifier: MIT
#include "models/list_step.h"

#include <algorithm>

namespace gr::ui {

namespace {

using Texts = std::vector<std::string>;

bool isMoved(const Texts& before, const Texts& after, int from, int to) {
    Texts moved = before;
    const auto at = [&moved](int place) { return moved.begin() + place; };
    if (from < to) {
        std::rotate(at(from), at(from) + 1, at(to) + 1);
    } else {
        std::rotate(at(to), at(from), at(from) + 1);
    }
    return moved == after;
}

}  // namespace

ListStep listStep(const Texts& before, const Texts& after) {
    using Kind = ListStep::Kind;
    const auto shorter = static_cast<int>(std::min(before.size(), after.size()));
    int first = 0;
    while (first < shorter &&
           before[static_cast<std::size_t>(first)] == after[static_cast<std::size_t>(first)]) {
        ++first;
    }
    int behind = 0;  // rows that are the same at the end
    while (behind < shorter - first &&
           before[before.size() - 1 - static_cast<std::size_t>(behind)] ==
               after[after.size() - 1 - static_cast<std::size_t>(behind)]) {
        ++behind;
    }
    const int wasLast = static_cast<int>(before.size()) - 1 - behind;
    const int isLast = static_cast<int>(after.size()) - 1 - behind;
    if (before.size() == after.size()) {
        if (first == static_cast<int>(before.size())) {
            return {};
        }
        if (first < isLast && isMoved(before, after, first, isLast)) {
            return {Kind::Moved, first, isLast};
        }
        if (first < isLast && isMoved(before, after, isLast, first)) {
            return {Kind::Moved, isLast, first};
        }
        return {Kind::Changed, first, isLast};
    }
    if (after.size() == before.size() + 1 && wasLast < first) {
        return {Kind::Inserted, first, first};
    }
    if (before.size() == after.size() + 1 && isLast < first) {
        return {Kind::Removed, first, first};
    }
    return {Kind::Reset, 0, 0};
}

}  // namespace gr::ui
