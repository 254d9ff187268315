// The one interface that every detector serves, and the table of detectors.
//
// A Detector is what was learned of one series from its history; after fit() or load() it does not change and
// any number of threads may use it. What goes on changing while a stream is scored (counters, means, held
// values) is a State: one for each series, owned by the caller, saved and restored beside the model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "feature/rolling.hpp"
#include "model/adaptive_parameters.hpp"
#include "model/ensemble_parameters.hpp"
#include "model/ets.hpp"
#include "model/light_parameters.hpp"
#include "model/season_length.hpp"
namespace aiops::model {

inline constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();

// How inputs come out of a record.
struct Derive {
  // false: every input is a column of the record. true: the five inputs value, delta, rolling_mean,
  // rolling_std and zscore are computed from the value (feature::Rolling) over this window.
  bool rolling = false;
  feature::Window window;

  bool operator==(const Derive&) const = default;
};

// What stands in the rows that detectors see; the same for all series of a bundle.
struct Schema {
  std::vector<std::string> by;      // key fields; empty: field::kDefaultKey
  std::vector<std::string> values;  // as given with --value, each a series of its own; empty where `joint`
  std::vector<std::string> inputs;  // names of a row's numbers, in order
  bool joint = false;               // the inputs are columns scored together (--features)
  Derive derive;

  // All inputs follow from the value of a sample, whatever its column is called.
  bool from_value() const { return derive.rolling || (!joint && inputs.size() == 1); }
  // Where the value stands: the first input, if none is called so.
  std::size_t value_input() const;
  // Where the input stands, or -1.
  int find(std::string_view input) const;
  bool operator==(const Schema&) const = default;
};

// Rows of one series in the order of time. `data` is row-major: row i begins at data[i * width]. NaN:
// missing.
struct Rows {
  const Nanos* time = nullptr;
  const double* data = nullptr;
  std::size_t count = 0, width = 0;
  // [row]: not 0 where the window of the rolling inputs was not filled yet (feature::Rolling::full), so that
  // they scatter more than they did in training. nullptr: filled everywhere, or not known.
  const std::uint8_t* cold = nullptr;
  // [row]: not 0 where the row is to be judged, and afterwards to be as if it had been missing. nullptr: all
  // are learned.
  const std::uint8_t* frozen = nullptr;
  double explain_from = 1;  // the score from which on a verdict has reasons
};

// The same as kept for training.
struct History {
  const Nanos* time = nullptr;
  const float* data = nullptr;
  std::size_t count = 0, width = 0;
};

enum class Condition : std::uint8_t {
  ok,
  warming_up,     // the detector or its inputs need more rows first: not scored
  no_data,        // the value is missing: not scored
  flat,           // the value has never changed: scored 0
  no_answer,      // the process that judges gave none (exec): not scored
  counter_reset,  // a counter began anew, as when its process starts: scored by what it has counted since
};

struct Verdict {
  double score = kMissing;    // 0 and up, 1.0 is the threshold; NaN: not scored
  double level = kMissing;    // held score, if the detector has one of its own; NaN: the caller holds `score`
  double p_value = kMissing;  // probability of such a row, or a stranger one, in what was learned; 0 to 1
  double expected = kMissing, lower = kMissing,
         upper = kMissing;  // of the value; NaN where inputs have no value
  // What makes up `expected`, where the detector tells them apart: their sum is it. `trend` is where the
  // value would be without a season.
  double trend = kMissing, seasonal = kMissing;
  Condition condition = Condition::ok;
  // Only where score >= Rows::explain_from: what drove it, strongest first: "zscore=8.21(+0.31)" says that
  // the score would fall by 0.31 if zscore were as usual.
  std::vector<std::string> reasons;
  // With reasons, where the detector keeps them: the range of all values before, and the time of the first.
  double lowest = kMissing, highest = kMissing;
  Nanos since = kNoTime;
};

// What a detector carries from row to row of one series.
class State {
 public:
  virtual ~State() = default;
  virtual std::string save() const = 0;
};

struct IsolationForestParameters {
  std::int64_t trees = 100;  // more trees: steadier scores; the paper's figure
  std::int64_t samples =
      256;  // rows that a tree is grown from; the paper's figure. Depth is ceil(log2(samples))
  // Share of what is usual that scores above the threshold: at the usual scrape of 15 seconds, about one row
  // a day.
  double contamination = 0.0002;
  double range_weight =
      1;  // how much lying outside of everything seen in training counts; 0: the forest alone

