// The members of a metric's points in OTLP/protobuf.
#pragma once

#include "source/protozero.hpp"

#include "source/otlp.hpp"

namespace aiops::source {

// Reads or passes over the member that the reader stands at; attributes and integers are the caller's.
void read_point_member(OtlpMetric::Kind kind, protozero::pbf_reader& reader, OtlpPoint& point);

}  // namespace aiops::source
