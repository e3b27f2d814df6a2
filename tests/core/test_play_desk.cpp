// SPDX-License-Identifier: MIT
#include <QJsonDocument>
#include <QJsonObject>
#include <QtTest>

#include "payment/contracts.h"
#include "payment/evm_key.h"
#include "payment/network.h"
#include "payment/rpc.h"
#include "sandbox/play_desk.h"

using namespace gr;
using namespace gr::payment;
using namespace gr::sandbox;

namespace {

class SetClock final : public Clock {
  public:
    UnixMs now() const override { return {1'800'000'000'000}; }
    SteadyTime steady() const override { return {}; }
};

const EvmKey kPayer = EvmKey::fromBytes(std::string(EvmKey::kBytes, 1)).value();
const Address kPayee = *Address::parse("0x209693bc6afc0c5328ba36faf03c514ef312287c");

struct World {
    SetClock clock;
    PlayChain chain{clock};
    TransferAuthorization authorization{kPayer.address(),  kPayee, 10'000, 0, 1'800'000'060,
                                        Bytes32{{1, 2, 3}}};

    World() {
        if (!chain.fill(kPayer.address()))
            qFatal("the faucet gives nothing");
    }
    Signature signature() const { return kPayer.sign(digestOf(chain.separator(), authorization)); }
    std::vector<rpc::Answer> ask(const std::vector<rpc::Call>& calls) {
        const http::Reply reply = answerPlay(chain, "/rpc", rpc::bodyOf(calls));
        return rpc::readAnswers(reply.body, calls.size()).value();
    }
    rpc::Answer ask(const rpc::Call& call) { return ask(std::vector{call}).front(); }
    rpc::Answer run(const std::string& data) { return ask(rpc::call(chain.token().address, data)); }
};

// JSON is written with single quotes here.
std::string json(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

QJsonObject object(const std::string& text) {
    return QJsonDocument::fromJson(QByteArray::fromStdString(text)).object();
}

// The body of /verify and /settle; each test bends one text of it.
std::string paymentBody(World& world, int version) {
    const TransferAuthorization& a = world.authorization;
    const std::string kind = "'scheme':'exact','network':'eip155:78419399041401'";
    const std::string terms =
        "{" + kind + "," + (version == 1 ? "'maxAmountRequired'" : "'amount'") +
        ":'10000','asset':'0x47617465526F75746572506C61794D6f6e657921','payTo':'" + kPayee.toHex() +
        "','maxTimeoutSeconds':60,'extra':{'name':'GateRouter play money','version':'1'}}";
    const std::string payload =
        "'payload':{'signature':'" + world.signature().toHex() + "','authorization':{'from':'" +
        a.from.toHex() + "','to':'" + a.to.toHex() + "','value':'" + a.value.toDecimal() +
        "','validAfter':'" + a.validAfter.toDecimal() + "','validBefore':'" +
        a.validBefore.toDecimal() + "','nonce':'" + a.nonce.toHex() + "'}}";
    const std::string number = std::to_string(version);
    return json("{'x402Version':" + number + ",'paymentPayload':{'x402Version':" + number + "," +
                (version == 1 ? kind : "'accepted':" + terms) + "," + payload +
                "},'paymentRequirements':" + terms + "}");
}

struct Case {
    const char* name;
    const char* reason;  // empty: it is paid
    const char* from;    // a text of the body, the last of its kind
    const char* to;
    int version = 2;
};
const Case kCases[] = {
    {"version 2", "", "", ""},
    {"version 1", "", "", "", 1},
    {"the asset in small letters", "", "0x47617465526F75746572506C61794D6f6e657921",
     "0x47617465526f75746572506c61794d6f6e657921"},
    {"version 3", "invalid_x402_version", "{'x402Version':2,'paymentPayload'",
     "{'x402Version':3,'paymentPayload'"},
    {"upto", "unsupported_scheme", "'scheme':'exact'", "'scheme':'upto'"},
    {"a real network", "invalid_network", "eip155:78419399041401", "eip155:8453"},
    {"a real token", "asset_not_deployed_contract", "0x47617465526F75746572506C61794D6f6e657921",
     "0x036CbD53842c5426634e7929541eC2318f3dCF7e"},
    {"no domain", "invalid_exact_evm_missing_eip712_domain",
     ",'extra':{'name':'GateRouter play money','version':'1'}", ""},
    {"another name", "invalid_exact_evm_token_name_mismatch", "GateRouter play money", "USDC"},
    {"another version", "invalid_exact_evm_token_version_mismatch", "'version':'1'",
     "'version':'2'"},
    {"Permit2", "unsupported_payload_type", "'version':'1'",
     "'version':'1','assetTransferMethod':'permit2'"},
    {"another payee", "invalid_exact_evm_recipient_mismatch",
     "'payTo':'0x209693bc6afc0c5328ba36faf03c514ef312287c'",
     "'payTo':'0x209693bc6afc0c5328ba36faf03c514ef312287d'"},
    {"a higher price", "invalid_exact_evm_payload_authorization_value_mismatch", "'amount':'10000'",
     "'amount':'10001'"},
    {"a lower price", "invalid_exact_evm_payload_authorization_value_mismatch", "'amount':'10000'",
     "'amount':'9999'"},
    {"a higher price, version 1", "invalid_exact_evm_authorization_value",
     "'maxAmountRequired':'10000'", "'maxAmountRequired':'10001'", 1},
    {"a price of digits and a point", "invalid_payment_requirements", "'amount':'10000'",
     "'amount':'10000.0'"},
    {"a signature for another time", "invalid_exact_evm_signature", "'validBefore':'1800000060'",
     "'validBefore':'1800000061'"},
    {"over", "invalid_exact_evm_payload_authorization_valid_before", "'validBefore':'1800000060'",
     "'validBefore':'1800000000'"},
    {"not yet", "invalid_exact_evm_payload_authorization_valid_after", "'validAfter':'0'",
     "'validAfter':'1800000000'"},
    {"a value that is no text", "invalid_payload", "'value':'10000'", "'value':10000"},
    {"no authorization", "invalid_payload", "'authorization'", "'nothing'"},
};

}  // namespace

Q_DECLARE_METATYPE(const Case*)

class TestPlayDesk final : public QObject {
    Q_OBJECT

