// JSON put together in the order in which it is to stand; commas come by themselves.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/number.hpp"
#include "base/text.hpp"

namespace aiops {

class JsonOut {
 public:
  JsonOut& open(char bracket) {
    comma();
    out_ += bracket;
    first_ = true;
    return *this;
  }
  JsonOut& close(char bracket) {
    out_ += bracket;
    first_ = false;
    return *this;
  }
  JsonOut& key(std::string_view name) {
    comma();
    append_json_string(out_, name);
    out_ += ':';
    first_ = true;
    return *this;
  }
  // What is no valid UTF-8 becomes U+FFFD.
  JsonOut& text(std::string_view value) {
    comma();
    append_json_string(out_, value);
    return *this;
  }
  JsonOut& raw(std::string_view json) {
    comma();
    out_ += json;
    return *this;
  }
  JsonOut& number(std::int64_t value) { return raw(std::to_string(value)); }
  // null where it is not finite.
  JsonOut& number(double value) {
    comma();
    const std::size_t before = out_.size();
    append_shortest(out_, value);
    if (out_.size() == before) out_ += "null";
    return *this;
  }

  JsonOut& text(std::string_view name, std::string_view value) { return key(name).text(value); }
  JsonOut& raw(std::string_view name, std::string_view json) { return key(name).raw(json); }
  JsonOut& number(std::string_view name, std::int64_t value) { return key(name).number(value); }
  JsonOut& number(std::string_view name, double value) { return key(name).number(value); }
  JsonOut& flag(std::string_view name, bool value) { return raw(name, value ? "true" : "false"); }
  JsonOut& object(std::string_view name) { return key(name).open('{'); }
  JsonOut& array(std::string_view name) { return key(name).open('['); }

  const std::string& str() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  void comma() {
    if (!first_) out_ += ',';
    first_ = false;
  }

  std::string out_;
  bool first_ = true;
};

}  // namespace aiops
