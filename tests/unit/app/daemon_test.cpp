#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "../eventually.hpp"
#include "../web/client.hpp"
#include "app/log.hpp"
#include "app/routes.hpp"
#include "inflate.hpp"

/// The daemon's own wiring in this process, from the polling thread to the socket, on servers that are no
/// PostgreSQL.
namespace pgvigil::app {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// A port that takes connections and then says nothing.
class SilentServer {
 public:
  SilentServer() : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(bind(fd_, reinterpret_cast<const sockaddr*>(&address), length), 0);
    EXPECT_EQ(listen(fd_, 8), 0);
    EXPECT_EQ(getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &length), 0);
    port_ = ntohs(address.sin_port);
  }
  ~SilentServer() { close(fd_); }
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  int port() const { return port_; }

 private:
  int fd_;
  int port_ = 0;
};

class Daemon {
 public:
  explicit Daemon(int postgres_port, bool named = false) {
    start_log({config::LogLevel::error, config::LogFormat::logfmt});
    config::Config config;
    config.dsn = "host=127.0.0.1 sslmode=disable gssencmode=disable user=watcher port=" +
                 std::to_string(postgres_port);
    config.labels = {{"cluster", "bills"}};
    if (named) {
      config.targets = {config, config};
      config.targets[0].name = "a";
      config.targets[1].name = "b";
      config.dsn.clear();
    }
    fleet_ = std::make_unique<Fleet>(CommandLine(), config, clock_);
    fleet_->start();
    web::Options options;
    options.addresses = {"127.0.0.1:0"};
    options.workers = 4;
    auto server = web::Server::start(options, routes(*fleet_, "/telemetry", clock_));
    EXPECT_TRUE(server) << server.error().message;
    server_ = std::move(*server);
  }

  /// The whole answer, head and body.
  std::string get(const std::string& path, const std::string& headers = "") const {
    const web::Client client(server_->port());
    client.send("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n" + headers + "\r\n");
    return client.read_all();
  }

  static std::string body(const std::string& answer) { return answer.substr(answer.find("\r\n\r\n") + 4); }

  /// Asks until the first poll has ended.
  bool becomes_ready() const {
    return eventually([&] { return get("/-/ready").starts_with("HTTP/1.1 200"); });
  }

 private:
  base::SystemClock clock_;
  std::unique_ptr<Fleet> fleet_;
  std::unique_ptr<web::Server> server_;  // first to go: its routes use the fleet
};

constexpr int kNobody = 1;  // a port that needs root, and where nobody listens

}  // namespace

TEST(DaemonWithoutServer, IsReadyOnceTheFirstPollHasFailed) {
  const Daemon daemon(kNobody);
  ASSERT_TRUE(daemon.becomes_ready());
  EXPECT_THAT(daemon.get("/-/healthy"), StartsWith("HTTP/1.1 200"));
}

TEST(DaemonWithoutServer, SaysOnItsPageThatTheServerIsDown) {
  const Daemon daemon(kNobody);
  ASSERT_TRUE(daemon.becomes_ready());
  const std::string page = daemon.get("/telemetry");
  EXPECT_THAT(page, StartsWith("HTTP/1.1 200"));
  EXPECT_THAT(page, HasSubstr("Content-Type: text/plain; version=0.0.4"));
  EXPECT_THAT(page, HasSubstr("\npg_up{cluster=\"bills\"} 0\n"));
  EXPECT_THAT(page, HasSubstr("\npgvigil_connection_errors_total{cluster=\"bills\",kind=\"unreachable\"} "));
  EXPECT_THAT(
      page,
      HasSubstr("\npgvigil_threshold_limit{cluster=\"bills\",rule=\"disk\",severity=\"warning\"} 0.8\n"));
  EXPECT_THAT(page, HasSubstr("\npg_scrape_collector_success{cluster=\"bills\",collector=\"wal\"} 0\n"));
  EXPECT_THAT(page, Not(HasSubstr("pg_stat_")));
}

TEST(DaemonWithoutServer, TheCompressedPageIsTheSamePage) {
  const Daemon daemon(kNobody);
  ASSERT_TRUE(daemon.becomes_ready());
  const std::string answer = daemon.get("/telemetry", "Accept-Encoding: gzip\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Encoding: gzip"));
  const std::string page = inflate_gzip(Daemon::body(answer));
  EXPECT_THAT(page, HasSubstr("\npg_up{cluster=\"bills\"} 0\n"));
  EXPECT_THAT(page, HasSubstr("\npgvigil_threshold_limit{"));
}

TEST(DaemonWithoutServer, ItsStatusSaysWhy) {
  const Daemon daemon(kNobody);
  ASSERT_TRUE(daemon.becomes_ready());
  const auto status = nlohmann::json::parse(Daemon::body(daemon.get("/api/v1/status")));
  EXPECT_EQ(status["server"]["up"], false);
  EXPECT_THAT(status["server"]["reason"].get<std::string>(), HasSubstr("Connection refused"));
  EXPECT_EQ(status["thresholds"].size(), 5U);
  EXPECT_THAT(daemon.get("/"), HasSubstr("Connection refused"));
}

