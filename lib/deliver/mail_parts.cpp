#include "deliver/mail_parts.hpp"

#include <fmt/core.h>

#include "base/html.hpp"
#include "base/text.hpp"
#include "deliver/link.hpp"
#include "deliver/told.hpp"

namespace aiops::deliver {
namespace {

constexpr std::size_t kSubject = 150;        // characters
constexpr std::size_t kMostIncidents = 200;  // of a digest

bool is_single(const Message& message) {
  return message.incidents.size() == 1 && message.what != What::digest;
}

std::string summary(const Message& message) {
  std::size_t open = 0;
  for (const IncidentPtr& incident : message.incidents) open += incident->state != State::resolved;
  return fmt::format("{}, {} still open", count(message.incidents.size(), "incident"), thousands(open));
}

std::string html_of(const Incident& incident, const std::string& link, bool chart) {
  const Told told = tell(incident, 10);
  std::string html =
      fmt::format("<h2 style=\"font-size:16px\">{}</h2>\n<table>\n", escape_html(headline(incident)));
  for (const auto& [name, value] : told.facts) {
    html += fmt::format("<tr><td style=\"color:#666;padding-right:12px\">{}</td><td>{}</td></tr>\n",
                        escape_html(name), escape_html(value));
  }
  html += "</table>\n";
  if (!link.empty()) {
    html +=
        fmt::format("<p><a href=\"{}\">Open the incident</a></p>\n", escape_html(link_of(link, incident.id)));
  }
  if (chart) html += "<p><img src=\"cid:timeline\" alt=\"What went wrong when\"></p>\n";
  for (const Told::Section& section : told.sections) {
    html += fmt::format("<h3 style=\"font-size:14px\">{}</h3>\n<ul{}>\n", escape_html(section.title),
                        section.verbatim ? " style=\"font-family:monospace\"" : "");
    for (const std::string& line : section.lines) html += fmt::format("<li>{}</li>\n", escape_html(line));
    html += "</ul>\n";
  }
  return html;
}

// A line of a digest.
std::string in_a_line(const Incident& incident) {
  std::string line = headline(incident);
  if (incident.start != kNoTime) line += ", since " + format_time(incident.start);
  if (incident.end != kNoTime) line += " until " + format_time(incident.end);
  const Told told = tell(incident, 1);
  for (const Told::Section& one : told.sections) {
    if (one.title == "Likely causes") line += "; likely " + one.lines.front();
  }
  return line;
}

}  // namespace

std::string mail_subject(const Message& message) {
  if (message.what == What::digest) return "Incidents: " + summary(message);
  if (is_single(message)) return cut(headline(*message.incidents.front()), kSubject);
  return cut(fmt::format("{}: {}", summary(message), headline(*message.news.front())), kSubject);
}

std::string mail_text(const Message& message, const std::string& link) {
  if (is_single(message)) {
    const Incident& incident = *message.incidents.front();
    Told told = tell(incident, 10);
    told.title = headline(incident);
    const std::string text = plain_text(told);
    return link.empty() ? text : text + "\n" + link_of(link, incident.id) + "\n";
  }
  std::string text = summary(message) + "\n\n";
  for (std::size_t i = 0; i < message.incidents.size(); ++i) {
    if (i == kMostIncidents) return text + fmt::format("… and {} more\n", message.incidents.size() - i);
    text += "- " + in_a_line(*message.incidents[i]) + "\n";
  }
  return text;
}

std::string mail_html(const Message& message, const std::string& link, bool chart) {
  std::string html =
      "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"></head>"
      "<body style=\"font-family:sans-serif;font-size:14px\">\n";
  if (is_single(message)) {
    html += html_of(*message.incidents.front(), link, chart);
  } else {
    html += fmt::format("<h2 style=\"font-size:16px\">{}</h2>\n<ul>\n", escape_html(summary(message)));
    for (std::size_t i = 0; i < message.incidents.size() && i < kMostIncidents; ++i) {
      const Incident& incident = *message.incidents[i];
      html += "<li>" + escape_html(in_a_line(incident));
      if (!link.empty()) {
        html += fmt::format(" <a href=\"{}\">open</a>", escape_html(link_of(link, incident.id)));
      }
      html += "</li>\n";
    }
    html += "</ul>\n";
    if (message.incidents.size() > kMostIncidents) {
      html += fmt::format("<p>… and {} more</p>\n", message.incidents.size() - kMostIncidents);
    }
  }
  return html + "</body></html>\n";
}

}  // namespace aiops::deliver
