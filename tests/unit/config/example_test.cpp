#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cctype>
#include <regex>
#include <sstream>

#include "pgvigil/base/text.hpp"
#include "pgvigil/config/config.hpp"
#include "world.hpp"

/// docs/pgvigil.example.yml against the code: what it shows as a default is the default, and no key is
/// missing.
namespace pgvigil::config {
namespace {

using testing::HasSubstr;

const std::string kExample = std::string(PGVIGIL_SOURCE_DIR) + "/docs/pgvigil.example.yml";

constexpr model::Rule ratio_rule(std::string_view id, double warning, double critical) {
  return {id, id, {warning, critical, base::Seconds(300)}, "", "", "", {id, model::Unit::ratio, "", nullptr}};
}
constexpr model::Rule kMemory = ratio_rule("memory", 0.85, 0.95);
constexpr model::Rule kDisk = ratio_rule("disk", 0.80, 0.90);
constexpr model::Rule kConnections = ratio_rule("connections", 0.80, 0.95);
constexpr std::array<const model::Rule*, 5> kRules = {&world::kCpu, &kMemory, &kDisk, &kConnections,
                                                      &world::kLatency};

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
  const auto config = parse(open + "{zzzzzzzzzzzzzzzz: 1}" + close, "x", world::kCatalogue, kRules);
  const std::string message = config ? "" : config.error().message;
  const auto known = message.find("known are ");
  EXPECT_NE(known, std::string::npos) << message;
  return message.substr(known + 10);
}

}  // namespace

TEST(Example, AsItStandsChangesNothing) {
  const auto config = load(kExample, world::kCatalogue, kRules);
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(*config, Config{});
}

TEST(Example, ShowsTheDefaults) {
  auto config = parse(defaults_in_force(), "example", world::kCatalogue, kRules);
  ASSERT_TRUE(config) << config.error().message;
  ASSERT_EQ(config->thresholds.size(), kRules.size());
  for (const auto& [id, limits] : limits(*config, kRules)) {
    const model::Limits built_in = config::limits(Config{}, kRules).at(id);
    EXPECT_EQ(limits.warning, built_in.warning) << id;
    EXPECT_EQ(limits.critical, built_in.critical) << id;
    EXPECT_EQ(limits.hold, built_in.hold) << id;
  }
  EXPECT_EQ(config->collectors.at("stat_statements"),
            (CollectorOverride{true, world::kStatements.interval, world::kStatements.timeout,
                               world::kStatements.max_rows}));
  config->thresholds.clear();
  config->collectors.clear();
  EXPECT_EQ(*config, Config{});
}

TEST(Example, DocumentsEveryKey) {
  const std::string example = base::read_file(kExample).value();
  const std::pair<const char*, const char*> sections[] = {
      {"", ""},           {"databases: ", ""},         {"web: ", ""},
      {"log: ", ""},      {"thresholds: {cpu: ", "}"}, {"collectors: {wal: ", "}"},
      {"mounts: [", "]"}, {"detect_shutdown: ", ""}};
  for (const auto& [open, close] : sections) {
    std::istringstream keys(keys_of(open, close));
    for (std::string key; keys >> key;) {
      if (key.ends_with(',')) key.pop_back();
      EXPECT_TRUE(std::regex_search(example, std::regex("[#{ ]" + key + ":|`" + key + "`"))) << open << key;
    }
  }
}

}  // namespace pgvigil::config
