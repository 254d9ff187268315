// File layout, little-endian; a text is its length (32 bits) and its bytes, a list its length and
// its members.
//
//    0  8 bytes  "AIOPSBND"
//    8  u32      format version: 1, or 2 where something was expected of a series
//   12  u32      0
//   16  u64      length of the file
//   24  u64      length of the head
//   32  u64      checksum of the head (XXH64)
//   40  u64      checksum of bytes 0 to 39
//   48           head: by, values, inputs (lists of texts), joint (u8), rolling (u8), window (u32 samples,
//   i64 ns);
//                number of series (u32); for each, sorted by name: name (text), rows (u64), length of its
//                part (u64), checksum of its part (u64); in format 2, what was expected of it (text)
//   then         parts, in the order of the series: detector's name (text), detector's bytes
#include "model/bundle.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "model/log_history.hpp"

namespace aiops::model {
namespace {

constexpr std::string_view kMagic = "AIOPSBND";
constexpr std::uint32_t kVersion = 1, kWithExpected = 2;
constexpr std::size_t kPreamble = 48;
constexpr std::string_view kRemedy = "train again, or go back with `aiops-train rollback`";

void put_list(std::string& out, const std::vector<std::string>& list) {
  put(out, static_cast<std::uint32_t>(list.size()));
  for (const std::string& text : list) put_text(out, text);
}

std::vector<std::string> get_list(ByteReader& in) {
  std::vector<std::string> list;
  for (auto left = in.get<std::uint32_t>(); left > 0; --left) list.emplace_back(in.get_text());
  return list;
}

void put_schema(std::string& out, const Schema& schema) {
  put_list(out, schema.by);
  put_list(out, schema.values);
  put_list(out, schema.inputs);
  put(out, static_cast<std::uint8_t>(schema.joint));
  put(out, static_cast<std::uint8_t>(schema.derive.rolling));
  put(out, schema.derive.window.samples);
  put(out, schema.derive.window.duration);
}

Schema get_schema(ByteReader& in) {
  Schema schema;
  schema.by = get_list(in);
  schema.values = get_list(in);
  schema.inputs = get_list(in);
  schema.joint = in.get<std::uint8_t>() != 0;
  schema.derive.rolling = in.get<std::uint8_t>() != 0;
  schema.derive.window.samples = in.get<std::uint32_t>();
  schema.derive.window.duration = in.get<Nanos>();
  return schema;
}

}  // namespace

Bundle Bundle::open(const std::filesystem::path& path) { return parse(read_file(path), path.string()); }

Bundle Bundle::parse(std::string bytes, std::string name) {
  Bundle bundle;
  bundle.bytes_ = std::make_unique<std::string>(std::move(bytes));
  bundle.name_ = std::move(name);
  const std::string_view all = *bundle.bytes_;
  const auto refuse = [&](std::string_view what) {
    throw InputError(fmt::format("{}: {}", bundle.name_, what));
  };
  if (LogHistory::is_one(all))
    refuse(
        "a model of logs; what it scores are log records with templates, as aiops-features templates writes "
        "them");
  if (all.substr(0, kMagic.size()) != kMagic)
    refuse("not a model bundle; expected a file made by aiops-train");
  if (all.size() < kPreamble)
    refuse(fmt::format("damaged: cut short after {} bytes; {}", all.size(), kRemedy));

  ByteReader in(all.substr(kMagic.size(), kPreamble - kMagic.size()), bundle.name_);
  const auto version = in.get<std::uint32_t>();
  in.get<std::uint32_t>();
  const auto length = in.get<std::uint64_t>(), head_length = in.get<std::uint64_t>();
  const auto head_checksum = in.get<std::uint64_t>(), own_checksum = in.get<std::uint64_t>();
  if (checksum(all.substr(0, kPreamble - sizeof own_checksum)) != own_checksum) {
    refuse(fmt::format("damaged: its first bytes do not match their checksum; {}", kRemedy));
  }
  if (version != kVersion && version != kWithExpected) {
    refuse(fmt::format("bundle format {}, this program reads formats {} and {}; train again", version,
                       kVersion, kWithExpected));
  }
  if (length != all.size()) {
    refuse(fmt::format("damaged: {} bytes of {}; {}", all.size(), length, kRemedy));
  }
  if (head_length > all.size() - kPreamble || checksum(all.substr(kPreamble, head_length)) != head_checksum) {
    refuse(fmt::format("damaged: its index does not match its checksum; {}", kRemedy));
  }
  bundle.read_head(all.substr(kPreamble, head_length), kPreamble + head_length, version == kWithExpected);
  return bundle;
}

void Bundle::read_head(std::string_view head, std::uint64_t first_part, bool with_expected) {
  const std::string what = name_ + ": the index";
  ByteReader in(head, what);
  schema_ = get_schema(in);
  in.check(!schema_.inputs.empty(), "names no inputs");
  std::uint64_t at = first_part;
  for (auto left = in.get<std::uint32_t>(); left > 0; --left) {
    Entry entry;
    entry.series = in.get_text();
    entry.rows = in.get<std::uint64_t>();
    entry.length = in.get<std::uint64_t>();
    entry.checksum = in.get<std::uint64_t>();
    if (with_expected) entry.expected = in.get_text();
    entry.offset = at;
    in.check(entry.length <= bytes_->size() - at, "names parts beyond the end of the file");
    at += entry.length;
    in.check(index_.emplace(entry.series, entries_.size()).second, "names a series twice");
    entries_.push_back(std::move(entry));
  }
  in.end();
  in.check(at == bytes_->size(), "leaves bytes at the end of the file that belong to no series");
}

std::optional<std::size_t> Bundle::find(std::string_view series) const {
  const auto found = index_.find(series);
  if (found == index_.end()) return std::nullopt;
  return found->second;
}

std::string_view Bundle::part(std::size_t index) const {
  const Entry& entry = entries_[index];
  const std::string_view bytes = std::string_view(*bytes_).substr(entry.offset, entry.length);
  if (checksum(bytes) != entry.checksum) {
    throw InputError(fmt::format("{}: damaged: the part of {} does not match its checksum; {}", name_,
                                 printable(entry.series), kRemedy));
  }
  return bytes;
}

const Detector* Bundle::cold() {
  if (!cold_ && size() > 0) {
    const DetectorKind& kind = find_detector(detector(0).name());
    Parameters parameters;
    detector(0).tell(parameters);
    try {
      if (kind.cold) cold_ = make_cold(kind.name, schema_, parameters);
    } catch (const UsageError&) {  // an ensemble of members that have to be trained
    }
  }
  return cold_.get();
}

Bundle Bundle::without_training(std::string_view detector, const Schema& schema,
                                const Parameters& parameters) {
  Bundle bundle;
  bundle.schema_ = schema;
  bundle.cold_ = make_cold(detector, schema, parameters);
  return bundle;
}

const Detector& Bundle::detector(std::size_t index) {
  Entry& entry = entries_[index];
  if (!entry.detector) entry.detector = make(index);
  return *entry.detector;
}

std::unique_ptr<Detector> Bundle::make(std::size_t index) const {
  const Entry& entry = entries_[index];
  const std::string what = fmt::format("{}: the part of {}", name_, printable(entry.series));
  ByteReader in(part(index), what);
  const std::string_view name = in.get_text();
  const auto kind = std::find_if(detectors().begin(), detectors().end(),
                                 [&](const DetectorKind& candidate) { return candidate.name == name; });
  if (kind == detectors().end()) {
    throw InputError(
        fmt::format("{} needs the detector '{}', which this program does not have", what, printable(name)));
  }
  std::unique_ptr<Detector> detector = kind->make(Parameters());
  try {
    detector->load(schema_, in.take(in.left()));
  } catch (const InputError& error) {
    throw InputError(fmt::format("{}: {}", what, error.what()));
  }
  return detector;
}

void Bundle::verify() const {
  for (std::size_t i = 0; i < entries_.size(); ++i) part(i);
}

std::string BundleWriter::part(const Detector& detector) {
  std::string bytes;
  put_text(bytes, detector.name());
  bytes += detector.save();
  return bytes;
}

void BundleWriter::add(std::string series, std::uint64_t rows, std::string part, std::string expected) {
  parts_.insert_or_assign(std::move(series), Part{rows, std::move(part), std::move(expected)});
}

std::string BundleWriter::bytes() const {
  std::string head;
  put_schema(head, schema_);
  put(head, static_cast<std::uint32_t>(parts_.size()));
  const bool with_expected =
      std::any_of(parts_.begin(), parts_.end(), [](const auto& one) { return !one.second.expected.empty(); });
  std::uint64_t length = 0;
  for (const auto& [series, part] : parts_) {
    put_text(head, series);
    put(head, part.rows);
    put(head, static_cast<std::uint64_t>(part.bytes.size()));
    put(head, checksum(part.bytes));
    if (with_expected) put_text(head, part.expected);
    length += part.bytes.size();
  }
  std::string out(kMagic);
  put(out, with_expected ? kWithExpected : kVersion);
  put(out, std::uint32_t{0});
  put(out, std::uint64_t{kPreamble + head.size() + length});
  put(out, static_cast<std::uint64_t>(head.size()));
  put(out, checksum(head));
  put(out, checksum(out));
  out.reserve(kPreamble + head.size() + length);
  out += head;
  for (const auto& [series, part] : parts_) out += part.bytes;
  return out;
}

}  // namespace aiops::model
