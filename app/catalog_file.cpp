// SPDX-License-Identifier: MIT
#include "app/catalog_file.h"

#include <string>
#include <utility>

#include "base/file.h"

namespace gr::app {

Result<std::vector<catalog::ProviderInfo>> readOverlayFile(const std::filesystem::path& file) {
    auto text = readFile(file);
    if (!text && text.error().code == ErrorCode::NotFound)
        return std::vector<catalog::ProviderInfo>();
    if (!text)
        return fail(std::move(text.error()));
    auto overlay = catalog::readOverlay(*text);
    if (!overlay)
        return fail(ErrorCode::ConfigInvalid,
                    file.string() +
                        " is no overlay of the catalog (an object with \"providers\"). Its prices "
                        "are not used; correct it, or move it away.",
                    overlay.error().detail.text);
    return overlay;
}

catalog::Catalog loadCatalog(const std::filesystem::path& overlay, std::string* problem) {
    auto catalog = catalog::Catalog::embedded();
    const auto read = readOverlayFile(overlay);
    if (read)
        catalog.lay(*read);
    else if (problem != nullptr)
        *problem = read.error().message.text;
    return catalog;
}

}  // namespace gr::app
