#include "app/gzip.hpp"

#include <gtest/gtest.h>

#include <random>

#include "inflate.hpp"

namespace pgvigil::app {
namespace {

std::string stream(const Zipped& page, std::string_view own) {
  const Deflated last = stored_part(own);
  std::string all = *gzip_header();
  for (const auto& part : page.parts) all += part->bytes;
  return all + last.bytes + gzip_trailer(page, last);
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

std::vector<render::Piece> pieces(const std::vector<std::string>& texts) {
  std::vector<render::Piece> pieces;
  for (const std::string& text : texts) pieces.push_back(std::make_shared<const std::string>(text));
  return pieces;
}

std::string stream(const std::string& page, std::string_view own) {
  return stream(Zipper()(pieces({page})), own);
}

}  // namespace

TEST(Gzip, TwoPartsMakeOneStream) {
  EXPECT_EQ(inflate_gzip(stream("the page\n", "the daemon's own\n")), "the page\nthe daemon's own\n");
}

TEST(Gzip, APartMadeOnceStandsBeforeManyOthers) {
  const Zipped page = Zipper()(pieces({"pg_up 1\n"}));
  for (const std::string own : {"first\n", "pg_up 1\n", ""})
    EXPECT_EQ(inflate_gzip(stream(page, own)), "pg_up 1\n" + own);
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

TEST(Zipper, PiecesOfAnySizeMakeOneStream) {
  const std::vector<std::string> texts = {
      "head\n", "",     incompressible(20'000), "a\n", "b\n", repeated("c\n", 50'000), incompressible(70'000),
      "",       "end\n"};
  std::string all;
  for (const std::string& text : texts) all += text;
  EXPECT_EQ(inflate_gzip(stream(Zipper()(pieces(texts)), "own")), all + "own");
  EXPECT_EQ(inflate_gzip(stream(Zipper()({}), "own")), "own");
}

TEST(Zipper, ALargePieceIsCompressedOnceForAllPagesThatHaveIt) {
  const auto page = pieces({"first\n", repeated("large\n", 10'000), "last\n"});
  auto next = page;
  next.front() = std::make_shared<const std::string>("another first\n");
  Zipper zipper;
  const Zipped before = zipper(page);
  const Zipped after = zipper(next);
  ASSERT_EQ(before.parts.size(), 3U);
  ASSERT_EQ(after.parts.size(), 3U);
  EXPECT_NE(before.parts[0], after.parts[0]);
  EXPECT_EQ(before.parts[1], after.parts[1]);
  EXPECT_EQ(inflate_gzip(stream(after, "")), "another first\n" + *page[1] + *page[2]);
}

}  // namespace pgvigil::app
