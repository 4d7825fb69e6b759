#include "web/tls.hpp"

#include <openssl/err.h>

#include <algorithm>
#include <string>
#include <utility>

#include "pgvigil/base/text.hpp"
#include "web/client_names.hpp"
#include "web/pem.hpp"

namespace pgvigil::web {
namespace {

/// What a context cannot be asked for, kept beside it.
struct Policy {
  std::string ciphers;
  std::string curves;
  std::vector<std::string> allowed_sans;
  bool verifies = false;
};

int policy_index() {
  static const int index = SSL_CTX_get_ex_new_index(
      0, nullptr, nullptr, nullptr, [](void*, void* policy, CRYPTO_EX_DATA*, int, long, void*) {
        const std::unique_ptr<Policy> owner(static_cast<Policy*>(policy));
      });
  return index;
}

const Policy* policy_of(const SSL_CTX* context) {
  return static_cast<const Policy*>(SSL_CTX_get_ex_data(context, policy_index()));
}

/// Called for each certificate of the client's chain, its own last.
int verify_client(int sound, X509_STORE_CTX* store) {
  const auto* const ssl =
      static_cast<const SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const Policy& policy = *policy_of(SSL_get_SSL_CTX(ssl));
  if (policy.verifies && sound == 0) return 0;
  if (X509_STORE_CTX_get_error_depth(store) > 0 || policy.allowed_sans.empty() ||
      names_one_of(X509_STORE_CTX_get0_cert(store), policy.allowed_sans))
    return 1;
  X509_STORE_CTX_set_error(store, X509_V_ERR_APPLICATION_VERIFICATION);
  return 0;
}

int verify_mode(ClientAuth auth) {
  switch (auth) {
    case ClientAuth::none:
      return SSL_VERIFY_NONE;
    case ClientAuth::request:
    case ClientAuth::verify_if_given:
      return SSL_VERIFY_PEER;
    case ClientAuth::require_any:
    case ClientAuth::require_and_verify:
      return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
  }
  return SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
}

int number_of(TlsVersion version) { return version == TlsVersion::tls12 ? TLS1_2_VERSION : TLS1_3_VERSION; }

std::unique_ptr<Policy> policy_of(const Tls& tls) {
  auto policy = std::make_unique<Policy>();
  for (const std::string& suite : tls.cipher_suites) {
    const char* const name = OPENSSL_cipher_name(suite.c_str());
    policy->ciphers += fmt::format("{}{}", policy->ciphers.empty() ? "" : ":", name);
  }
  policy->curves = fmt::format("{}", fmt::join(tls.curves, ":"));
  policy->allowed_sans = tls.client_allowed_sans;
  policy->verifies =
      tls.client_auth == ClientAuth::verify_if_given || tls.client_auth == ClientAuth::require_and_verify;
  return policy;
}

base::Result<void> take_identity(SSL_CTX* context, const Tls& tls) {
  auto chain = read_certificates(tls.certificate);
  if (!chain) return tl::unexpected(chain.error());
  const auto key = read_key(tls.key);
  if (!key) return tl::unexpected(key.error());
  if (X509_check_private_key(chain->front().get(), key->get()) != 1) {
    ERR_clear_error();
    const std::string of = tls.certificate.path.empty() ? "" : " of " + base::one_line(tls.certificate.path);
    return bad_pem(tls.key, fmt::format("is not the key of the certificate{}; give the two that were made "
                                        "together",
                                        of));
  }
  if (SSL_CTX_use_certificate(context, chain->front().get()) != 1)
    return bad_pem(tls.certificate, fmt::format("OpenSSL refuses it ({})", openssl_reason()));
  if (SSL_CTX_use_PrivateKey(context, key->get()) != 1)
    return bad_pem(tls.key, fmt::format("OpenSSL refuses it ({})", openssl_reason()));
  for (std::size_t i = 1; i < chain->size(); ++i) SSL_CTX_add1_chain_cert(context, (*chain)[i].get());
  return {};
}

base::Result<void> take_authorities(SSL_CTX* context, const Tls& tls) {
  if (!tls.client_ca.given()) {
    if (tls.client_auth != ClientAuth::none) SSL_CTX_set_default_verify_paths(context);
    return {};
  }
  const auto authorities = read_certificates(tls.client_ca);
  if (!authorities) return tl::unexpected(authorities.error());
  X509_STORE* const store = SSL_CTX_get_cert_store(context);
  // As Go has it: whatever stands in the file is trusted by itself, be it signed by another or not.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  for (const auto& one : *authorities) {
    X509_STORE_add_cert(store, one.get());
    SSL_CTX_add_client_CA(context, one.get());
  }
  return {};
}

/// Lets a connection be as the context is: SSL_set_SSL_CTX() takes over certificate, key and authorities
/// only.
bool adopt(SSL* connection, SSL_CTX* context) {
  const Policy& policy = *policy_of(context);
  SSL_set_SSL_CTX(connection, context);
  SSL_set_verify(connection, SSL_CTX_get_verify_mode(context), verify_client);
  SSL_set_options(connection, SSL_CTX_get_options(context));
  return SSL_set_min_proto_version(connection, SSL_CTX_get_min_proto_version(context)) == 1 &&
         SSL_set_max_proto_version(connection, SSL_CTX_get_max_proto_version(context)) == 1 &&
         (policy.ciphers.empty() || SSL_set_cipher_list(connection, policy.ciphers.c_str()) == 1) &&
         (policy.curves.empty() || SSL_set1_groups_list(connection, policy.curves.c_str()) == 1);
}

int take_over(SSL* connection, int* alert, void* current) {
  // A client that is asked for another key share begins twice.
  if (policy_of(SSL_get_SSL_CTX(connection)) != nullptr) return SSL_CLIENT_HELLO_SUCCESS;
  try {
    if (adopt(connection, (*static_cast<const CurrentContext*>(current))().get()))
      return SSL_CLIENT_HELLO_SUCCESS;
  } catch (...) {  // nothing thrown may reach OpenSSL, which is C
  }
  *alert = SSL_AD_INTERNAL_ERROR;
  return SSL_CLIENT_HELLO_ERROR;
}

TlsContext new_context() {
  TlsContext context(SSL_CTX_new(TLS_server_method()), OpensslFree());
  SSL_CTX_set_options(context.get(), SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context.get(), 0);
  SSL_CTX_set_mode(context.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
  return context;
}

}  // namespace

base::Result<TlsContext> make_context(const Tls& tls) {
  TlsContext context = new_context();
  if (auto identity = take_identity(context.get(), tls); !identity) return tl::unexpected(identity.error());
  if (auto trust = take_authorities(context.get(), tls); !trust) return tl::unexpected(trust.error());
  SSL_CTX_set_verify(context.get(), verify_mode(tls.client_auth), verify_client);
  SSL_CTX_set_min_proto_version(context.get(), number_of(tls.min_version));
  SSL_CTX_set_max_proto_version(context.get(), number_of(tls.max_version));
  if (tls.prefer_server_cipher_suites) SSL_CTX_set_options(context.get(), SSL_OP_CIPHER_SERVER_PREFERENCE);
  auto policy = policy_of(tls);
  if (!policy->ciphers.empty() && SSL_CTX_set_cipher_list(context.get(), policy->ciphers.c_str()) != 1)
    return bad_pem(tls.certificate, fmt::format("its cipher_suites cannot be used ({})", openssl_reason()));
  SSL_CTX_set_ex_data(context.get(), policy_index(), policy.release());
  return context;
}

TlsContext listening_context(const CurrentContext& current) {
  TlsContext context = new_context();
  SSL_CTX_set_client_hello_cb(context.get(), take_over,
                              const_cast<CurrentContext*>(&current));  // handed back as it came
  return context;
}

base::Result<void> verify(const Security& security) {
  if (!security.tls) return {};
  return make_context(*security.tls).map([](const TlsContext&) {});
}

}  // namespace pgvigil::web
