// SPDX-License-Identifier: MIT
// What a translation costs, measured alone: bench_translation [ROUNDS] prints JSON. Requests of 4
// KB and 300 KB of every client protocol are read and written for every provider protocol; streams
// of every provider protocol are read and written for every client protocol; the bound of each
// request is taken as well. The best of the rounds
// counts: what disturbs a round only makes it longer.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <string>

#include "protocol/bound.h"
#include "support/transcript_road.h"

using namespace gr;
using protocol::ChatEvent;
using protocol::Protocol;

namespace {

constexpr int kEvents = 2000;  // of a stream

struct Target {
    explicit Target(const test::TranscriptProvider& provider)
        : dialect(test::dialects().find(provider.dialect, provider.protocol)) {
        target.model = provider.model;
        target.dialect = &dialect;
        target.rules = test::dialects().rulesOf(dialect, provider.model);
    }
    const protocol::Dialect& dialect;
    protocol::Target target;
};

// Code and data, as agents send them: many short lines, quotes, indentation.
std::string chatBody(std::size_t bytes) {
    const std::string line = R"(    if (name == \"Zürich\")\n        return {1.10, \"a\\tb\"};\n)";
    std::string body = R"({"model":"m","max_completion_tokens":4000,"stream":true,"tools":[)";
    for (int i = 0; i < 3; ++i)
        body += (i ? "," : "") +
                (R"({"type":"function","function":{"name":"tool)" + std::to_string(i) +
                 R"(","description":"Reads a file.","parameters":{"type":"object","properties":)"
                 R"({"path":{"type":"string"},"line":{"type":"integer"}},"required":["path"]}}})");
    body += R"(],"messages":[{"role":"system","content":"Be brief."})";
    const std::size_t turns = bytes / 6000 + 1;
    for (std::size_t i = 0; i < turns; ++i) {
        const std::string id = "call_" + std::to_string(i);
        std::string text;
        while (text.size() < (bytes - std::min<std::size_t>(bytes, 1500)) / turns)
            text += line;
        body += R"(,{"role":"user","content":"Go on."},{"role":"assistant","content":"I read.",)"
                R"("tool_calls":[{"id":")" +
                id +
                R"(","type":"function","function":{"name":"tool0","arguments":)"
                R"("{\"path\":\"/a/b\",\"line\":9007199254740993}"}}]},)"
                R"({"role":"tool","tool_call_id":")" +
                id + R"(","content":")" + text + R"("})";
    }
    return body + "]}";
}

// The same conversation as clients of `protocol` send it.
std::string bodyOf(Protocol client, std::size_t bytes) {
    const std::string chat = chatBody(bytes);
    const auto request = protocol::adapter(Protocol::OpenAiChat).readRequest(chat);
    const Target target(test::kTranscriptProviders[static_cast<std::size_t>(client)]);
    return protocol::adapter(client).writeRequest(*request, target.target)->body;
}

// A stream of `kEvents` pieces of text as `provider` sends it.
std::string streamOf(Protocol provider) {
    protocol::ChatRequest nothing;
    protocol::AnswerContext context;
    context.id = "req_01";
    context.model = "m";
    context.stream = true;
    context.usageAsked = true;
    context.request = &nothing;
    const auto writer = protocol::adapter(provider).makeWriter(std::move(context));
    std::string out;
    ChatEvent event;
    writer->write(event, out);
    event.kind = ChatEvent::Kind::Text;
    for (int i = 0; i < kEvents; ++i) {
        event.text = i % 4 == 0 ? R"(" caf\u00e9\n")" : R"(" token")";
        writer->write(event, out);
    }
    event.text = {};
    event.kind = ChatEvent::Kind::BlockEnd;
    writer->write(event, out);
    event.kind = ChatEvent::Kind::Usage;
    event.usage.input = 9;
    event.usage.output = kEvents;
    writer->write(event, out);
    event.kind = ChatEvent::Kind::Finish;
    writer->write(event, out);
    writer->end(out);
    return out;
}

