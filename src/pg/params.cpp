#include "pg/params.hpp"

#include <algorithm>
#include <array>

#include "pg/handles.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::pg {

base::Result<Params> Params::parse(const std::string& conninfo) {
  char* message = nullptr;
  const OptionsHandle options(PQconninfoParse(conninfo.c_str(), &message));
  if (!options) {
    // libpq's message quotes the string, so a password in a mistyped URI would come with it.
    PQfreemem(message);
    return base::fail(base::ErrorKind::config,
                      "the dsn is neither keyword=value pairs nor a postgresql:// URI that libpq can parse");
  }
  Params params;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option)
    if (option->val != nullptr) params.items_.emplace_back(option->keyword, option->val);
  return params;
}

void Params::set(std::string_view keyword, std::string_view value) {
  erase(keyword);
  items_.emplace_back(keyword, value);
}

void Params::set_default(std::string_view keyword, std::string_view value) {
  if (get(keyword).empty()) set(keyword, value);
}

void Params::erase(std::string_view keyword) {
  std::erase_if(items_, [&](const auto& item) { return item.first == keyword; });
}

std::string Params::get(std::string_view keyword) const {
  const auto found =
      std::ranges::find(items_, keyword, [](const auto& item) { return std::string_view(item.first); });
  return found == items_.end() ? std::string() : found->second;
}

std::vector<const char*> Params::keywords() const {
  std::vector<const char*> out;
  for (const auto& item : items_) out.push_back(item.first.c_str());
  out.push_back(nullptr);
  return out;
}

std::vector<const char*> Params::values() const {
  std::vector<const char*> out;
  for (const auto& item : items_) out.push_back(item.second.c_str());
  out.push_back(nullptr);
  return out;
}

void add_session_defaults(Params& params) {
  params.set("client_encoding", "UTF8");
  // A half-open connection is noticed in half a minute, not in the kernel's two hours.
  constexpr std::array<std::pair<std::string_view, std::string_view>, 6> kDefaults = {{
      {"fallback_application_name", "pgvigil"},
      {"connect_timeout", "5"},
      {"keepalives_idle", "15"},
      {"keepalives_interval", "5"},
      {"keepalives_count", "3"},
      {"tcp_user_timeout", "15000"},
  }};
  for (const auto& [keyword, value] : kDefaults) params.set_default(keyword, value);
}

}  // namespace pgvigil::pg
