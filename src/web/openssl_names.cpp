#include <dlfcn.h>
#include <openssl/ssl.h>

#include <string_view>

// A civetweb that looks OpenSSL up by dlopen("libssl.so") and dlsym() finds the OpenSSL that this program is
// linked to: docs/adr/0007-tls-with-civetweb.md. CMake leaves this file out where civetweb is linked to
// OpenSSL itself. Both functions have the linkage, names and types that C callers know.

#undef SSL_get_peer_certificate  // OpenSSL 3 has it as a macro only

namespace {

using Open = void* (*)(const char*, int);

/// The one behind ours: the C library's, or a sanitizer's.
Open next_dlopen() {
  static const Open next = reinterpret_cast<Open>(dlsym(RTLD_NEXT, "dlopen"));
  return next;
}

}  // namespace

extern "C" {

// NOLINTBEGIN(readability-identifier-naming): OpenSSL's name
X509* SSL_get_peer_certificate(const SSL* ssl);
X509* SSL_get_peer_certificate(const SSL* ssl) { return SSL_get1_peer_certificate(ssl); }
// NOLINTEND(readability-identifier-naming)

/// The unversioned names are links of the -dev package, to whatever OpenSSL that is: the whole program stands
/// for them.
void* dlopen(const char* name, int flags) {
  const std::string_view wanted = name == nullptr ? "" : name;
  const bool openssl = wanted == "libssl.so" || wanted == "libcrypto.so";
  return next_dlopen()(openssl ? nullptr : name, flags);
}
}
