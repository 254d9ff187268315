#include "feature/template_rows.hpp"

#include <algorithm>
#include <cstring>

#include "base/text.hpp"

namespace aiops::feature {
namespace {

// Bytes that stand in a JSON string as they are.
bool plain(std::string_view text) {
  bool other = false;
  for (const char c : text)  // to the end in any case: the compiler takes many at once
    other |= static_cast<unsigned char>(c - ' ') >= 0x7f - ' ' || c == '"' || c == '\\';
  return !other;
}

char* copy(char* to, std::string_view bytes) {
  std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

constexpr std::size_t kMostTold = 1'000'000;  // ids

}  // namespace

TemplateRows::TemplateRows(TemplateMiner& miner, record::Sink& sink, std::vector<std::string> names)
    : miner_(miner), sink_(sink), appender_(sink, names), names_(std::move(names)) {
  for (TemplateMiner::Id id = 1; id < miner_.size(); ++id) told_.insert(miner_.at(id).hash);
}

void TemplateRows::begin(record::Format format, std::string_view header, std::string_view line_ending) {
  format_ = format;
  appender_.begin(format, header, line_ending);
}

void TemplateRows::add(std::string_view line, std::string_view message, LineKind kind) {
  if (miner_.full()) {
    write();
    miner_.make_room();
    written_.clear();
  }
  Row& row = rows_.emplace_back();
  row.line = line;
  if (message.empty()) return;
  row.message = message.substr(message_begin(message, kind));
  scan_template(row.message, scan_);
  row.pattern = miner_.learn(row.message, scan_);
  row.first = static_cast<std::uint32_t>(stretches_.size());
  for (const TemplateToken& token : scan_.tokens) {
    if (token.value()) stretches_.emplace_back(token.begin, token.end);
  }
  row.count = static_cast<std::uint32_t>(stretches_.size() - row.first);
}

void TemplateRows::write() {
  miner_.settle();
  note_merged();
  for (const Row& row : rows_) {
    if (row.pattern == TemplateMiner::kNone) {
      appender_.pass(row.line);
      continue;
    }
    const TemplateMiner::Stretch* values = stretches_.data() + row.first;
    std::size_t count = row.count;
    if (miner_.has_changing_words(row.pattern)) {
      rescanned_.clear();
      scan_template(row.message, scan_);
      miner_.values(row.pattern, scan_, rescanned_);
      values = rescanned_.data();
      count = rescanned_.size();
    }
    const TemplateMiner::Id root = miner_.template_of(row.pattern);
    const std::string_view line = row.line;
    const bool usual = format_ == record::Format::ndjson && line.size() > 2 && line.back() == '}' &&
                       line[line.size() - 2] > ' ' && line[line.size() - 2] != '{';
    if (usual) {
      write_json(row, written(root), values, count);
    } else {
      write_other(row, miner_.at(root), values, count);
    }
  }
  rows_.clear();
  stretches_.clear();
}

const TemplateRows::Written& TemplateRows::written(TemplateMiner::Id root) {
  if (root >= written_.size()) written_.resize(miner_.size());
  Written& made = written_[root];
  const TemplateMiner::Template& of = miner_.at(root);
  if (made.version == of.version) return made;
  made.version = of.version;
  made.hash = of.hash;
  made.fields = ",\"" + names_[0] + "\":\"" + template_id(of.hash) + "\",\"" + names_[1] + "\":";
  append_json_string(made.fields, of.text);
  made.fields += ",\"" + names_[2] + "\":[";
  if (told_.size() < kMostTold) told_.insert(of.hash);
  return made;
}

void TemplateRows::write_json(const Row& row, const Written& fields, const TemplateMiner::Stretch* values,
                              std::size_t count) {
  std::size_t room = row.line.size() + fields.fields.size() + 8;
  for (std::size_t i = 0; i < count; ++i) room += 3 + 6 * (values[i].second - values[i].first);
  char* at = sink_.room(room);
  at = copy(at, row.line.substr(0, row.line.size() - 1));
  at = copy(at, fields.fields);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view value = row.message.substr(values[i].first, values[i].second - values[i].first);
    if (i > 0) *at++ = ',';
    if (plain(value)) {
      *at++ = '"';
      at = copy(at, value);
      *at++ = '"';
    } else {
      at = copy(at, json_string(value));
    }
  }
  at = copy(at, "]");
  if (!merged_.empty()) {
    const auto merged = merged_.find(fields.hash);
    if (merged != merged_.end()) {
      const std::string text = ",\"merged_from\":[\"" + join(merged->second, "\",\"") + "\"]";
      at = copy(sink_.more_room(at, text.size() + 8), text);
      merged_.erase(merged);
    }
  }
  sink_.wrote(copy(at, "}\n"));
}

void TemplateRows::write_other(const Row& row, const TemplateMiner::Template& of,
                               const TemplateMiner::Stretch* values, std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i)
    texts.emplace_back(row.message.substr(values[i].first, values[i].second - values[i].first));
  appender_.start(row.line);
  appender_.text(template_id(of.hash));
  appender_.text(of.text);
  appender_.list(texts);
  appender_.end();
}

void TemplateRows::note_merged() {
  for (const auto& [from, into] : miner_.take_merged()) {
    auto& of = merged_[into];
    if (told_.count(from) != 0) of.push_back(template_id(from));
    const auto earlier = merged_.find(from);  // what was to be told of it is to be told of the other
    if (earlier != merged_.end()) {
      std::vector<std::string> ids = std::move(earlier->second);
      merged_.erase(earlier);
      auto& all = merged_[into];
      all.insert(all.end(), ids.begin(), ids.end());
    }
    if (merged_[into].empty()) merged_.erase(into);
  }
}

}  // namespace aiops::feature
