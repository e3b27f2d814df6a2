// SPDX-License-Identifier: MIT
// Payments on the play chain, past servers and facilitators that lie, fail and hang.
#include <QtTest>

#include "support/cashier_world.h"

using namespace gr;
using namespace gr::test;
using Kind = gateway::Cashier::Settlement::Kind;
using payment::SaleFate;

namespace {

// An answer of the play chain's node in which a text is another one.
CashierWorld::Server bent(CashierWorld& world, std::string from, std::string to) {
    return [&world, from, to](std::string_view body) {
        http::Reply reply = world.honest("/rpc", body);
        for (std::size_t at = 0; (at = reply.body.find(from, at)) != std::string::npos;)
            reply.body.replace(at, from.size(), to);
        return reply;
    };
}

CashierWorld::Server says(std::string text, int status = 200) {
    return [text, status](std::string_view) { return CashierWorld::json(text, status); };
}

CashierWorld::Server hangs() {
    return [](std::string_view) { return std::optional<http::Reply>(); };
}

std::string nameOf(Kind kind) {
    constexpr std::array kNames{"settled", "refused", "unknown"};
    return kNames[static_cast<std::size_t>(kind)];
}

std::string nameOf(const std::optional<SaleFate>& fate) {
    constexpr std::array kNames{"settled", "not taken", "reorged"};
    if (!fate)
        return "nothing";
    return std::string(kNames[static_cast<std::size_t>(fate->kind)]) +
           (fate->final ? ", final" : "");
}

const std::string kHash = "0x" + std::string(64, 'a');

// What a facilitator does besides what it says.
enum Deed { Nothing, Settles };

struct Lie {
    const char* name;
    const char* answer;  // of /settle; empty: it hangs
    int status;
    Deed deed;
    const char* end;
    int problem;  // its status; 0: none
};
const Lie kLies[] = {
    {"success without a transfer", "{'success':true,'transaction':'HASH','network':'x'}", 200,
     Nothing, "unknown", 503},
    {"success without a transaction", "{'success':true,'transaction':'','network':'x'}", 200,
     Nothing, "unknown", 503},
    {"the transaction of another payment", "{'success':true,'transaction':'OTHER','network':'x'}",
     200, Nothing, "unknown", 503},
    {"settled, with another's transaction", "{'success':true,'transaction':'OTHER','network':'x'}",
     200, Settles, "settled", 0},
    {"no, and so it is", "{'success':false,'errorReason':'invalid_exact_evm_insufficient_balance'}",
     200, Nothing, "refused", 402},
    {"no, by status 400", "{'success':false,'errorReason':'invalid_exact_evm_signature'}", 400,
     Nothing, "refused", 402},
    {"no, but it settled", "{'success':false,'errorReason':'invalid_exact_evm_signature'}", 200,
     Settles, "settled", 0},
    {"something went wrong", "{'success':false,'errorReason':'unexpected_settle_error'}", 200,
     Nothing, "unknown", 503},
    {"no, and a transaction all the same",
     "{'success':false,'errorReason':'invalid_transaction_state','transaction':'HASH'}", 200,
     Nothing, "unknown", 503},
    {"no, and a transaction that failed",
     "{'success':false,'errorReason':'invalid_transaction_state','transaction':'FAILED'}", 200,
     Nothing, "refused", 402},
    {"success, and a transaction that failed",
     "{'success':true,'transaction':'FAILED','network':'x'}", 200, Nothing, "unknown", 503},
    {"pending forever", "{'success':false,'errorReason':'settlement_pending','transaction':'HASH'}",
     200, Nothing, "unknown", 503},
    {"garbage", "<html>", 200, Nothing, "unknown", 503},
    {"garbage, but it settled", "<html>", 200, Settles, "settled", 0},
    {"an error of its own", "{'error':'no'}", 500, Nothing, "unknown", 503},
    {"no by an error of its own", "{'success':false,'errorReason':'invalid_payload'}", 500, Nothing,
     "unknown", 503},
    {"it does not know us", "{'error':'no'}", 401, Nothing, "unknown", 503},
    {"it leads elsewhere", "", 307, Nothing, "unknown", 503},
    {"it is busy, and settles all the same", "{'error':'busy'}", 429, Settles, "settled", 0},
    {"its node's answer was lost",
     "{'success':false,'errorReason':'invalid_exact_evm_transaction_failed','transaction':''}", 200,
     Nothing, "unknown", 503},
    {"somebody used the nonce",
     "{'success':false,'errorReason':'invalid_exact_evm_nonce_already_used'}", 200, Nothing,
     "unknown", 503},
    {"the words of an exception", "{'success':false,'errorReason':'HTTP request failed.'}", 400,
     Nothing, "unknown", 503},
    {"it hangs", "", 0, Nothing, "unknown", 503},
    {"it hangs, but settles", "", 0, Settles, "settled", 0},
};

}  // namespace

