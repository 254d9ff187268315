#include "score/joint.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "model/tail.hpp"
#include "record/fields.hpp"
#include "score/state.hpp"

namespace aiops::score {
namespace {

constexpr std::string_view kMetric = "(joint)";
constexpr int kWarmUp = 64;                   // closed times before the first verdict
constexpr std::uint8_t kFormat = 2;           // of a group's state
constexpr double kTail = 0.15, kFloor = 0.4;  // of the group's own tail model
constexpr double kHalfTrust = 500;            // closed times until it is trusted by half
constexpr double kUsual = 1;                  // surprises from kUsual on are reasons
constexpr std::size_t kReasons = 5;

}  // namespace

struct Joint::Group {
  struct Member {
    std::string name;
    double surprise = 0;
    Nanos last = kNoTime, step = 0;
    bool in_round = false;
  };

  record::SeriesKey key;
  std::string text;
  std::unordered_map<std::string, Member> members;
  Nanos open = kNoTime;  // the time that is open
  Nanos newest_closed = kNoTime, last_alert = kNoTime, refractory = 0;
  Nanos step = 0;  // the shortest of the members
  double level = 0;
  std::int64_t closed = 0;
  model::OwnTail tail{kTail, kFloor, kHalfTrust};

  void archive(model::Archive& archive) {
    std::uint8_t format = kFormat;
    archive(format);
    archive.check(format == kFormat, "is of another version");
    archive(newest_closed, last_alert, refractory, step, level, closed);
    tail.archive(archive);
  }
  // The member's metric with what tells it from others of the group.
  static std::string member_name(const record::SeriesKey& member, const std::vector<std::string>& by) {
    record::SeriesKey rest;
    for (const auto& [field, value] : member.fields) {
      if (std::find(by.begin(), by.end(), field) == by.end()) rest.fields.emplace_back(field, value);
    }
    return rest.text();
  }
};

Joint::Joint(JointOptions options, Give give) : options_(std::move(options)), give_(std::move(give)) {}
Joint::~Joint() = default;

Joint::Group& Joint::group_of(const record::SeriesKey& member) {
  name_.clear();
  for (const std::string& field : options_.by) (name_ += member.get(field)) += '\n';
  std::unique_ptr<Group>& group = groups_[name_];
  if (group) return *group;
  group = std::make_unique<Group>();
  for (const std::string& field : options_.by) {
    const std::string_view value = member.get(field);
    if (!value.empty() && field != field::kMetric) group->key.set(field, value);
  }
  group->key.set(field::kMetric, kMetric);
  group->text = group->key.text();
  if (const auto kept = saved_.extract(group->text)) {
    model::Archive archive(kept.mapped(), "state of a joint score");
    group->archive(archive);
    archive.end();
  }
  return *group;
}

void Joint::add(const record::SeriesKey& key, Nanos time, const Scored& row, Nanos refractory) {
  if (time == kNoTime || row.status.empty()) return;
  Group& group = group_of(key);
  if (group.newest_closed != kNoTime && time <= group.newest_closed) {
    ++late_;
    return;
  }
  Group::Member& member = group.members[Group::member_name(key, options_.by)];
  const bool later = group.open != kNoTime && time > group.open;
  if (later && (member.in_round || (group.step > 0 && time - group.open > group.step / 2))) close(group);
  if (group.open == kNoTime || time > group.open) group.open = time;
  if (!std::isfinite(row.verdict.p_value)) return;
  if (member.last != kNoTime && time > member.last) member.step = time - member.last;
  member.last = time;
  member.in_round = true;
  member.surprise = -std::log10(std::max(model::kSmallestP, row.verdict.p_value));
  group.refractory = std::max(group.refractory, refractory);
}

void Joint::close(Group& group) {
  double sum = 0;
  std::size_t count = 0;
  group.step = 0;
  std::vector<std::pair<double, std::string_view>> strongest;
  for (auto& [name, member] : group.members) {
    member.in_round = false;
    // A member that fell silent is no member any more.
    if (member.last == kNoTime || group.open - member.last > 2 * member.step) continue;
    const double surprise = std::max(0.0, member.surprise);
    sum += surprise * surprise * surprise;
    ++count;
    if (member.step > 0 && (group.step == 0 || member.step < group.step)) group.step = member.step;
    if (surprise >= kUsual) strongest.emplace_back(surprise, name);
  }
  Verdict out;
  out.time = group.newest_closed = group.open;
  group.open = kNoTime;
  if (count == 0) return;
  out.key = group.key;
  out.value = std::cbrt(sum / static_cast<double>(count));
  const double surprise = group.tail.calibrate(out.value);
  Scored& scored = out.scored;
  scored.detector = "joint";
  scored.status = "warming_up";
  if (++group.closed > kWarmUp) {
    scored.status = "ok";
    scored.verdict.score = surprise / options_.threshold;
    scored.verdict.p_value = model::probability_of(surprise);
    group.level = std::max(scored.verdict.score, group.level * std::exp(-1 / options_.hold));
    scored.level = group.level;
  }
  if (scored.verdict.score >= 1) {
    scored.severity = scored.verdict.score >= options_.critical_score ? Severity::critical : Severity::high;
    std::sort(strongest.begin(), strongest.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    scored.verdict.reasons.push_back(fmt::format("moved={}(of {})", strongest.size(), count));
    for (std::size_t i = 0; i < std::min(kReasons, strongest.size()); ++i) {
      scored.verdict.reasons.push_back(fmt::format("{}={:.3g}", strongest[i].second, strongest[i].first));
    }
    const Nanos quiet = options_.refractory >= 0 ? options_.refractory : group.refractory;
    scored.alert = group.last_alert == kNoTime || out.time - group.last_alert >= quiet;
    if (scored.alert) {
      group.last_alert = out.time;
      ++alerts_;
      worst_ = std::max(worst_, scored.severity);
    }
  }
  give_(out);
}

void Joint::finish() {
  std::vector<Group*> open;
  for (auto& [name, group] : groups_) {
    if (group->open != kNoTime) open.push_back(group.get());
  }
  std::sort(open.begin(), open.end(), [](const Group* a, const Group* b) {
    return a->open != b->open ? a->open < b->open : a->text < b->text;
  });
  for (Group* group : open) close(*group);
}

std::string Joint::save() const {
  StateFile file;
  for (const auto& [name, bytes] : saved_) file.series.emplace_back(name, bytes);
  for (const auto& [name, group] : groups_) {
    std::string bytes;
    model::Archive archive(bytes);
    group->archive(archive);
    file.series.emplace_back(group->text, std::move(bytes));
  }
  return file.bytes();
}

void Joint::load(std::string_view bytes, std::string_view name) {
  for (auto& [series, state] : StateFile::parse(bytes, name).series) {
    if (series.starts_with(kMetric)) saved_.insert_or_assign(series, std::move(state));
  }
}

}  // namespace aiops::score
