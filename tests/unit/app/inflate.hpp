#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <array>
#include <string>
#include <string_view>

namespace pgvigil::app {

/// What zlib makes of a whole gzip stream. It checks length and CRC; anything behind the stream's end is an
/// error.
inline std::string inflate_gzip(std::string_view stream) {
  z_stream state{};
  constexpr int kGzipOnly = 15 + 16;
  EXPECT_EQ(inflateInit2(&state, kGzipOnly), Z_OK);
  std::string in(stream);
  state.next_in = reinterpret_cast<Bytef*>(in.data());
  state.avail_in = static_cast<uInt>(in.size());
  std::string out;
  std::array<char, 65536> block{};
  int result = Z_OK;
  while (result == Z_OK) {
    state.next_out = reinterpret_cast<Bytef*>(block.data());
    state.avail_out = static_cast<uInt>(block.size());
    result = inflate(&state, Z_NO_FLUSH);
    out.append(block.data(), block.size() - state.avail_out);
  }
  EXPECT_EQ(result, Z_STREAM_END);
  EXPECT_EQ(state.avail_in, 0U) << "bytes behind the end";
  inflateEnd(&state);
  return out;
}

}  // namespace pgvigil::app
