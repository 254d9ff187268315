// Whether a new version comes into use.
#pragma once

#include <memory>
#include <string>

#include "base/diagnostics.hpp"
#include "model/store.hpp"
#include "train/card.hpp"
#include "train/champion.hpp"
#include "train/fit.hpp"

namespace aiops::train {

// When a new version comes into use.
enum class Promote { always, if_better, never };

// The version in use, to be compared with; nullptr where there is none, or none that could be: this is said.
std::unique_ptr<Champion> champion_of(const model::Store& store, const model::Schema& schema,
                                      Diagnostics& diagnostics);

// Fills in what the card says of it, from the comparison that the result has.
void decide(Promote promote, const Champion* champion, const FitResult& result, CardFacts& facts);

// Says how the comparison came out. path: of the new version.
void tell_promotion(const Champion* champion, const std::string& path, const std::string& models,
                    const CardFacts& facts, const Comparison& compared, Diagnostics& diagnostics);

}  // namespace aiops::train
