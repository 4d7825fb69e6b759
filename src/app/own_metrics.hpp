#pragma once

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/registry.h>

#include <map>
#include <string>

#include "app/board.hpp"
#include "pgvigil/base/clock.hpp"
#include "pgvigil/collect/world.hpp"

namespace pgvigil::app {

/// The daemon's own metrics, rendered at the scrape, and its log of what changed. Observes one target's
/// poller from that target's thread; text() is called by any thread.
class OwnMetrics final : public collect::Observer {
 public:
  using Labels = std::map<std::string, std::string>;

  OwnMetrics(const Labels& constant, base::Millis poll_interval);

  void collected(const model::CollectorSpec& spec, std::string_view database,
                 const model::Outcome& outcome) override;
  void connection(std::string_view database, const base::Error* error) override;
  void polled() { polls_->Increment(); }

  /// All of them in Prometheus' text format. `page` is the latest or null; `up` whether to believe it.
  std::string text(const Page* page, bool up) const;

 private:
  /// Whether this is news of `subject` (logged once, on change). Empty: nothing is wrong with it.
  bool changed(const std::string& subject, const std::string& problem);

  Labels constant_;
  prometheus::Registry registry_;
  prometheus::Family<prometheus::Counter>* collector_errors_;
  prometheus::Family<prometheus::Counter>* connection_errors_;
  prometheus::Counter* polls_;
  std::map<std::string, std::string, std::less<>> problems_;  // what was logged as wrong, by subject
};

}  // namespace pgvigil::app
