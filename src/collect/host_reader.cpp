#include "collect/host_reader.hpp"

#include <array>

#include "collect/reading.hpp"
#include "pgvigil/base/text.hpp"
#include "pgvigil/collect/outside.hpp"

namespace pgvigil::collect {
namespace {

using base::ErrorKind;

constexpr base::Millis kTimeout{2000};
constexpr base::Seconds kFindAgain{60};  // where things are

std::vector<Reading> readings_of(const host::Container& container) {
  Reading usage;
  const auto put = [&usage](std::string_view metric, std::optional<double> value) {
    if (value) usage.emplace(metric, base::number(*value));
  };
  put("pg_container_cpu_usage_seconds_total", container.cpu_usage_seconds);
  put("pg_container_cpu_limit_cores", container.cpu_limit_cores);
  put("pg_container_cpu_throttled_seconds_total", container.cpu_throttled_seconds);
  put("pg_container_memory_working_set_bytes", container.memory_working_set_bytes);
  put("pg_container_memory_limit_bytes", container.memory_limit_bytes);
  put("pg_container_oom_kills_total", container.oom_kills);
  std::vector<Reading> readings = {usage};
  readings.push_back({{"pg_container_info", "1"},
                      {"scope", container.scope},
                      {"source", container.source},
                      {"cgroup_version", std::to_string(container.cgroup_version)}});
  for (const host::Pressure& pressure : container.pressure)
    readings.push_back(
        {{"resource", pressure.resource},
         {"pg_container_pressure_waiting_seconds_total", base::number(pressure.waiting_seconds)}});
  return readings;
}

std::vector<Reading> readings_of(const host::Mounts& mounts) {
  std::vector<Reading> readings;
  for (const host::Mount& mount : mounts.seen)
    readings.push_back({{"mount", mount.mount},
                        {"role", mount.role},
                        {"pg_mount_size_bytes", base::number(mount.size_bytes)},
                        {"pg_mount_available_bytes", base::number(mount.available_bytes)},
                        {"pg_mount_free_bytes", base::number(mount.free_bytes)},
                        {"pg_mount_files", base::number(mount.files)},
                        {"pg_mount_files_free", base::number(mount.files_free)},
                        {"pg_mount_readonly", mount.readonly ? "1" : "0"}});
  return readings;
}

/// The rows of one statement, asked outside the batch.
base::Result<pg::Rows> ask(pg::Session& session, std::string_view name, std::string_view sql,
                           base::SteadyTime deadline) {
  return pg::ask(session, {name, sql, kTimeout}, deadline);
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? "''" : std::string(1, c));
  return out += "'";
}

/// The text of each file that exists, by pg_read_file.
base::Result<host::Files> read_by_sql(pg::Session& session, std::string_view name,
                                      std::span<const std::string> paths, base::SteadyTime deadline) {
  std::string list;
  for (const std::string& path : paths) list += (list.empty() ? "" : ", ") + quoted(path);
  const std::string sql = fmt::format(
      "SELECT p, pg_catalog.pg_read_file(p, 0, 262144, true) FROM pg_catalog.unnest(ARRAY[{}]::text[]) p",
      list);
  const auto rows = ask(session, name, sql, deadline);
  if (!rows) return tl::unexpected(rows.error());
  host::Files files;
  for (std::size_t r = 0; r < rows->cells.rows(); ++r)
    if (const auto text = rows->cells.at(r, 1)) files.emplace(*rows->cells.at(r, 0), *text);
  return files;
}

}  // namespace

base::Result<int> HostReader::postmaster(const pg::Session& session) {
  const pg::ServerFacts& facts = session.facts();
  if (proven_for_ == &session && proven_backend_ == facts.backend_pid) return postmaster_;
  proven_for_ = &session;
  proven_backend_ = facts.backend_pid;
  postmaster_ = local_postmaster(session);
  started_ = postmaster_ ? host::start_of(*postmaster_) : std::nullopt;
  places_ = {};
  paths_found_at_.reset();
  return postmaster_;
}

base::Result<int> HostReader::remaining() const {
  if (postmaster_ && !is_there(*postmaster_))
    return base::fail(ErrorKind::io, "the server's process has ended");
  return postmaster_;
}

base::Result<host::Container> HostReader::container_by_sql(pg::Session& session, base::SteadyTime deadline) {
  const auto server_start = session.facts().server_start;
  if (sql_paths_.empty() || paths_of_ != server_start) {
    const std::array<std::string, 2> first = {std::string(host::kCgroupPath),
                                              std::string(host::kMountinfoPath)};
    auto files = read_by_sql(session, "container_paths", first, deadline);
    if (!files) return tl::unexpected(files.error());
    sql_paths_ = host::paths_by_sql((*files)[first[0]], (*files)[first[1]]);
    paths_of_ = server_start;
  }
  const auto files = read_by_sql(session, "container_files", sql_paths_, deadline);
  if (!files) return tl::unexpected(files.error());
  return host::read_container(*files);
}

