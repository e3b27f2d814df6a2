// SPDX-License-Identifier: MIT
#include "protocol/gemini_logprobs.h"

#include <vector>

#include "json/scan.h"
#include "json/writer.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

std::string_view rawOf(const json::Object& object, std::string_view key) {
    const json::Member* member = object.find(key);
    return member != nullptr ? object.raw(*member) : std::string_view();
}

std::vector<std::string_view> listIn(std::string_view object, std::string_view key) {
    const auto members = json::objectIn(object);
    return members ? json::elementsIn(rawOf(*members, key)) : std::vector<std::string_view>();
}

// `token`, `logprob` and `bytes` of one of Gemini's candidates; the object stays open.
bool chatToken(json::Writer& out, std::string_view candidate) {
    const auto object = json::objectIn(candidate);
    const std::string_view token = object ? rawOf(*object, "token") : std::string_view();
    const std::string_view number = object ? rawOf(*object, "logProbability") : std::string_view();
    if (!token.starts_with('"') || number.empty())
        return false;
    out.object().key("token").raw(token).key("logprob").raw(number).key("bytes").array();
    for (const char byte : plainOf(token))
        out.number(static_cast<unsigned char>(byte));
    out.end();
    return true;
}

bool geminiToken(json::Writer& out, std::string_view token) {
    const auto object = json::objectIn(token);
    const std::string_view text = object ? rawOf(*object, "token") : std::string_view();
    const std::string_view number = object ? rawOf(*object, "logprob") : std::string_view();
    if (!text.starts_with('"') || number.empty())
        return false;
    out.object().key("token").raw(text).key("logProbability").raw(number).end();
    return true;
}

}  // namespace

std::string chatLogprobs(std::string_view geminiResult) {
    const auto chosen = listIn(geminiResult, "chosenCandidates");
    const auto top = listIn(geminiResult, "topCandidates");
    if (chosen.empty())
        return {};
    json::Writer out;
    out.object().key("content").array();
    for (std::size_t i = 0; i < chosen.size(); ++i) {
        if (!chatToken(out, chosen[i]))
            return {};
        out.key("top_logprobs").array();
        const auto others =
            i < top.size() ? listIn(top[i], "candidates") : std::vector<std::string_view>();
        for (const std::string_view other : others) {
            if (chatToken(out, other))
                out.end();
        }
        out.end().end();
    }
    return out.end().key("refusal").null().end().take();
}

std::string geminiLogprobs(std::string_view chatLogprobs) {
    const auto tokens = listIn(chatLogprobs, "content");
    if (tokens.empty())
        return {};
    json::Writer out;
    out.object().key("topCandidates").array();
    for (const std::string_view token : tokens) {
        out.object().key("candidates").array();
        for (const std::string_view other : listIn(token, "top_logprobs"))
            geminiToken(out, other);
        out.end().end();
    }
    out.end().key("chosenCandidates").array();
    for (const std::string_view token : tokens) {
        if (!geminiToken(out, token))
            return {};
    }
    return out.end().end().take();
}

}  // namespace gr::protocol
