#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

#include "pg/connection.hpp"

/// The only file of pg that knows OpenSSL: libpq tells protocol and cipher, but nothing of the certificate.
namespace pgvigil::pg {
namespace {

struct CertificateDeleter {
  void operator()(X509* certificate) const { X509_free(certificate); }
};

std::optional<base::WallTime> expiry(PGconn* conn) {
  auto* const ssl = static_cast<SSL*>(PQsslStruct(conn, "OpenSSL"));
  if (ssl == nullptr) return {};
  const std::unique_ptr<X509, CertificateDeleter> certificate(SSL_get1_peer_certificate(ssl));
  tm utc{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate.get()), &utc) != 1) return {};
  return std::chrono::system_clock::from_time_t(timegm(&utc));
}

}  // namespace

std::optional<Tls> Connection::tls() const {
  if (PQsslInUse(conn_.get()) == 0) return {};
  const auto attribute = [this](const char* name) {
    const char* value = PQsslAttribute(conn_.get(), name);
    return std::string(value == nullptr ? "" : value);
  };
  return Tls{attribute("protocol"), attribute("cipher"), expiry(conn_.get())};
}

}  // namespace pgvigil::pg
