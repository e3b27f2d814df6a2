// SPDX-License-Identifier: MIT
#include "protocol/adapters.h"

#include <array>

#include "protocol/anthropic_answer_reader.h"
#include "protocol/anthropic_answer_writer.h"
#include "protocol/anthropic_request_reader.h"
#include "protocol/anthropic_request_writer.h"
#include "protocol/chat_answer_reader.h"
#include "protocol/chat_answer_writer.h"
#include "protocol/chat_request_reader.h"
#include "protocol/chat_request_writer.h"
#include "protocol/gemini_answer_reader.h"
#include "protocol/gemini_answer_writer.h"
#include "protocol/gemini_request_reader.h"
#include "protocol/gemini_request_writer.h"
#include "protocol/responses_answer_reader.h"
#include "protocol/responses_answer_writer.h"
#include "protocol/responses_request_reader.h"
#include "protocol/responses_request_writer.h"

namespace gr::protocol {
namespace {

// In the order of Protocol.
constexpr std::array kAdapters{
    Adapter{Protocol::OpenAiChat, readChatRequest, makeChatWriter, writeChatRequest,
            makeChatReader},
    Adapter{Protocol::OpenAiResponses, readResponsesRequest, makeResponsesWriter,
            writeResponsesRequest, makeResponsesReader},
    Adapter{Protocol::Anthropic, readAnthropicRequest, makeAnthropicWriter, writeAnthropicRequest,
            makeAnthropicReader},
    Adapter{Protocol::Gemini, readGeminiRequest, makeGeminiWriter, writeGeminiRequest,
            makeGeminiReader},
};

}  // namespace

const Adapter& adapter(Protocol protocol) {
    return kAdapters[static_cast<std::size_t>(protocol)];
}

}  // namespace gr::protocol
