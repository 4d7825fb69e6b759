#include <fmt/format.h>

#include <csignal>

#include "app/commands.hpp"
#include "app/fleet.hpp"
#include "app/log.hpp"
#include "app/memory.hpp"
#include "app/notify.hpp"
#include "app/routes.hpp"
#include "app/version.hpp"
#include "pgvigil/config/web.hpp"
#include "pgvigil/pg/connect.hpp"

namespace pgvigil::app {
namespace {

/// Blocked here and inherited by every thread made later, so that only sigwait() sees them.
sigset_t block_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGTERM);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGHUP);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return set;
}

web::Protection protection(const config::Web& settings) {
  web::Protection protection;
  if (!settings.config_file.empty()) {
    protection.file = settings.config_file;
    protection.read = [file = settings.config_file] { return config::load_web(file); };
  }
  if (settings.open_health) protection.open = {"/-/healthy", "/-/ready"};
  protection.say = [](bool trouble, std::string_view message) {
    log(trouble ? config::LogLevel::error : config::LogLevel::info, message);
  };
  return protection;
}

/// The server under watch, or how many there are.
std::pair<std::string_view, std::string> watched_by(const config::Config& config) {
  if (config.targets.empty()) return {"server", pg::describe(config.dsn).value_or("")};
  return {"targets", std::to_string(config.targets.size())};
}

}  // namespace

int serve(const CommandLine& line, const config::Config& config) {
  keep_memory_small();
  const sigset_t signals = block_signals();
  if (const auto sound = check_dsns(config); !sound)
    return fmt::print(stderr, "pgvigil: {}\n", sound.error().message), kBadInput;

  start_log(config.log);
  const base::SystemClock clock;
  Fleet fleet(line, config, clock);
  web::Options options;
  options.addresses = config.web.listen_addresses;
  options.protection = protection(config.web);
  const auto server = web::Server::start(options, routes(fleet, config.web.telemetry_path, clock));
  if (!server) return fmt::print(stderr, "pgvigil: {}\n", server.error().message), kBadInput;

  fleet.start();
  log(config::LogLevel::info, "listening",
      {{"address", fmt::format("{}", fmt::join((*server)->addresses(), ","))},
       {"version", std::string(kVersion)},
       watched_by(config)});
  notify("READY=1");

  int signal = SIGHUP;
  while (sigwait(&signals, &signal) == 0 && signal == SIGHUP) (void)fleet.reload();  // logs what went wrong
  notify("STOPPING=1");
  log(config::LogLevel::info, "stopping", {{"signal", strsignal(signal)}});
  return 0;
}

}  // namespace pgvigil::app
