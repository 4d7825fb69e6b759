#include "web/passwords.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace pgvigil::web {
namespace {

using Verdict = Passwords::Verdict;

// Of "open sesame", at the lowest cost.
const std::string kHash = "$2b$04$PgvigilPgvigilPgvigilOoSj0SgXHOzpwOO9IjhQbbUnqpxzPCW.";

}  // namespace

TEST(BasicCredentials, AreReadAsRfc7617HasThem) {
  const auto given = basic_credentials("Basic QWxhZGRpbjpvcGVuOiBzZXNhbWU=");  // Aladdin:open: sesame
  ASSERT_TRUE(given);
  EXPECT_EQ(given->user, "Aladdin");
  EXPECT_EQ(given->password, "open: sesame");
  EXPECT_EQ(basic_credentials("bAsIc  Og==")->user, "");
  for (const char* none :
       {"", "Basic", "Basic ", "Basic QWxh", "Basic ?", "Basic QQ==", "Basic QWx", "Bearer Og=="})
    EXPECT_FALSE(basic_credentials(none)) << none;
}

TEST(Passwords, LetInWhoHasTheRightOne) {
  Passwords passwords({{"prometheus", kHash}});
  EXPECT_EQ(passwords.check({"prometheus", "open sesame"}), Verdict::right);
  EXPECT_EQ(passwords.check({"prometheus", "open sesam"}), Verdict::wrong);
  EXPECT_EQ(passwords.check({"prometheus", ""}), Verdict::wrong);
  EXPECT_EQ(passwords.check({"prometheu", "open sesame"}), Verdict::wrong);
  EXPECT_EQ(passwords.check({"", ""}), Verdict::wrong);
}

TEST(Passwords, SeeBeyondANul) {
  Passwords passwords({{"prometheus", kHash}});
  EXPECT_EQ(passwords.check({"prometheus", std::string("open sesame\0x", 13)}), Verdict::wrong);
}

TEST(Passwords, ComputeARightOneOnce) {
  Passwords passwords({{"prometheus", kHash}});
  for (int i = 0; i < 5; ++i) EXPECT_EQ(passwords.check({"prometheus", "open sesame"}), Verdict::right);
  EXPECT_EQ(passwords.computed(), 1);
}

TEST(Passwords, TakeTheSameWorkForAWrongNameAsForAWrongPassword) {
  Passwords passwords({{"prometheus", kHash}});
  passwords.check({"prometheus", "wrong"});
  EXPECT_EQ(passwords.computed(), 1);
  passwords.check({"nobody", "open sesame"});
  passwords.check({"nobody", "open sesame"});
  EXPECT_EQ(passwords.computed(), 3);
}

TEST(Passwords, KeepOutAFloodOfWrongOnesAndLetInWhoWasLetInBefore) {
  // Cost 10, so that those who wait are there together; the hash is of nothing known.
  Passwords passwords(
      {{"prometheus", kHash}, {"guessed", "$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG"}});
  ASSERT_EQ(passwords.check({"prometheus", "open sesame"}), Verdict::right);
  std::atomic<bool> busy = false;
  std::vector<std::jthread> flood;
  for (int i = 0; i < 16; ++i)
    flood.emplace_back([&, i] {
      while (!busy) {
        const Verdict verdict = passwords.check({"guessed", std::to_string(i)});
        EXPECT_NE(verdict, Verdict::right);
        if (verdict == Verdict::busy) busy = true;
      }
    });
  while (!busy) EXPECT_EQ(passwords.check({"prometheus", "open sesame"}), Verdict::right);
}

}  // namespace pgvigil::web
