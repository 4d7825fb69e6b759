#include "app/own_metrics.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "app/build_info.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/pg/connect.hpp"
#include "pgvigil/render/exposition.hpp"

namespace pgvigil::app {
namespace {

using model::Column;
using model::Outcome;
using model::Use;

/// What a page says of each collector's last run.
constexpr std::array kRunColumns = {
    Column{"collector"},
    Column{"duration", Use::gauge, "pg_scrape_collector_duration_seconds",
           "Time that the collector's last run took, over all databases."},
    Column{"success", Use::gauge, "pg_scrape_collector_success",
           "Whether the collector's last run succeeded."},
    Column{"last_success", Use::gauge, "pgvigil_collector_last_success_timestamp_seconds",
           "When the collector last succeeded, in the database where that is longest ago."},
    Column{"cut", Use::gauge, "pgvigil_collector_cut_rows",
           "Rows that the collector's series budget cut from its last result."},
};
constexpr std::array kSkippedColumns = {
    Column{"collector"},
    Column{"reason"},
    Column{"skipped", Use::gauge, "pgvigil_collector_skipped",
           "1 for a collector that does not run here, with the reason."},
};
constexpr std::array kPollColumns = {
    Column{"interval", Use::gauge, "pgvigil_poll_interval_seconds",
           "Time from the start of one poll to the start of the next."},
    Column{"took", Use::gauge, "pg_exporter_last_scrape_duration_seconds", "Time that the last poll took."},
    Column{"started", Use::gauge, "pgvigil_last_poll_timestamp_seconds",
           "When the last poll that has ended was started."},
};
constexpr std::array kNowColumns = {
    Column{"up", Use::gauge, "pg_up", "Whether the last poll that was due reached the server."},
    Column{"error", Use::gauge, "pg_exporter_last_scrape_error",
           "Whether the last poll missed the server or any collector failed."},
};

double seconds(base::Millis time) { return std::chrono::duration<double>(time).count(); }

void add_run(base::Cells& cells, const model::Entry& entry) {
  const auto status = entry.outcome().status;
  const auto last_success = entry.last_success();
  std::size_t cut = 0;
  for (const model::Part& part : entry.parts) cut += part.sheet ? part.sheet->cut : 0;
  cells.add(entry.spec->name);
  cells.add(base::number(seconds(entry.took())));
  if (status == Outcome::Status::skipped)
    cells.add_null();
  else
    cells.add(status == Outcome::Status::ok ? "1" : "0");
  if (last_success)
    cells.add(base::number(base::unix_seconds(*last_success)));
  else
    cells.add_null();
  cells.add(base::number(static_cast<double>(cut)));
}

/// A family of counters, all with the same labels, as a table.
std::string counters(const prometheus::MetricFamily& family, const OwnMetrics::Labels& constant) {
  if (family.metric.empty()) return {};
  std::vector<Column> columns;
  for (const prometheus::ClientMetric::Label& label : family.metric.front().label)
    columns.push_back({label.name});
  columns.push_back({"counter", Use::counter, family.name, family.help});
  base::Cells cells(columns.size());
  for (const prometheus::ClientMetric& metric : family.metric) {
    for (const prometheus::ClientMetric::Label& label : metric.label) cells.add(label.value);
    cells.add(base::number(metric.counter.value));
  }
  return render::exposition(columns, cells, constant);
}

}  // namespace

std::string collector_metrics(const model::Snapshot& snapshot, const OwnMetrics::Labels& constant) {
  base::Cells runs(kRunColumns.size());
  base::Cells skipped(kSkippedColumns.size());
  for (const model::Entry& entry : snapshot.entries) {
    add_run(runs, entry);
    if (entry.outcome().status != Outcome::Status::skipped) continue;
    for (const std::string_view cell : {entry.spec->name, entry.outcome().code, std::string_view("1")})
      skipped.add(cell);
  }
  return render::exposition(kRunColumns, runs, constant) +
         render::exposition(kSkippedColumns, skipped, constant);
}

OwnMetrics::OwnMetrics(std::string target)
    : target_(std::move(target)),
      collector_errors_(&prometheus::BuildCounter()
                             .Name("pgvigil_collector_errors_total")
                             .Help("Runs of a collector that failed, by kind of error.")
                             .Register(registry_)),
      connection_errors_(&prometheus::BuildCounter()
                              .Name("pgvigil_connection_errors_total")
                              .Help("Connections that failed or were lost, by kind.")
                              .Register(registry_)),
      polls_(&prometheus::BuildCounter()
                  .Name("pg_exporter_scrapes_total")
                  .Help("Polls of PostgreSQL; scrapes do not cause any.")
                  .Register(registry_)
                  .Add({})) {}

void OwnMetrics::report(config::LogLevel level, std::string_view message, Fields fields) const {
  if (!target_.empty()) fields.insert(fields.begin(), {"target", target_});
  log(level, message, fields);
}

std::string without_numbers(std::string_view text) {
  const auto in_word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; };
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  std::string out;
  while (!text.empty()) {
    const auto end = std::ranges::find_if_not(text, in_word);
    const std::string_view word(text.begin(), end);
    out += std::ranges::any_of(word, digit) ? "#" : word;
    if (end != text.end()) out += *end;
    text.remove_prefix(std::min(word.size() + 1, text.size()));
  }
  return out;
}

