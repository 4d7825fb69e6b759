#pragma once

#include <vector>

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
  explicit Selection(const config::TargetConfig& config);
  Selection(const Selection&) = delete;
  Selection& operator=(const Selection&) = delete;

  std::span<const model::CollectorSpec* const> specs() const { return pointers_; }
  /// The shortest interval of all: the pace of the poll.
  base::Millis interval() const;

 private:
  std::vector<config::UserCollector> user_;  // keeps the text that specs_ view
  std::vector<model::CollectorSpec> specs_;
  std::vector<const model::CollectorSpec*> pointers_;
};

/// What a poller is made of, from the configuration.
collect::PollerOptions poller_options(const config::TargetConfig& config, const Selection& selection);
collect::OutsideOptions outside_options(const config::TargetConfig& config);

/// How a server is watched: what its configuration comes to. Immutable. A target has one at a time; each page
/// keeps the one that it was made under.
class Settings {
 public:
  explicit Settings(config::TargetConfig target);

  const config::TargetConfig config;
  const Selection selection;
  const rules::LimitOverrides limits;
  const collect::PollerOptions options;
  /// Requested when the polling thread is to look up: there are newer settings, or the target stops.
  mutable base::Stop superseded;
};

}  // namespace pgvigil::app
