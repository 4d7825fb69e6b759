#pragma once

#include <string_view>

#include "pgvigil/base/result.hpp"

namespace pgvigil::pg {

/// The kind of error that an SQLSTATE stands for (PostgreSQL's Appendix A). Texts are never looked at: they
/// are translated.
base::ErrorKind kind_of(std::string_view sqlstate);

}  // namespace pgvigil::pg
