// Of the template miner: patterns that differ in several places at once, for which families, which leave out
// one word, are blind.
//
// Patterns of as many words and values are a crowd. Those of a crowd that have one word in one place are a
// group; where they have the same words but in some places, and the evidence says for each of these that what
// stands there is a value, they are one template. Some word is of one template alone, so that its group has
// no others in it. A crowd is looked at when it has grown by a quarter, so that the work for a pattern does
// not depend on how many there are. New patterns that differ from what was found in values alone are of it at
// once.
#include <algorithm>
#include <bit>
#include <unordered_map>

#include "feature/template_hash.hpp"
#include "feature/template_miner.hpp"

namespace aiops::feature {
namespace {

constexpr std::size_t kLeastGroup = 4;    // patterns
constexpr std::size_t kMostGroup = 2048;  // … that are compared: more would tell no more
constexpr std::size_t kMostItems = 48;
constexpr std::size_t kMostGenerals = 256;  // of a crowd

}  // namespace

TemplateMiner::Items TemplateMiner::items(Id id) const {
  Items items;
  bool was_value = false;
  const auto& tokens = patterns_[id].tokens;
  for (std::uint32_t i = 0; i < tokens.size(); ++i) {
    const bool made = (tokens[i].flags & TemplateToken::kMade) != 0;  // it is an item of its own
    if (tokens[i].value() && was_value && !made) continue;
    was_value = tokens[i].value() && !made;
    items.hashes.push_back(tokens[i].value() ? 0 : tokens[i].hash);
    items.tokens.push_back(i);
  }
  return items;
}

void TemplateMiner::enter_crowd(Id id) {
  const Items own = items(id);
  const std::size_t size = own.hashes.size();
  if (size < 4 || size > kMostItems) return;
  if (crowds_.size() <= size) crowds_.resize(size + 1);
  Crowd& crowd = crowds_[size];
  if (patterns_[id].general) {
    if (crowd.generals.size() < kMostGenerals) crowd.generals.push_back(id);
    return;
  }
  for (const Id general : crowd.generals) {
    const Items other = items(general);
    const auto fits = [](std::uint64_t a, std::uint64_t b) { return a == 0 || a == b; };
    if (std::equal(other.hashes.begin(), other.hashes.end(), own.hashes.begin(), own.hashes.end(), fits))
      return unite(general, id);
  }
  crowd.patterns.push_back(id);
}

void TemplateMiner::settle_crowds() {
  for (std::size_t size = 0; size < crowds_.size(); ++size) {
    const std::size_t patterns = crowds_[size].patterns.size();
    if (patterns < kLeastGroup || patterns < crowds_[size].looked_at + crowds_[size].looked_at / 4 + 1)
      continue;
    settle_crowd(crowds_[size]);
    crowds_[size].looked_at = crowds_[size].patterns.size();
  }
}

void TemplateMiner::settle_crowd(Crowd& crowd) {
  std::vector<Items> all;
  std::size_t words = 0;
  for (const Id id : crowd.patterns) words += all.emplace_back(items(id)).hashes.size();
  const auto each_word = [&](auto take) {
    for (Id i = 0; i < all.size(); ++i) {
      for (std::size_t at = 0; at < all[i].hashes.size(); ++at) {
        if (all[i].hashes[at] != 0) take(i, mix(all[i].hashes[at], at));
      }
    }
  };
  // Most words of a log whose text is different each time stand in too few patterns: these are counted first.
  std::vector<std::uint8_t> counts(std::bit_ceil(words));
  const auto count_of = [&](std::uint64_t key) -> std::uint8_t& { return counts[key & (counts.size() - 1)]; };
  each_word([&](Id, std::uint64_t key) { count_of(key) += count_of(key) < kLeastGroup; });
  std::unordered_map<std::uint64_t, std::vector<Id>> groups;  // by place and word; numbers of crowd.patterns
  std::vector<std::uint64_t> order;
  each_word([&](Id i, std::uint64_t key) {
    if (count_of(key) < kLeastGroup) return;
    std::vector<Id>& group = groups[key];
    if (group.size() < kMostGroup) group.push_back(i);
    if (group.size() == kLeastGroup) order.push_back(key);
  });
  // The smaller a group, the less likely others are in it.
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint64_t a, std::uint64_t b) { return groups[a].size() < groups[b].size(); });
  std::vector<bool> done(crowd.patterns.size(), false);
  for (const std::uint64_t key : order) {
    std::vector<Id>& group = groups[key];
    group.erase(std::remove_if(group.begin(), group.end(), [&](Id i) { return done[i]; }), group.end());
    if (group.size() < kLeastGroup || !settle_group(crowd, group, all)) continue;
    for (const Id i : group) done[i] = true;
  }
  // Patterns that are general came in meanwhile, behind the others.
  std::size_t kept = 0;
  for (Id i = 0; i < crowd.patterns.size(); ++i) {
    const bool stays = i < done.size() ? !done[i] : !patterns_[crowd.patterns[i]].general;
    if (stays) crowd.patterns[kept++] = crowd.patterns[i];
  }
  crowd.patterns.resize(kept);
}

// Whether they are one template now. group: numbers of crowd.patterns.
bool TemplateMiner::settle_group(Crowd& crowd, const std::vector<Id>& group, const std::vector<Items>& all) {
  const Items& first = all[group[0]];
  std::vector<std::size_t> places;
  std::size_t same = 0;
  for (std::size_t at = 0; at < first.hashes.size(); ++at) {
    const bool differs =
        std::any_of(group.begin(), group.end(), [&](Id i) { return all[i].hashes[at] != first.hashes[at]; });
    const TemplateToken& token = patterns_[crowd.patterns[group[0]]].tokens[first.tokens[at]];
    if (differs) places.push_back(at);
    same += !differs && !token.value() && token.end - token.begin >= 2;
  }
  if (places.size() < 2 || same < 2 || same < places.size()) return false;
  for (const std::size_t at : places) {
    Differing words;
    std::vector<std::uint64_t> seen;
    Id shown = kNone;  // a pattern that has a word there
    for (const Id i : group) {
      const std::uint64_t hash = all[i].hashes[at];
      words.wild |= hash == 0;
      if (hash == 0) continue;
      seen.push_back(hash);
      if (shown == kNone) shown = i;
    }
    std::sort(seen.begin(), seen.end());
    seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
    for (const Id i : group) {
      const auto found = std::lower_bound(seen.begin(), seen.end(), all[i].hashes[at]);
      if (found == seen.end() || *found != all[i].hashes[at]) continue;
      seen.erase(found);
      count_word(crowd.patterns[i], patterns_[crowd.patterns[i]].tokens[all[i].tokens[at]], words);
    }
    if (weigh(words, crowd.patterns[shown], all[shown].tokens[at]) < options_.threshold) return false;
  }
  const Id base = crowd.patterns[group[0]];
  for (const Id i : group) unite(base, crowd.patterns[i]);
  std::vector<std::size_t> tokens;
  for (const std::size_t at : places) {
    if (first.hashes[at] != 0) tokens.push_back(first.tokens[at]);
  }
  const Id general = tokens.empty() ? base : generalise(base, tokens);
  if (general == kOverflow || general == base) return true;
  patterns_[general].general = true;
  families_[patterns_[general].key].merged = true;
  if (crowd.generals.size() < kMostGenerals) crowd.generals.push_back(general);
  return true;
}

}  // namespace aiops::feature