  bool operator==(const IsolationForestParameters&) const = default;
};

struct HoltWintersParameters {
  SeasonLength season;
  std::optional<EtsSeason> season_kind;  // additive or multiplicative; not set: as the data says
  std::optional<EtsTrend> trend;
  // Of the prediction interval, whose bound is score 1: at steps of 15 seconds about one row a day lies
  // outside.
  double confidence = 0.9998;

  bool operator==(const HoltWintersParameters&) const = default;
};

struct SeasonalEsdParameters {
  SeasonLength season;
  double significance = 0.05;  // of the test, over all that a sample is compared with: the paper's

  bool operator==(const SeasonalEsdParameters&) const = default;
};

struct Parameters {
  IsolationForestParameters isolation_forest;
  HoltWintersParameters holt_winters;
  SeasonalEsdParameters seasonal_esd;
  AdaptiveParameters adaptive;
  LightParameters light;
  EnsembleParameters ensemble;

  bool operator==(const Parameters&) const = default;
};

// What a detector goes by, for the card and for listings.
using ParameterList = std::vector<std::pair<std::string, std::variant<double, std::string>>>;

class Detector {
 public:
  virtual ~Detector() = default;

  // The name in the table.
  virtual std::string_view name() const = 0;

  // Learns from history (count >= 1, width = schema.inputs.size()). The same history, parameters and `seed`
  // give the same detector, byte for byte. Rows with a missing input are left out. Throws InputError if none
  // is left.
  virtual void fit(const Schema& schema, const History& history, std::uint64_t seed) = 0;

  // A state for a series that begins; nullptr if the detector needs none.
  virtual std::unique_ptr<State> start() const { return nullptr; }
  // The state that save() wrote. Throws InputError if the bytes are no such state.
  virtual std::unique_ptr<State> restore(std::string_view) const { return nullptr; }

  // Scores rows.count rows of one series in the order of time; writes one verdict each (what stood there
  // before is overwritten, reasons included). state: as start() or restore() gave it.
  virtual void update(State* state, const Rows& rows, Verdict* verdicts) const = 0;

  // Where there are many series, the state of each is out of the cache when its row comes, and waiting for it
  // would cost more than the work. Asks for the memory that update() begins with, in two steps, some series
  // ahead and the next but one, for what a state refers to is known only when it is there itself.
  enum class Ahead { far, near };
  virtual void prefetch(const State*, Ahead) const {}

  // How long a series should be quiet after an alert, as far as its own rhythm tells; -1: nothing known.
  virtual Nanos refractory(const State*) const { return -1; }

  // The detector as bytes, the same on every machine, and back. load() throws InputError for bytes that
  // save() did not write. `schema` is the one of fit(). No bytes at all: a detector that has seen
  // nothing, if it is one that learns as it goes. The bytes must outlive the detector, which may refer to
  // them.
  virtual std::string save() const = 0;
  virtual void load(const Schema& schema, std::string_view bytes) = 0;
  // Its own part of Parameters: series of a trained model that were not trained begin with it, too.
  virtual void tell(Parameters&) const {}
};

// A row of the table.
struct DetectorKind {
  std::string_view name;
  std::string_view what;  // what it is for, one line
  bool trains;            // it can be trained: a choice of aiops-train
  bool cold;              // it works without training: a choice of aiops-score, and for new series
  bool derived;           // of a value it sees the rolling features, too
  std::unique_ptr<Detector> (*make)(const Parameters&);
  // The parameters that it goes by, with their values: for the card and for listings.
  ParameterList (*parameters)(const Parameters&);
};

// Of single values, trained or not; and of columns together.
inline constexpr std::string_view kDefaultDetector = "adaptive";
inline constexpr std::string_view kJointDetector = "isolation-forest";

// Where the value stands. Throws UsageError for a schema of columns together, which `detector` cannot score.
std::size_t single_value(std::string_view detector, const Schema& schema);

// How long to be quiet after an alert where `step` seconds pass between samples. 120 steps from a minute on,
// up to 10 hours, but no less than 40: what is alerted once a minute is one event to whoever is on call, and
// so is what a series of hours goes through in a day and a half.
Nanos refractory_of(double step);

const std::vector<DetectorKind>& detectors();

// Throws UsageError that names the nearest one.
const DetectorKind& find_detector(std::string_view name);

// A detector that has learned nothing yet: its start() gives states that learn from the first row on. Throws
// UsageError if the detector has to be trained first, or if there is none of that name.
std::unique_ptr<Detector> make_cold(std::string_view name, const Schema& schema,
                                    const Parameters& parameters = {});

}  // namespace aiops::model
