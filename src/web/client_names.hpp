#pragma once

#include <openssl/x509.h>

#include <span>
#include <string>

namespace pgvigil::web {

/// Whether one of the names, mail addresses, IP addresses and URIs that the certificate is for (its subject
/// alternative names) is among `allowed`, letter by letter.
bool names_one_of(const X509* certificate, std::span<const std::string> allowed);

}  // namespace pgvigil::web
