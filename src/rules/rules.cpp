#include "pgvigil/rules/rules.hpp"

#include <array>

#include "rules/thresholds.hpp"

namespace pgvigil::rules {
namespace {

constexpr std::array kRules = {&kCpu, &kMemory, &kDisk, &kConnections, &kLatency};

}  // namespace

std::span<const model::Rule* const> rules() { return kRules; }

}  // namespace pgvigil::rules
