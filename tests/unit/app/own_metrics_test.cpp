#include "app/own_metrics.hpp"

#include <gmock/gmock.h>

#include <array>
#include <set>
#include <sstream>

#include "app/log.hpp"

namespace pgvigil::app {
namespace {

using base::ErrorKind;
using model::Outcome;
using testing::HasSubstr;
using testing::Not;

model::CollectorSpec named(std::string_view name) {
  model::CollectorSpec spec;
  spec.name = name;
  return spec;
}

const model::CollectorSpec kLocks = named("locks");
const model::CollectorSpec kWal = named("wal");
const base::WallTime kNoon{base::Seconds(1777636800)};
constexpr base::Millis kInterval(2500);

Outcome failed(std::string_view kind) { return {Outcome::Status::failed, "the server said no", kind}; }
Outcome skipped(std::string_view reason) { return {Outcome::Status::skipped, "cannot be", reason}; }

model::Part part(Outcome outcome, base::Millis took, std::optional<base::WallTime> success,
                 std::size_t cut = 0) {
  model::Part made;
  made.outcome = std::move(outcome);
  made.took = took;
  made.last_success = success;
  made.sheet = std::make_shared<const model::Sheet>(model::Sheet{base::Cells(1), cut});
  return made;
}

std::unique_ptr<const Page> page(std::vector<model::Entry> entries) {
  auto snapshot = std::make_shared<model::Snapshot>();
  snapshot->taken = kNoon;
  snapshot->entries = std::move(entries);
  Poll poll;
  poll.snapshot = std::move(snapshot);
  poll.took = base::Millis(1500);
  return std::make_unique<const Page>(std::move(poll));
}

/// What a page has of the watch, and what stands behind it at a scrape.
std::string text_of(const OwnMetrics& metrics, const Page* page, bool up,
                    const OwnMetrics::Labels& constant = {}) {
  return metrics.of_polls(page, constant, kInterval) + of_now(page, up, constant) +
         (page == nullptr ? "" : collector_metrics(*page->snapshot, constant));
}

/// Every sample line of a page.
std::vector<std::string> samples(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);)
    if (!line.starts_with('#')) lines.push_back(line);
  return lines;
}

}  // namespace

TEST(OwnMetrics, UpIsSaidBeforeTheFirstPageToo) {
  const OwnMetrics metrics;
  EXPECT_THAT(text_of(metrics, nullptr, false), HasSubstr("\npg_up 0\n"));
  EXPECT_THAT(text_of(metrics, nullptr, true), HasSubstr("\npg_up 1\n"));
}

TEST(OwnMetrics, FailuresAreCountedByCollectorAndKind) {
  OwnMetrics metrics;
  metrics.collected(kLocks, "", failed("timeout"));
  metrics.collected(kLocks, "", failed("timeout"));
  metrics.collected(kLocks, "", failed("sql"));
  metrics.collected(kLocks, "", {});
  metrics.collected(kWal, "", skipped("version"));
  const std::string text = text_of(metrics, nullptr, true);
  EXPECT_THAT(text, HasSubstr("pgvigil_collector_errors_total{collector=\"locks\",kind=\"timeout\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("pgvigil_collector_errors_total{collector=\"locks\",kind=\"sql\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("collector=\"wal\",kind")));
}

TEST(OwnMetrics, ConnectionsThatFailAreCountedByKind) {
  OwnMetrics metrics;
  const base::Error full{ErrorKind::connect, "sorry, too many clients already", "53300"};
  const base::Error wrong{ErrorKind::auth, "password authentication failed", "28P01"};
  metrics.connection("", nullptr);
  metrics.connection("", &full);
  metrics.connection("shop", &full);
  metrics.connection("", &wrong);
  const std::string text = text_of(metrics, nullptr, true);
  EXPECT_THAT(text, HasSubstr("pgvigil_connection_errors_total{kind=\"too_many_connections\"} 2\n"));
  EXPECT_THAT(text, HasSubstr("pgvigil_connection_errors_total{kind=\"auth\"} 1\n"));
}

TEST(OwnMetrics, PollsAreCounted) {
  OwnMetrics metrics;
  metrics.polled();
  metrics.polled();
  EXPECT_THAT(text_of(metrics, nullptr, true), HasSubstr("\npg_exporter_scrapes_total 2\n"));
}

TEST(OwnMetrics, TheStartOfTheLastPollIsKnownOnceItHasEnded) {
  const OwnMetrics metrics;
  EXPECT_THAT(text_of(metrics, nullptr, true), Not(HasSubstr("pgvigil_last_poll_timestamp_seconds")));
  EXPECT_THAT(text_of(metrics, page({}).get(), true),
              HasSubstr("\npgvigil_last_poll_timestamp_seconds 1777636798.5\n"));
}

TEST(OwnMetrics, ThePaceIsSaidBeforeTheFirstPollToo) {
  EXPECT_THAT(text_of(OwnMetrics(), nullptr, false), HasSubstr("\npgvigil_poll_interval_seconds 2.5\n"));
}

