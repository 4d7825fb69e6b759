#include <fmt/core.h>

#include <map>
#include <nlohmann/json.hpp>

#include "app/commands.hpp"
#include "app/settings.hpp"
#include "app/trial.hpp"
#include "pgvigil/base/stop.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/collect/outside.hpp"
#include "pgvigil/collect/plan.hpp"

namespace pgvigil::app {
namespace {

using Json = nlohmann::ordered_json;

constexpr base::Seconds kPatience{30};

std::string_view use_name(model::Use use) {
  switch (use) {
    case model::Use::label:
      return "label";
    case model::Use::gauge:
      return "gauge";
    case model::Use::counter:
      return "counter";
    case model::Use::untyped:
      return "untyped";
    case model::Use::family:
      return "family";
    case model::Use::histogram:
      return "histogram";
  }
  return "label";
}

Json columns_of(const model::CollectorSpec& spec) {
  auto columns = Json::array();
  for (const model::Column& column : spec.columns) {
    Json item = {{"column", column.name}, {"use", use_name(column.use)}};
    if (!column.metric.empty()) item["metric"] = column.metric;
    if (column.scale != 1) item["scale"] = column.scale;
    if (!column.legacy.empty()) item["legacy"] = column.legacy;
    columns.push_back(std::move(item));
  }
  return columns;
}

/// The smallest group that the collector is in; a user's own is in none, and runs with each.
std::string_view group_of(const model::CollectorSpec& configured) {
  for (const model::CollectorSpec* spec : catalogue::collectors())
    if (spec->name == configured.name) return model::name(spec->group());
  return "user";
}

Json explain_one(collect::World& world, pg::Session& session, const collect::Planned& planned,
                 const base::Clock& clock) {
  const model::CollectorSpec& spec = *planned.spec;
  Json item = {{"collector", spec.name}, {"group", group_of(spec)}, {"enabled", spec.enabled}};
  item["interval_seconds"] = std::chrono::duration<double>(spec.interval).count();
  item["max_rows"] = spec.max_rows;
  item["timeout_seconds"] = std::chrono::duration<double>(spec.timeout).count();
  item["scope"] = spec.scope == model::Scope::cluster ? "cluster" : "database";
  item["database"] = session.facts().database;
  item["sql"] = planned.sql;
  item["columns"] = columns_of(spec);
  if (planned.skipped.status == model::Outcome::Status::skipped) {
    item.update({{"outcome", "skipped"}, {"reason", planned.skipped.reason}});
    return item;
  }
  const Attempt attempt = try_one(world, session, planned, clock);
  item["took_seconds"] = std::chrono::duration<double>(attempt.took).count();
  item.update({{"outcome", model::name(attempt.outcome.status)},
               {"reason", base::clean_utf8(attempt.outcome.reason)}});
  item["rows"] = attempt.rows;
  return item;
}

void print_text(const Json& item) {
  fmt::print("{} (group {}, {} scope, every {} s{})\n", item["collector"].get<std::string>(),
             item["group"].get<std::string>(), item["scope"].get<std::string>(),
             item["interval_seconds"].get<double>(), item["enabled"].get<bool>() ? "" : ", disabled");
  const auto reason = item["reason"].get<std::string>();
  fmt::print("  outcome  {}{}\n", item["outcome"].get<std::string>(), reason.empty() ? "" : ": " + reason);
  if (item.contains("rows"))
    fmt::print("  answer   {} rows in {:.1f} ms from database {}\n", item["rows"].get<std::size_t>(),
               item["took_seconds"].get<double>() * 1000, item["database"].get<std::string>());
  for (const Json& column : item["columns"])
    fmt::print("  {:<8} {}{}\n", column["use"].get<std::string>(), column["column"].get<std::string>(),
               column.contains("metric") ? " -> " + column["metric"].get<std::string>() : "");
  const auto sql = item["sql"].get<std::string>();
  if (!sql.empty()) fmt::print("{}\n", sql.front() == '\n' ? sql.substr(1) : sql);
  fmt::print("\n");
}

int refuse(std::string_view name, std::span<const model::CollectorSpec> specs) {
  std::vector<std::string_view> names;
  for (const model::CollectorSpec& spec : specs) names.push_back(spec.name);
  const auto near = base::nearest(name, names);
  fmt::print(stderr, "pgvigil: unknown collector '{}'; {}\n", base::clean_utf8(name),
             near ? fmt::format("did you mean '{}'?", *near) : "pgvigil explain lists them");
  return kBadInput;
}

/// What is asked in the dsn's database, and what only runs in others, each in its first one.
std::map<std::string, std::vector<const model::CollectorSpec*>> by_database(
    std::span<const model::CollectorSpec> specs, std::string_view chosen) {
  std::map<std::string, std::vector<const model::CollectorSpec*>> databases;
  for (const model::CollectorSpec& spec : specs)
    if (chosen.empty() || spec.name == chosen)
      databases[std::string(spec.databases.empty() ? "" : spec.databases.front())].push_back(&spec);
  return databases;
}

}  // namespace

int explain(const CommandLine& line, const config::TargetConfig& target) {
  constexpr int kFailed = 1;
  const auto specs = config::collectors(target, catalogue::collectors());
  const auto databases = by_database(specs, line.collector);
  if (databases.empty()) return refuse(line.collector, specs);
  const base::SystemClock clock;
  const base::Stop stop;
  const auto world = collect::outside(outside_options(target), stop, clock);

  bool reached = true;
  auto all = Json::array();
  for (const auto& [database, chosen] : databases) {
    const auto session = world->connect(database, clock.steady() + kPatience);
    if (!session) {
      fmt::print(stderr, "pgvigil: {}\n", session.error().message);
      if (database.empty()) return kFailed;
      reached = false;
      continue;
    }
    for (const collect::Planned& planned : collect::plan(chosen, (*session)->facts()))
      all.push_back(explain_one(*world, **session, planned, clock));
  }
  if (line.json)
    fmt::print("{}\n", all.dump(2));
  else
    for (const Json& item : all) print_text(item);
  return reached ? 0 : kFailed;
}

}  // namespace pgvigil::app
