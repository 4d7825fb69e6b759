#include "app/own_metrics.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "app/family.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/pg/connect.hpp"
#include "pgvigil/render/exposition.hpp"

namespace pgvigil::app {
namespace {

using model::Column;
using model::Outcome;
using model::Use;
using prometheus::MetricFamily;

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

std::string OwnMetrics::text(const Page* page, bool up, const Labels& constant, base::Millis interval) const {
  std::vector<MetricFamily> families = registry_.Collect();
  for (MetricFamily& family : families)
    for (prometheus::ClientMetric& metric : family.metric) add_labels(metric, constant);
  families.push_back(gauge("pgvigil_poll_interval_seconds",
                           "Time from the start of one poll to the start of the next.", constant,
                           seconds(interval)));
  families.push_back(
      gauge("pg_up", "Whether the last poll that was due reached the server.", constant, up ? 1 : 0));
  if (page != nullptr) {
    families.push_back(gauge("pg_exporter_last_scrape_duration_seconds", "Time that the last poll took.",
                             constant, seconds(page->took)));
    families.push_back(gauge("pg_exporter_last_scrape_error",
                             "Whether the last poll missed the server or any collector failed.", constant,
                             !up || page->failed_collectors() > 0 ? 1 : 0));
    families.push_back(gauge("pgvigil_last_poll_timestamp_seconds",
                             "When the last poll that has ended was started.", constant,
                             base::unix_seconds(page->snapshot->taken - page->took)));
  }
  families.push_back(build_info(constant));
  std::erase_if(families, [](const MetricFamily& family) { return family.metric.empty(); });
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace pgvigil::app
