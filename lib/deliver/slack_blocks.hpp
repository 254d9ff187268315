// What a message to Slack shows: blocks, within Slack's limits.
#pragma once

#include <string>

#include "deliver/receiver.hpp"

namespace aiops::deliver {

// The members "text" (what notifications show) and "blocks", without the braces around them.
std::string slack_content(const Message& message, const std::string& link);

// What a reply in the thread says: what is new, in a line or two.
std::string slack_reply(const Message& message);

}  // namespace aiops::deliver
