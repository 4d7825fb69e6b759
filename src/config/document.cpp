#include "config/document.hpp"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <optional>
#include <sstream>
#include <utility>

#include "config/values.hpp"
#include "pgvigil/base/text.hpp"

namespace pgvigil::config {
namespace {

constexpr int kMaxNodes = 10'000;
constexpr std::size_t kMaxDepth = 20;

/// Leaves the parser from inside one of its callbacks; caught in read_document().
struct Refusal {
  int line;
  std::string message;
};

int line_of(const YAML::Mark& mark) { return mark.line + 1; }

/// Builds the tree from the parser's events, so that duplicates are seen and aliases never expand.
class TreeBuilder final : public YAML::EventHandler {
 public:
  Node root;

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (documents_++ > 0) throw Refusal{line_of(mark), "a second document begins; keep one"};
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t) override {
    add({Node::Kind::null, {}, line_of(mark), {}});
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    throw Refusal{line_of(mark), "aliases are not supported; write the value out"};
  }
  void OnScalar(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                const std::string& value) override {
    add({Node::Kind::scalar, value, line_of(mark), {}});
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    open({Node::Kind::list, {}, line_of(mark), {}});
  }
  void OnSequenceEnd() override { close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    open({Node::Kind::map, {}, line_of(mark), {}});
  }
  void OnMapEnd() override { close(); }

 private:
  struct Open {
    Node node;
    std::optional<Entry> pending;  ///< in a map: the key whose value comes next
  };

  void open(Node node) {
    if (open_.size() == kMaxDepth)
      throw Refusal{node.line, fmt::format("nested deeper than {}; no setting is so deep", kMaxDepth)};
    open_.push_back({std::move(node), std::nullopt});
  }

  void close() {
    Node done = std::move(open_.back().node);
    open_.pop_back();
    add(std::move(done));
  }

  void add(Node node) {
    if (++nodes_ > kMaxNodes)
      throw Refusal{node.line, fmt::format("more than {} values; no configuration needs so many", kMaxNodes)};
    if (open_.empty()) {
      root = std::move(node);
    } else if (Open& parent = open_.back(); parent.node.kind == Node::Kind::list) {
      parent.node.entries.push_back({{}, node.line, std::move(node)});
    } else if (!parent.pending) {
      parent.pending = key(parent.node, std::move(node));
    } else {
      parent.pending->value = std::move(node);
      parent.node.entries.push_back(std::move(*parent.pending));
      parent.pending.reset();
    }
  }

  static Entry key(const Node& map, Node node) {
    if (node.kind != Node::Kind::scalar)
      throw Refusal{node.line, fmt::format("a key is {}; it must be a word", name(node.kind))};
    for (const Entry& entry : map.entries)
      if (entry.key == node.text)
        throw Refusal{node.line, fmt::format("the key {} is already on line {}; keep one of them",
                                             shown(node.text), entry.line)};
    return {std::move(node.text), node.line, {}};
  }

  std::vector<Open> open_;
  int nodes_ = 0;
  int documents_ = 0;
};

/// What yaml-cpp would let pass or report in a misleading way.
std::optional<Refusal> fault_in_text(std::string_view yaml) {
  for (int line = 1; !yaml.empty(); ++line) {
    const std::string_view text = yaml.substr(0, yaml.find('\n'));
    if (!base::is_utf8(text)) return Refusal{line, "the text is not UTF-8; save the file as UTF-8"};
    const std::string_view indentation =
        text.substr(0, std::min(text.find_first_not_of(" \t\r"), text.size()));
    if (indentation.find('\t') != std::string_view::npos)
      return Refusal{line, "a tab in the indentation; indent with spaces"};
    yaml.remove_prefix(std::min(text.size() + 1, yaml.size()));
  }
  return std::nullopt;
}

}  // namespace

std::string_view name(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::null:
      return "empty";
    case Node::Kind::scalar:
      return "a text";
    case Node::Kind::list:
      return "a list";
    case Node::Kind::map:
      return "a map";
  }
  return "unknown";
}

base::Result<Node> read_document(std::string_view yaml, std::string_view file_name) {
  const auto refuse = [&](int line, std::string_view message) {
    return base::fail(base::ErrorKind::config, "{}:{}: {}", file_name, line, message);
  };
  if (const auto fault = fault_in_text(yaml)) return refuse(fault->line, fault->message);
  TreeBuilder tree;
  try {
    std::istringstream stream{std::string(yaml)};
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(tree)) {
    }
  } catch (const Refusal& refusal) {
    return refuse(refusal.line, refusal.message);
  } catch (const YAML::Exception& error) {
    return refuse(line_of(error.mark), fmt::format("not valid YAML ({}); see docs/pgvigil.example.yml",
                                                   base::clean_utf8(error.msg)));
  }
  return std::move(tree.root);
}

}  // namespace pgvigil::config
