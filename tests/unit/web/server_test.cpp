#include "pgvigil/web/server.hpp"

#include <gmock/gmock.h>

#include <stdexcept>

#include "client.hpp"
#include "pgvigil/base/clock.hpp"

namespace pgvigil::web {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::shared_ptr<const std::string> piece(std::string text) {
  return std::make_shared<const std::string>(std::move(text));
}

Response page(std::vector<std::shared_ptr<const std::string>> body, std::string type = "text/plain") {
  Response response;
  response.content_type = std::move(type);
  response.body = std::move(body);
  return response;
}

/// Six routes: two pieces, the query, what is accepted, an HTML page, one for POST, and one that throws.
std::unique_ptr<Server> start() {
  std::map<std::string, Route> routes;
  routes["/metrics"] = [](const Request& request) {
    Response response = page({piece("pg_up 1\n"), piece("pgvigil_build_info 1\n")});
    if (request.accepts_gzip) response.content_encoding = "gzip";
    return response;
  };
  routes["/echo"] = [](const Request& request) {
    return page({piece(std::string(request.path) + "?" + std::string(request.query))});
  };
  routes["/"] = [](const Request&) { return page({piece("<p>")}, "text/html; charset=utf-8"); };
  routes["POST /reload"] = [](const Request& request) {
    return page({piece(std::string(request.method) + " by " + std::string(request.host))});
  };
  routes["/throws"] = [](const Request&) -> Response { throw std::runtime_error("the password is hunter2"); };
  Options options;
  options.addresses = {"127.0.0.1:0"};
  return Server::start(options, std::move(routes)).value();
}

std::string ask(const Server& server, std::string_view request) {
  const Client client(server.port());
  client.send(request);
  return client.read_all();
}

std::string get(const Server& server, std::string_view path) {
  return ask(server, fmt::format("GET {} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", path));
}

std::string body_of(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

std::string error_of(const std::string& address) {
  Options options;
  options.addresses = {address};
  const auto server = Server::start(options, {});
  return server ? "none" : fmt::format("{}: {}", base::name(server.error().kind), server.error().message);
}

}  // namespace

TEST(Server, WritesThePiecesOfABodyOneAfterTheOther) {
  const auto server = start();
  const std::string answer = get(*server, "/metrics");
  EXPECT_THAT(answer, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/plain\r\n"));
  EXPECT_THAT(answer, HasSubstr("Content-Length: 29\r\n"));
  EXPECT_THAT(answer, HasSubstr("X-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(answer, HasSubstr("Cache-Control: no-store\r\n"));
  EXPECT_THAT(answer, Not(HasSubstr("Content-Encoding")));
  EXPECT_EQ(body_of(answer), "pg_up 1\npgvigil_build_info 1\n");
}

TEST(Server, AnswersHeadWithTheSameHeadersAndNoBody) {
  const auto server = start();
  const std::string whole = get(*server, "/metrics");
  const std::string head = ask(*server, "HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(head + body_of(whole), whole);
}

TEST(Server, TellsARouteWhetherGzipIsWelcome) {
  const auto server = start();
  const auto with = [&](std::string_view wish) {
    return ask(*server, fmt::format("GET /metrics HTTP/1.0\r\nAccept-Encoding: {}\r\n\r\n", wish));
  };
  EXPECT_THAT(with("gzip"), HasSubstr("Content-Encoding: gzip\r\n"));
  EXPECT_THAT(with("gzip;q=0"), Not(HasSubstr("Content-Encoding")));
}

TEST(Server, GivesARouteItsPathAndQuery) {
  const auto server = start();
  EXPECT_EQ(body_of(get(*server, "/echo?a=1&b=%20")), "/echo?a=1&b=%20");
  EXPECT_EQ(body_of(get(*server, "/x/../echo")), "/echo?");
}

TEST(Server, NamesItsPathsToWhomAsksForAnother) {
  const auto server = start();
  for (const char* path :
       {"/metric", "/metrics/", "/../etc/passwd", "/%00", "/%2e%2e/", "/server_test.cpp"}) {
    const std::string answer = get(*server, path);
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 404 Not Found\r\n")) << path;
    EXPECT_THAT(answer, HasSubstr("\n  /metrics\n")) << path;
  }
}

TEST(Server, RefusesOtherMethodsAndSaysWhichItTakes) {
  const auto server = start();
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND"}) {
    const std::string answer =
        ask(*server, fmt::format("{} /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi", method));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << method;
    EXPECT_THAT(answer, HasSubstr("\r\nAllow: GET, HEAD\r\n")) << method;
  }
}

TEST(Server, ARouteForPostIsForPostAlone) {
  const auto server = start();
  const std::string posted =
      ask(*server, "POST /reload HTTP/1.1\r\nHost: db:9187\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(posted, StartsWith("HTTP/1.1 200 "));
  EXPECT_EQ(body_of(posted), "POST by db:9187");
  for (const char* method : {"GET", "HEAD", "PUT", "DELETE"}) {
    const std::string answer =
        ask(*server, fmt::format("{} /reload HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", method));
    EXPECT_THAT(answer, StartsWith("HTTP/1.1 405 ")) << method;
    EXPECT_THAT(answer, HasSubstr("\r\nAllow: POST\r\n")) << method;
  }
}

TEST(Server, AnswersMalformedRequestsWith400) {
  const auto server = start();
  EXPECT_THAT(ask(*server, "nonsense\r\n\r\n"), StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_THAT(get(*server, "/metrics"), StartsWith("HTTP/1.1 200 "));
}

TEST(Server, AnswersEndlessHeadersWithAnError) {
  const auto server = start();
  const std::string answer = ask(*server, "GET / HTTP/1.1\r\nX: " + std::string(1 << 20, 'x'));
  EXPECT_THAT(answer, testing::AnyOf(StartsWith("HTTP/1.1 4"), ""));
  EXPECT_THAT(get(*server, "/metrics"), StartsWith("HTTP/1.1 200 "));
}

TEST(Server, GivesAPageAStrictContentSecurityPolicy) {
  const auto server = start();
  EXPECT_THAT(get(*server, "/"),
              HasSubstr("Content-Security-Policy: default-src 'none'; style-src 'unsafe-inline'"));
  EXPECT_THAT(get(*server, "/metrics"), Not(HasSubstr("Content-Security-Policy")));
}

TEST(Server, OutlivesARouteThatThrowsAndTellsNothingOfIt) {
  const auto server = start();
  for (int i = 0; i < 100; ++i) {
    const std::string answer = get(*server, "/throws");
    ASSERT_THAT(answer, StartsWith("HTTP/1.1 500 Internal Server Error\r\n"));
    ASSERT_EQ(body_of(answer), "Internal error.\n");
  }
  EXPECT_THAT(get(*server, "/metrics"), EndsWith("pgvigil_build_info 1\n"));
}

TEST(Server, KeepsAConnectionForTheNextRequest) {
  const auto server = start();
  const Client client(server->port());
  for (int i = 0; i < 3; ++i) {
    client.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    const std::string answer = client.read_answer();
    ASSERT_THAT(answer, HasSubstr("Connection: keep-alive\r\n"));
    ASSERT_EQ(body_of(answer), "pg_up 1\npgvigil_build_info 1\n");
  }
}

TEST(Server, DeliversALargePageWhole) {
  const auto large = piece(std::string(8 << 20, 'x'));
  const auto server = Server::start({{"127.0.0.1:0"}, 4}, {{"/", [&](const Request&) {
                                                              return page({large, large});
                                                            }}});
  EXPECT_EQ(body_of(get(**server, "/")), *large + *large);
}

TEST(Server, SaysWhyItCannotListen) {
  const auto server = start();
  const std::string address = fmt::format("127.0.0.1:{}", server->port());
  EXPECT_EQ(error_of(address), fmt::format("io: cannot listen on {}: address already in use", address));
  EXPECT_EQ(error_of("192.0.2.1:0"), "io: cannot listen on 192.0.2.1:0: cannot assign requested address");
  EXPECT_THAT(error_of("no-such-host.invalid:0"),
              StartsWith("io: cannot listen on no-such-host.invalid:0: no IPv4"));
}

TEST(Server, RefusesAddressesOfAKindItDoesNotHave) {
  EXPECT_EQ(error_of("[::]:9187"),
            "config: cannot listen on [::]:9187: the installed civetweb has no IPv6; use an IPv4 address");
  EXPECT_EQ(error_of("::1:80"),
            "config: cannot listen on ::1:80: an IPv6 address stands in brackets, as in [::1]:9187");
  EXPECT_EQ(error_of("unix:/run/x"),
            "config: cannot listen on unix:/run/x: unix sockets are not supported, use host:port");
  EXPECT_EQ(error_of("9187"), "config: cannot listen on 9187: the address has the form host:port or :port");
  EXPECT_EQ(error_of("127.0.0.1:http"),
            "config: cannot listen on 127.0.0.1:http: a port is a number from 0 to 65535");
  EXPECT_EQ(error_of(":65536"), "config: cannot listen on :65536: a port is a number from 0 to 65535");
}

TEST(Server, TakesNamesAndEveryAddress) {
  for (const char* address : {"localhost:0", ":0", "0.0.0.0:0"}) {
    const auto server =
        Server::start({{address}, 2}, {{"/", [](const Request&) { return page({piece("ok")}); }}});
    ASSERT_TRUE(server) << address;
    EXPECT_EQ(body_of(get(**server, "/")), "ok") << address;
  }
}

TEST(Server, GivesItsPortBackAtOnceWhenDestroyed) {
  const base::SystemClock clock;
  const auto start_time = clock.steady();
  auto first = start();
  const std::string address = fmt::format("127.0.0.1:{}", first->port());
  const Client idle(first->port());
  first.reset();
  EXPECT_EQ(error_of(address), "none");
  EXPECT_LT(clock.steady() - start_time, base::Millis(1500));
}

}  // namespace pgvigil::web
