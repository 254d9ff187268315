#include "train/fit.hpp"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <thread>

#include "base/file.hpp"
#include "base/random.hpp"
#include "base/stop.hpp"

namespace aiops::train {

FitResult fit(const model::Schema& schema, std::vector<SeriesHistory> histories, const FitOptions& options) {
  const model::DetectorKind& kind = model::find_detector(options.detector);
  FitResult result{model::BundleWriter(schema), {}, {}};
  std::vector<SeriesHistory> enough;
  for (SeriesHistory& history : histories) {
    if (history.count() < std::max<std::size_t>(1, options.min_samples)) {
      result.skipped.push_back({history.series, history.count()});
    } else {
      enough.push_back(std::move(history));
    }
  }
  histories.clear();

  std::vector<std::string> parts(enough.size());
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr error;
  // A series' seed comes from its name, so that it does not matter who else is trained, or who is first.
  const auto work = [&] {
    for (std::size_t i = next++; i < enough.size() && !stop_requested(); i = next++) {
      try {
        const std::unique_ptr<model::Detector> detector = kind.make(options.parameters);
        detector->fit(schema, enough[i].view(), sub_seed(options.seed, checksum(enough[i].series)));
        parts[i] = model::BundleWriter::part(*detector);
        std::vector<float>().swap(enough[i].data);
      } catch (...) {
        const std::lock_guard<std::mutex> guard(mutex);
        if (!error) error = std::current_exception();
        next = enough.size();
      }
    }
  };
  const unsigned wanted =
      options.jobs != 0 ? options.jobs : std::max(1u, std::thread::hardware_concurrency());
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < std::min<std::size_t>(wanted, enough.size()); ++i) threads.emplace_back(work);
  work();
  for (std::thread& thread : threads) thread.join();
  if (error) std::rethrow_exception(error);

  for (std::size_t i = 0; i < enough.size(); ++i) {
    if (parts[i].empty()) continue;  // stopped before
    result.trained.push_back({enough[i].series, enough[i].count()});
    result.bundle.add(enough[i].series, enough[i].count(), std::move(parts[i]));
  }
  return result;
}

}  // namespace aiops::train
