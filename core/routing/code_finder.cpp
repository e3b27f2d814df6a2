// SPDX-License-Identifier: MIT
#include "routing/code_finder.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/text.h"

namespace gr::routing {
namespace {

constexpr std::size_t kLongestLine = 400;  // of what is looked at
constexpr int kEnough = 2;

template <class Test>
bool anyOf(const auto& words, const Test& test) {
    return std::any_of(words.begin(), words.end(), test);
}

bool endsLikeStatement(std::string_view line) {
    return line.ends_with(";") || line.ends_with("{") || line.ends_with("}") ||
           line.ends_with("};") || line.ends_with("=>") || line.ends_with("->") ||
           line.ends_with("):");
}

// How sure one line makes of it.
int signsIn(std::string_view line) {
    // What no sentence has.
    constexpr std::array<std::string_view, 20> kSure{
        "#include <", "#include \"", "#!/",  "();",  "() {",  "() =>",        "){",
        "</",         "<?php",       "!== ", "=== ", "std::", "self.",        "console.log(",
        "println!(",  "System.out",  "fn ",  "$(",   "&& ",   "public static"};
    constexpr std::array<std::string_view, 19> kBegins{
        "def ",    "class ",  "import ",      "from ",         "return ",  "const ", "let ",
        "var ",    "func ",   "package ",     "public ",       "private ", "if (",   "for (",
        "while (", "SELECT ", "INSERT INTO ", "CREATE TABLE ", "$ "};
    line = trim(line.substr(0, kLongestLine));
    const auto has = [line](std::string_view part) { return line.find(part) != line.npos; };
    const auto begins = [line](std::string_view part) { return line.starts_with(part); };
    const bool statement = endsLikeStatement(line);
    if (anyOf(kSure, has))
        return statement ? 2 : 1;
    // "import" and "from" begin sentences, too.
    const bool begun = anyOf(kBegins, begins);
    const bool called = has("(") && has(")") && has(" = ");
    return static_cast<int>(statement) + static_cast<int>(begun && (statement || has("="))) +
           static_cast<int>(called) +
           static_cast<int>((begins("import ") || begins("from ")) && !has(". ") &&
                            line.find(' ', 7) == line.npos);
}

}  // namespace

bool hasCode(std::string_view message) {
    if (message.find("```") != message.npos)
        return true;
    int signs = 0;
    while (!message.empty() && signs < kEnough) {
        const std::size_t end = std::min(message.find('\n'), message.size());
        signs += signsIn(message.substr(0, end));
        message.remove_prefix(std::min(end + 1, message.size()));
    }
    return signs >= kEnough;
}

}  // namespace gr::routing
