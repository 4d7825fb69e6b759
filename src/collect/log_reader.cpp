#include "collect/log_reader.hpp"

#include <algorithm>

#include "collect/reading.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/collect/outside.hpp"

namespace pgvigil::collect {
namespace {

using base::ErrorKind;
using host::LogFormat;

constexpr base::Millis kTimeout{2000};

/// How often the server is asked where its log is.
constexpr base::Seconds kLookAgain{60};

/// Series that are always there: the sums of each severity.
constexpr std::size_t kSums = 9;

struct Settings {
  bool collector = false;
  std::string destination, prefix, directory, file_name;
};

base::Result<Settings> ask(pg::Session& session, base::SteadyTime deadline) {
  const auto rows =
      pg::ask(session,
              {"log_settings",
               "SELECT pg_catalog.current_setting('logging_collector'), "
               "pg_catalog.current_setting('log_destination'), "
               "pg_catalog.current_setting('log_line_prefix'), "
               "CASE WHEN s.visible THEN pg_catalog.current_setting('log_directory') END, "
               "CASE WHEN s.visible THEN pg_catalog.current_setting('log_filename') END "
               "FROM (SELECT pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE') AS visible) s",
               kTimeout},
              deadline);
  if (!rows) return tl::unexpected(rows.error());
  const auto text = [&](std::size_t column) { return std::string(rows->cells.at(0, column).value_or("")); };
  if (rows->cells.rows() != 1) return base::fail(ErrorKind::io, "the server does not tell its settings");
  return Settings{text(0) == "on", text(1), text(2), text(3), text(4)};
}

/// Of several formats at once the one that tells most.
std::optional<LogFormat> format_of(std::string_view destination) {
  for (const LogFormat format : {LogFormat::jsonlog, LogFormat::csvlog, LogFormat::stderr_})
    if (destination.find(host::name(format)) != std::string_view::npos) return format;
  return {};
}

/// Of a server without logging collector: where its starter sent its standard error.
base::Result<host::LogPlace> uncollected(const Settings& settings, const base::Result<int>& local) {
  if (settings.destination.find("stderr") == std::string::npos)
    return base::fail(ErrorKind::io, "logging_collector is off, and log_destination is {}",
                      settings.destination);
  if (!local) return base::fail(ErrorKind::io, "logging_collector is off, and {}", local.error().message);
  const auto path = host::standard_error_of(*local);
  if (!path) return base::fail(ErrorKind::io, "logging_collector is off, and {}", path.error().message);
  const std::size_t slash = path->rfind('/');
  return host::LogPlace{host::root_of(*local), path->substr(0, std::max<std::size_t>(slash, 1)),
                        base::replaced(path->substr(slash + 1), "%", "%%"), LogFormat::stderr_,
                        settings.prefix};
}

base::Result<host::LogPlace> place_of(const Settings& settings, const pg::ServerFacts& facts,
                                      const base::Result<int>& local,
                                      std::span<const host::ServerPath> configured) {
  if (!settings.collector) return uncollected(settings, local);
  const auto format = format_of(settings.destination);
  if (!format)
    return base::fail(ErrorKind::io, "log_destination is {}: there are no log files", settings.destination);
  if (settings.file_name.empty())
    return base::fail(ErrorKind::io, "the role may not see log_directory: GRANT pg_monitor TO {}",
                      facts.role);
  host::LogPlace place{{}, settings.directory, settings.file_name, *format, settings.prefix};
  if (local) {
    place.root = host::root_of(*local);
    if (!place.directory.starts_with('/')) place.directory = facts.data_directory + "/" + place.directory;
    return place;
  }
  const auto mount = std::ranges::find(configured, "log", &host::ServerPath::role);
  if (mount == configured.end()) return tl::unexpected(local.error());
  place.directory = mount->path;
  return place;
}

std::vector<Reading> readings_of(const host::LogCounts& counts) {
  std::vector<Reading> readings;
  for (const host::LogCount& count : counts.messages)
    readings.push_back({{"severity", count.severity},
                        {"sqlstate", count.sqlstate},
                        {"pg_log_messages_total", std::to_string(count.messages)}});
  readings.push_back({{"format", std::string(host::name(counts.format))},
                      {"pg_log_read_bytes_total", std::to_string(counts.read_bytes)},
                      {"pg_log_unread_bytes", std::to_string(counts.unread_bytes)},
                      {"pg_log_unparsed_lines_total", std::to_string(counts.unparsed_lines)},
                      {"pg_log_gaps_total", std::to_string(counts.gaps)}});
  return readings;
}

}  // namespace

base::Result<host::LogCounts> LogReader::counts(pg::Session* session, const base::Result<int>& local,
                                                std::span<const host::ServerPath> configured,
                                                base::SteadyTime deadline) {
  const auto now = clock_.steady();
  const bool another = session != nullptr && session->facts().backend_pid != looked_for_;
  if (session != nullptr && (another || now - looked_at_ >= kLookAgain)) {
    const auto settings = ask(*session, deadline);
    if (!settings) return tl::unexpected(settings.error());
    place_ = place_of(*settings, session->facts(), local, configured);
    looked_at_ = now;
    looked_for_ = session->facts().backend_pid;
  }
  if (!place_) return tl::unexpected(place_.error());
  if (session == nullptr && !place_->root.empty() && !local)
    return base::fail(ErrorKind::io, "the server's process has ended, and its files with it");
  return follower_.read(*place_, top_, std::chrono::steady_clock::now() + kTimeout);
}

base::Result<pg::Rows> LogReader::read(const model::CollectorSpec& spec, pg::Session* session,
                                       const base::Result<int>& local,
                                       std::span<const host::ServerPath> configured,
                                       base::SteadyTime deadline) {
  const auto by_severity = std::ranges::find(spec.columns, "severity", &model::Column::name);
  if (by_severity != spec.columns.end()) top_ = spec.max_rows > kSums ? spec.max_rows - kSums : 1;
  // Two collectors show one reading. Where the server did not answer, there is another without it.
  const auto read_for = std::pair(deadline, session != nullptr);
  if (!latest_ || read_for_ != read_for) latest_ = counts(session, local, configured, deadline);
  read_for_ = read_for;
  if (!*latest_) return tl::unexpected(latest_->error());
  return to_rows(spec, readings_of(**latest_));
}

std::shared_ptr<LogReader> log_reader(const base::Clock& clock) { return std::make_shared<LogReader>(clock); }

}  // namespace pgvigil::collect
