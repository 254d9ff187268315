// Joint scores: what the metrics of a group (a service, say) say together.
//
// Each member's surprise is -log10 of its verdict's p-value. The group's is their cubic mean over all members
// that are there: a single metric far out counts, and so do many that are a little out, which no threshold of
// their own would tell. A tail model of the group's own (model/adaptive_tail.hpp) turns it into a
// probability, so that 1 is the threshold here as elsewhere, however many members there are and however they
// depend on each other.
//
// Causal. A group's time closes when a member comes again, or half a step later; the verdict is given then.
// So members need not come at the same instant. One counts with its last surprise for two of its steps.
// Memory: some 100 bytes a member, 1 KB a group. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/time.hpp"
#include "model/adaptive_tail.hpp"
#include "record/series.hpp"
#include "score/scorer.hpp"

namespace aiops::score {

struct JointOptions {
  std::vector<std::string> by = {"service"};  // key fields that members of a group have in common
  double critical_score = 2.0;
  Nanos refractory = -1;    // -1: the longest of the members
  double hold = 12;         // the level decays by 1/e in so many closed times
  double threshold = 3.65;  // the surprise at which the score is 1
};

class Joint {
 public:
  struct Verdict {
    record::SeriesKey key;  // the group's fields, and the metric "(joint)"
    Nanos time = kNoTime;
    double value = 0;  // the cubic mean of the surprises
    Scored scored;     // reasons: the members, strongest first, "cpu=3.1"
  };
  using Give = std::function<void(const Verdict&)>;

  // give: called for each time that closes.
  Joint(JointOptions options, Give give);
  ~Joint();

  // A row of a member, after Scorer::score(). refractory: what the member itself goes by. Rows that were not
  // scored tell that time goes on, and nothing else.
  void add(const record::SeriesKey& member, Nanos time, const Scored& row, Nanos refractory);
  // Closes what is open.
  void finish();

  // Rows that came when their group's time had closed, and were left out.
  std::uint64_t late() const { return late_; }
  std::uint64_t alerts() const { return alerts_; }
  Severity worst_alert() const { return worst_; }

  // What goes on from one run to the next, as Scorer::save().
  std::string save() const;
  // Throws InputError with `name` in front.
  void load(std::string_view bytes, std::string_view name);

 private:
  struct Group;
  Group& group_of(const record::SeriesKey& member);
  void close(Group& group);

  const JointOptions options_;
  Give give_;
  std::unordered_map<std::string, std::unique_ptr<Group>> groups_;
  std::unordered_map<std::string, std::string> saved_;
  std::string name_;
  std::uint64_t late_ = 0, alerts_ = 0;
  Severity worst_ = Severity::normal;
};

}  // namespace aiops::score
