#include "deliver/message_template.hpp"

#include <fmt/core.h>
#include <simdjson.h>

#include <algorithm>
#include <optional>

#include "base/error.hpp"
#include "base/text.hpp"
#include "deliver/told.hpp"

namespace aiops::deliver {
namespace {

using Element = simdjson::dom::element;

// What is no field of the record.
std::optional<std::string> made(std::string_view name, const Incident& incident, const Message& message,
                                const std::string& receiver) {
  if (name == "headline") return headline(incident);
  if (name == "text") return plain_text(tell(incident));
  if (name == "what") return std::string(name_of(message.what));
  if (name == "key") return message.key;
  if (name == "conversation") return message.conversation;
  if (name == "receiver") return receiver;
  return std::nullopt;
}

// A text as it stands between quotes.
std::string inner(std::string_view text) {
  const std::string quoted = json_string(text);
  return quoted.substr(1, quoted.size() - 2);
}

std::string value_of(const simdjson::simdjson_result<Element>& found, bool json) {
  Element value;
  if (found.get(value) || (value.is_null() && !json)) return json ? "null" : "";
  std::string_view text;
  if (!json && !value.get_string().get(text)) return inner(text);
  const std::string all = simdjson::minify(value);
  return json ? all : inner(all);
}

}  // namespace

MessageTemplate MessageTemplate::parse(std::string_view text, const std::string& name) {
  MessageTemplate made_of;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t open = std::min(text.find("{{", at), text.size());
    if (open > at) made_of.parts_.push_back({std::string(text.substr(at, open - at)), false, false});
    if (open == text.size()) break;
    const std::size_t close = text.find("}}", open);
    const auto line = 1 + std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(open), '\n');
    if (close == std::string_view::npos) {
      throw UsageError(fmt::format("{}:{}: {{{{ without }}}}; expected e.g. {{{{title}}}}", name, line));
    }
    std::string_view field = trim(text.substr(open + 2, close - open - 2));
    const bool json = field.starts_with("json ");
    if (json) field = trim(field.substr(5));
    if (field.empty() || field.find_first_of(" {}") != std::string_view::npos) {
      throw UsageError(
          fmt::format("{}:{}: {{{{{}}}}}: expected the name of a field, e.g. {{{{title}}}} or "
                      "{{{{json causes.0}}}}",
                      name, line, printable(field, 40)));
    }
    made_of.parts_.push_back({std::string(field), true, json});
    at = close + 2;
  }
  return made_of;
}

std::string MessageTemplate::render(const Incident& incident, const Message& message,
                                    const std::string& receiver) const {
  simdjson::dom::parser parser;
  const auto record = parser.parse(incident.json);
  std::string out;
  for (const Part& part : parts_) {
    if (!part.field) {
      out += part.text;
    } else if (const auto text = made(part.text, incident, message, receiver)) {
      out += part.json ? json_string(*text) : inner(*text);
    } else {
      std::string pointer = "/" + part.text;
      std::replace(pointer.begin(), pointer.end(), '.', '/');
      out += value_of(record.at_pointer(pointer), part.json);
    }
  }
  return out;
}

}  // namespace aiops::deliver
