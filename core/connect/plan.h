// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connect/tools.h"

// What a tool's configuration says of us, and what it should say: decided from texts. Pure; any
// thread.
namespace gr::connect {

// Where a tool is to go. `key` is a secret: whoever keeps one of these wipes nothing, so none is
// kept.
struct Target {
    std::string root;  // http://127.0.0.1:4402
    std::string key;
    std::string model;  // provider/model, an alias or auto
};

// The texts of a tool's files, in the order of Tool::files; a file that is missing is empty.
using Texts = std::vector<std::string>;

// How they would read. The same bytes where nothing changes. Errors as withWishes gives them, with
// the number of the file in front as `field` ("0").
Result<Texts> planned(const Tool& tool, const Texts& now, const Target& target);

// What the files say in the places of address, key and model; absent where nothing stands there.
struct Found {
    std::optional<std::string> root;  // without /v1
    std::optional<std::string> key;
    std::optional<std::string> model;
};
Result<Found> found(const Tool& tool, const Texts& now);

// How far a tool is.
enum class Standing : std::uint8_t { NotSetUp, Ready, Drifted };

// Why it drifted; in the order in which they count.
enum class Drift : std::uint8_t {
    None,
    Address,  // another one, or none any more
    Key,      // none, or one that the gateway does not know
    Model,    // none
    Other,    // another of the lines that belong to it
};

struct State {
    Standing standing = Standing::NotSetUp;
    Drift drift = Drift::None;
    Found found;
};

// `knows` tells whether the gateway takes a key. `setUpBefore`: we wrote these files once, so that
// what is not as it should be counts as drifted. A model other than the one that was written is no
// drift: it is the user's choice.
Result<State> judge(const Tool& tool, const Texts& now, const std::string& root,
                    const std::function<bool(const std::string&)>& knows, bool setUpBefore);

}  // namespace gr::connect
