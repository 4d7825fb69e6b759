#include "pgvigil/host/log.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <random>

namespace pgvigil::host {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

base::SteadyTime far() { return std::chrono::steady_clock::now() + std::chrono::hours(1); }

std::string csv(std::string_view severity, std::string_view sqlstate, std::string_view text = "a text",
                int line = 1) {
  return fmt::format(
      "2026-11-28 20:50:41.123 UTC,\"app\",\"shop\",42,\"[local]\",6923.2a,{},\"SELECT\",2026-11-28 20:50:40 "
      "UTC,3/0,0,{},{},\"{}\",,,,,,\"select 1\",,,\"psql\",\"client backend\",,0\n",
      line, severity, sqlstate, text);
}

std::string json(std::string_view severity, std::string_view sqlstate, std::string_view text = "a text") {
  return fmt::format(
      R"({{"timestamp":"2026-11-28 20:50:41.123 UTC","pid":42,"line_num":1,"error_severity":"{}",)"
      R"("state_code":"{}","message":"{}","backend_type":"client backend","query_id":0}})"
      "\n",
      severity, sqlstate, text);
}

class Log : public testing::Test {
 protected:
  Log() {
    std::string name = testing::TempDir() + "pgvigil-log-XXXXXX";
    directory_ = ::mkdtemp(name.data());
    use(LogFormat::csvlog);
  }
  ~Log() override { fs::remove_all(directory_); }

  void use(LogFormat format, std::string prefix = "%m [%p] ") {
    place_ = {"", directory_, "postgresql-%H.log", format, std::move(prefix)};
  }
  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  void write(const std::string& name, std::string_view text) {
    std::ofstream(path(name), std::ios::app | std::ios::binary) << text;
  }
  LogCounts read(std::size_t top = 100) {
    auto counts = follower_.read(place_, top, far());
    EXPECT_TRUE(counts) << counts.error().message;
    return counts ? *counts : LogCounts{};
  }
  /// "ERROR/42P01 2" and so on, without those that are 0.
  static std::string told(const LogCounts& counts) {
    std::string text;
    for (const LogCount& count : counts.messages)
      if (count.messages > 0)
        text += fmt::format("{}{}/{} {}", text.empty() ? "" : ", ", count.severity, count.sqlstate,
                            count.messages);
    return text;
  }

