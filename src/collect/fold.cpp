#include "pgvigil/collect/fold.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <unordered_set>
#include <utility>

#include "collect/number.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::collect {
namespace {

constexpr std::array<std::string_view, 7> kLeading = {"name",   "userid", "dbid",        "queryid",
                                                      "nested", "calls",  "milliseconds"};
constexpr std::size_t kFirstCounter = 5;
constexpr std::uint32_t kNoEntry = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();
constexpr std::size_t kFew = 1024;    // statements: memory for so many always stays
constexpr std::size_t kSpacious = 4;  // times what is needed: memory that goes back
constexpr double kJoined = -1;        // what is counted with its series already; no time is negative

/// Most are integers, which are read several times faster.
double to_double(std::optional<std::string_view> text) {
  if (!text) return 0;
  const char* const end = text->data() + text->size();
  std::int64_t integer = 0;
  if (std::from_chars(text->data(), end, integer).ptr == end) return static_cast<double>(integer);
  return to_number<double>(text);
}

template <typename Name>
std::string name_of(const std::vector<Name>& names, std::uint32_t oid) {
  const auto found = std::ranges::lower_bound(names, oid, {}, &Name::oid);
  return found != names.end() && found->oid == oid ? std::string(found->text) : std::to_string(oid);
}

}  // namespace

void StatementFold::take_columns(const std::vector<std::string>& columns) {
  const auto before = std::exchange(places_, {});
  for (std::size_t c = kFirstCounter; c < columns.size(); ++c) {
    const auto found = std::ranges::find(counters_, columns[c]);
    places_.push_back(static_cast<std::size_t>(found - counters_.begin()));
    if (found == counters_.end()) counters_.push_back(columns[c]);
  }
  all_ = places_ != before;
  if (all_) known_.clear();
  if (counters_.size() == remainder_.size()) return;
  book_.widen(counters_.size());
  remainder_.resize(counters_.size());
  for (Member& m : members_) m.exported.resize(counters_.size());
}

/// What has neither more calls nor more time was not executed, so that nothing else of it is read.
void StatementFold::take_entry(const base::Cells& cells, std::size_t row, std::int64_t query) {
  const StatementKey key = {to_number<std::uint32_t>(cells.at(row, 1)),
                            to_number<std::uint32_t>(cells.at(row, 2)), query, cells.at(row, 4) == "true"};
  const std::uint32_t known = book_.seen(key);
  const double calls = to_double(cells.at(row, kFirstCounter));
  const double milliseconds = to_double(cells.at(row, kFirstCounter + 1));
  const auto last = book_.counters(known);
  const StatementKey& ranked = take_known(known, milliseconds);
  if (all_ || last[0] != calls || last[1] != milliseconds) changed_.push_back({row, known, ranked});
}

const StatementKey& StatementFold::take_known(std::uint32_t known, double milliseconds) {
  StatementKey key = book_.key(known);
  if (known >= rank_of_.size()) rank_of_.resize(known + 1);
  rank_of_[known] = static_cast<std::uint32_t>(ranked_.size());
  if (std::exchange(key.nested, false)) nested_.push_back(ranked_.size());
  known_.push_back(known);
  ranked_.push_back({milliseconds, key});
  return ranked_.back().key;
}

void StatementFold::take_rows(const base::Cells& cells) {
  ranked_.clear();
  nested_.clear();
  changed_.clear();
  roles_.clear();
  databases_.clear();
  const auto before = std::exchange(known_, {});
  known_.reserve(cells.rows());
  for (std::size_t row = 0; row < cells.rows(); ++row) {
    // The server mostly sends entries in the order of the last time, and most have not changed.
    if (row < before.size() && before[row] != kNoEntry && cells.same_row(row, last_, row)) {
      book_.seen_again(before[row]);
      take_known(before[row], book_.counters(before[row])[1]);
    } else if (const auto query = cells.at(row, 3)) {
      take_entry(cells, row, to_number<std::int64_t>(query));
    } else {
      known_.push_back(kNoEntry);
      const auto role = cells.at(row, 1);
      if (const auto name = cells.at(row, 0))
        (role ? roles_ : databases_)
            .push_back({to_number<std::uint32_t>(role ? role : cells.at(row, 2)), *name});
    }
  }
  entries_ = ranked_.size();
  std::ranges::sort(roles_, {}, &Name::oid);
  std::ranges::sort(databases_, {}, &Name::oid);
}

