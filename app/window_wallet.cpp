// SPDX-License-Identifier: MIT
// The part of the window's payments that makes, takes and backs up wallets.
#include <QPointer>
#include <QTimer>

#include "app/guarded.h"
#include "app/window_payments.h"
#include "base/log.h"
#include "payment/mnemonic.h"
#include "settings/policy_text.h"

namespace gr::app {

using payment::Mnemonic;
using payment::WalletRecord;
using settings::SecretStore;

namespace {

// Later, as every reply.
template <class T>
void reply(QObject* context, ui::Payments::Reply<T> answer, Result<T> value) {
    auto held = std::make_shared<Result<T>>(std::move(value));
    QTimer::singleShot(0, context,
                       [answer = std::move(answer), held] { answer(std::move(*held)); });
}

}  // namespace

ui::Payments::Keeper WindowPayments::keeper() const {
    const SecretStore& secrets = m_configuration.secrets();
    if (secrets.state() == SecretStore::State::NoVault) {
        return Keeper::NoVault;
    }
    if (secrets.state() != SecretStore::State::Open) {
        return Keeper::Locked;
    }
    return secrets.opensByKeychain() ? Keeper::Keychain : Keeper::Passphrase;
}

// Half a second of work by design of the passphrase's protection, once in the life of a vault.
void WindowPayments::protectVault(QObject* context, Secret passphrase, Reply<void> answer) {
    reply<void>(context, std::move(answer), m_configuration.secrets().changePassphrase(passphrase));
}

Result<WalletRecord> WindowPayments::stored() const {
    const auto entry = walletEntry(wallet());
    if (!entry) {
        return fail(entry.error());
    }
    const auto secret = m_configuration.secrets().read(wallet().key);
    if (!secret) {
        return fail(secret.error());
    }
    return WalletRecord::read(secret->secret.reveal());
}

// Puts it into the vault and lets the gateway follow. `fresh`: nothing may lie there yet.
void WindowPayments::keep(const WalletRecord& record, bool fresh, Keep done) {
    SecretStore& secrets = m_configuration.secrets();
    const auto entry = walletEntry(wallet());
    const auto free = entry && fresh ? mustBeFree(secrets, *entry) : Result<void>();
    if (!entry || !free) {
        done(fail(entry ? free.error() : entry.error()));
        return;
    }
    log::hide(record.words());
    const QPointer<WindowPayments> self(this);
    secrets.save(*entry, record.text(), "", [self, done = std::move(done)](Result<void> saved) {
        if (!self || !saved) {
            done(std::move(saved));
            return;
        }
        self->m_door().follow([self, done](const Result<void>&) {
            // That a gateway could not follow is told elsewhere; the wallet is kept.
            done({});
            if (self) {
                emit self->changed();
            }
        });
    });
}

void WindowPayments::createWallet(QObject* context, int words, Reply<Secret> answer) {
    const auto length = words == 24 ? Mnemonic::Length::TwentyFour : Mnemonic::Length::Twelve;
    auto record = WalletRecord::fromWords(Mnemonic::create(length), Secret(), 0);
    if (!record) {
        reply<Secret>(context, std::move(answer), fail(record.error()));
        return;
    }
    const QPointer<QObject> alive(context);
    const auto shown = std::make_shared<const Secret>(record->words().clone());
    keep(*record, true, [alive, shown, answer = std::move(answer)](const Result<void>& kept) {
        if (!alive) {
            return;
        }
        reply<Secret>(alive, answer,
                      kept ? Result<Secret>(shown->clone()) : Result<Secret>(fail(kept.error())));
    });
}

void WindowPayments::importWallet(QObject* context, Secret text, Secret wordsPassphrase,
                                  std::uint32_t account, Reply<void> answer) {
    const auto record = importedWallet(text, wordsPassphrase, account);
    if (!record) {
        reply<void>(context, std::move(answer), fail(record.error()));
        return;
    }
    const QPointer<QObject> alive(context);
    keep(*record, true, [alive, answer = std::move(answer)](Result<void> kept) {
        if (alive) {
            reply<void>(alive, answer, std::move(kept));
        }
    });
}

void WindowPayments::checkBackup(QObject* context, Secret text, Reply<void> answer) {
    auto record = stored();
    auto right = record ? mustBeBackup(*record, text) : Result<void>(fail(record.error()));
    if (!right) {
        reply<void>(context, std::move(answer), std::move(right));
        return;
    }
    record->setBackedUp();
    const QPointer<QObject> alive(context);
    keep(*record, false, [alive, answer = std::move(answer)](Result<void> kept) {
        if (alive) {
            reply<void>(alive, answer, std::move(kept));
        }
    });
}

void WindowPayments::walletWords(QObject* context, Reply<Secret> answer) {
    const auto record = stored();
    reply<Secret>(
        context, std::move(answer),
        record ? Result<Secret>(record->words().clone()) : Result<Secret>(fail(record.error())));
}

payment::PolicyChange WindowPayments::policyChange() const {
    const bool held = wallet().key.kind == settings::SecretRef::Kind::Vault && !wallet().watchOnly;
    return held ? app::policyChange(m_configuration.secrets(), wallet()) : payment::PolicyChange();
}

void WindowPayments::approvePolicy(QObject* context, const payment::SpendingPolicy& asked,
                                   Reply<void> answer) {
    const QPointer<WindowPayments> self(this);
    const auto done = guarded<void>(context, std::move(answer));
    m_configuration.secrets().save(std::string(settings::kApprovedPolicy),
                                   Secret(settings::policyText(asked)), "",
                                   [self, done](Result<void> saved) {
                                       if (!self || !saved) {
                                           done(std::move(saved));
                                           return;
                                       }
                                       self->m_door().follow([self, done](Result<void> followed) {
                                           done(std::move(followed));
                                           if (self) {
                                               emit self->changed();
                                           }
                                       });
                                   });
}

Result<ApprovalOrder> WindowPayments::orderOf(payment::ChainId chain, const payment::Address& token,
                                              const payment::Uint256& units) const {
    constexpr Milliseconds kPatience{180'000};
    const auto place = approvalPlace(wallet(), "eip155:" + std::to_string(chain));
    if (!place) {
        return fail(place.error());
    }
    const payment::Token* const known = wallet().known.token(chain, token);
    if (known == nullptr) {
        return fail(ErrorCode::InvalidField, "This token is not known by now.");
    }
    if (wallet().watchOnly) {
        return fail(ErrorCode::InvalidField,
                    "This wallet only watches; its key is elsewhere, and must sign this there.");
    }
    const auto secret = m_configuration.secrets().read(wallet().key);
    if (!secret) {
        return fail(secret.error());
    }
    const auto record = WalletRecord::read(secret->secret.reveal());
    auto key = record ? record->key() : Result<payment::EvmKey>(fail(record.error()));
    if (!key) {
        return fail(key.error());
    }
    const payment::Address owner = key->address();
    return ApprovalOrder{
        {place->network, *known, owner, units}, place->rpc, std::move(*key), kPatience};
}

void WindowPayments::setAllowance(QObject* context, payment::ChainId chain,
                                  const payment::Address& token, const payment::Uint256& units,
                                  ui::AllowanceTalk talk, Reply<void> answer) {
    auto order = orderOf(chain, token, units);
    if (!order) {
        reply<void>(context, std::move(answer), fail(order.error()));
        return;
    }
    m_allow.start(context, m_configuration.paths().dataDir, m_location, std::move(*order),
                  std::move(talk), std::move(answer));
}

}  // namespace gr::app
