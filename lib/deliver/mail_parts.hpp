// What a mail says: its subject, its text, its HTML.
#pragma once

#include <string>

#include "deliver/receiver.hpp"

namespace aiops::deliver {

std::string mail_subject(const Message& message);
std::string mail_text(const Message& message, const std::string& link);
// chart: whether there is an image with the content id "timeline". All text of the incident is escaped;
// nothing is fetched from elsewhere.
std::string mail_html(const Message& message, const std::string& link, bool chart);

}  // namespace aiops::deliver
