#pragma once

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "web/pem.hpp"

namespace pgvigil::web {

/// A certificate of 127.0.0.1 that signed itself, and its key, as PEM.
struct Identity {
  std::string certificate;
  std::string key;
};

template <typename Write>
std::string as_pem(Write write) {
  const Openssl<BIO> bio(BIO_new(BIO_s_mem()));
  write(bio.get());
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &data);
  return {data, static_cast<std::size_t>(size)};
}

inline Identity new_identity() {
  const Openssl<EVP_PKEY> key(EVP_EC_gen("P-256"));
  const Openssl<X509> one(X509_new());
  X509_set_version(one.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(one.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(one.get()), -60);
  X509_gmtime_adj(X509_getm_notAfter(one.get()), 3600);
  X509_set_pubkey(one.get(), key.get());
  X509_NAME* const name = X509_get_subject_name(one.get());
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("pgvigil"), -1,
                             -1, 0);
  X509_set_issuer_name(one.get(), name);
  X509_EXTENSION* const san = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1");
  X509_add_ext(one.get(), san, -1);
  X509_EXTENSION_free(san);
  X509_sign(one.get(), key.get(), EVP_sha256());
  return {as_pem([&](BIO* bio) { PEM_write_bio_X509(bio, one.get()); }), as_pem([&](BIO* bio) {
            PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          })};
}

/// A folder of the test's own that is gone afterwards.
class Folder {
 public:
  Folder() : path_(std::filesystem::temp_directory_path() / ("pgvigil_web." + std::to_string(::getpid()))) {
    std::filesystem::create_directories(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path(const std::string& name) const { return (path_ / name).string(); }

  /// As a careful writer does: written beside, and moved into place.
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name) + ".new") << text;
    std::filesystem::rename(path(name) + ".new", path(name));
  }

 private:
  std::filesystem::path path_;
};

}  // namespace pgvigil::web
