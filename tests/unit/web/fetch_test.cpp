#include "pgvigil/web/fetch.hpp"

#include <gmock/gmock.h>

#include <csignal>

#include "canned.hpp"
#include "pgvigil/web/server.hpp"

namespace pgvigil::web {
namespace {

using base::ErrorKind;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class Fetch : public testing::Test {
 protected:
  static void SetUpTestSuite() { std::signal(SIGPIPE, SIG_IGN); }
};

std::string answer(const std::string& body, const std::string& more = "") {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more + "\r\n" + body;
}

base::Error error_of(const std::string& url, const FetchOptions& options = {}) {
  const auto fetched = fetch(url, options);
  return fetched ? base::Error{ErrorKind::io, "no error", ""} : fetched.error();
}

/// The error that one answer leads to.
base::Error refused(const std::string& bytes, const FetchOptions& options = {}) {
  const Canned server({bytes});
  return error_of(server.url("/x"), options);
}

}  // namespace

TEST_F(Fetch, GetsTheBodyOfOurOwnServer) {
  std::map<std::string, Route> routes;
  routes["/echo"] = [](const Request& request) {
    Response response;
    response.body = {std::make_shared<const std::string>(request.query)};
    return response;
  };
  Options options;
  options.addresses = {"127.0.0.1:0"};
  const auto server = Server::start(options, std::move(routes)).value();
  const std::string url = fmt::format("http://localhost:{}", server->port());
  EXPECT_EQ(fetch(url + "/echo?query=up%7B%7D&time=1#part", {}), "query=up%7B%7D&time=1");
  EXPECT_THAT(error_of(url + "/nothing").message, HasSubstr("/nothing answered 404 Not Found"));
}

TEST_F(Fetch, AsksForNeitherChunksNorCompression) {
  Canned server({answer("yes")});
  EXPECT_EQ(fetch(server.url("?a=b"), {}), "yes");
  EXPECT_THAT(server.asked(), ElementsAre(AllOf(StartsWith("GET /?a=b HTTP/1.0\r\nHost: 127.0.0.1:"),
                                                HasSubstr("\r\nAccept-Encoding: identity\r\n"),
                                                Not(HasSubstr("Authorization")))));
}

TEST_F(Fetch, SendsATokenOrElseThePasswordOfTheUrl) {
  Canned server({answer(""), answer("")});
  const std::string url = fmt::format("http://reader:p%40ss@127.0.0.1:{}/", server.port());
  FetchOptions options;
  EXPECT_TRUE(fetch(url, options));
  options.bearer_token = "t0k3n";
  EXPECT_TRUE(fetch(url, options));
  EXPECT_THAT(server.asked(), ElementsAre(HasSubstr("\r\nAuthorization: Basic cmVhZGVyOnBAc3M=\r\n"),
                                          HasSubstr("\r\nAuthorization: Bearer t0k3n\r\n")));
}

TEST_F(Fetch, FollowsARedirectAndKeepsCredentialsToTheFirstServer) {
  Canned other({answer("there")});
  Canned server({"HTTP/1.1 302 Found\r\nLocation: /next\r\n\r\n",
                 "HTTP/1.1 307 Temporary Redirect\r\nlocation: " + other.url("/end") + "\r\n\r\n"});
  FetchOptions options;
  options.bearer_token = "t0k3n";
  EXPECT_EQ(fetch(server.url("/"), options), "there");
  EXPECT_THAT(server.asked(),
              ElementsAre(HasSubstr("t0k3n"), AllOf(StartsWith("GET /next "), HasSubstr("t0k3n"))));
  EXPECT_THAT(other.asked(), ElementsAre(AllOf(StartsWith("GET /end "), Not(HasSubstr("t0k3n")))));
}

TEST_F(Fetch, GivesUpAfterThreeRedirects) {
  const std::string on = "HTTP/1.1 301 Moved\r\nLocation: /on\r\n\r\n";
  const Canned server({on, on, on, on});
  EXPECT_THAT(error_of(server.url("/")).message, HasSubstr("more than 3 redirects"));
  EXPECT_THAT(refused("HTTP/1.1 302 Found\r\nLocation: file:///etc/passwd\r\n\r\n").message,
              HasSubstr("redirects to where we do not follow"));
}

TEST_F(Fetch, ReadsToTheEndWhereNoLengthIsGiven) {
  const Canned server({"HTTP/1.0 200 OK\r\n\r\n" + std::string(100'000, 'x')});
  EXPECT_EQ(fetch(server.url("/"), {}).value().size(), 100'000U);
}

TEST_F(Fetch, SaysWhatAnErrorsBodyBeginsWith) {
  const base::Error error = refused("HTTP/1.1 422 Unprocessable Entity\r\n\r\n{\"error\":\n\"too many\"}");
  EXPECT_EQ(error.kind, ErrorKind::io);
  EXPECT_THAT(error.message,
              testing::EndsWith("/x answered 422 Unprocessable Entity: {\"error\": \"too many\"}"));
}

TEST_F(Fetch, WritesAnErrorOfForeignBytesAsOneLineOfText) {
  const Canned server({"HTTP/1.1 500 Oh\tno\xff\r\n\r\n"});
  EXPECT_THAT(error_of(server.url("/\xfe?\xfd")).message,
              testing::EndsWith("/\\xFE answered 500 Oh no\\xFF"));
}

TEST_F(Fetch, TakesNoAnswerThatIsNotWhole) {
  EXPECT_THAT(refused("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc").message,
              HasSubstr("broke off after 3 of 5 bytes"));
  EXPECT_THAT(refused("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n").message,
              HasSubstr("answered in an encoding"));
  EXPECT_THAT(refused("SSH-2.0-OpenSSH_9.2\r\n").message, HasSubstr("does not speak HTTP"));
  EXPECT_THAT(refused("HTTP/1.1 2\r\n\r\n").message, HasSubstr("does not speak HTTP"));
  EXPECT_THAT(refused("HTTP/1.1 200 OK\r\nA: " + std::string(20'000, 'x')).message,
              HasSubstr("does not speak HTTP"));
}

TEST_F(Fetch, TakesNoMoreThanItsLimit) {
  FetchOptions options;
  options.max_size = 10;
  EXPECT_THAT(refused(answer("12345678901"), options).message, HasSubstr("over 10 bytes"));
}

TEST_F(Fetch, EndsAtItsTimeLimitWhenAServerIsSilent) {
  FetchOptions options;
  options.timeout = base::Millis(50);
  const Canned server({""});
  const base::Error error = error_of(server.url("/-/healthy?secret"), options);
  EXPECT_EQ(error.kind, ErrorKind::timeout);
  EXPECT_EQ(error.message, server.url("/-/healthy") + ": no answer within 50 ms");
}

TEST_F(Fetch, NamesTheAddressWithoutPasswordWhereNobodyListens) {
  int port = 0;
  { port = Canned({}).port(); }
  const base::Error error = error_of(fmt::format("http://me:secret@127.0.0.1:{}/x", port));
  EXPECT_EQ(error.kind, ErrorKind::connect);
  EXPECT_EQ(error.message, fmt::format("http://127.0.0.1:{}/x: Connection refused", port));
  EXPECT_EQ(error_of("http://[::1]:1/").message, "http://[::1]:1/: Connection refused");
}

TEST_F(Fetch, RefusesTlsThatIsNone) {
  const Canned server({"HTTP/1.1 400 Bad Request\r\n\r\n"});
  const base::Error error = error_of(fmt::format("https://127.0.0.1:{}/", server.port()));
  EXPECT_EQ(error.kind, ErrorKind::connect);
  EXPECT_THAT(error.message, HasSubstr("TLS: "));
}

TEST_F(Fetch, RefusesUrlsThatMakeNoSense) {
  for (const char* url :
       {"", "127.0.0.1:9090", "ftp://x/", "http://", "http://:1/", "http://x:0/", "http://x:y/",
        "http://x:70000/", "http://a b/", "http://x/\r\nA: b", "http://[::1/", "http://[::1]x/"}) {
    const base::Error error = error_of(url);
    EXPECT_EQ(error.kind, ErrorKind::config) << url;
    EXPECT_THAT(error.message, StartsWith("the URL ")) << url;
  }
  FetchOptions options;
  options.ca_file = "/no/such/file";
  const Canned server({answer("")});
  EXPECT_EQ(error_of(fmt::format("https://127.0.0.1:{}/", server.port()), options).kind, ErrorKind::config);
}

}  // namespace pgvigil::web
