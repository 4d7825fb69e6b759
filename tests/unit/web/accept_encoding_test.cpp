#include "pgvigil/web/accept_encoding.hpp"

#include <gtest/gtest.h>

namespace pgvigil::web {

TEST(AcceptEncoding, GivesGzipToWhomNamesIt) {
  EXPECT_TRUE(accepts_gzip("gzip"));
  EXPECT_TRUE(accepts_gzip("x-gzip"));
  EXPECT_TRUE(accepts_gzip("GZip"));
  EXPECT_TRUE(accepts_gzip("gzip, deflate, br, zstd"));
  EXPECT_TRUE(accepts_gzip("deflate , gzip ; q=0.001"));
}

TEST(AcceptEncoding, GivesPlainBytesToWhomNamesNothing) {
  EXPECT_FALSE(accepts_gzip(""));
  EXPECT_FALSE(accepts_gzip("identity"));
  EXPECT_FALSE(accepts_gzip("deflate, br"));
  EXPECT_FALSE(accepts_gzip("gzipped"));
  EXPECT_FALSE(accepts_gzip(",, ;"));
}

TEST(AcceptEncoding, TakesAWeightOfZeroAsARefusal) {
  EXPECT_FALSE(accepts_gzip("gzip;q=0"));
  EXPECT_FALSE(accepts_gzip("gzip; q=0.000, *"));
  EXPECT_FALSE(accepts_gzip("*;q=0"));
}

TEST(AcceptEncoding, TakesAStarForWhatIsNotNamed) {
  EXPECT_TRUE(accepts_gzip("*"));
  EXPECT_TRUE(accepts_gzip("br;q=1, *;q=0.1"));
  EXPECT_TRUE(accepts_gzip("*;q=0, gzip"));
}

TEST(AcceptEncoding, ObeysAPreferenceForPlainBytes) {
  EXPECT_FALSE(accepts_gzip("gzip;q=0.5, identity"));
  EXPECT_FALSE(accepts_gzip("identity;q=0.6, *;q=0.5"));
  EXPECT_TRUE(accepts_gzip("identity;q=0.5, gzip;q=0.5"));
  EXPECT_TRUE(accepts_gzip("identity;q=0, gzip;q=0.2"));
}

TEST(AcceptEncoding, TakesAMalformedWeightAsARefusal) {
  EXPECT_FALSE(accepts_gzip("gzip;q=much"));
  EXPECT_FALSE(accepts_gzip("gzip;q="));
  EXPECT_FALSE(accepts_gzip("gzip;q=2"));
  EXPECT_FALSE(accepts_gzip("gzip;q=-1"));
  EXPECT_FALSE(accepts_gzip("gzip;q=0.5x"));
  EXPECT_TRUE(accepts_gzip("gzip;level=9"));
}

}  // namespace pgvigil::web
