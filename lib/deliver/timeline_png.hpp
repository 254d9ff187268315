// An incident as a chart: a row for each series, in the order in which they went wrong, a bar from onset to
// end; lines where something was changed. A PNG, which every mail program shows.
#pragma once

#include <string>

#include "deliver/incident.hpp"

namespace aiops::deliver {

// The file's bytes; "" where the members have no times. now: the end of what has none.
std::string timeline_png(const Incident& incident, Nanos now);

}  // namespace aiops::deliver
