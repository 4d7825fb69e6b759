#include "app/target.hpp"

#include <algorithm>

#include "app/log.hpp"
#include "pgvigil/catalogue/catalogue.hpp"
#include "pgvigil/render/exposition.hpp"
#include "pgvigil/render/statement_totals.hpp"
#include "pgvigil/render/thresholds.hpp"

namespace pgvigil::app {

Selection::Selection(const config::Config& config)
    : user_(config.user_collectors), specs_(config::collectors(config, catalogue::collectors())) {
  std::erase_if(specs_, [](const model::CollectorSpec& spec) { return !spec.enabled; });
  for (const model::CollectorSpec& spec : specs_) pointers_.push_back(&spec);
}

base::Millis Selection::interval() const {
  base::Millis shortest = base::Seconds(15);
  for (const model::CollectorSpec& spec : specs_) shortest = std::min(shortest, spec.interval);
  return shortest;
}

collect::PollerOptions poller_options(const config::Config& config, const Selection& selection) {
  return {selection.interval(), config.databases.include, config.databases.exclude};
}

collect::OutsideOptions outside_options(const config::Config& config) {
  collect::OutsideOptions options{config.dsn, {}, config.detect_shutdown.ping};
  for (const config::Mount& mount : config.mounts) options.mounts.push_back({mount.role, mount.path});
  return options;
}

Target::Target(const config::Config& config, const base::Clock& clock)
    : clock_(clock),
      labels_(config.labels),
      limits_(config::limits(config, rules::rules())),
      selection_(config),
      metrics_(config.labels, selection_.interval()),
      world_(collect::outside(outside_options(config), stop_, clock)),
      options_(poller_options(config, selection_)) {}

void Target::start() {
  thread_ = std::jthread([this] { run(); });
}

Target::~Target() { stop_.request(); }

bool Target::up() const {
  const auto latest = page();
  return latest && latest->snapshot->up && clock_.steady() - latest->started <= 3 * options_.interval;
}

void Target::poll_once(collect::Poller& poller) {
  const auto started = clock_.steady();
  auto snapshot = poller.poll();
  auto findings = rules::evaluate(rules::rules(), limits_, *snapshot, poller.history());
  const auto last = page();
  const std::size_t expected_size = last ? last->text->size() + last->text->size() / 16 : 0;
  std::string text = render::exposition(*snapshot, labels_, expected_size) +
                     render::thresholds(findings, labels_) +
                     render::statement_totals(poller.history(), labels_);
  const auto took = std::chrono::duration_cast<base::Millis>(clock_.steady() - started);
  metrics_.polled();
  Poll poll{std::move(snapshot), std::move(findings), std::make_shared<const std::string>(std::move(text)),
            started, took};
  board_.publish(std::make_shared<const Page>(std::move(poll)));
}

/// The second of the three doors that catch everything: a poll that fails in a way nobody thought of is
/// logged, and the next one starts afresh. The old page stays and stops being believed.
void Target::run() {
  auto poller = std::make_unique<collect::Poller>(selection_.specs(), options_, *world_, metrics_, clock_);
  while (!stop_.requested()) {
    base::SteadyTime next = clock_.steady() + options_.interval;
    try {
      poll_once(*poller);
      next = poller->next_poll();
    } catch (const std::exception& error) {
      log(config::LogLevel::error, "poll failed", {{"reason", error.what()}});
      poller = std::make_unique<collect::Poller>(selection_.specs(), options_, *world_, metrics_, clock_);
    }
    stop_.wait_until(next);
  }
}

}  // namespace pgvigil::app
