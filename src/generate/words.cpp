#include "generate/words.hpp"

#include <string>

namespace pgvigil::generate {
namespace {

struct Word {
  std::string_view text;
  std::string_view color;
};

constexpr auto kUp = std::to_array<Word>({{"down", "red"}, {"up", "green"}});
constexpr auto kState = std::to_array<Word>({{"ok", "green"}, {"warning", "orange"}, {"critical", "red"}});
constexpr auto kRole = std::to_array<Word>({{"primary", "blue"}, {"standby", "purple"}});
constexpr auto kSuccess = std::to_array<Word>({{"failed", "red"}, {"ok", "green"}});
constexpr auto kActive = std::to_array<Word>({{"inactive", "orange"}, {"active", "green"}});
constexpr auto kWritable = std::to_array<Word>({{"writable", "green"}, {"read-only", "red"}});
constexpr auto kBreaker =
    std::to_array<Word>({{"closed", "green"}, {"half open", "orange"}, {"open", "red"}});

std::span<const Word> by_value(Words words) {
  switch (words) {
    case Words::up:
      return kUp;
    case Words::state:
      return kState;
    case Words::role:
      return kRole;
    case Words::success:
      return kSuccess;
    case Words::active:
      return kActive;
    case Words::writable:
      return kWritable;
    case Words::breaker:
      return kBreaker;
    case Words::none:
      break;
  }
  return {};
}

}  // namespace

nlohmann::ordered_json mappings(Words words) {
  const auto meanings = by_value(words);
  auto json = nlohmann::ordered_json::array();
  if (meanings.empty()) return json;
  auto options = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < meanings.size(); ++i)
    options[std::to_string(i)] = {{"color", meanings[i].color}, {"index", i}, {"text", meanings[i].text}};
  json.push_back({{"type", "value"}, {"options", options}});
  return json;
}

}  // namespace pgvigil::generate