  private slots:
    // Our own client reads what the chain writes.
    void aNodeTellsOfAPayment() {
        World world;
        const Address token = world.chain.token().address;
        const auto paid = world.chain.settle(world.authorization, world.signature().bytes());
        const auto answers =
            world.ask({rpc::chainId(), rpc::blockByTag("latest"), rpc::receipt(paid.transaction),
                       rpc::codeOf(token), rpc::codeOf(kPayee), rpc::receipt(Bytes32{{9}})});
        QCOMPARE(rpc::countIn(answers[0]), std::optional(kPlayChain));
        const auto block = rpc::blockIn(answers[1]);
        const auto receipt = rpc::receiptIn(answers[2]);
        QVERIFY(block && receipt && receipt->mined && receipt->receipt.succeeded);
        QVERIFY(receipt->receipt.blockHash == block->hash);
        QCOMPARE(block->time, std::uint64_t{1'800'000'000});
        QVERIFY(rpc::hasTransfer(receipt->receipt.logs, token, kPayer.address(), kPayee, 10'000));
        QVERIFY(!rpc::hasTransfer(receipt->receipt.logs, token, kPayer.address(), kPayee, 10'001));
        QVERIFY(!rpc::bytesIn(answers[3])->empty());
        QVERIFY(rpc::bytesIn(answers[4])->empty());
        QVERIFY(rpc::receiptIn(answers[5]) && !rpc::receiptIn(answers[5])->mined);
    }

    void logsAreFound() {
        World world;
        const Address token = world.chain.token().address;
        const auto paid = world.chain.settle(world.authorization, world.signature().bytes());
        const Bytes32 nonce = world.authorization.nonce;
        const std::uint64_t head = world.chain.head().number;
        const auto count = [&world](const rpc::Call& call) {
            return rpc::logsIn(world.ask(call)).value().size();
        };
        QCOMPARE(count(rpc::transfers(token, kPayer.address(), kPayee, {0, head})), 1U);
        QCOMPARE(count(rpc::transfers(token, kPayee, kPayer.address(), {0, head})), 0U);
        QCOMPARE(count(rpc::transfers(token, Address(), kPayer.address(), {0, head})), 1U);
        QCOMPARE(count(rpc::transfers(token, kPayer.address(), kPayee, {0, head - 1})), 0U);
        QCOMPARE(count(rpc::transfers(kPayee, kPayer.address(), kPayee, {0, head})), 0U);
        const auto uses = rpc::logsIn(
            world.ask(rpc::authorizationUses(token, kPayer.address(), nonce, {0, head})));
        QCOMPARE(uses->size(), 1U);
        QVERIFY(uses->front().transaction == paid.transaction);
        QCOMPARE(uses->front().block, head);
        QCOMPARE(count({"eth_getLogs", R"([{"fromBlock":"earliest","topics":[null,null,null]}])"}),
                 3U);
    }

    void theTokenIsCalled() {
        World world;
        const auto word = [&world](const std::string& data) {
            return AbiAnswer(rpc::bytesIn(world.run(data)).value()).word(0).value();
        };
        QCOMPARE(word(calls::decimals()), Uint256(6));
        QCOMPARE(word(calls::balanceOf(kPayer.address())), Uint256(kFill));
        const auto separator = rpc::bytesIn(world.run(calls::domainSeparator())).value();
        QVERIFY(separator == world.chain.separator().view());
        const std::string state =
            calls::authorizationState(kPayer.address(), world.authorization.nonce);
        QCOMPARE(word(state), Uint256(0));
        for (const std::string& transfer :
             {calls::transferWithAuthorization(world.authorization, world.signature()),
              calls::transferWithAuthorization(world.authorization, world.signature().bytes())}) {
            QVERIFY(rpc::bytesIn(world.run(transfer)).value().empty());
        }
        QCOMPARE(word(state), Uint256(0));  // asked, not done
        QVERIFY(world.chain.settle(world.authorization, world.signature().bytes()).refusal ==
                Refusal::None);
        QCOMPARE(word(state), Uint256(1));
        const rpc::Answer again =
            world.run(calls::transferWithAuthorization(world.authorization, world.signature()));
        QVERIFY(again.problem.has_value());
        QCOMPARE(again.problem->code, 3);
        QCOMPARE(AbiAnswer(again.problem->data.substr(4)).bytes(0),
                 std::optional(revertText(Refusal::Used)));
    }

    void whatIsNoQuestionHasAnAnswer_data() {
        QTest::addColumn<QString>("body");
        QTest::addColumn<int>("code");
        const auto row = [](const char* body, int code) {
            QTest::newRow(body) << QString::fromStdString(json(body)) << code;
        };
        row("", -32700);
        row("{", -32700);
        row("1,'x':2", -32700);
        row("[]", -32600);
        row("7", -32600);
        row("{}", -32600);
        row("{'method':'eth_mine'}", -32601);
        row("{'method':'eth_sendRawTransaction','params':['0x02']}", -32601);
        row("{'method':'eth_getCode','params':{}}", -32602);
        row("{'method':'eth_getCode'}", -32602);
        row("{'method':'eth_getCode','params':['0x1']}", -32602);
        row("{'method':'eth_getBlockByNumber','params':['newest']}", -32602);
        row("{'method':'eth_getTransactionReceipt','params':[1]}", -32602);
        row("{'method':'eth_call','params':[{'to':1}]}", -32602);
        row("{'method':'eth_call','params':[{'to':'0x47617465526F75746572506C61794D6f6e657921',"
            "'data':'0x313ce567'},'0x0']}",
            -32602);
        row("{'method':'eth_call','params':[{'to':'0x47617465526F75746572506C61794D6f6e657921',"
            "'data':'0x70a08231'}]}",
            3);
        row("{'method':'eth_call','params':[{'to':'0x47617465526F75746572506C61794D6f6e657921',"
            "'data':'0x'}]}",
            3);
        row("{'method':'eth_getLogs','params':[{'topics':['0x1']}]}", -32602);
        row("{'method':'eth_getLogs','params':[{'address':7}]}", -32602);
        row("{'method':'eth_getLogs','params':[{'fromBlock':'soon'}]}", -32602);
    }
    void whatIsNoQuestionHasAnAnswer() {
        QFETCH(QString, body);
        QFETCH(int, code);
        World world;
        const QJsonObject answer = object(answerPlay(world.chain, "/rpc", body.toStdString()).body);
        QCOMPARE(answer[u"error"].toObject()[u"code"].toInt(), code);
        QVERIFY(!answer[u"error"].toObject()[u"message"].toString().isEmpty());
    }

    void tooManyQuestionsAreOne() {
        World world;
        std::string body = "[{}";
        for (int i = 0; i < 100; ++i)
            body += ",{}";
        const QJsonObject answer = object(answerPlay(world.chain, "/rpc", body + "]").body);
        QCOMPARE(answer[u"error"].toObject()[u"code"].toInt(), -32600);
        QCOMPARE(answerPlay(world.chain, "/rpc", std::string(300'000, ' ')).status, 413);
    }

    void theFacilitatorJudges_data() {
        QTest::addColumn<const Case*>("row");
        for (const Case& row : kCases)
            QTest::newRow(row.name) << &row;
    }
    void theFacilitatorJudges() {
        QFETCH(const Case*, row);
        World world;
        std::string body = paymentBody(world, row->version);
        const std::string from = json(row->from);
        if (!from.empty()) {
            const auto place = body.rfind(from);
            QVERIFY(place != std::string::npos);
            body.replace(place, from.size(), json(row->to));
        }
        const QString reason = QLatin1String(row->reason);
        const QJsonObject verified = object(answerPlay(world.chain, "/verify", body).body);
        QCOMPARE(verified[u"isValid"].toBool(), reason.isEmpty());
        QCOMPARE(verified[u"invalidReason"].toString(), reason);
        QCOMPARE(world.chain.balanceOf(kPayee), Uint256(0));
        const QJsonObject settled = object(answerPlay(world.chain, "/settle", body).body);
        QCOMPARE(settled[u"success"].toBool(), reason.isEmpty());
        QCOMPARE(settled[u"errorReason"].toString(), reason);
        QCOMPARE(world.chain.balanceOf(kPayee), Uint256(reason.isEmpty() ? 10'000 : 0));
        const auto hash = Bytes32::parse(settled[u"transaction"].toString().toStdString());
        QCOMPARE(hash && world.chain.transaction(*hash), reason.isEmpty());
    }

    void settlingTwiceIsSettlingOnce() {
        World world;
        const std::string body = paymentBody(world, 2);
        const std::string first = answerPlay(world.chain, "/settle", body).body;
        QCOMPARE(answerPlay(world.chain, "/settle", body).body, first);
        QCOMPARE(world.chain.balanceOf(kPayee), Uint256(10'000));
        const QJsonObject verified = object(answerPlay(world.chain, "/verify", body).body);
        QCOMPARE(verified[u"invalidReason"].toString(),
                 QStringLiteral("invalid_exact_evm_nonce_already_used"));
    }

    void theFaucetAndCancelling() {
        World world;
        const std::string mine = json("{'address':'" + kPayee.toHex() + "'}");
        const http::Reply given = answerPlay(world.chain, "/faucet", mine);
        QCOMPARE(given.status, 200);
        QCOMPARE(object(given.body)[u"balance"].toString(), QStringLiteral("10"));
        QCOMPARE(answerPlay(world.chain, "/faucet", json("{'address':'me'}")).status, 400);
        QCOMPARE(answerPlay(world.chain, "/faucet", "ten dollars, please").status, 400);
        const Bytes32 nonce = world.authorization.nonce;
        const Bytes32 digest = cancelDigest(world.chain.separator(), kPayer.address(), nonce);
        const std::string cancel =
            json("{'authorizer':'" + kPayer.address().toHex() + "','nonce':'" + nonce.toHex() +
                 "','signature':'" + kPayer.sign(digest).toHex() + "'}");
        QCOMPARE(answerPlay(world.chain, "/cancel", cancel).status, 200);
        QCOMPARE(answerPlay(world.chain, "/cancel", cancel).status, 400);
        QVERIFY(world.chain.used(kPayer.address(), nonce));
    }
};

QTEST_GUILESS_MAIN(TestPlayDesk)
#include "test_play_desk.moc"
