// Which columns a bundle wants of a stream.
#pragma once

#include <string>
#include <vector>

#include "model/detector.hpp"
#include "record/reader.hpp"

namespace aiops::score {

// The columns to read for a model. base: what the user chose (--by, --value, --time); `values_given` tells
// whether
// --value was among it; where it was not, the model's own columns stand. Throws UsageError if they contradict
// the model.
record::Columns columns_for(const model::Schema& schema, record::Columns base, bool values_given);

// Throws InputError that says how to make them, if the first record (its field names) lacks features that the
// model was trained on.
void require_inputs(const model::Schema& schema, const std::vector<std::string>& names);

}  // namespace aiops::score
