#include "pgvigil/render/exposition.hpp"

#include <gtest/gtest.h>
#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <array>
#include <charconv>
#include <deque>
#include <random>
#include <sstream>

#include "pgvigil/base/text.hpp"
#include "pgvigil/model/histogram.hpp"
#include "pgvigil/render/page.hpp"

namespace pgvigil::render {
namespace {

using model::Column;
using model::Use;

constexpr std::array kTableColumns = {
    Column{"datname"},
    Column{"relname"},
    Column{"scans", Use::counter, "pg_scans_total", "Scans of the table."},
    Column{"bytes", Use::gauge, "pg_size_bytes", "Size with \\ and\nnewline."},
    Column{"age", Use::untyped, "pg_age", "Age."},
};
constexpr std::array kBounds = {0.001, 0.1, 2.5, 300.0};
constexpr std::array kWaitColumns = {
    Column{"datname"},
    Column{"wait", Use::histogram, "pg_wait_seconds", "Waits.", 1, {}, {kBounds}},
};
constexpr std::array kUptimeColumns = {Column{"start", Use::gauge, "pg_start_time_seconds", "Start."}};
constexpr std::array kSettingColumns = {Column{"name"}, Column{"help"},
                                        Column{"setting", Use::family, "pg_settings_"}};

model::CollectorSpec spec(std::string_view name, std::span<const Column> columns) {
  model::CollectorSpec made;
  made.name = name;
  made.columns = columns;
  return made;
}

const model::CollectorSpec kSettings = spec("settings", kSettingColumns);
const model::CollectorSpec kTables = spec("tables", kTableColumns);
const model::CollectorSpec kUptime = spec("uptime", kUptimeColumns);
const model::CollectorSpec kWaits = spec("waits", kWaitColumns);

using Cell = std::optional<std::string>;
using Rows = std::vector<std::vector<Cell>>;

model::Part part(std::string database, std::size_t columns, const Rows& rows) {
  model::Sheet sheet{base::Cells(columns), 0};
  for (const auto& row : rows) {
    for (const Cell& cell : row) {
      if (cell)
        sheet.cells.add(*cell);
      else
        sheet.cells.add_null();
    }
  }
  model::Part made;
  made.database = std::move(database);
  made.sheet = std::make_shared<const model::Sheet>(std::move(sheet));
  return made;
}

model::Snapshot snapshot(std::vector<model::Entry> entries) {
  model::Snapshot made;
  made.entries = std::move(entries);
  return made;
}

/// As Prometheus' text format asks (exposition formats, "Comments, help text, and type information").
std::string help_escaped(std::string_view help) {
  std::string out;
  for (const char c : help) out += c == '\\' ? "\\\\" : c == '\n' ? "\\n" : std::string(1, c);
  return out;
}

double parsed(std::string_view text) {
  if (text == "+Inf") text = "inf";
  double value = 0;
  EXPECT_EQ(std::from_chars(text.data(), text.data() + text.size(), value).ec, std::errc{}) << text;
  return value;
}

prometheus::MetricType type_of(Use use) {
  if (use == Use::counter) return prometheus::MetricType::Counter;
  if (use == Use::histogram) return prometheus::MetricType::Histogram;
  return use == Use::untyped ? prometheus::MetricType::Untyped : prometheus::MetricType::Gauge;
}

prometheus::ClientMetric sample(const ConstantLabels& constant, Use use, std::string_view text) {
  prometheus::ClientMetric made;
  for (const auto& [name, value] : constant) made.label.push_back({name, value});
  if (use == Use::counter)
    made.counter.value = parsed(text);
  else if (use == Use::untyped)
    made.untyped.value = parsed(text);
  else
    made.gauge.value = parsed(text);
  return made;
}

/// "count sum", then "bound bucket" for each, as prometheus-cpp has it.
prometheus::ClientMetric::Histogram histogram(std::string_view cell) {
  std::istringstream in{std::string(cell)};
  prometheus::ClientMetric::Histogram made;
  in >> made.sample_count >> made.sample_sum;
  prometheus::ClientMetric::Bucket bucket;
  while (in >> bucket.upper_bound >> bucket.cumulative_count) made.bucket.push_back(bucket);
  return made;
}

/// One column as a family of prometheus-cpp. Its serializer leaves HELP as it is.
prometheus::MetricFamily family_of(const model::Entry& entry, std::size_t column,
                                   const ConstantLabels& constant) {
  const Column& declared = entry.spec->columns[column];
  prometheus::MetricFamily family{
      std::string(declared.metric), help_escaped(declared.help), type_of(declared.use), {}};
  for (const model::Part& each : entry.parts) {
    for (std::size_t r = 0; each.sheet && r < each.sheet->cells.rows(); ++r) {
      const auto value = each.sheet->cells.at(r, column);
      if (!value) continue;
      const bool buckets = declared.use == Use::histogram;
      auto metric = sample(constant, declared.use, buckets ? "0" : *value);
      if (buckets) metric.histogram = histogram(*value);
      for (std::size_t c = 0; c < entry.spec->columns.size(); ++c)
        if (entry.spec->columns[c].use == Use::label)
          metric.label.push_back(
              {std::string(entry.spec->columns[c].name), std::string(*each.sheet->cells.at(r, c))});
      family.metric.push_back(std::move(metric));
    }
  }
  return family;
}

/// What prometheus-cpp writes of the same samples.
std::string oracle(const model::Snapshot& snapshot, const ConstantLabels& constant) {
  std::vector<prometheus::MetricFamily> families;
  for (const model::Entry& entry : snapshot.entries) {
    if (entry.spec == &kSettings) {
      for (const model::Part& each : entry.parts)
        for (std::size_t r = 0; each.sheet && r < each.sheet->cells.rows(); ++r)
          if (const auto value = each.sheet->cells.at(r, 2))
            families.push_back({"pg_settings_" + std::string(*each.sheet->cells.at(r, 0)),
                                help_escaped(*each.sheet->cells.at(r, 1)),
                                prometheus::MetricType::Gauge,
                                {sample(constant, Use::gauge, *value)}});
      continue;
    }
    for (std::size_t c = 0; c < entry.spec->columns.size(); ++c)
      if (entry.spec->columns[c].use != Use::label) families.push_back(family_of(entry, c, constant));
  }
  std::erase_if(families, [](const auto& family) { return family.metric.empty(); });
  return prometheus::TextSerializer().Serialize(families);
}

/// Snapshots with all that a server may name and count.
class RandomSnapshots {
 public:
  explicit RandomSnapshots(unsigned seed) : random_(seed) {}

