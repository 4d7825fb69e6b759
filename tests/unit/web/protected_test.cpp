#include <gmock/gmock.h>

#include <map>
#include <vector>

#include "certificates.hpp"
#include "client.hpp"
#include "pgvigil/web/fetch.hpp"
#include "pgvigil/web/server.hpp"

namespace pgvigil::web {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

// Of "open sesame", at the lowest cost.
const std::string kHash = "$2b$04$PgvigilPgvigilPgvigilOoSj0SgXHOzpwOO9IjhQbbUnqpxzPCW.";

std::unique_ptr<Server> start(Security security, std::set<std::string, std::less<>> open = {},
                              int workers = Options().workers) {
  const auto page = [](const Request&) {
    Response response;
    response.content_type = "text/html";
    response.body = {std::make_shared<const std::string>("pg_up 1\n")};
    return response;
  };
  Options options;
  options.addresses = {"127.0.0.1:0", "127.0.0.1:0"};
  options.workers = workers;
  options.protection.read = [security] { return base::Result<Security>(security); };
  options.protection.open = std::move(open);
  return Server::start(options, {{"/metrics", page}, {"/-/healthy", page}}).value();
}

Security tls_of(const Identity& identity) {
  Tls tls;
  tls.certificate = {"web.yml:2: cert", "", identity.certificate};
  tls.key = {"web.yml:3: key", "", identity.key};
  Security security;
  security.tls = tls;
  return security;
}

std::string ask(const Server& server, const std::string& path, const std::string& headers = "") {
  const Client client(server.port());
  client.send(fmt::format("GET {} HTTP/1.1\r\nConnection: close\r\n{}\r\n", path, headers));
  return client.read_all();
}

std::string answer_of(const base::Result<std::string>& fetched) {
  if (fetched) return *fetched;
  return fmt::format("{}: {}", base::name(fetched.error().kind), fetched.error().message);
}

}  // namespace

