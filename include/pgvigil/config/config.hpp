#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "pgvigil/base/clock.hpp"
#include "pgvigil/base/result.hpp"
#include "pgvigil/config/user_collector.hpp"
#include "pgvigil/model/alerting.hpp"
#include "pgvigil/model/collector.hpp"
#include "pgvigil/model/rule.hpp"

/// What an operator can change. `Config{}` holds the defaults and works as it stands; load(), parse() and
/// assign() are the only ways to another one, and let nothing unsound through. Every key stands in
/// docs/pgvigil.example.yml.
namespace pgvigil::config {

using Rules = std::span<const model::Rule* const>;

/// Which databases are visited: names, exact. No `include` means all; `exclude` is taken out of that.
struct Databases {
  std::vector<std::string> include;
  std::vector<std::string> exclude;

  bool selects(std::string_view name) const;
  bool operator==(const Databases&) const = default;
};

struct Web {
  /// Each "host:port", ":port" or "[IPv6]:port"; port 0 takes a free one.
  std::vector<std::string> listen_addresses = {"0.0.0.0:9187"};
  std::string telemetry_path = "/metrics";
  bool enable_lifecycle = false;  ///< whether POST /-/reload reads the configuration again
  std::string config_file = {};   ///< TLS, users and headers, for load_web(); empty: plain HTTP for everybody
  bool open_health = false;       ///< /-/healthy and /-/ready need no password

  bool operator==(const Web&) const = default;
};

enum class LogLevel : std::uint8_t { debug, info, warn, error };
enum class LogFormat : std::uint8_t { logfmt, json };

struct Log {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::logfmt;

  bool operator==(const Log&) const = default;
};

/// What changes in a rule's limits; the rest stays as the rule has it.
struct ThresholdOverride {
  std::optional<double> warning = {};
  std::optional<double> critical = {};
  std::optional<base::Seconds> hold = {};

  bool operator==(const ThresholdOverride&) const = default;
};

/// What changes in a collector; the rest stays as the catalogue has it.
struct CollectorOverride {
  std::optional<bool> enabled = {};
  std::optional<base::Millis> interval = {};
  std::optional<base::Millis> timeout = {};
  std::optional<std::size_t> max_rows = {};

  bool operator==(const CollectorOverride&) const = default;
};

/// A mount to watch where the server's own paths cannot be learnt.
struct Mount {
  std::string path;  ///< absolute, as the daemon sees it
  std::string role;  ///< data, wal, tablespace or log

  bool operator==(const Mount&) const = default;
};

/// How a shutdown of the server is noticed.
struct DetectShutdown {
  bool ping = true;  ///< PQping as the last sign; it costs the server a connection and log lines

  bool operator==(const DetectShutdown&) const = default;
};

/// A server under watch, and how. What stands at the root of a file is every target's default.
struct TargetConfig {
  std::string name;  ///< letters, digits, `_`, `-` and `.`; empty: the one target of a file without `targets`
  std::string dsn;   ///< conninfo string or URI; empty leaves everything to libpq's own environment
  std::string password_file;  ///< holds the password and nothing else; read at each connection; empty: none
  Databases databases;
  std::map<std::string, std::string> labels;                         ///< constant labels of every sample
  std::map<std::string, ThresholdOverride, std::less<>> thresholds;  ///< by rule id
  model::Group group = model::Group::standard;  ///< of collectors that run; a user's own always do
  std::map<std::string, CollectorOverride, std::less<>> collectors;  ///< by name; over what the group says
  std::vector<Mount> mounts;
  DetectShutdown detect_shutdown;
  std::vector<UserCollector> user_collectors;  ///< what is in the root's files, sorted by name

  bool operator==(const TargetConfig&) const = default;
};

struct Config : TargetConfig {
  std::vector<TargetConfig> targets;  ///< by name; where there are any, the root has no dsn
  Web web;
  Log log;
  model::Alerting alerting;                  ///< of the files that `pgvigil generate` writes
  model::Cost cost;                          ///< of their cost panel
  std::vector<std::string> collector_files;  ///< in our own format; read in this order
  std::string queries_file;                  ///< postgres_exporter's queries.yaml; empty: none
  bool queries_in_each_database = false;     ///< its queries that are not `master: true`
  std::vector<std::string>
      notes;  ///< one line each, to be logged once: what of those files is left out, and why

  bool operator==(const Config&) const = default;
};

/// The servers to watch: the named targets, or the one that the root describes.
std::span<const TargetConfig> watched(const Config& config);

/// Reads a file of at most 1 MiB, and the files with collectors that it names, over `base`. An error (kind
/// config) is one line, `FILE:LINE: what is wrong; what would be right`.
base::Result<Config> load(const std::string& path, Catalogue catalogue, Rules rules, Config base = {});

/// The same for text that is already there; `file_name` stands in its errors. Empty text gives `base`.
base::Result<Config> parse(std::string_view yaml, std::string_view file_name, Catalogue catalogue,
                           Rules rules, Config base = {});

/// A value as the file would have it: a text, or a list of texts.
using Value = std::variant<std::string, std::vector<std::string>>;

/// One setting that comes from elsewhere than the file. `origin` (a flag, a variable) stands in errors for
/// FILE:LINE.
struct Assignment {
  std::string origin;
  std::vector<std::string> path;  ///< the keys from the root: {"web", "telemetry_path"}
  Value value;
};

/// Sets it in `config` and in every target, under the same checks as in a file. On an error `config` is as it
/// was.
base::Result<void> assign(Config& config, const Assignment& assignment, Catalogue catalogue, Rules rules);

/// The spec as changed. A default timeout is cut to a shorter interval; a given one is taken as it is.
model::CollectorSpec apply(model::CollectorSpec spec, const CollectorOverride& change);

/// The limits as changed.
model::Limits apply(model::Limits limits, const ThresholdOverride& change);

/// The catalogue and the user's collectors as they come, by name. They live as long as both.
std::vector<const model::CollectorSpec*> known(const TargetConfig& target, Catalogue catalogue);

/// All of these as configured, by name: own copies, disabled ones among them. They view the text of the
/// catalogue and of target.user_collectors, copies of which keep it alive.
std::vector<model::CollectorSpec> collectors(const TargetConfig& target, Catalogue catalogue);

/// The limits of every rule as configured, by rule id.
std::map<std::string, model::Limits, std::less<>> limits(const TargetConfig& target, Rules rules);

}  // namespace pgvigil::config
