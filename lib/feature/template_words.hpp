// Words that mean values, or stand by them, in logs of any program.
#pragma once

#include <cstdint>
#include <string_view>

namespace aiops::feature {

// What a word is by its hash (template_hash.hpp).
struct WordKind {
  static constexpr std::uint8_t kLiteral = 1;  // true, false, null, …
  static constexpr std::uint8_t kUnit = 2;     // behind a number: MB, seconds, …
  static constexpr std::uint8_t kZone = 4;     // behind a time: UTC, AM, …
  static constexpr std::uint8_t kDate = 8;     // Sun, December, …
};
std::uint8_t kind_of(std::uint64_t hash);  // 0: none of these
bool is_date_name(std::string_view word);
// A name such as "www.example.com": its last part is a common top-level domain.
bool is_domain(std::string_view text);
// The other way round: "org.example.shop.Cart", but not the name of an exception, which says what happened.
bool is_package(std::string_view text);
// Words before a thing that has a name: "user", "host", …
bool is_before_name(std::string_view word);
// Words before what something is like: "mode", "state", …
bool is_property(std::string_view word);
// Words that are followed by "to" and a verb: "failed", "unable", …
bool is_before_verb(std::string_view word);
bool is_preposition(std::string_view word);  // by, for, from, …
// Words that say what happened or how something is, and seldom name a thing: "started", "failed", "up".
bool is_said(std::string_view word);

}  // namespace aiops::feature
