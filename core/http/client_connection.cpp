// SPDX-License-Identifier: MIT
#include "http/client_connection.h"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <boost/asio/write.hpp>
#include <cerrno>

#include "base/secret.h"

namespace gr::http {
namespace {

constexpr std::size_t kFirstRead = 8 * 1024;
constexpr std::size_t kLargestRead = 64 * 1024;

}  // namespace

ClientConnection::ClientConnection(Deadlines& deadlines, Origin origin, Socket socket)
    : m_origin(std::move(origin)),
      m_plain(std::move(socket)),
      m_deadline(
          deadlines,
          [](void* context) {
              auto* self = static_cast<ClientConnection*>(context);
              self->m_timedOut = true;
              self->close();
          },
          this) {}

Awaitable<Result<void>> ClientConnection::startTls(asio::ssl::context& context) {
    m_tls = std::make_unique<TlsStream>(std::move(*m_plain), context);
    m_plain.reset();
    SSL* const ssl = m_tls->native_handle();
    // Who is asked for is checked by OpenSSL itself, so that its verdict says when that is wrong.
    X509_VERIFY_PARAM* const expected = SSL_get0_param(ssl);
    bool named = true;
    if (X509_VERIFY_PARAM_set1_ip_asc(expected, m_origin.host.c_str()) != 1) {
        named =
            X509_VERIFY_PARAM_set1_host(expected, m_origin.host.data(), m_origin.host.size()) == 1;
        X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
        // SNI takes names only (RFC 6066, 3).
        SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 m_origin.host.data());
    }
    if (!named)  // without a name any certificate would do
        co_return fail(ErrorCode::ProviderTls, "The TLS connection could not be prepared.");
    static constexpr unsigned char kProtocols[] = "\x08http/1.1";
    SSL_set_alpn_protos(ssl, kProtocols, sizeof kProtocols - 1);
    error_code error;
    co_await m_tls->async_handshake(TlsStream::client, asio::redirect_error(kAwait, error));
    if (!error)
        co_return Result<void>();
    const long verdict = SSL_get_verify_result(ssl);
    std::string why = "The TLS connection to " + m_origin.host + " failed";
    if (verdict != X509_V_OK)
        why = std::string("The certificate of ") + m_origin.host +
              " is not trusted: " + X509_verify_cert_error_string(verdict);
    co_return fail(ErrorCode::ProviderTls, why + ".", error.message());
}

Awaitable<void> ClientConnection::write(std::span<const asio::const_buffer> buffers,
                                        error_code& error) {
    const std::size_t sent = writeSome(buffers, error);
    if (!error && sent < totalSize(buffers))
        co_await writeRest(buffers, sent, error);
}

std::size_t ClientConnection::writeSome(std::span<const asio::const_buffer> buffers,
                                        error_code& error) {
    return m_tls ? 0 : writeNow(*m_plain, buffers, error);
}

Awaitable<void> ClientConnection::writeRest(std::span<const asio::const_buffer> buffers,
                                            std::size_t sent, error_code& error) {
    if (m_tls) {
        co_await writeTls(buffers, error);
        co_return;
    }
    std::vector<asio::const_buffer> rest(buffers.begin(), buffers.end());
    while (sent >= rest.front().size()) {
        sent -= rest.front().size();
        rest.erase(rest.begin());
    }
    rest.front() += sent;
    co_await asio::async_write(*m_plain, rest, asio::redirect_error(kAwait, error));
}

Awaitable<void> ClientConnection::writeTls(std::span<const asio::const_buffer> buffers,
                                           error_code& error) {
    std::vector<asio::const_buffer> rest(buffers.begin(), buffers.end());
    std::string joined;
    if (totalSize(buffers) <= kLargestRead) {  // one record instead of one for each small piece
        for (const auto& buffer : buffers)
            joined.append(static_cast<const char*>(buffer.data()), buffer.size());
        rest.assign(1, asio::buffer(joined));
    }
    co_await asio::async_write(*m_tls, rest, asio::redirect_error(kAwait, error));
    wipe(joined.data(), joined.size());
}

Awaitable<void> ClientConnection::read(error_code& error) {
    if (input.empty())
        input.compact();
    if (input.room() == 0)
        input.reserve(input.capacity() == 0         ? kFirstRead
                      : input.size() < kLargestRead ? input.capacity()
                                                    : kLargestRead);
    const auto room = asio::buffer(input.tail(), input.room());
    std::size_t count = 0;
    if (m_tls)
        count = co_await m_tls->async_read_some(room, asio::redirect_error(kAwait, error));
    else
        count = co_await m_plain->async_read_some(room, asio::redirect_error(kAwait, error));
    input.produced(count);
}

bool ClientConnection::aliveWhileIdle() {
    char byte = 0;
    const ssize_t got = ::recv(socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got < 0)
        return errno == EAGAIN || errno == EWOULDBLOCK;
    // Unasked bytes: a TLS session ticket is fine, an HTTP answer to nothing is not.
    return got > 0 && m_tls != nullptr;
}

void ClientConnection::close() {
    error_code ignored;
    socket().close(ignored);
}

}  // namespace gr::http
