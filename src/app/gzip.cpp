#include "app/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <bit>
#include <stdexcept>
#include <utility>

namespace pgvigil::app {
namespace {

using render::Piece;

void little_endian(std::string& out, std::uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>((value >> shift) & 0xFFU);
}

Bytef* bytes(std::string_view text) {
  // zlib's interface predates const: it does not write here.
  return reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
}

std::uint32_t joined(std::uint32_t crc, const Deflated& next) {
  return static_cast<std::uint32_t>(crc32_combine(crc, next.crc, static_cast<z_off_t>(next.size)));
}

/// zlib's state, 256 KiB of it for texts beyond 16 KiB, used for one part after the other.
class Deflater {
 public:
  /// No larger window and table than `largest` can fill: the small part of each scrape is cheap in memory,
  /// too.
  explicit Deflater(std::size_t largest) {
    const int window = std::clamp(static_cast<int>(std::bit_width(largest)), 9, 15);
    // A negative window: no zlib header.
    if (deflateInit2(&stream_, 1, Z_DEFLATED, -window, window - 7, Z_DEFAULT_STRATEGY) != Z_OK)
      throw std::runtime_error("zlib: deflateInit2 failed");
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  void add(std::string_view text) {
    part_.crc = static_cast<std::uint32_t>(crc32_z(part_.crc, bytes(text), text.size()));
    part_.size += text.size();
    deflate_all(text, Z_NO_FLUSH);
  }

  /// The part that was added to since the last one was taken.
  Deflated take(bool last) {
    deflate_all({}, last ? Z_FINISH : Z_FULL_FLUSH);
    deflateReset(&stream_);
    part_.bytes.resize(std::exchange(written_, 0));
    part_.bytes.shrink_to_fit();
    return std::exchange(part_, {});
  }

 private:
  /// Straight into the string: a block on the stack would stay resident in every worker that ever compressed.
  void deflate_all(std::string_view text, int flush) {
    constexpr std::size_t kStep = 16384;
    stream_.next_in = bytes(text);
    stream_.avail_in = static_cast<uInt>(text.size());
    do {
      if (part_.bytes.size() - written_ < kStep / 2) part_.bytes.resize(written_ + kStep);
      const std::size_t room = part_.bytes.size() - written_;
      stream_.next_out = reinterpret_cast<Bytef*>(part_.bytes.data() + written_);
      stream_.avail_out = static_cast<uInt>(room);
      deflate(&stream_, flush);
      written_ += room - stream_.avail_out;
    } while (stream_.avail_out == 0);
  }

  z_stream stream_{};
  Deflated part_;
  std::size_t written_ = 0;
};

}  // namespace

Deflated deflate_part(std::string_view text, bool last) {
  Deflater deflater(text.size());
  deflater.add(text);
  return deflater.take(last);
}

Zipped Zipper::operator()(std::span<const Piece> page) {
  // Each part begins without a dictionary: smaller pieces go together.
  constexpr std::size_t kLarge = 16384;
  constexpr std::size_t kLargest = 32768;  // beyond that the window does not grow
  Zipped zipped;
  Deflater deflater(kLargest);
  std::unordered_map<const std::string*, Kept> next;
  const auto add = [&](std::shared_ptr<const Deflated> part) {
    zipped.crc = joined(zipped.crc, *part);
    zipped.size += part->size;
    zipped.parts.push_back(std::move(part));
  };
  const auto take = [&] { return std::make_shared<const Deflated>(deflater.take(false)); };
  bool begun = false;
  for (const Piece& piece : page) {
    if (piece->size() < kLarge) {
      deflater.add(*piece);
      begun = true;
      continue;
    }
    if (std::exchange(begun, false)) add(take());
    Kept& kept = next[piece.get()];
    if (const auto known = kept_.find(piece.get()); known != kept_.end()) kept = known->second;
    if (!kept.part) {
      deflater.add(*piece);
      kept = {piece, take()};
    }
    add(kept.part);
  }
  if (begun) add(take());
  kept_ = std::move(next);
  return zipped;
}

std::string gzip_header() {
  // Magic, deflate, no flags, no time, fastest, unknown system.
  return std::string("\x1f\x8b\x08\0\0\0\0\0\x04\xff", 10);
}

std::string gzip_trailer(const Zipped& page, const Deflated& last) {
  std::string out;
  little_endian(out, joined(page.crc, last));
  little_endian(out, static_cast<std::uint32_t>(page.size + last.size));
  return out;
}

}  // namespace pgvigil::app
