// SPDX-License-Identifier: MIT
#include "settings/chat_store.h"

#include <algorithm>
#include <system_error>
#include <utility>

#include "base/cipher.h"
#include "base/file.h"
#include "settings/data_directory.h"

namespace gr::settings {
namespace {

// Before the box, so that another form can be told from damage.
constexpr std::string_view kMagic = "GRCHAT1\n";
constexpr std::string_view kSuffix = ".chat";
constexpr std::size_t kMostBytes = 64U << 20U;

}  // namespace

ChatStore::ChatStore(std::filesystem::path folder, const Secret& vaultKey)
    : m_folder(std::move(folder)), m_key(deriveKey(vaultKey, "conversations")) {}

std::filesystem::path ChatStore::fileOf(std::string_view id) const {
    return m_folder / (std::string(id) + std::string(kSuffix));
}

Result<KeptChat> ChatStore::read(std::string_view id) const {
    if (!isChatId(id))
        return fail(ErrorCode::RecordNotFound, "There is no such conversation.");
    const auto file = readFile(fileOf(id), kMostBytes);
    if (!file && file.error().code == ErrorCode::NotFound)
        return fail(ErrorCode::RecordNotFound, "This conversation is not kept any more.");
    if (!file)
        return fail(file.error());
    const Failure damaged = fail(
        ErrorCode::FileUnreadable,
        "The conversation " + fileOf(id).string() +
            " cannot be read: it belongs to another vault, or was changed. It is left as it is.");
    if (!file->starts_with(kMagic))
        return damaged;
    const auto text = decrypt(m_key, id, std::string_view(*file).substr(kMagic.size()));
    if (!text)
        return damaged;
    auto chat = readChatText(*text);
    if (chat && chat->id != id)
        return damaged;
    return chat;
}

Result<ChatStore::List> ChatStore::list(std::string_view query) const {
    List list;
    std::error_code error;
    std::filesystem::directory_iterator files(m_folder, error);
    if (error == std::errc::no_such_file_or_directory)
        return list;
    if (error)
        return fail(fileError(error.value(), "Reading", m_folder));
    for (const auto& entry : files) {
        const std::filesystem::path& file = entry.path();
        const std::string id = file.stem().string();
        if (file.extension() != kSuffix || !isChatId(id))
            continue;
        const auto chat = read(id);
        if (!chat)
            ++list.unreadable;
        else if (contains(*chat, query))
            list.chats.push_back({chat->id, chat->title, chat->changedAt, chat->messages.size()});
    }
    std::sort(list.chats.begin(), list.chats.end(), [](const ChatHead& a, const ChatHead& b) {
        return std::pair(a.changedAt, a.id) > std::pair(b.changedAt, b.id);
    });
    return list;
}

Result<void> ChatStore::keep(const KeptChat& chat) const {
    if (!isChatId(chat.id))
        return fail(ErrorCode::InvalidField, "This conversation has no id to be kept under.");
    if (auto made = makePrivateFolder(m_folder); !made)
        return made;
    return replaceFile(fileOf(chat.id),
                       std::string(kMagic) + encrypt(m_key, chat.id, chatText(chat)));
}

Result<void> ChatStore::remove(std::string_view id) const {
    if (!isChatId(id))
        return {};
    std::error_code error;
    std::filesystem::remove(fileOf(id), error);
    if (error)
        return fail(fileError(error.value(), "Removing", fileOf(id)));
    return {};
}

}  // namespace gr::settings
