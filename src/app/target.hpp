#pragma once

#include <atomic>
#include <memory>
#include <span>
#include <string>
#include <thread>

#include "app/board.hpp"
#include "app/own_metrics.hpp"
#include "app/settings.hpp"

namespace pgvigil::app {

/// One server under watch: a thread that polls, judges, renders and publishes, until it is asked to stop. Its
/// other functions are called by any thread.
class Target {
 public:
  /// `late`: it was added by a reload, and readiness does not wait for its first poll.
  Target(std::shared_ptr<const Settings> settings, const base::Clock& clock, bool late);
  ~Target();
  Target(const Target&) = delete;
  Target& operator=(const Target&) = delete;

  /// Starts to poll, once. Before that there is no page.
  void start();

  /// Goes on under these settings, with a poll that begins as soon as the present one has ended. Where the
  /// dsn is the same, so are the sessions and what is remembered of the server; counters and page stay
  /// always.
  void change(std::shared_ptr<const Settings> settings);

  /// Asks it to stop, without waiting.
  void request_stop();
  /// Whether its thread has come to its end.
  bool ended() const { return ended_; }

  bool late() const { return late_; }
  const std::string& name() const { return name_; }
  std::shared_ptr<const Settings> settings() const { return settings_.latest(); }
  std::shared_ptr<const Page> page() const { return board_.latest(); }

  /// Whether the last poll that was due reached the server: a page older than two missed polls is not
  /// believed.
  bool up() const;

  /// What its page does not say of the watch over it, as of now. `page` is the latest or null.
  std::string own_metrics(const Page* page) const;

 private:
  struct Work;

  void run();
  void adopt(Work& work, std::shared_ptr<const Settings> settings);
  Zipped zip(Work& work, std::span<const render::Piece> text) const;
  void poll_once(Work& work);

  const base::Clock& clock_;
  const std::string name_;
  const bool late_;
  base::Stop stop_;
  OwnMetrics metrics_;
  Board<Settings> settings_;
  Board<Page> board_;
  std::atomic<bool> ended_ = false;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace pgvigil::app
