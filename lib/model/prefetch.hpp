// Asks for memory that is about to be written, so that it is in the cache when it is. Wrong addresses do no
// harm.
#pragma once

namespace aiops::model {

inline void prefetch(const void* at) { __builtin_prefetch(at, 1); }

// All from one address to another.
inline void prefetch(const void* from, const void* to) {
  constexpr int kLine = 64;
  for (const char* at = static_cast<const char*>(from); at < to; at += kLine) prefetch(at);
}

}  // namespace aiops::model
