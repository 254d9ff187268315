// What the detector "ensemble" goes by.
#pragma once

#include <string>

namespace aiops::model {

struct EnsembleParameters {
  std::string members = "adaptive,light";  // names of detectors
  double own_half = 40000;  // rows until the own tail is trusted by half: the members are calibrated already
  double threshold = 3.5;   // the surprise at which score is 1

  bool operator==(const EnsembleParameters&) const = default;
};

}  // namespace aiops::model
