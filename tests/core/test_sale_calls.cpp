// SPDX-License-Identifier: MIT
// What is asked of a chain before a payment is taken, and what its answers mean.
#include <QtTest>

#include "payment/contracts.h"
#include "payment/evm_key.h"
#include "payment/sale_calls.h"

using namespace gr::payment;
using Kind = SaleCheck::Kind;

namespace {

const EvmKey kPayer = EvmKey::fromBytes(std::string(EvmKey::kBytes, 1)).value();
const Address kPayTo = *Address::parse("0x209693bc6afc0c5328ba36faf03c514ef312287c");
const Address kSettler = *Address::parse("0x70997970c51812dc3a010c7d01b50e0d17dc79c8");

SaleOffer offerOf(Scheme scheme, TransferMethod method) {
    SaleOffer offer;
    offer.scheme = scheme;
    offer.method = method;
    offer.network.id = 84532;
    offer.token.address = *Address::parse("0x036cbd53842c5426634e7929541ec2318f3dcf7e");
    offer.token.symbol = "USDC";
    offer.token.domain = TokenDomain{"USDC", "2"};
    offer.amount = 10'000;
    offer.payTo = kPayTo;
    if (scheme == Scheme::Upto)
        offer.facilitator = kSettler;
    return offer;
}
const SaleOffer kTransfer = offerOf(Scheme::Exact, TransferMethod::Eip3009);
const SaleOffer kPermit = offerOf(Scheme::Exact, TransferMethod::Permit2);
const SaleOffer kUpto = offerOf(Scheme::Upto, TransferMethod::Permit2);

SignedAuthorization signedFor(const SaleOffer& offer) {
    SignedAuthorization paid;
    if (offer.method == TransferMethod::Eip3009) {
        paid.authorization = TransferAuthorization{kPayer.address(), kPayTo,      offer.amount, 0,
                                                   1'795'003'200,    Bytes32{{7}}};
    } else {
        Permit2Authorization permit;
        permit.from = kPayer.address();
        permit.token = offer.token.address;
        permit.amount = offer.amount;
        permit.spender = offer.scheme == Scheme::Upto ? kUptoProxy : kExactProxy;
        permit.nonce = 261;
        permit.deadline = 1'795'003'200;
        permit.to = kPayTo;
        permit.facilitator = offer.facilitator;
        paid.authorization = permit;
    }
    paid.signature = kPayer.sign(signedDigest(paid.authorization, offer)).bytes();
    return paid;
}

rpc::Answer result(std::string json) {
    std::replace(json.begin(), json.end(), '\'', '"');
    return {std::move(json), {}};
}

rpc::Answer word(std::uint64_t value) {
    return result("'" + Bytes32{Uint256(value).word()}.toHex() + "'");
}

rpc::Answer objection(std::int64_t code, std::string message, std::string data = {}) {
    rpc::Answer answer;
    answer.problem = rpc::Answer::Problem{code, std::move(message), std::move(data)};
    return answer;
}

// All is well, until a test bends one of them: code, nonce, balance, run, block, proxy, allowance.
std::vector<rpc::Answer> goodAnswers() {
    return {
        result("'0xfe'"),
        word(0),
        word(10'000),
        result("'0x'"),
        result("{'number':'0x10','timestamp':'0x6afd0000','hash':'" + Bytes32{{9}}.toHex() + "'}"),
        result("'0xfe'"),
        word(10'000)};
}

SaleCheck checked(const SaleOffer& offer, std::vector<rpc::Answer> answers) {
    const SignedAuthorization paid = signedFor(offer);
    answers.resize(askSettleable(paid, offer, offer.amount, std::nullopt).size());
    return readSettleable(paid, offer, offer.amount, answers);
}

std::string wordsOf(const SaleCheck& check) {
    switch (check.kind) {
        case Kind::Good:
            return "good";
        case Kind::Used:
            return "used";
        case Kind::Unclear:
            return "unclear";
        case Kind::Refused:
            break;
    }
    return std::to_string(check.problem.status) + " " + check.problem.reason;
}

// Good answers but for one.
std::string bent(const SaleOffer& offer, std::size_t place, rpc::Answer answer) {
    auto answers = goodAnswers();
    answers[place] = std::move(answer);
    return wordsOf(checked(offer, std::move(answers)));
}

}  // namespace

class TestSaleCalls final : public QObject {
    Q_OBJECT

  private slots:
    void aKeysSignatureNamesThePayer() {
        for (const SaleOffer& offer : {kTransfer, kPermit, kUpto}) {
            SignedAuthorization paid = signedFor(offer);
            QCOMPARE(signerOf(paid, offer)->toHex(), kPayer.address().toHex());
            SaleOffer other = offer;
            other.network.id = 8453;
            QVERIFY(signerOf(paid, other) != kPayer.address());
            paid.signature[64] = static_cast<char>(paid.signature[64] - 27);
            QVERIFY(!signerOf(paid, offer));  // no contract takes it so
        }
    }

    // Permit2 takes EIP-2098's 64 bytes; a token does not.
    void aShortSignatureIsForPermit2Alone() {
        for (const SaleOffer& offer : {kTransfer, kPermit}) {
            SignedAuthorization paid = signedFor(offer);
            const bool odd = paid.signature[64] == 28;
            paid.signature.pop_back();
            if (odd)
                paid.signature[32] = static_cast<char>(paid.signature[32] | '\x80');
            QCOMPARE(signerOf(paid, offer) == kPayer.address(),
                     offer.method == TransferMethod::Permit2);
        }
    }

    // What is run before is what is sent after.
    void theVeryCallIsTriedBefore() {
        for (const SaleOffer& offer : {kTransfer, kPermit, kUpto}) {
            const SignedAuthorization paid = signedFor(offer);
            const SaleCall call = settlementCall(paid, offer, 9'000);
            const auto asked = askSettleable(paid, offer, 9'000, kPayTo);
            QCOMPARE(asked[3].method, std::string("eth_call"));
            QVERIFY(asked[3].params.find(hexOf(call.data)) != std::string::npos);
            QVERIFY(asked[3].params.find("\"to\":\"" + call.to.toHex()) != std::string::npos);
            // Only the one that the payer named may send an upto payment.
            const Address& from = offer.facilitator ? kSettler : kPayTo;
            QVERIFY(asked[3].params.find("\"from\":\"" + from.toHex()) != std::string::npos);
        }
    }

    void contractWalletsGetTheirOwnOverload() {
        SignedAuthorization paid = signedFor(kTransfer);
        QCOMPARE(hexOf(settlementCall(paid, kTransfer, 1).data.substr(0, 4)),
                 std::string("0xe3ee160e"));
        paid.signature += '\1';
        QCOMPARE(hexOf(settlementCall(paid, kTransfer, 1).data.substr(0, 4)),
                 std::string("0xcf092995"));
    }

    void goodAnswersAreGood() {
        for (const SaleOffer& offer : {kTransfer, kPermit, kUpto}) {
            const SaleCheck check = checked(offer, goodAnswers());
            QCOMPARE(wordsOf(check), std::string("good"));
            QCOMPARE(check.latest.number, std::uint64_t(16));
        }
    }

    void whatIsMissingIsNamed() {
        QCOMPARE(bent(kTransfer, 0, result("'0x'")),
                 std::string("402 asset_not_deployed_contract"));
        QCOMPARE(bent(kTransfer, 1, word(1)), std::string("used"));
        QCOMPARE(bent(kPermit, 1, word(1 << 5)), std::string("used"));
        QCOMPARE(bent(kPermit, 1, word(1 << 6)), std::string("good"));
        QCOMPARE(bent(kTransfer, 2, word(9'999)),
                 std::string("402 invalid_exact_evm_insufficient_balance"));
        QCOMPARE(bent(kPermit, 2, word(9'999)), std::string("402 permit2_insufficient_balance"));
        QCOMPARE(bent(kPermit, 5, result("'0x'")), std::string("402 permit2_proxy_not_deployed"));
        QCOMPARE(bent(kUpto, 6, word(9'999)), std::string("412 permit2_allowance_required"));
    }

    void aRevertIsTheContracts() {
        const auto run = [](std::int64_t code, const char* message, std::string data = {}) {
            return bent(kTransfer, 3, objection(code, message, std::move(data)));
        };
        const std::string failed = "402 invalid_exact_evm_transaction_simulation_failed";
        QCOMPARE(run(3, "execution reverted: Pausable: paused"), failed);
        QCOMPARE(run(-32000, "execution reverted"), failed);
        QCOMPARE(run(-32015, "VM execution error."), failed);
        QCOMPARE(run(3, "execution reverted", "\x08\xc3..FiatTokenV2: authorization is expired"),
                 std::string("402 invalid_exact_evm_payload_authorization_valid_before"));
        QCOMPARE(run(3, "execution reverted: FiatTokenV2: invalid signature"),
                 std::string("402 invalid_exact_evm_signature"));
        QCOMPARE(bent(kPermit, 3, objection(3, "execution reverted")),
                 std::string("402 permit2_simulation_failed"));
    }

    // The payer is not to blame for a node that has no time.
    void aNodesOwnTroubleIsNoRefusal() {
        for (std::size_t place = 0; place < 7; ++place) {
            QCOMPARE(bent(kPermit, place, objection(-32005, "rate limit exceeded")),
                     std::string("unclear"));
            QCOMPARE(bent(kPermit, place, result("17")), std::string("unclear"));
        }
    }

    void walletsAreAsked() {
        SignedAuthorization paid = signedFor(kTransfer);
        paid.signature += '\1';
        const std::string good = "'0x1626ba7e" + std::string(56, '0') + "'";
        const auto read = [&paid](rpc::Answer code, rpc::Answer said) {
            return wordsOf(readWallet(paid, {std::move(code), std::move(said)}));
        };
        QCOMPARE(askWallet(paid, kTransfer).size(), std::size_t(2));
        QCOMPARE(read(result("'0xfe'"), result(good)), std::string("good"));
        QCOMPARE(read(result("'0xfe'"), word(1)), std::string("402 invalid_exact_evm_signature"));
        QCOMPARE(read(result("'0xfe'"), result("'0x'")),
                 std::string("402 invalid_exact_evm_signature"));
        QCOMPARE(read(result("'0xfe'"), objection(3, "execution reverted")),
                 std::string("402 invalid_exact_evm_signature"));
        QCOMPARE(read(result("'0xfe'"), objection(-32005, "too many")), std::string("unclear"));
        QCOMPARE(read(objection(-32005, "too many"), result(good)), std::string("unclear"));
        // Code alone makes a word of it: an account without answers nothing, or anything.
        QCOMPARE(read(result("'0x'"), result(good)),
                 std::string("402 invalid_exact_evm_payload_undeployed_smart_wallet"));
        paid.signature.pop_back();
        QCOMPARE(read(result("'0x'"), result(good)),
                 std::string("402 invalid_exact_evm_signature"));
        for (int i = 0; i < 16; ++i)
            paid.signature += "\x64\x92";
        QCOMPARE(read(result("'0xfe'"), result(good)),
                 std::string("402 eip6492_factory_not_allowed"));
    }
};

QTEST_APPLESS_MAIN(TestSaleCalls)
#include "test_sale_calls.moc"