TEST(OwnMetrics, EachCollectorsLastRunIsShown) {
  const OwnMetrics metrics;
  const std::string text =
      text_of(metrics,
              page({{&kLocks, {part({}, base::Millis(250), kNoon, 7)}},
                    {&kWal, {part(failed("sql"), base::Millis(40), kNoon - base::Seconds(60))}}})
                  .get(),
              true);
  EXPECT_THAT(text, HasSubstr("pg_scrape_collector_duration_seconds{collector=\"locks\"} 0.25\n"));
  EXPECT_THAT(text, HasSubstr("pg_scrape_collector_success{collector=\"locks\"} 1\n"));
  EXPECT_THAT(text, HasSubstr("pg_scrape_collector_success{collector=\"wal\"} 0\n"));
  EXPECT_THAT(
      text, HasSubstr("pgvigil_collector_last_success_timestamp_seconds{collector=\"locks\"} 1777636800\n"));
  EXPECT_THAT(text,
              HasSubstr("pgvigil_collector_last_success_timestamp_seconds{collector=\"wal\"} 1777636740\n"));
  EXPECT_THAT(text, HasSubstr("pgvigil_collector_cut_rows{collector=\"locks\"} 7\n"));
  EXPECT_THAT(text, HasSubstr("\npg_exporter_last_scrape_duration_seconds 1.5\n"));
  EXPECT_THAT(text, HasSubstr("\npg_exporter_last_scrape_error 1\n"));
}

TEST(OwnMetrics, ASkippedCollectorIsNeitherASuccessNorAFailure) {
  const OwnMetrics metrics;
  const std::string text = text_of(
      metrics, page({{&kWal, {part(skipped("version"), base::Millis(0), std::nullopt)}}}).get(), true);
  EXPECT_THAT(text, HasSubstr("pgvigil_collector_skipped{collector=\"wal\",reason=\"version\"} 1\n"));
  EXPECT_THAT(text, Not(HasSubstr("pg_scrape_collector_success")));
  EXPECT_THAT(text, Not(HasSubstr("last_success_timestamp_seconds{")));
  EXPECT_THAT(text, HasSubstr("\npg_exporter_last_scrape_error 0\n"));
}

TEST(OwnMetrics, WhatWasBuiltIsSaid) {
  EXPECT_THAT(text_of(OwnMetrics(), nullptr, false, {{"cluster", "shop"}}),
              HasSubstr("\npgvigil_build_info{cluster=\"shop\",compiler=\""));
}

TEST(OwnMetrics, APollThatIsNotBelievedIsAnError) {
  const OwnMetrics metrics;
  EXPECT_THAT(text_of(metrics, page({}).get(), false), HasSubstr("\npg_exporter_last_scrape_error 1\n"));
}

TEST(OwnMetrics, EverySampleCarriesTheConstantLabels) {
  OwnMetrics metrics;
  const base::Error error{ErrorKind::auth, "no", "28P01"};
  metrics.collected(kLocks, "", failed("sql"));
  metrics.connection("", &error);
  metrics.polled();
  const auto lines = samples(text_of(metrics, page({{&kLocks, {part({}, base::Millis(1), kNoon)}}}).get(),
                                     true, {{"cluster", "shop"}}));
  EXPECT_GT(lines.size(), 12U);
  for (const std::string& line : lines) EXPECT_THAT(line, HasSubstr("cluster=\"shop\""));
}

TEST(OwnMetrics, NoFamilyComesTwice) {
  OwnMetrics metrics;
  metrics.collected(kLocks, "", failed("sql"));
  std::multiset<std::string> types;
  std::istringstream text(
      text_of(metrics, page({{&kLocks, {part({}, base::Millis(1), kNoon)}}}).get(), true));
  for (std::string line; std::getline(text, line);)
    if (line.starts_with("# TYPE ")) types.insert(line);
  EXPECT_GT(types.size(), 10U);
  for (const std::string& type : types) EXPECT_EQ(types.count(type), 1U) << type;
}

/// Whether `event` writes to the log.
template <typename Event>
std::string logged(Event event) {
  testing::internal::CaptureStderr();
  start_log({config::LogLevel::info, config::LogFormat::logfmt});
  event();
  return testing::internal::GetCapturedStderr();
}

TEST(OwnMetrics, AChangeIsLoggedOnce) {
  OwnMetrics metrics;
  EXPECT_EQ(logged([&] { metrics.collected(kLocks, "", {}); }), "") << "that all is well is not news";
  EXPECT_THAT(logged([&] { metrics.collected(kLocks, "", failed("sql")); }), HasSubstr("collector failed"));
  EXPECT_EQ(logged([&] { metrics.collected(kLocks, "", failed("sql")); }), "");
  EXPECT_THAT(logged([&] { metrics.collected(kLocks, "shop", failed("sql")); }), HasSubstr("database=shop"));
  EXPECT_THAT(logged([&] { metrics.collected(kLocks, "", {}); }), HasSubstr("collector recovered"));
  EXPECT_EQ(logged([&] { metrics.collected(kLocks, "", {}); }), "");
}

TEST(OwnMetrics, ALostConnectionIsLoggedOnce) {
  OwnMetrics metrics;
  const base::Error refused{ErrorKind::connect, "connection refused", {}};
  EXPECT_THAT(logged([&] { metrics.connection("", nullptr); }), HasSubstr("msg=connected"));
  EXPECT_THAT(logged([&] { metrics.connection("", &refused); }), HasSubstr("connection refused"));
  EXPECT_EQ(logged([&] { metrics.connection("", &refused); }), "");
  EXPECT_THAT(logged([&] { metrics.connection("", nullptr); }), HasSubstr("msg=connected"));
}

TEST(OwnMetrics, ItsLogNamesTheTarget) {
  OwnMetrics metrics("orders");
  EXPECT_THAT(logged([&] { metrics.connection("", nullptr); }), HasSubstr("msg=connected target=orders"));
  EXPECT_THAT(logged([&] { metrics.collected(kLocks, "", failed("sql")); }),
              HasSubstr("msg=\"collector failed\" target=orders collector=locks"));
}

}  // namespace pgvigil::app
