#include "source/json_log.hpp"

#include <fmt/core.h>
#include <simdjson.h>

#include "base/text.hpp"

namespace aiops::source {
namespace {

namespace od = simdjson::ondemand;

// Without the blanks that a raw token may drag along.
std::string_view trimmed(std::string_view text) {
  while (!text.empty() &&
         (text.back() == ' ' || text.back() == '\t' || text.back() == '\r' || text.back() == '\n'))
    text.remove_suffix(1);
  return text;
}

// A number as JSON writes it; simdjson looks at it only when it is converted, which would round it.
bool is_number(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  const auto digits = [&] {
    const char* begin = p;
    while (p < end && *p >= '0' && *p <= '9') ++p;
    return p - begin;
  };
  if (p < end && *p == '-') ++p;
  const bool zero = p < end && *p == '0';
  const auto whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (p < end && *p == '.') {
    ++p;
    if (digits() == 0) return false;
  }
  if (p < end && (*p == 'e' || *p == 'E')) {
    ++p;
    if (p < end && (*p == '+' || *p == '-')) ++p;
    if (digits() == 0) return false;
  }
  return p == end;
}

const char* spoken(simdjson::error_code error) {
  switch (error) {
    case simdjson::UTF8_ERROR:
      return "not valid UTF-8";
    case simdjson::UNCLOSED_STRING:
      return "a string is not closed: the line ends too early";
    case simdjson::INCOMPLETE_ARRAY_OR_OBJECT:
      return "an object is not closed, or something stands behind it";
    case simdjson::UNESCAPED_CHARS:
      return "a control character stands in a string";
    case simdjson::STRING_ERROR:
      return "a string has an escape that is none";
    case simdjson::DEPTH_ERROR:
      return "nested too deep";
    case simdjson::EMPTY:
      return "nothing but blanks";
    default:
      return "not valid JSON";
  }
}

simdjson::simdjson_result<std::string_view> raw_json(od::value value, od::json_type type) {
  if (type == od::json_type::array) {
    od::array array;
    if (const auto code = value.get_array().get(array)) return code;
    return array.raw_json();
  }
  od::object object;
  if (const auto code = value.get_object().get(object)) return code;
  return object.raw_json();
}

bool is_batch(std::string_view key) {
  return key == "resourceLogs" || key == "resourceSpans" || key == "resourceMetrics";
}

}  // namespace

struct JsonLog::Impl {
  explicit Impl(Mapping& mapping_) : mapping(mapping_) {}

  // Lines of one program are built alike: the slot is found by comparing the path with the one that stood at
  // this place in the line before.
  Slot& slot_of(std::string_view text) {
    if (place < guesses.size() && *guesses[place]->path == text) return *guesses[place++];
    Slot& found = mapping.slot(text);
    if (place < guesses.size()) {
      guesses[place] = &found;
    } else if (place < 256) {
      guesses.push_back(&found);
    }
    ++place;
    return found;
  }

  bool fail(simdjson::error_code code) {
    error = spoken(code);
    return false;
  }

  bool object(od::object object, int depth);
  bool member(od::value value, int depth);
  bool leaf(od::value value, od::json_type type);
  bool attributes(od::array array, int depth);
  bool attribute(od::object object, int depth);

