#include "web/pem.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "pgvigil/base/text.hpp"

namespace pgvigil::web {
namespace {

base::Result<std::string> text_of(const Pem& pem) {
  if (pem.path.empty()) return pem.text;
  std::error_code ignored;  // what cannot be looked at cannot be read either: that error is the better one
  if (std::filesystem::is_directory(pem.path, ignored))
    return bad_pem(pem, "is a directory; name the file in it");
  auto text = base::read_file(pem.path);
  if (!text)
    return bad_pem(pem, fmt::format("cannot be read ({}); name a file that pgvigil may read",
                                    std::generic_category().message(errno)));
  return *std::move(text);
}

Openssl<BIO> source(const std::string& text) {
  ERR_clear_error();
  return Openssl<BIO>(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// In place of OpenSSL's own, which would ask at the terminal.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

}  // namespace

std::string openssl_reason() {
  const unsigned long error = ERR_get_error();
  ERR_clear_error();
  const char* const text = ERR_reason_error_string(error);
  return text == nullptr ? "error" : text;
}

tl::unexpected<base::Error> bad_pem(const Pem& pem, std::string_view what) {
  const std::string file = pem.path.empty() ? "" : fmt::format("{}: ", base::one_line(pem.path));
  return base::fail(base::ErrorKind::config, "{}: {}{}", pem.where, file, what);
}

base::Result<std::vector<Openssl<X509>>> read_certificates(const Pem& pem) {
  const auto text = text_of(pem);
  if (!text) return tl::unexpected(text.error());
  const auto bio = source(*text);
  std::vector<Openssl<X509>> all;
  while (Openssl<X509> one{PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)})
    all.push_back(std::move(one));
  // The end of the text is told as an error too.
  const bool ended = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  if (!ended) return bad_pem(pem, fmt::format("is no sound PEM ({})", openssl_reason()));
  ERR_clear_error();
  if (all.empty())
    return bad_pem(pem, "has no certificate; it must be PEM, with -----BEGIN CERTIFICATE-----");
  return all;
}

base::Result<Openssl<EVP_PKEY>> read_key(const Pem& pem) {
  const auto text = text_of(pem);
  if (!text) return tl::unexpected(text.error());
  const auto bio = source(*text);
  bool encrypted = false;
  Openssl<EVP_PKEY> key(PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, &encrypted));
  if (encrypted)
    return bad_pem(pem, "the key has a passphrase; take it off with `openssl pkey -in FILE -out FILE`");
  if (!key)
    return bad_pem(pem,
                   fmt::format("has no private key ({}); it must be PEM, with -----BEGIN PRIVATE KEY-----",
                               openssl_reason()));
  return key;
}

}  // namespace pgvigil::web
