#include "pgvigil/doctor/doctor.hpp"

#include <fmt/format.h>

#include <charconv>

#include "doctor/checks.hpp"

namespace pgvigil::doctor {
namespace {

/// pgbouncer's own console is a session, but no server.
enum class Needs : std::uint8_t { nothing, session, server };

struct Check {
  std::string_view name;
  Needs needs;
  Verdicts (*judge)(const Examination&);
};

constexpr Check kChecks[] = {
    {"connection", Needs::nothing, connection},
    {"password", Needs::nothing, password},
    {"tls", Needs::server, tls},
    {"version", Needs::server, version},
    {"pooler", Needs::server, pooler},
    {"clock", Needs::server, clock},
    {"privileges", Needs::server, privileges},
    {"attributes", Needs::server, attributes},
    {"role limit", Needs::server, role_limit},
    {"timeouts", Needs::server, timeouts},
    {"connections", Needs::server, reserve},
    {"databases", Needs::server, databases},
    {"sequences", Needs::server, sequences},
    {"preload", Needs::server, preload},
    {"extension", Needs::server, extension},
    {"query ids", Needs::server, query_ids},
    {"evictions", Needs::server, evictions},
    {"own statements", Needs::server, own_statements},
    {"tracking", Needs::server, tracking},
    {"collectors", Needs::session, collectors},
    {"container", Needs::server, container},
    {"mounts", Needs::server, mounts},
    {"logs", Needs::server, logs},
    {"shutdown", Needs::server, shutdown},
};

}  // namespace

std::string_view name(Status status) {
  switch (status) {
    case Status::ok:
      return "ok";
    case Status::warning:
      return "warning";
    case Status::missing:
      return "missing";
    case Status::failed:
      return "failed";
  }
  return "failed";
}

std::string counted(long count, std::string_view what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

std::string_view Examination::setting(std::string_view name) const {
  const auto found = settings.find(name);
  return found == settings.end() ? std::string_view() : found->second.value;
}

double Examination::number(std::string_view name) const {
  const std::string_view text = setting(name);
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::vector<Verdict> diagnose(const Examination& examination) {
  std::vector<Verdict> all;
  for (const Check& check : kChecks) {
    if (examination.refused && check.needs != Needs::nothing) continue;
    if (examination.facts.console && check.needs == Needs::server) continue;
    for (Verdict& verdict : check.judge(examination)) {
      verdict.check = check.name;
      all.push_back(std::move(verdict));
    }
  }
  return all;
}

}  // namespace pgvigil::doctor
