#include "record/row_fields.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstring>

#include "base/error.hpp"
#include "base/text.hpp"

namespace aiops::record {
namespace {

constexpr std::string_view kLabelPrefix = "labels.";

}  // namespace

std::vector<std::string> field_names(std::string_view text) {
  std::string line(text.substr(0, text.find('\n')));
  if (line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
  const std::size_t length = line.size();
  line.push_back('\n');
  line.append(64, '\0');
  const std::string_view row(line.data(), length);
  std::vector<std::string> names;
  const auto add = [&](std::string_view name, bool encoded, bool csv) {
    std::string& out = names.emplace_back();
    !encoded ? void(out = name) : csv ? undouble(name, out) : unescape(name, out);
  };
  if (row.starts_with('{')) {
    // The object wrapped into another, so that its members can be asked for.
    std::string wrapped = "{\"_\":";
    wrapped.append(row);
    wrapped += "}\n";
    wrapped.append(64, '\0');
    JsonRow json;
    json.want_members("_");
    if (json.scan({wrapped.data(), wrapped.size() - 65})) return {};
    for (const auto& member : json.members()) add(member.name.text(), member.name.escaped, false);
    return names;
  }
  CsvRow csv;
  if (csv.split(row.data(), row.data() + row.size()) != CsvRow::Result::row) return {};
  for (const CsvField& f : csv.fields) add(f.text(), f.doubled, true);
  return names;
}

RowFields::RowFields(const Columns& columns) : columns_(columns) {
  if (!columns.time.empty()) time_ = want(columns.time);
  for (const auto& name : columns.values) values_.push_back(want(name));
  for (const auto& name : columns.texts) texts_.push_back(want(name));
  message_ = want(field::kMessage);
  severity_text_ = want(field::kSeverityText);
  span_id_ = want(field::kSpanId);
  operation_ = want(field::kOperation);
  members_ = want("members");
  if (columns.by.empty()) {
    for (const auto name : field::kDefaultKey)
      if (name != field::kLabels) key_names_.emplace_back(name);
    labels_ = true;
    json_.want_members(field::kLabels);
  } else {
    key_names_ = columns.by;
  }
  for (const auto& name : key_names_) keys_.push_back(want(name));
  for (const auto& name : columns.appended) json_.forbid(name);
}

int RowFields::want(std::string_view name) {
  const int slot = json_.want(name);
  if (static_cast<std::size_t>(slot) == names_.size()) names_.emplace_back(name);
  return slot;
}

std::string RowFields::scan_error(std::string_view line) const {
  const char* const wrong = json_.error();
  const auto at = static_cast<std::size_t>(json_.error_at() - line.data());
  return at >= line.size() ? fmt::format("not valid JSON: the line ends too early ({})", wrong)
                           : fmt::format("not valid JSON at byte {}: {}", at + 1, wrong);
}

void RowFields::csv_header(const CsvRow& row, std::string_view where) {
  csv_mode_ = true;
  csv_columns_ = row.fields.size();
  std::vector<std::string> header;
  for (const CsvField& f : row.fields) {
    std::string name;
    f.doubled ? undouble(f.text(), name) : void(name = f.text());
    if (header.empty() && name.starts_with("\xEF\xBB\xBF")) name.erase(0, 3);
    if (!name.empty() && std::find(header.begin(), header.end(), name) != header.end())
      throw InputError(
          fmt::format("{}: the column \"{}\" stands twice in the header", where, printable(name)));
    header.push_back(std::move(name));
  }
  const auto find = [&](std::string_view name) {
    const auto at = std::find(header.begin(), header.end(), name);
    return at == header.end() ? -1 : static_cast<int>(at - header.begin());
  };
  const auto need = [&](std::string_view name, std::string_view option) {
    if (find(name) >= 0) return;
    throw InputError(fmt::format("{}: no column \"{}\"; the columns are {}; {} names another", where, name,
                                 printable(join(header, ", "), 300), option));
  };
  if (!columns_.time.empty()) need(columns_.time, "--time");
  if (columns_.value_required)
    for (const auto& name : columns_.values) need(name, "--value");
  if (columns_.by_required)
    for (const auto& name : columns_.by) need(name, "--by");
  if (labels_) {
    std::vector<std::string> labels;
    for (const auto& name : header)
      if (name.starts_with(kLabelPrefix)) labels.push_back(name);
    std::sort(labels.begin(), labels.end());
    for (const auto& name : labels) {
      key_names_.push_back(name);
      keys_.push_back(want(name));
    }
  }
  for (const auto& name : columns_.appended)
    if (taken_.empty() && find(name) >= 0) taken_ = name;
  column_of_slot_.clear();
  for (const auto& name : names_) column_of_slot_.push_back(find(name));
}

std::string RowFields::check_csv() const {
  if (csv_.fields.size() == csv_columns_) return {};
  return fmt::format("expected {} as in the header, found {}", count(csv_columns_, "field"),
                     csv_.fields.size());
}

Kind RowFields::kind() const {
  if (!cell(message_).empty() || !cell(severity_text_).empty()) return Kind::log;
  if (!cell(span_id_).empty() && !cell(operation_).empty()) return Kind::span;
  if (cell(members_).type != Cell::Type::absent) return Kind::incident;
  return Kind::sample;
}

// Calls part(name, mark, text) for each part of the raw key until it gives false; whether it never did. Of
// labels the name counts, of the other fields the mark.
template <class Part>
bool RowFields::each_key_part(Part part) const {
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const Cell c = cell(keys_[i]);
    if (!c.empty() && !part(std::string_view(), static_cast<char>(i), c.raw)) return false;
  }
  if (!labels_ || csv_mode_) return true;
  for (const auto& [name, value] : json_.members())
    if (!part(name.text(), '\x1e', value.text())) return false;
  return true;
}

void RowFields::raw_key(std::string& out) const {
  each_key_part([&](std::string_view name, char mark, std::string_view text) {
    out.append(name);
    out.push_back(mark);
    out.append(text);
    out.push_back('\x1f');
    return true;
  });
}

bool RowFields::has_raw_key(std::string_view raw) const {
  const auto begins_with = [&](std::string_view text) {
    const bool yes = raw.size() >= text.size() && std::memcmp(raw.data(), text.data(), text.size()) == 0;
    if (yes) raw.remove_prefix(text.size());
    return yes;
  };
  return each_key_part([&](std::string_view name, char mark, std::string_view text) {
           return (name.empty() || begins_with(name)) && begins_with({&mark, 1}) && begins_with(text) &&
                  begins_with("\x1f");
         }) &&
         raw.empty();
}

SeriesKey RowFields::key() const {
  SeriesKey key;
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const Cell c = cell(keys_[i]);
    if (!c.empty()) key.fields.emplace_back(key_names_[i], decode(c));
  }
  if (!labels_ || csv_mode_) return key;
  std::vector<std::pair<std::string, std::string>> labels;
  for (const auto& [name, value] : json_.members()) {
    const Cell c = json_cell(value);
    if (!c.empty()) labels.emplace_back(std::string(kLabelPrefix) + decode(json_cell(name)), decode(c));
  }
  std::sort(labels.begin(), labels.end());
  key.fields.insert(key.fields.end(), labels.begin(), labels.end());
  return key;
}

