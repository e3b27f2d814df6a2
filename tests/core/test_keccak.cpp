// SPDX-License-Identifier: MIT
#include <cryptopp/keccak.h>

#include <QtTest>
#include <random>

#include "payment/keccak.h"
#include "support/x402_vectors.h"

using namespace gr::payment;

namespace {

std::string byCryptoPp(const std::string& input) {
    CryptoPP::Keccak_256 hash;
    std::string digest(32, '\0');
    hash.CalculateDigest(reinterpret_cast<CryptoPP::byte*>(digest.data()),
                         reinterpret_cast<const CryptoPP::byte*>(input.data()), input.size());
    return digest;
}

}  // namespace

class TestKeccak final : public QObject {
    Q_OBJECT

  private slots:
    void publishedDigests() {
        for (const QJsonValue row : gr::test::x402Vectors("keccak256"))
            QCOMPARE(keccak256(gr::test::text(row, "utf8")).toHex(),
                     gr::test::text(row, "keccak256"));
    }

    // The edges of its block of 136 bytes are among the lengths.
    void everyLengthIsAsCryptoPpSays() {
        std::mt19937 random(4402);
        std::string input;
        for (std::size_t length = 0; length < 700; ++length) {
            QCOMPARE(std::string(keccak256(input).view()), byCryptoPp(input));
            input.push_back(static_cast<char>(random()));
        }
    }

    void largeInputsToo() {
        std::mt19937 random(4403);
        for (int i = 0; i < 50; ++i) {
            std::string input(random() % 200'000, '\0');
            for (char& c : input)
                c = static_cast<char>(random());
            QCOMPARE(std::string(keccak256(input).view()), byCryptoPp(input));
        }
    }
};

QTEST_APPLESS_MAIN(TestKeccak)
#include "test_keccak.moc"
