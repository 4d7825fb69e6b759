#include "pgvigil/pg/session.hpp"

namespace pgvigil::pg {

base::Result<Rows> ask(Session& session, const Statement& statement, base::SteadyTime deadline) {
  base::Result<Rows> answer = Rows{};
  // Every statement is reported, with the session's error where that was lost: the answer says it all.
  (void)session.run({&statement, 1}, deadline, [&answer](std::size_t, base::Result<Rows> rows, base::Millis) {
    answer = std::move(rows);
  });
  return answer;
}

}  // namespace pgvigil::pg
