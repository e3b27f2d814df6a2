// SPDX-License-Identifier: MIT
#include "catalog/model_info.h"

#include <algorithm>

namespace gr::catalog {
namespace {

const ModelInfo* exact(const ProviderInfo& provider, std::string_view id) {
    const auto it = std::find_if(provider.models.begin(), provider.models.end(),
                                 [id](const ModelInfo& m) { return m.id == id; });
    if (it != provider.models.end())
        return &*it;
    for (const Spelling& spelling : provider.spellings) {
        if (spelling.name == id && spelling.model != id)
            return exact(provider, spelling.model);
    }
    return nullptr;
}

}  // namespace

ModelMatch findModel(const ProviderInfo& provider, std::string_view name) {
    if (const ModelInfo* const model = exact(provider, name))
        return {model, true};
    const std::string_view undated = withoutDate(name);
    return {undated.empty() ? nullptr : exact(provider, undated), false};
}

std::string_view withoutDate(std::string_view name) {
    for (const std::string_view form : {"-########", "-####-##-##"}) {
        if (name.size() <= form.size())
            continue;
        const std::string_view tail = name.substr(name.size() - form.size());
        const bool fits = std::equal(form.begin(), form.end(), tail.begin(), [](char f, char c) {
            return f == '#' ? c >= '0' && c <= '9' : c == f;
        });
        if (fits)
            return name.substr(0, name.size() - form.size());
    }
    return {};
}

}  // namespace gr::catalog