Q_DECLARE_METATYPE(const Lie*)

class TestCashier final : public QObject {
    Q_OBJECT

  private slots:
    void aPaymentIsCheckedAndSettled() {
        CashierWorld world;
        const auto made = world.pay();
        const auto checked = world.check(made);
        QVERIFY(checked && !checked->problem && !checked->alreadySettled);
        const auto settlement = world.settle(made);
        QCOMPARE(nameOf(settlement.kind), std::string("settled"));
        QCOMPARE(world.income(), std::string("10000"));
        const auto hash = payment::Bytes32::parse(settlement.transaction);
        QVERIFY(hash && world.chain->transaction(*hash));
        QCOMPARE(settlement.block,
                 static_cast<std::int64_t>(world.chain->transaction(*hash)->block));
        QCOMPARE(settlement.charged.toDecimal(), std::string("10000"));
        QVERIFY(settlement.answer.success && !settlement.problem);
        QCOMPARE(settlement.answer.transaction, settlement.transaction);
        QCOMPARE(world.settled.size(), std::size_t(1));
    }

    void noWordOfAFacilitatorIsBelieved_data() {
        QTest::addColumn<const Lie*>("lie");
        for (const Lie& lie : kLies)
            QTest::newRow(lie.name) << &lie;
    }
    void noWordOfAFacilitatorIsBelieved() {
        QFETCH(const Lie*, lie);
        CashierWorld world;
        const auto other = world.pay();
        const std::string otherHash = world.bring(other);
        const auto made = world.pay();
        if (std::string_view(lie->answer).find("FAILED") != std::string_view::npos) {
            for (const char* server : {"/rpc/a", "/rpc/b"})
                world.servers[server] = bent(world, "\"status\":\"0x1\"", "\"status\":\"0x0\"");
        }
        world.servers["/f/settle"] = [&](std::string_view) -> std::optional<http::Reply> {
            if (lie->deed == Settles)
                world.bring(made);
            if (lie->status == 0)
                return std::nullopt;
            std::string text = lie->answer;
            for (const auto& [name, hash] :
                 {std::pair("HASH", kHash), {"OTHER", otherHash}, {"FAILED", otherHash}}) {
                if (const auto at = text.find(name); at != std::string::npos)
                    text.replace(at, std::string_view(name).size(), hash);
            }
            http::Reply reply = CashierWorld::json(text, lie->status);
            reply.headers.add("Location", world.road.url("/rpc/a").text());
            return reply;
        };
        const auto settlement = world.settle(made);
        QCOMPARE(nameOf(settlement.kind), std::string(lie->end));
        QCOMPARE(settlement.problem ? settlement.problem->status : 0, lie->problem);
        QCOMPARE(settlement.answer.success, lie->problem == 0);
        if (lie->problem == 0)
            QVERIFY(settlement.transaction != otherHash && settlement.transaction != kHash);
    }

    // The facilitator knows a payment by its bytes.
    void whatIsPendingIsAskedForOnceMore() {
        CashierWorld world;
        const auto made = world.pay();
        world.servers["/f/settle"] = [&](std::string_view body) {
            if (world.settled.size() == 1)
                return CashierWorld::json("{'success':false,'errorReason':'settlement_pending'}");
            return world.honest("/settle", body);
        };
        QCOMPARE(nameOf(world.settle(made).kind), std::string("settled"));
        QCOMPARE(world.settled.size(), std::size_t(2));
        QCOMPARE(world.settled[0], world.settled[1]);
    }

