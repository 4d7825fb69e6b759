#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "pgvigil/collect/world.hpp"
#include "rows.hpp"

/// A server in memory for the poller's tests. It answers from what a test put into it, takes time on a clock
/// that moves only so, and writes down what was asked of it, in order.
namespace pgvigil::collect {

/// Stands still unless it is moved.
class ManualClock final : public base::Clock {
 public:
  base::SteadyTime steady() const override { return base::SteadyTime(now_); }
  base::WallTime wall() const override { return base::WallTime(kEpoch + now_); }
  void advance(base::Millis by) { now_ += by; }
  void advance_to(base::SteadyTime when) {
    now_ = std::max(now_, std::chrono::ceil<base::Millis>(when.time_since_epoch()));
  }

 private:
  static constexpr base::Seconds kEpoch{1'700'000'000};
  base::Millis now_{base::Seconds(100'000)};
};

/// What a statement gives: rows, or an error, after some time.
struct Answer {
  base::Result<pg::Rows> rows;
  base::Millis takes{0};
};

class FakeServer final : public World {
 public:
  explicit FakeServer(ManualClock& clock) : clock_(clock) {
    facts.version_num = 140023;
    facts.version = "14.23";
    facts.database = "admin";  // which it may not visit: only `databases` are
    facts.databases = {{"postgres"}, {"template1", true}};
  }

  pg::ServerFacts facts;                               ///< what a look finds
  std::map<std::string, Answer, std::less<>> answers;  ///< by statement; others get one row {database, 1}
  std::map<std::string, base::Error, std::less<>>
      closed;  ///< databases that refuse sessions, and why; "" is the kept one
  base::Millis connecting_takes{0};
  bool stopping_sign = false;

  /// Cuts every session that is open: each says so at its next use.
  void cut_sessions() { ++generation_; }

  /// What was done since the last call: "connect", "look", "close" or a statement's name; at database scope
  /// with "DATABASE: " in front.
  std::vector<std::string> done() { return std::exchange(done_, {}); }
  std::size_t count(std::string_view what) const {
    return static_cast<std::size_t>(std::ranges::count(done_, what));
  }

  base::Result<std::unique_ptr<pg::Session>> connect(std::string_view database, base::SteadyTime) override;

  base::Result<pg::Rows> read(const model::CollectorSpec& spec, pg::Session* session,
                              base::SteadyTime) override {
    done_.push_back((session == nullptr ? "read alone " : "read ") + std::string(spec.name));
    return answer(spec.name, "").rows;
  }

  bool stopping(pg::Session&) override { return stopping_sign; }

 private:
  friend class FakeSession;

  void note(const std::string& database, std::string_view what) {
    done_.push_back((database.empty() ? "" : database + ": ") + std::string(what));
  }

  Answer answer(std::string_view statement, const std::string& database) const {
    const auto known = answers.find(statement);
    if (known != answers.end()) return known->second;
    return {rows({"datname", "value"}, {{database, "1"}}), base::Millis(0)};
  }

  ManualClock& clock_;
  std::vector<std::string> done_;
  int generation_ = 0;
  int open_ = 0;
};

/// A session with a FakeServer; as a real one does, it reports every statement of a batch exactly once.
class FakeSession final : public pg::Session {
 public:
  FakeSession(FakeServer& server, std::string database)
      : server_(server),
        database_(std::move(database)),
        facts_(server.facts),
        generation_(server.generation_) {
    EXPECT_LE(++server_.open_, 2) << "two sessions at most, always";
    if (!database_.empty()) facts_.database = database_;
    server_.note(database_, "connect");
  }
  ~FakeSession() override {
    --server_.open_;
    server_.note(database_, "close");
  }
  FakeSession(const FakeSession&) = delete;
  FakeSession& operator=(const FakeSession&) = delete;

  const pg::ServerFacts& facts() const override { return facts_; }

  base::Result<void> look(base::SteadyTime) override {
    server_.note(database_, "look");
    if (cut()) return tl::unexpected(kLost);
    facts_ = server_.facts;
    if (!database_.empty()) facts_.database = database_;
    return {};
  }

  base::Result<void> run(std::span<const pg::Statement> batch, base::SteadyTime deadline,
                         const pg::OnResult& on_result) override {
    std::optional<base::Error> lost;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (!lost && cut()) lost = kLost;
      Answer answer = server_.answer(batch[i].name, database_);
      if (!lost) server_.note(database_, batch[i].name);
      if (!lost && server_.clock_.steady() + answer.takes > deadline) {
        server_.clock_.advance_to(deadline);
        lost = kLate;
      }
      if (lost) answer = {tl::unexpected(*lost)};
      server_.clock_.advance(answer.takes);
      const bool too_large = !answer.rows && answer.rows.error().kind == base::ErrorKind::too_large;
      if (too_large) lost = answer.rows.error();
      on_result(i, std::move(answer.rows), answer.takes);
      if (too_large) break;
    }
    if (lost) return tl::unexpected(*lost);
    return {};
  }

  int peer_pid() const override { return 0; }
  std::string peer_address() const override { return {}; }
  std::optional<pg::Tls> tls() const override { return {}; }

 private:
  inline static const base::Error kLost = {base::ErrorKind::connect, "the connection was lost", {}};
  inline static const base::Error kLate = {base::ErrorKind::timeout, "the server did not answer in time", {}};

  bool cut() const { return generation_ != server_.generation_; }

  FakeServer& server_;
  std::string database_;
  pg::ServerFacts facts_;
  int generation_;
};

inline base::Result<std::unique_ptr<pg::Session>> FakeServer::connect(std::string_view database,
                                                                      base::SteadyTime) {
  clock_.advance(connecting_takes);
  const auto refused = closed.find(database);
  if (refused == closed.end()) return std::make_unique<FakeSession>(*this, std::string(database));
  note(std::string(database), "refused");
  return tl::unexpected(refused->second);
}

/// Writes down what the poller tells.
class Diary final : public Observer {
 public:
  struct Line {
    std::string collector;  ///< or "connection"
    std::string database;
    std::string what;  ///< the outcome's code; of a connection the error's kind; "ok"
    bool operator==(const Line&) const = default;
  };

  void collected(const model::CollectorSpec& spec, std::string_view database,
                 const model::Outcome& outcome) override {
    lines.push_back({std::string(spec.name), std::string(database),
                     outcome.code.empty() ? "ok" : std::string(outcome.code)});
  }
  void connection(std::string_view database, const base::Error* error) override {
    lines.push_back({"connection", std::string(database),
                     error == nullptr ? "ok" : std::string(base::name(error->kind))});
  }

  std::vector<Line> take() { return std::exchange(lines, {}); }

  std::vector<Line> lines;
};

inline std::ostream& operator<<(std::ostream& out, const Diary::Line& line) {
  return out << '{' << line.collector << ' ' << line.database << ' ' << line.what << '}';
}

}  // namespace pgvigil::collect
