// SPDX-License-Identifier: MIT
#include <QtTest>

#include "base/cipher.h"
#include "base/text.h"

using namespace gr;

namespace {

Secret keyOf(char c) {
    return Secret(std::string(kCipherKeySize, c));
}

std::string hex(std::string_view bytes) {
    return toHex({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()});
}

}  // namespace

class TestCipher final : public QObject {
    Q_OBJECT

  private slots:
    // RFC 5869, A.3: no salt, no info; the first 32 of its 42 bytes.
    void keysAreDerivedAsPublished() {
        const Secret derived = deriveKey(Secret(std::string(22, '\x0b')), "");
        QCOMPARE(hex(derived.reveal()),
                 std::string("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"));
    }

    void everyPurposeHasItsKey() {
        const Secret key = keyOf('k');
        QVERIFY(deriveKey(key, "a").reveal() == deriveKey(key, "a").reveal());
        QVERIFY(deriveKey(key, "a").reveal() != deriveKey(key, "b").reveal());
        QVERIFY(deriveKey(key, "a").reveal() != deriveKey(keyOf('l'), "a").reveal());
    }

    void whatWasEncryptedComesBack() {
        for (const std::string& plain :
             {std::string(), std::string("x"), std::string(100'000, 'y')}) {
            const std::string box = encrypt(keyOf('k'), "label", plain);
            QVERIFY(decrypt(keyOf('k'), "label", box) == plain);
            QVERIFY(box != encrypt(keyOf('k'), "label", plain));
        }
    }

    void whatWasChangedDoesNotOpen() {
        const std::string box = encrypt(keyOf('k'), "label", "some text");
        QVERIFY(!decrypt(keyOf('l'), "label", box));
        QVERIFY(!decrypt(keyOf('k'), "other", box));
        for (std::size_t at = 0; at < box.size(); ++at) {
            std::string changed = box;
            changed[at] = static_cast<char>(changed[at] ^ 1);
            QVERIFY(!decrypt(keyOf('k'), "label", changed));
            QVERIFY(!decrypt(keyOf('k'), "label", box.substr(0, at)));
        }
    }
};

QTEST_APPLESS_MAIN(TestCipher)
#include "test_cipher.moc"
