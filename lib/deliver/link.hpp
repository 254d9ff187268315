// Where an incident can be looked at.
#pragma once

#include <string>
#include <string_view>

namespace aiops::deliver {

// The address with each "{id}" replaced; "" for "".
inline std::string link_of(std::string link, std::string_view id) {
  for (std::size_t at; (at = link.find("{id}")) != std::string::npos;) link.replace(at, 4, id);
  return link;
}

}  // namespace aiops::deliver
