#include "feature/template_miner.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/file.hpp"
#include "feature/template_hash.hpp"
#include "feature/template_words.hpp"

namespace aiops::feature {
namespace {

constexpr std::string_view kValueText = "<*>";
constexpr std::size_t kFamilyWords = 40;  // words of a message that are looked at for being values
constexpr std::size_t kKnownWords = 4;    // words in one place from which on they are known as values
constexpr std::uint64_t kOften = 8;       // messages that a state of something has at least

// The longest list of words that both have, in order; marks in `common` which of `a` they are.
std::vector<std::uint64_t> common_words(const std::vector<std::uint64_t>& a,
                                        const std::vector<std::uint64_t>& b, std::vector<bool>& common) {
  const std::size_t n = a.size(), m = b.size();
  common.assign(n, false);
  std::vector<std::uint16_t> length((n + 1) * (m + 1), 0);
  const auto at = [&](std::size_t i, std::size_t j) -> std::uint16_t& { return length[i * (m + 1) + j]; };
  for (std::size_t i = n; i-- > 0;) {
    for (std::size_t j = m; j-- > 0;)
      at(i, j) = a[i] == b[j] ? static_cast<std::uint16_t>(at(i + 1, j + 1) + 1)
                              : std::max(at(i + 1, j), at(i, j + 1));
  }
  std::vector<std::uint64_t> words;
  for (std::size_t i = 0, j = 0; i < n && j < m;) {
    if (a[i] == b[j]) {
      common[i] = true;
      words.push_back(a[i]);
      ++i, ++j;
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      ++i;
    } else {
      ++j;
    }
  }
  return words;
}

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Without the indented lines of a message, which the scan passes over.
void drop_indented(std::string& text) {
  std::size_t at = 0;
  while ((at = text.find('\n', at)) != std::string::npos) {
    if (at + 1 >= text.size() || (text[at + 1] != ' ' && text[at + 1] != '\t')) {
      ++at;
    } else {
      const std::size_t end = text.find('\n', at + 1);
      text.erase(at, end == std::string::npos ? end : end - at);
    }
  }
}

}  // namespace

TemplateMiner::TemplateMiner(TemplateOptions options)
    : options_(options), room_(options.max_patterns), recent_(kRecent, kOverflow) {
  Pattern overflow;
  overflow.changing.clear();
  patterns_.push_back(overflow);
  Template any;
  any.text = kValueText;
  any.hash = checksum(any.text);
  templates_.push_back(any);
}

TemplateMiner::Id TemplateMiner::find(std::uint64_t key) const {
  const auto found = by_key_.find(key);
  return found == by_key_.end() ? kNone : found->second;
}

TemplateMiner::Id TemplateMiner::template_of(Id pattern) {
  while (patterns_[pattern].parent != pattern) {
    Id& parent = patterns_[pattern].parent;
    parent = patterns_[parent].parent;
    pattern = parent;
  }
  return pattern;
}

std::string_view TemplateMiner::word(Id id, const TemplateToken& token) const {
  const std::string_view example = templates_[id].example;
  return example.substr(std::min<std::size_t>(token.begin, example.size()), token.end - token.begin);
}

TemplateMiner::Id TemplateMiner::learn(std::string_view message, const TemplateScan& scan) {
  Id& recent = recent_[scan.pattern % kRecent];
  Id id = recent;
  if (id >= patterns_.size() || patterns_[id].key != scan.pattern) {
    id = find(scan.pattern);
    if (id == kNone) id = add(message, scan);
    recent = id;
  }
  ++patterns_[id].messages;
  return id;
}

// Twice the limit, for there may be little to forget.
TemplateMiner::Id TemplateMiner::add(std::string_view message, const TemplateScan& scan) {
  if (patterns_.size() >= 2 * options_.max_patterns) {
    ++overflowed_;
    return kOverflow;
  }
  const Id id = place(message.substr(0, std::min(message.size(), kExampleBytes)), scan);
  write_text(id);
  templates_[id].hash = checksum(templates_[id].text);
  enter(id);
  std::vector<std::pair<std::uint64_t, std::size_t>> merge;
  join_families(id, merge);
  for (const auto& [key, token] : merge) merge_family(key, id, token);
  enter_crowd(id);
  return id;
}

TemplateMiner::Id TemplateMiner::place(std::string_view example, const TemplateScan& scan) {
  const Id id = static_cast<Id>(patterns_.size());
  Pattern& pattern = patterns_.emplace_back();
  pattern.key = scan.pattern;
  pattern.skeleton = scan.skeleton;
  pattern.parent = id;
  pattern.tokens = scan.tokens;
  for (const TemplateToken& token : scan.tokens) {
    if (!token.value()) pattern.same.push_back(token.hash);
  }
  templates_.emplace_back().example = example;
  return id;
}

void TemplateMiner::enter(Id id) {
  const Pattern& pattern = patterns_[id];
  by_key_.emplace(pattern.key, id);
  if (pattern.skeleton == 0) return;
  const auto [same, added] = by_skeleton_.emplace(pattern.skeleton, id);
  if (!added) unite(same->second, id);
}

// Enters a pattern under each word that may turn out to be a value. Families that are known to be of one
// template take it at once, those in `merge`; the others are looked at by settle().
void TemplateMiner::join_families(Id id, std::vector<std::pair<std::uint64_t, std::size_t>>& merge) {
  scratch_.tokens = patterns_[id].tokens;
  const std::size_t words = std::min(scratch_.tokens.size(), kFamilyWords);
  std::uint64_t before = 0;  // words
  for (std::size_t i = 0; i < words; ++i) {
    TemplateToken& token = scratch_.tokens[i];
    if (token.value()) continue;
    ++before;
    token.flags |= TemplateToken::kValue;
    hash_template(scratch_);
    token.flags &= static_cast<std::uint8_t>(~TemplateToken::kValue);
    // Beside a value it would be one with that: its family is another than that of words in the value's
    // place.
    const bool beside = (i > 0 && scratch_.tokens[i - 1].value()) ||
                        (i + 1 < scratch_.tokens.size() && scratch_.tokens[i + 1].value());
    if (beside) scratch_.pattern = mix(scratch_.pattern, before);
    Family& family = families_[scratch_.pattern];
    nodes_.push_back({id, static_cast<std::uint32_t>(i), family.first});
    family.first = static_cast<std::uint32_t>(nodes_.size() - 1);
    ++family.words;
    if (family.merged) {
      merge.emplace_back(scratch_.pattern, i);
    } else if (family.words > 1 || find(scratch_.pattern) != kNone) {
      dirty_.push_back(scratch_.pattern);
    }
  }
  if (families_.count(patterns_[id].key) != 0) dirty_.push_back(patterns_[id].key);
}

void TemplateMiner::settle() {
  // Merging makes more general patterns, which join families in turn; each has a word less, so this ends.
  for (bool first = true; first || !dirty_.empty(); first = false) {
    std::vector<std::uint64_t> dirty;
    dirty.swap(dirty_);
    for (const std::uint64_t key : dirty) {
      const auto found = families_.find(key);
      if (found == families_.end() || found->second.words == 0 || found->second.merged) continue;
      if (evidence(found->second, key) < options_.threshold) continue;
      const Node& node = nodes_[found->second.first];
      merge_family(key, node.pattern, node.token);
    }
    if (dirty_.empty()) settle_crowds();
  }
}

double TemplateMiner::evidence(const Family& family, std::uint64_t key) const {
  Differing words;
  words.wild = find(key) != kNone;
  for (std::uint32_t n = family.first; n != ~0u; n = nodes_[n].next)
    count_word(nodes_[n].pattern, patterns_[nodes_[n].pattern].tokens[nodes_[n].token], words);
  const Node& last = nodes_[family.first];
  return weigh(words, last.pattern, last.token);
}

void TemplateMiner::count_word(Id id, const TemplateToken& token, Differing& words) const {
  const std::string_view text = word(id, token);
  ++words.number;
  words.known += known_.count(token.hash) != 0;
  words.data += looks_like_data(text);
  words.capitals += is_capitals(text);
  words.said += is_said(text);
  words.often += patterns_[id].messages >= kOften;
}

// What speaks for the words in the place of this token being values.
double TemplateMiner::weigh(const Differing& words, Id pattern, std::size_t place) const {
  const auto& tokens = patterns_[pattern].tokens;
  const TemplateToken& token = tokens[place];
  std::size_t others = 0;
  for (const TemplateToken& other : tokens) others += !other.value() && other.end - other.begin >= 2;
  others -= token.end - token.begin >= 2;
  if (others == 0) return 0;  // all messages of one word and a value would be one
  // Beside another value, a value in its place may as well be the other one, with nothing in this place.
  const bool beside =
      (place > 0 && tokens[place - 1].value()) || (place + 1 < tokens.size() && tokens[place + 1].value());
  const bool wild = words.wild && !beside;
  const auto word_before = [&](std::size_t at) {
    return at > 0 && !tokens[at - 1].value() ? word(pattern, tokens[at - 1]) : std::string_view();
  };
  const std::string_view before = word_before(place);
  const bool verb = before == "to" && is_before_verb(word_before(place - 1));
  const bool property = is_property(before);
  double sum = std::min(options_.most_different, options_.different * std::log2(words.number + wild));
  sum += (options_.data * words.data + options_.known * words.known - options_.capitals * words.capitals) /
         words.number;
  if (!property) sum -= (options_.said * words.said + options_.often * words.often) / words.number;
  if (wild) sum += options_.value;
  if (token.flags & TemplateToken::kKey) sum -= options_.key;
  if (token.flags & TemplateToken::kLabel) sum -= options_.label;
  if (property) {
    sum += options_.property;
  } else if (is_before_name(before)) {
    sum += options_.name;
  } else if (verb) {
    sum -= options_.verb;
  } else if (is_preposition(before)) {
    sum += options_.preposition;
  } else if (token.flags & TemplateToken::kColon) {
    sum += options_.colon;
  }
  const bool begins =
      place == 0 && !(token.flags & TemplateToken::kColon);  // nothing, not even a bracket, before it
  if (begins) sum -= others < 4 ? options_.first : options_.first / 2;
  if (others == 1) sum -= options_.few;
  return sum;
}

void TemplateMiner::merge_family(std::uint64_t key, Id id, std::size_t place) {
  Family& family = families_[key];
  const bool before = family.merged;
  family.merged = true;
  const auto learn_word = [&](const Node& node) {
    if (known_.size() < options_.max_patterns) ++known_[patterns_[node.pattern].tokens[node.token].hash];
  };
  const bool known = family.words >= kKnownWords;
  for (std::uint32_t n = before ? kNone : family.first; n != kNone; n = nodes_[n].next) {
    unite(nodes_[n].pattern, id);
    if (known) learn_word(nodes_[n]);
  }
  if (before && known) learn_word({id, static_cast<std::uint32_t>(place), kNone});
  generalise(id, {place});
}

TemplateMiner::Id TemplateMiner::generalise(Id id, const std::vector<std::size_t>& tokens) {
  TemplateScan scan;
  scan.tokens = patterns_[id].tokens;
  for (const std::size_t token : tokens) {
    scan.tokens[token].flags |= TemplateToken::kValue | TemplateToken::kMade;
    scan.tokens[token].hash = 0;
  }
  hash_template(scan);
  Id general = find(scan.pattern);
  if (general == kNone) general = add(std::string(templates_[id].example), scan);
  if (general != kOverflow) unite(general, id);
  return general;
}

void TemplateMiner::unite(Id a, Id b) {
  a = template_of(a);
  b = template_of(b);
  if (a == b) return;
  if (b < a) std::swap(a, b);
  patterns_[b].parent = a;
  std::vector<bool> common;
  std::vector<std::uint64_t> same = common_words(patterns_[a].same, patterns_[b].same, common);
  const bool fewer = same.size() != patterns_[a].same.size();
  patterns_[a].same = std::move(same);
  patterns_[b].same.clear();
  ++templates_[a].version;
  if (fewer) write_text(a);
  // Templates that nothing was counted under have not been told to anybody.
  if (templates_[a].hash != templates_[b].hash && templates_[b].hash != 0)
    merged_.emplace_back(templates_[b].hash, templates_[a].hash);
}

// Finds which words of a pattern are values of its template.
void TemplateMiner::align(Id id) {
  Pattern& pattern = patterns_[id];
  const Id root = template_of(id);
  if (pattern.aligned == templates_[root].version) return;
  pattern.aligned = templates_[root].version;
  std::vector<std::uint64_t> words;
  for (const TemplateToken& token : pattern.tokens) {
    if (!token.value()) words.push_back(token.hash);
  }
  std::vector<bool> common;
  common_words(words, patterns_[root].same, common);
  pattern.changing.assign(pattern.tokens.size(), false);
  pattern.changes = false;
  std::size_t w = 0;
  for (std::size_t i = 0; i < pattern.tokens.size(); ++i) {
    const bool value = pattern.tokens[i].value();
    pattern.changing[i] = value || !common[w++];
    pattern.changes |= pattern.changing[i] && !value;
  }
}

void TemplateMiner::write_text(Id root) {
  patterns_[root].aligned = ~0u;
  align(root);
  const Pattern& pattern = patterns_[root];
  Template& made = templates_[root];
  const bool words = std::any_of(pattern.tokens.begin(), pattern.tokens.end(),
                                 [](const TemplateToken& token) { return !token.value(); });
  made.text.clear();
  std::uint32_t at = 0;
  for (std::size_t i = 0; i < pattern.tokens.size(); ++i) {
    const TemplateToken& token = pattern.tokens[i];
    if (!pattern.changing[i]) continue;
    if (token.end > made.example.size()) break;
    made.text.append(made.example, at, token.begin - at);
    // Where there are no words, the name that a value begins with tells templates apart.
    for (std::uint32_t c = token.begin; !words && token.hash != 0 && is_letter(made.example[c]); ++c)
      made.text.push_back(made.example[c]);
    made.text += kValueText;
    at = token.end;
  }
  made.text.append(made.example, at, std::string::npos);
  drop_indented(made.text);
}

bool TemplateMiner::has_changing_words(Id pattern) {
  align(pattern);
  return patterns_[pattern].changes;
}

void TemplateMiner::values(Id id, const TemplateScan& scan, std::vector<Stretch>& stretches) {
  align(id);
  const Pattern& pattern = patterns_[id];
  // The pattern's words are the scan's, in their order; values side by side may be more or fewer here.
  std::size_t own = 0;
  for (const TemplateToken& token : scan.tokens) {
    bool changing = true;
    if (!token.value()) {
      while (own < pattern.tokens.size() && pattern.tokens[own].value()) ++own;
      changing = own < pattern.changing.size() && pattern.changing[own];
      ++own;
    }
    if (changing) stretches.emplace_back(token.begin, token.end);
  }
}

std::string template_id(std::uint64_t hash) { return fmt::format("{:016x}", hash); }

}  // namespace aiops::feature
