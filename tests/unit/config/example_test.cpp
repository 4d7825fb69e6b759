#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <regex>
#include <sstream>

#include "pgvigil/base/text.hpp"
#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/config/config.hpp"
#include "pgvigil/rules/rules.hpp"

/// docs/pgvigil.example.yml against the code: what it shows as a default is the default, and no key is
/// missing.
namespace pgvigil::config {
namespace {

const Catalogue kCatalogue = catalogue::collectors();
const Rules kRules = rules::rules();
const std::string kExample = std::string(PGVIGIL_SOURCE_DIR) + "/docs/pgvigil.example.yml";

/// The example with every commented default put in force.
std::string defaults_in_force() {
  std::istringstream lines(base::read_file(kExample).value());
  std::string yaml;
  for (std::string line; std::getline(lines, line);)
    yaml += std::regex_replace(line, std::regex("^( *)#(?=[a-z])"), "$1") + "\n";
  return yaml;
}

/// The keys that a section knows, as its own error lists them.
std::string keys_of(const std::string& open, const std::string& close) {
  const auto config = parse(open + "{zzzzzzzzzzzzzzzz: 1}" + close, "x", kCatalogue, kRules);
  const std::string message = config ? "" : config.error().message;
  const auto known = message.find("known are ");
  EXPECT_NE(known, std::string::npos) << message;
  return message.substr(known + 10);
}

}  // namespace

TEST(Example, AsItStandsChangesNothing) {
  const auto config = load(kExample, kCatalogue, kRules);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(*config, Config{});
}

TEST(Example, ShowsTheDefaults) {
  auto config = parse(defaults_in_force(), "example", kCatalogue, kRules);
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->thresholds.size(), kRules.size());
  for (const auto& [id, limits] : limits(*config, kRules)) {
    const model::Limits built_in = config::limits(Config{}, kRules).at(id);
    EXPECT_THAT(limits.warning, testing::NanSensitiveDoubleEq(built_in.warning)) << id;
    EXPECT_THAT(limits.critical, testing::NanSensitiveDoubleEq(built_in.critical)) << id;
    EXPECT_EQ(limits.hold, built_in.hold) << id;
  }
  const auto statements = std::ranges::find(kCatalogue, "stat_statements", &model::CollectorSpec::name);
  EXPECT_EQ(config->collectors.at("stat_statements"),
            (CollectorOverride{(*statements)->enabled, (*statements)->interval, (*statements)->timeout,
                               (*statements)->max_rows}));
  config->thresholds.clear();
  config->collectors.clear();
  EXPECT_EQ(*config, Config{});
}

TEST(Example, DocumentsEveryKey) {
  const std::string example = base::read_file(kExample).value();
  const std::pair<const char*, const char*> sections[] = {
      {"", ""},           {"databases: ", ""},         {"web: ", ""},
      {"log: ", ""},      {"thresholds: {cpu: ", "}"}, {"collectors: {wal: ", "}"},
      {"mounts: [", "]"}, {"detect_shutdown: ", ""},   {"alerting: ", ""},
      {"cost: ", ""}};
  for (const auto& [open, close] : sections) {
    std::istringstream keys(keys_of(open, close));
    for (std::string key; keys >> key;) {
      if (key.ends_with(',')) key.pop_back();
      EXPECT_TRUE(std::regex_search(example, std::regex("[#{ ]" + key + ":|`" + key + "`"))) << open << key;
    }
  }
}

}  // namespace pgvigil::config
