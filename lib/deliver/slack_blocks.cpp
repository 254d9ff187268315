#include "deliver/slack_blocks.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/json_out.hpp"
#include "base/text.hpp"
#include "deliver/link.hpp"
#include "deliver/slack.hpp"
#include "deliver/told.hpp"

namespace aiops::deliver {
namespace {

// Slack's limits, in characters; some room is left for what stands around a text.
constexpr std::size_t kHeader = 150, kSection = 2900, kField = 1900, kFields = 10, kNotice = 3000;
constexpr std::size_t kLine = 400;          // of a section, before it is escaped: at most five times as long
constexpr std::size_t kMostIncidents = 40;  // of a group: a block each, of 50

void mrkdwn(JsonOut& json, std::string_view text) {
  json.open('{').text("type", "mrkdwn").text("text", text).close('}');
}

void section(JsonOut& json, std::string_view text) {
  json.open('{').text("type", "section").key("text");
  mrkdwn(json, text);
  json.close('}');
}

void header(JsonOut& json, const std::string& text) {
  json.open('{').text("type", "header").object("text").text("type", "plain_text");
  json.text("text", cut(text, kHeader)).close('}').close('}');
}

// A title and its lines, as many as there is room for.
std::string section_text(const Told::Section& one) {
  std::string text = fmt::format("*{}*\n", escape_slack(one.title));
  const std::string fence = one.verbatim ? "```" : "";
  text += fence;
  for (std::size_t i = 0; i < one.lines.size(); ++i) {
    std::string line = escape_slack(cut(one.lines[i], kLine));
    // Three in a row would end the block, and one would begin another.
    std::replace(line.begin(), line.end(), '`', '\'');
    if (characters(text) + characters(line) > kSection) {
      text += fmt::format("… and {} more\n", one.lines.size() - i);
      break;
    }
    text += (one.verbatim ? "" : "• ") + line + "\n";
  }
  return text + fence;
}

void link_block(JsonOut& json, const std::string& link, const std::string& id) {
  if (!link.empty()) section(json, fmt::format("<{}|Open the incident>", link_of(link, id)));
}

void one_incident(JsonOut& json, const Incident& incident, const std::string& link) {
  const Told told = tell(incident);
  header(json, headline(incident));
  json.open('{').text("type", "section").array("fields");
  for (std::size_t i = 0; i < std::min(told.facts.size(), kFields); ++i) {
    const auto& [name, value] = told.facts[i];
    mrkdwn(json, fmt::format("*{}*\n{}", name, escape_slack(cut(value, kField / 5))));
  }
  json.close(']').close('}');
  for (const Told::Section& one : told.sections) section(json, section_text(one));
  link_block(json, link, incident.id);
}

// "CRITICAL cart is slow: likely cart cpu …"
std::string in_a_line(const Incident& incident) {
  std::string line = "*" + escape_slack(cut(headline(incident), kLine)) + "*";
  const Told told = tell(incident, 1);
  for (const Told::Section& one : told.sections) {
    if (one.title == "Likely causes") line += "\nlikely " + escape_slack(cut(one.lines.front(), kLine));
  }
  return line;
}

std::string group_headline(const Message& message) {
  if (message.what == What::digest) return "Summary: " + count(message.incidents.size(), "incident");
  return count(message.incidents.size(), "incident") + ": " + headline(*message.news.front());
}

}  // namespace

std::string escape_slack(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += c;
    }
  }
  return out;
}

std::string slack_content(const Message& message, const std::string& link) {
  const bool single = message.incidents.size() == 1 && message.what != What::digest;
  const std::string title = single ? headline(*message.incidents.front()) : group_headline(message);
  JsonOut blocks;
  blocks.open('[');
  if (single) {
    one_incident(blocks, *message.incidents.front(), link);
  } else {
    header(blocks, title);
    std::size_t shown = 0;
    for (const IncidentPtr& incident : message.incidents) {
      if (shown == kMostIncidents) {
        section(blocks, fmt::format("… and {} more", message.incidents.size() - shown));
        break;
      }
      section(blocks, in_a_line(*incident));
      ++shown;
    }
  }
  blocks.close(']');
  return fmt::format("\"text\":{},\"blocks\":{}", json_string(escape_slack(cut(title, kNotice / 5))),
                     blocks.str());
}

std::string slack_reply(const Message& message) {
  std::string text;
  for (const IncidentPtr& incident : message.news) {
    if (characters(text) > kSection - 2 * 5 * kLine) {
      text += "\n…";
      break;
    }
    if (!text.empty()) text += "\n";
    text += in_a_line(*incident);
    if (incident->state != State::open && (!incident->by.empty() || !incident->why.empty())) {
      text += fmt::format("\n{} {}", escape_slack(printable(incident->by)),
                          escape_slack(printable(incident->why, 300)));
    }
  }
  return text;
}

}  // namespace aiops::deliver
