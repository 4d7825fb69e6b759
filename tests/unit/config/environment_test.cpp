#include "pgvigil/config/environment.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <memory>

namespace pgvigil::config {
namespace {

using testing::HasSubstr;
using testing::Not;

using Variables = std::map<std::string, std::string>;

base::Result<std::optional<std::string>> dsn(const Variables& variables) {
  return dsn_from_environment([&](const char* name) {
    const auto found = variables.find(name);
    return found == variables.end() ? nullptr : found->second.c_str();
  });
}

std::string value_of(const Variables& variables) {
  const auto result = dsn(variables);
  return result ? result->value_or("nothing") : result.error().message;
}

std::string file_with(const std::string& name, std::string_view content) {
  const std::string path = testing::TempDir() + "pgvigil_environment_" + name;
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "wb"), std::fclose);
  std::fwrite(content.data(), 1, content.size(), file.get());
  return path;
}

}  // namespace

TEST(Environment, WithoutVariablesHasNoConnectionString) {
  EXPECT_EQ(value_of({}), "nothing");
  EXPECT_EQ(value_of({{"DATA_SOURCE_NAME", ""}, {"DATA_SOURCE_URI", ""}}), "nothing");
}

TEST(Environment, TakesAWholeConnectionStringBeforeItsParts) {
  EXPECT_EQ(value_of({{"DATA_SOURCE_NAME", "host=db user=me"}, {"DATA_SOURCE_URI", "other/app"}}),
            "host=db user=me");
}

TEST(Environment, BuildsAUriFromItsParts) {
  EXPECT_EQ(value_of({{"DATA_SOURCE_URI", "db:5432/app?sslmode=disable"}}),
            "postgresql://db:5432/app?sslmode=disable");
  EXPECT_EQ(value_of({{"DATA_SOURCE_URI", "db/app"}, {"DATA_SOURCE_USER", "me"}}), "postgresql://me@db/app");
  EXPECT_EQ(value_of({{"DATA_SOURCE_URI", "db/app"}, {"DATA_SOURCE_USER", "me"}, {"DATA_SOURCE_PASS", "pw"}}),
            "postgresql://me:pw@db/app");
}

TEST(Environment, PercentEncodesUserAndPassword) {
  EXPECT_EQ(
      value_of(
          {{"DATA_SOURCE_URI", "db/app"}, {"DATA_SOURCE_USER", "a@b"}, {"DATA_SOURCE_PASS", "p:/?#%é-._~"}}),
      "postgresql://a%40b:p%3A%2F%3F%23%25%C3%A9-._~@db/app");
}

TEST(Environment, ReadsPartsFromFilesWhichWin) {
  EXPECT_EQ(value_of({{"DATA_SOURCE_URI_FILE", file_with("uri", "db/app\n")},
                      {"DATA_SOURCE_USER_FILE", file_with("user", "  me\n")},
                      {"DATA_SOURCE_PASS_FILE", file_with("pass", "from file\n")},
                      {"DATA_SOURCE_PASS", "from variable"}}),
            "postgresql://me@db/app")
      << "the password is read from its file at each connection";
}

TEST(Environment, APasswordFileCountsUnlessTheWholeConnectionStringIsGiven) {
  const auto file = [](const Variables& variables) {
    return password_file_from_environment([&](const char* name) {
      const auto found = variables.find(name);
      return found == variables.end() ? nullptr : found->second.c_str();
    });
  };
  EXPECT_EQ(file({{"DATA_SOURCE_PASS_FILE", "/run/pass"}}), "/run/pass");
  EXPECT_EQ(file({{"DATA_SOURCE_PASS_FILE", "/run/pass"}, {"DATA_SOURCE_NAME", "host=db"}}), std::nullopt);
  EXPECT_EQ(file({{"DATA_SOURCE_PASS", "pass"}}), std::nullopt);
}

TEST(Environment, NamesTheFileThatCannotBeRead) {
  const auto result = dsn({{"DATA_SOURCE_URI", "db/app"}, {"DATA_SOURCE_PASS_FILE", "/nowhere/pass"}});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, base::ErrorKind::config);
  EXPECT_EQ(
      result.error().message,
      "DATA_SOURCE_PASS_FILE: cannot read /nowhere/pass (No such file or directory); name a readable file");
}

TEST(Environment, WantsAUriBesideAUserOrAPassword) {
  EXPECT_EQ(value_of({{"DATA_SOURCE_USER", "me"}}),
            "DATA_SOURCE_USER is set, but DATA_SOURCE_URI is not; set it to HOST:PORT/DATABASE");
  EXPECT_THAT(value_of({{"DATA_SOURCE_PASS", "secret"}}), HasSubstr("DATA_SOURCE_PASS is set"));
}

TEST(Environment, WatchesOneServer) {
  constexpr const char* kSeveral =
      "DATA_SOURCE_NAME names several servers; one pgvigil watches one server: start one for each";
  EXPECT_EQ(value_of({{"DATA_SOURCE_NAME", "port=5432,port=6432"}}), kSeveral);
  EXPECT_EQ(value_of({{"DATA_SOURCE_NAME", "postgresql://me:secret@a/x, postgres://b/x"}}), kSeveral);
  EXPECT_EQ(value_of({{"DATA_SOURCE_NAME", "host='it\\'s' user=me,host=b"}}), kSeveral);
}

TEST(Environment, AcceptsOneServerAtSeveralAddresses) {
  for (const char* one :
       {"host=a,b port=1,2", "postgresql://me:pw@a:5432,b:5432/app?target_session_attrs=read-write",
        "host=a password='x,host=y'"})
    EXPECT_EQ(value_of({{"DATA_SOURCE_NAME", one}}), one);
}

TEST(Environment, NeverShowsAPassword) {
  const Variables secret_in_each_place[] = {
      {{"DATA_SOURCE_NAME", "host=a password=secret,host=b password=secret"}},
      {{"DATA_SOURCE_URI", "postgresql://me:secret@db/app"}},
      {{"DATA_SOURCE_USER", "secret"}, {"DATA_SOURCE_PASS", "secret"}},
      {{"DATA_SOURCE_URI_FILE", "/nowhere"}, {"DATA_SOURCE_PASS", "secret"}},
  };
  for (const Variables& variables : secret_in_each_place) {
    const auto result = dsn(variables);
    ASSERT_FALSE(result);
    EXPECT_THAT(result.error().message, Not(HasSubstr("secret")));
  }
}

}  // namespace pgvigil::config
