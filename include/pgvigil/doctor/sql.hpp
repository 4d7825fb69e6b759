#pragma once

#include <string>
#include <string_view>

/// SQL that can be pasted, whatever names are in it.
namespace pgvigil::doctor {

/// "name", always in quotes; as U&"…" where it has control characters, which a terminal would obey.
std::string identifier(std::string_view name);

/// 'text', with its quotes doubled.
std::string literal(std::string_view text);

/// ALTER SYSTEM SET name = value, which is SQL already, and the reload; or a comment that asks for the
/// restart.
std::string alter_system(std::string_view name, std::string_view value, bool restart = false);

}  // namespace pgvigil::doctor
