// The version in use against the one that was just trained: the same rows, the same anomalies.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/bundle.hpp"
#include "train/backtest.hpp"
#include "train/read_card.hpp"

namespace aiops::train {

// The version in use. Any number of threads may ask.
class Champion {
 public:
  // card: may be empty; then it is not known which rows it was trained on.
  Champion(model::Bundle bundle, Card card, std::string name)
      : bundle_(std::move(bundle)), card_(std::move(card)), name_(std::move(name)) {}

  const std::string& name() const { return name_; }  // "v0003"
  const model::Schema& schema() const { return bundle_.schema(); }
  // nullptr: it does not know the series. Throws InputError for a damaged part.
  std::unique_ptr<model::Detector> detector(const std::string& series) const;
  // What it was told to expect of the series.
  model::Expected expected(const std::string& series) const;
  // Time of the newest row that a series was trained on; kNoTime: not known.
  Nanos last(const std::string& series) const;
  // Why its scores cannot be compared with those of a model of this schema; "": they can.
  std::string incomparable(const model::Schema& challenger) const;

 private:
  model::Bundle bundle_;
  Card card_;
  std::string name_;
};

// Both on the same rows of one series, or of several.
struct Comparison {
  std::uint64_t series = 0, rows = 0;
  std::uint64_t seen = 0;  // of the series: all rows were in the training of both
  std::uint64_t champion_alerts = 0, alerts = 0;
  std::uint64_t anomalies = 0, champion_found = 0, found = 0;
  std::uint64_t lost = 0, gained = 0;  // anomalies that only the champion, only the challenger found

  void add(const Comparison& other);
  // "" if the challenger is no worse, else in what. Worse is: more anomalies lost than gained, by more than 5
  // % of all and by more than chance would have it (two standard deviations of lost - gained); or more
  // alerts, by more than a quarter and by more than chance (two standard deviations of Poisson counts).
  std::string worse() const;
  // The same as a formula, for the card.
  static std::string rule();
};

// What was made of a series in its back-test, as far as it is needed here.
struct Challenger {
  const model::Schema& schema;
  const SeriesHistory& history;
  std::size_t begin;  // of the tested rows
  const std::vector<Trial>& trials;
  const Replay& replayed;        // by the detector trained on rows before `begin`
  const model::Detector& whole;  // trained on all
  const model::Expected& expected;
};

// On rows that are new to both: those behind `begin` and behind what the champion was trained on, which a
// champion that learns as it goes has followed up to there. Where these are fewer than kLeastTested, on all
// tested rows by detectors that were trained on all of them, too. series 0: the champion does not know it.
Comparison compare(const Champion& champion, const Challenger& challenger);

}  // namespace aiops::train
