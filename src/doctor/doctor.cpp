#include "pgvigil/doctor/doctor.hpp"

#include <fmt/format.h>

#include <charconv>

#include "doctor/checks.hpp"

namespace pgvigil::doctor {
namespace {

enum class Needs : std::uint8_t { nothing, session };

struct Check {
  std::string_view name;
  Needs needs;
  Verdicts (*judge)(const Examination&);
};

constexpr Check kChecks[] = {
    {"connection", Needs::nothing, connection},
    {"password", Needs::nothing, password},
    {"tls", Needs::session, tls},
    {"version", Needs::session, version},
    {"pooler", Needs::session, pooler},
    {"clock", Needs::session, clock},
    {"privileges", Needs::session, privileges},
    {"attributes", Needs::session, attributes},
    {"role limit", Needs::session, role_limit},
    {"timeouts", Needs::session, timeouts},
    {"connections", Needs::session, reserve},
    {"databases", Needs::session, databases},
    {"sequences", Needs::session, sequences},
    {"preload", Needs::session, preload},
    {"extension", Needs::session, extension},
    {"query ids", Needs::session, query_ids},
    {"evictions", Needs::session, evictions},
    {"own statements", Needs::session, own_statements},
    {"tracking", Needs::session, tracking},
    {"collectors", Needs::session, collectors},
    {"container", Needs::session, container},
    {"mounts", Needs::session, mounts},
    {"shutdown", Needs::session, shutdown},
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
    if (examination.refused && check.needs == Needs::session) continue;
    for (Verdict& verdict : check.judge(examination)) {
      verdict.check = check.name;
      all.push_back(std::move(verdict));
    }
  }
  return all;
}

}  // namespace pgvigil::doctor