void StatementFold::join_nested() {
  for (const std::size_t place : nested_) {
    const auto known = book_.find(ranked_[place].key);
    if (known) ranked_[rank_of_[*known]].milliseconds += std::exchange(ranked_[place].milliseconds, kJoined);
  }
  if (!nested_.empty()) std::erase_if(ranked_, [](const Ranked& r) { return r.milliseconds == kJoined; });
}

/// Leaves in `ranked_` what may be in the top, biggest first.
void StatementFold::rank() {
  const auto bigger = [](const Ranked& a, const Ranked& b) {
    return a.milliseconds != b.milliseconds ? a.milliseconds > b.milliseconds : a.key < b.key;
  };
  const std::size_t near_top = std::min(ranked_.size(), top_ + top_ / 2);
  // Times mostly grow: most of those near the top were there the last time, and few others come up to them.
  const auto others =
      std::partition(ranked_.begin(), ranked_.end(),
                     [least = least_near_top_](const Ranked& r) { return r.milliseconds >= least; });
  if (static_cast<std::size_t>(others - ranked_.begin()) >= near_top) ranked_.erase(others, ranked_.end());
  const auto end = ranked_.begin() + static_cast<std::ptrdiff_t>(near_top);
  std::nth_element(ranked_.begin(), end, ranked_.end(), bigger);
  std::sort(ranked_.begin(), end, bigger);
  ranked_.resize(near_top);
  least_near_top_ = ranked_.empty() ? 0 : ranked_.back().milliseconds;
}

void StatementFold::give_up(const Member& member) {
  for (std::size_t i = 0; i < remainder_.size(); ++i) remainder_[i] += member.exported[i];
  has_remainder_ = true;
}

void StatementFold::choose_members() {
  std::vector<bool> chosen(ranked_.size());
  std::vector<std::pair<StatementKey, std::size_t>> by_key;
  for (std::size_t r = 0; r < ranked_.size(); ++r) by_key.emplace_back(ranked_[r].key, r);
  std::ranges::sort(by_key);
  for (Member& m : members_) {
    const auto found = std::ranges::lower_bound(by_key, m.key, {}, &decltype(by_key)::value_type::first);
    m.rank = found != by_key.end() && found->first == m.key ? found->second : kNowhere;
    if (m.rank != kNowhere) chosen[m.rank] = true;
  }
  std::ranges::sort(members_, {}, &Member::rank);
  while (!members_.empty() && (members_.size() > top_ || members_.back().rank == kNowhere)) {
    give_up(members_.back());
    members_.pop_back();
  }
  for (std::size_t r = 0; r < ranked_.size(); ++r) {
    if (chosen[r] || (members_.size() == top_ && r >= top_ / 2)) continue;
    if (members_.size() == top_) {
      const auto last = std::ranges::max_element(members_, {}, &Member::rank);
      give_up(*last);
      members_.erase(last);
    }
    members_.push_back({ranked_[r].key, r, std::vector<double>(counters_.size())});
  }
  std::ranges::sort(members_, {}, &Member::key);
}

void StatementFold::grow(const base::Cells& cells, const Changed& changed) {
  const auto last = book_.counters(changed.known);
  bool anew = false;
  values_.resize(places_.size());
  for (std::size_t i = 0; i < places_.size(); ++i) {
    values_[i] = to_double(cells.at(changed.row, kFirstCounter + i));
    anew = anew || values_[i] < last[places_[i]];
  }
  if (anew) std::ranges::fill(last, 0);
  // The first look is the baseline: what was executed before belongs to no window.
  if (seen_) {
    calls_ += values_[0] - last[0];
    milliseconds_ += values_[1] - last[1];
  }
  const auto found = std::ranges::lower_bound(members_, changed.key, {}, &Member::key);
  auto& grown = found != members_.end() && found->key == changed.key ? found->exported : remainder_;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    grown[places_[i]] += values_[i] - last[places_[i]];
    last[places_[i]] = values_[i];
  }
}

