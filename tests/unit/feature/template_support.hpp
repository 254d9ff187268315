// What the tests of templates share.
#pragma once

#include <string>
#include <vector>

#include "feature/template_miner.hpp"
#include "feature/template_scan.hpp"

namespace aiops::feature {

// The texts of the templates that messages have when all were learned.
inline std::vector<std::string> texts(TemplateMiner& miner, const std::vector<std::string>& messages) {
  std::vector<TemplateMiner::Id> ids;
  TemplateScan scan;
  for (const std::string& message : messages) {
    scan_template(message, scan);
    ids.push_back(miner.learn(message, scan));
  }
  miner.settle();
  std::vector<std::string> found;
  for (const TemplateMiner::Id id : ids) found.push_back(miner.at(miner.template_of(id)).text);
  return found;
}

}  // namespace aiops::feature
