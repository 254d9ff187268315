// Windows of time aligned to the epoch.
#pragma once

#include "base/time.hpp"

namespace aiops::feature {

// The start of the window that holds `time`; right for times before 1970, too.
inline Nanos window_start(Nanos time, Nanos window) {
  const Nanos rest = time % window;
  return time - (rest < 0 ? rest + window : rest);
}

}  // namespace aiops::feature
