#include "pgvigil/config/web.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>

#include "bad_files.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::config {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Pair;
using web::Security;

const std::string kFolder = std::string(PGVIGIL_SOURCE_DIR) + "/tests/config/web/";

}  // namespace

TEST(BadWebFiles, AreRefusedWithTheMessageOnTheirFirstLine) { expect_refusals(kFolder, load_web); }

TEST(GoodWebFiles, AreAccepted) {
  for (const auto& file : files(kFolder, ".good.yml")) {
    const auto security = load_web(file);
    EXPECT_TRUE(security) << security.error().message;
  }
}

TEST(WebFile, OfNothingIsPlainHttpForEverybody) {
  EXPECT_EQ(*load_web(kFolder + "empty.good.yml"), Security{});
  EXPECT_EQ(*load_web(kFolder + "no-tls.good.yml"), Security{});
}

TEST(WebFile, TakesEverySettingOfTheToolkit) {
  const std::string path = kFolder + "everything.good.yml";
  const auto security = load_web(path);
  ASSERT_TRUE(security);
  web::Tls tls;
  tls.certificate = {path + ":3: tls_server_config.cert_file", kFolder + "certs/server.crt", ""};
  tls.key = {path + ":4: tls_server_config.key", "", "-----BEGIN PRIVATE KEY-----\n"};
  tls.client_ca = {path + ":7: tls_server_config.client_ca_file", "/etc/ca.crt", ""};
  tls.client_auth = web::ClientAuth::require_and_verify;
  tls.client_allowed_sans = {"prometheus.example", "192.0.2.1"};
  tls.cipher_suites = {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"};
  tls.prefer_server_cipher_suites = false;
  tls.curves = {"X25519", "P-256"};
  EXPECT_EQ(security->tls, tls);
  EXPECT_THAT(security->headers,
              ElementsAre(Pair("Content-Security-Policy", "default-src 'self'"),
                          Pair("Strict-Transport-Security", "max-age=31536000"),
                          Pair("X-Content-Type-Options", "nosniff"), Pair("X-Frame-Options", "deny")));
  EXPECT_THAT(security->users, Contains(testing::Key("prometheus")));
}

TEST(WebFile, WithSuitesOfTls13AloneMeansTls13) {
  EXPECT_EQ(load_web(kFolder + "only-tls13-suites.good.yml")->tls->min_version, web::TlsVersion::tls13);
}

TEST(WebFile, NeverShowsAHashOrAKey) {
  const auto user = parse_web("basic_auth_users: {john: hunter2}", "web.yml");
  EXPECT_EQ(user.error().message.find("hunter2"), std::string::npos);
  const auto key = parse_web("tls_server_config: {key: hunter2, key_file: hunter2}", "web.yml");
  EXPECT_EQ(key.error().message.find("hunter2"), std::string::npos);
}

}  // namespace pgvigil::config
