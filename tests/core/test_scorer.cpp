// SPDX-License-Identifier: MIT
// The learned router: what it sees of a prompt, and what the shipped model file says.
#include <QtTest>
#include <algorithm>
#include <cmath>
#include <string>

#include "base/embedded.h"
#include "routing/duel.h"
#include "routing/scorer.h"

using namespace gr;
using namespace gr::routing;

namespace {

Scorer shipped() {
    auto scorer = Scorer::read(embeddedRouter());
    if (!scorer)
        qFatal("%s", scorer.error().message.text.c_str());
    return std::move(*scorer);
}

std::vector<std::uint32_t> gramsOf(std::string_view text) {
    Features features;
    readFeatures(text, 0, features);
    std::sort(features.grams.begin(), features.grams.end());
    return features.grams;
}

std::string manyTimes(std::string_view text) {
    std::string out;
    while (out.size() < 2 * kReadChars)
        out += text;
    return out;
}

// More grams than are added up at once, in words, numbers and marks.
std::string manyWords() {
    std::string out;
    for (int round = 0; round < 12; ++round) {
        for (int w = 0; w < 22; ++w) {
            out += "word";
            out += static_cast<char>('a' + (round * 7 + w * 5) % 26);
            out += static_cast<char>('a' + (round * 11 + w * 3) % 26);
            out += w % 5 == 0 ? ". " : w % 7 == 0 ? " 1234, " : " ";
        }
    }
    return out;
}

// FNV-1a.
std::uint32_t digestOf(const std::vector<std::uint32_t>& grams) {
    std::uint32_t digest = 2'166'136'261U;
    for (const std::uint32_t gram : grams)
        digest = (digest ^ gram) * 16'777'619U;
    return digest;
}

// Questions of different kinds, from no benchmark.
const std::vector<std::string> kQuestions{
    "A baker sells 12 rolls an hour at $3 each and works 7 hours. How much does she earn?",
    "Write a python function that returns the second largest number of a list.",
    "Which of these did the Roman emperors of the first century fear most?\nA. The senate\nB. The "
    "army\nC. The gods\nD. The priests\nAnswer:",
    "A patient has fever, a stiff neck and a rash. What is the most likely diagnosis?",
    "What is the capital of the country that borders both Peru and Uruguay?",
    "Prove that the square root of 3 is irrational.",
};

}  // namespace

class TestScorer : public QObject {
    Q_OBJECT

  private slots:
    void caseAndSpaceDoNotMatter() {
        QCOMPARE(gramsOf("What  is\nthe Sum?"), gramsOf("what is the sum?"));
        QVERIFY(gramsOf("what is the sum?") != gramsOf("what is the product?"));
    }

    // Nothing of what is seen, so that no choice changes with it.
    void caseAndSpaceDoNotCount() {
        Features one;
        Features other;
        readFeatures("Which is NOT prime?\nA. 2\nB. 4\nAnswer: ", 1, one);
        readFeatures("which  is not\tprime?\r\na. 2 b. 4\n\nanswer: ", 1, other);
        QCOMPARE(other.grams, one.grams);
        QCOMPARE(other.counts, one.counts);
    }

