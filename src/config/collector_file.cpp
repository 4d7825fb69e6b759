#include <charconv>

#include "config/vetting.hpp"

namespace pgvigil::config {
namespace {

using model::Role;
using model::Scope;
using model::Use;

constexpr std::size_t kMostRows = 1'000'000;
constexpr double kGreatestScale = 1e18;

/// A collector while its keys are read, in any order.
struct Draft {
  struct Step {
    std::string since;
    int line = 0;
    std::string sql;
  };

  CollectorText text;
  Lines lines;
  std::optional<Scope> scope;
  std::optional<base::Millis> timeout;
  std::vector<Step> steps;
};

struct DraftColumn {
  CollectorText::Column column;
  bool has_use = false;
};

constexpr std::string_view kStatement = "a statement that begins with SELECT, WITH, VALUES, TABLE or SHOW";

bool take_use(const Node& value, Use use, DraftColumn& draft) {
  if (draft.has_use || value.text.empty()) return false;
  draft.has_use = true;
  draft.column.use = use;
  return put(draft.column.metric, text(value));
}

constexpr std::string_view kUse =
    "the metric's name, and the only one of gauge, counter, histogram and untyped";
constexpr Setting<DraftColumn> kColumn[] = {
    {"gauge", kUse, [](const Node& value, DraftColumn& draft) { return take_use(value, Use::gauge, draft); }},
    {"counter", kUse,
     [](const Node& value, DraftColumn& draft) { return take_use(value, Use::counter, draft); }},
    {"histogram", kUse,
     [](const Node& value, DraftColumn& draft) { return take_use(value, Use::histogram, draft); }},
    {"untyped", kUse,
     [](const Node& value, DraftColumn& draft) { return take_use(value, Use::untyped, draft); }},
    {"help", "a sentence",
     [](const Node& value, DraftColumn& draft) {
       draft.column.help = sentence(value.text);
       return !draft.column.help.empty();
     }},
    {"scale", "a number above 0 that the column is multiplied by, such as 0.001",
     [](const Node& value, DraftColumn& draft) {
       return put(draft.column.scale, positive(value, kGreatestScale));
     }},
    {"legacy", "the reason why the name may break the naming rules",
     [](const Node& value, DraftColumn& draft) {
       return !value.text.empty() && put(draft.column.legacy, text(value));
     }},
};

Status read_column(const Place& at, const std::string& name, Draft& draft) {
  DraftColumn column;
  column.column.name = name;
  if (at.node->kind == Node::Kind::map) {
    if (Status map = read_map<DraftColumn>(at, kColumn, column); !map) return map;
    if (!column.has_use)
      return wrong(at, "{} lacks its metric; write {{gauge: NAME, help: SENTENCE}}", at.path);
  } else if (at.node->text != "label") {
    return wrong_value(at, "label, or {gauge: NAME, help: SENTENCE}");
  }
  draft.lines.emplace(name, at.line);
  if (!column.column.metric.empty()) draft.lines.emplace(column.column.metric, at.line);
  draft.text.columns.push_back(std::move(column.column));
  return {};
}

Status read_metrics(const Place& at, Draft& draft) {
  if (Status map = expect_map(at); !map) return map;
  for (const Entry& entry : at.node->entries)
    if (Status column = read_column(at.inside(entry), entry.key, draft); !column) return column;
  return {};
}

Status read_query(const Place& at, std::string since, Draft& draft) {
  if (at.node->kind != Node::Kind::scalar || !gives_rows(at.node->text)) return wrong_value(at, kStatement);
  draft.steps.push_back({std::move(since), at.line, at.node->text});
  return {};
}

Status read_queries(const Place& at, Draft& draft) {
  if (Status map = expect_map(at); !map) return map;
  for (const Entry& entry : at.node->entries)
    if (Status query = read_query(at.inside(entry), entry.key, draft); !query) return query;
  return {};
}

constexpr std::array<std::pair<std::string_view, Scope>, 2> kScopes = {
    {{"cluster", Scope::cluster}, {"database", Scope::database}}};
constexpr std::array<std::pair<std::string_view, Role>, 3> kRoles = {
    {{"any", Role::any}, {"primary", Role::primary}, {"replica", Role::replica}}};

constexpr Setting<Draft> kCollector[] = {
    {"scope", "cluster or database",
     [](const Node& value, Draft& draft) {
       return choose(value, kScopes, draft.text.scope) && put(draft.scope, std::optional(draft.text.scope));
     }},
    {"databases", "a list of database names such as [app, audit]",
     [](const Node& value, Draft& draft) { return put(draft.text.databases, names(value)); }},
    {"role", "any, primary or replica",
     [](const Node& value, Draft& draft) { return choose(value, kRoles, draft.text.role); }},
    {"extension", "the name of an extension",
     [](const Node& value, Draft& draft) {
       return !value.text.empty() && put(draft.text.extension, text(value));
     }},
    {"interval", "a duration from 100ms to 24h, such as 30s",
     [](const Node& value, Draft& draft) {
       return put(draft.text.interval, duration(value, base::Millis(100)));
     }},
    {"timeout", "a duration from 1ms to the interval, such as 5s",
     [](const Node& value, Draft& draft) { return put(draft.timeout, duration(value, base::Millis(1))); }},
    {"max_rows", "a number from 1 to 1000000",
     [](const Node& value, Draft& draft) { return put(draft.text.max_rows, count(value, 1, kMostRows)); }},
    {"query", {}, nullptr, [](const Place& at, Draft& draft) { return read_query(at, "", draft); }},
    {"queries", {}, nullptr, read_queries},
    {"metrics", {}, nullptr, read_metrics},
};

/// "14" of a server; "1.8", which is 108, of an extension. 0 for another text.
int version(std::string_view text, bool of_extension) {
  const auto number = [](std::string_view digits) {
    int value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc{} && end == digits.data() + digits.size() && value >= 0 && value < 100 ? value
                                                                                                     : -1;
  };
  if (!of_extension) return std::max(number(text), 0);
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return 0;
  const int major = number(text.substr(0, dot));
  const int minor = number(text.substr(dot + 1));
  return major < 0 || minor < 0 ? 0 : major * 100 + minor;
}

Status place_steps(const Place& at, Draft& draft) {
  if (draft.steps.empty())
    return wrong(at, "{} lacks its query; give `query`, or `queries` by version", at.path);
  const bool of_extension = !draft.text.extension.empty();
  for (Draft::Step& step : draft.steps) {
    const int since = version(step.since, of_extension);
    Place here = at;
    here.line = step.line;
    if (step.since.empty() && draft.steps.size() > 1)
      return wrong(here, "{} has both query and queries; keep one of them", at.path);
    if (since == 0 && !step.since.empty())
      return wrong(here, "{}.queries: {} is no version; it must be {}", at.path, shown(step.since),
                   of_extension ? "the extension's, such as 1.8" : "PostgreSQL's, such as 14");
    draft.text.queries.push_back({since, std::move(step.sql)});
  }
  const auto since = [](const auto& a, const auto& b) { return a.since < b.since; };
  std::sort(draft.text.queries.begin(), draft.text.queries.end(), since);
  return {};
}

/// What follows from what was given.
Status complete(const Place& at, Draft& draft) {
  CollectorText& text = draft.text;
  if (Status steps = place_steps(at, draft); !steps) return steps;
  if (!text.databases.empty() && draft.scope == Scope::cluster)
    return wrong(at, "{} names databases at cluster scope; take one of the two out", at.path);
  if (!text.databases.empty()) text.scope = Scope::database;
  text.timeout = draft.timeout.value_or(std::min(text.timeout, text.interval));
  const auto is_datname = [](const auto& column) { return column.name == "datname"; };
  if (text.scope == Scope::database && std::none_of(text.columns.begin(), text.columns.end(), is_datname))
    text.columns.insert(text.columns.begin(), {"datname"});
  return {};
}

Status read_collector(const Place& at, const std::string& name, std::vector<UserCollector>& all) {
  Draft draft;
  draft.text.name = name;
  if (Status map = read_map<Draft>(at, kCollector, draft); !map) return map;
  if (Status whole = complete(at, draft); !whole) return whole;
  return admit(at, std::move(draft.text), draft.lines, all);
}

constexpr Setting<std::vector<UserCollector>> kFile[] = {
    {"collectors",
     {},
     nullptr,
     [](const Place& at, std::vector<UserCollector>& all) -> Status {
       if (Status map = expect_map(at); !map) return map;
       for (const Entry& entry : at.node->entries)
         if (Status one = read_collector(at.inside(entry), entry.key, all); !one) return one;
       return {};
     }},
};

}  // namespace

base::Result<UserFile> parse_collectors(std::string_view yaml, std::string_view file_name,
                                        Catalogue catalogue, std::span<const UserCollector> earlier) {
  const auto root = read_root(yaml, file_name, "a map with the key collectors");
  if (!root) return tl::unexpected(root.error());
  std::vector<UserCollector> all(earlier.begin(), earlier.end());
  const Place at{file_name, catalogue, {}, &*root, {}, root->line};
  if (const Status read = read_map<std::vector<UserCollector>>(at, kFile, all); !read)
    return tl::unexpected(read.error());
  all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(earlier.size()));
  return UserFile{std::move(all), {}};
}

}  // namespace pgvigil::config
