// SPDX-License-Identifier: MIT
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <QByteArray>
#include <QtTest>

#include "payment/cdp_token.h"

using namespace gr;
using payment::CdpCall;
using payment::cdpToken;

namespace {

// RFC 8032, 7.1, test 1: the seed, and the public key behind it.
const std::string kEdwards =
    "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2DXWpgBgrEKt9VL/tPJZAc6DuFy89qmIyWvAhpo9wdRGg==";
const std::string kId = "11111111-2222-3333-4444-555555555555";
const std::string kNonce = "000102030405060708090a0b0c0d0e0f";
constexpr std::int64_t kNow = 1'795'003'200;
const CdpCall kSettle{"POST", "api.cdp.coinbase.com", "/platform/v2/x402/settle"};

std::string part(const std::string& token, int index) {
    const QByteArray text = QByteArray::fromStdString(token).split('.').value(index);
    return QByteArray::fromBase64(text, QByteArray::Base64UrlEncoding).toStdString();
}

EVP_PKEY* newKey(const char* curve) {
    return EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", curve);
}

std::string pemOf(EVP_PKEY* key, bool traditional) {
    BIO* const bio = BIO_new(BIO_s_mem());
    if (traditional)
        PEM_write_bio_PrivateKey_traditional(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    else
        PEM_write_bio_PrivateKey(bio, key, nullptr, nullptr, 0, nullptr, nullptr);
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string text(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return text;
}

// The plain form of ES256, given back its DER.
bool isSignedBy(EVP_PKEY* key, const std::string& token) {
    const std::string text = token.substr(0, token.rfind('.'));
    const std::string plain = part(token, 2);
    if (plain.size() != 64)
        return false;
    const auto* const bytes = reinterpret_cast<const unsigned char*>(plain.data());
    ECDSA_SIG* const signature = ECDSA_SIG_new();
    ECDSA_SIG_set0(signature, BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
    unsigned char* der = nullptr;
    const int size = i2d_ECDSA_SIG(signature, &der);
    EVP_MD_CTX* const context = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key);
    const int good =
        EVP_DigestVerify(context, der, static_cast<std::size_t>(size),
                         reinterpret_cast<const unsigned char*>(text.data()), text.size());
    EVP_MD_CTX_free(context);
    OPENSSL_free(der);
    ECDSA_SIG_free(signature);
    return good == 1;
}

}  // namespace

class TestCdpToken final : public QObject {
    Q_OBJECT

  private slots:
    // As the openssl program signs the same words with the same key.
    void theBytesAreThoseThatAnotherProgramMakes() {
        const auto token = cdpToken(kId, Secret(kEdwards), kSettle, kNow, kNonce);
        QVERIFY(token);
        QCOMPARE(*token,
                 std::string(
                     "eyJhbGciOiJFZERTQSIsImtpZCI6IjExMTExMTExLTIyMjItMzMzMy00NDQ0LTU1NTU1NTU1NTU"
                     "1NSIsInR5cCI6IkpXVCIsIm5vbmNlIjoiMDAwMTAyMDMwNDA1MDYwNzA4MDkwYTBiMGMwZDBlM"
                     "GYifQ.eyJzdWIiOiIxMTExMTExMS0yMjIyLTMzMzMtNDQ0NC01NTU1NTU1NTU1NTUiLCJpc3Mi"
                     "OiJjZHAiLCJhdWQiOlsiY2RwX3NlcnZpY2UiXSwidXJpcyI6WyJQT1NUIGFwaS5jZHAuY29pbm"
                     "Jhc2UuY29tL3BsYXRmb3JtL3YyL3g0MDIvc2V0dGxlIl0sImlhdCI6MTc5NTAwMzIwMCwibmJm"
                     "IjoxNzk1MDAzMjAwLCJleHAiOjE3OTUwMDMzMjB9.05M4F0vl-j5Adaop0Udbd3xY1OHn-L5cT"
                     "4_tIYuhJoBUfwfp5PblHRHR8qL-jhVu7PmVaZXkkyt-PvyeSkBQDA"));
        QCOMPARE(part(*token, 1),
                 std::string("{\"sub\":\"11111111-2222-3333-4444-555555555555\",\"iss\":\"cdp\","
                             "\"aud\":[\"cdp_service\"],\"uris\":[\"POST "
                             "api.cdp.coinbase.com/platform/v2/x402/settle\"],\"iat\":1795003200,"
                             "\"nbf\":1795003200,\"exp\":1795003320}"));
    }

    // In either PEM form, also where a store has made one line of it.
    void ellipticKeysSignTheirWay() {
        EVP_PKEY* const key = newKey("P-256");
        EVP_PKEY* const other = newKey("P-256");
        for (const bool traditional : {true, false}) {
            const std::string pem = pemOf(key, traditional);
            std::string oneLine = pem;
            for (std::size_t at = 0; (at = oneLine.find('\n', at)) != std::string::npos;)
                oneLine.replace(at, 1, "\\n");
            for (const std::string& text : {pem, oneLine}) {
                // Often enough that r or s begins with a zero byte.
                for (int i = 0; i < 300; ++i) {
                    const auto token = cdpToken(kId, Secret(text), kSettle, kNow + i, kNonce);
                    QVERIFY(token && isSignedBy(key, *token));
                    QVERIFY(!isSignedBy(other, *token));
                }
            }
            const auto token = cdpToken(kId, Secret(pem), kSettle, kNow, kNonce);
            QVERIFY(part(*token, 0).find("\"ES256\"") != std::string::npos);
        }
        EVP_PKEY_free(key);
        EVP_PKEY_free(other);
    }

    void whatIsNoKeyIsRefusedWithoutBeingTold() {
        EVP_PKEY* const large = newKey("P-384");
        const std::string otherCurve = pemOf(large, true);
        EVP_PKEY_free(large);
        std::string otherHalf = kEdwards;
        otherHalf[60] = otherHalf[60] == 'A' ? 'B' : 'A';
        const std::string begin = "-----BEGIN EC PRIVATE KEY-----\nMHcC\n";
        for (const std::string& text : {std::string(), std::string("secret-words"), otherHalf,
                                        kEdwards.substr(0, 44), otherCurve, begin}) {
            const auto token = cdpToken(kId, Secret(text), kSettle, kNow, kNonce);
            QVERIFY(!token && token.error().code == ErrorCode::SecretMissing);
            QVERIFY(text.empty() || token.error().message.text.find(text) == std::string::npos);
        }
    }
};

QTEST_APPLESS_MAIN(TestCdpToken)
#include "test_cdp_token.moc"
