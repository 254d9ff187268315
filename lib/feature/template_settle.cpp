#include "feature/template_settle.hpp"

#include "feature/template_words.hpp"

namespace aiops::feature {
namespace {

std::string_view text_of(std::string_view message, const TemplateToken& token) {
  return message.substr(token.begin, token.end - token.begin);
}

// The items of a list from token `first` on, as far as it goes.
struct Items {
  std::size_t last = 0;
  bool data = true;    // none looks like prose
  bool commas = true;  // between all of them
};

Items items(std::string_view message, const std::vector<TemplateToken>& tokens, std::size_t first,
            bool bracket) {
  Items found;
  for (found.last = first;; ++found.last) {
    const TemplateToken& token = tokens[found.last];
    const std::string_view text = text_of(message, token);
    found.data &= token.value() || looks_like_data(text) || text.find('-') != std::string_view::npos;
    if (text == "and" || text == "or" || found.last + 1 == tokens.size()) return found;
    const std::string_view between = message.substr(token.end, tokens[found.last + 1].begin - token.end);
    if (between != "," && between != ", " && !(bracket && between == " ")) return found;
    found.commas &= between != " ";
  }
}

}  // namespace

void settle_dates(std::string_view message, std::vector<TemplateToken>& tokens) {
  const auto settle = [&](std::size_t i) {
    if (tokens[i].value()) return;
    const bool near = (i > 0 && tokens[i - 1].value()) || (i + 1 < tokens.size() && tokens[i + 1].value());
    if (near && is_date_name(text_of(message, tokens[i]))) tokens[i].flags |= TemplateToken::kValue;
  };
  for (std::size_t i = tokens.size(); i-- > 0;) settle(i);
  for (std::size_t i = 0; i < tokens.size(); ++i) settle(i);
}

void settle_lists(std::string_view message, std::vector<TemplateToken>& tokens) {
  for (std::size_t i = 0; i < tokens.size(); ++i) {
    if (!(tokens[i].flags & TemplateToken::kColon)) continue;
    const bool bracket = tokens[i].begin > 0 && message[tokens[i].begin - 1] == '[';
    const auto [last, data, commas] = items(message, tokens, i, bracket);
    const std::size_t end = tokens[last].end;
    const char behind = end < message.size() ? message[end] : ']';
    const bool ends = behind == ']' || behind == ')' || behind == ';';
    if (ends && ((commas && last >= i + 2) || (bracket && data && last > i && behind == ']'))) {
      for (std::size_t item = i; item <= last; ++item) {
        if (tokens[item].value()) continue;
        tokens[item].flags |= TemplateToken::kValue;
        tokens[item].hash = 0;
      }
    }
    i = last;
  }
}

}  // namespace aiops::feature
