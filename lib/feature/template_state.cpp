// Of the template miner: saving, loading and forgetting.
#include <algorithm>

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "feature/template_miner.hpp"

namespace aiops::feature {
namespace {

// Layout (little-endian): magic, number of patterns (u64); for each its key and skeleton (u64 each), its
// example, the tokens that are values, though the example has a word there (u8 each), messages (u64),
// template (u32), its hash (u64) and the number (u32) and hashes (u64 each) of the words that all patterns of
// the template have; the families that are merged (u64 and u64 each); the words that are known as values (u64
// and u64 each); the checksum (u64).
constexpr std::string_view kMagic = "AIOPSLT1";

}  // namespace

std::string TemplateMiner::save() const {
  std::string out(kMagic);
  put(out, static_cast<std::uint64_t>(patterns_.size()));
  TemplateScan scan;
  for (Id id = 1; id < patterns_.size(); ++id) {
    const Pattern& pattern = patterns_[id];
    put(out, pattern.key);
    put(out, pattern.skeleton);
    put_text(out, templates_[id].example);
    scan_template(templates_[id].example, scan);
    std::string made;
    for (std::size_t i = 0; i < pattern.tokens.size(); ++i) {
      if (i < scan.tokens.size() && pattern.tokens[i].value() != scan.tokens[i].value())
        made.push_back(static_cast<char>(i));
    }
    put_text(out, made);
    put(out, pattern.messages);
    put(out, pattern.parent);
    put(out, templates_[id].hash);
    put(out, static_cast<std::uint32_t>(pattern.same.size()));
    for (const std::uint64_t hash : pattern.same) put(out, hash);
  }
  std::vector<std::uint64_t> merged;
  for (const auto& [key, family] : families_) {
    if (family.merged) merged.push_back(key);
  }
  std::sort(merged.begin(), merged.end());
  put(out, static_cast<std::uint64_t>(merged.size()));
  for (const std::uint64_t key : merged) put(out, key);
  std::vector<std::uint64_t> known;
  for (const auto& [hash, families] : known_) known.push_back(hash);
  std::sort(known.begin(), known.end());
  put(out, static_cast<std::uint64_t>(known.size()));
  for (const std::uint64_t hash : known) put(out, hash);
  put(out, checksum(out));
  return out;
}

void TemplateMiner::load(std::string_view bytes, std::string_view name) {
  const std::string what = std::string(name) + ": the log templates in it";
  ByteReader in(bytes, what);
  in.check(bytes.size() > kMagic.size() + 8 && bytes.starts_with(kMagic),
           "are not there: it is another file");
  ByteReader end(bytes.substr(bytes.size() - 8), what);
  in.check(end.get<std::uint64_t>() == checksum(bytes.substr(0, bytes.size() - 8)),
           "are damaged; delete the file to begin anew");
  ByteReader rest(bytes.substr(kMagic.size(), bytes.size() - 8 - kMagic.size()), what);
  const auto patterns = rest.get<std::uint64_t>();
  std::vector<Id> roots(1, 0);
  TemplateScan scan;
  std::vector<std::vector<std::uint64_t>> same(1);
  for (std::uint64_t i = 1; i < patterns; ++i) {
    const auto key = rest.get<std::uint64_t>(), skeleton = rest.get<std::uint64_t>();
    const std::string_view example = rest.get_text();
    scan_template(example, scan);
    const std::string_view made = rest.get_text();
    for (const char token : made) {
      const auto at = static_cast<unsigned char>(token);
      rest.check(at < scan.tokens.size(), "are damaged");
      scan.tokens[at].flags |= TemplateToken::kValue | TemplateToken::kMade;
      scan.tokens[at].hash = 0;
    }
    const Id id = place(example, scan);
    patterns_[id].key = key;
    patterns_[id].skeleton = skeleton;
    patterns_[id].general = made.size() > 1;
    patterns_[id].messages = rest.get<std::uint64_t>();
    roots.push_back(rest.get<std::uint32_t>());
    rest.check(roots.back() <= id && roots.back() > 0, "are damaged");
    templates_[id].hash = rest.get<std::uint64_t>();
    auto& words = same.emplace_back(rest.get<std::uint32_t>());
    rest.check(words.size() <= kTemplateTokens, "are damaged");
    for (std::uint64_t& hash : words) hash = rest.get<std::uint64_t>();
    by_key_.emplace(patterns_[id].key, id);
    if (patterns_[id].skeleton != 0) by_skeleton_.emplace(patterns_[id].skeleton, id);
  }
  std::vector<std::pair<std::uint64_t, std::size_t>> ignored;
  for (auto merged = rest.get<std::uint64_t>(); merged > 0; --merged)
    families_[rest.get<std::uint64_t>()].merged = true;
  for (auto known = rest.get<std::uint64_t>(); known > 0; --known)
    known_.emplace(rest.get<std::uint64_t>(), 1);
  rest.end();
  for (Id id = 1; id < patterns_.size(); ++id) {
    patterns_[id].parent = roots[id];
    patterns_[id].same = std::move(same[id]);
    join_families(id, ignored);
    enter_crowd(id);
  }
  for (Id id = 1; id < patterns_.size(); ++id) {
    if (roots[id] == id) write_text(id);
  }
  dirty_.clear();
}

// Keeps patterns that came more than once or lately, at most half as many as there may be, and the oldest of
// each template that one of them is of.
void TemplateMiner::make_room() {
  const auto size = static_cast<Id>(patterns_.size());
  const auto newest = size - static_cast<Id>(options_.max_patterns / 8);
  std::vector<std::uint64_t> often;
  for (Id id = 1; id < size; ++id) often.push_back(patterns_[id].messages);
  const auto nth =
      often.begin() + static_cast<std::ptrdiff_t>(std::min(often.size() - 1, options_.max_patterns / 4));
  std::nth_element(often.begin(), nth, often.end(), std::greater<>());
  const std::uint64_t least = std::max<std::uint64_t>(*nth + 1, 2);
  std::vector<bool> keep(size, false);
  for (Id id = 1; id < size; ++id) {
    if (patterns_[id].messages >= least || id >= newest) keep[id] = keep[template_of(id)] = true;
  }
  // General patterns have no messages of their own, and say what is known of their families.
  for (Id id = 1; id < size; ++id) {
    const auto family = families_.find(patterns_[id].key);
    if (patterns_[id].messages == 0 && family != families_.end() && family->second.merged &&
        keep[template_of(id)])
      keep[id] = true;
  }
  std::vector<Id> now(size, 0);
  Id kept = 1;
  std::vector<std::uint64_t> merged;
  for (Id id = 1; id < size; ++id) {
    const Id root = template_of(id);
    if (!keep[id]) continue;
    now[id] = kept;
    const auto family = families_.find(patterns_[id].key);
    if (family != families_.end() && family->second.merged) merged.push_back(patterns_[id].key);
    if (kept != id) {
      patterns_[kept] = std::move(patterns_[id]);
      templates_[kept] = std::move(templates_[id]);
    }
    patterns_[kept].parent = now[root];
    patterns_[kept].aligned = ~0u;
    patterns_[kept].messages = (patterns_[kept].messages + 1) / 2;  // what was often may become rare
    ++kept;
  }
  forgotten_ += size - kept;
  // Where little could be forgotten, not with every message anew.
  room_ = std::clamp(kept + options_.max_patterns / 8, options_.max_patterns, 2 * options_.max_patterns);
  patterns_.resize(kept);
  templates_.resize(kept);
  by_key_.clear();
  by_skeleton_.clear();
  families_.clear();
  nodes_.clear();
  dirty_.clear();
  for (const std::uint64_t key : merged) families_[key].merged = true;
  std::vector<std::pair<std::uint64_t, std::size_t>> ignored;
  for (Id id = 1; id < kept; ++id) {
    by_key_.emplace(patterns_[id].key, id);
    if (patterns_[id].skeleton != 0) by_skeleton_.emplace(patterns_[id].skeleton, id);
  }
  crowds_.clear();
  for (Id id = 1; id < kept; ++id) {
    join_families(id, ignored);
    enter_crowd(id);
  }
  dirty_.clear();
}

}  // namespace aiops::feature
