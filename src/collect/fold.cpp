#include "pgvigil/collect/fold.hpp"

#include <algorithm>
#include <charconv>

#include "pgvigil/base/text.hpp"
#include "pgvigil/model/collector.hpp"

namespace pgvigil::collect {
namespace {

double to_double(std::optional<std::string_view> text) {
  double value = 0;
  if (text) std::from_chars(text->data(), text->data() + text->size(), value);
  return value;
}

template <typename Counters>
void add(Counters& to, const Counters& what) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += what[i];
}

}  // namespace

StatementFold::Counters StatementFold::growth(std::uint64_t id, const Counters& now) const {
  const auto found = std::ranges::lower_bound(last_, id, {}, &Statement::id);
  if (found == last_.end() || found->id != id) return now;
  Counters grown{};
  for (std::size_t i = 0; i < now.size(); ++i) {
    grown[i] = now[i] - found->counters[i];
    if (grown[i] < 0) return now;
  }
  return grown;
}

StatementFold::Member* StatementFold::member(std::uint64_t id) {
  const auto found = std::ranges::find(members_, id, &Member::id);
  return found == members_.end() ? nullptr : &*found;
}

void StatementFold::choose_members(const std::vector<std::uint64_t>& ranked) {
  const auto near_top = std::span(ranked).first(std::min(ranked.size(), top_ + top_ / 2));
  const auto rank = [&](const Member& m) { return std::ranges::find(near_top, m.id) - near_top.begin(); };
  const auto give_up = [&](const Member& m) {
    add(remainder_, m.exported);
    has_remainder_ = true;
  };
  std::erase_if(members_, [&](const Member& m) {
    if (rank(m) < std::ssize(near_top)) return false;
    give_up(m);
    return true;
  });
  while (members_.size() > top_) {
    const auto last = std::ranges::max_element(members_, {}, rank);
    give_up(*last);
    members_.erase(last);
  }
  for (std::size_t r = 0; r < near_top.size(); ++r) {
    if (member(near_top[r]) != nullptr) continue;
    if (members_.size() < top_) {
      members_.push_back({near_top[r], {}});
    } else if (r < top_ / 2) {
      Member& last = *std::ranges::max_element(members_, {}, rank);
      give_up(last);
      last = {near_top[r], {}};
    }
  }
}

base::Result<pg::Rows> StatementFold::operator()(const pg::Rows& rows, model::History& history,
                                                 base::SteadyTime now) {
  const std::size_t counters = rows.columns.size() - kFirstCounter;
  if (rows.columns.size() <= kFirstCounter + 1 || counters > kMostCounters)
    return base::fail(base::ErrorKind::contract, "statements need an id, 3 labels and 2 to {} counters",
                      kMostCounters);

  std::vector<std::uint64_t> ids(rows.cells.rows());
  for (std::size_t r = 0; r < ids.size(); ++r) ids[r] = model::hash(rows.cells.at(r, 0).value_or(""));
  choose_members(ids);

  pg::Rows folded{{rows.columns.begin() + 1, rows.columns.end()}, base::Cells(rows.columns.size() - 1)};
  const auto emit = [&](const Counters& values) {
    for (std::size_t i = 0; i < counters; ++i) folded.cells.add(base::number(values[i]));
  };
  std::vector<Statement> current(ids.size());
  for (std::size_t r = 0; r < ids.size(); ++r) {
    current[r].id = ids[r];
    for (std::size_t i = 0; i < counters; ++i)
      current[r].counters[i] = to_double(rows.cells.at(r, kFirstCounter + i));
    const Counters grown = growth(ids[r], current[r].counters);
    // The first look is the baseline: what was executed before belongs to no window.
    if (seen_) {
      calls_ += grown[0];
      seconds_ += grown[1];
    }
    Member* const top = member(ids[r]);
    add(top != nullptr ? top->exported : remainder_, grown);
    has_remainder_ = has_remainder_ || top == nullptr;
    if (top == nullptr) continue;
    for (std::size_t c = 1; c < kFirstCounter; ++c) folded.cells.add(rows.cells.at(r, c).value_or(""));
    emit(top->exported);
  }
  if (has_remainder_) {
    for (const std::string_view label : {"", "", "other"}) folded.cells.add(label);
    emit(remainder_);
  }
  std::ranges::sort(current, {}, &Statement::id);
  last_ = std::move(current);
  seen_ = true;
  remember(history.statement_calls, {now, calls_});
  remember(history.statement_seconds, {now, seconds_});
  return folded;
}

void remember(std::deque<model::Sample>& samples, model::Sample sample) {
  if (!samples.empty() && sample.value < samples.back().value) samples.clear();
  samples.push_back(sample);
  while (samples.size() > 2 && samples[1].at <= sample.at - model::kWindow) samples.pop_front();
}

void forget_stale(model::History& history, base::SteadyTime now) {
  for (auto* samples : {&history.cpu_seconds, &history.statement_calls, &history.statement_seconds})
    if (!samples->empty() && samples->back().at < now - model::kWindow) samples->clear();
}

}  // namespace pgvigil::collect
