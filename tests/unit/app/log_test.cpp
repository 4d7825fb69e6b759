#include "app/log.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <regex>

namespace pgvigil::app {
namespace {

using config::LogFormat;
using config::LogLevel;

std::string logfmt(std::string_view message, Fields fields) {
  return format_event(LogFormat::logfmt, message, fields);
}

/// What reaches stderr.
std::string logged(const config::Log& settings, LogLevel level, std::string_view message,
                   Fields fields = {}) {
  testing::internal::CaptureStderr();
  start_log(settings);
  log(level, message, fields);
  return testing::internal::GetCapturedStderr();
}

}  // namespace

TEST(Log, SimpleWordsStandBareInLogfmt) {
  EXPECT_EQ(logfmt("connected", {{"database", "shop"}, {"port", "5432"}}),
            "msg=connected database=shop port=5432");
}

TEST(Log, WhatLogfmtCouldMisreadIsQuoted) {
  EXPECT_EQ(logfmt("no connection", {{"a", ""}, {"b", "x=1"}, {"c", "say \"hi\""}, {"d", "back\\slash"}}),
            R"(msg="no connection" a="" b="x=1" c="say \"hi\"" d="back\\slash")");
}

TEST(Log, AnEventIsOneLineWhateverTheServerSays) {
  const std::string line = logfmt("failed", {{"reason", "ERROR: a\nlevel=info msg=forged\r\n\ttab"}});
  EXPECT_EQ(line, R"(msg=failed reason="ERROR: a\nlevel=info msg=forged\r\n\ttab")");
}

TEST(Log, NoControlCharacterReachesTheTerminal) {
  for (const LogFormat format : {LogFormat::logfmt, LogFormat::json}) {
    for (char c = 1; c < 32; ++c) {
      const std::string line = format_event(format, "m", {{"reason", std::string("a") + c + "b"}});
      EXPECT_EQ(line.find(c), std::string::npos) << static_cast<int>(c);
    }
  }
}

TEST(Log, BytesThatAreNotUtf8AreShown) {
  EXPECT_EQ(logfmt("m", {{"reason", "\xB0\xA1"}}), R"(msg=m reason="\\xB0\\xA1")");
  EXPECT_EQ(logfmt("m", {{"database", "청구"}}), "msg=m database=청구");
}

TEST(Log, JsonHasTheSameFields) {
  const auto event =
      nlohmann::json::parse("{" +
                            format_event(LogFormat::json, "no \"connection\"",
                                         {{"reason", "a\nb"}, {"database", "청구"}, {"raw", "\xff"}}) +
                            "}");
  EXPECT_EQ(event,
            (nlohmann::json{
                {"msg", "no \"connection\""}, {"reason", "a\nb"}, {"database", "청구"}, {"raw", "\\xFF"}}));
}

TEST(Log, ALineHasItsTimeInUtcAndItsLevelInFront) {
  const std::string line =
      logged({LogLevel::info, LogFormat::logfmt}, LogLevel::warn, "no connection", {{"kind", "auth"}});
  EXPECT_TRUE(std::regex_match(
      line,
      std::regex(
          R"(ts=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=warn(ing)? msg="no connection" kind=auth\n)")))
      << line;
}

TEST(Log, AJsonLineIsJson) {
  const auto event = nlohmann::json::parse(
      logged({LogLevel::info, LogFormat::json}, LogLevel::error, "poll failed", {{"reason", "{}"}}));
  EXPECT_EQ(event["level"], "error");
  EXPECT_EQ(event["msg"], "poll failed");
  EXPECT_EQ(event["reason"], "{}");
  EXPECT_TRUE(event["ts"].is_string());
}

TEST(Log, WhatIsBelowTheLevelIsNotWritten) {
  EXPECT_EQ(logged({LogLevel::warn, LogFormat::logfmt}, LogLevel::info, "connected"), "");
  EXPECT_NE(logged({LogLevel::warn, LogFormat::logfmt}, LogLevel::warn, "lost"), "");
  EXPECT_NE(logged({LogLevel::debug, LogFormat::logfmt}, LogLevel::debug, "detail"), "");
}

}  // namespace pgvigil::app
