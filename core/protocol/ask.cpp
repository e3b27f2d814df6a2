// SPDX-License-Identifier: MIT
#include "protocol/ask.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "protocol/gemini_words.h"
#include "protocol/json_text.h"

namespace gr::protocol {
namespace {

using json::Member;
using json::Object;
using json::Type;

constexpr std::int64_t kMostChoices = 128;  // OpenAI's own bound of `n`

Failure wrongType(const std::string& field, std::string_view expected) {
    return failField(ErrorCode::InvalidField, field,
                     "\"" + field + "\" must be " + std::string(expected) + ".");
}

Result<void> readFallbacks(const Object& body, const Member& member, Ask& ask) {
    constexpr std::string_view kExpected = "a list of up to 16 model names";
    if (member.type != Type::Array)
        return wrongType("models", kExpected);
    for (const std::string_view element : json::elementsIn(body.raw(member))) {
        if (!element.starts_with('"') || ask.fallbacks.size() == 16)
            return wrongType("models", kExpected);
        ask.fallbacks.push_back(json::unescape(element));
    }
    ask.extensions.push_back(&member);
    return {};
}

std::optional<bool> flag(const Member* member) {
    if (member == nullptr || member->type == Type::Null)
        return false;
    if (member->type == Type::True)
        return true;
    return member->type == Type::False ? std::optional(false) : std::nullopt;
}

// Where `"include_usage":true` has to be written so that a stream tells its usage.
std::optional<Splice> usageSplice(const Object& body) {
    const Member* options = body.find("stream_options");
    if (options == nullptr) {
        const std::size_t at = body.members.front().keyBegin;
        return Splice{at, at, R"("stream_options":{"include_usage":true},)"};
    }
    const auto object = json::objectIn(body.raw(*options));
    if (!object)
        return Splice{options->valueBegin, options->valueEnd, R"({"include_usage":true})"};
    if (const Member* include = object->find("include_usage")) {
        return Splice{options->valueBegin + include->valueBegin,
                      options->valueBegin + include->valueEnd, "true"};
    }
    const std::size_t at = options->valueBegin + 1;
    return Splice{at, at,
                  object->members.empty() ? R"("include_usage":true)" : R"("include_usage":true,)"};
}

// OpenAI's reasoning models refuse `max_tokens`, the only name that many tools know.
std::optional<Splice> limitSplice(const Object& body, const Target& target) {
    constexpr std::string_view kOld = "\"max_tokens\"";
    const std::string& name = target.dialect->maxTokensField;
    const Member* limit = body.find("max_tokens");
    if (limit == nullptr || target.rules.thinking != ThinkingForm::Effort || name == "max_tokens" ||
        body.find(name) != nullptr || !body.text.substr(limit->keyBegin).starts_with(kOld))
        return std::nullopt;
    return Splice{limit->keyBegin, limit->keyBegin + kOld.size(), quoted(name)};
}

Result<void> readModel(Ask& ask) {
    const Member* model = ask.body.find("model");
    if (model == nullptr) {
        return failField(ErrorCode::MissingField, "model",
                         "\"model\" is missing; name a model or \"auto\".");
    }
    if (model->type != Type::String)
        return wrongType("model", "a string");
    ask.model = json::unescape(ask.body.raw(*model));
    if (ask.model.empty() || ask.model.size() > 256)
        return wrongType("model", "a name of 1 to 256 bytes");
    return {};
}

// The one field besides the model that every request of a kind has; empty where there is none.
std::string contentKey(const Ask& ask) {
    const bool gemini = ask.protocol == Protocol::Gemini;
    switch (ask.task) {
        case Task::Embed:
            if (gemini)
                return ask.method == "embedContent" ? "content" : "requests";
            return "input";
        case Task::Complete:
            return {};
        case Task::Count:
            if (gemini && (ask.body.find("generateContentRequest") != nullptr ||
                           ask.body.find("generate_content_request") != nullptr))
                return {};
            break;
        case Task::Generate:
            break;
    }
    if (ask.protocol == Protocol::OpenAiResponses)
        return {};  // a stored prompt or response may stand for it
    return gemini ? "contents" : "messages";
}

Result<void> checkContent(const Ask& ask) {
    const std::string key = contentKey(ask);
    if (key.empty())
        return {};
    const Member* content = ask.body.find(key);
    if (content == nullptr)
        return failField(ErrorCode::MissingField, key, "\"" + key + "\" is missing.");
    if (content->type != Type::Array && key != "input" && key != "content")
        return wrongType(key, "a list of " + key);
    return {};
}

Result<void> readStream(Ask& ask) {
    const auto stream = flag(ask.body.find("stream"));
    if (!stream)
        return wrongType("stream", "true or false");
    ask.stream = *stream;
    if (ask.protocol != Protocol::OpenAiChat)
        return {};
    const Member* options = ask.body.find("stream_options");
    const auto object = options != nullptr && options->type == Type::Object
                            ? json::objectIn(ask.body.raw(*options))
                            : std::nullopt;
    if (object) {
        const auto include = flag(object->find("include_usage"));
        if (!include)
            return wrongType("stream_options.include_usage", "true or false");
        ask.usageAsked = *include;
    }
    if (const Member* n = ask.body.find("n"); n != nullptr && n->type == Type::Number)
        ask.choices = static_cast<std::size_t>(std::clamp<std::int64_t>(
            json::integerIn(ask.body.raw(*n)).value_or(1), 1, kMostChoices));
    return {};
}

// OpenRouter's way to ask for the cost: {"include": true}. Nobody else takes it, and a stream that
// tells a cost tells its usage.
void readUsage(const Member& member, Ask& ask) {
    const auto object = json::objectIn(ask.body.raw(member));
    const Member* const include = object ? object->find("include") : nullptr;
    const bool openAi =
        ask.protocol == Protocol::OpenAiChat || ask.protocol == Protocol::OpenAiResponses;
    if (!openAi || include == nullptr)
        return;
    ask.costAsked = include->type == Type::True;
    ask.extensions.push_back(&member);
}

Result<void> readExtensions(Ask& ask) {
    for (const Member& member : ask.body.members) {
        if (member.key == "models") {
            if (auto ok = readFallbacks(ask.body, member, ask); !ok)
                return ok;
        } else if (member.key == "usage" && member.type == Type::Object) {
            readUsage(member, ask);
        } else if (isWish(member.key)) {
            if (auto ok = readWish(ask.body, member, ask.wishes); !ok)
                return ok;
            ask.extensions.push_back(&member);
        }
    }
    return {};
}

bool contains(const std::vector<std::string>& list, std::string_view name) {
    return std::find(list.begin(), list.end(), name) != list.end();
}

bool mentioned(std::string_view text, std::string_view word) {
    return memmem(text.data(), text.size(), word.data(), word.size()) != nullptr;
}

bool fieldIsTaken(std::string_view key, const Dialect& dialect) {
    if (!dialect.only.empty() && !contains(dialect.only, key))
        return false;
    if ((key == "max_tokens" || key == "max_completion_tokens") && key != dialect.maxTokensField)
        return false;
    return !contains(dialect.refused, key) &&
           std::none_of(dialect.renamed.begin(), dialect.renamed.end(),
                        [key](const auto& pair) { return pair.first == key; });
}

bool anyMessageNamed(std::string_view messages) {
    for (const std::string_view element : json::elementsIn(messages)) {
        const auto message = json::objectIn(element);
        if (message && message->find("name") != nullptr)
            return true;
    }
    return false;
}

// Words that only mean something as keys or roles; one in a text costs a rewriting and no more.
bool messagesAreTaken(std::string_view messages, const Dialect& dialect) {
    const bool toolsMatter = dialect.reasoningMustReturn || dialect.toolIds != ToolIdForm::Any;
    return (dialect.developerRole || !mentioned(messages, "\"developer\"")) &&
           (dialect.imageUrls || !mentioned(messages, "\"image_url\"")) &&
           (!toolsMatter || !mentioned(messages, "\"tool_call")) &&
           (dialect.messageNames || !anyMessageNamed(messages));
}

}  // namespace

Result<Ask> readAsk(Protocol protocol, std::string_view body, const PathAsk& path) {
    auto object = json::scanObject(body);
    if (!object)
        return fail(object.error());
    Ask ask;
    ask.task = path.task;
    ask.protocol = protocol;
    ask.method = path.method;
    ask.body = std::move(*object);
    if (protocol == Protocol::Gemini) {
        ask.model = path.model;
        ask.stream = path.stream;
        ask.sseArray = path.stream && !path.sse;
    } else if (auto ok = readModel(ask); !ok) {
        return fail(ok.error());
    }
    if (auto ok = checkContent(ask); !ok)
        return fail(ok.error());
    const bool streams = ask.task == Task::Generate || ask.task == Task::Complete;
    if (protocol != Protocol::Gemini && streams) {
        if (auto ok = readStream(ask); !ok)
            return fail(ok.error());
    }
    if (auto ok = readExtensions(ask); !ok)
        return fail(ok.error());
    return ask;
}

std::vector<Splice> splicesFor(const Ask& ask, const Target& target) {
    std::vector<Splice> splices = removeMembers(ask.body, ask.extensions);
    if (const Member* model = ask.body.find("model"); model != nullptr && ask.model != target.model)
        splices.push_back({model->valueBegin, model->valueEnd, quoted(target.model)});
    if (ask.protocol != Protocol::OpenAiChat)
        return splices;
    if (auto splice = limitSplice(ask.body, target))
        splices.push_back(std::move(*splice));
    if (ask.stream && !ask.usageAsked && target.dialect->streamUsageOption) {
        if (auto splice = usageSplice(ask.body))
            splices.push_back(std::move(*splice));
    }
    return splices;
}

std::vector<Splice> geminiSplicesFor(const Ask& ask, std::string_view providerModel) {
    std::vector<Splice> splices = removeMembers(ask.body, ask.extensions);
    const std::string name = quoted(geminiModelPath(providerModel).substr(1));
    const auto inside = [&](std::string_view part) {
        const auto object = json::objectIn(part);
        const Member* model = object ? object->find("model") : nullptr;
        if (model == nullptr || model->type != Type::String)
            return;
        const auto at = static_cast<std::size_t>(part.data() - ask.body.text.data());
        splices.push_back({at + model->valueBegin, at + model->valueEnd, name});
    };
    inside(ask.body.text);
    for (const Member& member : ask.body.members) {
        if (member.key == "generateContentRequest" || member.key == "generate_content_request")
            inside(ask.body.raw(member));
        if (member.key == "requests") {
            for (const std::string_view request : json::elementsIn(ask.body.raw(member)))
                inside(request);
        }
    }
    return splices;
}

bool needsRewriting(const Ask& ask, const Dialect& dialect) {
    // Who says plain OpenAI to a provider of plain OpenAI has said what he wants.
    if (ask.protocol != Protocol::OpenAiChat || dialect.id == "openai")
        return false;
    for (const Member& member : ask.body.members) {
        const bool ours = std::find(ask.extensions.begin(), ask.extensions.end(), &member) !=
                          ask.extensions.end();
        if (!ours && !fieldIsTaken(member.key, dialect))
            return true;
        if (member.key == "messages" && !messagesAreTaken(ask.body.raw(member), dialect))
            return true;
        if (member.key == "response_format" && !dialect.jsonSchema &&
            mentioned(ask.body.raw(member), "json_schema"))
            return true;
    }
    return false;
}

bool carriesSeals(const Ask& ask) {
    if (ask.protocol == Protocol::OpenAiChat)
        return false;  // it has no field for them
    // Gemini's clients get them in base64.
    return mentioned(ask.body.text, ask.protocol == Protocol::Gemini ? "\"Z3IxL" : "\"gr1.");
}

}  // namespace gr::protocol
