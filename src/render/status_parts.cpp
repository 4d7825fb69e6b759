#include "render/status_parts.hpp"

#include <optional>

#include "render/status_style.hpp"
#include "render/status_view.hpp"

namespace pgvigil::render {
namespace {

using model::State;

std::string icon(std::string_view word) {
  std::string_view colour = "%236b7686";
  if (word == "ok") colour = "%232f9e68";
  if (word == "warning") colour = "%23dd9412";
  if (word == "critical" || word == "down") colour = "%23d43f4a";
  return fmt::format(
      "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'>"
      "<circle cx='8' cy='8' r='7' fill='{}'/></svg>",
      colour);
}

}  // namespace

std::string state_label(std::string_view state) {
  std::string_view symbol = "?";
  if (state == "ok" || state == "up") symbol = "✓";
  if (state == "warning") symbol = "▲";
  if (state == "critical" || state == "failed" || state == "down") symbol = "✕";
  if (state == "skipped" || state == "waiting") symbol = "–";
  return fmt::format(R"(<span class="state"><span aria-hidden="true">{}</span> {}</span>)", symbol, state);
}

std::string_view verdict(const model::Snapshot& snapshot, std::span<const model::Finding> findings) {
  if (!polled(snapshot)) return "waiting";
  if (!snapshot.up) return "down";
  const auto some = [&](std::optional<State> state) {
    return std::ranges::any_of(findings,
                               [&](const model::Finding& finding) { return finding.state == state; });
  };
  if (some(State::critical)) return "critical";
  if (some(State::warning)) return "warning";
  return some(std::nullopt) ? "unknown" : "ok";
}

std::string head(std::string_view word, std::string_view server) {
  return fmt::format(R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="15">
<title>{} · {} · pgvigil</title>
<link rel="icon" href="{}">
<style>{}</style>
</head>
)",
                     word, server, icon(word), kStyle);
}

}  // namespace pgvigil::render