/// Where its cgroups are is asked once a minute, and when they are gone; a process that has ended cannot be
/// asked any more.
base::Result<host::Container> HostReader::container_of(int postmaster) {
  const auto read = [](const std::string& path) { return base::read_file(path); };
  const auto now = clock_.steady();
  const bool there = is_there(postmaster);
  if (!there || now - places_found_at_ < kFindAgain)
    if (auto seen = host::read_container(read, places_); seen.has_numbers()) return seen;
  if (!there) return base::fail(ErrorKind::io, "the server's process has ended, and its cgroup with it");
  auto found = host::find_places(read, std::to_string(postmaster));
  if (!found) return tl::unexpected(found.error());
  places_ = std::move(*found);
  places_found_at_ = now;
  return host::read_container(read, places_);
}

/// Three collectors show one reading: it is taken once in a second at most. A failure may be the session's.
base::Result<host::Container> HostReader::container(pg::Session* session, base::SteadyTime deadline) {
  const auto now = clock_.steady();
  if (container_ && *container_ && now - container_at_ < base::Seconds(1)) return *container_;
  container_at_ = now;
  const auto local = session == nullptr ? postmaster_ : postmaster(*session);
  if (local) {
    container_ = container_of(*local);
  } else if (session == nullptr) {
    container_ = base::fail(ErrorKind::io, "the server is down, and {}", local.error().message);
  } else if (session->facts().reads_files) {
    container_ = container_by_sql(*session, deadline);
  } else {
    container_ =
        base::fail(ErrorKind::io, "{}, and the role may not call pg_read_file", local.error().message);
  }
  return *container_;
}

base::Result<void> HostReader::find_paths(pg::Session& session, base::SteadyTime deadline) {
  const auto rows = ask(session, "mount_paths",
                        "SELECT pg_catalog.current_setting('log_directory', true) AS path, true AS log "
                        "WHERE pg_catalog.pg_has_role('pg_read_all_settings', 'USAGE') "
                        "AND pg_catalog.current_setting('logging_collector') = 'on' UNION ALL "
                        "SELECT pg_catalog.pg_tablespace_location(oid), false FROM pg_catalog.pg_tablespace",
                        deadline);
  if (!rows) return tl::unexpected(rows.error());
  std::string log;
  std::vector<std::string> tablespaces;
  for (std::size_t r = 0; r < rows->cells.rows(); ++r) {
    const std::string path(rows->cells.at(r, 0).value_or(""));
    if (rows->cells.at(r, 1) == "true")
      log = path;
    else if (!path.empty())
      tablespaces.push_back(path);
  }
  paths_ = configured_;
  if (!session.facts().data_directory.empty())
    for (auto& path : host::server_paths(session.facts().data_directory, tablespaces, log))
      paths_.push_back(path);
  return {};
}

base::Result<host::Mounts> HostReader::mounts(pg::Session& session, base::SteadyTime deadline) {
  const auto local = postmaster(session);
  const auto now = clock_.steady();
  if (!local) {
    paths_ = configured_;
  } else if (!paths_found_at_ || now - *paths_found_at_ >= kFindAgain) {
    if (const auto found = find_paths(session, deadline); !found) return tl::unexpected(found.error());
    paths_found_at_ = now;
  }
  if (paths_.empty())
    return base::fail(ErrorKind::io, "{}",
                      local ? "the role may not see data_directory" : local.error().message);
  auto seen = prober_.probe(paths_, local.value_or(0), std::chrono::steady_clock::now() + kTimeout);
  // Nobody was asked whether the server is still there.
  if (local && seen.seen.empty() && !is_there(*local)) return mounts_alone();
  mounts_are_ours_ = seen.ours;
  return seen;
}

base::Result<host::Mounts> HostReader::mounts_alone() {
  const bool there = postmaster_ && is_there(*postmaster_);
  const auto& paths = there || mounts_are_ours_ ? paths_ : configured_;
  if (paths.empty())
    return base::fail(
        ErrorKind::io, "the server is down, and {}",
        postmaster_ ? "its process has ended, and its mounts with it" : postmaster_.error().message);
  return prober_.probe(paths, there ? *postmaster_ : 0, std::chrono::steady_clock::now() + kTimeout);
}

base::Result<pg::Rows> HostReader::read(const model::CollectorSpec& spec, pg::Session* session,
                                        base::SteadyTime deadline) {
  if (spec.source == model::Source::container) {
    const auto seen = container(session, deadline);
    if (!seen) return tl::unexpected(seen.error());
    return to_rows(spec, readings_of(*seen));
  }
  const auto seen = session == nullptr ? mounts_alone() : mounts(*session, deadline);
  if (!seen) return tl::unexpected(seen.error());
  if (seen->seen.empty() && !seen->unseen.empty())
    return base::fail(ErrorKind::io, "{}: {}", seen->unseen.front().path, seen->unseen.front().reason);
  return to_rows(spec, readings_of(*seen));
}

}  // namespace pgvigil::collect
