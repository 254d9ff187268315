# Makes the report page's source files a .cpp: cmake -DPAGE=lib/report/html -DOUTPUT=html_assets.cpp -P embed_page.cmake
#
# The scripts are joined in the order below; the hashes are those that the page's content security policy names.
cmake_minimum_required(VERSION 3.22)

set(scripts decode.js draw.js layers.js chart.js timeline.js incidents.js page.js)
set(script "")
foreach(name ${scripts})
  file(READ ${PAGE}/${name} text)
  string(APPEND script "${text}")
endforeach()
file(READ ${PAGE}/page.html html)
file(READ ${PAGE}/page.css style)
string(SHA256 script_hash "${script}")
string(SHA256 style_hash "${style}")

# Literals are cut at lines, for compilers limit their length; neighbouring ones are joined.
function(literal name text result)
  string(REGEX REPLACE "\n" "\n)page\"\n    R\"page(" cut "${text}")
  set(${result} "std::string_view ${name}() {\n  return R\"page(${cut})page\";\n}\n" PARENT_SCOPE)
endfunction()
literal(page_html "${html}" html)
literal(page_style "${style}" style)
literal(page_script "${script}" script)

file(WRITE ${OUTPUT} "// Made by cmake/embed_page.cmake from lib/report/html/.
#include \"report/html_assets.hpp\"

namespace aiops::report {

${html}
${style}
${script}
std::string_view page_style_hash() { return \"${style_hash}\"; }
std::string_view page_script_hash() { return \"${script_hash}\"; }

}  // namespace aiops::report
")
