#include "app/gzip.hpp"

#include <gtest/gtest.h>

#include <random>

#include "inflate.hpp"

namespace pgvigil::app {
namespace {

std::string stream(const Deflated& first, const Deflated& last) {
  return gzip_header() + first.bytes + last.bytes + gzip_trailer(first, last);
}

std::string stream(std::string_view first, std::string_view last) {
  return stream(deflate_part(first, false), deflate_part(last, true));
}

std::string repeated(std::string_view text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

std::string incompressible(std::size_t size) {
  std::minstd_rand random(42);
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random() >> 8U);
  return bytes;
}

}  // namespace

TEST(Gzip, TwoPartsMakeOneStream) {
  EXPECT_EQ(inflate_gzip(stream("the page\n", "the daemon's own\n")), "the page\nthe daemon's own\n");
}

TEST(Gzip, APartMadeOnceStandsBeforeManyOthers) {
  const Deflated page = deflate_part("pg_up 1\n", false);
  for (const std::string own : {"first\n", "pg_up 1\n", ""})
    EXPECT_EQ(inflate_gzip(stream(page, deflate_part(own, true))), "pg_up 1\n" + own);
}

TEST(Gzip, EmptyPartsAreParts) {
  EXPECT_EQ(inflate_gzip(stream("", "")), "");
  EXPECT_EQ(inflate_gzip(stream("", "last")), "last");
  EXPECT_EQ(inflate_gzip(stream("first", "")), "first");
}

TEST(Gzip, APageOfRepetitionsShrinks) {
  const std::string page =
      repeated("pg_stat_user_tables_seq_scan_total{datname=\"shop\",relname=\"orders\"} 1\n", 20'000);
  const std::string zipped = stream(page, "own");
  EXPECT_LT(zipped.size(), page.size() / 50);
  EXPECT_EQ(inflate_gzip(zipped), page + "own");
}

TEST(Gzip, WhatCannotBeCompressedComesThroughWhateverItsSize) {
  for (const std::size_t size : {1U, 16'383U, 16'384U, 16'385U, 32'768U, 65'536U, 300'000U}) {
    const std::string bytes = incompressible(size);
    EXPECT_EQ(inflate_gzip(stream(bytes, bytes)), bytes + bytes) << size;
  }
}

}  // namespace pgvigil::app