    void aFacilitatorThatIsNotThereTookNothing() {
        CashierWorld world;
        world.sale.facilitator = Url::parse("http://127.0.0.1:1");
        const auto settlement = world.settle(world.pay());
        QCOMPARE(nameOf(settlement.kind), std::string("refused"));
        QCOMPARE(settlement.problem->status, 503);
    }

    void whoLeavesDoesNotMakeItUnsettled() {
        CashierWorld world;
        world.servers["/f/settle"] = hangs();
        world.abort.fire();
        QCOMPARE(nameOf(world.settle(world.pay()).kind), std::string("unknown"));
    }

    // Between the check and the settlement; whatever the facilitator says.
    void whatThePayerCancelsIsRefused() {
        for (const char* word : {"true", "false"}) {
            CashierWorld world;
            const auto made = world.pay();
            world.servers["/f/settle"] = [&](std::string_view) {
                world.cancel(made);
                return CashierWorld::json("{'success':" + std::string(word) + "}");
            };
            const auto settlement = world.settle(made);
            QCOMPARE(nameOf(settlement.kind), std::string("refused"));
            QCOMPARE(settlement.problem->status, 402);
        }
    }

    void nothingIsSentForNothing() {
        CashierWorld world;
        auto made = world.pay();
        auto asked = world.paying(made);
        asked.amount = 0;
        const auto settlement =
            world.road.loop().get(world.cashier.settle(asked, Milliseconds(400), world.abort));
        QCOMPARE(nameOf(settlement.kind), std::string("settled"));
        QVERIFY(world.settled.empty() && settlement.transaction.empty());
    }

    void aServerThatMisbehavesIsPassedOver_data() {
        QTest::addColumn<int>("fault");
        QTest::newRow("hangs up with garbage") << 0;
        QTest::newRow("another chain") << 1;
        QTest::newRow("an error for every call") << 2;
        QTest::newRow("results of another type") << 3;
        QTest::newRow("status 500") << 4;
    }
    void aServerThatMisbehavesIsPassedOver() {
        QFETCH(int, fault);
        CashierWorld world;
        const CashierWorld::Server faults[] = {
            says("<html>"), bent(world, payment::Uint256(payment::kPlayChain).toHex(), "0x1"),
            bent(world,
                 "\"result\":", "\"error\":{\"code\":-32005,\"message\":\"too many\"},\"x\":"),
            bent(world, "\"result\":\"0x", "\"result\":\"0y"), says("", 500)};
        world.servers["/rpc/a"] = faults[fault];
        const auto made = world.pay();
        const auto checked = world.check(made);
        QVERIFY(checked && !checked->problem);
        QCOMPARE(nameOf(world.settle(made).kind), std::string("settled"));
        world.servers["/rpc/b"] = faults[fault];
        // One that has not been told yet which chains they serve.
        gateway::Cashier other = world.newCashier(world.relays);
        const auto next = world.pay();
        const auto asked = world.paying(next);
        const auto second = world.road.loop().get(other.check(asked, world.abort));
        QVERIFY(!second && second.error().code == ErrorCode::Unreachable);
        const auto settlement =
            world.road.loop().get(other.settle(asked, Milliseconds(400), world.abort));
        QCOMPARE(nameOf(settlement.kind), std::string("unknown"));
    }

