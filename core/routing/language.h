// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string_view>

namespace gr::routing {

// The languages that languageOf() tells apart, by ISO 639-1.
inline constexpr std::array<std::string_view, 25> kLanguages{
    "ar", "bn", "cs", "da", "de", "el", "en", "es", "fa", "fr", "he", "hi", "it",
    "ja", "ko", "nl", "pl", "pt", "ru", "sv", "th", "tr", "uk", "vi", "zh"};

// The language that a text is mainly written in, by its script or by its most common words; empty
// where neither says so (code, a single word, another language). Pure; any thread; time in
// proportion to the text.
std::string_view languageOf(std::string_view text);

}  // namespace gr::routing
