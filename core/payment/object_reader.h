// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "json/scan.h"
#include "payment/evm_types.h"

namespace gr::payment {

// Reads members of one JSON object of x402, strictly: texts are texts, numbers are decimal texts,
// and null is absent. The first thing that is wrong is remembered as a sentence that names the
// member; what is read after it has no meaning. Does not own the object. One thread.
class ObjectReader final {
  public:
    // `place` stands before names in sentences: "accepts[0]"; may be empty.
    ObjectReader(const json::Object& object, std::string place)
        : m_object(object), m_place(std::move(place)) {}

    bool has(std::string_view name) const { return find(name) != nullptr; }

    // Absent: empty. Longer than `most` bytes is wrong.
    std::string optionalText(std::string_view name, std::size_t most);
    std::string text(std::string_view name, std::size_t most);  // must be there
    Uint256 amount(std::string_view name);                      // decimal text below 2^256
    Address address(std::string_view name);
    std::optional<Address> optionalAddress(std::string_view name);
    Bytes32 bytes32(std::string_view name);
    std::string bytes(std::string_view name, std::size_t most);  // from "0x" and digits
    bool flag(std::string_view name);                            // must be there
    std::uint64_t count(std::string_view name);                  // a whole JSON number, >= 0
    // The span of an object, or of an array; must be there unless asked with optional*().
    std::string_view object(std::string_view name);
    std::string_view array(std::string_view name);
    std::string_view optionalObject(std::string_view name);  // absent: empty

    bool ok() const { return m_problem.empty(); }
    const std::string& problem() const { return m_problem; }
    void complain(std::string_view name, std::string_view what);  // keeps the first

  private:
    const json::Member* find(std::string_view name) const;  // null is absent
    const json::Member* need(std::string_view name);
    std::string_view span(std::string_view name, json::Type type, std::string_view what);

    const json::Object& m_object;
    std::string m_place;
    std::string m_problem;
};

}  // namespace gr::payment
