#include "pgvigil/base/text.hpp"

#include <gmock/gmock.h>

#include <array>
#include <limits>

namespace pgvigil::base {

TEST(CleanUtf8, LeavesKoreanAlone) { EXPECT_EQ(clean_utf8("요금조회"), "요금조회"); }

TEST(CleanUtf8, ShowsBadBytesSoThatDifferentNamesStayDifferent) {
  EXPECT_EQ(clean_utf8("a\xB0\xA1"), "a\\xB0\\xA1");
  EXPECT_EQ(clean_utf8("a\xB0\xA2"), "a\\xB0\\xA2");
}

TEST(CleanUtf8, RefusesOverlongFormsSurrogatesAndNul) {
  EXPECT_FALSE(is_utf8("\xC0\xAF"));
  EXPECT_FALSE(is_utf8("\xED\xA0\x80"));
  EXPECT_FALSE(is_utf8("\xF4\x90\x80\x80"));
  EXPECT_FALSE(is_utf8(std::string_view("\0", 1)));
  EXPECT_TRUE(is_utf8("\xF0\x9F\x90\x98"));
}

TEST(CleanUtf8, ShowsATruncatedSequenceByteByByte) { EXPECT_EQ(clean_utf8("\xEC\x9A"), "\\xEC\\x9A"); }

TEST(Nearest, FindsTheKeyThatWasMeant) {
  constexpr std::array<std::string_view, 3> keys = {"interval", "timeout", "max_rows"};
  EXPECT_EQ(nearest("intreval", keys), "interval");
  EXPECT_EQ(nearest("timeuot", keys), "timeout");
  EXPECT_EQ(nearest("colour", keys), std::nullopt);
}

TEST(Cut, EndsBehindAWholeCharacter) {
  std::string text;
  for (int i = 0; i < 100; ++i) text += "값";
  for (std::size_t most = 24; most < 40; ++most) {
    const std::string shorter = cut(text, most);
    EXPECT_TRUE(is_utf8(shorter)) << most;
    EXPECT_THAT(shorter.size(), testing::AllOf(testing::Le(most), testing::Gt(most - 3)));
  }
  EXPECT_EQ(cut(text, text.size()), text);
  EXPECT_NE(cut(text + "1", 100), cut(text + "2", 100));
}

TEST(Number, WritesSpecialValuesAsPrometheusDoes) {
  EXPECT_EQ(number(std::numeric_limits<double>::quiet_NaN()), "NaN");
  EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "+Inf");
  EXPECT_EQ(number(-std::numeric_limits<double>::infinity()), "-Inf");
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(3), "3");
}

TEST(Replaced, TakesEachInTurnAndNotWhatItPutIn) {
  EXPECT_EQ(replaced("$a b $a", "$a", "$a$a"), "$a$a b $a$a");
  EXPECT_EQ(replaced("none", "$a", "x"), "none");
}

TEST(EscapeHtml, LeavesNothingThatAPageWouldTakeForItsOwn) {
  EXPECT_EQ(escape_html(R"(<a href="x">'&amp;'</a>)"),
            "&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;&#39;&lt;/a&gt;");
  EXPECT_EQ(escape_html("요금\xB0"), "요금\\xB0");
}

TEST(IsControl, HoldsForNoByteOfALetterWhetherCharIsSignedOrNot) {
  for (const char c : std::string_view("\0\t\n\x1F\x7F", 5)) EXPECT_TRUE(is_control(c)) << int{c};
  for (const char c : std::string_view(" ~a요\x80\xFF")) EXPECT_FALSE(is_control(c)) << int{c};
}

TEST(OneLine, HasABlankForEachControlCharacterAndShowsBadBytes) {
  EXPECT_EQ(one_line("요금\n조회\t\x7F\xB0"), "요금 조회  \\xB0");
}

TEST(Trim, TakesWhiteSpaceFromBothEnds) { EXPECT_EQ(trim(" \t stopping \n"), "stopping"); }

}  // namespace pgvigil::base