  Mapping& mapping;
  RecordBuilder* builder = nullptr;
  od::parser parser;
  std::string path, error;
  std::vector<Slot*> guesses;  // the slots of the last line, in the order of its fields
  std::size_t place = 0;
};

bool JsonLog::Impl::object(od::object object, int depth) {
  const std::size_t prefix = path.size();
  for (auto field : object) {
    std::string_view key;
    if (const auto code = field.unescaped_key().get(key)) return fail(code);
    if (depth == 1 && is_batch(key)) {
      error = fmt::format("a batch of OpenTelemetry's exporter ({}), which aiops-collect otlp reads", key);
      return false;
    }
    od::value value;
    if (const auto code = field.value().get(value)) return fail(code);
    path.resize(prefix);
    path += key;
    if (!member(value, depth)) return false;
  }
  path.resize(prefix);
  return true;
}

bool JsonLog::Impl::member(od::value value, int depth) {
  od::json_type type;
  if (const auto code = value.type().get(type)) return fail(code);
  if (type == od::json_type::object && depth < kMaxDepth) {
    od::object inner;
    if (const auto code = value.get_object().get(inner)) return fail(code);
    path += '.';
    return object(inner, depth + 1);
  }
  if (type == od::json_type::array && path.ends_with("ttributes")) {
    od::array inner;
    if (const auto code = value.get_array().get(inner)) return fail(code);
    return attributes(inner, depth + 1);
  }
  return leaf(value, type);
}

bool JsonLog::Impl::leaf(od::value value, od::json_type type) {
  Slot& slot = slot_of(path);
  if (type == od::json_type::null) {
    bool is_null = false;
    if (value.is_null().get(is_null) || !is_null) return fail(simdjson::N_ATOM_ERROR);
    if (slot.target == Target::value) builder->put(slot, {});  // a sample without a value is one nevertheless
    return true;
  }
  std::string_view text;
  if (type == od::json_type::string) {
    if (slot.target != Target::none) {  // of what is left out, nothing need be unescaped
      if (const auto code = value.get_string().get(text)) return fail(code);
    }
  } else if (type == od::json_type::array || type == od::json_type::object) {
    if (slot.target != Target::label) {
      ++slot.left_out;
      return true;
    }
    if (const auto code = raw_json(value, type).get(text)) return fail(code);
  } else {
    text = trimmed(value.raw_json_token());
    if (type == od::json_type::number ? !is_number(text) : text != "true" && text != "false") {
      return fail(simdjson::TAPE_ERROR);
    }
  }
  builder->put(slot, text);
  return true;
}

// OTLP: [{"key":"http.route","value":{"stringValue":"/x"}}, …]; other arrays are left out.
bool JsonLog::Impl::attributes(od::array array, int depth) {
  const std::size_t prefix = path.size();
  for (auto item : array) {
    path.resize(prefix);
    od::value value;
    if (const auto code = item.get(value)) return fail(code);
    od::json_type type;
    if (const auto code = value.type().get(type)) return fail(code);
    if (type != od::json_type::object) {
      ++slot_of(path).left_out;
      continue;
    }
    od::object inner;
    if (const auto code = value.get_object().get(inner)) return fail(code);
    if (!attribute(inner, depth)) return false;
  }
  path.resize(prefix);
  return true;
}

bool JsonLog::Impl::attribute(od::object object, int) {
  bool named = false;
  for (auto field : object) {
    std::string_view key;
    if (const auto code = field.unescaped_key().get(key)) return fail(code);
    od::value value;
    if (const auto code = field.value().get(value)) return fail(code);
    od::json_type type;
    if (const auto code = value.type().get(type)) return fail(code);
    if (key == "key" && type == od::json_type::string) {
      std::string_view name;
      if (const auto code = value.get_string().get(name)) return fail(code);
      path += '.';
      path += name;
      named = true;
    } else if (key == "value" && type == od::json_type::object && named) {
      od::object any;
      if (const auto code = value.get_object().get(any)) return fail(code);
      for (auto inner : any) {  // one member: stringValue, intValue, doubleValue, boolValue …
        od::value content;
        if (const auto code = inner.value().get(content)) return fail(code);
        od::json_type inner_type;
        if (const auto code = content.type().get(inner_type)) return fail(code);
        if (!leaf(content, inner_type)) return false;
      }
    }
  }
  return true;
}

JsonLog::JsonLog(Mapping& mapping) : impl_(std::make_unique<Impl>(mapping)) {}
JsonLog::~JsonLog() = default;

const std::string& JsonLog::read(std::string_view line, RecordBuilder& builder) {
  Impl& impl = *impl_;
  impl.error.clear();
  impl.path.clear();
  impl.place = 0;
  impl.builder = &builder;
  od::document document;
  const simdjson::padded_string_view padded(line.data(), line.size(), line.size() + kPadding);
  if (const auto code = impl.parser.iterate(padded).get(document)) {
    impl.fail(code);
    return impl.error;
  }
  od::json_type type;
  if (document.type().get(type)) {
    impl.error = "no JSON object";
  } else if (type == od::json_type::array) {
    impl.error = "a JSON array, expected one object a line; jq -c '.[]' makes them";
  } else if (type != od::json_type::object) {
    impl.error = "no JSON object";
  } else {
    od::object object;
    if (const auto wrong = document.get_object().get(object)) {
      impl.fail(wrong);
    } else if (impl.object(object, 1) && document.current_location().error() == simdjson::SUCCESS) {
      impl.error = "not valid JSON: something stands behind the object";
    }
  }
  return impl.error;
}

}  // namespace aiops::source