  model::Snapshot next() {
    std::vector<model::Part> parts;
    for (const std::string database : {"", "shop", "bills"}) parts.push_back(part(database, 5, tables()));
    if (random_() % 4 == 0) parts[1].sheet = nullptr;
    return snapshot({{&kSettings, {part("", 3, settings())}},
                     {&kTables, parts},
                     {&kUptime, {part("", 1, {{value()}})}},
                     {&kWaits, {part("", 2, waits())}}});
  }

  ConstantLabels labels() {
    if (random_() % 2 == 0) return {};
    return {{"cluster", text()}, {"zone", text()}};
  }

 private:
  Rows tables() {
    Rows rows(random_() % 20);
    for (auto& row : rows) row = {text(), text(), value(), value(), value()};
    return rows;
  }
  Rows waits() {
    Rows rows(random_() % 3);
    for (auto& row : rows) {
      model::Histogram observed(kBounds);
      for (auto left = random_() % 8; left > 0; --left)
        observed.observe(0.0625 * static_cast<double>(random_() % 8000));
      row = {text(), observed.cell()};
    }
    return rows;
  }
  Rows settings() {
    Rows rows;
    for (const char* name : {"max_connections", "work_mem_bytes", "port"})
      rows.push_back({name, "Help" + text(), value()});
    return rows;
  }

  std::string text() {
    static const std::vector<std::string> kPieces = {"a",    "shop", "\"",   "\\", "\n", "\\n",
                                                     "청구", "{",    "}",    ",",  "=",  " ",
                                                     "#",    "\t",   "\x7f", "é",  "🐘",  "\\xB0"};
    std::string out;
    for (auto pieces = random_() % 5; pieces > 0; --pieces) out += kPieces[random_() % kPieces.size()];
    return out;
  }

