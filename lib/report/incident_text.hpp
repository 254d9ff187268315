// Incidents for people at a terminal.
//
// What comes from records is shown by printable(): the text of a log drives no terminal.
#pragma once

#include <string>
#include <vector>

#include "incident/incident.hpp"
#include "incident/incidents.hpp"
#include "report/terminal_text.hpp"

namespace aiops::report {

// An incident with all that is known of it, several lines, the last one blank.
std::string incident_text(const incident::Incident& incident, const TextStyle& style = {});
// What has become of it, on one line: "UPDATED high 2026… cart: … (cause: …)".
std::string incident_line(incident::Event event, const incident::Incident& incident);
// A table, one line an incident. Where lines are short it shows as much of an id as tells it from the others.
std::string incident_table(const std::vector<incident::Incident>& incidents, const TextStyle& style = {});

}  // namespace aiops::report
