// Everything that one number of a series has ever been, to a resolution: how far is a value from all of it?
#pragma once

#include <cstddef>
#include <vector>

#include "model/archive.hpp"

namespace aiops::model {

// Grows with what is new, to 8 KB; then the resolution is halved. Owns its memory; one thread.
class Codebook {
 public:
  // Distance to the nearest value ever added; 0 if that is within the resolution, or none was added.
  double distance(double value, double resolution) const;
  void add(double value, double resolution);
  // The value that distance() is to. Not to be called before the first add().
  double nearest(double value) const;
  bool empty() const { return values_.empty(); }
  std::size_t heap() const { return values_.capacity() * sizeof(float); }  // bytes
  void archive(Archive& archive);

 private:
  void thin(double resolution);

  std::vector<float> values_;  // ascending
  double coarseness_ = 1;      // doubles each time the book is full
};

}  // namespace aiops::model
