// SPDX-License-Identifier: MIT
#include <QtTest>

#include "base/text.h"
#include "payment/address.h"
#include "payment/hd_key.h"
#include "payment/mnemonic.h"
#include "support/x402_vectors.h"

using namespace gr;
using namespace gr::payment;
using gr::test::text;

namespace {

QJsonArray bip(const char* part) {
    const QJsonArray rows = test::x402File("bip.json").value(QLatin1String(part)).toArray();
    if (rows.isEmpty())
        qFatal("no vectors named %s", part);
    return rows;
}

std::string said(const std::string& words) {
    const auto parsed = Mnemonic::parse(words);
    return parsed ? "accepted" : parsed.error().message.text;
}

std::string hex(const Secret& secret) {
    return hexOf(secret.reveal()).substr(2);
}

// "m/0'/1" as indices.
std::vector<std::uint32_t> steps(const std::string& path) {
    std::vector<std::uint32_t> out;
    for (const QString& step : QString::fromStdString(path).split(u'/').mid(1)) {
        QString digits = step;
        const bool hardened = digits.endsWith(u'\'');
        if (hardened)
            digits.chop(1);
        out.push_back(digits.toUInt() + (hardened ? HdKey::kHardened : 0));
    }
    return out;
}

const std::string kTwelve =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

}  // namespace

class TestMnemonic final : public QObject {
    Q_OBJECT

  private slots:
    void publishedWordsAndSeeds() {
        for (const QJsonValue row : bip("bip39")) {
            const std::string words = text(row, "words");
            const auto entropy = *fromHex(text(row, "entropy"));
            QCOMPARE(std::string(Mnemonic::fromEntropy(entropy).words().reveal()), words);
            const auto mnemonic = Mnemonic::parse(words);
            QVERIFY2(mnemonic, words.c_str());
            QCOMPARE(hex(*mnemonic->seed(Secret("TREZOR"))), text(row, "seed"));
        }
    }

    void publishedAccounts() {
        for (const QJsonValue row : test::x402Vectors("bip39_bip44")) {
            const auto mnemonic = Mnemonic::parse(text(row, "mnemonic"));
            QVERIFY(mnemonic);
            const auto seed = mnemonic->seed(Secret(text(row, "passphrase")));
            QCOMPARE("0x" + hex(*seed), text(row, "seed"));
            const auto master = HdKey::fromSeed(*seed);
            QCOMPARE("0x" + hex(master->privateKey()), text(row, "masterPrivateKey"));
            QCOMPARE("0x" + hex(master->chainCode()), text(row, "masterChainCode"));
            for (const QJsonValue account :
                 row.toObject().value(QLatin1String("accounts")).toArray()) {
                const std::vector<std::uint32_t> path = steps(text(account, "path"));
                const auto key = accountKey(*seed, path.back());
                QCOMPARE(checksumText(key->address()), text(account, "address"));
                QCOMPARE("0x" + hex(key->bytes()), text(account, "privateKey"));
            }
        }
    }

    void publishedChains() {
        for (const QJsonValue row : bip("bip32")) {
            auto key = HdKey::fromSeed(Secret(*fromHex(text(row, "seed"))));
            for (const std::uint32_t step : steps(text(row, "path")))
                key = key->child(step);
            QCOMPARE(hex(key->privateKey()), text(row, "privateKey"));
            QCOMPARE(hex(key->chainCode()), text(row, "chainCode"));
        }
    }

    void whatIsNoMnemonicIsRefused() {
        for (const QJsonValue row : test::x402Vectors("invalidMnemonics"))
            QVERIFY2(!Mnemonic::parse(text(row, "mnemonic")), text(row, "mnemonic").c_str());
    }

    void refusalsSayWhatIsWrongAndNoWord_data() {
        QTest::addColumn<QString>("words");
        QTest::addColumn<QString>("part");
        const auto twelve = QString::fromStdString(kTwelve);
        QTest::newRow("nothing") << QString() << QStringLiteral("these are 0.");
        QTest::newRow("11") << twelve.section(u' ', 1) << QStringLiteral("these are 11.");
        QTest::newRow("13") << QString(twelve + QStringLiteral(" zoo"))
                            << QStringLiteral("these are 13.");
        QTest::newRow("27") << QString(twelve + u' ' + twelve + QStringLiteral(" zoo zoo zoo"))
                            << QStringLiteral("these are 27.");
        QTest::newRow("a wrong word")
            << QString(twelve.section(u' ', 0, 10) + QStringLiteral(" sesame"))
            << QStringLiteral("Word 12 is not in");
        QTest::newRow("a long word")
            << QString(QStringLiteral("abandonabandon ") + twelve.section(u' ', 1))
            << QStringLiteral("Word 1 is not in");
        QTest::newRow("not ASCII") << QString(QStringLiteral("àbandon ") + twelve.section(u' ', 1))
                                   << QStringLiteral("Word 1 is not in");
        QTest::newRow("another word")
            << QString(QString::fromStdString(kTwelve).section(u' ', 0, 10) +
                       QStringLiteral(" zoo"))
            << QStringLiteral("checksum is wrong");
    }
    void refusalsSayWhatIsWrongAndNoWord() {
        QFETCH(QString, words);
        QFETCH(QString, part);
        const std::string sentence = said(words.toStdString());
        QVERIFY2(QString::fromStdString(sentence).contains(part), sentence.c_str());
        for (const QString& word : words.split(u' ', Qt::SkipEmptyParts))
            QVERIFY(!QString::fromStdString(sentence).contains(word) || word.size() < 4);
    }

    void blanksAndCaseDoNotMatter() {
        const auto parsed = Mnemonic::parse(
            "\n  ABANDON\tabandon abandon  Abandon abandon abandon "
            "abandon abandon abandon abandon abandon\r\nabout ");
        QVERIFY(parsed);
        QCOMPARE(std::string(parsed->words().reveal()), kTwelve);
    }

    void newWordsDiffer() {
        for (const auto length : {Mnemonic::Length::Twelve, Mnemonic::Length::TwentyFour}) {
            const Mnemonic one = Mnemonic::create(length);
            const std::string words(one.words().reveal());
            QCOMPARE(static_cast<std::size_t>(std::count(words.begin(), words.end(), ' ')) + 1,
                     static_cast<std::size_t>(length));
            QVERIFY(Mnemonic::parse(words));
            QVERIFY(words != Mnemonic::create(length).words().reveal());
        }
    }

    void passphrasesAreAscii() {
        const Mnemonic mnemonic = *Mnemonic::parse(kTwelve);
        QVERIFY(mnemonic.seed(Secret("~ all of !\"#$%")));
        for (const std::string& other : {std::string("caf\xc3\xa9"), std::string("a\tb"),
                                         std::string("a\0b", 3), std::string(1025, 'a')})
            QVERIFY2(!mnemonic.seed(Secret(other)), other.c_str());
    }

    void indicesHaveAnEnd() {
        const auto seed = *Mnemonic::parse(kTwelve)->seed(Secret());
        QVERIFY(accountKey(seed, HdKey::kHardened - 1));
        QVERIFY(!accountKey(seed, HdKey::kHardened));
        QVERIFY(!HdKey::fromSeed(Secret(std::string(15, 'a'))));
        QVERIFY(!HdKey::fromSeed(Secret(std::string(65, 'a'))));
    }
};

QTEST_APPLESS_MAIN(TestMnemonic)
#include "test_mnemonic.moc"
