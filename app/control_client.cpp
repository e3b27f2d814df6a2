// SPDX-License-Identifier: MIT
#include "app/control_client.h"

#include <cstdio>
#include <set>

#include "app/control_line.h"
#include "app/experience_control.h"
#include "app/limit_control.h"
#include "app/payment_control.h"
#include "base/time_text.h"
#include "gateway/control.h"
#include "json/scan.h"
#include "json/writer.h"

namespace gr::app {
namespace {

std::optional<std::string> timeIn(const json::Object& object, std::string_view key) {
    const auto ms = numberMember(object, key);
    return ms ? std::optional(isoTime({*ms})) : std::nullopt;
}

// The programs that connected with a key; of which nothing is known, nothing is said.
void printPrograms(const std::vector<std::string_view>& programs, const std::string& client) {
    for (const std::string_view entry : programs) {
        const auto program = json::objectIn(entry);
        if (!program || member(*program, "client") != client)
            continue;
        const json::Member* const pid = program->find("pid");
        std::printf("  used by %s (process %s), first connected %s, last %s\n",
                    member(*program, "program").c_str(),
                    pid != nullptr ? std::string(program->raw(*pid)).c_str() : "?",
                    timeIn(*program, "first").value_or("?").c_str(),
                    timeIn(*program, "last").value_or("?").c_str());
    }
}

void printKey(const json::Object& key) {
    std::string line = member(key, "id") + ": made " + timeIn(key, "created").value_or("");
    if (const auto expires = timeIn(key, "expires"))
        line += ", expires " + *expires;
    if (const auto revoked = timeIn(key, "revoked"))
        line += ", revoked " + *revoked;
    std::string models;
    if (const json::Member* const m = key.find("models")) {
        for (const std::string_view model : json::elementsIn(key.raw(*m)))
            models += (models.empty() ? "" : ", ") + json::unescape(model);
    }
    line += ", models " + models;
    const json::Member* const limits = key.find("limits");
    if (limits != nullptr && !json::elementsIn(key.raw(*limits)).empty())
        line += ", limits " + std::string(key.raw(*limits));
    const json::Member* const unpriced = key.find("allow_unpriced");
    if (unpriced != nullptr && unpriced->type == json::Type::True)
        line += ", also without a price";
    std::printf("%s\n", line.c_str());
}

void printKeys(const json::Object& answer, const json::Member& keys) {
    const std::vector<std::string_view> entries = json::elementsIn(answer.raw(keys));
    if (entries.empty())
        std::printf("no key was made at run time\n");
    const json::Member* const seen = answer.find("programs");
    const auto programs =
        seen != nullptr ? json::elementsIn(answer.raw(*seen)) : std::vector<std::string_view>();
    std::set<std::string> told;
    for (const std::string_view entry : entries) {
        if (const auto key = json::objectIn(entry)) {
            printKey(*key);
            printPrograms(programs, member(*key, "id"));
            told.insert(member(*key, "id"));
        }
    }
    for (const std::string_view entry : programs) {
        const auto program = json::objectIn(entry);
        if (const std::string client = member(*program, "client"); told.insert(client).second) {
            std::printf("%s: of the configuration or a session\n", client.c_str());
            printPrograms(programs, client);
        }
    }
}

}  // namespace

int askGateway(const std::filesystem::path& socket, const std::string& line) {
    const auto answer = gateway::askControl(socket, line);
    if (!answer) {
        std::fprintf(stderr, "%s\n", answer.error().message.text.c_str());
        return 1;
    }
    const auto object = json::scanObject(*answer);
    const json::Member* const ok = object ? object->find("ok") : nullptr;
    if (ok == nullptr || ok->type != json::Type::True) {
        std::fprintf(stderr, "%s\n",
                     object ? member(*object, "error").c_str() : "The answer makes no sense.");
        return 1;
    }
    if (object->find("limits") != nullptr)
        std::fputs(limitLines(*object).c_str(), stdout);
    else if (object->find("held") != nullptr)
        std::fputs(paymentLines(*object).c_str(), stdout);
    else if (object->find("experience") != nullptr)
        std::fputs(experienceLines(*object).c_str(), stdout);
    else if (const json::Member* const keys = object->find("keys"))
        printKeys(*object, *keys);
    else if (object->find("said") != nullptr)
        std::printf("%s\n", member(*object, "said").c_str());
    else if (object->find("key") != nullptr)
        std::printf("%s\n", member(*object, "key").c_str());
    else if (object->members.size() > 1)
        std::printf("%s\n", answer->c_str());
    else
        std::printf("done\n");
    return 0;
}

int createKey(const std::filesystem::path& socket, const NewKey& key) {
    json::Writer line;
    line.object().key("command").string("keys.create").key("id").string(key.id);
    if (!key.expires.empty())
        line.key("expires").string(key.expires);
    if (!key.models.empty()) {
        line.key("models").array();
        for (const std::string& model : key.models)
            line.string(model);
        line.end();
    }
    if (!key.limits.empty()) {
        line.key("limits").array();
        for (const std::string& limit : key.limits) {
            if (const auto read = json::scanObject(limit); !read) {
                std::fprintf(stderr,
                             "--limit must be a JSON object such as "
                             "'{\"window\":\"day\",\"usd\":\"5.00\"}': %s\n",
                             read.error().message.text.c_str());
                return 2;
            }
            line.raw(limit);
        }
        line.end();
    }
    if (key.allowUnpriced)
        line.key("allow_unpriced").boolean(true);
    return askGateway(socket, line.end().take());
}

}  // namespace gr::app
