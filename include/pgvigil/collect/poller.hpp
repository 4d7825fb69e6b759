#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "pgvigil/collect/world.hpp"
#include "pgvigil/model/rule.hpp"
#include "pgvigil/model/snapshot.hpp"

namespace pgvigil::collect {

struct PollerOptions {
  base::Millis interval{15000};      ///< between polls
  std::vector<std::string> include;  ///< databases to visit; empty: all
  std::vector<std::string> exclude;  ///< databases not to visit
};

/// Polls one server: keeps the session for cluster scope and the visits to databases, remembers what must be
/// remembered, and makes a snapshot of everything known. Owned and used by the target's thread.
class Poller {
 public:
  /// `specs` sorted by name; they outlive the poller, or its next change, and every snapshot.
  Poller(std::span<const model::CollectorSpec* const> specs, PollerOptions options, World& world,
         Observer& observer, const base::Clock& clock);
  ~Poller();

  /// One poll: whatever is due is collected, within 80 % of the interval. Never throws for what the server
  /// does.
  std::shared_ptr<const model::Snapshot> poll();

  /// Goes on polling the same server in another way. Its sessions stay, and what is remembered of it and of
  /// each collector that is still there with the same columns.
  void change(std::span<const model::CollectorSpec* const> specs, PollerOptions options, World& world);

  /// When the next poll is to start: after the interval, or sooner to try a lost connection again.
  base::SteadyTime next_poll() const;

  const model::History& history() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace pgvigil::collect
