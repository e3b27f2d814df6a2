// SPDX-License-Identifier: MIT
#include <QtTest>

#include "payment/address.h"
#include "payment/wallet_record.h"

using namespace gr;
using namespace gr::payment;

namespace {

const std::string kWords =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
const std::string kOtherWords =
    "legal winner thank year wave sausage worth useful legal winner thank yellow";
const std::string kKey = "4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318";
const std::string kKeyAddress = "0x2c7536E3605D9C16a7a3D7b1898e529396a65c23";

WalletRecord ofWords(const char* passphrase, std::uint32_t index) {
    return *WalletRecord::fromWords(*Mnemonic::parse(kWords), Secret(passphrase), index);
}

std::string addressOf(const WalletRecord& record) {
    return checksumText(record.address());
}

std::string textOf(const WalletRecord& record) {
    return std::string(record.text().reveal());
}

std::string with(std::string text, const std::string& part, const std::string& other) {
    return text.replace(text.find(part), part.size(), other);
}

}  // namespace

class TestWalletRecord final : public QObject {
    Q_OBJECT

  private slots:
    void wordsComeBack() {
        WalletRecord record = ofWords("TREZOR", 1);
        QVERIFY(!record.backedUp());
        record.setBackedUp();
        const auto read = WalletRecord::read(record.text().reveal());
        QVERIFY(read);
        QCOMPARE(addressOf(*read), addressOf(record));
        QVERIFY(read->backedUp());
        QCOMPARE(std::string(read->words().reveal()), kWords);
        QVERIFY(read->key()->address() == record.address());
        QVERIFY(addressOf(*read) != addressOf(ofWords("", 1)));
        QVERIFY(addressOf(*read) != addressOf(ofWords("TREZOR", 0)));
    }

    void keysComeBack() {
        const WalletRecord record = WalletRecord::fromKey(*parsePrivateKey(kKey));
        const auto read = WalletRecord::read(record.text().reveal());
        QVERIFY(read);
        QCOMPARE(addressOf(*read), kKeyAddress);
        QVERIFY(!read->backedUp());
        QVERIFY(read->words().empty());
        QVERIFY(read->key()->address() == record.address());
    }

    // As they lie in files and variables.
    void bareWordsAndKeysAreRead() {
        for (const std::string& text : {kKey, "0x" + kKey, " 0x" + kKey + "\n"}) {
            const auto read = WalletRecord::read(text);
            QVERIFY2(read, text.c_str());
            QCOMPARE(addressOf(*read), kKeyAddress);
            QVERIFY(read->backedUp());
        }
        const auto read = WalletRecord::read(kWords + "\n");
        QCOMPARE(addressOf(*read), std::string("0x9858EfFD232B4033E47d90003D41EC34EcaEda94"));
        QVERIFY(read->backedUp());
    }

    void keysOfAnotherShapeAreRefused() {
        for (const std::string& text :
             {std::string(), std::string("0x"), kKey.substr(1), kKey + "0", "0X" + kKey,
              with(kKey, "4c", "4g"), std::string(64, '0'), std::string(64, 'f'),
              kKey.substr(0, 32) + " " + kKey.substr(32)})
            QVERIFY2(!parsePrivateKey(text), text.c_str());
    }

    void backupsAreCompared() {
        const WalletRecord words = ofWords("", 0);
        QVERIFY(words.isBackup(kWords));
        QVERIFY(words.isBackup("  ABANDON" + kWords.substr(7) + "\n"));
        QVERIFY(!words.isBackup(kOtherWords));
        QVERIFY(!words.isBackup(""));
        QVERIFY(!words.isBackup(kKey));
        const WalletRecord key = WalletRecord::fromKey(*parsePrivateKey(kKey));
        QVERIFY(key.isBackup("0x" + kKey));
        QVERIFY(!key.isBackup(std::string(63, '0') + "1"));
        QVERIFY(!key.isBackup(kWords));
    }

    void whatContradictsItselfSignsNothing() {
        const std::string other = "0x0000000000000000000000000000000000000001";
        const WalletRecord words = ofWords("", 0);
        const WalletRecord bare = WalletRecord::fromKey(*parsePrivateKey(kKey));
        for (const WalletRecord* record : {&words, &bare}) {
            const auto read =
                WalletRecord::read(with(textOf(*record), record->address().toHex(), other));
            QVERIFY(read);
            QVERIFY(!read->key());
        }
        const auto changed = WalletRecord::read(with(textOf(words), kWords, kOtherWords));
        QVERIFY(changed && !changed->key());
    }

    void damagedRecordsAreRefusedWithoutTheirText() {
        const std::string whole = textOf(ofWords("", 0));
        for (const std::string& text :
             {std::string(), std::string("gaterouter-wallet 1\n"), with(whole, "address", "adress"),
              with(whole, "words", "wards"), with(whole, kWords, ""), with(whole, "about", "above"),
              with(whole, "account 0", "account -1"),
              with(whole, "account 0", "account 2147483648"), with(whole, "wallet 1", "wallet 2"),
              with(textOf(WalletRecord::fromKey(*parsePrivateKey(kKey))), "key 4c", "key 4")}) {
            const auto read = WalletRecord::read(text);
            QVERIFY2(!read, text.c_str());
            QVERIFY(read.error().message.text.find("abandon") == std::string::npos);
            QVERIFY(read.error().message.text.find(kKey.substr(4)) == std::string::npos);
        }
    }
};

QTEST_APPLESS_MAIN(TestWalletRecord)
#include "test_wallet_record.moc"