  /// Of at most 16 digits: prometheus-cpp rounds to so many.
  Cell value() {
    switch (random_() % 7) {
      case 0:
        return std::nullopt;
      case 1:
        return "0";
      case 2:
        return std::to_string(random_());
      case 3:
        return "-" + std::to_string(1 + random_() % 1000);
      case 4:
        return "+Inf";
      case 5:
        return "-Inf";
      default:
        return base::number(static_cast<double>(2 * random_() + 1) / 8);
    }
  }

  std::minstd_rand random_;
};

}  // namespace

TEST(Exposition, WritesWhatPrometheusCppWrites) {
  RandomSnapshots snapshots(20260501);
  for (int i = 0; i < 500; ++i) {
    const model::Snapshot each = snapshots.next();
    const ConstantLabels labels = snapshots.labels();
    ASSERT_EQ(exposition(each, labels), oracle(each, labels)) << "snapshot " << i;
  }
}

TEST(Exposition, EachFamilyComesOnceOverAllDatabases) {
  const model::Entry entry{&kTables,
                           {part("a", 5, {{"a", "t", "1", "10", {}}}),
                            part("b", 5, {{"b", "t", "2", "20", {}}, {"b", "u", "3", {}, {}}})}};
  EXPECT_EQ(exposition(snapshot({entry})),
            "# HELP pg_scans_total Scans of the table.\n"
            "# TYPE pg_scans_total counter\n"
            "pg_scans_total{datname=\"a\",relname=\"t\"} 1\n"
            "pg_scans_total{datname=\"b\",relname=\"t\"} 2\n"
            "pg_scans_total{datname=\"b\",relname=\"u\"} 3\n"
            "# HELP pg_size_bytes Size with \\\\ and\\nnewline.\n"
            "# TYPE pg_size_bytes gauge\n"
            "pg_size_bytes{datname=\"a\",relname=\"t\"} 10\n"
            "pg_size_bytes{datname=\"b\",relname=\"t\"} 20\n");
}

TEST(Exposition, AHistogramIsOneFamilyOfBucketsSumAndCount) {
  EXPECT_EQ(exposition(
                snapshot({{&kWaits, {part("", 2, {{"a", "7 12.5 0.001 0 0.1 1 2.5 1 300 6"}, {"b", {}}})}}})),
            "# HELP pg_wait_seconds Waits.\n"
            "# TYPE pg_wait_seconds histogram\n"
            "pg_wait_seconds_count{datname=\"a\"} 7\n"
            "pg_wait_seconds_sum{datname=\"a\"} 12.5\n"
            "pg_wait_seconds_bucket{datname=\"a\",le=\"0.001\"} 0\n"
            "pg_wait_seconds_bucket{datname=\"a\",le=\"0.1\"} 1\n"
            "pg_wait_seconds_bucket{datname=\"a\",le=\"2.5\"} 1\n"
            "pg_wait_seconds_bucket{datname=\"a\",le=\"300\"} 6\n"
            "pg_wait_seconds_bucket{datname=\"a\",le=\"+Inf\"} 7\n");
}

TEST(Exposition, AHistogramWithoutLabelsHasItsOwnAlone) {
  const std::array column = {kWaitColumns[1]};
  base::Cells cells(1);
  cells.add("1 2 0.001 0 0.1 0 2.5 1 300 1");
  EXPECT_EQ(exposition(column, std::move(cells), {}),
            "# HELP pg_wait_seconds Waits.\n"
            "# TYPE pg_wait_seconds histogram\n"
            "pg_wait_seconds_count 1\n"
            "pg_wait_seconds_sum 2\n"
            "pg_wait_seconds_bucket{le=\"0.001\"} 0\n"
            "pg_wait_seconds_bucket{le=\"0.1\"} 0\n"
            "pg_wait_seconds_bucket{le=\"2.5\"} 1\n"
            "pg_wait_seconds_bucket{le=\"300\"} 1\n"
            "pg_wait_seconds_bucket{le=\"+Inf\"} 1\n");
}

TEST(Exposition, AFamilyWithoutSamplesIsAbsent) {
  model::Part gone;
  gone.database = "gone";
  EXPECT_EQ(
      exposition(snapshot({{&kTables, {gone, part("a", 5, {}), part("b", 5, {{"b", "t", {}, {}, "7"}})}}})),
      "# HELP pg_age Age.\n"
      "# TYPE pg_age untyped\n"
      "pg_age{datname=\"b\",relname=\"t\"} 7\n");
}

TEST(Exposition, WithoutLabelsThereAreNoBraces) {
  EXPECT_EQ(exposition(snapshot({{&kUptime, {part("", 1, {{"1700000000.5"}})}}})),
            "# HELP pg_start_time_seconds Start.\n"
            "# TYPE pg_start_time_seconds gauge\n"
            "pg_start_time_seconds 1700000000.5\n");
}

TEST(Exposition, ConstantLabelsComeFirstAndAreEscaped) {
  EXPECT_EQ(exposition(snapshot({{&kUptime, {part("", 1, {{"1"}})}}}),
                       {{"zone", "a\"b\\c\nd"}, {"cluster", "청구"}}),
            "# HELP pg_start_time_seconds Start.\n"
            "# TYPE pg_start_time_seconds gauge\n"
            "pg_start_time_seconds{cluster=\"청구\",zone=\"a\\\"b\\\\c\\nd\"} 1\n");
}

TEST(Exposition, ASettingIsAFamilyOfItsOwnWithTheServersHelp) {
  EXPECT_EQ(
      exposition(snapshot({{&kSettings,
                            {part("", 3, {{"port", "Server's\nport \\.", "5432"}, {"jit", "Off.", {}}})}}}),
                 {{"zone", "a"}}),
      "# HELP pg_settings_port Server's\\nport \\\\.\n"
      "# TYPE pg_settings_port gauge\n"
      "pg_settings_port{zone=\"a\"} 5432\n");
}

TEST(Exposition, ANumberGoesOutAsItCameIn) {
  const std::string text = exposition(snapshot({{&kUptime, {part("", 1, {{"18446744073709551615"}})}}}));
  EXPECT_TRUE(text.ends_with("\npg_start_time_seconds 18446744073709551615\n")) << text;
}

TEST(Exposition, AnEmptySnapshotIsAnEmptyPage) { EXPECT_EQ(exposition(snapshot({})), ""); }

namespace {

std::string text_of(const std::vector<Piece>& page) {
  std::string all;
  for (const Piece& piece : page) all += *piece;
  return all;
}

}  // namespace

TEST(PageRenderer, ASheetIsRenderedOnceForAllPagesThatHaveIt) {
  const model::Part a = part("a", 5, {{"a", "t", "1", "10", {}}});
  const model::Part b = part("b", 5, {{"b", "t", "2", "20", {}}});
  const model::Part newer = part("b", 5, {{"b", "t", "3", {}, {}}});
  PageRenderer renderer({});
  const auto first = renderer(snapshot({{&kTables, {a, b}}}));
  const auto second = renderer(snapshot({{&kTables, {a, newer}}}));
  EXPECT_EQ(text_of(first), exposition(snapshot({{&kTables, {a, b}}})));
  EXPECT_EQ(text_of(second), exposition(snapshot({{&kTables, {a, newer}}})));
  ASSERT_EQ(first.size(), 6U) << "two heads, each with the samples of two databases";
  ASSERT_EQ(second.size(), 5U);
  EXPECT_EQ(first[0], second[0]) << "a head";
  EXPECT_EQ(first[1], second[1]) << "what came of a sheet that stayed";
  EXPECT_NE(first[2], second[2]);
}

TEST(PageRenderer, ASheetThatIsTheOnlyOneIsOnePiece) {
  const model::Part a = part("a", 5, {{"a", "t", "1", "10", {}}});
  const model::Part b = part("b", 5, {{"b", "t", "2", "20", {}}});
  PageRenderer renderer({});
  const auto alone = renderer(snapshot({{&kTables, {a}}}));
  ASSERT_EQ(alone.size(), 1U);
  EXPECT_EQ(renderer(snapshot({{&kTables, {a}}})).front(), alone.front()) << "rendered once";
  EXPECT_EQ(renderer(snapshot({{&kTables, {a, b}}})).size(), 6U) << "a second database came";
  EXPECT_EQ(text_of(renderer(snapshot({{&kTables, {a}}}))), text_of(alone)) << "and went";
}

}  // namespace pgvigil::render
