// An incident in words: what every receiver that speaks to people says, whatever markup it has.
//
// All texts are fit for one line of a terminal (base/text.hpp, printable): no line break, control character
// or invalid UTF-8 of a log gets further than here. Markup is escaped by who writes it.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "deliver/incident.hpp"

namespace aiops::deliver {

struct Told {
  struct Section {
    std::string title;
    std::vector<std::string> lines;
    bool verbatim = false;  // log lines and the like
  };
  std::string title;                                       // without state and severity
  std::vector<std::pair<std::string, std::string>> facts;  // state, severity, since, …
  std::vector<Section> sections;                           // those that have lines
};

// lines: at most so many a section; what is left out is counted in its last line.
Told tell(const Incident& incident, std::size_t lines = 5);

// "CRITICAL checkout is slow", "RESOLVED …", "ACKNOWLEDGED …".
std::string headline(const Incident& incident);

// The whole as plain text, some lines each ended by "\n".
std::string plain_text(const Told& told);

// At most `characters` (code points) of the text; where it was cut, its end says how many are missing.
// characters: 40 or more.
std::string cut(std::string_view text, std::size_t characters);
std::size_t characters(std::string_view text);

// "14:03:20" UTC; "" for kNoTime.
std::string clock_time(Nanos time);

}  // namespace aiops::deliver
