#include "app/own_metrics.hpp"

#include <prometheus/text_serializer.h>

#include <algorithm>

#include "app/log.hpp"
#include "app/process_metrics.hpp"
#include "app/version.hpp"
#include "pgvigil/pg/connect.hpp"

namespace pgvigil::app {
namespace {

using model::Outcome;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using Sample = std::pair<OwnMetrics::Labels, double>;

MetricFamily gauge(std::string name, std::string help, const OwnMetrics::Labels& constant,
                   const std::vector<Sample>& samples) {
  MetricFamily family{std::move(name), std::move(help), prometheus::MetricType::Gauge, {}};
  for (const auto& [labels, value] : samples) {
    ClientMetric metric;
    for (const auto& [label, text] : constant) metric.label.push_back({label, text});
    for (const auto& [label, text] : labels) metric.label.push_back({label, text});
    metric.gauge.value = value;
    family.metric.push_back(std::move(metric));
  }
  return family;
}

double seconds(base::Millis time) { return std::chrono::duration<double>(time).count(); }

bool any_failed(const Page& page) {
  return std::ranges::any_of(page.snapshot->entries, [](const model::Entry& entry) {
    return entry.outcome().status == Outcome::Status::failed;
  });
}

/// What a page says of the collectors.
void add_collectors(std::vector<MetricFamily>& families, const Page& page,
                    const OwnMetrics::Labels& constant) {
  std::vector<Sample> duration;
  std::vector<Sample> success;
  std::vector<Sample> last_success;
  std::vector<Sample> skipped;
  std::vector<Sample> cut;
  for (const model::Entry& entry : page.snapshot->entries) {
    const OwnMetrics::Labels labels = {{"collector", std::string(entry.spec->name)}};
    const Outcome& outcome = entry.outcome();
    duration.emplace_back(labels, seconds(entry.took()));
    if (outcome.status != Outcome::Status::skipped)
      success.emplace_back(labels, outcome.status == Outcome::Status::ok ? 1 : 0);
    else
      skipped.emplace_back(OwnMetrics::Labels{{"collector", std::string(entry.spec->name)},
                                              {"reason", std::string(outcome.code)}},
                           1);
    if (const auto time = entry.last_success()) last_success.emplace_back(labels, base::unix_seconds(*time));
    double dropped = 0;
    for (const model::Part& part : entry.parts)
      dropped += part.sheet ? static_cast<double>(part.sheet->cut) : 0;
    cut.emplace_back(labels, dropped);
  }
  families.push_back(gauge("pg_scrape_collector_duration_seconds",
                           "Time that the collector's last run took, over all databases.", constant,
                           duration));
  families.push_back(
      gauge("pg_scrape_collector_success", "Whether the collector's last run succeeded.", constant, success));
  families.push_back(gauge("pgvigil_collector_last_success_timestamp_seconds",
                           "When the collector last succeeded, in the database where that is longest ago.",
                           constant, last_success));
  families.push_back(gauge("pgvigil_collector_skipped",
                           "1 for a collector that does not run here, with the reason.", constant, skipped));
  families.push_back(gauge("pgvigil_collector_cut_rows",
                           "Rows that the collector's series budget cut from its last result.", constant,
                           cut));
}

}  // namespace

OwnMetrics::OwnMetrics(const Labels& constant)
    : constant_(constant),
      collector_errors_(&prometheus::BuildCounter()
                             .Name("pgvigil_collector_errors_total")
                             .Help("Runs of a collector that failed, by kind of error.")
                             .Labels(constant)
                             .Register(registry_)),
      connection_errors_(&prometheus::BuildCounter()
                              .Name("pgvigil_connection_errors_total")
                              .Help("Connections that failed or were lost, by kind.")
                              .Labels(constant)
                              .Register(registry_)),
      polls_(&prometheus::BuildCounter()
                  .Name("pg_exporter_scrapes_total")
                  .Help("Polls of PostgreSQL; scrapes do not cause any.")
                  .Labels(constant)
                  .Register(registry_)
                  .Add({})) {
  prometheus::BuildGauge()
      .Name("pgvigil_build_info")
      .Help("Always 1; the labels say what was built.")
      .Labels(constant)
      .Register(registry_)
      .Add({{"version", std::string(kVersion)}, {"compiler", std::string(kCompiler)}})
      .Set(1);
}

bool OwnMetrics::changed(const std::string& subject, const std::string& problem) {
  const auto known = problems_.find(subject);
  if (problem.empty()) {
    if (known == problems_.end()) return false;
    problems_.erase(known);
    return true;
  }
  if (known != problems_.end() && known->second == problem) return false;
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
    log(config::LogLevel::info, "collector recovered",
        {{"collector", collector}, {"database", std::string(database)}});
  else
    log(failed ? config::LogLevel::warn : config::LogLevel::info,
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
    log(config::LogLevel::info, "connected", {{"database", name}});
  else if (news)
    log(config::LogLevel::warn, "no connection",
        {{"database", name}, {"kind", kind}, {"reason", error->message}});
}

std::string OwnMetrics::text(const Page* page, bool up) const {
  std::vector<MetricFamily> families = registry_.Collect();
  families.push_back(gauge("pg_up", "Whether the last poll that was due reached the server.", constant_,
                           {{{}, up ? 1.0 : 0.0}}));
  if (page != nullptr) {
    families.push_back(gauge("pg_exporter_last_scrape_duration_seconds", "Time that the last poll took.",
                             constant_, {{{}, seconds(page->took)}}));
    families.push_back(gauge("pg_exporter_last_scrape_error",
                             "Whether the last poll missed the server or any collector failed.", constant_,
                             {{{}, !up || any_failed(*page) ? 1.0 : 0.0}}));
    add_collectors(families, *page, constant_);
  }
  add_process(families, constant_);
  std::erase_if(families, [](const MetricFamily& family) { return family.metric.empty(); });
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace pgvigil::app
