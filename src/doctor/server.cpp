#include <fmt/format.h>

#include <array>
#include <cmath>

#include "doctor/checks.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/doctor/sql.hpp"

namespace pgvigil::doctor {
namespace {

constexpr int kOldest = 13;
constexpr int kNewest = 18;

/// When a major version had or has its last release (postgresql.org/support/versioning).
constexpr std::array<std::chrono::year_month_day, kNewest - kOldest + 1> kEndOfLife = {{
    {std::chrono::year(2025), std::chrono::month(11), std::chrono::day(13)},
    {std::chrono::year(2026), std::chrono::month(11), std::chrono::day(12)},
    {std::chrono::year(2027), std::chrono::month(11), std::chrono::day(11)},
    {std::chrono::year(2028), std::chrono::month(11), std::chrono::day(9)},
    {std::chrono::year(2029), std::chrono::month(11), std::chrono::day(8)},
    {std::chrono::year(2030), std::chrono::month(11), std::chrono::day(14)},
}};

struct Tracked {
  std::string_view setting;
  Status without;
  std::string_view lost;
};

constexpr Tracked kTracked[] = {
    {"track_activities", Status::missing, "states of sessions and long transactions are unknown"},
    {"track_counts", Status::missing, "figures of tables stand still, and autovacuum does nothing"},
    {"track_io_timing", Status::warning, "times of reading and writing blocks are 0"},
};

}  // namespace

Verdicts connection(const Examination& e) {
  if (e.refused) return {refusal(e.destination, *e.refused)};
  return {ok(fmt::format("database {} as role {} {}", base::one_line(e.facts.database),
                         base::one_line(e.facts.role),
                         e.peer_address.empty() ? "over a unix socket" : "at " + e.peer_address))};
}

Verdicts version(const Examination& e) {
  const int major = e.facts.version_num / 10000;
  const std::string running = "PostgreSQL " + base::one_line(e.facts.version);
  if (major < kOldest)
    return {missing(fmt::format("{} is older than pgvigil knows: {} to {}", running, kOldest, kNewest))};
  if (major > kNewest)
    return {warning(fmt::format("{} is newer than pgvigil knows: {} to {}", running, kOldest, kNewest))};
  const std::chrono::year_month_day end = kEndOfLife.at(static_cast<std::size_t>(major - kOldest));
  if (e.now < std::chrono::sys_days(end)) return {ok(running)};
  return {ok(fmt::format("{}; since {}-{:02}-{:02} without fixes: plan the upgrade", running,
                         static_cast<int>(end.year()), static_cast<unsigned>(end.month()),
                         static_cast<unsigned>(end.day())))};
}

Verdicts pooler(const Examination& e) {
  if (!e.facts.pooled) return {ok("no pooler in between")};
  return {warning(
      "a pooler is in between: it may queue pgvigil, and container and mounts are seen only by pg_read_file "
      "and by `mounts:`",
      {.configuration = "host=, port= of the server itself in the dsn"})};
}

Verdicts tracking(const Examination& e) {
  Verdicts found;
  for (const Tracked& row : kTracked)
    if (e.setting(row.setting) == "off")
      found.push_back({{},
                       row.without,
                       fmt::format("{} is off: {}", row.setting, row.lost),
                       {.sql = alter_system(row.setting, "on")}});
  if (found.empty()) found.push_back(ok("track_activities, track_counts and track_io_timing are on"));
  return found;
}

Verdicts reserve(const Examination& e) {
  constexpr double kFew = 3;
  const double kept = e.number("superuser_reserved_connections") + e.number("reserved_connections");
  const double usable = e.number("max_connections") - kept;
  const std::string free =
      fmt::format("{} of {} connections are free", std::max(0.0, usable - e.backends), usable);
  Verdicts found;
  if (e.facts.version_num >= 160000 && !e.role.superuser) {
    std::string sql;
    if (!e.role.reserved)
      sql = fmt::format("GRANT pg_use_reserved_connections TO {};\n", identifier(e.facts.role));
    if (e.number("reserved_connections") == 0) sql += alter_system("reserved_connections", "3", true);
    if (!sql.empty())
      found.push_back(warning(free + "; none is kept for pgvigil: when all are used up it does not get in",
                              {.sql = sql.ends_with('\n') ? sql.substr(0, sql.size() - 1) : sql}));
  }
  if (usable - e.backends < kFew) found.push_back(warning(free + ": runbook PostgresConnectionsHigh"));
  if (found.empty()) found.push_back(ok(free));
  return found;
}

Verdicts clock(const Examination& e) {
  const std::string away = fmt::format("round trip {} ms", e.round_trip.count());
  if (std::abs(e.clock_ahead) <= 1) return {ok(fmt::format("less than 1 s from the server's; {}", away))};
  return {warning(fmt::format("the server's clock is {:.1f} s {} this one: ages are wrong by that; {}",
                              std::abs(e.clock_ahead), e.clock_ahead > 0 ? "ahead of" : "behind", away),
                  {.shell = "timedatectl set-ntp true"})};
}

}  // namespace pgvigil::doctor
