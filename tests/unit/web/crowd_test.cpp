#include <gmock/gmock.h>

#include <algorithm>

#include "client.hpp"
#include "pgvigil/base/clock.hpp"
#include "pgvigil/web/server.hpp"

namespace pgvigil::web {
namespace {

constexpr std::string_view kScrape = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";

/// A server as the daemon starts it, with a page of 2 MB, as 20,000 samples make it.
class Crowd : public testing::Test {
 protected:
  Crowd() {
    const auto body = std::make_shared<const std::string>(2 << 20, 'x');
    Options options;
    options.addresses = {"127.0.0.1:0"};
    server_ = Server::start(options, {{"/metrics",
                                       [body](const Request&) {
                                         Response response;
                                         response.body = {body};
                                         return response;
                                       }}})
                  .value();
  }

  void connect(int clients, int receive_buffer = 0) {
    for (int i = 0; i < clients; ++i) {
      clients_.emplace_back(server_->port(), receive_buffer);
      ASSERT_TRUE(clients_.back().connected());
    }
  }

  /// The slowest of 20 scrapes, between each of which the slow clients send one more byte.
  base::Millis slowest_scrape() {
    base::SteadyTime::duration slowest{0};
    for (int i = 0; i < 20; ++i) {
      const auto asked = clock_.steady();
      const Client scraper(server_->port());
      scraper.send(kScrape);
      EXPECT_GT(scraper.read_answer().size(), std::size_t{2} << 20);
      slowest = std::max(slowest, clock_.steady() - asked);
      for (const Client& client : slow_) client.send("x");
    }
    return std::chrono::duration_cast<base::Millis>(slowest);
  }

  base::SystemClock clock_;
  std::unique_ptr<Server> server_;
  std::vector<Client> clients_;
  std::vector<Client> slow_;
};

}  // namespace

TEST_F(Crowd, OfIdleAndSlowWritingClientsDelaysNoScrape) {
  connect(500);
  for (int i = 0; i < 20; ++i) slow_.emplace_back(server_->port()).send("GET /metrics HTTP/1.1\r\nX-Slow: ");
  EXPECT_LT(slowest_scrape(), base::Millis(1000));
}

TEST_F(Crowd, OfClientsThatKeepTheirConnectionsDelaysNoScrape) {
  connect(100);
  for (const Client& client : clients_) {
    client.send(kScrape);
    ASSERT_GT(client.read_answer().size(), std::size_t{2} << 20);
  }
  EXPECT_LT(slowest_scrape(), base::Millis(1000));
}

TEST_F(Crowd, OfClientsThatDoNotReadTheirAnswersDelaysNoScrape) {
  connect(40, 4096);
  for (const Client& client : clients_) client.send(kScrape);
  EXPECT_LT(slowest_scrape(), base::Millis(1000));
}

TEST_F(Crowd, OfSlowWritersIsSentAway) {
  connect(1);
  clients_.front().send("GET /metrics HTTP/1.1\r\nX-Slow: ");
  const auto asked = clock_.steady();
  EXPECT_THAT(clients_.front().read_all(), testing::StartsWith("HTTP/1.1 400 Bad Request\r\n"));
  EXPECT_LT(clock_.steady() - asked, base::Millis(4000));
}

}  // namespace pgvigil::web