// Microseconds of the fastest of `rounds` calls.
template <class Work>
double best(int rounds, Work work) {
    double least = std::numeric_limits<double>::max();
    for (int i = 0; i < rounds; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        work();
        const std::chrono::duration<double, std::micro> took =
            std::chrono::steady_clock::now() - begin;
        least = std::min(least, took.count());
    }
    return least;
}

[[noreturn]] void broken(const char* what) {
    std::fprintf(stderr, "bench_translation: %s\n", what);
    std::exit(1);
}

double timeRequest(Protocol client, Protocol provider, const std::string& body, int rounds) {
    const Target target(test::kTranscriptProviders[static_cast<std::size_t>(provider)]);
    return best(rounds, [&] {
        const auto request = protocol::adapter(client).readRequest(body);
        if (!request)
            broken(request.error().message.text.c_str());
        const auto written = protocol::adapter(provider).writeRequest(*request, target.target);
        if (!written || written->body.size() < body.size() / 2)
            broken("a request was not written");
    });
}

// Of the bound alone: reading the body as JSON comes before it in any case.
double timeBound(Protocol client, const std::string& body, int rounds) {
    protocol::PathAsk path;
    path.model = "m";
    const auto ask = protocol::readAsk(client, body, path);
    if (!ask)
        broken(ask.error().message.text.c_str());
    return best(rounds, [&] {
        if (!protocol::boundOf(*ask, body).unbounded.empty())
            broken("a request has no bound");
    });
}

double timeEvent(Protocol client, Protocol provider, const std::string& body,
                 const std::string& stream, int rounds) {
    const Target target(test::kTranscriptProviders[static_cast<std::size_t>(provider)]);
    auto request = protocol::adapter(client).readRequest(body);
    if (!request)
        broken(request.error().message.text.c_str());
    request->stream = true;
    const double whole = best(rounds, [&] {
        protocol::AnswerContext context;
        context.id = "req_01";
        context.model = "m";
        context.stream = true;
        context.usageAsked = true;
        context.request = &*request;
        const auto way =
            protocol::translation(provider, target.target, *request,
                                  protocol::adapter(client).makeWriter(std::move(context)), {});
        bool ended = false;
        const auto pieces = [](std::size_t left) { return std::min<std::size_t>(left, 1400); };
        const std::string out = test::playStream(*way, stream, pieces, &ended);
        if (!ended || out.size() < kEvents * 8U)
            broken("a stream was not translated");
    });
    return whole / kEvents;
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::atoi(argv[1]) : 200;
    std::printf("[");
    const char* comma = "";
    for (const Protocol client : test::kTranscriptClients) {
        const std::string small = bodyOf(client, 4 * 1024);
        const std::string large = bodyOf(client, 300 * 1024);
        const double smallBound = timeBound(client, small, rounds * 5);
        const double largeBound = timeBound(client, large, rounds);
        for (const Protocol provider : test::kTranscriptClients) {
            const double event =
                timeEvent(client, provider, small, streamOf(provider), rounds / 10 + 3);
            std::printf(
                "%s{\"client\":\"%s\",\"provider\":\"%s\",\"small_bytes\":%zu,"
                "\"small_us\":%.2f,\"large_bytes\":%zu,\"large_us\":%.1f,\"event_us\":%.3f,"
                "\"small_bound_us\":%.2f,\"large_bound_us\":%.1f}",
                comma, std::string(protocol::nameOf(client)).c_str(),
                std::string(protocol::nameOf(provider)).c_str(), small.size(),
                timeRequest(client, provider, small, rounds * 5), large.size(),
                timeRequest(client, provider, large, rounds / 4 + 3), event, smallBound,
                largeBound);
            comma = ",\n ";
        }
    }
    std::printf("]\n");
    return 0;
}
