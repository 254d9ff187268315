#include "model/ensemble_detector.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "model/tail.hpp"

namespace aiops::model {
namespace {

constexpr std::uint8_t kFormat = 2;
constexpr std::string_view kWhat = "ensemble", kStateWhat = "state of the ensemble";
constexpr double kOwnTail = 0.15, kOwnFloor = 0.4;
constexpr double kHold = 20;       // rows, of the level of members that have none of their own
constexpr double kExplains = 0.5;  // of the score from which on there are reasons: a member's is told
constexpr std::size_t kMostReasons = 6;
constexpr std::size_t kBlock = 4096;  // rows of history at once
constexpr std::string_view kNoProbabilities[] = {"ensemble", "threshold", "exec"};

// tan(π(½ - p)): about 1 / (π p) where that is large.
double cauchy(double p) { return p >= 0.5 ? 0 : 1 / std::tan(std::numbers::pi * std::max(p, kSmallestP)); }

// And back. It keeps its digits where p is small.
double probability(double cauchy) { return std::max(kSmallestP, std::atan2(1, cauchy) / std::numbers::pi); }

}  // namespace

struct EnsembleDetector::EnsembleState : State {
  std::vector<std::string> names;
  std::vector<std::unique_ptr<State>> members;
  std::vector<double> held;  // a member's held score
  OwnTail own;

