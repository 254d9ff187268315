// Bodies that were packed with gzip.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace aiops::net {

// The content; nullopt if the bytes are no gzip, are cut short, or unpack to more than limit.
std::optional<std::string> gunzip(std::string_view bytes, std::size_t limit);

}  // namespace aiops::net
