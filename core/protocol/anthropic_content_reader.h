// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>
#include <vector>

#include "json/scan.h"
#include "protocol/chat.h"
#include "protocol/field_reader.h"

// Reads the content blocks of a Messages request.
namespace gr::protocol {

// Where a block stands decides which kinds it may be.
enum class BlockPlace : std::uint8_t { System, User, Assistant, ToolResult };

// Appends what stands under `key`: a string or a list of content blocks. Absent: nothing. What is
// wrong is kept by `owner`.
void readAnthropicContent(const FieldReader& owner, std::string_view key, BlockPlace place,
                          std::vector<Part>& parts);

// Calls `read` with the fields of the object under `key`, if there is one.
template <class Read>
void within(const FieldReader& owner, std::string_view key, Read&& read) {
    const JsonText raw = owner.object(key);
    if (raw.empty())
        return;
    const auto object = json::objectIn(raw);
    const FieldReader inner(*object, owner.name(key), owner.arena(), owner.problem());
    read(inner);
}

// Calls `read` with the fields of every object of the list under `key`.
template <class Read>
void eachObject(const FieldReader& owner, std::string_view key, Read&& read) {
    std::size_t index = 0;
    for (const std::string_view element : owner.list(key)) {
        const std::string place = std::string(key) + "[" + std::to_string(index++) + "]";
        const auto object = json::objectIn(element);
        if (!object)
            return owner.wrong(place, "an object");
        const FieldReader inner(*object, owner.name(place), owner.arena(), owner.problem());
        read(inner);
        if (!owner.ok())
            return;
    }
}

}  // namespace gr::protocol
