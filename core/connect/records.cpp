// SPDX-License-Identifier: MIT
#include "connect/records.h"

#include "base/file.h"
#include "json/writer.h"
#include "settings/data_directory.h"
#include "settings/json_tree.h"

namespace gr::connect {
namespace {

using settings::JsonNode;

std::string textIn(const JsonNode& object, std::string_view name) {
    const JsonNode* node = object.find(name);
    return node != nullptr && node->isString() ? node->text : std::string();
}

std::int64_t numberIn(const JsonNode& object, std::string_view name) {
    const JsonNode* node = object.find(name);
    return node != nullptr ? node->integer().value_or(0) : 0;
}

FileRecord fileIn(const JsonNode& node) {
    FileRecord file;
    file.path = textIn(node, "path");
    file.backUp = textIn(node, "backup");
    file.made = file.backUp.empty();
    file.mode = static_cast<unsigned>(numberIn(node, "mode")) & 07777U;
    file.before = textIn(node, "before");
    file.after = textIn(node, "after");
    return file;
}

}  // namespace

Result<Records> readRecords(const std::filesystem::path& file) {
    const auto text = readFile(file);
    if (!text && text.error().code == ErrorCode::NotFound)
        return Records();
    if (!text)
        return fail(text.error());
    const auto root = settings::parseJson(*text);
    if (!root)
        return fail(ErrorCode::ConfigInvalid,
                    file.string() + ": " + root.error().message.text +
                        " Without it nothing can be undone; move it away to begin anew.");
    Records records;
    const JsonNode* tools = root->find("tools");
    for (const auto& [name, begin, value, repeated] :
         tools != nullptr ? tools->members : std::vector<settings::JsonMember>()) {
        Record& record = records[name];
        record.keyId = textIn(value, "key");
        record.keyDigest = textIn(value, "key_digest");
        record.at = {numberIn(value, "at")};
        if (const JsonNode* files = value.find("files")) {
            for (const JsonNode& one : files->items)
                record.files.push_back(fileIn(one));
        }
    }
    return records;
}

Result<void> writeRecords(const std::filesystem::path& file, const Records& records) {
    json::Writer out;
    out.object().key("version").number(1).key("tools").object();
    for (const auto& [name, record] : records) {
        out.key(name).object().key("key").string(record.keyId);
        out.key("key_digest").string(record.keyDigest).key("at").number(record.at.value);
        out.key("files").array();
        for (const FileRecord& one : record.files) {
            out.object().key("path").string(one.path.string());
            out.key("backup").string(one.backUp.string()).key("mode").number(one.mode);
            out.key("before").string(one.before).key("after").string(one.after).end();
        }
        out.end().end();
    }
    out.end().end();
    if (auto made = settings::makePrivateFolder(file.parent_path()); !made)
        return made;
    return replaceFile(file, out.take() + "\n");
}

}  // namespace gr::connect
