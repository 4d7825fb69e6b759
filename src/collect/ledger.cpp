#include "collect/ledger.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <tuple>
#include <utility>

namespace pgvigil::collect {
namespace {

using base::SteadyTime;
using model::CollectorSpec;
using model::Outcome;

const Outcome kPending = {Outcome::Status::skipped, "has not run yet", "pending"};
const Outcome kNowhere = {Outcome::Status::skipped, "there is no database to visit", "pending"};

/// A last good value is shown for five minutes or three rounds, whichever is longer.
base::Millis keep(const CollectorSpec& spec) {
  return std::max<base::Millis>(base::Seconds(300), 3 * spec.interval);
}

}  // namespace

Ledger::Ledger(std::span<const CollectorSpec* const> specs) {
  for (const CollectorSpec* spec : specs) {
    accounts_.push_back({spec, {}});
    if (spec->scope == model::Scope::cluster) record(*spec, "");
  }
}

void Ledger::change(std::span<const CollectorSpec* const> specs, SteadyTime now) {
  const auto before = std::exchange(accounts_, Ledger(specs).accounts_);
  for (Account& account : accounts_) {
    const auto known = std::ranges::find_if(before, [&](const Account& old) {
      return old.spec->name == account.spec->name && old.spec->scope == account.spec->scope &&
             std::ranges::equal(old.spec->columns, account.spec->columns);
    });
    if (known == before.end()) continue;
    account.records = known->records;
    for (Record& record : account.records) record.due = std::min(record.due, now + account.spec->interval);
  }
}

Record& Ledger::record_of(Account& account, std::string_view database) {
  for (Record& known : account.records)
    if (known.part.database == database) return known;
  Record fresh;
  fresh.part.database = database;
  fresh.part.outcome = kPending;
  return account.records.emplace_back(std::move(fresh));
}

Record& Ledger::record(const CollectorSpec& spec, std::string_view database) {
  return record_of(*std::ranges::find(accounts_, &spec, &Account::spec), database);
}

std::vector<const CollectorSpec*> Ledger::due(model::Scope scope, std::string_view database, SteadyTime now) {
  using Due = std::tuple<unsigned, bool, const CollectorSpec*>;
  std::vector<Due> all;
  for (Account& account : accounts_) {
    if (account.spec->server != server_ || account.spec->scope != scope || !account.spec->serves(database))
      continue;
    if (const Record& known = record_of(account, database); known.due <= now)
      all.emplace_back(known.excesses, account.spec->user, account.spec);
  }
  std::ranges::stable_sort(all, {}, [](const Due& due) { return std::pair(get<0>(due), get<1>(due)); });
  std::vector<const CollectorSpec*> specs;
  specs.reserve(all.size());
  for (const Due& due : all) specs.push_back(get<2>(due));
  return specs;
}

std::vector<const CollectorSpec*> Ledger::due_in_turn(std::string_view database, SteadyTime now,
                                                      base::Millis round) {
  const auto rare = [round](const CollectorSpec* spec) { return spec->interval > round; };
  double a_round = 0;  // how many of the rare ones
  for (const Account& account : accounts_)
    if (account.spec->scope == model::Scope::database && account.spec->serves(database) && rare(account.spec))
      a_round += std::chrono::duration<double>(round) / account.spec->interval;

  auto specs = due(model::Scope::database, database, now);
  std::vector<const CollectorSpec*> waiting;
  std::ranges::copy_if(specs, std::back_inserter(waiting), rare);
  std::ranges::stable_sort(waiting, {},
                           [&](const CollectorSpec* spec) { return record(*spec, database).due; });
  const auto turns = static_cast<std::ptrdiff_t>(std::ceil(a_round));
  waiting.erase(waiting.begin(), waiting.begin() + std::min(std::ssize(waiting), turns));
  std::erase_if(specs,
                [&](const CollectorSpec* spec) { return std::ranges::find(waiting, spec) != waiting.end(); });
  return specs;
}

SteadyTime Ledger::next_due(std::string_view database) {
  SteadyTime next = SteadyTime::max();
  for (Account& account : accounts_)
    if (account.spec->scope == model::Scope::database && account.spec->serves(database))
      next = std::min(next, record_of(account, database).due);
  return next;
}

void Ledger::good(Record& record, model::Sheet sheet, SteadyTime now, base::WallTime wall) {
  // One that says nothing new stays, and so does what was made of it.
  if (!record.part.sheet || *record.part.sheet != sheet)
    record.part.sheet = std::make_shared<const model::Sheet>(std::move(sheet));
  record.part.last_success = wall;
  record.part.outcome = {};
  record.good_at = now;
  record.excesses = 0;
}

void Ledger::schedule(const CollectorSpec& spec, Record& record, SteadyTime now) {
  // A tenth early is on time: polls do not start to the millisecond.
  record.due = now + spec.interval * (record.excesses == 0 ? 1 : 2) - spec.interval / 10;
}

void Ledger::all_failed(const base::Error& error) {
  for (Account& account : accounts_)
    for (Record& record : account.records)
      if (account.spec->needs_server())
        record.part.outcome = {Outcome::Status::failed, error.message, base::name(error.kind)};
}

void Ledger::forget(std::span<const std::string> databases, SteadyTime now) {
  for (Account& account : accounts_) {
    if (account.spec->scope == model::Scope::database)
      std::erase_if(account.records, [&](const Record& record) {
        return std::ranges::find(databases, record.part.database) == databases.end();
      });
    for (Record& record : account.records)
      if (record.part.sheet && record.good_at < now - keep(*account.spec)) record.part.sheet = nullptr;
  }
}

std::vector<model::Entry> Ledger::entries() const {
  std::vector<model::Entry> entries;
  for (const Account& account : accounts_) {
    if (account.spec->server != server_) continue;
    model::Entry entry{account.spec, {}};
    for (const Record& record : account.records) entry.parts.push_back(record.part);
    if (entry.parts.empty()) entry.parts.emplace_back().outcome = kNowhere;
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace pgvigil::collect
