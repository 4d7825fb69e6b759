#include "pgvigil/render/index.hpp"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace pgvigil::render {
namespace {

using model::State;
using testing::HasSubstr;
using testing::Not;

/// Targets of every kind.
class Index : public testing::Test {
 protected:
  Index() {
    cpu_.id = "cpu";
    cpu_.title = "CPU";
    up_.taken = base::WallTime(base::Seconds(1777636800));
    up_.up = true;
    up_.server_version = "14.23";
    down_ = up_;
    down_.up = false;
    down_.down_reason = "no <route>";
    fine_ = {{&cpu_, {}, {}, State::ok}};
    busy_ = {{&cpu_, {}, {}, State::critical}};
    rows_ = {{"billing", true, &up_, fine_},
             {"lost", false, &down_, fine_},
             {"new", false, nullptr, {}},
             {"orders", true, &up_, busy_},
             {"stuck", false, &up_, fine_}};
  }

  model::Rule cpu_;
  model::Snapshot up_;
  model::Snapshot down_;
  std::vector<model::Finding> fine_;
  std::vector<model::Finding> busy_;
  std::vector<IndexRow> rows_;
};

}  // namespace

TEST_F(Index, ShowsThoseInTroubleFirstAndWhy) {
  const std::string page = index_page(rows_, "/metrics", "1.0");
  EXPECT_THAT(page, HasSubstr("<h1>5 targets</h1>"));
  EXPECT_THAT(page, HasSubstr("2 down, 1 critical, 1 waiting, 1 ok"));
  EXPECT_THAT(page, HasSubstr("no &lt;route&gt;"));
  EXPECT_THAT(page, HasSubstr("no poll has ended for three intervals"));
  EXPECT_THAT(page, HasSubstr("CPU: critical"));
  std::size_t last = 0;
  for (const char* name : {"lost", "stuck", "orders", "new", "billing"}) {
    const auto at = page.find(std::string("href=\"/?target=") + name + "\"");
    EXPECT_GT(at, last) << name;
    last = at;
  }
}

TEST_F(Index, AsJsonHasTheSame) {
  const auto index =
      nlohmann::json::parse(index_json(rows_, base::WallTime(base::Seconds(1777636803)), "1.0"));
  std::vector<std::string> states;
  for (const auto& target : index["targets"]) states.push_back(target["state"]);
  EXPECT_THAT(states, testing::ElementsAre("ok", "down", "waiting", "critical", "down"));
  EXPECT_EQ(index["targets"][1]["reason"], "no <route>");
  EXPECT_EQ(index["targets"][1]["up"], false);
  EXPECT_EQ(index["targets"][2]["taken"], nullptr);
  EXPECT_EQ(index["targets"][0]["version"], "14.23");
}

TEST_F(Index, IsOkWhereAllAre) {
  const std::string page = index_page(std::span(rows_).first(1), "/metrics", "1.0");
  EXPECT_THAT(page, HasSubstr("<header class=\"ok\">"));
  EXPECT_THAT(page.substr(page.find("<header")), Not(HasSubstr("down")));
}

}  // namespace pgvigil::render
