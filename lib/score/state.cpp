#include "score/state.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "base/error.hpp"
#include "base/file.hpp"

namespace aiops::score {
namespace {

constexpr std::string_view kMagic = "AIOPSST1";

template <class T>
void put(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void put_bytes(std::string& out, std::string_view bytes) {
  put(out, static_cast<std::uint32_t>(bytes.size()));
  out += bytes;
}

struct In {
  std::string_view left;

  std::string_view take(std::size_t n) {
    if (left.size() < n) throw InputError("it ends too early");
    const std::string_view taken = left.substr(0, n);
    left.remove_prefix(n);
    return taken;
  }
  template <class T>
  T get() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string bytes() { return std::string(take(get<std::uint32_t>())); }
};

}  // namespace

std::string SeriesState::bytes() const {
  std::string out;
  put(out, memory.level);
  put(out, memory.newest);
  put(out, memory.last_alert);
  put_bytes(out, rolling);
  put_bytes(out, detector);
  return out;
}

SeriesState SeriesState::parse(std::string_view bytes) {
  In in{bytes};
  SeriesState state;
  state.memory.level = in.get<double>();
  state.memory.newest = in.get<Nanos>();
  state.memory.last_alert = in.get<Nanos>();
  state.rolling = in.bytes();
  state.detector = in.bytes();
  return state;
}

std::string StateFile::bytes() const {
  auto sorted = series;
  std::sort(sorted.begin(), sorted.end());
  std::string out(kMagic);
  put(out, static_cast<std::uint64_t>(sorted.size()));
  for (const auto& [name, state] : sorted) {
    put_bytes(out, name);
    put_bytes(out, state);
  }
  put(out, checksum(out));
  return out;
}

StateFile StateFile::parse(std::string_view bytes, std::string_view name) {
  const auto refuse = [&](std::string_view why) {
    throw InputError(fmt::format("{}: {}; remove the file to begin with an empty state", name, why));
  };
  if (!bytes.starts_with(kMagic)) refuse("is no state of aiops-score");
  if (bytes.size() < kMagic.size() + 16) refuse("is damaged: it ends too early");
  std::uint64_t stored;
  std::memcpy(&stored, bytes.data() + bytes.size() - sizeof stored, sizeof stored);
  bytes.remove_suffix(sizeof stored);
  if (stored != checksum(bytes)) refuse("is damaged: its checksum does not match");
  StateFile file;
  try {
    In in{bytes.substr(kMagic.size())};
    for (auto n = in.get<std::uint64_t>(); n > 0; --n) {
      std::string series = in.bytes();
      file.series.emplace_back(std::move(series), in.bytes());
    }
  } catch (const InputError& e) {
    refuse(fmt::format("is damaged: {}", e.what()));
  }
  return file;
}

}  // namespace aiops::score
