#include "pgvigil/collect/poller.hpp"

#include <algorithm>
#include <random>

#include "collect/ledger.hpp"
#include "collect/round.hpp"
#include "collect/visitor.hpp"
#include "pgvigil/collect/fold.hpp"
#include "pgvigil/collect/plan.hpp"
#include "pgvigil/collect/statement_texts.hpp"

namespace pgvigil::collect {
namespace {

using base::SteadyTime;
using model::CollectorSpec;

const base::Error kShuttingDown = {base::ErrorKind::connect,
                                   "the server is shutting down: sessions were let go", "57P03"};

/// The statements' collectors have one top, and room for it and the remainder.
std::size_t statement_top(std::span<const CollectorSpec* const> specs) {
  std::size_t rows = 0;
  for (const CollectorSpec* spec : specs)
    if (spec->fold == model::Fold::statements)
      rows = rows == 0 ? spec->max_rows : std::min(rows, spec->max_rows);
  return rows == 0 ? 0 : rows - 1;
}

/// How long to wait at most before trying again, in polls. Failed logins may lock a role; a full server needs
/// room.
unsigned patience(const base::Error& error) {
  return error.kind == base::ErrorKind::auth || error.sqlstate == "53300" ? 2 : 1;
}

}  // namespace

class Poller::Impl {
 public:
  Impl(std::span<const CollectorSpec* const> specs, PollerOptions options, World& world, Observer& observer,
       const base::Clock& clock)
      : options_(std::move(options)),
        world_(&world),
        observer_(observer),
        clock_(clock),
        ledger_(specs),
        statements_(statement_top(specs)),
        visitor_(world, observer, clock),
        random_(static_cast<std::minstd_rand::result_type>(clock.steady().time_since_epoch().count())) {}

  void change(std::span<const CollectorSpec* const> specs, PollerOptions options, World& world) {
    options_ = std::move(options);
    world_ = &world;
    ledger_.change(specs, clock_.steady());
    statements_.keep(statement_top(specs));
    visitor_.change(world);
  }

  std::shared_ptr<const model::Snapshot> poll();
  SteadyTime next_poll() const {
    return session_ ? started_ + options_.interval : std::min(retry_at_, started_ + options_.interval);
  }
  const model::History& history() const { return history_; }

 private:
  base::Result<void> ensure_session(SteadyTime deadline);
  base::Result<void> cluster_round(SteadyTime deadline);
  base::Result<void> collect_all(SteadyTime deadline);
  void lose(const base::Error& error);
  std::vector<std::string> databases() const;
  std::shared_ptr<const model::Snapshot> assemble(const base::Result<void>& reached) const;
  Memory memory() { return {ledger_, statements_, texts_, probe_, history_}; }

  PollerOptions options_;
  World* world_;
  Observer& observer_;
  const base::Clock& clock_;
  Ledger ledger_;
  StatementFold statements_;
  StatementTexts texts_;
  ProbeFold probe_;
  model::History history_;
  Visitor visitor_;
  std::minstd_rand random_;