  EnsembleState(const std::vector<std::unique_ptr<Detector>>& detectors, double half)
      : members(detectors.size()), held(detectors.size(), 0), own(kOwnTail, kOwnFloor, half) {
    for (const auto& detector : detectors) names.emplace_back(detector->name());
  }
  std::string save() const override {
    std::string bytes;
    put(bytes, kFormat);
    for (std::size_t m = 0; m < members.size(); ++m) {
      put_text(bytes, names[m]);
      put_text(bytes, members[m] ? members[m]->save() : "");
      put(bytes, held[m]);
    }
    Archive archive(bytes);
    OwnTail copy = own;
    copy.archive(archive);
    return bytes;
  }
};

EnsembleDetector::EnsembleDetector(const Parameters& parameters) : parameters_(parameters) {
  std::vector<std::string> names;
  for (const std::string_view name : split(parameters.ensemble.members, ',')) {
    const DetectorKind& kind = find_detector(name);
    if (std::find(std::begin(kNoProbabilities), std::end(kNoProbabilities), kind.name) !=
        std::end(kNoProbabilities)) {
      throw UsageError(
          fmt::format("{} cannot be a member of an ensemble: it has no probabilities of its own", name));
    }
    if (std::find(names.begin(), names.end(), name) != names.end()) {
      throw UsageError(fmt::format("{} is a member of the ensemble twice", name));
    }
    names.emplace_back(name);
    members_.push_back(kind.make(parameters));
  }
  if (members_.empty())
    throw UsageError("an ensemble needs members; expected names of detectors, such as adaptive,light");
}

void EnsembleDetector::fit(const Schema& schema, const History& history, std::uint64_t seed) {
  for (std::size_t m = 0; m < members_.size(); ++m) members_[m]->fit(schema, history, sub_seed(seed, m));
  learn_tail(schema, history);
}

// Goes over the history as if it came row by row. A member that learns as it goes begins with nothing there:
// what fit() left has seen what is to come.
void EnsembleDetector::learn_tail(const Schema& schema, const History& history) {
  EnsembleState state(members_, parameters_.ensemble.own_half);
  std::vector<std::unique_ptr<Detector>> fresh;
  for (std::size_t m = 0; m < members_.size(); ++m) {
    const std::string name(members_[m]->name());
    fresh.push_back(find_detector(name).cold ? make_cold(name, schema, parameters_) : nullptr);
    state.members[m] = (fresh[m] ? *fresh[m] : *members_[m]).start();
  }
  std::vector<const Detector*> judges;
  for (std::size_t m = 0; m < members_.size(); ++m)
    judges.push_back(fresh[m] ? fresh[m].get() : members_[m].get());
  std::vector<double> data;
  std::vector<Verdict> verdicts(kBlock);
  for (std::size_t at = 0; at < history.count; at += kBlock) {
    const std::size_t count = std::min(kBlock, history.count - at);
    const float* from = history.data + at * history.width;
    data.assign(from, from + count * history.width);
    Rows rows{history.time + at, data.data(), count, history.width};
    rows.explain_from = std::numeric_limits<double>::infinity();
    judge(judges, state, rows, verdicts.data());
  }
  tail_.clear();
  Archive archive(tail_);
  state.own.archive(archive);
}

std::unique_ptr<State> EnsembleDetector::start() const {
  auto state = std::make_unique<EnsembleState>(members_, parameters_.ensemble.own_half);
  for (std::size_t m = 0; m < members_.size(); ++m) state->members[m] = members_[m]->start();
  if (!tail_.empty()) {
    Archive archive(tail_, kWhat);
    state->own.archive(archive);
    archive.end();
  }
  return state;
}

std::unique_ptr<State> EnsembleDetector::restore(std::string_view bytes) const {
  ByteReader in(bytes, kStateWhat);
  in.check(in.get<std::uint8_t>() == kFormat, "is of another version");
  auto state = std::make_unique<EnsembleState>(members_, parameters_.ensemble.own_half);
  for (std::size_t m = 0; m < members_.size(); ++m) {
    in.check(in.get_text() == members_[m]->name(), "is that of other members");
    const std::string_view member = in.get_text();
    if (!member.empty()) state->members[m] = members_[m]->restore(member);
    in.check((state->members[m] != nullptr) == (members_[m]->start() != nullptr), "is that of other members");
    state->held[m] = in.get<double>();
    in.check(state->held[m] >= 0, "has a level that makes no sense");
  }
  Archive archive(in.take(in.left()), kStateWhat);
  state->own.archive(archive);
  archive.end();
  return state;
}

void EnsembleDetector::update(State* state, const Rows& rows, Verdict* verdicts) const {
  std::vector<const Detector*> judges;
  for (const auto& member : members_) judges.push_back(member.get());
  judge(judges, *static_cast<EnsembleState*>(state), rows, verdicts);
}

void EnsembleDetector::judge(const std::vector<const Detector*>& judges, EnsembleState& state,
                             const Rows& rows, Verdict* verdicts) const {
  // Kept from call to call: with thousands of series a call is often for a single row.
  thread_local std::vector<std::vector<Verdict>> of_members;
  if (of_members.size() < judges.size()) of_members.resize(judges.size());
  Rows given = rows;
  given.explain_from = rows.explain_from * kExplains;
  for (std::size_t m = 0; m < judges.size(); ++m) {
    if (of_members[m].size() < rows.count) of_members[m].resize(rows.count);
    judges[m]->update(state.members[m].get(), given, of_members[m].data());
  }
  std::vector<Opinion> opinions(judges.size());
  for (std::size_t i = 0; i < rows.count; ++i) {
    for (std::size_t m = 0; m < judges.size(); ++m)
      opinions[m] = {judges[m]->name(), &of_members[m][i], &state.held[m]};
    const bool learn = rows.frozen == nullptr || rows.frozen[i] == 0;
    verdicts[i] = combine(opinions, state.own, learn, rows.explain_from);
  }
}

Verdict EnsembleDetector::combine(const std::vector<Opinion>& opinions, OwnTail& own, bool learn,
                                  double explain_from) const {
  Verdict out;
  out.condition = Condition::no_data;
  double sum = 0, level = 0;
  int count = 0;
  for (const Opinion& opinion : opinions) {
    const Verdict& verdict = *opinion.verdict;
    if (!std::isfinite(verdict.score) || !std::isfinite(verdict.p_value)) {
      if (verdict.condition == Condition::warming_up && count == 0) out.condition = Condition::warming_up;
      continue;
    }
    // What the first one says of the row holds: ok, flat, counter_reset.
    if (count == 0 || out.condition == Condition::ok) out.condition = verdict.condition;
    if (std::isnan(out.expected) && std::isfinite(verdict.expected)) {
      out.expected = verdict.expected;
      out.lower = verdict.lower;
      out.upper = verdict.upper;
    }
    sum += cauchy(verdict.p_value);
    *opinion.held = std::max(verdict.score, *opinion.held * std::exp(-1 / kHold));
    level += std::isfinite(verdict.level) ? verdict.level : *opinion.held;
    ++count;
  }
  if (count == 0) return out;
  const double surprise = own.calibrate(-std::log10(probability(sum / count)), learn);
  out.score = surprise / parameters_.ensemble.threshold;
  out.p_value = probability_of(surprise);
  out.level = level / count;
  if (out.score >= explain_from) out.reasons = reasons(opinions);
  return out;
}

// Of the members that find it strange, the strangest first.
std::vector<std::string> EnsembleDetector::reasons(std::vector<Opinion> opinions) {
  std::erase_if(opinions, [](const Opinion& opinion) { return !std::isfinite(opinion.verdict->p_value); });
  std::stable_sort(opinions.begin(), opinions.end(), [](const Opinion& a, const Opinion& b) {
    return a.verdict->p_value < b.verdict->p_value;
  });
  std::vector<std::string> out;
  for (const Opinion& opinion : opinions) {
    for (const std::string& reason : opinion.verdict->reasons) {
      if (out.size() < kMostReasons) out.push_back(fmt::format("{}.{}", opinion.name, reason));
    }
  }
  return out;
}

double EnsembleDetector::combined(const std::vector<double>& p_values) {
  double sum = 0;
  for (const double p : p_values) sum += cauchy(p);
  return probability(sum / static_cast<double>(p_values.size()));
}

Nanos EnsembleDetector::refractory(const State* state) const {
  Nanos longest = -1;
  for (std::size_t m = 0; m < members_.size(); ++m) {
    longest = std::max(longest,
                       members_[m]->refractory(static_cast<const EnsembleState*>(state)->members[m].get()));
  }
  return longest;
}

std::string EnsembleDetector::save() const {
  std::string out;
  put(out, kFormat);
  put(out, static_cast<std::uint32_t>(members_.size()));
  for (const auto& member : members_) {
    put_text(out, member->name());
    put_text(out, member->save());
  }
  put_text(out, tail_);
  return out;
}

void EnsembleDetector::load(const Schema& schema, std::string_view bytes) {
  if (bytes.empty()) return load_cold(schema);
  ByteReader in(bytes, kWhat);
  in.check(in.get<std::uint8_t>() == kFormat, "is of another version");
  members_.clear();
  std::vector<std::string> names;
  for (auto left = in.get<std::uint32_t>(); left > 0; --left) {
    names.emplace_back(in.get_text());
    const auto kind = std::find_if(detectors().begin(), detectors().end(),
                                   [&](const DetectorKind& one) { return one.name == names.back(); });
    in.check(kind != detectors().end() && kind->name != name(),
             "has a member that this program does not know");
    members_.push_back(kind->make(Parameters()));
    members_.back()->load(schema, in.get_text());
    members_.back()->tell(parameters_);
  }
  in.check(!members_.empty(), "has no members");
  parameters_.ensemble.members = join(names, ",");
  tail_ = in.get_text();
  in.end();
  start();  // throws if the tail is none
}

// Members that have to be trained first are left out.
void EnsembleDetector::load_cold(const Schema& schema) {
  std::erase_if(members_, [](const auto& member) { return !find_detector(member->name()).cold; });
  if (members_.empty()) {
    throw UsageError(
        fmt::format("none of the members {} knows anything before it is trained: train the ensemble with "
                    "aiops-train, or add adaptive",
                    parameters_.ensemble.members));
  }
  for (const auto& member : members_) member->load(schema, {});
  tail_.clear();
}

void EnsembleDetector::tell(Parameters& parameters) const { parameters = parameters_; }

}  // namespace aiops::model
