#include "pgvigil/web/query.hpp"

#include <gtest/gtest.h>

namespace pgvigil::web {

TEST(Query, AParameterIsDecoded) {
  EXPECT_EQ(parameter("target=orders", "target"), "orders");
  EXPECT_EQ(parameter("a=1&target=or%64ers&target=b", "target"), "orders");
  EXPECT_EQ(parameter("t%61rget=x+y%2Bz", "target"), "x y+z");
  EXPECT_EQ(parameter("target=a=b", "target"), "a=b");
  EXPECT_EQ(parameter("target=%00%ff", "target"), std::string("\0\xff", 2));
}

TEST(Query, WhatIsNoEscapeStaysAsItIs) {
  EXPECT_EQ(parameter("target=%", "target"), "%");
  EXPECT_EQ(parameter("target=%4", "target"), "%4");
  EXPECT_EQ(parameter("target=%zz%+1", "target"), "%zz% 1");
}

TEST(Query, AParameterThatIsMissingIsNotAnEmptyOne) {
  EXPECT_EQ(parameter("", "target"), std::nullopt);
  EXPECT_EQ(parameter("targets=a&Target=b&&", "target"), std::nullopt);
  EXPECT_EQ(parameter("target", "target"), "");
  EXPECT_EQ(parameter("&&target=", "target"), "");
}

TEST(Query, AnAuthorityIsAHostAndPerhapsAPort) {
  for (const char* good : {"db", "db.example:9187", "10.0.0.1:80", "[::1]", "[fe80::1]:9187", "my_host-1.x"})
    EXPECT_TRUE(is_authority(good)) << good;
  for (const char* bad : {"",     ":80",  "db:",    "db:0",     "db:65536",  "db:80:80",  "user@db",
                          "db/x", "db?x", "db#x",   "a b",      "a,b",       "db:9187\"", "[::1",
                          "[]",   "[g]",  "[::1]x", "<script>", "d\xc3\xa4", "db:+80"})
    EXPECT_FALSE(is_authority(bad)) << bad;
  EXPECT_TRUE(is_authority(std::string(255, 'a')));
  EXPECT_FALSE(is_authority(std::string(256, 'a')));
}

}  // namespace pgvigil::web
