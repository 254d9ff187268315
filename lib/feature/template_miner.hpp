// Templates of log messages, learned as the messages come.
//
// A message is cut into words and values (template_scan.hpp). Messages with the same words and values in the
// same order have one pattern; patterns with the same words are one template; and patterns that differ in a
// single word are, where evidence says that this word is a value, too: many different words in its place, a
// number elsewhere in the same place, words that look like data, what stands before it (TemplateOptions).
// Crowds of patterns that differ in several places are where the evidence for each of these says so
// (template_crowd.cpp).
//
// A template's id is a hash of its text when it was born, and stays. When two templates turn out to be one,
// the older one goes on, and it is told which was merged into it. Memory: some 500 bytes a pattern. When
// there are more than `max_patterns`, those that came once and are not among the newest are forgotten; where
// that makes no room, messages that no pattern is known for are of the template "<*>", which is counted. One
// thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "feature/template_scan.hpp"

namespace aiops::feature {

// The weights were chosen on eight systems' logs; halved or doubled, each alone, they change little
// (docs/quality.md).
struct TemplateOptions {
  std::size_t max_patterns = 50'000;
  // Words that stand in one place are values where what speaks for it reaches the threshold.
  double threshold = 1.0;
  double different = 0.45;      // a doubling of their number …
  double most_different = 2.5;  // … but no more than this
  double value = 0.5;           // a value stands in the place, too
  double data = 0.3;            // share that looks like data
  double known = 0.4;           // share that was a value elsewhere
  double property = 0.6;        // it stands behind "state", "mode", …
  double name = 0.5;            // … or behind "user", "host", …
  double preposition = 0.4;     // … or behind "for", "from", …
  double colon = 0.1;           // … or behind ':', '(', '[' or a quote
  double capitals = 0.8;        // against: share in capitals
  double said = 0.6;            // against: share that says what happened
  double often = 0.3;           // against: share that came many times: the states of something
  double first = 0.9;           // against: it is the first word
  double few = 0.6;             // against: there is but one other word in the message
  double key = 0.8;             // against: a '=' stands behind it
  double label = 0.4;           // against: a ':' does
  double verb = 0.6;            // against: it is a verb behind "failed to"
};

class TemplateMiner {
 public:
  using Id = std::uint32_t;  // of a pattern; of a template: that of its oldest pattern
  static constexpr Id kNone = ~Id{0};
  static constexpr Id kOverflow = 0;  // of messages that were not learned
  static constexpr std::size_t kExampleBytes = kTemplateBytes;

  struct Template {
    std::uint64_t hash = 0;     // the id: of the text at birth
    std::string text;           // with <*> for values, as it is now
    std::string example;        // the first message, at most kExampleBytes of it
    std::uint32_t version = 0;  // grows when the text or what belongs to it changes
  };
  using Stretch = std::pair<std::uint32_t, std::uint32_t>;  // begin and end in a message
  using Merged =
      std::vector<std::pair<std::uint64_t, std::uint64_t>>;  // the template's hash, and whose it is now

  explicit TemplateMiner(TemplateOptions options = {});

  // The pattern of a message that was scanned; learns it if it is new. Good until settle().
  Id learn(std::string_view message, const TemplateScan& scan);
  // Counts one more message of a pattern that learn() gave.
  void again(Id pattern) { ++patterns_[pattern].messages; }
  // Looks at what is new since the last call: whether words that differ are values. After each batch of
  // messages. Patterns' numbers of before stay good but where `forgotten()` grew.
  void settle();
  // Whether it is time to make room, for which the numbers of before must not be needed any more. Looked at
  // before each message, it is time at the same one however the messages come.
  bool full() const { return patterns_.size() > room_; }
  void make_room();

  // The template that a pattern belongs to now.
  Id template_of(Id pattern);
  const Template& at(Id id) const { return templates_[id]; }
  std::uint64_t messages(Id pattern) const { return patterns_[pattern].messages; }
  std::size_t size() const { return patterns_.size(); }  // patterns

  // Whether words of this pattern are values of its template: then values() has all of them, and else they
  // are the values of the scan.
  bool has_changing_words(Id pattern);
  // Appends the stretches of a message of this pattern that are values, in their order.
  void values(Id pattern, const TemplateScan& scan, std::vector<Stretch>& stretches);

