#include "app/runbooks.hpp"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace pgvigil::app {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::string html_of(std::string_view markdown) { return runbook_page({"PostgresDown", markdown}); }

std::string body_of(const web::Response& response) {
  std::string body;
  for (const auto& piece : response.body) body += *piece;
  return body;
}

}  // namespace

TEST(Runbooks, AreTheFilesOfTheirFolderByteForByte) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(PGVIGIL_SOURCE_DIR "/docs/runbooks")) {
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    files[entry.path().stem()] = text.str();
  }
  std::map<std::string, std::string> embedded;
  for (const Runbook& runbook : runbooks()) embedded[std::string(runbook.name)] = runbook.text;
  EXPECT_EQ(embedded, files);
  EXPECT_GT(files.size(), 40U);
}

TEST(Runbooks, EachHasARouteAndTheIndexHasTwo) {
  std::map<std::string, web::Route> routes;
  add_runbooks(routes);
  EXPECT_EQ(routes.size(), runbooks().size() + 1);
  const web::Response page = routes.at("/runbooks/PostgresDown")({});
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  EXPECT_THAT(body_of(page), HasSubstr("<title>PostgresDown · pgvigil</title>"));
  EXPECT_EQ(body_of(routes.at("/runbooks")({})), body_of(routes.at("/runbooks/")({})));
  EXPECT_THAT(body_of(routes.at("/runbooks/")({})), HasSubstr(R"(<a href="/runbooks/PostgresDown">)"));
}

TEST(RunbookPage, KnowsHeadingsParagraphsItemsAndCode) {
  EXPECT_THAT(html_of("# Down · 중단\n\n## Do\n\nOne\ntwo.\n\n- First,\n  still it.\n- Second.\n\n"
                      "```sql\nSELECT 1;\n\n-- two\n```\n\nEnd."),
              HasSubstr("<h1>Down · 중단</h1>\n<h2>Do</h2>\n<p>One\ntwo.\n</p>\n"
                        "<p class=\"item\">- First,\n  still it.\n</p>\n<p class=\"item\">- Second.\n</p>\n"
                        "<pre>SELECT 1;\n\n-- two\n</pre>\n<p>End.\n</p>\n</body>"));
}

TEST(RunbookPage, LinksLeadToOtherPagesAndToTheIndex) {
  EXPECT_THAT(html_of("See [Slow](Slow.md), [all](README.md)."),
              HasSubstr(R"(<p>See <a href="/runbooks/Slow">Slow</a>, <a href="/runbooks/">all</a>.)"));
}

TEST(RunbookPage, CodeInALineMayGoOverItsEndAndHoldsNoLinks) {
  EXPECT_THAT(html_of("`a [b](c.md)\nd` e"), HasSubstr("<p><code>a [b](c.md)\nd</code> e\n</p>"));
}

TEST(RunbookPage, WhatIsNotMeantAsMarkupStaysText) {
  EXPECT_THAT(html_of("a[1] ` [x] (y) <b> & \"c\" [z]("),
              HasSubstr("<p>a[1] ` [x] (y) &lt;b&gt; &amp; &quot;c&quot; [z](\n</p>"));
  EXPECT_THAT(html_of("```\n<b>`[a](b.md)\n```"), HasSubstr("<pre>&lt;b&gt;`[a](b.md)\n</pre>"));
  EXPECT_THAT(html_of(""), EndsWith("<body>\n</body>\n</html>\n"));
}

TEST(RunbookPage, NoneOfOursLeavesMarkupOver) {
  for (const Runbook& runbook : runbooks()) {
    const std::string page = runbook_page(runbook);
    EXPECT_THAT(page, Not(HasSubstr("](")));
    EXPECT_THAT(page, Not(HasSubstr("`"))) << runbook.name;
    EXPECT_THAT(page, Not(HasSubstr("<p>#"))) << runbook.name;
  }
}

}  // namespace pgvigil::app
