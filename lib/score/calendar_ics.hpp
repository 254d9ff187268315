// iCalendar (RFC 5545), as far as calendars of maintenance and holidays need it. Inside lib/score only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "score/calendar.hpp"

namespace aiops::score {

// One entry for each time that an event takes place; events without an end to their repetition for 20 years.
// Throws InputError "name:line: what".
std::vector<Calendar::Entry> read_icalendar(std::string_view text, const std::string& name);

}  // namespace aiops::score
