// protozero, with its assertions always on and as exceptions: a field of another wire type than expected
// comes from outside, and must be refused in a release, too. Instead of protozero's own headers. Inside
// lib/source only.
#pragma once

#include <protozero/exception.hpp>

namespace aiops::source {

struct WireTypeError : protozero::exception {
  const char* what() const noexcept override { return "a field has another wire type than its number says"; }
};

inline void require_wire_type(bool right) {
  if (!right) throw WireTypeError();
}

}  // namespace aiops::source

#define protozero_assert(condition) aiops::source::require_wire_type(static_cast<bool>(condition))

#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
