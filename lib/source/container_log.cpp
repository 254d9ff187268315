#include "source/container_log.hpp"

#include <simdjson.h>

#include <deque>

#include "source/json_log.hpp"

namespace aiops::source {
namespace {

namespace od = simdjson::ondemand;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// The bytes that the journal writes as numbers, where they are no text.
bool bytes_of(od::array array, std::string& out) {
  for (auto item : array) {
    od::value value;
    od::json_type type;
    if (item.get(value) || value.type().get(type)) return false;
    if (type == od::json_type::string) {  // a field that is there several times: the last one
      std::string_view text;
      if (value.get_string().get(text)) return false;
      out.assign(text);
      continue;
    }
    std::uint64_t byte = 0;
    if (type != od::json_type::number || value.get_uint64().get(byte) || byte > 255) return false;
    out += static_cast<char>(byte);
  }
  return true;
}

}  // namespace

bool scan_cri(std::string_view line, WrappedLine& out) {
  const std::size_t time_end = line.find(' ');
  if (time_end == std::string_view::npos || time_end < 20 || line[4] != '-' || line[10] != 'T' ||
      !is_digit(line[0]))
    return false;
  std::string_view rest = line.substr(time_end + 1);
  if (!rest.starts_with("stdout ") && !rest.starts_with("stderr ")) return false;
  const std::string_view tags = rest.substr(7, rest.substr(7).find(' '));
  if (tags.empty() || (tags[0] != 'P' && tags[0] != 'F') || (tags.size() > 1 && tags[1] != ':')) return false;
  out.fields.clear();
  out.time = line.substr(0, time_end);
  out.stream = rest.substr(0, 6);
  out.partial = tags[0] == 'P';
  rest.remove_prefix(7 + tags.size());
  out.content = rest.starts_with(' ') ? rest.substr(1) : rest;
  return true;
}

bool looks_like_docker(std::string_view line) {
  return line.starts_with("{\"log\":\"") && line.find("\"stream\":\"std") != std::string_view::npos;
}

bool looks_like_journal(std::string_view line) {
  return line.starts_with('{') && line.find("\"__REALTIME_TIMESTAMP\"") != std::string_view::npos;
}

struct JsonWrapping::Impl {
  // Hands each member that has a text to `take`.
  template <class Take>
  bool members(std::string_view line, Take&& take) {
    error.clear();
    kept.clear();
    od::document document;
    od::object object;
    const simdjson::padded_string_view padded(line.data(), line.size(), line.size() + JsonLog::kPadding);
    if (parser.iterate(padded).get(document) || document.get_object().get(object)) return fail();
    for (auto field : object) {
      std::string_view key, text;
      od::value value;
      od::json_type type;
      if (field.unescaped_key().get(key) || field.value().get(value) || value.type().get(type)) return fail();
      if (type == od::json_type::string) {
        if (value.get_string().get(text)) return fail();
      } else if (type == od::json_type::array) {
        od::array array;
        kept.emplace_back();
        if (value.get_array().get(array) || !bytes_of(array, kept.back())) return fail();
        text = kept.back();
      } else if (type == od::json_type::object) {
        od::object inner;
        if (value.get_object().get(inner)) return fail();
        if (!nested(key, inner, take)) return fail();
        continue;
      } else {
        text = value.raw_json_token();
        while (!text.empty() && text.back() <= ' ') text.remove_suffix(1);
        if (text == "null") continue;
      }
      take(key, text);
    }
    return document.current_location().error() != simdjson::SUCCESS || fail();
  }

  // Docker's attrs: {"tag": "…"}
  template <class Take>
  bool nested(std::string_view prefix, od::object object, Take&& take) {
    for (auto field : object) {
      std::string_view key, text;
      if (field.unescaped_key().get(key) || field.value().get_string().get(text)) return false;
      kept.push_back(std::string(prefix) + "." + std::string(key));
      take(kept.back(), text);
    }
    return true;
  }

  bool fail() {
    error = "not valid JSON, or cut short";
    return false;
  }

  od::parser parser;
  std::deque<std::string> kept;
  std::string error;
};

JsonWrapping::JsonWrapping() : impl_(std::make_unique<Impl>()) {}
JsonWrapping::~JsonWrapping() = default;

const std::string& JsonWrapping::docker(std::string_view line, WrappedLine& out) {
  out = WrappedLine();
  bool found = false;
  const bool read = impl_->members(line, [&](std::string_view key, std::string_view text) {
    if (key == "log") {
      out.content = text;
      found = true;
    } else if (key == "stream") {
      out.stream = text;
    } else if (key == "time") {
      out.time = text;
    } else {
      out.fields.emplace_back(key, text);
    }
  });
  if (read && !found) impl_->error = "there is no field log, as in a line of Docker's";
  out.partial = !out.content.ends_with('\n');
  if (!out.partial) out.content.remove_suffix(1);
  if (out.content.ends_with('\r')) out.content.remove_suffix(1);
  return impl_->error;
}

const std::string& JsonWrapping::journal(std::string_view line, WrappedLine& out) {
  out = WrappedLine();
  std::string_view received;
  const bool read = impl_->members(line, [&](std::string_view key, std::string_view text) {
    if (key == "MESSAGE") {
      out.content = text;
    } else if (key == "__REALTIME_TIMESTAMP") {
      received = text;
    } else if (key == "_SOURCE_REALTIME_TIMESTAMP") {
      out.time = text;
    } else {
      out.fields.emplace_back(key, text);
    }
  });
  if (out.time.empty()) out.time = received;
  if (read && out.time.empty()) impl_->error = "there is no field __REALTIME_TIMESTAMP, as in the journal's";
  return impl_->error;
}

std::string_view container_of(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {};
  const std::string_view folder = path.substr(0, slash);
  if (folder.ends_with("/containers") || folder == "containers") {
    std::string_view name = path.substr(slash + 1);
    name = name.substr(0, name.find(".log"));
    const std::size_t id = name.rfind('-'), container = name.rfind('_');
    if (id == std::string_view::npos || container == std::string_view::npos || id < container) return {};
    return name.substr(container + 1, id - container - 1);
  }
  const std::size_t pods = folder.rfind("pods/");
  const std::size_t last = folder.rfind('/');
  if (pods == std::string_view::npos || last == std::string_view::npos || last < pods + 5) return {};
  return folder.substr(last + 1);
}

}  // namespace aiops::source
