#include "pgvigil/base/result.hpp"

namespace pgvigil::base {

std::string_view name(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::connect:
      return "connect";
    case ErrorKind::auth:
      return "auth";
    case ErrorKind::permission:
      return "permission";
    case ErrorKind::timeout:
      return "timeout";
    case ErrorKind::sql:
      return "sql";
    case ErrorKind::contract:
      return "contract";
    case ErrorKind::too_large:
      return "too_large";
    case ErrorKind::config:
      return "config";
    case ErrorKind::io:
      return "io";
  }
  return "io";
}

}  // namespace pgvigil::base
