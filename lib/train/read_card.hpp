// What a card says that later runs go by.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "train/figures.hpp"

namespace aiops::train {

struct CardSeries {
  Nanos last = kNoTime;          // time of the newest row that it was trained on
  Nanos trained = kNoTime;       // when
  std::optional<Tested> tested;  // its back-test, without the anomalies
};

struct Card {
  Nanos created = kNoTime;
  std::string parameters;  // of the detector, as one_line() has them; "": not there
  std::map<std::string, CardSeries> series;
};

// A JSON text without blanks, numbers as they are written here; "" for what is none.
std::string one_line(const std::string& json);

// text: of card.json. Throws InputError "<name>: …" for what is no card.
Card read_card(const std::string& text, const std::string& name);

}  // namespace aiops::train
