# Makes the query packs a .cpp: cmake -DPACKS=share/aiops/packs -DOUTPUT=packs_text.cpp -P embed_packs.cmake
cmake_minimum_required(VERSION 3.22)

file(GLOB files ${PACKS}/*.toml)
list(SORT files)
set(rows "")
foreach(path ${files})
  get_filename_component(name ${path} NAME_WE)
  file(READ ${path} text)
  # Literals are cut at lines, for compilers limit their length; neighbouring ones are joined.
  string(REGEX REPLACE "\n" "\n)pack\"\n     R\"pack(" cut "${text}")
  string(APPEND rows "    {\"${name}\",\n     R\"pack(${cut})pack\"},\n")
endforeach()
file(WRITE ${OUTPUT} "// Made by cmake/embed_packs.cmake from share/aiops/packs/.
#include \"packs.hpp\"

namespace aiops {

std::span<const PackText> pack_texts() {
  static constexpr PackText kTexts[] = {
${rows}  };
  return kTexts;
}

}  // namespace aiops
")
