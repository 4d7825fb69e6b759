#include "app/target.hpp"

#include <algorithm>
#include <cstdio>
#include <optional>
#include <utility>

#include "app/log.hpp"
#include "app/memory.hpp"
#include "pgvigil/render/page.hpp"
#include "pgvigil/render/statement_totals.hpp"
#include "pgvigil/render/thresholds.hpp"

namespace pgvigil::app {
namespace {

void log_failure(const std::string& target, const std::exception& error) noexcept {
  try {
    log(config::LogLevel::error, "poll failed", {{"target", target}, {"reason", error.what()}});
  } catch (const std::exception&) {
    std::fputs("pgvigil: a poll failed, and there is no memory to say why\n", stderr);
  }
}

}  // namespace

/// What the polling thread works with.
struct Target::Work {
  std::shared_ptr<const Settings> settings;
  std::shared_ptr<collect::LogReader> logs;
  std::unique_ptr<collect::World> world;
  std::unique_ptr<collect::Poller> poller;  // first to go: it uses both
  std::optional<render::PageRenderer> renderer;
  Zipper zipper;
  static constexpr int kPatience = 8;
  int unasked = kPatience;  // polls since a compressed page was asked for, so many at most
};

Target::Target(std::shared_ptr<const Settings> settings, const base::Clock& clock, bool late)
    : clock_(clock), name_(settings->config.name), late_(late), metrics_(name_) {
  settings_.publish(std::move(settings));
}

void Target::start() {
  thread_ = std::jthread([this] { run(); });
}

void Target::change(std::shared_ptr<const Settings> settings) {
  const auto before = settings_.latest();
  settings_.publish(std::move(settings));
  before->superseded.request();
}

void Target::request_stop() {
  stop_.request();
  settings_.latest()->superseded.request();
}

Target::~Target() { request_stop(); }

bool Target::up() const {
  const auto latest = page();
  return latest && latest->snapshot->up &&
         clock_.steady() - latest->started <= 3 * latest->settings->options.interval;
}

std::string Target::own_metrics(const Page* page) const {
  if (page != nullptr) return of_now(page, up(), page->settings->config.labels);
  const auto settings = settings_.latest();
  const auto& labels = settings->config.labels;
  return metrics_.of_polls(nullptr, labels, settings->options.interval) + of_now(nullptr, up(), labels);
}

void Target::adopt(Work& work, std::shared_ptr<const Settings> settings) {
  const bool same_server = work.settings && work.settings->config.dsn == settings->config.dsn;
  if (!same_server) work.logs = collect::log_reader(clock_);
  auto options = outside_options(settings->config);
  options.logs = work.logs;
  auto world = collect::outside(std::move(options), stop_, clock_);
  const auto specs = settings->selection.specs();
  if (work.poller && same_server)
    work.poller->change(specs, settings->options, *world);
  else
    work.poller = std::make_unique<collect::Poller>(specs, settings->options, *world, metrics_, clock_);
  work.world = std::move(world);
  work.renderer.emplace(settings->config.labels);
  work.settings = std::move(settings);
}

/// Who scrapes compressed pages does not wait for the compression; where nobody has for a while, there is
/// none.
Zipped Target::zip(Work& work, std::span<const render::Piece> text) const {
  const auto last = page();
  work.unasked = last && last->gzip_asked() ? 0 : std::min(work.unasked + 1, Work::kPatience);
  if (work.unasked < Work::kPatience) return work.zipper(text);
  work.zipper = {};
  return {};
}

void Target::poll_once(Work& work) {
  const auto started = clock_.steady();
  const auto& labels = work.settings->config.labels;
  auto snapshot = work.poller->poll();
  auto findings = rules::evaluate(rules::rules(), work.settings->limits, *snapshot, work.poller->history());
  Poll poll{work.settings, std::move(snapshot), std::move(findings), {}, {}, started};
  poll.text = (*work.renderer)(*poll.snapshot);
  poll.took = std::chrono::duration_cast<base::Millis>(clock_.steady() - started);
  metrics_.polled();
  poll.text.push_back(std::make_shared<const std::string>(
      render::thresholds(poll.findings, labels) + render::statement_totals(work.poller->history(), labels) +
      collector_metrics(*poll.snapshot, labels) +
      metrics_.of_polls(&poll, labels, work.settings->options.interval)));
  poll.zipped = zip(work, poll.text);
  board_.publish(std::make_shared<const Page>(std::move(poll)));
  give_back_memory();
}

/// The second of the three doors that catch everything: a poll that fails in a way nobody thought of is
/// logged, and the next one starts afresh. The old page stays and stops being believed.
void Target::run() {
  Work work;
  // Targets start together and are to poll one after the other: the second poll comes early, by the name.
  constexpr int kParts = 1000;
  auto early = name_.empty() ? 0 : static_cast<int>(model::hash(name_) % kParts);
  while (!stop_.requested()) {
    const auto settings = settings_.latest();
    base::SteadyTime next = clock_.steady() + settings->options.interval;
    try {
      if (!work.poller || work.settings != settings) adopt(work, settings);
      poll_once(work);
      next = work.poller->next_poll() - settings->options.interval * std::exchange(early, 0) / kParts;
    } catch (const std::exception& error) {
      work.poller.reset();  // first: it may be memory that is missing, also for the message
      log_failure(name_, error);
    }
    settings->superseded.wait_until(next);
  }
  ended_ = true;
}

}  // namespace pgvigil::app
