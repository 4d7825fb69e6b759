#include "pg/params.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "pg/handles.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::pg {

namespace {

/// Whether a value holds what cannot be part of it: a slip in the conninfo has put a password there, or a
/// piece of one, and it would be shown as what it is not.
bool is_slip(std::string_view keyword, std::string_view value, bool uri) {
  constexpr auto kNowhere = std::string_view::npos;
  if (keyword == "port") return value.find_first_not_of("0123456789, ") != kNowhere;
  if (keyword == "dbname" || keyword == "user")
    return value.find("://") != kNowhere || value.find("password=") != kNowhere ||
           (uri && keyword == "dbname" && value.find('@') != kNowhere);
  if (keyword != "host" && keyword != "hostaddr") return false;
  for (std::size_t at = 0; at != kNowhere; at = value.find(',', at)) {
    if (value.substr(at).starts_with(',')) ++at;
    const std::string_view one = value.substr(at, value.find(',', at) - at);
    const bool socket = one.starts_with('/') || one.starts_with('@');
    if (!socket && one.find_first_of("@=;/") != kNowhere) return true;
  }
  return false;
}

/// The parts of a list separated by commas; an empty text has one.
std::vector<std::string> parts(std::string_view list) {
  std::vector<std::string> parts(1);
  for (const char c : list) {
    if (c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

}  // namespace

base::Result<Params> Params::parse(const std::string& conninfo) {
  char* message = nullptr;
  const OptionsHandle options(PQconninfoParse(conninfo.c_str(), &message));
  if (!options) {
    if (message == nullptr) return base::fail(base::ErrorKind::connect, "out of memory");
    // libpq's message quotes the string, so a password in a mistyped URI would come with it.
    PQfreemem(message);
    return base::fail(base::ErrorKind::config,
                      "the dsn is neither keyword=value pairs nor a postgresql:// URI that libpq can parse");
  }
  const bool uri = conninfo.find("://") != std::string::npos;
  Params params;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val == nullptr) continue;
    if (is_slip(option->keyword, option->val, uri))
      return base::fail(
          base::ErrorKind::config,
          "the dsn's {} cannot be right (not shown); in a URI the characters @ / : of a name or "
          "password are written %40 %2F %3A, and keyword=value pairs are separated by spaces",
          option->keyword);
    params.items_.emplace_back(option->keyword, option->val);
  }
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

std::size_t Params::hosts() const {
  return std::max(parts(get("host")).size(), parts(get("hostaddr")).size());
}

bool Params::drop_hosts_through(std::string_view host, std::string_view port) {
  const auto names = parts(get("host"));
  const auto addresses = parts(get("hostaddr"));
  const auto ports = parts(get("port"));
  const auto at = [](const std::vector<std::string>& list, std::size_t i) {
    return i < list.size() ? list[i] : list.back();  // one port may be that of all hosts
  };
  for (std::size_t i = 0; i + 1 < hosts(); ++i) {
    const std::string name = at(names, i).empty() ? at(addresses, i) : at(names, i);
    if (name != host || (!at(ports, i).empty() && at(ports, i) != port)) continue;
    for (const std::string_view keyword : {"host", "hostaddr", "port"})
      if (const auto list = parts(get(keyword)); list.size() > 1)
        set(keyword,
            fmt::format("{}", fmt::join(list.begin() + static_cast<std::ptrdiff_t>(i) + 1, list.end(), ",")));
    return true;
  }
  return false;
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
