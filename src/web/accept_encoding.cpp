#include "pgvigil/web/accept_encoding.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "pgvigil/base/text.hpp"
#include "web/word.hpp"

namespace pgvigil::web {
namespace {

/// Takes what stands before the first `separator` off the front of `text`.
std::string_view take(std::string_view& text, char separator) {
  const auto end = std::min(text.find(separator), text.size());
  const std::string_view first = base::trim(text.substr(0, end));
  text.remove_prefix(std::min(end + 1, text.size()));
  return first;
}

/// The weight among the parameters of a coding, such as `q=0.5`; 1 where none is given.
double weight(std::string_view parameters) {
  while (!parameters.empty()) {
    std::string_view value = take(parameters, ';');
    if (!same_word(take(value, '='), "q")) continue;
    double q = 0;
    value = base::trim(value);
    const auto [end, error] =
        std::from_chars(value.data(), value.data() + value.size(), q, std::chars_format::fixed);
    const bool sound = error == std::errc{} && end == value.data() + value.size() && q >= 0 && q <= 1;
    return sound ? q : 0;
  }
  return 1;
}

}  // namespace

bool accepts_gzip(std::string_view accept_encoding) {
  std::optional<double> gzip;
  std::optional<double> any;
  std::optional<double> identity;
  while (!accept_encoding.empty()) {
    std::string_view parameters = take(accept_encoding, ',');
    const std::string_view coding = take(parameters, ';');
    if (same_word(coding, "gzip") || same_word(coding, "x-gzip")) gzip = weight(parameters);
    if (coding == "*") any = weight(parameters);
    if (same_word(coding, "identity")) identity = weight(parameters);
  }
  const double wish = gzip ? *gzip : any.value_or(0);
  return wish > 0 && wish >= identity.value_or(0);
}

}  // namespace pgvigil::web
