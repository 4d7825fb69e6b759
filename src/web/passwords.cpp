#include "web/passwords.hpp"

#include <crypt.h>
#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "pgvigil/base/text.hpp"

namespace pgvigil::web {
namespace {

constexpr int kMostWaiting = 8;               // of 48 workers
constexpr std::size_t kMostRemembered = 100;  // exporter-toolkit's number

std::optional<std::string> base64_decoded(std::string_view text) {
  if (text.size() % 4 != 0) return std::nullopt;
  std::vector<unsigned char> bytes(text.size() / 4 * 3 + 1);
  const auto* const in = reinterpret_cast<const unsigned char*>(text.data());
  const int size = EVP_DecodeBlock(bytes.data(), in, static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const auto padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
  return std::string(bytes.begin(), bytes.begin() + size - padding);
}

}  // namespace

std::optional<BasicCredentials> basic_credentials(std::string_view authorization) {
  constexpr std::string_view kScheme = "basic ";
  if (authorization.size() < kScheme.size() ||
      strncasecmp(authorization.data(), kScheme.data(), kScheme.size()) != 0)
    return std::nullopt;
  const auto text = base64_decoded(base::trim(authorization.substr(kScheme.size())));
  if (!text) return std::nullopt;
  const auto colon = text->find(':');
  if (colon == std::string::npos) return std::nullopt;
  return BasicCredentials{text->substr(0, colon), text->substr(colon + 1)};
}

Passwords::Passwords(std::map<std::string, std::string, std::less<>> users) : users_(std::move(users)) {
  RAND_bytes(secret_.data(), static_cast<int>(secret_.size()));
}

Passwords::Digest Passwords::digest(const BasicCredentials& given, const std::string& hash) const {
  const std::string text = fmt::format("{}:{}{}{}", given.user.size(), given.user, hash, given.password);
  Digest digest{};
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data(), nullptr);
  return digest;
}

bool Passwords::remembered(const Digest& digest) const {
  const std::scoped_lock lock(state_);
  return right_.contains(digest);
}

void Passwords::remember(const Digest& digest) {
  const std::scoped_lock lock(state_);
  // Only what was right gets here: more than one of a user only by bcrypt's ignoring all beyond 72 bytes.
  if (right_.size() >= kMostRemembered) right_.clear();
  right_.insert(digest);
}

bool Passwords::matches(const std::string& password, const std::string& hash) {
  const auto data = std::make_unique<crypt_data>();
  // Not crypt_r(): AddressSanitizer has one of its own, and the linker then leaves libcrypt out.
  const char* const result = crypt_rn(password.c_str(), hash.c_str(), data.get(), sizeof(crypt_data));
  const bool same = result != nullptr && std::strlen(result) == hash.size() &&
                    CRYPTO_memcmp(result, hash.data(), hash.size()) == 0;
  OPENSSL_cleanse(data.get(), sizeof(crypt_data));
  return same;
}

Passwords::Verdict Passwords::check(const BasicCredentials& given) {
  const auto user = users_.find(given.user);
  const bool known = user != users_.end();
  const std::string& hash = known ? user->second : users_.begin()->second;
  const Digest key = digest(given, hash);
  if (known && remembered(key)) return Verdict::right;
  {
    const std::scoped_lock lock(state_);
    if (waiting_ == kMostWaiting) return Verdict::busy;
    ++waiting_;
  }
  bool same = false;
  {
    const std::scoped_lock lock(computing_);
    same = remembered(key) || matches(given.password, hash);
  }
  {
    const std::scoped_lock lock(state_);
    --waiting_;
    ++computed_;
  }
  // crypt_rn() sees a C string: what stands behind a NUL would be of no account.
  const bool right = known && same && given.password.find('\0') == std::string::npos;
  if (right) remember(key);
  return right ? Verdict::right : Verdict::wrong;
}

int Passwords::computed() const {
  const std::scoped_lock lock(state_);
  return computed_;
}

}  // namespace pgvigil::web
