#include "pgvigil/collect/probe.hpp"

#include "collect/number.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::collect {
namespace {

pg::Rows one(const model::CollectorSpec& spec, std::string_view cell) {
  pg::Rows row{{std::string(spec.columns.front().name)}, base::Cells(1)};
  row.cells.add(cell);
  return row;
}

}  // namespace

base::Result<pg::Rows> read_probe(const model::CollectorSpec& spec, pg::Session* session,
                                  const base::Clock& clock, base::SteadyTime deadline) {
  if (session == nullptr) return base::fail(base::ErrorKind::connect, "there is no server to ask");
  const auto start = clock.steady();
  const auto answer = pg::ask(*session, {spec.name, "SELECT 1", spec.timeout}, deadline);
  if (!answer) return tl::unexpected(answer.error());
  return one(spec, base::number(std::chrono::duration<double>(clock.steady() - start).count()));
}

base::Result<pg::Rows> ProbeFold::operator()(const model::CollectorSpec& spec, const pg::Rows& rows) {
  if (!times_) times_.emplace(spec.columns.front().bounds.each);
  times_->observe(to_number<double>(rows.cells.at(0, 0)));
  return one(spec, times_->cell());
}

}  // namespace pgvigil::collect
