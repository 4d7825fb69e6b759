#include "pgvigil/doctor/sql.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pgvigil/base/text.hpp"

namespace pgvigil::doctor {

std::string identifier(std::string_view name) {
  const bool escaped = std::ranges::any_of(name, base::is_control);
  std::string out = escaped ? "U&\"" : "\"";
  for (const char c : name) {
    if (base::is_control(c))
      out += fmt::format("\\{:04x}", static_cast<unsigned char>(c));
    else
      out.append(c == '"' || (c == '\\' && escaped) ? 2 : 1, c);
  }
  return out += '"';
}

std::string literal(std::string_view text) {
  return fmt::format("'{}'", base::replaced(std::string(text), "'", "''"));
}

std::string alter_system(std::string_view name, std::string_view value, bool restart) {
  return fmt::format("ALTER SYSTEM SET {} = {};\n{}", name, value,
                     restart ? "-- then restart PostgreSQL" : "SELECT pg_reload_conf();");
}

}  // namespace pgvigil::doctor
