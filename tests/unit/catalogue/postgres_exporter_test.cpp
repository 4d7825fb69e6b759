#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "pgvigil/catalogue/catalogue.hpp"

/// The catalogue against postgres_exporter's default page: tests/golden/postgres_exporter-14.names and
/// -17.names hold a family and its type a line, docs/coverage/ what its other collectors have, and, in
/// reasons.txt, what is different on purpose, and why.
namespace pgvigil::catalogue {
namespace {

using model::Column;
using model::Use;
using testing::IsEmpty;

/// Rendered by the daemon's own registry, not by a collector. The last character `*` stands for any text.
constexpr std::array<std::string_view, 4> kOwnRegistry = {"pg_up", "pg_exporter_*", "pg_scrape_collector_*",
                                                          "process_*"};

bool matches(std::string_view pattern, std::string_view name) {
  if (!pattern.ends_with('*')) return pattern == name;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

/// First word and rest of each line.
std::map<std::string, std::string> read(const std::string& file) {
  std::ifstream in(std::string(PGVIGIL_SOURCE_DIR) + "/" + file);
  std::map<std::string, std::string> lines;
  for (std::string line; std::getline(in, line);) {
    const auto space = std::min(line.find(' '), line.size());
    const auto rest = std::min(line.find_first_not_of(' ', space), line.size());
    lines.emplace(line.substr(0, space), line.substr(rest));
  }
  return lines;
}

std::map<std::string, std::string> names() {
  auto all = read("tests/golden/postgres_exporter-14.names");
  all.merge(read("tests/golden/postgres_exporter-17.names"));
  return all;
}

/// Those, and what its collectors export that are off by default: the second word of each line.
std::set<std::string> names_of_every_collector() {
  std::set<std::string> all;
  for (const auto& [name, type] : names()) all.insert(name);
  std::ifstream in(std::string(PGVIGIL_SOURCE_DIR) + "/docs/coverage/postgres_exporter-0.20.1.txt");
  for (std::string collector, name, rest; in >> collector >> name && std::getline(in, rest);)
    if (!collector.starts_with('#')) all.insert(name);
  return all;
}

std::string type_of(Use use) {
  switch (use) {
    case Use::counter:
      return "counter";
    case Use::untyped:
      return "untyped";
    default:
      return "gauge";
  }
}

/// Our type of the family, or empty where no collector exports it.
std::string exported(std::string_view name) {
  for (const model::CollectorSpec* spec : collectors())
    for (const Column& column : spec->columns) {
      if (column.use == Use::label) continue;
      if (column.use == Use::family ? name.starts_with(column.metric) : name == column.metric)
        return type_of(column.use);
    }
  return {};
}

bool any_matches(const auto& patterns, std::string_view name) {
  return std::ranges::any_of(patterns, [&](const auto& pattern) { return matches(pattern, name); });
}

std::vector<std::string> different_on_purpose() {
  std::vector<std::string> patterns;
  for (const auto& [pattern, reason] : read("docs/coverage/reasons.txt")) patterns.push_back(pattern);
  return patterns;
}

}  // namespace

TEST(PostgresExporter, PagesWereMeasuredOnBothVersions) {
  EXPECT_GT(read("tests/golden/postgres_exporter-14.names").size(), 300U);
  EXPECT_GT(read("tests/golden/postgres_exporter-17.names").size(), 300U);
}

TEST(PostgresExporter, HasNoFamilyThatWeLackWithoutAReason) {
  const auto differences = different_on_purpose();
  std::vector<std::string> lacking;
  for (const auto& [name, type] : names())
    if (exported(name).empty() && !any_matches(kOwnRegistry, name) && !any_matches(differences, name))
      lacking.push_back(name);
  EXPECT_THAT(lacking, IsEmpty());
}

TEST(PostgresExporter, HasTheSameTypeForEveryFamilyThatWeShare) {
  for (const auto& [name, type] : names()) {
    if (const std::string ours = exported(name); !ours.empty()) {
      EXPECT_EQ(ours, type) << name;
    }
  }
}

TEST(PostgresExporter, IsTheOnlyReasonForANameThatBreaksTheRules) {
  const auto all = names_of_every_collector();
  for (const model::CollectorSpec* spec : collectors()) {
    for (const Column& column : spec->columns) {
      if (!column.legacy.empty()) {
        EXPECT_TRUE(all.contains(std::string(column.metric))) << column.metric;
      }
    }
  }
}

}  // namespace pgvigil::catalogue
