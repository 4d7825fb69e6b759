#include "app/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <memory>
#include <stdexcept>

namespace pgvigil::app {
namespace {

struct EndDeflate {
  void operator()(z_stream* stream) const { deflateEnd(stream); }
};

void little_endian(std::string& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>((value >> shift) & 0xFFU);
}

Bytef* bytes(std::string_view text) {
  // zlib's interface predates const: it does not write here.
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

}  // namespace

Deflated deflate_part(std::string_view text, bool last) {
  constexpr std::size_t kStep = 16384;
  // No larger window and table than the text can fill: the small part of each scrape is cheap in memory, too.
  const int window = std::clamp(static_cast<int>(std::bit_width(text.size())), 9, 15);
  const int memory_level = window - 7;
  z_stream stream{};
  // A negative window: no zlib header.
  if (deflateInit2(&stream, 1, Z_DEFLATED, -window, memory_level, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::runtime_error("zlib: deflateInit2 failed");
  const std::unique_ptr<z_stream, EndDeflate> end(&stream);

  Deflated part;
  part.size = text.size();
  part.crc =
      static_cast<std::uint32_t>(crc32(crc32(0, nullptr, 0), bytes(text), static_cast<uInt>(text.size())));
  stream.next_in = bytes(text);
  stream.avail_in = static_cast<uInt>(text.size());
  std::size_t written = 0;
  // Straight into the string: a block on the stack would stay resident in every worker that ever compressed.
  do {
    part.bytes.resize(written + kStep);
    stream.next_out = reinterpret_cast<Bytef*>(part.bytes.data() + written);
    stream.avail_out = static_cast<uInt>(kStep);
    deflate(&stream, last ? Z_FINISH : Z_FULL_FLUSH);
    written += kStep - stream.avail_out;
  } while (stream.avail_out == 0);
  part.bytes.resize(written);
  part.bytes.shrink_to_fit();
  return part;
}

std::string gzip_header() {
  // Magic, deflate, no flags, no time, fastest, unknown system.
  return std::string("\x1f\x8b\x08\0\0\0\0\0\x04\xff", 10);
}

std::string gzip_trailer(const Deflated& first, const Deflated& last) {
  const auto crc = crc32_combine(first.crc, last.crc, static_cast<z_off_t>(last.size));
  std::string out;
  little_endian(out, static_cast<std::uint32_t>(crc));
  little_endian(out, static_cast<std::uint32_t>(first.size + last.size));
  return out;
}

}  // namespace pgvigil::app