  std::unique_ptr<pg::Session> session_;
  pg::ServerFacts facts_;  // as last seen; they outlive a lost session
  SteadyTime looked_at_;
  bool look_again_ = false;
  unsigned failures_ = 0;  // connections that failed in a row
  SteadyTime retry_at_;
  base::Error last_error_;
  SteadyTime started_;
};

void Poller::Impl::lose(const base::Error& error) {
  session_.reset();
  visitor_.disconnect();
  last_error_ = error;
  // 1, 2, 4 … seconds, up to a number of polls; up to a tenth sooner, so that many pgvigils do not come at
  // once. Never later: each poll is then an attempt.
  const base::Millis doubled = base::Seconds(1) * (1U << std::min(failures_, 10U));
  const base::Millis wait = std::min(doubled, options_.interval * patience(error));
  retry_at_ = started_ + wait - wait / 10 * std::uniform_int_distribution<int>(0, 10)(random_) / 10;
  ++failures_;
  ledger_.all_failed(error);
}

base::Result<void> Poller::Impl::ensure_session(SteadyTime deadline) {
  if (session_) return {};
  if (started_ < retry_at_) return tl::unexpected(last_error_);
  auto session = world_->connect("", deadline);
  observer_.connection("", session ? nullptr : &session.error());
  if (!session) {
    lose(session.error());
    return tl::unexpected(session.error());
  }
  session_ = std::move(*session);
  facts_ = session_->facts();
  ledger_.serve(server(facts_));
  looked_at_ = started_;
  look_again_ = false;
  failures_ = 0;
  return {};
}

base::Result<void> Poller::Impl::cluster_round(SteadyTime deadline) {
  const auto specs = ledger_.due(model::Scope::cluster, "", started_);
  const RoundResult round = run_round(*world_, observer_, clock_, memory(), *session_, specs, "", deadline);
  look_again_ = look_again_ || round.look_again || session_->facts().in_recovery != facts_.in_recovery;
  if (!round.lost && round.lost.error().kind == base::ErrorKind::too_large) {
    // The rest of that result would still come. Who was behind it is asked in a new session, once the server
    // has had time to end this one; the next poll at its time is an attempt all the same.
    session_.reset();
    retry_at_ = std::min(clock_.steady() + base::Seconds(1), started_ + options_.interval);
    return {};
  }
  if (!round.lost && round.reached && round.lost.error().kind == base::ErrorKind::timeout) {
    // It answered until the poll's time was used up: it is up, and the others' answers stand.
    observer_.connection("", &round.lost.error());
    session_.reset();
    retry_at_ = started_ + options_.interval;
    return {};
  }
  if (!round.lost) return round.lost;
  // Nothing was due, or nothing could be asked: the look is the heartbeat.
  if (round.reached && !look_again_ && started_ - looked_at_ < kLookAgain) return {};
  if (auto looked = session_->look(deadline); !looked) return looked;
  facts_ = session_->facts();
  looked_at_ = started_;
  look_again_ = false;
  return {};
}

base::Result<void> Poller::Impl::collect_all(SteadyTime deadline) {
  if (auto connected = ensure_session(deadline); !connected) return connected;
  if (auto ran = cluster_round(deadline); !ran) {
    observer_.connection("", &ran.error());
    lose(ran.error());
    return ran;
  }
  if (!session_) return {};
  if (world_->stopping(*session_)) {
    lose(kShuttingDown);
    return tl::unexpected(kShuttingDown);
  }
  if (auto visited = visitor_.visit(memory(), databases(), deadline); !visited) {
    if (visited.error().sqlstate == "3D000") {
      look_again_ = true;
      return {};
    }
    lose(kShuttingDown);
    return tl::unexpected(kShuttingDown);
  }
  return {};
}

/// Never a template; `postgres` only where the conninfo names it.
std::vector<std::string> Poller::Impl::databases() const {
  std::vector<std::string> selected;
  const auto listed = [](const std::vector<std::string>& list, const std::string& name) {
    return std::ranges::find(list, name) != list.end();
  };
  for (const pg::Database& database : facts_.databases) {
    if (database.is_template || (database.name == "postgres" && facts_.database != "postgres")) continue;
    if (!options_.include.empty() && !listed(options_.include, database.name)) continue;
    if (!listed(options_.exclude, database.name)) selected.push_back(database.name);
  }
  return selected;
}

std::shared_ptr<const model::Snapshot> Poller::Impl::assemble(const base::Result<void>& reached) const {
  model::Snapshot snapshot;
  snapshot.taken = clock_.wall();
  snapshot.up = reached.has_value();
  if (!reached) snapshot.down_reason = reached.error().message;
  snapshot.server_version = facts_.version;
  snapshot.server = server(facts_);
  snapshot.in_recovery = facts_.in_recovery;
  snapshot.entries = ledger_.entries();
  return std::make_shared<const model::Snapshot>(std::move(snapshot));
}

std::shared_ptr<const model::Snapshot> Poller::Impl::poll() {
  started_ = clock_.steady();
  const auto deadline = started_ + options_.interval * 4 / 5;
  const auto reached = collect_all(deadline);
  if (!reached) read_alone(*world_, observer_, clock_, memory(), deadline);
  ledger_.forget(databases(), clock_.steady());
  forget_stale(history_, clock_.steady());
  return assemble(reached);
}

Poller::Poller(std::span<const CollectorSpec* const> specs, PollerOptions options, World& world,
               Observer& observer, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(specs, std::move(options), world, observer, clock)) {}
Poller::~Poller() = default;
void Poller::change(std::span<const CollectorSpec* const> specs, PollerOptions options, World& world) {
  impl_->change(specs, std::move(options), world);
}
std::shared_ptr<const model::Snapshot> Poller::poll() { return impl_->poll(); }
SteadyTime Poller::next_poll() const { return impl_->next_poll(); }
const model::History& Poller::history() const { return impl_->history(); }

}  // namespace pgvigil::collect
