// SPDX-License-Identifier: MIT
#include <QtTest>

#include "payment/contracts.h"
#include "payment/rpc.h"

using namespace gr::payment;

namespace {

const Address kToken = *Address::parse("0x036cbd53842c5426634e7929541ec2318f3dcf7e");
const Address kPayer = *Address::parse("0x2c7536e3605d9c16a7a3d7b1898e529396a65c23");
const Address kPayee = *Address::parse("0x209693bc6afc0c5328ba36faf03c514ef312287c");

std::string word(const std::string& digits) {
    return "0x" + std::string(64 - digits.size(), '0') + digits;
}

std::string transferLog(const std::string& value, const std::string& more = {}) {
    return "{'address':'" + kToken.toHex() + "','topics':['" + transferTopic().toHex() + "','" +
           word(kPayer.toHex().substr(2)) + "','" + word(kPayee.toHex().substr(2)) + "'],'data':'" +
           word(value) + "','transactionHash':'" + word("aa") + "','blockNumber':'0x10'" + more +
           "}";
}

std::string receiptWith(const std::string& status, const std::string& logs) {
    return "{'jsonrpc':'2.0','id':1,'result':{'status':'" + status + "','transactionHash':'" +
           word("aa") + "','blockNumber':'0x10','blockHash':'" + word("bb") +
           "','gasUsed':'0x14ee0','effectiveGasPrice':'0x3b9aca00','logs':" + logs + "}}";
}

// JSON is written with single quotes here.
std::string json(std::string text) {
    std::replace(text.begin(), text.end(), '\'', '"');
    return text;
}

auto answersIn(const std::string& body, std::size_t calls) {
    return rpc::readAnswers(json(body), calls);
}

rpc::Answer only(const std::string& body) {
    return answersIn(body, 1).value().front();
}

rpc::Answer result(const std::string& value) {
    return only("{'jsonrpc':'2.0','id':1,'result':" + value + "}");
}

}  // namespace

class TestRpc final : public QObject {
    Q_OBJECT

  private slots:
    void oneCallIsAnObject() {
        const rpc::Call call = rpc::call(kToken, std::string("\x70\xa0", 2), kPayer);
        QCOMPARE(rpc::bodyOf(std::span(&call, 1)),
                 json("{'jsonrpc':'2.0','id':1,'method':'eth_call','params':["
                      "{'from':'0x2c7536e3605d9c16a7a3d7b1898e529396a65c23',"
                      "'to':'0x036cbd53842c5426634e7929541ec2318f3dcf7e',"
                      "'data':'0x70a0'},'latest']}"));
    }

    void severalCallsAreAnArray() {
        const std::vector<rpc::Call> calls{rpc::chainId(), rpc::blockByTag("finalized")};
        QCOMPARE(rpc::bodyOf(calls),
                 json("[{'jsonrpc':'2.0','id':1,'method':'eth_chainId','params':[]},"
                      "{'jsonrpc':'2.0','id':2,'method':'eth_getBlockByNumber',"
                      "'params':['finalized',false]}]"));
    }

    void answersComeInTheOrderOfTheCalls() {
        const auto answers = answersIn(
            "[{'id':2,'result':'0x2'},{'id':1,'error':{'code':-32000,'message':'no\\nway',"
            "'data':'0x08c379a0'}}]",
            2);
        QVERIFY(answers);
        QVERIFY(answers->at(0).problem);
        QCOMPARE(answers->at(0).problem->code, std::int64_t(-32000));
        QCOMPARE(answers->at(0).problem->message, std::string("no?way"));
        QCOMPARE(answers->at(0).problem->data.size(), std::size_t(4));
        QVERIFY(rpc::countIn(answers->at(1)) == 2);
        QVERIFY(!rpc::countIn(answers->at(0)));
    }

    void refusesOtherAnswers_data() {
        QTest::addColumn<QByteArray>("body");
        for (const char* body :
             {"", "null", "[]", "{}", "1", "<html>", "{'id':1}", "{'id':2,'result':1}",
              "{'id':0,'result':1}", "{'id':-1,'result':1}", "{'id':'1','result':1}",
              "[{'id':1,'result':1},{'id':1,'result':2}]", "{'id':1,'result':1},'x':{}",
              "{'id':1,'result':1,'result':2}", "{'id':1,'result':1"})
            QTest::newRow(body) << QByteArray(body);
    }
    void refusesOtherAnswers() {
        QFETCH(QByteArray, body);
        QVERIFY(!answersIn(body.toStdString(), 1));
        QVERIFY(!answersIn(body.toStdString(), 3));
    }

