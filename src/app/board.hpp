#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "app/gzip.hpp"
#include "pgvigil/model/rule.hpp"
#include "pgvigil/model/snapshot.hpp"

namespace pgvigil::app {

class Settings;

/// What one poll gave, ready to be served.
struct Poll {
  std::shared_ptr<const Settings> settings;  ///< that it was made under; the snapshot views their specs
  std::shared_ptr<const model::Snapshot> snapshot;
  std::vector<model::Finding> findings;
  std::vector<render::Piece> text;  ///< Prometheus' text format
  Zipped zipped = {};               ///< the same compressed, unless nobody has asked for that of late
  base::SteadyTime started;
  base::Millis took{0};
};

/// A poll that was published. Immutable but for the compressed text where the poll did not make it: the first
/// scrape that asks for it does.
class Page : public Poll {
 public:
  explicit Page(Poll poll) : Poll(std::move(poll)) {}

  /// How many collectors failed in their last run.
  std::ptrdiff_t failed_collectors() const {
    return std::ranges::count_if(snapshot->entries, [](const model::Entry& entry) {
      return entry.outcome().status == model::Outcome::Status::failed;
    });
  }

  const Zipped& gzip() const {
    std::call_once(gzip_once_, [this] { gzip_ = zipped.parts.empty() ? Zipper()(text) : zipped; });
    gzip_asked_ = true;
    return gzip_;
  }
  bool gzip_asked() const { return gzip_asked_; }

 private:
  mutable std::once_flag gzip_once_;
  mutable Zipped gzip_;
  mutable std::atomic<bool> gzip_asked_ = false;
};

/// The latest of something that one thread publishes and others read: a target's page, its settings, the list
/// of targets. A mutex, because libstdc++ 12's atomic<shared_ptr> is opaque to ThreadSanitizer.
template <typename T>
class Board {
 public:
  /// Null before the first was published.
  std::shared_ptr<const T> latest() const {
    const std::lock_guard lock(mutex_);
    return latest_;
  }

  void publish(std::shared_ptr<const T> next) {
    {
      const std::lock_guard lock(mutex_);
      latest_.swap(next);
    }
    // The old one goes here, outside the lock.
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const T> latest_;
};

}  // namespace pgvigil::app
