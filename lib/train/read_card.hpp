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
  std::map<std::string, CardSeries> series;
};

// text: of card.json. Throws InputError "<name>: …" for what is no card.
Card read_card(const std::string& text, const std::string& name);

}  // namespace aiops::train