  std::uint64_t overflowed() const { return overflowed_; }  // messages that were not learned
  std::uint64_t forgotten() const { return forgotten_; }    // patterns
  // Templates that were merged since the last call.
  Merged take_merged() { return std::exchange(merged_, {}); }

  // What was learned, as bytes, and back: before the first message. Throws InputError with `name` in front.
  std::string save() const;
  void load(std::string_view bytes, std::string_view name);

 private:
  struct Pattern {
    std::uint64_t key = 0, skeleton = 0, messages = 0;
    Id parent = 0;
    std::uint32_t aligned = ~0u;        // version of the template that `changing` is of
    std::vector<TemplateToken> tokens;  // of the example
    std::vector<std::uint64_t> same;    // of a template: the words that all its patterns have, in order
    std::vector<bool> changing;         // which of the tokens are values of the template
    bool changes = false;               // any of the words is
    bool general = false;               // made of a crowd: it has values where others have any word
  };
  // Words that stand in one place of otherwise equal patterns.
  struct Differing {
    double number = 0;                                              // of words
    double data = 0, known = 0, capitals = 0, said = 0, often = 0;  // of them
    bool wild = false;                                              // a value stands there, too
  };
  // Words and values of a pattern, of which those side by side are one, by their hashes; 0: a value.
  struct Items {
    std::vector<std::uint64_t> hashes;
    std::vector<std::uint32_t> tokens;  // of the pattern, where each begins
  };
  // Patterns of as many items, of which some may be one template.
  struct Crowd {
    std::vector<Id> patterns, generals;  // generals: what others of a template differ from in values alone
    std::size_t looked_at = 0;           // patterns there were then
  };
  struct Node {  // a word of a pattern in a family
    Id pattern;
    std::uint32_t token, next;
  };
  // Patterns that are the same without one word, which stands at the same place. Its key is that of the
  // pattern that has a value there.
  struct Family {
    std::uint32_t words = 0, first = kNone;
    bool merged = false;
  };

  Id add(std::string_view message, const TemplateScan& scan);
  Id place(std::string_view example, const TemplateScan& scan);
  void enter(Id id);
  void join_families(Id id, std::vector<std::pair<std::uint64_t, std::size_t>>& merge);
  Id find(std::uint64_t key) const;
  double evidence(const Family& family, std::uint64_t key) const;
  void count_word(Id id, const TemplateToken& token, Differing& words) const;
  double weigh(const Differing& words, Id pattern, std::size_t token) const;
  // Makes a pattern of one, with values in place of these tokens, and unites both.
  Id generalise(Id id, const std::vector<std::size_t>& tokens);
  Items items(Id id) const;
  void enter_crowd(Id id);
  void settle_crowds();
  void settle_crowd(Crowd& crowd);
  bool settle_group(Crowd& crowd, const std::vector<Id>& group, const std::vector<Items>& items);
  void merge_family(std::uint64_t key, Id id, std::size_t token);
  void unite(Id a, Id b);
  void align(Id pattern);
  void write_text(Id root);
  std::string_view word(Id id, const TemplateToken& token) const;

  const TemplateOptions options_;
  std::size_t room_;  // patterns
  std::vector<Pattern> patterns_;
  std::vector<Template> templates_;  // [pattern]
  std::unordered_map<std::uint64_t, Id> by_key_, by_skeleton_;
  std::unordered_map<std::uint64_t, Family> families_;
  std::vector<Node> nodes_;
  std::vector<Crowd> crowds_;  // [items]
  static constexpr std::size_t kRecent = 4096;
  std::vector<Id> recent_;            // patterns that were looked up lately, by their key
  std::vector<std::uint64_t> dirty_;  // families that settle() has to look at
  std::unordered_map<std::uint64_t, std::uint32_t> known_;  // words that were values
  Merged merged_;
  std::uint64_t overflowed_ = 0, forgotten_ = 0;
  TemplateScan scratch_;
};

// The id as it is written: 16 hexadecimal digits.
std::string template_id(std::uint64_t hash);

}  // namespace aiops::feature
