#include "pgvigil/web/accept_encoding.hpp"

#include <algorithm>
#include <string>

#include "require.hpp"

/// Any Accept-Encoding is answered, and names of codings have no case (RFC 9110, 8.4.1).
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string header(reinterpret_cast<const char*>(data), size);
  std::string upper = header;
  std::ranges::transform(upper, upper.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  const bool accepts = pgvigil::web::accepts_gzip(header);
  pgvigil::fuzz::require(pgvigil::web::accepts_gzip(upper) == accepts, "upper case means the same");
  return 0;
}