TEST(DaemonWithNamedTargets, HasAPageForEach) {
  const Daemon daemon(kNobody, true);
  ASSERT_TRUE(daemon.becomes_ready());
  const std::string all = daemon.get("/telemetry");
  EXPECT_THAT(all, HasSubstr("\npgvigil_target_up{cluster=\"bills\",target=\"a\"} 0\n"));
  EXPECT_THAT(all, HasSubstr("\nprocess_cpu_seconds_total{cluster=\"bills\"} "));
  EXPECT_THAT(all, Not(HasSubstr("\npg_up")));
  const std::string page = daemon.get("/probe?x=1&target=%61");
  EXPECT_THAT(page, HasSubstr("\npg_up{cluster=\"bills\"} 0\n"));
  EXPECT_THAT(page, HasSubstr("\npgvigil_threshold_limit{"));
  EXPECT_THAT(page, Not(HasSubstr("process_")));
  EXPECT_THAT(inflate_gzip(Daemon::body(daemon.get("/probe?target=b", "Accept-Encoding: gzip\r\n"))),
              HasSubstr("\npg_up{cluster=\"bills\"} 0\n"));
}

TEST(DaemonWithNamedTargets, AnswersForThemAlone) {
  const Daemon daemon(kNobody, true);
  ASSERT_TRUE(daemon.becomes_ready());
  EXPECT_THAT(daemon.get("/probe"), StartsWith("HTTP/1.1 400"));
  for (const std::string name :
       {"", "c", "A", "a%00", "127.0.0.1:1", "host=127.0.0.1", "http://127.0.0.1/", "a/../b"})
    for (const std::string path : {"/probe", "/", "/api/v1/status"}) {
      const std::string answer = daemon.get(path + "?target=" + name);
      EXPECT_THAT(answer, StartsWith("HTTP/1.1 404")) << path << name;
      EXPECT_THAT(answer, HasSubstr("/sd"));
    }
}

TEST(DaemonWithNamedTargets, ListsThemWhereTheAskerReachedIt) {
  const Daemon daemon(kNobody, true);
  const auto groups = nlohmann::json::parse(Daemon::body(daemon.get("/sd")));
  ASSERT_EQ(groups.size(), 3U);
  EXPECT_EQ(groups[0],
            nlohmann::json::parse(R"({"targets":["x"],"labels":{"__metrics_path__":"/telemetry"}})"));
  EXPECT_EQ(groups[1], nlohmann::json::parse(R"({"targets":["x"],"labels":{"__metrics_path__":"/probe",
    "__param_target":"a","instance":"a"}})"));
  EXPECT_THAT(daemon.get("/sd"), HasSubstr("\r\nContent-Type: application/json\r\n"));
}

TEST(DaemonWithNamedTargets, ItsStatusIsAnIndexOfThem) {
  const Daemon daemon(kNobody, true);
  ASSERT_TRUE(daemon.becomes_ready());
  EXPECT_THAT(daemon.get("/"), HasSubstr("<a href=\"/?target=b\">b</a>"));
  EXPECT_THAT(daemon.get("/?target=b"), HasSubstr("<a href=\"/probe?target=b\">Metrics</a>"));
  const auto index = nlohmann::json::parse(Daemon::body(daemon.get("/api/v1/status")));
  EXPECT_EQ(index["targets"][1]["name"], "b");
  EXPECT_EQ(index["targets"][1]["state"], "down");
  EXPECT_EQ(nlohmann::json::parse(Daemon::body(daemon.get("/api/v1/status?target=a")))["server"]["up"],
            false);
}

TEST(DaemonWithoutServer, HasTheMetricsOfReloadsFromTheStart) {
  const Daemon daemon(kNobody);
  const std::string page = daemon.get("/telemetry");
  EXPECT_THAT(page, HasSubstr("\npgvigil_config_last_reload_successful{cluster=\"bills\"} 1\n"));
  EXPECT_THAT(page, HasSubstr("\npgvigil_config_last_reload_success_timestamp_seconds{cluster=\"bills\"} 1"));
  EXPECT_THAT(page, Not(HasSubstr("pgvigil_target_")));
}

/// Until the first poll has ended there is no page.
TEST(DaemonBeforeItsFirstPoll, IsAliveAndNotReady) {
  const SilentServer silent;
  const Daemon daemon(silent.port());
  EXPECT_THAT(daemon.get("/-/healthy"), StartsWith("HTTP/1.1 200"));
  for (const std::string path : {"/-/ready", "/", "/api/v1/status"})
    EXPECT_THAT(daemon.get(path), StartsWith("HTTP/1.1 503")) << path;
  EXPECT_TRUE(nlohmann::json::parse(Daemon::body(daemon.get("/api/v1/status"))).contains("error"));
}

TEST(DaemonBeforeItsFirstPoll, AScrapeSaysThatNothingIsUpYet) {
  const SilentServer silent;
  const Daemon daemon(silent.port());
  for (const std::string headers : {"", "Accept-Encoding: gzip\r\n"}) {
    const std::string page = daemon.get("/telemetry", headers);
    EXPECT_THAT(page, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(page, HasSubstr("\npg_up{cluster=\"bills\"} 0\n"));
    EXPECT_THAT(page, Not(HasSubstr("pgvigil_threshold_")));
  }
}

TEST(DaemonBeforeItsFirstPoll, StopsAtOnceThoughTheServerIsSilent) {
  const SilentServer silent;
  auto daemon = std::make_unique<Daemon>(silent.port());
  EXPECT_THAT(daemon->get("/-/ready"), StartsWith("HTTP/1.1 503"));
  const auto start = std::chrono::steady_clock::now();
  daemon.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - start, base::Seconds(5)) << "a poll may last twelve seconds";
}

}  // namespace pgvigil::app
