// Words of a message that the words beside them make values: of dates and of lists.
#pragma once

#include <string_view>
#include <vector>

#include "feature/template_scan.hpp"

namespace aiops::feature {

// Names of days and months beside a value are of a date. `message` is what the tokens stand in.
void settle_dates(std::string_view message, std::vector<TemplateToken>& tokens);

// Items of a list are values: three and more with commas between that stand behind a ':' or a bracket, or two
// and more within brackets, of which none looks like prose. "or" and "and" are of prose.
void settle_lists(std::string_view message, std::vector<TemplateToken>& tokens);

}  // namespace aiops::feature
