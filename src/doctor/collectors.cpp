#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "doctor/checks.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/doctor/sql.hpp"

namespace pgvigil::doctor {
namespace {

using Names = std::set<std::string_view>;
using model::Outcome;

/// It is not meant for this server: nothing is lost.
bool unconcerned(const Outcome& outcome) {
  return outcome.code == "role" || outcome.code == "version" || outcome.code == "server";
}

/// Other checks speak of the container, of the mounts, and of what pg_stat_statements lacks.
bool elsewhere(const Trial& trial) {
  return trial.spec->source != model::Source::sql ||
         (trial.outcome.code == "extension" && trial.spec->extension == "pg_stat_statements");
}

/// What collectors of one database lack for one reason.
struct Loss {
  Names names;
  Remedy remedy;
};

Remedy remedy_of(const Examination& e, const Trial& trial) {
  if (trial.outcome.code != "permission") return {};
  const bool monitors = e.facts.reads_all_stats && e.role.in_monitor;
  if (!trial.spec->user && !monitors) return {.sql = grant(e)};
  if (trial.grants.empty()) return {};
  return {.sql = trial.grants, .database = trial.database.empty() ? e.facts.database : trial.database};
}

}  // namespace

Verdicts collectors(const Examination& e) {
  Names run;
  std::map<std::string, Names> idle;                         // by reason
  std::map<std::pair<std::string, std::string>, Loss> lost;  // by reason and database
  for (const Trial& trial : e.trials) {
    const Outcome& outcome = trial.outcome;
    if (elsewhere(trial)) continue;
    if (outcome.status == Outcome::Status::ok) {
      run.insert(trial.spec->name);
    } else if (unconcerned(outcome)) {
      idle[outcome.reason].insert(trial.spec->name);
    } else {
      Loss& loss = lost[{outcome.reason, trial.database}];
      loss.names.insert(trial.spec->name);
      loss.remedy = remedy_of(e, trial);
    }
  }
  std::string message = fmt::format("{} run, group {}", run.size(), model::name(e.group));
  for (const auto& [reason, names] : idle)
    message += fmt::format("; {}: {}", fmt::join(names, ", "), base::one_line(reason));
  Verdicts found = {ok(message)};
  for (auto& [where, loss] : lost) {
    const auto& [reason, database] = where;
    const std::string in = database.empty() ? "" : " in database " + base::one_line(database);
    found.push_back(missing(fmt::format("{}{}: {}", fmt::join(loss.names, ", "), in, base::one_line(reason)),
                            std::move(loss.remedy)));
  }
  return found;
}

}  // namespace pgvigil::doctor
