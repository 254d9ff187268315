// Compressed files: written here by zlib and libzstd themselves.
#include "source/unpacker.hpp"

#include <doctest/doctest.h>
#include <zlib.h>
#include <zstd.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/stop.hpp"
#include "scratch.hpp"
#include "source/tail.hpp"

using namespace aiops;
using namespace aiops::source;

namespace {

std::string gzipped(const std::string& text) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, 16 + MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
  std::string out(deflateBound(&stream, text.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::string zstandard(const std::string& text) {
  std::string out(ZSTD_compressBound(text.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), text.data(), text.size(), 3));
  return out;
}

std::string unpacked(const std::string& packed, std::size_t in, std::size_t out, bool* complete = nullptr) {
  const auto unpacker = Unpacker::of(packed);
  REQUIRE(unpacker);
  std::string text, buffer(out, '\0');
  std::size_t at = 0;
  for (;;) {
    const std::size_t got = unpacker->read(buffer.data(), buffer.size(), [&](char* data, std::size_t room) {
      const std::size_t size = std::min({room, in, packed.size() - at});
      std::memcpy(data, packed.data() + at, size);
      at += size;
      return size;
    });
    if (got == 0) break;
    text.append(buffer, 0, got);
  }
  if (complete != nullptr) *complete = unpacker->complete();
  return text;
}

void put(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::app | std::ios::binary) << bytes;
}

using Lines = std::vector<std::string>;

Lines read_all(Tail& tail) {
  Lines lines;
  TailLine line;
  while (tail.next(line)) {
    if (line.what == TailLine::What::line) lines.emplace_back(line.text);
  }
  return lines;
}

}  // namespace

TEST_CASE("gzip and zstd, several members, whatever the pieces") {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += "line " + std::to_string(i * 7919 % 1000) + "\n";
  for (const auto& pack : {gzipped, zstandard}) {
    const std::string packed = pack(text) + pack("") + pack("the end\n");
    for (const auto& [in, out] :
         {std::pair<std::size_t, std::size_t>{1, 1 << 20}, {1 << 20, 1}, {7, 64}, {1 << 20, 1 << 20}}) {
      bool complete = false;
      CHECK((unpacked(packed, in, out, &complete) == text + "the end\n"));
      CHECK(complete);
    }
    bool complete = true;
    unpacked(packed.substr(0, packed.size() - 3), 100, 100, &complete);
    CHECK_FALSE(complete);
  }
  CHECK_FALSE(Unpacker::of("text"));
  CHECK(unpacked(gzipped("a\n") + std::string(512, '\0'), 100, 100) == "a\n");  // padded, as on tapes
  CHECK_THROWS_AS(unpacked("\x1F\x8B nonsense, not gzip", 100, 100), UnpackError);
}

TEST_CASE("compressed files of a rotation are read in their order") {
  const Scratch scratch;
  put(scratch / "x.log", "4\n");
  put(scratch / "x.log.1", "3\n");
  put(scratch / "x.log.2.gz", gzipped("2\n"));
  put(scratch / "x.log.10.zst", zstandard("1"));
  KeptDiagnostics said;
  Tail tail({.paths = {scratch / "x.log*"}}, said);
  CHECK(read_all(tail) == Lines{"1", "2", "3", "4"});
}

TEST_CASE("following: a compressed copy of what was read is not read again; another file is") {
  const Scratch scratch;
  std::string text;
  for (int i = 0; i < 500; ++i) text += "line " + std::to_string(i) + "\n";
  put(scratch / "x.log", text);
  KeptDiagnostics said;
  Tail tail({.paths = {scratch / "x.log*"}, .follow = true, .poll = kMillisecond}, said);
  int step = 0;
  tail.on_block([&] {
    switch (step++) {
      case 0:
        std::filesystem::rename(scratch / "x.log", scratch / "x.log.1");
        put(scratch / "x.log", "new\n");
        break;
      case 1:
        put(scratch / "x.log.1.gz", gzipped(text).substr(0, 50));  // is being written
        break;
      case 3:
        std::filesystem::remove(scratch / "x.log.1.gz");
        put(scratch / "x.log.1.gz", gzipped(text));
        std::filesystem::remove(scratch / "x.log.1");
        break;
      case 5:
        put(scratch / "x.log.0.gz", gzipped("other\n"));
        break;
      case 8:
        request_stop();
    }
  });
  const Lines lines = read_all(tail);
  request_stop(false);
  CHECK(lines.size() == 502);
  CHECK(lines[500] == "new");
  CHECK(lines.back() == "other");
}

TEST_CASE("going on in a file that was compressed meanwhile") {
  const Scratch scratch;
  KeptDiagnostics said;
  std::vector<TailPosition> positions;
  const auto run = [&](const std::string& paths) {
    Tail tail({.paths = {paths}}, said);
    tail.resume(positions);
    const Lines lines = read_all(tail);
    positions = tail.positions();
    return lines;
  };
  put(scratch / "x.log", "1\n2\n");
  CHECK(run(scratch / "x.log*") == Lines{"1", "2"});
  put(scratch / "x.log.1.gz", gzipped("1\n2\n3\n"));
  std::filesystem::remove(scratch / "x.log");
  put(scratch / "x.log", "4\n");
  CHECK(run(scratch / "x.log*") == Lines{"3", "4"});
  CHECK(run(scratch / "x.log*").empty());
  CHECK(said.warnings.empty());
  put(scratch / "x.log", "5\n");
  CHECK(run(scratch / "x.log*") == Lines{"5"});
}
