#pragma once

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>
#include <vector>

#include "pgvigil/web/security.hpp"

namespace pgvigil::web {

struct OpensslFree {
  void operator()(BIO* bio) const { BIO_free_all(bio); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

template <typename T>
using Openssl = std::unique_ptr<T, OpensslFree>;

/// OpenSSL's first reason in its queue, which is emptied.
std::string openssl_reason();

/// All certificates of it, at least one. Errors of both: kind config, one line that begins with pem.where.
base::Result<std::vector<Openssl<X509>>> read_certificates(const Pem& pem);

/// Keys with a passphrase are refused.
base::Result<Openssl<EVP_PKEY>> read_key(const Pem& pem);

/// "WHERE: FILE: reason; remedy"
tl::unexpected<base::Error> bad_pem(const Pem& pem, std::string_view what);

}  // namespace pgvigil::web
