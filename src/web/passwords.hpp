#pragma once

#include <openssl/sha.h>

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace pgvigil::web {

/// The name and password of a Basic Authorization header (RFC 7617); nothing where it is none.
struct BasicCredentials {
  std::string user;
  std::string password;
};
std::optional<BasicCredentials> basic_credentials(std::string_view authorization);

/// The users of a server and their bcrypt hashes. Any thread. A wrong name costs as much as a wrong password.
/// bcrypt is meant to be slow, so one is computed at a time, few wait for it, and a right password is
/// remembered (as a keyed digest, never itself): a flood of wrong ones neither occupies the workers nor keeps
/// out who was let in before.
class Passwords {
 public:
  enum class Verdict : std::uint8_t { right, wrong, busy };

  explicit Passwords(std::map<std::string, std::string, std::less<>> users);

  Verdict check(const BasicCredentials& given);

  /// How many were computed until now, for tests.
  int computed() const;

 private:
  using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

  Digest digest(const BasicCredentials& given, const std::string& hash) const;
  bool remembered(const Digest& digest) const;
  void remember(const Digest& digest);
  bool matches(const std::string& password, const std::string& hash);

  const std::map<std::string, std::string, std::less<>> users_;
  Digest secret_{};
  mutable std::mutex state_;  ///< of the next three
  std::set<Digest> right_;
  int waiting_ = 0;
  int computed_ = 0;
  std::mutex computing_;
};

}  // namespace pgvigil::web
