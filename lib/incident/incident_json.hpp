// Incidents as records: one JSON object a line, aiops-formats(5).
#pragma once

#include <string>
#include <string_view>

#include "incident/incident.hpp"

namespace aiops::incident {

// Appends the record, without a line end. Always valid JSON, whatever bytes the logs had.
void append_json(std::string& out, const Incident& incident);
std::string to_json(const Incident& incident);

// Reads a record back. Throws InputError that says what is missing or wrong; fields that are not known are
// passed over.
Incident read_incident(std::string_view json);

std::string_view severity_text(score::Severity severity);

}  // namespace aiops::incident
