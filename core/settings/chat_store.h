// SPDX-License-Identifier: MIT
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "settings/kept_chat.h"

namespace gr::settings {

// Conversations as files of their own in a folder, each sealed with a key of the vault and with its
// name: what is copied elsewhere, exchanged or changed is not taken for one. Blocking; one thread
// at a time; several processes may share the folder.
class ChatStore final {
  public:
    // `vaultKey`: Vault::derivedKey, of any purpose; a key for conversations alone is made of it.
    ChatStore(std::filesystem::path folder, const Secret& vaultKey);

    struct List {
        std::vector<ChatHead> chats;  // the one that changed last first
        std::size_t unreadable = 0;   // files of another vault, of a newer program, or damaged
    };
    // Those that contain `query`. A folder that is not there yet has none. FileUnreadable.
    Result<List> list(std::string_view query) const;
    // RecordNotFound, FileUnreadable; ConfigTooNew as readChatText().
    Result<KeptChat> read(std::string_view id) const;
    // In place of what was kept under its id. InvalidField: it has no id of newChatId().
    // FileUnwritable, DiskFull, ReadOnly: what was kept stays.
    Result<void> keep(const KeptChat& chat) const;
    // For good. What is not there is no error.
    Result<void> remove(std::string_view id) const;

  private:
    std::filesystem::path fileOf(std::string_view id) const;

    const std::filesystem::path m_folder;
    const Secret m_key;
};

}  // namespace gr::settings
