// An incident while it is worked on. Inside lib/incident only.
#pragma once

#include <string>
#include <unordered_map>

#include "incident/incidents.hpp"

namespace aiops::incident {

struct Incidents::Live {
  Incident incident;
  std::unordered_map<std::string, std::size_t> index;  // of members, by series as text
  Nanos last = kNoTime;                                // newest sign
  // Newest sign that is no mere echo: after a fault a detector goes on to tell of what it has just seen, ever
  // weaker. What begins after that is not of this incident.
  Nanos active = kNoTime;
  Nanos told = kNoTime;  // data time of the last revision
  bool changed = false, urgent = false, is_told = false;
  bool longer = false;  // it has signs since it was told last, and nothing else is new
  int reviews = 0;      // looks at the causes anew, as data come

  void reindex();
  Member* member(std::string_view series);
  // Where all places are taken, what shows a further service is worth more than one more series of the
  // service with the most: true if such a one was left out for it.
  bool make_room(const Member& member);
  // Whether a series that takes part, and went out of its usual range, is in it again. The way back is a move
  // as well, and a detector that has just learned from the trouble finds it odd for minutes: but it is the
  // end of the trouble, and no more of it. A bound that the user set, and a value that stands still, hold
  // whatever the range.
  bool is_back(const ScoredRow& row, Nanos time);
  // A row of a series that takes part already; true if that is worth to be told.
  bool extend(const ScoredRow& row, Nanos time);
};

Member make_member(const ScoredRow& row, Nanos time);

}  // namespace aiops::incident
