#include "pgvigil/render/status.hpp"

#include <gmock/gmock.h>

#include <array>
#include <nlohmann/json.hpp>

namespace pgvigil::render {
namespace {

using model::Outcome;
using model::State;
using testing::HasSubstr;
using testing::Not;

const base::WallTime kNow{base::Seconds(1777636800)};  // 2026-05-01 12:00:00 UTC

constexpr std::array<model::Column, 3> kColumns = {{
    {"datname"},
    {"size", model::Use::gauge, "pg_size", "Size."},
    {"rows", model::Use::gauge, "pg_rows", "Rows."},
}};

model::CollectorSpec named(std::string_view name) {
  model::CollectorSpec spec;
  spec.name = name;
  spec.columns = kColumns;
  return spec;
}

model::Rule rule(std::string_view id, std::string_view title, model::Unit unit) {
  model::Rule made;
  made.id = id;
  made.title = title;
  made.indicator.unit = unit;
  return made;
}

/// A server that is up, judged by two rules, with one collector that is fine and one that nobody has run yet.
class Status : public testing::Test {
 protected:
  Status() {
    snapshot_.taken = kNow - base::Seconds(3);
    snapshot_.up = true;
    snapshot_.server_version = "14.23";
    auto sheet = std::make_shared<model::Sheet>(model::Sheet{base::Cells(3), 0});
    for (const std::string_view cell : {"a", "1", "2", "b", "3"}) sheet->cells.add(cell);
    sheet->cells.add_null();
    model::Part part;
    part.sheet = sheet;
    part.last_success = kNow - base::Seconds(75);
    part.took = base::Millis(42);
    snapshot_.entries = {{&sizes_, {part}}, {&waits_, {model::Part{}}}};
    findings_ = {{&disk_, {0.8, 0.9}, {0.5, ""}, State::ok},
                 {&latency_, {0.1, 0.5}, {0.0421, ""}, State::ok}};
  }

  void judge(std::optional<double> value, std::string reason, std::optional<State> state) {
    findings_[0].reading = {value, std::move(reason)};
    findings_[0].state = state;
  }

  std::string page() const { return status_page(snapshot_, findings_, kNow, "/metrics", "0.1.0"); }
  nlohmann::json json() const {
    return nlohmann::json::parse(status_json(snapshot_, findings_, kNow, "0.1.0"));
  }

