// The only user of spdlog.
#include "cli/diagnostics.hpp"

#include <fmt/core.h>
#include <spdlog/logger.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <mutex>

#include "base/text.hpp"
#include "base/time.hpp"

namespace aiops::cli {
namespace {

std::shared_ptr<spdlog::sinks::sink> make_sink() {
  const char* no_color = std::getenv("NO_COLOR");
  const char* terminal = std::getenv("TERM");
  const bool color = isatty(STDERR_FILENO) == 1 && (no_color == nullptr || *no_color == '\0') &&
                     terminal != nullptr && std::string_view(terminal) != "dumb";
  auto sink = std::make_shared<spdlog::sinks::ansicolor_stderr_sink_mt>(color ? spdlog::color_mode::always
                                                                              : spdlog::color_mode::never);
  sink->set_color(spdlog::level::info, spdlog::string_view_t(""));
  sink->set_color(spdlog::level::debug, sink->dark);
  sink->set_color(spdlog::level::warn, sink->yellow);
  sink->set_color(spdlog::level::err, sink->red);
  return sink;
}

spdlog::string_view_t view(std::string_view text) { return {text.data(), text.size()}; }

constexpr Nanos kShowEvery = 200 * kMillisecond;
constexpr Nanos kShowAfter = kSecond;  // what is done at once needs no progress

}  // namespace

struct Stderr::Impl {
  explicit Impl(const std::string& tool) : logger(tool, make_sink()) {
    logger.set_pattern("%^%n: %v%$");
    logger.flush_on(spdlog::level::trace);
    // A message that can't be written has nowhere left to be told.
    logger.set_error_handler([](const std::string&) {});
  }
  ~Impl() { clear(); }

  void log(spdlog::level::level_enum level, std::string_view text) {
    const std::lock_guard lock(mutex);
    clear();
    logger.log(level, view(text));
  }

  void show(const Progress& progress) {
    if (!terminal || logger.level() > spdlog::level::info) return;
    const std::lock_guard lock(mutex);
    const Nanos time = now();
    if (begun == 0 || progress.share < share) begun = time;
    share = progress.share;
    if (time - begun < kShowAfter || time - shown_at < kShowEvery) return;
    shown_at = time;
    const double elapsed = static_cast<double>(time - begun) / 1e9;
    const double left = share > 0 ? elapsed / share * (1 - share) : 0;
    const std::string line =
        fmt::format("\r\033[K{}: {:.0f} %, {}, {} a second, {} left", logger.name(),
                    100 * std::min(share, 1.0), count(progress.records, progress.noun),
                    thousands(static_cast<std::uint64_t>(static_cast<double>(progress.records) / elapsed)),
                    format_duration(static_cast<Nanos>(std::max(0.0, left)) * kSecond));
    put(line);
    visible = true;
  }

  void clear() {
    if (visible) put("\r\033[K");
    visible = false;
  }

  // A terminal that cannot be written to has no one who looks.
  static void put(std::string_view text) {
    [[maybe_unused]] const ssize_t n = write(STDERR_FILENO, text.data(), text.size());
  }

  std::mutex mutex;
  spdlog::logger logger;
  const bool terminal = isatty(STDERR_FILENO) == 1;
  bool visible = false;
  double share = 0;
  Nanos begun = 0, shown_at = 0;
};

Stderr::Stderr(const std::string& tool) : impl_(std::make_unique<Impl>(tool)) {}
Stderr::~Stderr() = default;

void Stderr::set(Loudness loudness) {
  constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::warn, spdlog::level::info,
                                                   spdlog::level::debug};
  impl_->logger.set_level(kLevels[static_cast<int>(loudness)]);
}
void Stderr::warn(std::string_view text) { impl_->log(spdlog::level::warn, text); }
void Stderr::info(std::string_view text) { impl_->log(spdlog::level::info, text); }
void Stderr::debug(std::string_view text) { impl_->log(spdlog::level::debug, text); }
void Stderr::error(std::string_view text) { impl_->log(spdlog::level::err, text); }

void Stderr::progress(const Progress& progress) { impl_->show(progress); }

}  // namespace aiops::cli
