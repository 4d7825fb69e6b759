#include <algorithm>

#include "config/version_range.hpp"
#include "config/vetting.hpp"

namespace pgvigil::config {
namespace {

using model::Use;

constexpr base::Seconds kInterval{15};
constexpr std::size_t kMaxRows = 5000;  // there is no such budget in postgres_exporter
constexpr const char* kLegacy = "a name from queries.yaml";

/// A namespace while its keys are read.
struct Draft {
  std::string query;
  bool master = false;
  base::Seconds cache{0};
  std::string range;
  int range_line = 0;
  CollectorText text;
  Lines lines;
};

struct Option {
  std::string usage;
  int usage_line = 0;
  std::string description;
};

bool accept(const Node&, Option&) { return true; }

/// `metric_mapping` and `pg_version` have no effect in a user's file there either.
constexpr Setting<Option> kOption[] = {
    {"usage", "LABEL, GAUGE, COUNTER, HISTOGRAM or DISCARD",
     [](const Node& value, Option& option) {
       option.usage_line = value.line;
       return put(option.usage, text(value));
     }},
    {"description", "a text",
     [](const Node& value, Option& option) {
       option.description = value.text;
       return value.kind == Node::Kind::scalar || value.kind == Node::Kind::null;
     }},
    {"metric_mapping", "", accept},
    {"pg_version", "", accept},
};

/// What a usage that has no counterpart here could be instead; empty for a text that is no usage at all.
std::string_view instead_of(std::string_view usage) {
  if (usage == "MAPPEDMETRIC")
    return "postgres_exporter ignores the mapping of a user's query; select the number by CASE as a GAUGE";
  if (usage == "DURATION")
    return "postgres_exporter reads no duration from a user's query; select extract(epoch FROM ...) as a "
           "GAUGE";
  return {};
}

std::optional<Use> value_of(std::string_view usage) {
  if (usage == "GAUGE") return Use::gauge;
  if (usage == "COUNTER") return Use::counter;
  if (usage == "HISTOGRAM") return Use::histogram;
  return {};
}

Status add_column(const Place& at, const std::string& name, const Option& option, Draft& draft) {
  Place here = at;
  if (option.usage_line != 0) here.line = option.usage_line;
  if (option.usage == "DISCARD") return {};
  if (!draft.lines.emplace(name, at.line).second)
    return wrong(at, "{}: the column {} is described twice; keep one", at.path, shown(name));
  CollectorText::Column column{name, Use::label};
  if (const auto use = value_of(option.usage)) {
    column.use = *use;
    column.metric = fmt::format("{}_{}", draft.text.name, name);
    column.help =
        sentence(option.description.empty() ? fmt::format("Column {} of the query {}", name, draft.text.name)
                                            : option.description);
    const model::Column view{name, column.use, column.metric, column.help};
    if (!model::soundness::bad_name(view).empty()) column.legacy = kLegacy;
    draft.lines.emplace(column.metric, at.line);
  } else if (option.usage != "LABEL") {
    const std::string_view instead = instead_of(option.usage);
    return wrong(here, "{}: the usage {} is not supported; {}", at.path, shown(option.usage),
                 instead.empty() ? "it must be LABEL, GAUGE, COUNTER, HISTOGRAM or DISCARD" : instead);
  }
  draft.text.columns.push_back(std::move(column));
  return {};
}

Status read_metrics(const Place& at, Draft& draft) {
  if (at.node->kind != Node::Kind::list && at.node->kind != Node::Kind::null)
    return wrong_value(at, "a list such as [{COLUMN: {usage: GAUGE, description: TEXT}}]");
  for (const Entry& item : at.node->entries) {
    Place in_list = at.inside(item);
    in_list.path = at.path;
    if (Status map = expect_map(in_list); !map) return map;
    for (const Entry& entry : item.value.entries) {
      const Place here = in_list.inside(entry);
      Option option;
      if (Status map = read_map<Option>(here, kOption, option); !map) return map;
      if (Status column = add_column(here, entry.key, option, draft); !column) return column;
    }
  }
  return {};
}

/// As Go's YAML reads a boolean.
constexpr std::array<std::pair<std::string_view, bool>, 12> kYesOrNo = {{{"true", true},
                                                                         {"True", true},
                                                                         {"TRUE", true},
                                                                         {"yes", true},
                                                                         {"on", true},
                                                                         {"y", true},
                                                                         {"false", false},
                                                                         {"False", false},
                                                                         {"FALSE", false},
                                                                         {"no", false},
                                                                         {"off", false},
                                                                         {"n", false}}};

constexpr Setting<Draft> kNamespace[] = {
    {"query", "a statement that begins with SELECT, WITH, VALUES, TABLE or SHOW",
     [](const Node& value, Draft& draft) {
       return (gives_rows(value.text) || base::trim(value.text).empty()) && put(draft.query, text(value));
     }},
    {"metrics", {}, nullptr, read_metrics},
    {"master", "true or false",
     [](const Node& value, Draft& draft) { return choose(value, kYesOrNo, draft.master); }},
    {"cache_seconds", "a number of seconds, at most 86400",
     [](const Node& value, Draft& draft) {
       const auto seconds = count(value, 0, 86'400);
       draft.cache = base::Seconds(seconds.value_or(0));
       return seconds.has_value();
     }},
    {"runonserver", "a range of versions such as \">=14.0.0\"",
     [](const Node& value, Draft& draft) {
       draft.range_line = value.line;
       return put(draft.range, text(value));
     }},
};

class QueriesFile {
 public:
  QueriesFile(std::vector<UserCollector> earlier, bool in_each_database)
      : all_(std::move(earlier)), earlier_(all_.size()), in_each_database_(in_each_database) {}

  Status read(const Place& at) {
    for (const Entry& entry : at.node->entries)
      if (Status one = read_namespace(at.inside(entry), entry.key); !one) return one;
    return {};
  }

  UserFile take() && {
    all_.erase(all_.begin(), all_.begin() + static_cast<std::ptrdiff_t>(earlier_));
    return {std::move(all_), std::move(notes_)};
  }

 private:
  Status read_namespace(const Place& at, const std::string& name) {
    Draft draft;
    draft.text.name = name;
    draft.text.open = true;
    draft.text.max_rows = kMaxRows;
    if (Status map = read_map<Draft>(at, kNamespace, draft); !map) return map;
    if (base::trim(draft.query).empty()) return leave_out(at, "it has no query");
    VersionRange range;
    if (!draft.range.empty()) {
      const auto given = version_range(draft.range);
      Place here = at;
      here.line = draft.range_line;
      if (!given)
        return wrong(here, "{}.runonserver {}; it must be bounds of whole versions, such as \">=14.0.0\"",
                     at.path, given.error());
      range = *given;
    }
    if (range.empty) return leave_out(at, "its runonserver takes in no version that pgvigil watches");
    if (!drop_known(at, draft.text)) return {};
    finish(draft, range);
    // A collector's name is no part of a metric's here: another one may have it.
    if (is_taken(draft.text.name, at.catalogue, all_)) draft.text.name = "queries_" + draft.text.name;
    return admit(at, std::move(draft.text), draft.lines, all_);
  }

  void finish(Draft& draft, const VersionRange& range) const {
    draft.text.queries = {{range.since, std::move(draft.query)}};
    draft.text.before = range.before;
    draft.text.interval = std::max<base::Millis>(kInterval, draft.cache);
    if (!in_each_database_ || draft.master) return;
    draft.text.scope = model::Scope::database;
    const auto is_datname = [](const auto& column) { return column.name == "datname"; };
    auto& columns = draft.text.columns;
    if (std::none_of(columns.begin(), columns.end(), is_datname))
      columns.insert(columns.begin(), {"datname"});
  }

  /// Takes out what pgvigil exports under the same name itself; says whether any value is left.
  bool drop_known(const Place& at, CollectorText& text) {
    std::map<std::string, std::vector<std::string>> dropped;  // by who exports them
    std::erase_if(text.columns, [&](const CollectorText::Column& column) {
      if (column.use == Use::label) return false;
      const Owner owner = owner_of(column.metric, column.use, at.catalogue, {});
      if (owner.built_in) dropped[owner.name].push_back(column.metric);
      return owner.built_in;
    });
    const auto is_value = [](const auto& column) { return column.use != Use::label; };
    const bool any_left = std::any_of(text.columns.begin(), text.columns.end(), is_value);
    for (const auto& [owner, metrics] : dropped)
      note(at, any_left ? fmt::format("without {}: {} exports it", fmt::join(metrics, ", "), owner)
                        : fmt::format("left out: {} exports it", owner));
    return any_left || dropped.empty();
  }

  Status leave_out(const Place& at, std::string_view why) {
    note(at, fmt::format("left out: {}", why));
    return {};
  }

  void note(const Place& at, const std::string& what) {
    notes_.push_back(fmt::format("{}:{}: {} {}", at.origin, at.line, at.path, what));
  }

  std::vector<UserCollector> all_;
  std::size_t earlier_;
  std::vector<std::string> notes_;
  bool in_each_database_;
};

}  // namespace

base::Result<UserFile> parse_queries(std::string_view yaml, std::string_view file_name, Catalogue catalogue,
                                     std::span<const UserCollector> earlier, bool in_each_database) {
  const auto root = read_root(yaml, file_name, "a map of queries by name");
  if (!root) return tl::unexpected(root.error());
  QueriesFile file({earlier.begin(), earlier.end()}, in_each_database);
  if (const Status read = file.read({file_name, catalogue, {}, &*root, {}, root->line}); !read)
    return tl::unexpected(read.error());
  return std::move(file).take();
}

}  // namespace pgvigil::config