std::vector<std::string> RowFields::key_columns() const {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < keys_.size(); ++i)
    if (!csv_mode_ || column_of_slot_[static_cast<std::size_t>(keys_[i])] >= 0)
      names.push_back(key_names_[i]);
  return names;
}

void RowFields::row_cells(std::vector<RowCell>& out) const {
  out.clear();
  const auto add = [&](const Cell& c, RowCell::Role role, std::size_t column) {
    if (c.type != Cell::Type::absent)
      out.push_back({c.raw, role, static_cast<std::uint8_t>(column), c.type == Cell::Type::number,
                     c.type == Cell::Type::null, c.encoded});
  };
  if (time_ >= 0) add(time(), RowCell::Role::time, 0);
  for (std::size_t i = 0; i < values_.size(); ++i) add(value(i), RowCell::Role::value, i);
  for (std::size_t i = 0; i < texts_.size(); ++i) add(text(i), RowCell::Role::text, i);
  for (const int slot : keys_) add(cell(slot), RowCell::Role::key, 0);
  if (!labels_ || csv_mode_) return;
  for (const auto& member : json_.members()) add(json_cell(member.value), RowCell::Role::key, 0);
}

std::string RowFields::decode(const Cell& cell) const {
  if (!cell.encoded) return std::string(cell.raw);
  std::string out;
  csv_mode_ ? undouble(cell.raw, out) : unescape(cell.raw, out);
  return out;
}

}  // namespace aiops::record
