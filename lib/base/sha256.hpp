// SHA-256 (FIPS 180-4) and HMAC with it (RFC 2104): for signatures that a receiver checks, of a few kilobytes
// a message. No library is loaded for that alone.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace aiops {

using Digest = std::array<std::uint8_t, 32>;

Digest sha256(std::string_view bytes);
Digest hmac_sha256(std::string_view key, std::string_view bytes);

// In lower-case hexadecimal, 64 characters.
std::string hex(const Digest& digest);

}  // namespace aiops
