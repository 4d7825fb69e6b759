#include <fmt/format.h>

#include <set>

#include "doctor/checks.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/doctor/sql.hpp"

namespace pgvigil::doctor {
namespace {

Verdict judge(const Examination& e, const Visit& visit) {
  const std::string database = base::one_line(visit.database);
  if (!visit.may_connect) {
    Remedy remedy{.sql = fmt::format("GRANT CONNECT ON DATABASE {} TO {};", identifier(visit.database),
                                     identifier(e.facts.role))};
    return missing(
        fmt::format("{} has no metrics of its tables: the role may not connect (if that is right, name "
                    "it in databases.exclude)",
                    database),
        remedy);
  }
  if (!visit.in_time) return warning(fmt::format("{} was not looked at: too little time", database));
  Destination inside = e.destination;
  inside.database = visit.database;
  Verdict refused = refusal(inside, *visit.refused);
  refused.message = fmt::format("{}: {}", database, refused.message);
  refused.status = Status::missing;
  return refused;
}

}  // namespace

Verdicts databases(const Examination& e) {
  Verdicts found;
  std::size_t entered = 0;
  for (const Visit& visit : e.visits) {
    if (visit.may_connect && visit.in_time && !visit.refused)
      ++entered;
    else
      found.push_back(judge(e, visit));
  }
  for (const std::string& name : e.absent)
    found.push_back(missing(fmt::format("{} is no database of this server", base::one_line(name)),
                            {.configuration = "databases.include: without that name"}));
  if (entered > 0 || found.empty())
    found.insert(found.begin(), ok(fmt::format("{} entered of {} to visit", entered, e.visits.size())));
  return found;
}

Verdicts sequences(const Examination& e) {
  Verdicts found;
  const std::string role = identifier(e.facts.role);
  for (const Visit& visit : e.visits) {
    if (visit.sequences.empty()) continue;
    long count = 0;
    std::set<std::string> schemas;
    std::string sql;
    for (const UnreadSequences& unread : visit.sequences) {
      count += unread.count;
      if (schemas.insert(unread.schema).second)
        sql += fmt::format("GRANT SELECT ON ALL SEQUENCES IN SCHEMA {} TO {};\n", identifier(unread.schema),
                           role);
    }
    for (const UnreadSequences& unread : visit.sequences)
      sql +=
          fmt::format("ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA {} GRANT SELECT ON SEQUENCES TO {};\n",
                      identifier(unread.owner), identifier(unread.schema), role);
    sql.pop_back();
    found.push_back(
        missing(fmt::format("pg_sequence_used_ratio lacks {} of database {}, which pg_monitor may not read",
                            counted(count, "sequence"), base::one_line(visit.database)),
                {.sql = sql, .database = visit.database}));
  }
  if (found.empty()) found.push_back(ok("every sequence that has an end can be read"));
  return found;
}

}  // namespace pgvigil::doctor
