// SPDX-License-Identifier: MIT
#include <QtTest>

#include "base/text.h"
#include "protocol/embeddings.h"

using namespace gr;
using namespace gr::protocol;

class TestEmbeddings final : public QObject {
    Q_OBJECT

  private slots:
    void inputsAreWrittenOneRequestEach();
    void numbersPassOrBecomeFloats();
    void wrongFieldsAreNamed_data();
    void wrongFieldsAreNamed();
    void answersThatDoNotFitAreRefused();
};

#ifndef Q_MOC_RUN  // moc does not know raw strings

void TestEmbeddings::inputsAreWrittenOneRequestEach() {
    const std::string body = R"({"model":"m","input":["caf\u00e9","b"],"dimensions":3})";
    const auto ask = readEmbeddings(body);
    QVERIFY(ask.has_value());
    const GeminiEmbeddings written = writeGeminiEmbeddings(*ask, "gemini-embedding-001");
    QCOMPARE(written.path, std::string("/models/gemini-embedding-001:batchEmbedContents"));
    QCOMPARE(
        written.body,
        std::string(
            R"({"requests":[{"model":"models/gemini-embedding-001","content":{"parts":[{"text":"caf\u00e9"}]},)"
            R"("outputDimensionality":3},{"model":"models/gemini-embedding-001","content":)"
            R"({"parts":[{"text":"b"}]},"outputDimensionality":3}]})"));
}

void TestEmbeddings::numbersPassOrBecomeFloats() {
    const std::string answer = R"({"embeddings":[{"values":[1.0,-0.50,1e-46]}]})";
    const std::string floats = R"({"model":"m","input":"a"})";
    QCOMPARE(
        *embeddingsOfGemini(answer, *readEmbeddings(floats), "g/m", 7),
        std::string(
            R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":)"
            R"([1.0,-0.50,1e-46]}],"model":"g/m","usage":{"prompt_tokens":7,"total_tokens":7}})"));
    const std::string packed = R"({"model":"m","input":["a"],"encoding_format":"base64"})";
    const std::string bytes("\x00\x00\x80\x3f\x00\x00\x00\xbf\x00\x00\x00\x00", 12);
    const auto out = embeddingsOfGemini(answer, *readEmbeddings(packed), "g/m", 7);
    QVERIFY(out->find("\"embedding\":\"" + toBase64(bytes) + "\"") != std::string::npos);
}

void TestEmbeddings::wrongFieldsAreNamed_data() {
    QTest::addColumn<QString>("body");
    QTest::addColumn<QString>("field");
    const auto row = [](const char* body, const char* field) {
        QTest::newRow(body) << QString::fromUtf8(body) << QString::fromUtf8(field);
    };
    row(R"({"input":"a"})", "model");
    row(R"({"model":"m"})", "input");
    row(R"({"model":"m","input":[]})", "input");
    row(R"({"model":"m","input":[1,2]})", "input");
    row(R"({"model":"m","input":[["a"]]})", "input");
    row(R"({"model":"m","input":"a","dimensions":0})", "dimensions");
    row(R"({"model":"m","input":"a","encoding_format":"int8"})", "encoding_format");
}

void TestEmbeddings::wrongFieldsAreNamed() {
    QFETCH(QString, body);
    QFETCH(QString, field);
    const std::string text = body.toStdString();
    const auto ask = readEmbeddings(text);
    QVERIFY(!ask.has_value());
    QCOMPARE(QString::fromStdString(ask.error().field), field);
}

void TestEmbeddings::answersThatDoNotFitAreRefused() {
    const std::string body = R"({"model":"m","input":["a","b"]})";
    const auto ask = readEmbeddings(body);
    QVERIFY(!embeddingsOfGemini(R"({"embeddings":[{"values":[1]}]})", *ask, "m", 1));
    QVERIFY(!embeddingsOfGemini(R"({"embeddings":[{"values":[1]},{}]})", *ask, "m", 1));
    QVERIFY(!embeddingsOfGemini("<html>", *ask, "m", 1));
}

#endif  // Q_MOC_RUN

QTEST_APPLESS_MAIN(TestEmbeddings)
#include "test_embeddings.moc"
