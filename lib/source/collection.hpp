// Collecting samples over time: the way from a source of samples to the output, the same for every backend.
//
// The time asked for is cut into chunks of steps. A chunk is fetched whole, for all parts, and then written
// in the order of time, so the output of a run is in the order of time. How many steps make a chunk is found
// out by doing: as many as the server answers at once (max_points) and as the memory takes. A chunk that
// fails is not written at all.
//
// With follow, each step is fetched when it has come (and lateness has passed); steps that could not be
// fetched are fetched later. With a checkpoint, a run goes on behind the last step that was written by the
// run before.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/diagnostics.hpp"
#include "base/error.hpp"
#include "base/time.hpp"
#include "source/checkpoint.hpp"
#include "source/manifest.hpp"
#include "source/prefetch.hpp"
#include "source/sample_output.hpp"
#include "source/samples.hpp"

namespace aiops::source {

struct CollectionOptions {
  // The range. start kNoTime: `since` before the end; without since, follow begins with the newest step. end
  // kNoTime: now. Without a start, steps are multiples of `step` since 1970, so that two runs ask for the
  // same ones.
  Nanos start = kNoTime, end = kNoTime, since = 0;
  Nanos step = 15 * kSecond;
  bool follow = false;
  Nanos lateness = kSecond;  // a step is taken as complete this long after its time
  // The source gives samples at any times: a step stands for what came since the one before it.
  bool raw = false;
  // A series that had a sample at the step before, and has none, gets one with a missing value.
  bool mark_ends = false;

  SampleOutputOptions output;  // grows with follow and with a checkpoint, whatever it says
  std::string checkpoint;      // path; "": none
  std::string asked;           // fingerprint of what is asked for, kept in the checkpoint

  std::size_t first_points = 100;   // steps of the first chunk, which shows how many series there are
  std::size_t max_points = 11'000;  // steps of an answer: Prometheus refuses more
  // Bytes for the samples of a chunk; as many again are for each that is fetched ahead.
  std::size_t memory = 8 * 1024 * 1024;
};

class Collection {
 public:
  // All references must outlive the collection. The manifest has the source's parts already.
  Collection(CollectionOptions options, SampleSource& source, Manifest& manifest, Diagnostics& diagnostics);
  ~Collection();

  // Collects the range, or until a stop is requested. Returns the manifest's status; follow that was stopped:
  // done. Throws what SampleSource::fetch throws if nothing was collected; UsageError for options that
  // contradict each other; InputError, OutputError for checkpoint and output; Error(Status::interrupted)
  // without follow.
  Status run();

  // Writes the samples that the caller fetched into the frame: for instant queries. Orders them by time.
  Status run_once(const std::function<void(SeriesBook&, SampleFrame&)>& fetch);

 private:
  void plan();
  void plan_raw(Nanos end);
  void resume();
  void open_output();
  Status collect_range();
  Status follow();
  Nanos newest_step() const;
  void collect(Nanos last);
  Steps chunk(Nanos from, Nanos last) const;
  bool fetch_chunk(const Steps& steps);
  void fetch_ahead(const Steps& steps, Nanos last);
  void find_ended(const Steps& steps);
  void adapt(std::size_t steps);
  void save_checkpoint();
  void forget_idle(Nanos before);
  void find_empty_parts();

  CollectionOptions options_;
  SampleSource& source_;
  Manifest& manifest_;
  Diagnostics& diagnostics_;
  SeriesBook book_;
  SampleFrame frame_;
  std::unique_ptr<SampleOutput> output_;
  Prefetch ahead_;
  Checkpoint checkpoint_;
  bool resumed_ = false;
  std::size_t points_;      // steps of the next chunk
  Nanos next_ = kNoTime;    // first step that has not been written
  bool collected_ = false;  // a chunk went through
};

// Runs the body, and whatever comes of it, completes the manifest, writes it to path ("": nowhere) and says
// its summary. The status is the worse of the body's and the writing's.
Status with_manifest(Manifest& manifest, const std::string& path, Diagnostics& diagnostics,
                     const std::function<Status()>& body);

}  // namespace aiops::source
