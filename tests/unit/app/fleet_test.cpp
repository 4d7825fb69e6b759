#include "app/fleet.hpp"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "../eventually.hpp"
#include "app/daemon_metrics.hpp"
#include "app/log.hpp"
#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/rules/rules.hpp"

/// Reloads, beside servers that do not exist.
namespace pgvigil::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const std::string kNobody = "host=127.0.0.1 port=1 gssencmode=disable";

std::string target(const std::string& name, const std::string& more = "") {
  return "  " + name + ": {dsn: '" + kNobody + "'" + more + "}\n";
}

class FleetTest : public testing::Test {
 protected:
  FleetTest() {
    start_log({config::LogLevel::error, config::LogFormat::logfmt});
    line_.config_file = testing::TempDir() + "pgvigil_fleet." + std::to_string(::getpid());
  }
  ~FleetTest() override { std::filesystem::remove(line_.config_file); }

  /// At once, as editors do it: half a file may be a sound one.
  void write(const std::string& yaml) const {
    std::ofstream(line_.config_file + ".new") << yaml;
    std::filesystem::rename(line_.config_file + ".new", line_.config_file);
  }

  void start(const std::string& yaml) {
    write(yaml);
    const auto config = resolve(line_, catalogue::collectors(), rules::rules());
    ASSERT_TRUE(config) << config.error().message;
    fleet_.emplace(line_, *config, clock_);
    fleet_->start();
  }

  std::string reload(const std::string& yaml) {
    write(yaml);
    const auto done = fleet_->reload();
    return done ? "reloaded" : done.error().message;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> all;
    for (const auto& [name, each] : fleet_->watch()->targets) all.push_back(name);
    return all;
  }
  std::shared_ptr<Target> at(const std::string& name) const { return fleet_->watch()->targets.at(name); }

  /// Waits for a page that the predicate likes.
  template <typename Predicate>
  bool page_comes(const std::string& name, Predicate likes) const {
    return eventually([&] {
      const auto page = at(name)->page();
      return page && likes(*page);
    });
  }

  base::SystemClock clock_;
  CommandLine line_;
  std::optional<Fleet> fleet_;
};

bool any(const Page&) { return true; }

}  // namespace

TEST_F(FleetTest, AReloadAddsAndRemovesAndLeavesTheOthersAlone) {
  start("targets:\n" + target("a") + target("b"));
  ASSERT_TRUE(page_comes("a", any));
  const auto a = at("a");
  const auto page = a->page();
  EXPECT_EQ(reload("log: {level: error}\ntargets:\n" + target("a") + target("c")), "reloaded");
  EXPECT_THAT(names(), ElementsAre("a", "c"));
  EXPECT_EQ(at("a"), a);
  EXPECT_EQ(a->settings(), page->settings) << "its settings were left alone";
  EXPECT_TRUE(page_comes("c", any));
}

TEST_F(FleetTest, AChangedTargetGoesOnWithItsCountersAndItsPage) {
  start("log: {level: error}\ntargets:\n" + target("a"));
  ASSERT_TRUE(page_comes("a", any));
  const auto a = at("a");
  EXPECT_EQ(reload("log: {level: error}\ntargets:\n" +
                   target("a", ", thresholds: {cpu: {warning: 0.1}}, labels: {x: y}")),
            "reloaded");
  EXPECT_EQ(at("a"), a);
  ASSERT_NE(a->page(), nullptr) << "there is a page at every moment";
  const auto is_new = [](const Page& page) {
    return page.text.back()->find(
               "pgvigil_threshold_limit{x=\"y\",rule=\"cpu\",severity=\"warning\"} 0.1\n") !=
           std::string::npos;
  };
  ASSERT_TRUE(page_comes("a", is_new));
  const std::string own = *a->page()->text.back();
  EXPECT_THAT(own, HasSubstr("\npg_exporter_scrapes_total{x=\"y\"} "));
  EXPECT_THAT(own, testing::Not(HasSubstr("pg_exporter_scrapes_total{x=\"y\"} 1\n"))) << "one was before";
}

TEST_F(FleetTest, AnOldPageOutlivesTheCollectorsItWasMadeOf) {
  start("log: {level: error}\ntargets:\n" + target("a"));
  ASSERT_TRUE(page_comes("a", any));
  const auto old = at("a")->page();
  const std::string first(old->snapshot->entries.front().spec->name);
  reload("log: {level: error}\ntargets:\n" + target("b"));
  EXPECT_EQ(old->snapshot->entries.front().spec->name, first);
}

TEST_F(FleetTest, AMistakeChangesNothingAndIsSaid) {
  start("log: {level: error}\ntargets:\n" + target("a"));
  const auto before = fleet_->watch();
  for (const auto& [yaml, why] : std::vector<std::pair<std::string, std::string>>{
           {"targets: {b: {dsn: 'password=hunter2 host'}}", "targets.b: the dsn is neither"},
           {"targets: {a: {}}", ":1: targets.a lacks its dsn"},
           {"\x01\x02 garbage: [", "not valid YAML"},
           {"dsn: host=x\nlables: {}", ":2: unknown key 'lables'; did you mean 'labels'?"}}) {
    const std::string said = reload(yaml);
    EXPECT_THAT(said, HasSubstr(why));
    EXPECT_THAT(said, testing::Not(HasSubstr("hunter2")));
    EXPECT_EQ(fleet_->watch()->targets, before->targets);
    EXPECT_THAT(daemon_metrics(*fleet_->watch()), HasSubstr("pgvigil_config_last_reload_successful 0\n"));
    EXPECT_EQ(fleet_->watch()->loaded, before->loaded);
  }
  std::filesystem::remove(line_.config_file);
  EXPECT_THAT(fleet_->reload().error().message, HasSubstr("cannot be read"));
  EXPECT_EQ(reload("log: {level: error}\ntargets:\n" + target("a")), "reloaded");
  EXPECT_THAT(daemon_metrics(*fleet_->watch()), HasSubstr("pgvigil_config_last_reload_successful 1\n"));
  EXPECT_GT(fleet_->watch()->loaded, before->loaded);
}

/// Under ThreadSanitizer this is a test of what reloads, polls and scrapes share.
TEST_F(FleetTest, ReloadsDisturbNeitherScrapesNorEachOther) {
  const std::string one = "log: {level: error}\ntargets:\n" + target("a") + target("b");
  const std::string other = "log: {level: error}\ntargets:\n" +
                            target("a", ", collectors: {locks: {enabled: false}}") + target("c");
  start(one);
  std::atomic<bool> done = false;
  std::atomic<int> missing = 0;
  std::vector<std::jthread> scrapers;
  for (int i = 0; i < 3; ++i) {
    scrapers.emplace_back([&] {
      while (!done) {
        const auto watch = fleet_->watch();
        for (const auto& [name, each] : watch->targets) each->own_metrics(each->page().get());
        if (!watch->targets.contains("a") || daemon_metrics(*watch).empty()) ++missing;
      }
    });
  }
  std::jthread rival([&] {
    for (int i = 0; i < 10; ++i) (void)fleet_->reload();
  });
  for (int i = 0; i < 10; ++i) EXPECT_EQ(reload(i % 2 == 0 ? other : one), "reloaded");
  rival.join();
  done = true;
  scrapers.clear();
  EXPECT_EQ(missing, 0);
}

}  // namespace pgvigil::app
