#include "app/board.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "inflate.hpp"

namespace pgvigil::app {
namespace {

std::shared_ptr<const Page> numbered(int number) {
  Poll poll;
  poll.took = base::Millis(number);
  poll.text = {std::make_shared<const std::string>("number " + std::to_string(number) + "\n")};
  return std::make_shared<const Page>(std::move(poll));
}

std::string text(const Page& page) { return *page.text.front(); }

std::string unzipped(const Page& page) {
  const Deflated nothing = stored_part("");
  return inflate_gzip(*gzip_header() + page.gzip().parts.front()->bytes + nothing.bytes +
                      gzip_trailer(page.gzip(), nothing));
}

}  // namespace

TEST(Board, IsEmptyBeforeTheFirstPoll) { EXPECT_EQ(Board<Page>().latest(), nullptr); }

TEST(Board, ShowsTheLatestPage) {
  Board<Page> board;
  board.publish(numbered(1));
  board.publish(numbered(2));
  EXPECT_EQ(text(*board.latest()), "number 2\n");
}

TEST(Board, AReaderKeepsItsPageWhileNewOnesCome) {
  Board<Page> board;
  board.publish(numbered(1));
  const auto kept = board.latest();
  board.publish(numbered(2));
  EXPECT_EQ(text(*kept), "number 1\n");
  EXPECT_EQ(unzipped(*kept), "number 1\n");
}

TEST(Board, APageIsCompressedOnce) {
  const auto page = numbered(1);
  const auto first = page->gzip().parts.front();
  EXPECT_EQ(first, page->gzip().parts.front());
}

/// Under ThreadSanitizer this is a test of the Board's and the Page's locks.
TEST(Board, ManyReadersAndAWriterSeeWholePagesInTheirOrder) {
  constexpr int kPages = 300;
  Board<Page> board;
  board.publish(numbered(0));
  std::atomic<int> disorder = 0;
  std::vector<std::jthread> readers;
  for (int i = 0; i < 4; ++i) {
    readers.emplace_back([&board, &disorder] {
      base::Millis latest{0};
      while (latest.count() < kPages) {
        const auto page = board.latest();
        if (page->took < latest || unzipped(*page) != text(*page)) ++disorder;
        latest = page->took;
      }
    });
  }
  for (int number = 1; number <= kPages; ++number) board.publish(numbered(number));
  readers.clear();
  EXPECT_EQ(disorder, 0);
}

}  // namespace pgvigil::app
