// Base64 (RFC 4648, section 4), as headers of HTTP and bodies of mail take it.
#pragma once

#include <string>
#include <string_view>

namespace aiops {

// Padded, without line breaks.
std::string base64(std::string_view bytes);

}  // namespace aiops
