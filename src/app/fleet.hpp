#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "app/command_line.hpp"
#include "app/target.hpp"

namespace pgvigil::app {

/// What is watched, and what became of the last reading of the configuration. Immutable: a reload publishes
/// another.
struct Watch {
  std::map<std::string, std::shared_ptr<Target>, std::less<>> targets;  ///< by name
  std::map<std::string, std::string> labels;                            ///< of the daemon's own samples
  bool lifecycle = false;                                               ///< whether POST /-/reload is allowed
  bool successful = true;                                               ///< whether the last reading was
  base::WallTime loaded;                                                ///< when the last successful one was

  /// Whether the targets have names; else there is one, called "".
  bool named() const { return targets.size() != 1 || !targets.begin()->first.empty(); }
};

/// The targets of this daemon, and the reading of its configuration again. Any thread, but for the start.
class Fleet {
 public:
  /// `config` is what `line` came to. Polls nothing yet.
  Fleet(CommandLine line, const config::Config& config, const base::Clock& clock);
  ~Fleet();
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  void start();

  /// Never null.
  std::shared_ptr<const Watch> watch() const { return watch_.latest(); }

  /// Reads the configuration again, flags over it. A target that is the same goes on untouched; one that has
  /// changed goes on under new settings; new ones start; those that are gone stop. On an error, one line that
  /// is logged too, everything is as it was.
  base::Result<void> reload();

 private:
  struct Counts {
    std::size_t added;
    std::size_t changed;
    std::size_t removed;
  };

  base::Result<void> load();
  std::size_t leave(const Watch& before, const Watch& next);
  void log_reload(const config::Config& config, const Counts& counts);

  const CommandLine line_;
  const base::Clock& clock_;
  const config::Web web_;  // as started with: what is listened on
  const config::LogFormat log_format_;
  std::vector<std::string> notes_;  // as last logged
  std::mutex reloading_;
  std::vector<std::shared_ptr<Target>> leaving_;  // asked to stop; nobody waits for a silent server
  Board<Watch> watch_;
};

/// That each server's dsn can be read. One line, never with the dsn in it.
base::Result<void> check_dsns(const config::Config& config);

}  // namespace pgvigil::app
