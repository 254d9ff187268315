// A body that the user writes, with fields of the incident put in:
//
//   {"text": "{{headline}}", "cause": {{json causes.0}}, "id": "{{id}}"}
//
// {{NAME}} is a text, escaped to stand between the quotes of a JSON string; {{json NAME}} is JSON, null where
// there is nothing. NAME is a field of the incident record, with members and items named behind dots, or one
// of headline, text (the whole in words), what, key, conversation, receiver.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "deliver/receiver.hpp"

namespace aiops::deliver {

class MessageTemplate {
 public:
  // name: for messages ("file"). Throws UsageError "name:line: …".
  static MessageTemplate parse(std::string_view text, const std::string& name);

  std::string render(const Incident& incident, const Message& message, const std::string& receiver) const;

 private:
  struct Part {
    std::string text;  // as it stands, or the name of a field
    bool field = false, json = false;
  };
  std::vector<Part> parts_;
};

}  // namespace aiops::deliver
