// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/error_body.h"
#include "gateway/sale_list.h"
#include "routing/router.h"

namespace gr::gateway {

// What a key may name, in the form that the clients of a protocol read: `auto` and its aims, the
// user's names, and the models of all usable providers as `provider/model`. Pure.
class ModelLists final {
  public:
    // What there is to name. `allowed`: patterns of the client key.
    struct Source {
        const std::vector<routing::Offer>& offers;
        const std::vector<routing::Alias>& aliases;
        const std::string& defaultModel;  // for `auto`
        bool chooses = false;             // `auto` can choose: some model is known to it
        const std::vector<std::string>& allowed;
    };
    explicit ModelLists(const Source& source);
    // What strangers may buy; each entry has its `pricing` in dollars of one token, as texts.
    explicit ModelLists(const std::vector<SoldModel>& sold);

    // GET /v1/models or /v1beta/models. The query of `target` pages: Anthropic's `limit` (20),
    // `after_id` and `before_id`, Gemini's `pageSize` (50) and `pageToken`; OpenAI's list is whole.
    // Error: InvalidField.
    Result<std::string> page(WireFormat format, std::string_view target) const;

    // GET /v1/models/{id}: one of the list, or a bare id. Error: ModelNotFound.
    Result<std::string> one(WireFormat format, std::string_view id) const;

  private:
    struct Model {
        std::string id;  // "provider/model", or a name of the gateway
        std::string owner;
        std::string pricing{};  // JSON; empty: it is not told
    };
    void addNames(const Source& source);

    std::string openAiPage() const;
    Result<std::string> anthropicPage(std::string_view target) const;
    Result<std::string> geminiPage(std::string_view target) const;

    std::vector<Model> m_models;
};

}  // namespace gr::gateway
