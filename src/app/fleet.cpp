#include "app/fleet.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <utility>

#include "app/log.hpp"
#include "app/notify.hpp"
#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/pg/connect.hpp"
#include "pgvigil/rules/rules.hpp"

namespace pgvigil::app {
namespace {

using config::LogLevel;

std::shared_ptr<Target> make_target(const config::TargetConfig& config, const base::Clock& clock, bool late) {
  return std::make_shared<Target>(std::make_shared<const Settings>(config), clock, late);
}

/// A target needs four descriptors, and the usual limit of 1,024 is one that programs are free to raise.
void raise_descriptor_limit() {
  rlimit files{};
  getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace

base::Result<void> check_dsns(const config::Config& config) {
  for (const config::TargetConfig& target : config::watched(config)) {
    const auto server = pg::describe(target.dsn);
    if (server) continue;
    if (target.name.empty()) return tl::unexpected(server.error());
    return base::within(fmt::format("targets.{}", target.name), server.error());
  }
  return {};
}

Fleet::Fleet(CommandLine line, const config::Config& config, const base::Clock& clock)
    : line_(std::move(line)),
      clock_(clock),
      web_(config.web),
      log_format_(config.log.format),
      notes_(config.notes) {
  Watch watch{{}, config.labels, config.web.enable_lifecycle, true, clock.wall()};
  for (const config::TargetConfig& target : config::watched(config))
    watch.targets.emplace(target.name, make_target(target, clock, false));
  if (watch.named()) raise_descriptor_limit();
  watch_.publish(std::make_shared<const Watch>(std::move(watch)));
}

Fleet::~Fleet() {
  // All of them before the first is waited for.
  for (const auto& [name, target] : watch()->targets) target->request_stop();
}

void Fleet::start() {
  for (const auto& [name, target] : watch()->targets) target->start();
  for (const std::string& note : notes_) log(LogLevel::info, note);
}

base::Result<void> Fleet::reload() {
  const std::lock_guard lock(reloading_);
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(clock_.steady().time_since_epoch());
  notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now.count()));
  base::Result<void> done;
  try {
    done = load();
  } catch (const std::exception& error) {
    done = base::fail(base::ErrorKind::io, "{}", error.what());
  }
  if (!done) {
    log(LogLevel::error, "configuration not reloaded", {{"reason", done.error().message}});
    Watch same = *watch();
    same.successful = false;
    watch_.publish(std::make_shared<const Watch>(std::move(same)));
  }
  notify("READY=1");
  return done;
}

/// Everything that can fail comes before the first change.
base::Result<void> Fleet::load() {
  const auto config = resolve(line_, catalogue::collectors(), rules::rules());
  if (!config) return tl::unexpected(config.error());
  if (auto sound = check_dsns(*config); !sound) return sound;
  const auto before = watch();
  Watch next{{}, config->labels, config->web.enable_lifecycle, true, clock_.wall()};
  std::vector<std::pair<Target*, std::shared_ptr<const Settings>>> changes;
  std::vector<Target*> added;
  for (const config::TargetConfig& wanted : config::watched(*config)) {
    const auto known = before->targets.find(wanted.name);
    if (known == before->targets.end()) {
      added.push_back(
          next.targets.emplace(wanted.name, make_target(wanted, clock_, true)).first->second.get());
    } else {
      next.targets.insert(*known);
      if (known->second->settings()->config != wanted)
        changes.emplace_back(known->second.get(), std::make_shared<const Settings>(wanted));
    }
  }
  if (next.named()) raise_descriptor_limit();
  for (Target* target : added) target->start();
  auto published = std::make_shared<const Watch>(std::move(next));
  const std::size_t removed = leave(*before, *published);
  for (auto& [target, settings] : changes) target->change(std::move(settings));
  watch_.publish(std::move(published));
  set_log_level(config->log.level);
  log_reload(*config, {added.size(), changes.size(), removed});
  return {};
}

/// Stops those that are gone, and lets go of those that have ended since.
std::size_t Fleet::leave(const Watch& before, const Watch& next) {
  std::erase_if(leaving_, [](const auto& target) { return target->ended(); });
  std::size_t count = 0;
  for (const auto& [name, target] : before.targets) {
    if (next.targets.contains(name)) continue;
    target->request_stop();
    leaving_.push_back(target);
    ++count;
  }
  return count;
}

void Fleet::log_reload(const config::Config& config, const Counts& counts) {
  Fields fields = {{"added", std::to_string(counts.added)},
                   {"changed", std::to_string(counts.changed)},
                   {"removed", std::to_string(counts.removed)}};
  std::vector<std::string_view> fixed;
  if (config.web.listen_addresses != web_.listen_addresses) fixed.emplace_back("web.listen_address");
  if (config.web.config_file != web_.config_file) fixed.emplace_back("web.config_file");
  if (config.web.open_health != web_.open_health) fixed.emplace_back("web.open_health");
  if (config.web.telemetry_path != web_.telemetry_path) fixed.emplace_back("web.telemetry_path");
  if (config.log.format != log_format_) fixed.emplace_back("log.format");
  if (!fixed.empty())
    fields.emplace_back("note", fmt::format("{} takes effect at a restart", fmt::join(fixed, ", ")));
  log(LogLevel::info, "configuration reloaded", fields);
  if (std::exchange(notes_, config.notes) == config.notes) return;
  for (const std::string& note : notes_) log(LogLevel::info, note);
}

}  // namespace pgvigil::app
