#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "app/gzip.hpp"
#include "pgvigil/model/rule.hpp"
#include "pgvigil/model/snapshot.hpp"

namespace pgvigil::app {

/// What one poll gave, ready to be served.
struct Poll {
  std::shared_ptr<const model::Snapshot> snapshot;
  std::vector<model::Finding> findings;
  std::shared_ptr<const std::string> text;  ///< Prometheus' text format
  base::SteadyTime started;
  base::Millis took{0};
};

/// A poll that was published. Immutable but for the compressed text, which the first scrape that asks for it
/// makes.
class Page : public Poll {
 public:
  explicit Page(Poll poll) : Poll(std::move(poll)) {}

  const Deflated& gzip() const {
    std::call_once(gzip_once_, [this] { gzip_ = deflate_part(*text, false); });
    return gzip_;
  }

 private:
  mutable std::once_flag gzip_once_;
  mutable Deflated gzip_;
};

/// The latest page of a target: the one thing that the polling thread and the HTTP workers share. A mutex,
/// because libstdc++ 12's atomic<shared_ptr> is opaque to ThreadSanitizer.
class Board {
 public:
  /// Null before the first poll has ended.
  std::shared_ptr<const Page> page() const {
    const std::lock_guard lock(mutex_);
    return page_;
  }

  void publish(std::shared_ptr<const Page> page) {
    {
      const std::lock_guard lock(mutex_);
      page_.swap(page);
    }
    // The old page goes here, outside the lock.
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Page> page_;
};

}  // namespace pgvigil::app
