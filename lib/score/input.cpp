#include "score/input.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace aiops::score {

record::Columns columns_for(const model::Schema& schema, record::Columns base, bool values_given) {
  if (base.by.empty()) base.by = schema.by;
  if (schema.joint) {
    if (values_given)
      throw UsageError(fmt::format("--value: the model looks at {} together; leave --value out",
                                   join(schema.inputs, ", ")));
    base.values = schema.inputs;
    base.split_values = false;
    return base;
  }
  if (!values_given && !schema.values.empty()) {
    base.values = schema.values;
    base.split_values = schema.values.size() > 1;
  }
  if (schema.from_value()) return base;
  if (base.values.size() > 1)
    throw UsageError(
        "--value: the model was trained on rows with features, which have one value; name one column");
  const std::string value = base.values.front();
  base.values = schema.inputs;
  base.split_values = false;
  base.named_by = value;
  return base;
}

void require_inputs(const model::Schema& schema, const std::vector<std::string>& names) {
  if (schema.from_value() || names.empty()) return;
  std::vector<std::string> absent;
  for (const auto& input : schema.inputs)
    if (std::find(names.begin(), names.end(), input) == names.end()) absent.push_back(input);
  if (absent.empty()) return;
  const bool features =
      std::find(schema.inputs.begin(), schema.inputs.end(), field::kZscore) != schema.inputs.end();
  throw InputError(fmt::format("the model was trained on {}, and the first record has no {}{}",
                               join(schema.inputs, ", "), join(absent, ", "),
                               features ? "; pipe it through aiops-features first" : ""));
}

}  // namespace aiops::score
