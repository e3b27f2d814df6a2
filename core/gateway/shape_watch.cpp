// SPDX-License-Identifier: MIT
#include "gateway/shape_watch.h"

#include <algorithm>

#include "json/scan.h"
#include "protocol/adapters.h"
#include "routing/answer_shape.h"

namespace gr::gateway {
namespace {

using protocol::ChatEvent;
using protocol::OutputFormat;

constexpr std::size_t kMostText = 256 * 1024;

std::string plain(const std::string& inside) {
    return json::unescape("\"" + inside + "\"");
}

}  // namespace

WantedShape wantedShape(protocol::Protocol protocol, std::string_view body) {
    WantedShape wanted;
    const auto request = protocol::adapter(protocol).readRequest(body);
    if (!request || request->sampling.choices != 1)
        return wanted;
    wanted.json = request->format.kind != OutputFormat::Kind::Text;
    wanted.schema = request->format.schema;
    for (const protocol::Tool& tool : request->tools) {
        if (tool.kind == protocol::Tool::Kind::Function && tool.strict.value_or(false))
            wanted.strictTools.push_back({std::string(tool.name), std::string(tool.parameters)});
    }
    return wanted;
}

void ShapeWatch::add(std::string& to, protocol::JsonString text) {
    if (text.size() < 2)
        return;
    m_unsaid = m_unsaid || to.size() + text.size() > kMostText;
    if (!m_unsaid)
        to.append(text.substr(1, text.size() - 2));
}

void ShapeWatch::take(const ChatEvent& event) {
    using Kind = ChatEvent::Kind;
    if (event.choice != 0)
        return;
    switch (event.kind) {
        case Kind::Text:
            add(m_text, event.text);
            break;
        case Kind::ToolCall:
            if (!event.custom)
                m_calls.push_back({event.block, std::string(event.name), {}});
            break;
        case Kind::Arguments:
            for (Call& call : m_calls) {
                if (call.block == event.block)
                    add(call.arguments, event.text);
            }
            break;
        case Kind::Refusal:
        case Kind::Error:
            m_unsaid = true;
            break;
        case Kind::Finish:
            m_ended = event.finish == protocol::Finish::Stop ||
                      event.finish == protocol::Finish::ToolCalls;
            break;
        default:
            break;
    }
}

bool ShapeWatch::missed(const Call& call) const {
    const auto& tools = m_wanted.strictTools;
    const auto tool = std::find_if(tools.begin(), tools.end(),
                                   [&call](const auto& one) { return one.name == call.name; });
    if (tool == tools.end())
        return false;
    const std::string arguments = plain(call.arguments);
    return !routing::fitsShape(tool->schema, arguments.empty() ? "{}" : arguments);
}

bool ShapeWatch::missed() const {
    if (!m_ended || m_unsaid)
        return false;
    if (!m_calls.empty())
        return std::ranges::any_of(m_calls, [this](const Call& call) { return missed(call); });
    return m_wanted.json && !routing::fitsShape(m_wanted.schema, plain(m_text));
}

}  // namespace gr::gateway
