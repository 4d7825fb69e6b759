#include "web/stream.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

namespace pgvigil::web {
namespace {

using base::ErrorKind;
using base::fail;

/// OpenSSL's first reason in its queue, which is emptied.
std::string reason() {
  const char* data = nullptr;
  int flags = 0;
  const unsigned long error = ERR_get_error_all(nullptr, nullptr, nullptr, &data, &flags);
  ERR_clear_error();
  if (error == 0) return "the connection was ended";
  if (ERR_SYSTEM_ERROR(error)) return std::generic_category().message(ERR_GET_REASON(error));
  if (ERR_GET_LIB(error) == ERR_LIB_BIO && (flags & ERR_TXT_STRING) != 0 && *data != '\0') return data;
  const char* const text = ERR_reason_error_string(error);
  return text == nullptr ? "error" : text;
}

/// `usual`, or auth where the error next in the queue is an alert that the server sent.
ErrorKind kind_of(ErrorKind usual) {
  const unsigned long error = ERR_peek_error();
  const bool alert = ERR_GET_LIB(error) == ERR_LIB_SSL && ERR_GET_REASON(error) >= SSL_AD_REASON_OFFSET;
  return alert ? ErrorKind::auth : usual;
}

bool is_address(const std::string& host) {
  return host.find_first_not_of("0123456789.") == std::string::npos || host.find(':') != std::string::npos;
}

bool expect_name(SSL* ssl, const std::string& host) {
  if (is_address(host)) return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
  return SSL_set_tlsext_host_name(ssl, host.c_str()) == 1 && SSL_set1_host(ssl, host.c_str()) == 1;
}

}  // namespace

base::Result<void> Stream::wait() {
  const auto left = std::chrono::ceil<base::Millis>(deadline_ - std::chrono::steady_clock::now());
  if (left.count() <= 0) return fail(ErrorKind::timeout, "no answer within the time limit");
  constexpr base::Millis::rep kLongest = 60'000;
  int fd = -1;
  BIO_get_fd(bio_.get(), &fd);
  const short events = BIO_should_read(bio_.get()) ? POLLIN : POLLOUT;
  pollfd entry{fd, events, 0};
  poll(&entry, 1, static_cast<int>(std::min(left.count(), kLongest)));
  return {};
}

base::Result<Stream> Stream::connect(const Url& url, const Trust& trust, base::SteadyTime deadline) {
  ERR_clear_error();
  Stream stream(deadline);
  stream.bio_.reset(BIO_new(BIO_s_connect()));
  const bool ipv6 = url.host.find(':') != std::string::npos;
  BIO_set_conn_hostname(stream.bio_.get(), (ipv6 ? fmt::format("[{}]", url.host) : url.host).c_str());
  BIO_set_conn_port(stream.bio_.get(), url.port.c_str());
  BIO_set_nbio(stream.bio_.get(), 1);
  while (BIO_do_connect(stream.bio_.get()) != 1) {
    if (!BIO_should_retry(stream.bio_.get())) return fail(ErrorKind::connect, "{}", reason());
    if (auto waited = stream.wait(); !waited) return tl::unexpected(waited.error());
  }
  if (url.tls)
    if (auto secured = stream.secure(url, trust); !secured) return tl::unexpected(secured.error());
  return stream;
}

base::Result<void> Stream::secure(const Url& url, const Trust& trust) {
  context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX_set_verify(context_.get(), trust.verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  SSL_CTX_set_min_proto_version(context_.get(), TLS1_2_VERSION);
  const bool trusts = trust.ca_file.empty() ? SSL_CTX_set_default_verify_paths(context_.get()) == 1
                                            : SSL_CTX_load_verify_locations(
                                                  context_.get(), trust.ca_file.c_str(), nullptr) == 1;
  if (!trusts) return fail(ErrorKind::config, "the file of CA certificates cannot be used: {}", reason());
  BIO* const tls = BIO_new_ssl(context_.get(), 1);
  SSL* ssl = nullptr;
  BIO_get_ssl(tls, &ssl);
  bio_.reset(BIO_push(tls, bio_.release()));
  if (!expect_name(ssl, url.host)) return fail(ErrorKind::config, "the host's name cannot be verified");
  while (BIO_do_handshake(bio_.get()) != 1) {
    if (BIO_should_retry(bio_.get())) {
      if (auto waited = wait(); !waited) return waited;
      continue;
    }
    const long verified = SSL_get_verify_result(ssl);
    if (trust.verify && verified != X509_V_OK)
      return ERR_clear_error(), fail(ErrorKind::connect, "TLS: {}", X509_verify_cert_error_string(verified));
    const ErrorKind kind = kind_of(ErrorKind::connect);
    return fail(kind, "TLS: {}", reason());
  }
  return {};
}

base::Result<void> Stream::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const int written = BIO_write(bio_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (written > 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
      continue;
    }
    if (!BIO_should_retry(bio_.get())) {
      // Behind a connection that has been ended stands what the server said before it ended it.
      char ignored = 0;
      if (ERR_peek_error() == 0) BIO_read(bio_.get(), &ignored, 1);
      const ErrorKind kind = kind_of(ErrorKind::io);
      return fail(kind, "{}", reason());
    }
    if (auto waited = wait(); !waited) return waited;
  }
  return {};
}

base::Result<bool> Stream::read(std::string& to) {
  std::array<char, 16384> block;
  while (true) {
    errno = 0;
    const int got = BIO_read(bio_.get(), block.data(), static_cast<int>(block.size()));
    if (got > 0) {
      to.append(block.data(), static_cast<std::size_t>(got));
      // A server that trickles must not outlast the deadline.
      if (deadline_ <= std::chrono::steady_clock::now())
        return fail(ErrorKind::timeout, "no answer within the time limit");
      return true;
    }
    if (BIO_should_retry(bio_.get())) {
      if (auto waited = wait(); !waited) return tl::unexpected(waited.error());
      continue;
    }
    if (const int error = errno; got < 0 && error != 0 && ERR_peek_error() == 0)
      return fail(ErrorKind::io, "{}", std::generic_category().message(error));
    if (ERR_peek_error() == 0) return false;
    const ErrorKind kind = kind_of(ErrorKind::io);
    return fail(kind, "{}", reason());
  }
}

}  // namespace pgvigil::web
