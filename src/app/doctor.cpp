#include "pgvigil/doctor/doctor.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/commands.hpp"
#include "app/examine.hpp"
#include "app/settings.hpp"
#include "pgvigil/base/stop.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/collect/outside.hpp"
#include "pgvigil/pg/connect.hpp"

namespace pgvigil::app {
namespace {

using doctor::Remedy;
using doctor::Status;
using doctor::Verdict;

/// The parts of a remedy, in the order in which they are printed.
struct Part {
  std::string_view name;
  std::string_view heading;
  std::string Remedy::*text;
};

constexpr Part kParts[] = {
    {"sql", "by psql, as a superuser:", &Remedy::sql},
    {"shell", "in a shell:", &Remedy::shell},
    {"manifest", "in the manifest:", &Remedy::manifest},
    {"configuration", "in the configuration:", &Remedy::configuration},
};

/// Each line for itself: nothing in it moves the cursor.
std::string indented(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    out += fmt::format("      {}\n", base::one_line(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string in_psql(const std::string& database) {
  if (database.empty()) return {};
  return indented(fmt::format("\\connect \"{}\"", base::replaced(database, "\"", "\"\"")));
}

void print(const Verdict& verdict) {
  fmt::print("{:<8} {:<15} {}\n", doctor::name(verdict.status), verdict.check,
             base::clean_utf8(verdict.message));
  for (const Part& part : kParts) {
    const std::string& text = verdict.remedy.*part.text;
    if (text.empty()) continue;
    const bool sql = part.text == &Remedy::sql;
    fmt::print("    {}\n{}{}", part.heading, sql ? in_psql(verdict.remedy.database) : "", indented(text));
  }
}

void print_text(const std::vector<Verdict>& verdicts) {
  for (const Verdict& verdict : verdicts) print(verdict);
  const auto well =
      std::ranges::count(verdicts, Status::ok, [](const Verdict& verdict) { return verdict.status; });
  const auto all = std::ssize(verdicts);
  fmt::print("\n{}\n",
             well == all ? fmt::format("all {} checks are ok", all)
                         : fmt::format("{} of {} checks are ok; above is what mends the others", well, all));
}

void print_json(const std::vector<Verdict>& verdicts) {
  auto list = nlohmann::ordered_json::array();
  for (const Verdict& verdict : verdicts) {
    nlohmann::ordered_json remedy;
    for (const Part& part : kParts)
      if (const std::string& text = verdict.remedy.*part.text; !text.empty())
        remedy[std::string(part.name)] = base::clean_utf8(text);
    if (!verdict.remedy.database.empty()) remedy["database"] = base::clean_utf8(verdict.remedy.database);
    list.push_back({{"check", verdict.check},
                    {"status", doctor::name(verdict.status)},
                    {"message", base::clean_utf8(verdict.message)},
                    {"remedy", remedy}});
  }
  fmt::print("{}\n", list.dump(2));
}

int exit_code(const std::vector<Verdict>& verdicts) {
  constexpr int kLost = 1;
  constexpr int kNoSession = 3;
  const auto worst = std::ranges::max(verdicts, {}, &Verdict::status).status;
  if (worst == Status::failed) return kNoSession;
  return worst == Status::ok ? 0 : kLost;
}

}  // namespace

int doctor(const CommandLine& line, const config::TargetConfig& target) {
  const auto specs = config::collectors(target, catalogue::collectors());
  const base::SystemClock clock;
  const base::Stop stop;
  const auto world = collect::outside(outside_options(target), stop, clock);
  auto examination = examine(target, specs, *world, clock);
  examination.destination.password_on_command_line =
      pg::has_password(target.dsn) &&
      std::ranges::any_of(line.settings,
                          [](const config::Assignment& setting) { return setting.origin == "--dsn"; });
  const auto verdicts = doctor::diagnose(examination);
  if (line.json)
    print_json(verdicts);
  else
    print_text(verdicts);
  return exit_code(verdicts);
}

}  // namespace pgvigil::app
