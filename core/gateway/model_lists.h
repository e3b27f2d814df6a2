// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/error_body.h"
#include "routing/router.h"

namespace gr::gateway {

// The models of all usable providers that a key may name, as `provider/model`, in the form that the
// clients of a protocol read. Pure; `offers` and `allowed` (patterns) must outlive it.
class ModelLists final {
  public:
    ModelLists(const std::vector<routing::Offer>& offers, const std::vector<std::string>& allowed);

    // GET /v1/models or /v1beta/models. The query of `target` pages: Anthropic's `limit` (20),
    // `after_id` and `before_id`, Gemini's `pageSize` (50) and `pageToken`; OpenAI's list is whole.
    // Error: InvalidField.
    Result<std::string> page(WireFormat format, std::string_view target) const;

    // GET /v1/models/{id}: `provider/model`, or a bare id. Error: ModelNotFound.
    Result<std::string> one(WireFormat format, std::string_view id) const;

  private:
    struct Model {
        std::string id;  // "provider/model"
        const routing::Offer* offer = nullptr;
    };

    std::string openAiPage() const;
    Result<std::string> anthropicPage(std::string_view target) const;
    Result<std::string> geminiPage(std::string_view target) const;

    std::vector<Model> m_models;
};

}  // namespace gr::gateway
