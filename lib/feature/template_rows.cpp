#include "feature/template_rows.hpp"

#include <emmintrin.h>

#include <algorithm>
#include <cstring>
#include <functional>

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

// Sixteen bytes behind `bytes` and behind where it is written may be read and written.
char* copy_short(char* to, std::string_view bytes) {
  if (bytes.size() > 16) return copy(to, bytes);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                   _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data())));
  return to + bytes.size();
}

bool points_into(std::string_view part, std::string_view whole) {
  return std::less_equal<>()(whole.data(), part.data()) &&
         std::less_equal<>()(part.data() + part.size(), whole.data() + whole.size());
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
    recall_.clear();
  }
  Row& row = rows_.emplace_back();
  row.line = line;
  if (message.empty()) return;
  row.message = message.substr(message_begin(message, kind));
  const bool readable_behind = points_into(row.message, line);
  if (readable_behind) {
    row.first = static_cast<std::uint32_t>(ends_.size());
    row.known = recall_.find(row.message, ends_);
    if (row.known != TemplateRecall::kNone) {
      row.pattern = recall_.at(row.known).pattern;
      miner_.again(row.pattern);
      return;
    }
  }
  scan_template(row.message, scan_);
  row.pattern = miner_.learn(row.message, scan_);
  if (readable_behind && row.pattern != TemplateMiner::kOverflow)
    recall_.learn(row.message, scan_, row.pattern);
  row.first = static_cast<std::uint32_t>(stretches_.size());
  for (const TemplateToken& token : scan_.tokens) {
    if (token.value()) stretches_.emplace_back(token.begin, token.end);
  }
  row.count = static_cast<std::uint32_t>(stretches_.size() - row.first);
}

void TemplateRows::find_values(TemplateRecall::Known& known, TemplateMiner::Id root) {
  known.root = root;
  known.version = miner_.at(root).version;
  known.values.clear();
  const auto& tokens = known.scan.tokens;
  if (miner_.has_changing_words(known.pattern)) {
    scratch_.clear();
    miner_.values(known.pattern, known.scan, scratch_);
    for (const auto& numbers : scratch_) known.values.push_back(numbers.first);
    return;
  }
  for (std::uint32_t i = 0; i < tokens.size(); ++i) {
    if (tokens[i].value()) known.values.push_back(i);
  }
}

std::pair<const TemplateMiner::Stretch*, std::size_t> TemplateRows::values(const Row& row,
                                                                           TemplateMiner::Id root) {
  if (row.known != TemplateRecall::kNone) {
    TemplateRecall::Known& known = recall_.at(row.known);
    if (known.root != root || known.version != miner_.at(root).version) find_values(known, root);
    scratch_.clear();
    for (const std::uint32_t token : known.values)
      scratch_.push_back(TemplateRecall::stretch(known, token, ends_.data() + row.first));
  } else if (miner_.has_changing_words(row.pattern)) {
    scratch_.clear();
    scan_template(row.message, scan_);
    miner_.values(row.pattern, scan_, scratch_);
  } else {
    return {stretches_.data() + row.first, row.count};
  }
  return {scratch_.data(), scratch_.size()};
}

void TemplateRows::write() {
  miner_.settle();
  note_merged();
  for (const Row& row : rows_) {
    if (row.pattern == TemplateMiner::kNone) {
      appender_.pass(row.line);
      continue;
    }
    const TemplateMiner::Id root = miner_.template_of(row.pattern);
    const auto [values, count] = this->values(row, root);
    const std::string_view line = row.line;
    const bool usual = format_ == record::Format::ndjson && line.size() > 2 && line.back() == '}' &&
                       line[line.size() - 2] > ' ' && line[line.size() - 2] != '{';
    if (!usual) {
      write_other(row, miner_.at(root), values, count);
    } else if (row.known != TemplateRecall::kNone && recall_.at(row.known).plain) {
      write_json<true>(row, written(root), values, count);
    } else {
      write_json<false>(row, written(root), values, count);
    }
  }
  rows_.clear();
  stretches_.clear();
  ends_.clear();
  recall_.make_room();
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

template <bool kPlain>
void TemplateRows::write_json(const Row& row, const Written& fields, const TemplateMiner::Stretch* values,
                              std::size_t count) {
  std::size_t room = row.line.size() + fields.fields.size() + 32;
  for (std::size_t i = 0; i < count; ++i) room += 3 + 6 * (values[i].second - values[i].first);
  char* at = sink_.room(room);
  at = copy(at, row.line.substr(0, row.line.size() - 1));
  at = copy(at, fields.fields);
  for (std::size_t i = 0; i < count; ++i) {
    const std::string_view value = row.message.substr(values[i].first, values[i].second - values[i].first);
    if (i > 0) *at++ = ',';
    if (kPlain || plain(value)) {
      *at++ = '"';
      at = kPlain ? copy_short(at, value) : copy(at, value);
      *at++ = '"';
    } else {
      at = copy(at, json_string(value));
    }
  }
  at = copy(at, "]");
  if (!merged_.empty()) [[unlikely]]
    at = write_merged(at, fields.hash);
  sink_.wrote(copy(at, "}\n"));
}

char* TemplateRows::write_merged(char* at, std::uint64_t hash) {
  const auto merged = merged_.find(hash);
  if (merged == merged_.end()) return at;
  const std::string text = ",\"" + names_[3] + "\":[\"" + join(merged->second, "\",\"") + "\"]";
  at = copy(sink_.more_room(at, text.size() + 8), text);
  merged_.erase(merged);
  return at;
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
  const auto merged = merged_.find(of.hash);
  if (merged != merged_.end()) {
    appender_.list(merged->second);
    merged_.erase(merged);
  } else if (format_ == record::Format::csv) {
    appender_.list({});
  }
  appender_.end();
  if (told_.size() < kMostTold) told_.insert(of.hash);
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
