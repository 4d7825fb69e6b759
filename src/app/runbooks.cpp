#include "app/runbooks.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "pgvigil/base/text.hpp"

namespace pgvigil::app {
namespace {

constexpr std::string_view kIndex = "README";

constexpr std::string_view kStyle =
    ":root{color-scheme:light dark}"
    "body{max-width:52rem;margin:0 auto;padding:1rem;font:16px/1.5 system-ui,sans-serif;"
    "overflow-wrap:anywhere}"
    "h1{font-size:1.4rem}h2{font-size:1.1rem;margin:1.5rem 0 0}p{margin:.5rem 0}"
    ".item{padding-left:.65rem;text-indent:-.65rem}"
    "code,pre{font:.87em/1.45 ui-monospace,monospace}"
    "pre{overflow-x:auto;padding:.7rem;border:1px solid #8888;border-radius:.4rem}";

std::string link(std::string_view text, std::string_view file) {
  const std::string_view name = file.substr(0, file.rfind(".md"));
  return fmt::format(R"(<a href="/runbooks/{}">{}</a>)", name == kIndex ? "" : name, base::escape_html(text));
}

/// Text with `code` and [text](NAME.md) in it.
std::string inline_html(std::string_view text) {
  std::string html;
  while (!text.empty()) {
    const std::size_t end = text.find(text.front() == '`' ? '`' : ')', 1);
    const std::size_t middle = text.find("](");
    if (text.front() == '`' && end != std::string_view::npos) {
      html += "<code>" + base::escape_html(text.substr(1, end - 1)) + "</code>";
      text.remove_prefix(end + 1);
    } else if (text.front() == '[' && middle < end && end != std::string_view::npos) {
      html += link(text.substr(1, middle - 1), text.substr(middle + 2, end - middle - 2));
      text.remove_prefix(end + 1);
    } else {
      const std::size_t plain = std::min(text.find_first_of("`[", 1), text.size());
      html += base::escape_html(text.substr(0, plain));
      text.remove_prefix(plain);
    }
  }
  return html;
}

/// Takes Markdown line by line.
class Converter {
 public:
  void take(std::string_view line) {
    if (line.starts_with("```")) {
      finish_block();
      html_ += in_code_ ? "</pre>\n" : "<pre>";
      in_code_ = !in_code_;
    } else if (in_code_) {
      html_ += base::escape_html(line) + "\n";
    } else if (line.starts_with("# ") || line.starts_with("## ")) {
      finish_block();
      const std::size_t level = line.find(' ');
      html_ += fmt::format("<h{0}>{1}</h{0}>\n", level, inline_html(line.substr(level + 1)));
    } else {
      if (line.empty() || line.starts_with("- ")) finish_block();
      block_ += line;
      if (!line.empty()) block_ += '\n';
    }
  }

  std::string finish() {
    finish_block();
    return std::move(html_);
  }

 private:
  void finish_block() {
    if (block_.empty()) return;
    html_ +=
        fmt::format("<p{}>{}</p>\n", block_.starts_with("- ") ? " class=\"item\"" : "", inline_html(block_));
    block_.clear();
  }

  std::string html_;
  std::string block_;
  bool in_code_ = false;
};

web::Response html(const Runbook& runbook) {
  web::Response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = {std::make_shared<const std::string>(runbook_page(runbook))};
  return response;
}

}  // namespace

std::string runbook_page(const Runbook& runbook) {
  Converter converter;
  for (std::string_view rest = runbook.text; !rest.empty();) {
    const std::size_t end = std::min(rest.find('\n'), rest.size() - 1);
    const bool whole = rest[end] == '\n';
    converter.take(rest.substr(0, whole ? end : end + 1));
    rest.remove_prefix(end + 1);
  }
  return fmt::format(R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{} · pgvigil</title>
<style>{}</style>
</head>
<body>
{}</body>
</html>
)",
                     runbook.name == kIndex ? "Runbooks" : base::escape_html(runbook.name), kStyle,
                     converter.finish());
}

void add_runbooks(std::map<std::string, web::Route>& routes) {
  for (const Runbook& runbook : runbooks()) {
    const auto route = [&runbook](const web::Request&) { return html(runbook); };
    const bool index = runbook.name == kIndex;
    routes[index ? "/runbooks/" : fmt::format("/runbooks/{}", runbook.name)] = route;
    if (index) routes["/runbooks"] = route;
  }
}

}  // namespace pgvigil::app
