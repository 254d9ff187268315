// The page's source files, in lib/report/html/, made part of the program by cmake/embed_page.cmake.
#pragma once

#include <string_view>

namespace aiops::report {

extern const std::string_view kPageHtml;       // with {{placeholders}}
extern const std::string_view kPageStyle;      // CSS
extern const std::string_view kPageScript;     // JavaScript
extern const std::string_view kPageStyleHash;  // SHA-256, hexadecimal
extern const std::string_view kPageScriptHash;

}  // namespace aiops::report
