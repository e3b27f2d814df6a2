// SPDX-License-Identifier: MIT
#include "app/connect_command.h"

#include <cstdio>
#include <iostream>

#include "app/control_line.h"
#include "app/terminal.h"
#include "base/secret.h"
#include "base/text.h"
#include "connect/desk.h"
#include "connect/line_diff.h"
#include "gateway/control.h"
#include "json/writer.h"

namespace gr::app {
namespace {

using connect::Desk;
using connect::DiffLine;
using connect::Drift;
using connect::Standing;
using connect::Tool;
using connect::ToolView;
using connect::Way;

constexpr int kMostNames = 20;  // tool, tool-2, …
constexpr const char* kKeyToBe = "gr-the-key-made-for-this-tool";

const char* driftText(Drift drift) {
    switch (drift) {
        case Drift::Address:
            return "drifted: another address, or none";
        case Drift::Key:
            return "drifted: no key, or one that is refused";
        case Drift::Model:
            return "drifted: no model of this gateway";
        case Drift::None:
        case Drift::Other:
            break;
    }
    return "drifted: other lines than it needs";
}

std::string stateText(const ToolView& view) {
    if (view.problem)
        return view.problem->message.text;
    switch (view.tool->way) {
        case Way::ByHand:
            return "by hand (docs/tools.md)";
        case Way::Unreachable:
            return "cannot reach an address on this machine";
        case Way::Files:
            break;
    }
    switch (view.state.standing) {
        case Standing::Ready:
            return "ready";
        case Standing::Drifted:
            return driftText(view.state.drift);
        case Standing::NotSetUp:
            break;
    }
    return "not set up";
}

// Which keys the gateway takes it tells nobody here; that one looks like its own must do.
connect::KnownKeys knownKeys() {
    return {[](const std::string& key) { return key.starts_with("gr-"); },
            [](const std::string&) { return true; }};
}

int list(const Desk& desk, const std::string& root) {
    for (const Tool& tool : connect::tools()) {
        const ToolView view = desk.view(tool, root, knownKeys());
        std::printf("%-18s %-10s %s\n", tool.id, view.installed ? "installed" : "not found",
                    plain(stateText(view)).c_str());
    }
    return 0;
}

void print(const connect::Proposal& proposal) {
    for (const connect::FileChange& change : proposal.changes) {
        std::printf("--- %s%s\n", change.shown.c_str(),
                    change.before.exists ? "" : " (there is none yet)");
        for (const DiffLine& line : connect::lineDiff(change.before.bytes, change.after)) {
            constexpr const char* kMarks = " -+@";
            const char mark = kMarks[static_cast<std::size_t>(line.kind)];
            // What stands in other programs' files may hold control characters.
            std::string text = connect::withKeysMasked(line.text);
            std::erase_if(text, [](char c) { return c >= 0 && c < 0x20 && c != '\t'; });
            std::printf("%c%s\n", mark, text.c_str());
        }
    }
}

// A key named after the tool, or the next name that is free.
Result<std::pair<std::string, Secret>> newKey(const ConnectPlace& place, const std::string& tool) {
    std::string told;
    for (int number = 1; number <= kMostNames; ++number) {
        const std::string id = number == 1 ? tool : tool + "-" + std::to_string(number);
        json::Writer line;
        line.object().key("command").string("keys.create").key("id").string(id).end();
        auto answer = gateway::askControl(place.controlSocket, line.text());
        if (!answer)
            return fail(std::move(answer.error()));
        const auto object = json::scanObject(*answer);
        if (object && object->find("key") != nullptr) {
            std::string text = member(*object, "key");
            Secret key(text);
            wipe(text.data(), text.size());
            wipe(answer->data(), answer->size());
            return std::pair(id, std::move(key));
        }
        told = object ? member(*object, "error") : "The answer makes no sense.";
    }
    return fail(ErrorCode::Internal, "No key was made: " + told);
}

Result<std::pair<std::string, Secret>> keyFor(const ConnectPlace& place, const ToolView& view,
                                              bool onInput) {
    if (onInput) {
        std::string line;
        std::getline(std::cin, line);
        Secret key(trim(line));
        wipe(line.data(), line.size());
        if (key.empty())
            return fail(ErrorCode::InvalidField, "There is no key on standard input.");
        return std::pair(std::string(), std::move(key));
    }
    // The one it has goes on, as long as it is the one that was made for it.
    if (view.keyIsOurs)
        return std::pair(view.keyId, Secret(*view.state.found.key));
    return newKey(place, view.tool->id);
}

int apply(const ConnectPlace& place, Desk& desk, const ToolView& view, connect::Target target,
          bool keyOnInput) {
    const bool wantsKey = connect::holdsKey(*view.tool);
    auto key = wantsKey ? keyFor(place, view, keyOnInput)
                        : Result<std::pair<std::string, Secret>>(std::pair<std::string, Secret>());
    if (!key)
        return complain(key.error());
    target.key = key->second.reveal();
    const auto proposal = desk.propose(*view.tool, target);
    wipe(target.key.data(), target.key.size());
    if (!proposal)
        return complain(proposal.error());
    print(*proposal);
    if (proposal->changes.empty()) {
        std::printf("%s is set up already.\n", view.tool->title);
        return 0;
    }
    if (const auto applied = desk.apply(*proposal, key->first); !applied)
        return complain(applied.error());
    std::printf("Written. `gaterouterd connect %s --undo` takes it back.\n", view.tool->id);
    if (!wantsKey)
        std::printf("It asks for a key itself: `gaterouterd keys create %s` makes one.\n",
                    view.tool->id);
    if (!key->first.empty())
        std::printf("Its key goes by the name %s (gaterouterd keys list).\n", key->first.c_str());
    return 0;
}

int undo(Desk& desk, const Tool& tool) {
    if (const auto undone = desk.undo(tool); !undone)
        return complain(undone.error());
    std::printf("%s is as it was before.\n", tool.title);
    return 0;
}

int connectOne(const ConnectPlace& place, Desk& desk, const std::string& root, const Tool& tool,
               const ConnectOptions& options) {
    const ToolView view = desk.view(tool, root, knownKeys());
    if (tool.way != Way::Files || view.problem) {
        std::fprintf(stderr, "%s: %s\n", tool.title, plain(stateText(view)).c_str());
        return 1;
    }
    if (options.undo)
        return undo(desk, tool);
    const connect::Found& found = view.state.found;
    connect::Target target{root, kKeyToBe, "auto"};
    if (view.keyIsOurs)
        target.key = *found.key;
    // What stands beside another gateway's address is no name of ours.
    if (view.state.standing != Standing::NotSetUp && (found.root == root || tool.ownEntry))
        target.model = found.model.value_or(target.model);
    if (!options.model.empty())
        target.model = options.model;
    if (options.apply)
        return apply(place, desk, view, target, options.keyOnInput);
    const auto proposal = desk.propose(tool, target);
    if (!proposal)
        return complain(proposal.error());
    print(*proposal);
    std::printf("%s: %s\n", tool.title, stateText(view).c_str());
    if (!proposal->changes.empty())
        std::printf("Nothing is written without --apply.\n");
    return 0;
}

}  // namespace

int connectTools(const ConnectPlace& place, const ConnectOptions& options) {
    const auto folder = settings::processEnvironment("HOME");
    if (!folder || !std::filesystem::path(*folder).is_absolute()) {
        std::fprintf(stderr, "HOME does not name a folder.\n");
        return 1;
    }
    const std::string root = "http://127.0.0.1:" + std::to_string(place.port);
    const SystemClock clock;
    Desk desk({*folder}, place.records, clock);
    if (options.tool.empty())
        return list(desk, root);
    const Tool* const tool = connect::findTool(options.tool);
    if (tool == nullptr) {
        std::fprintf(stderr, "There is no tool \"%s\"; `gaterouterd connect` lists them.\n",
                     plain(options.tool).c_str());
        return 1;
    }
    return connectOne(place, desk, root, *tool, options);
}

}  // namespace gr::app