    void oneQuestionWithTwoAnswersToOneOfTwo() {
        QVERIFY(!answersIn("[{'id':1,'result':1},{'id':1,'result':2}]", 2));
    }

    void readsValuesOfTheRightTypeAlone() {
        QVERIFY(rpc::quantityIn(result("\"0x2710\"")) == Uint256(10'000));
        for (const char* other : {"10000", "\"10000\"", "null", "\"0x\"", "{}", "[\"0x1\"]"})
            QVERIFY2(!rpc::quantityIn(result(other)), other);
        QVERIFY(!rpc::countIn(result("\"0x10000000000000000\"")));
        QCOMPARE(*rpc::bytesIn(result("\"0x\"")), std::string());
        QVERIFY(!rpc::bytesIn(result("\"0x123\"")));
        QVERIFY(!rpc::bytesIn(result("\"0x1234\""), 1));
        QVERIFY(!rpc::hashIn(result("\"0x1234\"")));
    }

    void readsBlocks() {
        const auto block =
            rpc::blockIn(result("{'number':'0x10','timestamp':'0x6774a2c5',"
                                "'hash':'" +
                                word("cc") + "','baseFeePerGas':'0x7'}"));
        QVERIFY(block && block->number == 16 && block->time == 0x6774a2c5 &&
                block->baseFee == Uint256(7));
        QVERIFY(!rpc::blockIn(result("null")));
        QVERIFY(!rpc::blockIn(result("{'number':16,'timestamp':'0x1','hash':'0x'}")));
    }

    void aReceiptIsMinedOrNotOrNothing() {
        const auto none = rpc::receiptIn(result("null"));
        QVERIFY(none && !none->mined);
        const auto mined =
            rpc::receiptIn(only(receiptWith("0x1", "[" + transferLog("2710") + "]")));
        QVERIFY(mined && mined->mined && mined->receipt.succeeded);
        QCOMPARE(mined->receipt.gasUsed, std::uint64_t(85'728));
        QVERIFY(rpc::hasTransfer(mined->receipt.logs, kToken, kPayer, kPayee, 10'000));
        QVERIFY(!rpc::receiptIn(only(receiptWith("0x1", "[]")))->receipt.logs.size());
        QVERIFY(!rpc::receiptIn(only(receiptWith("0x0", "[]")))->receipt.succeeded);
        QVERIFY(!rpc::receiptIn(only(receiptWith("0x2", "[]"))));
        QVERIFY(!rpc::receiptIn(only(receiptWith("0x1", "null"))));
        QVERIFY(!rpc::receiptIn(only(receiptWith("0x1", "[{'address':1}]"))));
        QVERIFY(!rpc::receiptIn(result("\"0x1\"")));
    }

    // Money is in only with the Transfer of the right token, from and to the right ones, of exactly
    // this sum.
    void onlyTheVeryTransferCounts() {
        const auto logs = rpc::logsIn(result("[" + transferLog("2710") + "]"));
        QVERIFY(logs);
        QVERIFY(rpc::hasTransfer(*logs, kToken, kPayer, kPayee, 10'000));
        QVERIFY(!rpc::hasTransfer(*logs, kToken, kPayer, kPayee, 10'001));
        QVERIFY(!rpc::hasTransfer(*logs, kToken, kPayer, kPayee, 9'999));
        QVERIFY(!rpc::hasTransfer(*logs, kToken, kPayee, kPayer, 10'000));
        QVERIFY(!rpc::hasTransfer(*logs, kPayee, kPayer, kPayee, 10'000));
        QVERIFY(!rpc::logsIn(result("[" + transferLog("2710", ",'removed':true") + "]")));
        auto approval = *logs;
        approval.front().topics.front() = authorizationUsedTopic();
        QVERIFY(!rpc::hasTransfer(approval, kToken, kPayer, kPayee, 10'000));
        auto longer = *logs;
        longer.front().data += std::string(32, '\0');
        QVERIFY(!rpc::hasTransfer(longer, kToken, kPayer, kPayee, 10'000));
    }
};

QTEST_APPLESS_MAIN(TestRpc)
#include "test_rpc.moc"
