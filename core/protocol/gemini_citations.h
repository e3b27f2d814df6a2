// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

// Sources that an answer names: in Gemini's words, and in the form that every protocol's writer
// takes. Pure; JSON text in and out.
namespace gr::protocol {

// `{"type":"url_citation","url","title"}` for each source in a candidate's groundingMetadata and
// citationMetadata (either may be empty). Places in the text are left out: Google counts them in
// bytes of the whole answer, the others in characters of one block.
std::vector<std::string> citationsOfGemini(std::string_view grounding, std::string_view citation);

// An entry of groundingChunks for a citation of any protocol; empty when it names no address.
std::string groundingChunk(std::string_view citation);

}  // namespace gr::protocol
