#pragma once

#include <string_view>

namespace pgvigil::app {

inline constexpr std::string_view kVersion = PGVIGIL_VERSION;  // from CMakeLists.txt
inline constexpr std::string_view kCompiler =
#ifdef __clang__
    "clang " __clang_version__;
#else
    "gcc " __VERSION__;
#endif

}  // namespace pgvigil::app