bool OwnMetrics::changed(const std::string& subject, const std::string& text) {
  // Subjects of databases that were dropped stay; past this number everything is told once more.
  constexpr std::size_t kMostProblems = 20'000;
  const std::string problem = base::cut(without_numbers(text), 200);
  const auto known = problems_.find(subject);
  if (problem.empty()) {
    if (known == problems_.end()) return false;
    problems_.erase(known);
    return true;
  }
  if (known != problems_.end() && known->second == problem) return false;
  if (problems_.size() >= kMostProblems) problems_.clear();
  problems_[subject] = problem;
  return true;
}

void OwnMetrics::collected(const model::CollectorSpec& spec, std::string_view database,
                           const Outcome& outcome) {
  const std::string collector(spec.name);
  const std::string code(outcome.code);
  const bool failed = outcome.status == Outcome::Status::failed;
  if (failed) collector_errors_->Add({{"collector", collector}, {"kind", code}}).Increment();
  if (!changed(fmt::format("{} {}", collector, database), code + outcome.reason)) return;
  if (outcome.status == Outcome::Status::ok)
    report(config::LogLevel::info, "collector recovered",
           {{"collector", collector}, {"database", std::string(database)}});
  else
    report(failed ? config::LogLevel::warn : config::LogLevel::info,
           failed ? "collector failed" : "collector skipped",
           {{"collector", collector},
            {"database", std::string(database)},
            {"kind", code},
            {"reason", outcome.reason}});
}

void OwnMetrics::connection(std::string_view database, const base::Error* error) {
  const std::string name(database);
  const std::string kind(error == nullptr ? "" : pg::connect_failure(*error));
  if (error != nullptr) connection_errors_->Add({{"kind", kind}}).Increment();
  const bool news = changed("connection " + name, error == nullptr ? "" : error->message);
  if (error == nullptr && (news || database.empty()))
    report(config::LogLevel::info, "connected", {{"database", name}});
  else if (news)
    report(config::LogLevel::warn, "no connection",
           {{"database", name}, {"kind", kind}, {"reason", error->message}});
}

std::string OwnMetrics::of_polls(const Poll* last, const Labels& constant, base::Millis interval) const {
  std::string text;
  for (const prometheus::MetricFamily& family : registry_.Collect()) text += counters(family, constant);
  base::Cells polls(kPollColumns.size());
  polls.add(base::number(seconds(interval)));
  if (last != nullptr) {
    polls.add(base::number(seconds(last->took)));
    polls.add(base::number(base::unix_seconds(last->snapshot->taken - last->took)));
  } else {
    polls.add_null();
    polls.add_null();
  }
  return text + render::exposition(kPollColumns, polls, constant) + build_info(constant);
}

std::string of_now(const Page* page, bool up, const OwnMetrics::Labels& constant) {
  base::Cells now(kNowColumns.size());
  now.add(up ? "1" : "0");
  if (page == nullptr)
    now.add_null();
  else
    now.add(!up || page->failed_collectors() > 0 ? "1" : "0");
  return render::exposition(kNowColumns, now, constant);
}

}  // namespace pgvigil::app
