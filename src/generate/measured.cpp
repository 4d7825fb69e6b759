#include "generate/measured.hpp"

#include "generate/costs.hpp"
#include "generate/rights.hpp"

namespace pgvigil::generate {

std::span<const Cost> costs() { return kCosts; }

std::span<const Right> rights() { return kRights; }

}  // namespace pgvigil::generate
