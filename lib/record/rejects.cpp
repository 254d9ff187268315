#include "record/rejects.hpp"

#include <fmt/core.h>

#include "base/text.hpp"

namespace aiops::record {

Rejects::Rejects(Diagnostics& diagnostics, const std::filesystem::path& keep) : diagnostics_(diagnostics) {
  if (!keep.empty()) keep_ = std::make_unique<AtomicFile>(keep);
}

Rejects::~Rejects() = default;

void Rejects::reject(std::string_view file, std::uint64_t line, std::string_view bytes,
                     std::string_view what) {
  if (++count_ <= kShown)
    diagnostics_.warn(line ? fmt::format("{}:{}: {}", file, line, what) : fmt::format("{}: {}", file, what));
  if (keep_) {
    keep_->write(bytes);
    keep_->write("\n");
  }
}

Status Rejects::finish() {
  if (keep_) keep_->commit();
  if (count_ == 0) return Status::done;
  diagnostics_.warn(fmt::format(
      "{} could not be read{}{}", aiops::count(count_, "line"),
      count_ > kShown ? fmt::format(" (the first {} are shown)", kShown) : "",
      keep_ ? fmt::format("; kept in {}", keep_->path().string()) : "; --rejects FILE keeps them"));
  return Status::input;
}

}  // namespace aiops::record