TEST(ProtectedServer, AsksForANameAndAPassword) {
  Security security;
  security.users = {{"prometheus", kHash}};
  const auto server = start(security);
  const std::string refused = ask(*server, "/metrics");
  EXPECT_THAT(refused, StartsWith("HTTP/1.1 401 Unauthorized\r\n"));
  EXPECT_THAT(refused, HasSubstr("WWW-Authenticate: Basic realm=\"pgvigil\", charset=\"UTF-8\"\r\n"));
  EXPECT_THAT(refused, Not(HasSubstr("pg_up")));
  const std::string url = fmt::format("127.0.0.1:{}/metrics", server->port());
  EXPECT_EQ(answer_of(fetch("http://prometheus:open%20sesame@" + url, {})), "pg_up 1\n");
  EXPECT_THAT(answer_of(fetch("http://prometheus:wrong@" + url, {})), StartsWith("auth: "));
  EXPECT_THAT(ask(*server, "/nothing"), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(ask(*server, "/-/healthy"), StartsWith("HTTP/1.1 401 "));
}

TEST(ProtectedServer, LeavesOpenWhatIsConfiguredSo) {
  Security security;
  security.users = {{"prometheus", kHash}};
  const auto server = start(security, {"/-/healthy"});
  EXPECT_THAT(ask(*server, "/-/healthy"), StartsWith("HTTP/1.1 200 "));
  EXPECT_THAT(ask(*server, "/-/healthy/../../metrics"), StartsWith("HTTP/1.1 401 "));
  EXPECT_THAT(ask(*server, "/metrics"), StartsWith("HTTP/1.1 401 "));
}

TEST(ProtectedServer, SendsTheConfiguredHeadersInPlaceOfItsOwn) {
  Security security;
  security.headers = {{"Content-Security-Policy", "default-src 'self'"}, {"X-Frame-Options", "deny"}};
  const auto server = start(security);
  for (const char* path : {"/metrics", "/nothing"}) {
    const std::string answer = ask(*server, path);
    EXPECT_THAT(answer, HasSubstr("Content-Security-Policy: default-src 'self'\r\n"));
    EXPECT_THAT(answer, HasSubstr("X-Frame-Options: deny\r\n"));
    EXPECT_THAT(answer, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
    EXPECT_THAT(answer, Not(HasSubstr("default-src 'none'")));
  }
  const Client malformed(server->port());
  malformed.send("nonsense\r\n\r\n");
  EXPECT_THAT(malformed.read_all(), HasSubstr("X-Frame-Options: deny\r\n"));
}

TEST(ProtectedServer, SpeaksTlsOnEachOfItsAddresses) {
  const Identity identity = new_identity();
  const Folder folder;
  folder.write("ca.crt", identity.certificate);
  const auto server = start(tls_of(identity));
  ASSERT_EQ(server->addresses().size(), 2U);
  FetchOptions options;
  options.ca_file = folder.path("ca.crt");
  for (const std::string& address : server->addresses())
    EXPECT_EQ(answer_of(fetch("https://" + address + "/metrics", options)), "pg_up 1\n");
  folder.write("ca.crt", new_identity().certificate);
  const std::string url = "https://" + server->addresses().front() + "/metrics";
  EXPECT_THAT(answer_of(fetch(url, options)), StartsWith("connect: "));
  options.verify = false;
  EXPECT_EQ(answer_of(fetch(url, options)), "pg_up 1\n");
  EXPECT_THAT(answer_of(fetch("http://" + server->addresses().front() + "/metrics", {})),
              Not(HasSubstr("pg_up")));
}

TEST(ProtectedServer, RefusesWhoShowsNoCertificate) {
  Security security = tls_of(new_identity());
  security.tls->client_auth = ClientAuth::require_any;
  for (const TlsVersion version : {TlsVersion::tls12, TlsVersion::tls13}) {
    security.tls->max_version = version;
    const auto server = start(security);
    FetchOptions options;
    options.verify = false;
    EXPECT_THAT(answer_of(fetch("https://" + server->addresses().front() + "/metrics", options)),
                StartsWith("auth: "));
  }
}

TEST(ProtectedServer, TakesTheSuitesAndCurvesThatAreConfigured) {
  Security security = tls_of(new_identity());
  security.tls->max_version = TlsVersion::tls12;
  security.tls->curves = {"P-384"};
  FetchOptions options;
  options.verify = false;
  for (const auto& [suite, expected] :
       std::map<std::string, std::string>{{"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", "pg_up"},
                                          {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "auth"}}) {
    security.tls->cipher_suites = {suite};
    const auto server = start(security);
    EXPECT_THAT(answer_of(fetch("https://" + server->addresses().front() + "/metrics", options)),
                StartsWith(expected))
        << suite;
  }
}

TEST(ProtectedServer, LetsNoSilentOrSlowClientOccupyItsWorkers) {
  const auto server = start(tls_of(new_identity()), {}, 8);
  std::vector<Client> clients;
  for (int i = 0; i < 54; ++i) clients.emplace_back(server->port());
  for (int i = 0; i < 4; ++i) clients[static_cast<std::size_t>(i)].send("\x16\x03\x01");
  // Were the silent ones with the workers, it would be seven rounds of two seconds before it was our turn.
  FetchOptions options;
  options.verify = false;
  options.timeout = base::Seconds(10);
  for (int i = 0; i < 5; ++i)
    EXPECT_EQ(answer_of(fetch("https://" + server->addresses().front() + "/metrics", options)), "pg_up 1\n");
}

TEST(ProtectedServer, ServesOnWhileHandshakesFail) {
  const auto server = start(tls_of(new_identity()));
  FetchOptions options;
  options.verify = false;
  for (int i = 0; i < 100; ++i) {
    const Client client(server->port());
    client.send("GET / HTTP/1.1\r\n\r\n");
    client.read_all();
  }
  EXPECT_EQ(answer_of(fetch("https://" + server->addresses().front() + "/metrics", options)), "pg_up 1\n");
}

}  // namespace pgvigil::web
