#include "pgvigil/model/rule.hpp"

namespace pgvigil::model {

std::string_view name(State state) {
  switch (state) {
    case State::ok:
      return "ok";
    case State::warning:
      return "warning";
    case State::critical:
      return "critical";
  }
  return "critical";
}

}  // namespace pgvigil::model
