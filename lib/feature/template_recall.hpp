// Messages that were scanned before, but for their numbers: the fast path beside scan_template().
//
// Of a message, what scan_template() makes of it depends on its numbers (a stretch of digits and letters that
// begins with a digit, or with the letters of a hexadecimal number and then a digit) only by what they begin
// with and whether they have letters that hexadecimal numbers have not. So a message with the same bytes
// between its numbers, and numbers of the same kinds, has the same tokens, which begin and end where those of
// the first did, counted from the numbers' ends. Messages are walked sixteen bytes at a time, from number to
// number, through an automaton of what was learned; every byte between numbers is compared.
//
// Memory: 32 bytes for each step that messages do not share, some hundred bytes a message; bounded. Messages
// that are different each time stop being learned. One thread.
#pragma once

#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "feature/template_miner.hpp"
#include "feature/template_scan.hpp"

namespace aiops::feature {

class TemplateRecall {
 public:
  static constexpr std::uint32_t kNone = ~0u;
  static constexpr std::size_t kLongest = 480;  // bytes of a message that is taken here

  // A kind of message. Its tokens' places are numbers of tokens: edges tell where they stand.
  struct Known {
    struct Edge {
      std::uint16_t number = 0, behind = 0;  // so many bytes behind that number's end; 0: the message's begin
    };
    TemplateMiner::Id pattern = TemplateMiner::kNone;
    TemplateScan scan;
    std::vector<std::pair<Edge, Edge>> edges;  // [token]
    bool plain = false;                        // its bytes stand in a JSON string as they are
    // Which of the tokens are values of the template, as it was at `version`.
    std::vector<std::uint32_t> values;
    TemplateMiner::Id root = TemplateMiner::kNone;
    std::uint32_t version = 0;
  };

  TemplateRecall();

  // The kind of a message, and appends the ends of its numbers, 0 first; kNone and nothing appended where
  // there is none. Sixteen bytes behind the message must be readable.
  std::uint32_t find(std::string_view message, std::vector<std::uint16_t>& ends);
  // Learns what scan_template() made of a message, and its pattern. Sixteen bytes as above. Numbers that
  // find() gave stay good until clear().
  void learn(std::string_view message, const TemplateScan& scan, TemplateMiner::Id pattern);
  Known& at(std::uint32_t kind) { return known_[kind]; }
  // The stretch of a token in a message whose numbers end there.
  static TemplateMiner::Stretch stretch(const Known& known, std::size_t token, const std::uint16_t* ends) {
    const auto& [begin, end] = known.edges[token];
    return {ends[begin.number] + begin.behind, ends[end.number] + end.behind};
  }

  // Makes room if it is needed: kinds' numbers of before are void then.
  void make_room();
  void clear();

 private:
  // From a state by bytes to a state; the last one is a kind.
  struct Step {
    std::uint64_t low = 0, high = 0;
    std::uint32_t from = kNone, to = 0;  // from: the state, and above kTagShift what was stepped over
  };
  static constexpr unsigned kTagShift = 23;
  static constexpr std::size_t kFirstSteps = 1 << 10, kMostSteps = 1 << 15, kMostKnown = 1 << 13;
  // After so many messages learned from of which less than one in two was found again, a pause of so many.
  static constexpr std::uint64_t kMostVain = 8192, kPause = 65536;

  std::size_t slot(std::uint64_t low, std::uint64_t high, std::uint32_t from) const;
  void grow();
  bool pauses();

  std::vector<Step> steps_;
  std::size_t used_ = 0;
  std::uint32_t states_ = 1;
  std::vector<Known> known_;
  std::uint64_t found_ = 0, learned_ = 0, pause_ = 0;
  std::vector<std::uint16_t> begins_, ends_;
};

}  // namespace aiops::feature