  std::string directory_;
  LogPlace place_;
  LogFollower follower_;
};

TEST_F(Log, CountsFromTheEndOfWhatIsThereAtFirstSight) {
  write("postgresql-01.csv", csv("ERROR", "42P01"));
  EXPECT_EQ(told(read()), "");
  write("postgresql-01.csv", csv("ERROR", "42P01") + csv("LOG", "00000"));
  const LogCounts counts = read();
  EXPECT_EQ(told(counts), "LOG/00000 1, ERROR/42P01 1");
  EXPECT_EQ(counts.read_bytes, csv("ERROR", "42P01").size() + csv("LOG", "00000").size());
  EXPECT_EQ(counts.unread_bytes, 0U);
  EXPECT_EQ(told(read()), "LOG/00000 1, ERROR/42P01 1") << "once";
}

TEST_F(Log, ShowsWhatAnAlertAsksForBeforeThereIsAny) {
  std::string rows;
  for (const LogCount& count : read().messages)
    rows += fmt::format("{}/{} {}\n", count.severity, count.sqlstate, count.messages);
  EXPECT_EQ(rows, "LOG/other 0\nWARNING/other 0\nERROR/other 0\nFATAL/other 0\nPANIC/other 0\n");
}

TEST_F(Log, CsvFieldsMayHoldLinesQuotesAndWholeMessages) {
  read();
  const std::string nasty =
      "line\n\"\"quoted\"\",\n2026-11-28 20:50:41.123 UTC,FATAL,57P01\n" + std::string(200'000, 'x');
  const std::string text = csv("ERROR", "22012", nasty) + csv("WARNING", "01000");
  for (std::size_t at = 0; at < text.size(); at += 70'000) {
    write("postgresql-01.csv", text.substr(at, 70'000));
    read();
  }
  const LogCounts counts = read();
  EXPECT_EQ(told(counts), "WARNING/01000 1, ERROR/22012 1");
  EXPECT_EQ(counts.unparsed_lines, 0U);
}

TEST_F(Log, FindsTheNextMessageAfterItCameIntoTheMiddleOfOne) {
  write("postgresql-01.csv", csv("ERROR", "22012").substr(0, 150) + "a\n\"\"b");
  read();
  write("postgresql-01.csv", "c\n,\"\n" + csv("ERROR", "22012") + csv("ERROR", "42601"));
  const LogCounts counts = read();
  EXPECT_EQ(told(counts), "ERROR/22012 1, ERROR/42601 1");
  EXPECT_EQ(counts.unparsed_lines, 1U);
}

TEST_F(Log, AMessageCountsWhenItsLastByteHasCome) {
  read();
  const std::string text = csv("PANIC", "XX000");
  write("postgresql-01.csv", text.substr(0, text.size() - 1));
  EXPECT_EQ(told(read()), "");
  write("postgresql-01.csv", "\n");
  EXPECT_EQ(told(read()), "PANIC/XX000 1");
}

TEST_F(Log, JsonIsReadWhateverItsTextsSay) {
  use(LogFormat::jsonlog);
  read();
  write("postgresql-01.json", json("ERROR", "22012", R"(\"error_severity\":\"PANIC\" \\)") +
                                  R"({"detail":{"error_severity":"FATAL"},"error_severity":"LOG"})"
                                  "\n" +
                                  json("DEBUG", "00000") + "no json\n" + json("LOG", "not one"));
  const LogCounts counts = read();
  EXPECT_EQ(told(counts), "DEBUG/00000 1, LOG/ 1, LOG/00000 1, ERROR/22012 1");
  EXPECT_EQ(counts.unparsed_lines, 1U);
}

TEST_F(Log, StderrIsReadByItsPrefix) {
  use(LogFormat::stderr_, "%m [%p] %q%u@%d %r %a %e ");
  read();
  const std::string time = "2026-11-28 20:50:41.123 KST ";
  write("postgresql-01.log",
        time + "[12] LOG:  checkpoint starting: time\n" + time +
            "[13] app@shop 10.0.0.1(4711) [unknown] 28P01 FATAL:  password authentication failed\n" + time +
            "[13] app@shop 10.0.0.1(4711) my app: ERROR 42P01 ERROR:  relation \"LOG:  x\" is none\n" +
            "\tat character 15\n" + time +
            "[13] app@shop 10.0.0.1(4711) my app 42P01 STATEMENT:  select 1\n\tERROR:  from x\n" + time +
            "[13] app@shop 10.0.0.1(4711) mi app 42P01 FEHLER:  Relation fehlt\n" +
            "cp: cannot stat 'x': No such file or directory\n");
  const LogCounts counts = read();
  EXPECT_EQ(told(counts), "LOG/ 1, ERROR/42P01 1, FATAL/28P01 1");
  EXPECT_EQ(counts.unparsed_lines, 2U) << "what is translated, and what is not the server's";
}

struct Prefix {
  std::string setting, line, expected;
};

TEST_F(Log, UnderstandsPrefixesOfAllKinds) {
  const std::vector<Prefix> prefixes = {
      {"", "ERROR:  x", "ERROR/ 1"},
      {"%m [%p] ", "2026-11-28 20:50:41.123 UTC [12] WARNING:  x", "WARNING/ 1"},
      {"%t:%r:%u@%d:[%p]: ", "2026-11-28 20:50:41 UTC::1(5)::a:b@c:[7]: ERROR:  x", "ERROR/ 1"},
      {"%-6p|%8e|%10a|", "12    |   42P01|      psql|ERROR:  x", "ERROR/42P01 1"},
      {"%-6p|%-8e|", "12    |42P01   |ERROR:  x", "ERROR/42P01 1"},
      {"%e%e ", "42P0142P02 ERROR:  x", "ERROR/42P02 1"},
      {"100%% %l ", "100% 7 LOG:  x", "LOG/ 1"},
      {"%a %e ", "LOG 42P01 00000 ERROR:  x", "ERROR/00000 1"},
      {"<%q%u> ", "<LOG:  started", "LOG/ 1"},
      {"%", "DEBUG1:  x", "DEBUG/ 1"},
      {"%m ", "ERROR:  y", ""},
      {"[%p] ", "[x] ERROR:  x", ""},
      {"", "error:  x", ""}};
  for (std::size_t i = 0; i < prefixes.size(); ++i) {
    LogFollower follower;
    use(LogFormat::stderr_, prefixes[i].setting);
    ASSERT_TRUE(follower.read(place_, 10, far()));
    write(fmt::format("postgresql-{}.log", i), prefixes[i].line + "\n");
    const auto counts = follower.read(place_, 10, far());
    ASSERT_TRUE(counts);
    EXPECT_EQ(told(*counts), prefixes[i].expected) << prefixes[i].setting << " of " << prefixes[i].line;
    EXPECT_EQ(counts->unparsed_lines, prefixes[i].expected.empty() ? 1U : 0U);
  }
}

TEST_F(Log, KeepsTheFrequentPairsAndLosesNoCount) {
  use(LogFormat::jsonlog);
  read();
  for (int i = 0; i < 30; ++i) write("postgresql-01.json", json("ERROR", fmt::format("U{:04}", i)));
  const auto sum = [](const LogCounts& counts) {
    std::uint64_t all = 0;
    for (const LogCount& count : counts.messages) all += count.messages;
    return all;
  };
  EXPECT_EQ(sum(read(10)), 30U);
  for (int i = 0; i < 5; ++i) write("postgresql-01.json", json("ERROR", "42P01"));
  const LogCounts counts = read(10);
  EXPECT_EQ(sum(counts), 35U);
  EXPECT_THAT(told(counts), HasSubstr("ERROR/42P01 5"));
  EXPECT_THAT(told(counts), HasSubstr("ERROR/other 21"));
}

TEST_F(Log, AHugeLogIsReadInPartsWithoutItsLines) {
  read();
  write("postgresql-01.csv", csv("ERROR", "22012", std::string(LogFollower::kMostBytes, 'x')));
  write("postgresql-01.csv", csv("ERROR", "22012"));
  const LogCounts first = read();
  EXPECT_EQ(first.read_bytes, LogFollower::kMostBytes);
  EXPECT_GT(first.unread_bytes, 0U);
  EXPECT_EQ(told(read()), "ERROR/22012 2");
}

TEST_F(Log, OpensRegularFilesOfTheServerAlone) {
  read();
  const std::string elsewhere = path("elsewhere");
  write("elsewhere", csv("ERROR", "22012"));
  ASSERT_EQ(::symlink(elsewhere.c_str(), path("postgresql-01.csv").c_str()), 0);
  ASSERT_EQ(::mkfifo(path("postgresql-02.csv").c_str(), 0600), 0);
  ASSERT_EQ(::mkdir(path("postgresql-03.csv").c_str(), 0700), 0);
  write("postgresql-04.csv.gz", csv("ERROR", "22012"));
  write("postgresql-05.log", csv("ERROR", "22012"));
  write("postgresql-06.csv.1", csv("ERROR", "42P01"));
  write("postgresql-07.csv-20261128", csv("ERROR", "42P01", "another"));
  EXPECT_EQ(told(read()), "ERROR/42P01 2");
}

TEST_F(Log, WhatCannotBeSeenIsSaidAndReadLater) {
  write("postgresql-01.csv", csv("ERROR", "22012"));
  read();
  fs::rename(directory_, directory_ + "-away");
  const auto lost = follower_.read(place_, 100, far());
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().kind, base::ErrorKind::io);
  EXPECT_THAT(lost.error().message, HasSubstr("No such file"));
  fs::rename(directory_ + "-away", directory_);
  write("postgresql-01.csv", csv("ERROR", "42P01"));
  EXPECT_EQ(told(read()), "ERROR/42P01 1");
}

TEST_F(Log, ACopyIsNotReadAgainBeforeDuringOrAfterTheCut) {
  const std::string log = path("postgresql-01.csv");
  write("postgresql-01.csv", csv("ERROR", "22012", "old", 1));
  read();
  write("postgresql-01.csv", csv("ERROR", "22012", "read", 2));
  EXPECT_EQ(told(read()), "ERROR/22012 1");
  write("postgresql-01.csv", csv("ERROR", "22012", "not read", 3));
  fs::copy_file(log, log + ".1");
  fs::resize_file(log, 0);
  write("postgresql-01.csv", csv("ERROR", "22012", "behind the cut", 4));
  LogCounts counts = read();
  EXPECT_EQ(told(counts), "ERROR/22012 3");
  EXPECT_EQ(counts.gaps, 0U);

  fs::copy_file(log, log + ".2");
  EXPECT_EQ(told(read()), "ERROR/22012 3") << "copied, and not cut yet";
  write("postgresql-01.csv", csv("ERROR", "22012", "in the original alone", 5));
  EXPECT_EQ(told(read()), "ERROR/22012 4");
  fs::resize_file(log, 0);
  EXPECT_EQ(told(read()), "ERROR/22012 4");
  write("postgresql-01.csv", csv("ERROR", "22012", "again", 6));
  counts = read();
  EXPECT_EQ(told(counts), "ERROR/22012 5");
  EXPECT_EQ(counts.gaps, 0U);
}

TEST_F(Log, ACutWithoutACopyIsAGap) {
  write("postgresql-01.csv", csv("ERROR", "22012", "old", 1));
  read();
  fs::resize_file(path("postgresql-01.csv"), 0);
  write("postgresql-01.csv", csv("ERROR", "22012", "new and longer than the old", 2));
  const LogCounts counts = read();
  EXPECT_EQ(told(counts), "ERROR/22012 1");
  EXPECT_EQ(counts.gaps, 1U);
}

TEST_F(Log, AnOldFileThatIsOverwrittenIsNoGap) {
  write("postgresql-01.csv", csv("ERROR", "22012", "last week's", 1));
  fs::last_write_time(path("postgresql-01.csv"), fs::file_time_type::clock::now() - std::chrono::hours(160));
  write("postgresql-02.csv", csv("ERROR", "22012", "today's", 2));
  read();
  fs::resize_file(path("postgresql-01.csv"), 0);
  write("postgresql-01.csv", csv("ERROR", "22012", "this week's, and longer", 3));
  const LogCounts counts = read();
  EXPECT_EQ(told(counts), "ERROR/22012 1");
  EXPECT_EQ(counts.gaps, 0U);
}

/// A server's log with whatever is done to logs, and what was written to it.
class Rotations : public testing::TestWithParam<int> {};

TEST_P(Rotations, LoseAndDoubleNothing) {
  std::minstd_rand random(static_cast<unsigned>(GetParam()));
  const auto roll = [&](int sides) { return std::uniform_int_distribution<int>(0, sides - 1)(random); };
  std::string name = testing::TempDir() + "pgvigil-log-XXXXXX";
  const std::string directory = ::mkdtemp(name.data());
  const auto format = static_cast<LogFormat>(GetParam() % 3);
  const std::string ending = format == LogFormat::jsonlog  ? "json"
                             : format == LogFormat::csvlog ? "csv"
                                                           : "log";
  const LogPlace place{"", directory, "pg-%S.log", format, "%m [%p] "};

  int line = 0;
  int files = 0;
  std::uint64_t written = 0;
  std::string current = directory + "/pg-0." + ending;
  FILE* log = std::fopen(current.c_str(), "a");
  const auto message = [&] {
    const std::string text = fmt::format("message {}", ++line);
    ++written;
    if (format == LogFormat::stderr_)
      return fmt::format("2026-11-28 20:50:41.123 UTC [{}] ERROR:  x\n", line);
    return format == LogFormat::jsonlog ? json("ERROR", "22012", text) : csv("ERROR", "22012", text, line);
  };
  LogFollower follower;
  std::uint64_t counted = 0;
  const auto poll = [&] {
    const auto counts = follower.read(place, 10, far());
    ASSERT_TRUE(counts) << counts.error().message;
    counted = 0;
    for (const LogCount& count : counts->messages) counted += count.messages;
    EXPECT_EQ(counts->gaps, 0U);
    EXPECT_EQ(counts->unparsed_lines, 0U);
    ASSERT_EQ(counted, written);
  };
  std::string story;
  const auto maybe_poll = [&] {
    if (roll(2) != 0) return;
    story += " poll";
    SCOPED_TRACE(story);
    poll();
  };
  poll();
  for (int step = 0; step < 60 && !HasFailure(); ++step) {
    for (int i = roll(4); i > 0; --i) std::fputs(message().c_str(), log);
    std::fflush(log);
    maybe_poll();
    const std::string old = fmt::format("{}.{}", current, ++files);
    const int kind = roll(6);
    story += fmt::format("; {} messages, {}", written, kind);
    switch (kind) {
      case 0:  // by time or size
        std::fclose(log);
        current = fmt::format("{}/pg-{}.{}", directory, files, ending);
        log = std::fopen(current.c_str(), "a");
        break;
      case 1:  // logrotate: create, and the server opens the new file later
        fs::rename(current, old);
        maybe_poll();
        std::fputs(message().c_str(), log);
        std::fclose(log);
        log = std::fopen(current.c_str(), "a");
        break;
      case 2:  // logrotate: copytruncate
        fs::copy_file(current, old);
        maybe_poll();
        fs::resize_file(current, 0);
        maybe_poll();
        break;
      case 3:  // the same, slowly
        if (fs::file_size(current) > 300) {
          fs::copy_file(current, old);
          fs::resize_file(old, 300);
          maybe_poll();
          fs::copy_file(current, old, fs::copy_options::overwrite_existing);
          fs::resize_file(current, 0);
        }
        break;
      case 4:  // deleted, and written on for a while
        poll();
        fs::remove(current);
        std::fputs(message().c_str(), log);
        std::fflush(log);
        maybe_poll();
        std::fputs(message().c_str(), log);
        std::fclose(log);
        current = fmt::format("{}/pg-{}.{}", directory, files, ending);
        log = std::fopen(current.c_str(), "a");
        break;
      default:  // emptied after all was read
        break;
    }
    maybe_poll();
  }
  poll();
  std::fclose(log);
  fs::remove_all(directory);
}

INSTANTIATE_TEST_SUITE_P(Seeds, Rotations, testing::Range(0, 24));

}  // namespace
}  // namespace pgvigil::host
