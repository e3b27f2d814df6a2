// SPDX-License-Identifier: MIT
#include "ledger/anchor.h"

#include <span>
#include <sstream>

#include "base/file.h"
#include "base/text.h"

namespace gr::ledger {
namespace {

constexpr std::string_view kTitle = "gaterouter-receipts 1";

std::string hex(std::string_view bytes) {
    return toHex({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

}  // namespace

std::string anchorSeal(Signer& signer, const Anchor& anchor) {
    SignedText text;
    text.text("anchor").text(anchor.ledger).text(anchor.chain).text(anchor.signedBy);
    text.number(anchor.number).text(anchor.code).number(anchor.at.value);
    return signer.code(text.bytes());
}

std::string ledgerDigest(std::string_view name) {
    return hex(sha256(name).substr(0, 8));
}

Result<std::vector<Anchor>> readAnchors(const std::filesystem::path& file) {
    const auto content = readFile(file, 1 << 20);
    if (!content && content.error().code == ErrorCode::NotFound)
        return std::vector<Anchor>();
    if (!content)
        return fail(content.error());
    std::istringstream lines(*content);
    std::string line;
    std::getline(lines, line);
    bool sound = line == kTitle;
    std::vector<Anchor> anchors;
    while (sound && std::getline(lines, line)) {
        std::istringstream words(line);
        Anchor anchor;
        std::string code;
        std::string seal;
        words >> anchor.ledger >> anchor.chain >> anchor.signedBy >> anchor.number >> code >>
            anchor.at.value >> seal;
        const auto codeBytes = fromHex(code);
        const auto sealBytes = fromHex(seal);
        sound = words && codeBytes && sealBytes;
        if (!sound)
            break;
        anchor.code = *codeBytes;
        anchor.seal = *sealBytes;
        anchors.push_back(std::move(anchor));
    }
    if (!sound)
        return fail(ErrorCode::FileUnreadable,
                    "The file " + file.string() +
                        " makes no sense: it was changed by another program. Put it back, or move "
                        "it away; then rows that were taken before cannot be told any more.");
    return anchors;
}

Result<void> writeAnchors(const std::filesystem::path& file, const std::vector<Anchor>& anchors) {
    std::string text = std::string(kTitle) + '\n';
    for (const Anchor& anchor : anchors)
        text += anchor.ledger + ' ' + anchor.chain + ' ' + anchor.signedBy + ' ' +
                std::to_string(anchor.number) + ' ' + hex(anchor.code) + ' ' +
                std::to_string(anchor.at.value) + ' ' + hex(anchor.seal) + '\n';
    return replaceFile(file, text);
}

Result<std::vector<Anchor>> AnchorFile::read() const {
    const std::lock_guard lock(m_mutex);
    return readAnchors(m_file);
}

Result<void> AnchorFile::put(const Anchor& anchor) {
    const std::lock_guard lock(m_mutex);
    auto anchors = readAnchors(m_file);
    if (!anchors)
        return fail(std::move(anchors.error()));
    std::erase_if(*anchors, [&](const Anchor& other) {
        return other.ledger == anchor.ledger &&
               (other.chain == anchor.chain ||
                (anchor.number == 0 && other.number == 0 && other.signedBy == anchor.signedBy));
    });
    anchors->push_back(anchor);
    return writeAnchors(m_file, *anchors);
}

}  // namespace gr::ledger
