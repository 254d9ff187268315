// The page's source files, in lib/report/html/, made part of the program by cmake/embed_page.cmake.
#pragma once

#include <string_view>

namespace aiops::report {

std::string_view page_html();        // with {{placeholders}}
std::string_view page_style();       // CSS
std::string_view page_script();      // JavaScript
std::string_view page_style_hash();  // SHA-256, hexadecimal
std::string_view page_script_hash();

}  // namespace aiops::report