    void aRunOfSpaceIsOne() {
        Features room;
        readFeatures(std::string(1'000'000, ' ') + "hidden", 0, room);
        QVERIFY(room.grams.empty());
        readFeatures(std::string(3'000, ' ') + "seen", 0, room);
        QVERIFY(!room.grams.empty());
    }

    void numbersCountByTheirLength() {
        QCOMPARE(gramsOf("12 rolls at 345"), gramsOf("98 rolls at 671"));
        QVERIFY(gramsOf("12 rolls") != gramsOf("1200 rolls"));
    }

    void gramsStandOnce() {
        auto grams = gramsOf("the cat and the dog and the cat and the dog");
        QVERIFY(std::adjacent_find(grams.begin(), grams.end()) == grams.end());
    }

    void onlyTheBeginningIsRead() {
        const std::string longText(kReadChars, 'a');
        Features whole;
        Features more;
        readFeatures(longText, 2, whole);
        readFeatures(longText + " and something else?", 2, more);
        QCOMPARE(more.grams, whole.grams);
        QCOMPARE(more.counts, whole.counts);
    }

    void anyBytesAreRead() {
        Features room;
        for (const std::string& text :
             {std::string(), std::string("\0\xff\xfe\n", 4), std::string(5'000, '\x80'),
              std::string(2'000, '('), std::string("A.\nA.\nA)"), manyTimes("1("),
              manyTimes("abc "), manyTimes("ab;"), manyTimes("a ")}) {
            readFeatures(text, 1'000'000, room);
            for (const float count : room.counts)
                QVERIFY(std::isfinite(count));
            const Prediction of = shipped().predict(text, 0, room);
            QVERIFY(of.difficulty >= 0 && of.difficulty <= 1);
            QVERIFY(of.confidence >= 0 && of.confidence <= 1);
        }
    }

    // However they are found and added up: the shipped weights were trained on these grams, in this
    // order, and mean these numbers. They change with a new file, and with nothing else.
    void theShippedFileMeansTheseNumbers_data() {
        QTest::addColumn<QByteArray>("prompt");
        QTest::addColumn<std::size_t>("grams");
        QTest::addColumn<std::uint32_t>("digest");
        QTest::addColumn<double>("difficulty");
        QTest::addColumn<double>("confidence");
        QTest::addColumn<double>("known");  // the sum over all models
        QTest::newRow("rolls") << QByteArray::fromStdString(kQuestions[0]) << std::size_t{152}
                               << 0x83254751U << 0.042184 << 1.0 << 61.287076;
        QTest::newRow("emperors") << QByteArray::fromStdString(kQuestions[2]) << std::size_t{227}
                                  << 0x80f056d1U << 0.087387 << 1.0 << 53.364676;
        QTest::newRow("many") << QByteArray::fromStdString(manyWords()) << std::size_t{1'593}
                              << 0x94bee904U << 0.351758 << 0.374974 << 43.841403;
        QTest::newRow("not English")
            << QByteArray(
                   "\xc3\x9c"
                   "berraschung: f\xc3\xbcnf na\xc3\xafve Gr\xc3\xb6\xc3\x9f"
                   "en! x")
            << std::size_t{98} << 0x72d560a1U << 0.374464 << 0.482993 << 52.089125;
    }
    void theShippedFileMeansTheseNumbers() {
        QFETCH(QByteArray, prompt);
        QFETCH(std::size_t, grams);
        QFETCH(std::uint32_t, digest);
        QFETCH(double, difficulty);
        QFETCH(double, confidence);
        QFETCH(double, known);
        Features room;
        const Prediction of = shipped().predict(prompt.toStdString(), 0, room);
        QCOMPARE(room.grams.size(), grams);
        QCOMPARE(digestOf(room.grams), digest);
        const auto near = [](double is, double wanted) { return std::abs(is - wanted) < 1e-4; };
        QVERIFY(near(static_cast<double>(of.difficulty), difficulty));
        QVERIFY(near(static_cast<double>(of.confidence), confidence));
        double sum = 0;
        for (const float chance : of.known)
            sum += static_cast<double>(chance);
        QVERIFY(near(sum, known));
    }

    void theShippedFileKnowsKindsOfWork_data() {
        QTest::addColumn<QString>("prompt");
        QTest::addColumn<QString>("domain");
        QTest::newRow("sum") << QString::fromStdString(kQuestions[0]) << "math";
        QTest::newRow("function") << QString::fromStdString(kQuestions[1]) << "code";
        QTest::newRow("emperors") << QString::fromStdString(kQuestions[2]) << "humanities";
        QTest::newRow("patient") << QString::fromStdString(kQuestions[3]) << "health";
    }
    void theShippedFileKnowsKindsOfWork() {
        QFETCH(QString, prompt);
        QFETCH(QString, domain);
        Features room;
        const Prediction of = shipped().predict(prompt.toStdString(), 0, room);
        QCOMPARE(kDomainNames[static_cast<std::size_t>(of.likeliest())], domain.toStdString());
        float sum = 0;
        for (const float share : of.domains)
            sum += share;
        QVERIFY(std::abs(sum - 1) < 0.001F);
    }

    void whatIsStrangeIsNotBelieved() {
        const Scorer scorer = shipped();
        Features room;
        const Prediction strange = scorer.predict("qzxv wkjq zzxq pqlm vvkx jjqz wqxz", 0, room);
        const Prediction plain = scorer.predict(kQuestions[0], 0, room);
        QVERIFY(strange.confidence < plain.confidence);
        QVERIFY(plain.confidence > 0.9F);
    }

    void withoutMeasuresAModelIsAsGoodAsItsPrice() {
        const Scorer scorer = shipped();
        Features room;
        const ModelProfile dear = scorer.profile("somebody/dear", 5, 25);
        const ModelProfile cheap = scorer.profile("somebody/cheap", 0.1, 0.4);
        const ModelProfile unknown = scorer.profile("somebody/unknown", {}, {});
        QVERIFY(!dear.known && !cheap.known);
        QVERIFY(dear.quality > unknown.quality && unknown.quality > cheap.quality);
        for (const std::string& question : kQuestions) {
            const Prediction of = scorer.predict(question, 0, room);
            QVERIFY(scorer.quality(of, dear) > scorer.quality(of, cheap));
        }
    }

    void harderPromptsAreAnsweredWorse() {
        const Scorer scorer = shipped();
        const ModelProfile model = scorer.profile("somebody/some", 1, 4);
        Prediction easy;
        easy.confidence = 1;
        easy.difficulty = 0.1F;
        easy.known.resize(scorer.models().size());
        Prediction hard = easy;
        hard.difficulty = 0.8F;
        QVERIFY(scorer.quality(easy, model) > scorer.quality(hard, model));
        easy.confidence = hard.confidence = 0;
        QCOMPARE(scorer.quality(easy, model), scorer.quality(hard, model));
    }

    // A few swapped letters move the need for the strong model by less than a tenth.
    void slipsChangeLittle() {
        const Scorer scorer = shipped();
        Features room;
        for (const std::string& question : kQuestions) {
            std::string slip = question;
            for (std::size_t i = 20; i + 1 < slip.size(); i += 40)
                std::swap(slip[i], slip[i + 1]);
            const Prediction of = scorer.predict(question, 0, room);
            const double straight =
                needForStrong(scorer, of, room, "gpt-4-1106-preview", "mixtral-8x7b-instruct-v0.1");
            const Prediction slipped = scorer.predict(slip, 0, room);
            const double crooked = needForStrong(scorer, slipped, room, "gpt-4-1106-preview",
                                                 "mixtral-8x7b-instruct-v0.1");
            QVERIFY(std::abs(straight - crooked) < 0.1);
        }
    }

    void damagedFilesAreRefused() {
        const std::string_view good = embeddedRouter();
        QVERIFY(good.size() < 6'000'000);
        QVERIFY(Scorer::read(good).has_value());
        QVERIFY(!Scorer::read(good.substr(0, good.size() - 1)).has_value());
        QVERIFY(!Scorer::read(good.substr(1)).has_value());
        QVERIFY(!Scorer::read({}).has_value());
        QVERIFY(!Scorer::read(std::string(good) + "x").has_value());
        std::string wrong(good.substr(0, 4'000));
        wrong[20] = '\xff';  // so many models cannot be
        wrong[23] = '\xff';
        QVERIFY(!Scorer::read(wrong).has_value());
    }
};

QTEST_APPLESS_MAIN(TestScorer)
#include "test_scorer.moc"
