// The only user of spdlog.
#include "cli/diagnostics.hpp"

#include <spdlog/logger.h>
#include <spdlog/sinks/ansicolor_sink.h>
#include <unistd.h>

#include <cstdlib>

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

}  // namespace

struct Stderr::Impl {
  explicit Impl(const std::string& tool) : logger(tool, make_sink()) {
    logger.set_pattern("%^%n: %v%$");
    logger.flush_on(spdlog::level::trace);
    // A message that can't be written has nowhere left to be told.
    logger.set_error_handler([](const std::string&) {});
  }
  spdlog::logger logger;
};

Stderr::Stderr(const std::string& tool) : impl_(std::make_unique<Impl>(tool)) {}
Stderr::~Stderr() = default;

void Stderr::set(Loudness loudness) {
  constexpr spdlog::level::level_enum kLevels[] = {spdlog::level::warn, spdlog::level::info,
                                                   spdlog::level::debug};
  impl_->logger.set_level(kLevels[static_cast<int>(loudness)]);
}
void Stderr::warn(std::string_view text) { impl_->logger.log(spdlog::level::warn, view(text)); }
void Stderr::info(std::string_view text) { impl_->logger.log(spdlog::level::info, view(text)); }
void Stderr::debug(std::string_view text) { impl_->logger.log(spdlog::level::debug, view(text)); }
void Stderr::error(std::string_view text) { impl_->logger.log(spdlog::level::err, view(text)); }

}  // namespace aiops::cli
