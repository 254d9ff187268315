#include "net/gzip.hpp"

#include <zlib.h>

namespace aiops::net {

std::optional<std::string> gunzip(std::string_view bytes, std::size_t limit) {
  constexpr int kGzip = 16 + MAX_WBITS;
  constexpr std::size_t kPiece = 256 * 1024;
  z_stream stream{};
  if (inflateInit2(&stream, kGzip) != Z_OK) return std::nullopt;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  std::string out;
  int state = Z_OK;
  while (state == Z_OK) {
    const std::size_t there = out.size();
    if (there > limit) break;
    out.resize(there + kPiece);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + there);
    stream.avail_out = kPiece;
    state = inflate(&stream, Z_NO_FLUSH);
    out.resize(out.size() - stream.avail_out);
    // Members may follow each other (RFC 1952, 2.2).
    if (state == Z_STREAM_END && stream.avail_in != 0) state = inflateReset(&stream);
  }
  const bool good = state == Z_STREAM_END && stream.avail_in == 0 && out.size() <= limit;
  inflateEnd(&stream);
  if (!good) return std::nullopt;
  return out;
}

}  // namespace aiops::net
