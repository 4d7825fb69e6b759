#pragma once

#include <thread>
#include <vector>

#include "app/board.hpp"
#include "app/own_metrics.hpp"
#include "pgvigil/base/stop.hpp"
#include "pgvigil/collect/outside.hpp"
#include "pgvigil/collect/poller.hpp"
#include "pgvigil/config/config.hpp"
#include "pgvigil/rules/rules.hpp"

namespace pgvigil::app {

/// The configured collectors, built-in and the user's: what is enabled, as the configuration changed it.
/// Outlives pollers and snapshots.
class Selection {
 public:
  explicit Selection(const config::Config& config);

  std::span<const model::CollectorSpec* const> specs() const { return pointers_; }
  /// The shortest interval of all: the pace of the poll.
  base::Millis interval() const;

 private:
  std::vector<config::UserCollector> user_;  // keeps the text that specs_ view
  std::vector<model::CollectorSpec> specs_;
  std::vector<const model::CollectorSpec*> pointers_;
};

/// What a poller is made of, from the configuration.
collect::PollerOptions poller_options(const config::Config& config, const Selection& selection);
collect::OutsideOptions outside_options(const config::Config& config);

/// One server under watch: a thread that polls, judges, renders and publishes, until it is asked to stop.
class Target {
 public:
  Target(const config::Config& config, const base::Clock& clock);
  ~Target();
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  /// Starts to poll. Before that there is no page.
  void start();

  std::shared_ptr<const Page> page() const { return board_.page(); }

  /// Whether the last poll that was due reached the server: a page older than two missed polls is not
  /// believed.
  bool up() const;

  const OwnMetrics& metrics() const { return metrics_; }
  const std::map<std::string, std::string>& labels() const { return labels_; }

 private:
  void run();
  void poll_once(collect::Poller& poller);

  const base::Clock& clock_;
  std::map<std::string, std::string> labels_;
  rules::LimitOverrides limits_;
  Selection selection_;
  base::Stop stop_;
  OwnMetrics metrics_;
  Board board_;
  std::unique_ptr<collect::World> world_;
  collect::PollerOptions options_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace pgvigil::app