    void whatWouldNotSettleIsNotTaken_data() {
        QTest::addColumn<QString>("reason");
        QTest::newRow("balance") << "invalid_exact_evm_insufficient_balance";
        QTest::newRow("over") << "invalid_exact_evm_payload_authorization_valid_before";
        QTest::newRow("cancelled") << "invalid_exact_evm_nonce_already_used";
        QTest::newRow("signature") << "invalid_exact_evm_signature";
        QTest::newRow("no contract") << "asset_not_deployed_contract";
    }
    void whatWouldNotSettleIsNotTaken() {
        QFETCH(QString, reason);
        const std::string_view name = QTest::currentDataTag();
        CashierWorld world;
        auto made = world.pay(name == "balance" ? 10'000'001 : 10'000);
        if (name == "over")
            world.clock.ahead = Milliseconds(61'000);
        if (name == "cancelled")
            world.cancel(made);
        if (name == "signature")
            made.received.paid.signature[3] ^= 1;
        if (name == "no contract")
            made.offer.token.address = world.payTo;
        const auto checked = world.check(made);
        QVERIFY(checked && checked->problem && !checked->alreadySettled);
        QCOMPARE(checked->problem->reason, reason.toStdString());
        QCOMPARE(checked->problem->status, 402);
    }

    // The payer may bring it to the chain itself.
    void whatSomebodyElseSettledIsSeen() {
        CashierWorld world;
        const auto made = world.pay();
        const std::string hash = world.bring(made);
        const auto checked = world.check(made);
        QVERIFY(checked && !checked->problem && checked->alreadySettled);
        QCOMPARE(checked->transaction, hash);
        QVERIFY(checked->block > 0);
    }

    // The play chain has no contracts but its token.
    void aSignatureOfNoKeyNeedsAWallet() {
        CashierWorld world;
        auto made = world.pay();
        made.received.paid.signature += std::string(35, '\1');
        const auto asked = world.paying(made);
        auto good = world.road.loop().get(world.cashier.checkContractSignature(asked, world.abort));
        QVERIFY(good && *good);
        QCOMPARE((*good)->reason, std::string("invalid_exact_evm_payload_undeployed_smart_wallet"));
        const std::string word = "0x1626ba7e" + std::string(56, '0');
        world.servers["/rpc/a"] = [&](std::string_view) {
            return CashierWorld::json("[{'id':1,'result':'0xfe'},{'id':2,'result':'" + word +
                                      "'},{'id':3,'result':'" +
                                      payment::Uint256(payment::kPlayChain).toHex() + "'}]");
        };
        gateway::Cashier other = world.newCashier(world.relays);
        good = world.road.loop().get(other.checkContractSignature(asked, world.abort));
        QVERIFY(good && !*good);
    }

    // From there on two servers must have seen it, in a block that others followed.
    void largeSumsNeedTwoWitnesses() {
        CashierWorld world;
        world.sale.terms.large = *Money::parse("0.01");
        const auto made = world.pay();
        world.servers["/rpc/b"] = bent(world, "\"status\":\"0x1\"", "\"status\":\"0x0\"");
        auto settlement = world.settle(made);
        QCOMPARE(nameOf(settlement.kind), std::string("unknown"));
        QVERIFY(!settlement.transaction.empty());
        ledger::Sale row = world.row(made);
        row.transaction = settlement.transaction;
        QCOMPARE(nameOf(world.lookUp(row)), std::string("nothing"));
        world.servers.clear();
        world.clock.ahead = Milliseconds(3'000);  // another block
        QCOMPARE(nameOf(world.lookUp(row)), std::string("settled, final"));
        QVERIFY(world.check(made)->alreadySettled);
        world.servers["/rpc/b"] = says("", 500);
        QVERIFY(!world.check(made));
        // A little less is not so large.
        QCOMPARE(nameOf(world.settle(world.pay(9'999)).kind), std::string("settled"));
    }

    void theChainTellsWhatBecameOfASale() {
        CashierWorld world;
        const auto made = world.pay();
        ledger::Sale row = world.row(made);
        QCOMPARE(nameOf(world.lookUp(row)), std::string("nothing"));
        const std::string hash = world.bring(made);
        auto fate = world.lookUp(row);  // found by its nonce
        QCOMPARE(nameOf(fate), std::string("settled, final"));
        QCOMPARE(fate->transaction, hash);
        QCOMPARE(fate->charged.toDecimal(), std::string("10000"));
        world.servers["/rpc/a"] = bent(world, "\"error\"", "\"e\"");
        row.transaction = hash;
        QCOMPARE(nameOf(world.lookUp(row)), std::string("settled, final"));
    }

    void whatWasNeverTakenIsSureBehindItsEnd() {
        CashierWorld world;
        const ledger::Sale row = world.row(world.pay());
        world.clock.ahead = Milliseconds(55'000);
        QCOMPARE(nameOf(world.lookUp(row)), std::string("nothing"));
        world.clock.ahead = Milliseconds(65'000);
        QCOMPARE(nameOf(world.lookUp(row)), std::string("not taken"));
    }

    void aCancelledNonceIsOverAtOnce() {
        CashierWorld world;
        const auto made = world.pay();
        world.cancel(made);
        QCOMPARE(nameOf(world.lookUp(world.row(made))), std::string("not taken"));
    }

    // The chain goes on without the block.
    void moneyWhoseBlockIsGoneIsMissed() {
        CashierWorld world;
        const auto made = world.pay();
        ledger::Sale row = world.row(made);
        row.transaction = world.bring(made);
        row.block = static_cast<std::int64_t>(world.chain->head().number);
        row.state = ledger::SaleState::Served;
        row.paidAt = world.clock.now();
        sandbox::PlayChain other(world.clock);
        const auto elsewhere = [&other](std::string_view body) {
            return sandbox::answerPlay(other, "/rpc", body);
        };
        world.servers["/rpc/a"] = elsewhere;
        QCOMPARE(nameOf(world.lookUp(row)), std::string("nothing"));  // it is behind
        while (static_cast<std::int64_t>(other.head().number) < row.block)
            world.clock.ahead += Milliseconds(2'000);
        QCOMPARE(nameOf(world.lookUp(row)), std::string("nothing"));  // the other one has it
        world.servers["/rpc/b"] = elsewhere;
        QCOMPARE(nameOf(world.lookUp(row)), std::string("reorged"));
        row.state = ledger::SaleState::Reorged;
        row.paidAt.reset();
        world.servers.clear();
        QCOMPARE(nameOf(world.lookUp(row)), std::string("settled, final"));
    }

    // Each call has its own token of the platform, or the one that was given.
    void whatTheFacilitatorWantsToSeeIsShown() {
        CashierWorld world;
        world.sale.bearer = std::make_shared<const Secret>("facilitator-token-1");
        QCOMPARE(nameOf(world.settle(world.pay()).kind), std::string("settled"));
        QCOMPARE(world.tokens, std::vector<std::string>{"Bearer facilitator-token-1"});
        world.sale.bearer.reset();
        world.sale.terms.settlement.cdpKeyId = "key-1";
        world.sale.cdpKey = std::make_shared<const Secret>("no key of theirs");
        const auto refused = world.settle(world.pay());
        QCOMPARE(nameOf(refused.kind), std::string("refused"));
        QVERIFY(refused.problem->message.find("sell.settle.cdp_key") != std::string::npos);
        QCOMPARE(world.tokens.size(), std::size_t(1));
        // Of RFC 8032, 7.1, test 1.
        world.sale.cdpKey = std::make_shared<const Secret>(
            "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg"
            "==");
        for (int i = 0; i < 2; ++i)
            QCOMPARE(nameOf(world.settle(world.pay()).kind), std::string("settled"));
        QVERIFY(world.tokens[1].starts_with("Bearer eyJ") && world.tokens[1] != world.tokens[2]);
    }

    void whatAFacilitatorSettlesIsAskedOnce() {
        CashierWorld world;
        int asked = 0;
        world.servers["/f/supported"] = [&](std::string_view) {
            ++asked;
            return asked == 1 ? CashierWorld::json("no", 500) : world.honest("/supported", {});
        };
        const auto ask = [&world] {
            return world.road.loop().get(world.cashier.supported(world.sale, world.abort));
        };
        QVERIFY(!ask());
        QVERIFY(!ask());
        QCOMPARE(asked, 1);  // it is given a moment
        world.sale.facilitator = world.road.url("/f");
        world.sale.facilitator->path = "/g";
        world.servers["/g/supported"] = world.servers["/f/supported"];
        const auto made = world.pay();
        const auto supported = ask();
        QVERIFY(supported && supported->find(made.offer, 2) != nullptr);
        QVERIFY(ask());
        QCOMPARE(asked, 2);
    }
};

QTEST_GUILESS_MAIN(TestCashier)
#include "test_cashier.moc"
