// status_samples DIRECTORY: writes ok.html, ok.json and so on for the states in which somebody reads the
// status page, for a browser to show (tests/integration/status_page_test.py).
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "pgvigil/render/status.hpp"
#include "pgvigil/rules/rules.hpp"

namespace {

using namespace pgvigil;
using model::Outcome;
using model::Reading;

const base::WallTime kNow{base::Seconds(1777636800)};  // 2026-05-01 12:00:00 UTC

constexpr std::array<model::Column, 2> kColumns = {
    {{"datname"}, {"size", model::Use::gauge, "pg_sample", "A sample."}}};

constexpr model::CollectorSpec spec(std::string_view name) {
  model::CollectorSpec made;
  made.name = name;
  made.columns = kColumns;
  return made;
}

constexpr std::array kSpecs = {spec("bgwriter"),        spec("container"),       spec("database"),
                               spec("locks"),           spec("replication"),     spec("stat_activity"),
                               spec("stat_statements"), spec("stat_user_tables")};

model::Part part(std::size_t rows, base::Seconds ago, base::Millis took, Outcome outcome = {}) {
  model::Part made;
  auto sheet = std::make_shared<model::Sheet>(model::Sheet{base::Cells(2), 0});
  for (std::size_t row = 0; row < rows; ++row) {
    sheet->cells.add("inquiry");
    sheet->cells.add("1");
  }
  made.sheet = std::move(sheet);
  made.last_success = kNow - ago;
  made.took = took;
  made.outcome = std::move(outcome);
  return made;
}

model::Snapshot up() {
  using std::chrono::milliseconds;
  using std::chrono::seconds;
  model::Snapshot snapshot;
  snapshot.taken = kNow - seconds(3);
  snapshot.up = true;
  snapshot.server_version = "14.23";
  const std::array rows = {10U, 9U, 48U, 63U, 0U, 31U, 512U, 1204U};
  for (std::size_t i = 0; i < kSpecs.size(); ++i)
    snapshot.entries.push_back({&kSpecs[i], {part(rows[i], seconds(3), milliseconds(2 + rows[i] / 20))}});
  return snapshot;
}

void skip(model::Entry& entry, std::string reason) {
  entry.parts = {model::Part{}};
  entry.parts.front().outcome = {Outcome::Status::skipped, std::move(reason), "role"};
}

/// Collectors in every state, with names as only a database makes them.
model::Snapshot troubled(std::string database) {
  model::Snapshot snapshot = up();
  skip(snapshot.entries[4], "runs on a primary only, this is a replica");
  const Outcome locked{Outcome::Status::failed, "canceling statement due to lock timeout", "timeout"};
  snapshot.entries[7].parts = {part(900, base::Seconds(4), base::Millis(61)),
                               part(300, base::Seconds(200), base::Millis(1250), locked)};
  snapshot.entries[7].parts[0].database = "inquiry";
  snapshot.entries[7].parts[1].database = std::move(database);
  auto cut = std::make_shared<model::Sheet>(*snapshot.entries[6].parts[0].sheet);
  cut->cut = 37;
  snapshot.entries[6].parts[0].sheet = std::move(cut);
  return snapshot;
}

std::vector<model::Finding> judge(const std::array<Reading, 5>& readings) {
  std::vector<model::Finding> findings;
  for (const model::Rule* rule : rules::rules().first(readings.size())) {
    model::Finding finding{rule, rule->limits, readings[findings.size()], {}};
    if (finding.reading.idle) finding.state = model::State::ok;
    if (const auto value = finding.reading.value)
      finding.state = *value >= finding.limits.critical  ? model::State::critical
                      : *value >= finding.limits.warning ? model::State::warning
                                                         : model::State::ok;
    findings.push_back(std::move(finding));
  }
  return findings;
}

void write(const std::filesystem::path& stem, const model::Snapshot& snapshot,
           const std::array<Reading, 5>& readings) {
  const auto findings = judge(readings);
  std::ofstream(stem.string() + ".html")
      << render::status_page(snapshot, findings, kNow, "/metrics", "0.1.0");
  std::ofstream(stem.string() + ".json") << render::status_json(snapshot, findings, kNow, "0.1.0");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: status_samples DIRECTORY\n";
    return 2;
  }
  const std::filesystem::path to = argv[1];
  const std::string outside = "the server is not in a container or on a host that can be seen from here";

  write(to / "ok", up(), {{{0.312, ""}, {0.624, ""}, {0.47, ""}, {0.21, ""}, {0.0042, ""}}});

  model::Snapshot replica = troubled("billing");
  replica.in_recovery = true;
  write(to / "warning", replica, {{{0.41, ""}, {0.873, ""}, {0.52, ""}, {0.36, ""}, {0.128, ""}}});

  write(to / "critical", troubled("요금조회 <b>\"billing\"</b> & a name of nearly sixty-three bytes"),
        {{{0.934, ""}, {0.871, ""}, {0.91, ""}, {0.97, ""}, {1.254, ""}}});

  model::Snapshot remote = up();
  skip(remote.entries[1], outside);
  const Reading hidden{{}, outside};
  write(to / "unknown", remote,
        {{hidden, hidden, hidden, {0.21, ""}, {{}, "no call in five minutes", true}}});

  model::Snapshot down = up();
  down.up = false;
  down.down_reason =
      "connect: connection to server at \"10.0.0.7\", port 5432 failed: Connection refused <refused>";
  for (model::Entry& entry : down.entries)
    entry.parts = {part(0, base::Seconds(340), base::Millis(1),
                        {Outcome::Status::failed, "the server could not be reached", "connect"})};
  const Reading none{{}, "the server could not be reached"};
  write(to / "down", down, {{none, none, none, none, none}});
}
