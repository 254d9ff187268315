#include "score/state.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <set>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/file.hpp"

namespace aiops::score {

namespace {

constexpr std::string_view kMagic = "AIOPSST1";

}  // namespace

std::string SeriesState::bytes() const {
  std::string out;
  put(out, memory.level);
  put(out, memory.newest);
  put(out, memory.last_alert);
  put_text(out, rolling);
  put_text(out, detector);
  if (!thresholds.empty() || !expected.empty()) put_text(out, thresholds);
  if (!expected.empty()) put_text(out, expected);
  return out;
}

SeriesState SeriesState::parse(std::string_view bytes) {
  ByteReader in(bytes, "state");
  SeriesState state;
  state.memory.level = in.get<double>();
  state.memory.newest = in.get<Nanos>();
  state.memory.last_alert = in.get<Nanos>();
  state.rolling = std::string(in.get_text());
  state.detector = std::string(in.get_text());
  if (in.left() > 0) state.thresholds = std::string(in.get_text());
  if (in.left() > 0) state.expected = std::string(in.get_text());
  return state;
}

std::string StateFile::bytes() const {
  auto sorted = series;
  std::sort(sorted.begin(), sorted.end());
  std::string out(kMagic);
  put(out, static_cast<std::uint64_t>(sorted.size()));
  for (const auto& [name, state] : sorted) {
    put_text(out, name);
    put_text(out, state);
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
    ByteReader in(bytes.substr(kMagic.size()), "state");
    for (auto n = in.get<std::uint64_t>(); n > 0; --n) {
      std::string series = std::string(in.get_text());
      file.series.emplace_back(std::move(series), std::string(in.get_text()));
    }
  } catch (const InputError& e) {
    refuse(fmt::format("is damaged: {}", e.what()));
  }
  return file;
}

std::string merged(std::string_view first, std::string_view second) {
  StateFile all = StateFile::parse(second, "state");
  std::set<std::string> there;
  for (const auto& [name, state] : all.series) there.insert(name);
  for (auto& entry : StateFile::parse(first, "state").series) {
    if (!there.contains(entry.first)) all.series.push_back(std::move(entry));
  }
  return all.bytes();
}

}  // namespace aiops::score
