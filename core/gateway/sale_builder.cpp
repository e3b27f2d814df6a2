// SPDX-License-Identifier: MIT
#include "gateway/sale_builder.h"

#include "base/log.h"
#include "payment/wallet_record.h"

namespace gr::gateway {
namespace {

using settings::Problem;
using settings::SecretRef;

class Builder final {
  public:
    Builder(const settings::Settings& settings, settings::SecretSource& secrets,
            std::vector<Problem>& problems)
        : m_settings(settings), m_secrets(secrets), m_problems(problems) {}

    SalePtr run() {
        const settings::Sell& terms = m_settings.sell;
        if (!terms.enabled || !terms.payTo)
            return nullptr;
        const auto entry = std::make_shared<SaleEntry>();
        entry->terms = terms;
        entry->networks = m_settings.wallet.known;
        if (const auto url = Url::parse(terms.publicUrl))
            entry->publicUrl = url->text();
        for (std::size_t i = 0; i < terms.networks.size(); ++i)
            addChain(*entry, terms.networks[i], "$.sell.networks[" + std::to_string(i) + "]");
        if (!addSettlement(*entry) || entry->chains.empty())
            return nullptr;
        return entry;
    }

  private:
    void warn(std::string path, std::string message) {
        m_problems.push_back({Problem::Severity::Warning, std::move(path), std::move(message)});
    }

    std::vector<Url> serversOf(payment::ChainId chain) const {
        std::vector<Url> servers;
        const auto add = [&servers](const std::string& text) {
            if (const auto url = Url::parse(text))
                servers.push_back(*url);
        };
        for (const settings::Wallet::Chain& known : m_settings.wallet.networks) {
            if (known.chain == chain)
                std::for_each(known.rpc.begin(), known.rpc.end(), add);
        }
        if (servers.empty())
            add(m_settings.sell.settlement.rpc);
        return servers;
    }

    void addChain(SaleEntry& entry, const std::string& name, std::string path) {
        const auto id = payment::chainOf(name);
        const payment::Network* const network = id ? entry.networks.find(*id) : nullptr;
        if (network == nullptr) {
            warn(std::move(path),
                 "names a network that is not known; describe it in "
                 "wallet.networks");
            return;
        }
        SaleChain chain{*network, serversOf(*id)};
        if (chain.rpc.empty()) {
            warn(std::move(path),
                 "has no RPC server (wallet.networks[].rpc), so that nobody could see whether "
                 "money came; nothing is sold for money on " +
                     network->name);
            return;
        }
        entry.chains.push_back(std::move(chain));
    }

    // Nothing where there is no such reference, or it cannot be read: then a warning says why.
    std::shared_ptr<const Secret> read(const std::optional<SecretRef>& reference,
                                       std::string_view name) {
        if (!reference)
            return nullptr;
        auto stored = m_secrets.read(*reference);
        if (!stored) {
            warn("$.sell.settle." + std::string(name), stored.error().message.text);
            return nullptr;
        }
        log::hide(stored->secret);
        return std::make_shared<const Secret>(std::move(stored->secret));
    }

    bool addSettlement(SaleEntry& entry) {
        const settings::Settlement& by = m_settings.sell.settlement;
        entry.facilitator = Url::parse(by.facilitator);
        if (entry.facilitator) {
            entry.bearer = read(by.bearer, "bearer");
            entry.cdpKey = read(by.cdpKey, "cdp_key");
            return (entry.bearer || !by.bearer) && (entry.cdpKey || !by.cdpKey);
        }
        const auto text = read(by.relayerKey, "self.relayer_key");
        if (!text)
            return false;
        const auto record = payment::WalletRecord::read(text->reveal());
        auto key = record ? record->key() : Result<payment::EvmKey>(fail(record.error()));
        if (!key) {
            warn("$.sell.settle.self.relayer_key", key.error().message.text);
            return false;
        }
        entry.relayer = std::make_shared<payment::SigningKey>(std::move(*key));
        return true;
    }

    const settings::Settings& m_settings;
    settings::SecretSource& m_secrets;
    std::vector<Problem>& m_problems;
};

}  // namespace

SalePtr buildSale(const settings::Settings& settings, settings::SecretSource& secrets,
                  std::vector<Problem>& problems) {
    return Builder(settings, secrets, problems).run();
}

}  // namespace gr::gateway