  const model::Rule disk_ = rule("disk", "Disk", model::Unit::ratio);
  const model::Rule latency_ = rule("latency", "Mean response time", model::Unit::seconds);
  const model::CollectorSpec sizes_ = named("sizes");
  const model::CollectorSpec waits_ = named("waits");
  model::Snapshot snapshot_;
  std::vector<model::Finding> findings_;
};

}  // namespace

TEST_F(Status, SaysFirstWhetherTheServerIsUp) {
  const std::string shown = page();
  EXPECT_THAT(shown, HasSubstr("<title>ok · PostgreSQL 14.23 · pgvigil</title>"));
  EXPECT_THAT(shown, HasSubstr("<h1>PostgreSQL 14.23 is up</h1>"));
  EXPECT_THAT(shown, HasSubstr("Primary · polled <time"));
  EXPECT_THAT(shown, HasSubstr("2026-05-01 11:59:57 UTC"));

  const nlohmann::json expected = {{"up", true},           {"reason", ""},         {"version", "14.23"},
                                   {"in_recovery", false}, {"kind", "postgresql"}, {"taken", 1777636797.0}};
  EXPECT_EQ(json()["server"], expected);
}

TEST_F(Status, TellsAReplicaFromAPrimary) {
  snapshot_.in_recovery = true;
  EXPECT_THAT(page(), HasSubstr("Replica · polled"));
  EXPECT_EQ(json()["server"]["in_recovery"], true);
}

TEST_F(Status, SaysWhyTheServerIsDown) {
  snapshot_.up = false;
  snapshot_.down_reason = "connection refused";
  judge(0.95, "", State::critical);
  EXPECT_THAT(page(), HasSubstr("<title>down · "));
  EXPECT_THAT(page(), HasSubstr("<h1>PostgreSQL 14.23 is down</h1>"));
  EXPECT_THAT(page(), HasSubstr("<p class=\"cause\">connection refused</p>"));
  EXPECT_EQ(json()["server"]["up"], false);
  EXPECT_EQ(json()["server"]["reason"], "connection refused");
}

TEST_F(Status, WaitsForTheFirstPoll) {
  snapshot_ = {};
  EXPECT_THAT(page(), HasSubstr("<h1>Waiting for the first poll to end</h1>"));
  EXPECT_THAT(page(), Not(HasSubstr("is down")));
  EXPECT_EQ(json()["server"]["taken"], nullptr);
}

TEST_F(Status, ShowsAThresholdInUnitsOfPeopleAndItsLimits) {
  const std::string shown = page();
  EXPECT_THAT(shown, HasSubstr("<p class=\"value\">50\u00a0%</p>"));
  EXPECT_THAT(shown, HasSubstr("warning from 80\u00a0%, critical from 90\u00a0%"));
  EXPECT_THAT(shown, HasSubstr("<p class=\"value\">42.1\u00a0ms</p>"));
  EXPECT_THAT(shown, HasSubstr("warning from 100\u00a0ms, critical from 500\u00a0ms"));
  EXPECT_THAT(
      shown,
      HasSubstr("aria-label=\"Disk\" aria-valuemin=\"0\" aria-valuemax=\"100\" aria-valuenow=\"50.0\""));
}

TEST_F(Status, WritesAThresholdAsJsonInBaseUnits) {
  judge(0.85, "", State::warning);
  const nlohmann::json expected = {{"rule", "disk"}, {"title", "Disk"}, {"unit", "ratio"},    {"value", 0.85},
                                   {"warning", 0.8}, {"critical", 0.9}, {"state", "warning"}, {"reason", ""}};
  EXPECT_EQ(json()["thresholds"][0], expected);
  EXPECT_EQ(json()["thresholds"][1]["unit"], "seconds");
}

TEST_F(Status, IsAsBadAsItsWorstThreshold) {
  judge(std::nullopt, "no mount is visible", std::nullopt);
  EXPECT_THAT(page(), HasSubstr("<title>unknown · "));
  findings_[1].state = State::warning;
  EXPECT_THAT(page(), HasSubstr("<title>warning · "));
  EXPECT_THAT(page(), HasSubstr("<small>1 warning, 1 unknown</small>"));
  judge(0.95, "", State::critical);
  EXPECT_THAT(page(), HasSubstr("<title>critical · "));
}

TEST_F(Status, SaysWhyAThresholdIsUnknown) {
  judge(std::nullopt, "no mount is visible", std::nullopt);
  EXPECT_THAT(page(), HasSubstr("<li class=\"unknown\">"));
  EXPECT_THAT(page(), HasSubstr("<p>no mount is visible</p>"));
  EXPECT_EQ(json()["thresholds"][0]["value"], nullptr);
  EXPECT_EQ(json()["thresholds"][0]["state"], nullptr);
  EXPECT_EQ(json()["thresholds"][0]["reason"], "no mount is visible");
}

TEST_F(Status, KeepsABarWithinItsTrack) {
  judge(1.7, "", State::critical);
  EXPECT_THAT(page(), HasSubstr("style=\"width:100.00%\""));
  judge(-1, "", State::ok);
  EXPECT_THAT(page(), HasSubstr("style=\"width:0.00%\""));
  judge(std::numeric_limits<double>::quiet_NaN(), "", State::ok);
  EXPECT_THAT(page(), HasSubstr("style=\"width:0.00%\""));
  EXPECT_EQ(json()["thresholds"][0]["value"], nullptr);
}

TEST_F(Status, GivesACollectorsAgeDurationAndSamples) {
  const std::string shown = page();
  EXPECT_THAT(shown, HasSubstr("<th scope=\"row\">sizes</th>"));
  EXPECT_THAT(shown, HasSubstr(">75\u00a0s ago</time>"));
  EXPECT_THAT(shown, HasSubstr("data-label=\"Duration\">42\u00a0ms</td>"));
  EXPECT_THAT(shown, HasSubstr("data-label=\"Samples\">3</td>"));
  EXPECT_THAT(shown, HasSubstr("data-label=\"Last success\">never</td>"));

  const nlohmann::json expected = {
      {"name", "sizes"},           {"outcome", "ok"}, {"reason", ""}, {"last_success", 1777636725},
      {"duration_seconds", 0.042}, {"samples", 3},    {"cut", 0}};
  EXPECT_EQ(json()["collectors"][0], expected);
  EXPECT_EQ(json()["collectors"][1]["last_success"], nullptr);
}

TEST_F(Status, ShowsFailedCollectorsFirstWithTheirReason) {
  snapshot_.entries[1].parts[0].outcome = {Outcome::Status::failed, "lock timeout", "timeout"};
  const std::string shown = page();
  EXPECT_LT(shown.find(">waits</th>"), shown.find(">sizes</th>"));
  EXPECT_THAT(shown, HasSubstr("<td class=\"note\">lock timeout</td>"));
  EXPECT_THAT(shown, HasSubstr("<small>1 failed, 1 ok</small>"));
  EXPECT_EQ(json()["collectors"][1]["outcome"], "failed");
  EXPECT_EQ(json()["collectors"][1]["reason"], "lock timeout");
}

TEST_F(Status, NamesTheDatabaseThatFailedAndCountsTheOthers) {
  model::Part failed;
  failed.outcome = {Outcome::Status::failed, "lock timeout", "timeout"};
  failed.database = "b";
  snapshot_.entries[0].parts[0].database = "a";
  snapshot_.entries[0].parts.push_back(failed);
  EXPECT_EQ(json()["collectors"][0]["reason"], "database b: lock timeout");
  EXPECT_EQ(json()["collectors"][0]["samples"], 3);
  EXPECT_EQ(json()["collectors"][0]["last_success"], nullptr);
  snapshot_.entries[0].parts.push_back(failed);
  EXPECT_EQ(json()["collectors"][0]["reason"], "database b: lock timeout (and 1 more)");
}

TEST_F(Status, SaysHowManyRowsWereCut) {
  auto cut = std::make_shared<model::Sheet>(*snapshot_.entries[0].parts[0].sheet);
  cut->cut = 37;
  snapshot_.entries[0].parts[0].sheet = cut;
  EXPECT_THAT(page(), HasSubstr("37 rows over the series budget were cut"));
  EXPECT_EQ(json()["collectors"][0]["cut"], 37);
}

TEST_F(Status, EscapesEveryTextThatComesFromOutside) {
  const std::string nasty = "<script>alert('1')</script>&\"\xff";
  snapshot_.up = false;
  snapshot_.server_version = nasty;
  snapshot_.down_reason = nasty;
  judge(std::nullopt, nasty, std::nullopt);
  snapshot_.entries[0].parts[0].outcome = {Outcome::Status::failed, nasty, "sql"};
  snapshot_.entries[0].parts[0].database = nasty;

  const std::string shown = status_page(snapshot_, findings_, kNow, "/\"><script>", nasty);
  EXPECT_THAT(shown, Not(HasSubstr("<script")));
  EXPECT_THAT(shown, Not(HasSubstr("\xff")));
  EXPECT_THAT(shown, HasSubstr("&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;&quot;\\xFF"));
  EXPECT_THAT(shown, HasSubstr("href=\"/&quot;&gt;&lt;script&gt;\""));
  EXPECT_EQ(json()["server"]["reason"], "<script>alert('1')</script>&\"\\xFF");
}

TEST_F(Status, NeedsNoJavaScriptAndNothingFromElsewhere) {
  const std::string shown = page();
  EXPECT_THAT(shown, Not(HasSubstr("<script")));
  EXPECT_THAT(shown, Not(HasSubstr("src=")));
  EXPECT_THAT(shown, Not(HasSubstr("url(")));
  EXPECT_THAT(shown, HasSubstr("<meta http-equiv=\"refresh\" content=\"15\">"));
}

TEST_F(Status, CountsAgesInTheUnitThatTells) {
  const auto last = [&](std::chrono::seconds ago) {
    snapshot_.entries[0].parts[0].last_success = kNow - ago;
    const std::string shown = page();
    const auto from = shown.find(">", shown.find("<time", shown.find("<tbody>"))) + 1;
    return shown.substr(from, shown.find("</time>", from) - from);
  };
  EXPECT_EQ(last(base::Seconds(-5)), "just now");
  EXPECT_EQ(last(base::Seconds(119)), "119\u00a0s ago");
  EXPECT_EQ(last(base::Seconds(120)), "2\u00a0min ago");
  EXPECT_EQ(last(base::Seconds(3 * 3600)), "3\u00a0h ago");
  EXPECT_EQ(last(base::Seconds(72 * 3600)), "3\u00a0days ago");
}

}  // namespace pgvigil::render