pg::Rows StatementFold::series(const model::CollectorSpec& spec) const {
  pg::Rows rows{{"user", "datname", "queryid"}, base::Cells(spec.columns.size())};
  std::vector<std::size_t> values;
  for (const model::Column& column : spec.columns) {
    if (column.use == model::Use::label) continue;
    rows.columns.emplace_back(column.name);
    values.push_back(static_cast<std::size_t>(std::ranges::find(counters_, column.name) - counters_.begin()));
  }
  const auto add = [&](std::string_view user, std::string_view database, std::string_view query,
                       const std::vector<double>& counters) {
    for (const std::string_view label : {user, database, query}) rows.cells.add(label);
    for (const std::size_t value : values) {
      if (value < counters.size())
        rows.cells.add(base::number(counters[value]));
      else
        rows.cells.add_null();
    }
  };
  for (const Member& m : members_)
    add(name_of(roles_, m.key.user), name_of(databases_, m.key.database), std::to_string(m.key.query),
        m.exported);
  if (has_remainder_) add("", "", "other", remainder_);
  return rows;
}

base::Result<pg::Rows> StatementFold::operator()(const pg::Rows& rows, const model::CollectorSpec& spec,
                                                 model::History& history, base::SteadyTime now) {
  if (rows.columns.size() < kLeading.size() ||
      !std::equal(kLeading.begin(), kLeading.end(), rows.columns.begin()))
    return base::fail(base::ErrorKind::contract, "the first columns of statements must be {}",
                      fmt::join(kLeading, ", "));
  take_columns(rows.columns);
  take_rows(rows.cells);
  join_nested();
  const std::size_t all = ranked_.size();
  rank();
  choose_members();
  has_remainder_ = has_remainder_ || all > members_.size();
  for (const Changed& changed : changed_) grow(rows.cells, changed);
  if (book_.forget_unseen()) known_.clear();
  last_ = rows.cells;
  if (ranked_.capacity() > kSpacious * std::max(all, kFew)) let_go();
  seen_ = true;
  remember(history.statement_calls, {now, calls_});
  remember(history.statement_seconds, {now, milliseconds_ / 1000});
  return series(spec);
}

/// After an eviction or a reset: what a far larger answer needed.
void StatementFold::let_go() {
  ranked_.shrink_to_fit();
  // A vector that is assigned {} keeps its memory.
  nested_ = std::vector<std::size_t>();
  rank_of_ = std::vector<std::uint32_t>();
  changed_ = std::vector<Changed>();
  known_ = std::vector<std::uint32_t>();
  last_ = base::Cells(0);
}

pg::Rows StatementFold::with_entries(const pg::Rows& row) const {
  if (row.cells.rows() != 1) return row;
  pg::Rows wider{row.columns, base::Cells(row.columns.size() + 1)};
  wider.columns.emplace_back("entries");
  for (std::size_t c = 0; c < row.columns.size(); ++c) {
    if (const auto cell = row.cells.at(0, c))
      wider.cells.add(*cell);
    else
      wider.cells.add_null();
  }
  if (seen_)
    wider.cells.add(std::to_string(entries_));
  else
    wider.cells.add_null();
  return wider;
}

std::vector<std::int64_t> StatementFold::top() const {
  std::vector<std::pair<std::size_t, std::int64_t>> ranked;
  for (const Member& m : members_) ranked.emplace_back(m.rank, m.key.query);
  std::ranges::sort(ranked);
  std::vector<std::int64_t> queries;
  std::unordered_set<std::int64_t> there;
  for (const auto& [_, query] : ranked)
    if (there.insert(query).second) queries.push_back(query);
  return queries;
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
