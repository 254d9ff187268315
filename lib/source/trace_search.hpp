// Searching for traces where the server gives so many and no more: time slices that are halved, and an
// estimate of what was not found.
#pragma once

#include <cstdint>
#include <optional>

#include "base/time.hpp"

namespace aiops::source {

// How many there are, from two searches that found part of them independently of each other: the share of
// what both found tells how much of the whole each finds (Chapman 1951). Many such pairs are added up.
class CaptureRecapture {
 public:
  // first, second: what each found; both: what both found.
  void add(std::uint64_t first, std::uint64_t second, std::uint64_t both);
  // The share, 0 to 1, of what there is that at least one of them found; nullopt where nothing was found.
  std::optional<double> share() const;

 private:
  double found_ = 0, there_ = 0;
};

// How long the next slice of time is: so that searches give about half of their limit. A slice that gives its
// limit, or more than memory takes, is begun anew, half as long.
class SliceWalk {
 public:
  // smallest: what the server's times can tell apart.
  SliceWalk(Nanos first, Nanos smallest) : slice_(first), smallest_(smallest) {}

  // The end of the slice that begins at `from`, within the window's.
  Nanos end_of_slice(Nanos from, Nanos to) const { return to - from <= slice_ ? to : from + slice_; }
  // Makes slices half as long as this one. False if it cannot be halved.
  bool halve(Nanos from, Nanos to);
  // Behind a slice, of which the largest answer had `most` of at most `limit`.
  void adapt(std::size_t most, std::size_t limit);

 private:
  Nanos slice_, smallest_;
};

}  // namespace aiops::source
