// Text from anywhere as a part of an HTML page.
#pragma once

#include <string>
#include <string_view>

namespace aiops {

// Text for the content of an HTML element or a quoted attribute.
std::string escape_html(std::string_view text);

}  // namespace aiops
