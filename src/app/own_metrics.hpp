#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/registry.h>

#include <map>
#include <string>

#include "app/board.hpp"
#include "app/log.hpp"
#include "pgvigil/base/clock.hpp"
#include "pgvigil/collect/world.hpp"

namespace pgvigil::app {

/// A text with # for each word that has a digit: processes, addresses and positions in the WAL change while
/// the problem stays.
std::string without_numbers(std::string_view text);

/// What pgvigil says of its watch over one target, and its log of what changed there. Observes the target's
/// poller from that target's thread; of_polls() is called by any thread.
class OwnMetrics final : public collect::Observer {
 public:
  using Labels = std::map<std::string, std::string>;

  /// `target` is its name in the log; empty where there is but one.
  explicit OwnMetrics(std::string target = {});

  void collected(const model::CollectorSpec& spec, std::string_view database,
                 const model::Outcome& outcome) override;
  void connection(std::string_view database, const base::Error* error) override;
  void polled() { polls_->Increment(); }

  /// What changes with the polls alone and so is part of their page, in Prometheus' text format with
  /// `constant` labels. `last` is the poll that has ended, null before the first has; `interval` is that of
  /// the polls.
  std::string of_polls(const Poll* last, const Labels& constant, base::Millis interval) const;

 private:
  /// Whether this is news of `subject` (logged once, on change). Empty: nothing is wrong with it. Other
  /// numbers in the text are no news.
  bool changed(const std::string& subject, const std::string& text);

  void report(config::LogLevel level, std::string_view message, Fields fields) const;

  std::string target_;
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>* collector_errors_;
  prometheus::Family<prometheus::Counter>* connection_errors_;
  prometheus::Counter* polls_;
  std::map<std::string, std::string, std::less<>> problems_;  // what was logged as wrong, by subject
};

/// What is known at the scrape only, in the same format: `up` is whether to believe `page`, the latest or
/// null.
std::string of_now(const Page* page, bool up, const OwnMetrics::Labels& constant);

/// How each collector's last run went, in the same format: part of the page, since it changes with it alone.
std::string collector_metrics(const model::Snapshot& snapshot, const OwnMetrics::Labels& constant);

}  // namespace pgvigil::app
