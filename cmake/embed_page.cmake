# Makes the report page's source files a .cpp: cmake -DPAGE=lib/report/html -DOUTPUT=html_assets.cpp -P embed_page.cmake
#
# The scripts are joined in the order below; the hashes are those that the page's content security policy names.
cmake_minimum_required(VERSION 3.22)

set(scripts decode.js draw.js layers.js chart.js timeline.js page.js)
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
  set(${result} "const std::string_view ${name} =\n    R\"page(${cut})page\";\n" PARENT_SCOPE)
endfunction()
literal(kPageHtml "${html}" html)
literal(kPageStyle "${style}" style)
literal(kPageScript "${script}" script)

file(WRITE ${OUTPUT} "// Made by cmake/embed_page.cmake from lib/report/html/.
#include \"report/html_assets.hpp\"

namespace aiops::report {

${html}
${style}
${script}
const std::string_view kPageStyleHash = \"${style_hash}\";
const std::string_view kPageScriptHash = \"${script_hash}\";

}  // namespace aiops::report
")
