#include "pgvigil/collect/map_rows.hpp"

#include <gmock/gmock.h>

#include <array>

#include "pgvigil/base/text.hpp"
#include "rows.hpp"

namespace pgvigil::collect {
namespace {

using base::ErrorKind;
using model::CollectorSpec;
using model::Column;
using model::Use;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Optional;

constexpr std::array kSizeColumns = {
    Column{"datname"},
    Column{"relname"},
    Column{"bytes", Use::gauge, "pg_size_bytes", "Bytes."},
    Column{"scans", Use::counter, "pg_scans_total", "Scans."},
};
constexpr std::array kTimeColumns = {
    Column{.name = "ms",
           .use = Use::counter,
           .metric = "pg_time_seconds_total",
           .help = "Time.",
           .scale = 0.001},
    Column{.name = "blocks", .use = Use::gauge, .metric = "pg_cache_bytes", .help = "Cache.", .scale = 8192},
};
constexpr std::array kFamilyColumns = {
    Column{"name"},
    Column{"help"},
    Column{"setting", Use::family, "pg_settings_"},
};

CollectorSpec spec(std::span<const Column> columns) {
  CollectorSpec made;
  made.name = "sample";
  made.columns = columns;
  return made;
}

const CollectorSpec kSize = spec(kSizeColumns);
const CollectorSpec kTime = spec(kTimeColumns);
const CollectorSpec kFamily = spec(kFamilyColumns);

/// One value in the column `bytes` of a row that is otherwise sound.
base::Result<model::Sheet> map_bytes(Cell bytes) {
  return map_rows(kSize, rows({"datname", "relname", "bytes", "scans"}, {{"shop", "orders", bytes, "1"}}));
}

std::vector<Cell> row(const model::Sheet& sheet, std::size_t number) {
  std::vector<Cell> cells;
  for (std::size_t c = 0; c < sheet.cells.columns(); ++c) cells.push_back(sheet.cells.at(number, c));
  return cells;
}

std::string contract_broken_by(const CollectorSpec& spec, const pg::Rows& rows) {
  const auto sheet = map_rows(spec, rows);
  if (sheet) return "nothing is wrong";
  EXPECT_EQ(sheet.error().kind, ErrorKind::contract);
  return sheet.error().message;
}

}  // namespace

TEST(MapRows, ColumnsAreFoundByNameInWhateverOrder) {
  const auto sheet =
      map_rows(kSize, rows({"scans", "bytes", "datname", "relname"}, {{"7", "8192", "shop", "orders"}}));
  ASSERT_TRUE(sheet) << sheet.error().message;
  EXPECT_THAT(row(*sheet, 0), ElementsAre("shop", "orders", "8192", "7"));
}

TEST(MapRows, NoRowsAreASheetWithoutRows) {
  const auto sheet = map_rows(kSize, rows({"datname", "relname", "bytes", "scans"}, {}));
  ASSERT_TRUE(sheet);
  EXPECT_EQ(sheet->cells.rows(), 0U);
}

TEST(MapRows, AMissingColumnBreaksTheContract) {
  EXPECT_EQ(contract_broken_by(kSize, rows({"datname", "relname", "bytes"}, {{"shop", "orders", "1"}})),
            "the result has no column scans");
}

TEST(MapRows, AColumnThatIsNotDeclaredBreaksTheContract) {
  EXPECT_EQ(contract_broken_by(
                kSize, rows({"datname", "relname", "bytes", "scans", "oid"}, {{"a", "b", "1", "2", "3"}})),
            "the result has a column oid that is not declared");
}

TEST(MapRows, AColumnThatComesTwiceBreaksTheContract) {
  EXPECT_EQ(contract_broken_by(
                kSize, rows({"datname", "relname", "bytes", "bytes", "scans"}, {{"a", "b", "1", "2", "3"}})),
            "the result has one column twice");
}

TEST(MapRows, ANullLabelIsEmptyAndANullValueIsNoSample) {
  const auto sheet =
      map_rows(kSize, rows({"datname", "relname", "bytes", "scans"}, {{kNull, "orders", kNull, "1"}}));
  ASSERT_TRUE(sheet);
  EXPECT_THAT(row(*sheet, 0), ElementsAre("", "orders", kNull, "1"));
}

TEST(MapRows, ANumberKeepsEveryDigitThatTheServerSent) {
  for (const std::string_view number : {"0", "-1", "9223372036854775807", "18446744073709551615", "0.1000",
                                        "1e+300", "123456789012345678901234567890.123456789", "-2.5E-7"}) {
    const auto sheet = map_bytes(number);
    ASSERT_TRUE(sheet) << sheet.error().message;
    EXPECT_THAT(sheet->cells.at(0, 2), Optional(number));
  }
}

TEST(MapRows, SpecialNumbersAreWrittenAsPrometheusWritesThem) {
  EXPECT_THAT(map_bytes("NaN")->cells.at(0, 2), Optional(std::string_view("NaN")));
  EXPECT_THAT(map_bytes("Infinity")->cells.at(0, 2), Optional(std::string_view("+Inf")));
  EXPECT_THAT(map_bytes("-Infinity")->cells.at(0, 2), Optional(std::string_view("-Inf")));
}

TEST(MapRows, AScaleIsExact) {
  const auto sheet = map_rows(kTime, rows({"ms", "blocks"}, {{"123.456", "16384"}}));
  ASSERT_TRUE(sheet);
  EXPECT_THAT(row(*sheet, 0), ElementsAre("0.123456", "134217728"));
}

TEST(MapRows, SpecialNumbersAreNotScaled) {
  const auto sheet = map_rows(kTime, rows({"ms", "blocks"}, {{"NaN", "Infinity"}}));
  ASSERT_TRUE(sheet);
  EXPECT_THAT(row(*sheet, 0), ElementsAre("NaN", "+Inf"));
}

TEST(MapRows, ANumberTooBigToScaleBreaksTheContract) {
  EXPECT_THAT(contract_broken_by(kTime, rows({"ms", "blocks"}, {{"1e+999", "1"}})),
              HasSubstr("not a number"));
}

TEST(MapRows, AHistogramHasAsManyNumbersAsItsBoundsNeed) {
  static constexpr std::array kBounds = {1.0, 5.0};
  static constexpr std::array kColumns = {
      Column{"age", Use::histogram, "pg_age_seconds", "Age.", 1, {}, {kBounds}}};
  for (const char* cell : {"3 12.5 1 1 5 2", "0 0 1 0 5 0", "1 NaN 1 0 5 0"}) {
    const auto mapped = map_rows(spec(kColumns), rows({"age"}, {{cell}}));
    ASSERT_TRUE(mapped) << mapped.error().message;
    EXPECT_THAT(row(*mapped, 0), ElementsAre(Optional(std::string_view(cell))));
  }
  for (const char* cell : {"", "3", "3 12.5", "3 12.5 1 1 5", "3 12.5 1 1 5 2 6 3", "3 12.5 1 1 5 2 ",
                           "3 12.5 1  5 2", "3 x 1 1 5 2", "NaN 3 1 1 5 2"}) {
    const auto mapped = map_rows(spec(kColumns), rows({"age"}, {{cell}}));
    ASSERT_FALSE(mapped) << cell;
    EXPECT_EQ(mapped.error().kind, ErrorKind::contract);
    EXPECT_THAT(mapped.error().message, HasSubstr("which is not a histogram"));
  }
}

TEST(MapRows, WhatIsNotANumberBreaksTheContract) {
  for (const std::string_view text :
       {"", "on", "12 MB", "1,5", "0x10", "+1", "1.", ".5", "1e", "--1", "inf", "nan", "1\n"}) {
    const auto sheet = map_bytes(text);
    ASSERT_FALSE(sheet) << text;
    EXPECT_EQ(sheet.error().kind, ErrorKind::contract);
    EXPECT_EQ(sheet.error().message,
              "column bytes holds '" + base::one_line(text) + "', which is not a number");
  }
}

TEST(MapRows, TwoRowsWithTheSameLabelsBreakTheContract) {
  EXPECT_EQ(contract_broken_by(
                kSize, rows({"datname", "relname", "bytes", "scans"}, {{"shop", "orders", "1", "1"},
                                                                       {"shop", "bills", "2", "2"},
                                                                       {"shop", "orders", "3", "3"}})),
            "rows 1 and 3 have the same labels");
}

TEST(MapRows, NullAndEmptyAreTheSameLabel) {
  EXPECT_EQ(contract_broken_by(kSize, rows({"datname", "relname", "bytes", "scans"},
                                           {{"", "x", "1", "1"}, {kNull, "x", "2", "2"}})),
            "rows 1 and 2 have the same labels");
}

TEST(MapRows, TheSameLettersSplitOtherwiseAreOtherLabels) {
  EXPECT_TRUE(map_rows(
      kSize, rows({"datname", "relname", "bytes", "scans"}, {{"ab", "c", "1", "1"}, {"a", "bc", "2", "2"}})));
}

TEST(MapRows, WithoutLabelsThereIsRoomForOneRow) {
  EXPECT_EQ(contract_broken_by(kTime, rows({"ms", "blocks"}, {{"1", "2"}, {"3", "4"}})),
            "rows 1 and 2 have the same labels");
}

TEST(MapRows, RowsOverTheBudgetAreCutAndCounted) {
  CollectorSpec small = kSize;
  small.max_rows = 2;
  const auto sheet =
      map_rows(small, rows({"datname", "relname", "bytes", "scans"}, {{"a", "biggest", "3", "1"},
                                                                      {"a", "big", "2", "1"},
                                                                      {"a", "small", "1", "1"},
                                                                      {"a", "big", "0", "1"}}));
  ASSERT_TRUE(sheet) << "a twin among the rows that are cut does no harm: " << sheet.error().message;
  EXPECT_EQ(sheet->cells.rows(), 2U);
  EXPECT_EQ(sheet->cut, 2U);
  EXPECT_THAT(row(*sheet, 0), ElementsAre("a", "biggest", "3", "1"));
}

TEST(MapRows, BytesThatAreNotUtf8AreShownSoThatDifferentNamesStayDifferent) {
  const auto sheet = map_rows(
      kSize, rows({"datname", "relname", "bytes", "scans"},
                  {{"\xB0\xA1", "t", "1", "1"}, {"\xB0\xA2", "t", "2", "2"}, {"청구", "t", "3", "3"}}));
  ASSERT_TRUE(sheet) << sheet.error().message;
  EXPECT_THAT(row(*sheet, 0), ElementsAre("\\xB0\\xA1", "t", "1", "1"));
  EXPECT_THAT(row(*sheet, 1), ElementsAre("\\xB0\\xA2", "t", "2", "2"));
  EXPECT_THAT(row(*sheet, 2), ElementsAre("청구", "t", "3", "3"));
}

TEST(MapRows, RowsThatThePgLayerThrewAwayAreCountedAsCut) {
  CollectorSpec small = kSize;
  small.max_rows = 1;
  pg::Rows some =
      rows({"datname", "relname", "bytes", "scans"}, {{"a", "biggest", "3", "1"}, {"a", "b", "2", "1"}});
  some.cut = 40;
  EXPECT_EQ(map_rows(small, some)->cut, 41U);
}

TEST(MapRows, ALongLabelEndsInAHashSoThatDifferentStaysDifferent) {
  const std::string name(600, 'x');
  const std::string one = name + "1";
  const std::string two = name + "2";
  const std::string same_but_for_a_byte = name.substr(0, 100) + "\xB0" + name;
  const auto sheet =
      map_rows(kSize, rows({"datname", "relname", "bytes", "scans"}, {{"a", one, "1", "1"},
                                                                      {"a", two, "2", "2"},
                                                                      {"a", same_but_for_a_byte, "3", "3"},
                                                                      {"a", name.substr(0, 512), "4", "4"}}));
  ASSERT_TRUE(sheet) << sheet.error().message;
  for (std::size_t r = 0; r < 4; ++r) EXPECT_EQ(sheet->cells.at(r, 1)->size(), 512U) << r;
  EXPECT_THAT(std::string(*sheet->cells.at(0, 1)), testing::MatchesRegex("x+…[0-9a-f]+"));
  EXPECT_EQ(sheet->cells.at(3, 1), name.substr(0, 512)) << "as long as allowed";
}

TEST(MapRows, LabelsThatAreTheSameOnPaperBreakTheContract) {
  EXPECT_EQ(contract_broken_by(kSize, rows({"datname", "relname", "bytes", "scans"},
                                           {{"a", "\xB0", "1", "1"}, {"a", "\\xB0", "2", "2"}})),
            "rows 1 and 2 have the same labels");
}

TEST(MapRows, AFamilysFirstColumnCompletesTheMetricsName) {
  const auto sheet =
      map_rows(kFamily, rows({"name", "help", "setting"},
                             {{"max_connections", "Most sessions.", "100"}, {"port", "Port.", "5432"}}));
  ASSERT_TRUE(sheet) << sheet.error().message;
  EXPECT_THAT(row(*sheet, 0), ElementsAre("max_connections", "Most sessions.", "100"));
}

TEST(MapRows, ANameThatNoMetricCanHaveBreaksTheContract) {
  for (const Cell name :
       {Cell(kNull), Cell(""), Cell("Work_Mem"), Cell("my.setting"), Cell("a\n"), Cell("급여")})
    EXPECT_THAT(contract_broken_by(kFamily, rows({"name", "help", "setting"}, {{name, "Help.", "1"}})),
                HasSubstr("cannot complete a metric's name"));
}

TEST(MapRows, TwoRowsOfOneFamilyAreTwinsWhateverTheirHelp) {
  EXPECT_EQ(contract_broken_by(
                kFamily, rows({"name", "help", "setting"}, {{"port", "One.", "1"}, {"port", "Two.", "2"}})),
            "rows 1 and 2 have the same labels");
}

TEST(MapRows, ABooleanIsOneOrZeroAndAWordAsALabel) {
  const auto sheet =
      map_rows(kSize, rows({"datname", "relname", "bytes", "scans"}, {{"true", "orders", "true", "false"}}));
  ASSERT_TRUE(sheet);
  EXPECT_THAT(row(*sheet, 0), ElementsAre("true", "orders", "1", "0"));
}

TEST(MapRows, AtDatabaseScopeAMissingDatnameIsTheVisitedDatabase) {
  CollectorSpec visiting = kSize;
  visiting.scope = model::Scope::database;
  const pg::Rows without = rows({"relname", "bytes", "scans"}, {{"orders", "1", "2"}});
  const auto sheet = map_rows(visiting, without, "shop");
  ASSERT_TRUE(sheet) << sheet.error().message;
  EXPECT_THAT(row(*sheet, 0), ElementsAre("shop", "orders", "1", "2"));
  EXPECT_EQ(contract_broken_by(kSize, without), "the result has no column datname");
  EXPECT_EQ(contract_broken_by(visiting, rows({"relname", "bytes", "scans", "more"}, {})),
            "the result has a column more that is not declared");
}

TEST(MapRows, AUsersRowsOfOneDatabaseDoNotNameAnother) {
  CollectorSpec visiting = kSize;
  visiting.scope = model::Scope::database;
  visiting.user = true;
  const pg::Rows two = rows({"datname", "relname", "bytes", "scans"},
                            {{"shop", "orders", "1", "2"}, {"other", "orders", "1", "2"}});
  const auto sheet = map_rows(visiting, two, "shop");
  ASSERT_FALSE(sheet);
  EXPECT_EQ(sheet.error().message,
            "datname holds 'other', not the visited database: what is of several is asked at cluster scope");
  visiting.scope = model::Scope::cluster;
  EXPECT_TRUE(map_rows(visiting, two));
}

TEST(MapRows, AnOpenSpecTakesWhatItKnows) {
  CollectorSpec open = kSize;
  open.open = true;
  const auto sheet = map_rows(
      open, rows({"more", "relname", "bytes", "datname", "more"}, {{"7", "orders", "1", "shop", "8"}}));
  ASSERT_TRUE(sheet) << sheet.error().message;
  EXPECT_THAT(row(*sheet, 0), ElementsAre("shop", "orders", "1", kNull));
  EXPECT_EQ(contract_broken_by(open, rows({"datname", "bytes"}, {{"shop", "1"}})),
            "the result has no column relname");
}

TEST(MapRows, AListOfNamesAndValuesIsOneRow) {
  CollectorSpec listed = kTime;
  listed.listed = listed.open = true;
  const auto sheet = map_rows(
      listed,
      rows({"key", "value", "more"}, {{"other", "text", "1"}, {"blocks", kNull, "2"}, {"ms", "250", "3"}}));
  ASSERT_TRUE(sheet) << sheet.error().message;
  EXPECT_THAT(row(*sheet, 0), ElementsAre("0.25", kNull));
  EXPECT_EQ(contract_broken_by(listed, rows({"key"}, {{"ms"}})), "the result is no list of names and values");
  EXPECT_EQ(contract_broken_by(listed, rows({"key", "value"}, {})),
            "the result is no list of names and values");
}

}  // namespace pgvigil::collect
