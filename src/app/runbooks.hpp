#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>

#include "pgvigil/web/server.hpp"

namespace pgvigil::app {

/// A page of docs/runbooks: its file's name without .md, and its Markdown. In the binary's read-only memory.
struct Runbook {
  std::string_view name;
  std::string_view text;
};

/// All of them, by name; made from docs/runbooks by cmake/runbooks.cmake.
std::span<const Runbook> runbooks();

/// The page as HTML without JavaScript, readable on a phone. Of Markdown it knows what the runbooks use:
/// headings, paragraphs, items, fenced code, `code` and [text](NAME.md), which leads to /runbooks/NAME;
/// README is /runbooks/.
std::string runbook_page(const Runbook& runbook);

/// Adds /runbooks/NAME for each, and /runbooks and /runbooks/ for README. The server's 404 lists them.
void add_runbooks(std::map<std::string, web::Route>& routes);

}  // namespace pgvigil::app
