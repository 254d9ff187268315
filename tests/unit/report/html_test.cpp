#include "report/html.hpp"

#include <doctest/doctest.h>
#include <simdjson.h>

#include <cmath>

#include "report/html_assets.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::report;
using testing::Folder;
using testing::minute;
using testing::series_name;

namespace {

std::string bytes_of_base64(std::string_view text) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  std::uint32_t group = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == '=') break;
    group = group << 6 | static_cast<std::uint32_t>(kDigits.find(c));
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes += static_cast<char>(group >> bits & 0xFF);
  }
  return bytes;
}

// The reading side of html/decode.js, written again.
std::vector<double> track(const simdjson::dom::element& json, std::size_t count) {
  simdjson::dom::array parts;
  REQUIRE(!json.get(parts));
  const double low = parts.at(0).get_double(), high = parts.at(1).get_double();
  std::string_view text;
  if (parts.at(2).get(text)) return std::vector<double>(count, low);
  const std::string bytes = bytes_of_base64(text);
  REQUIRE(bytes.size() == 2 * count);
  std::vector<double> values;
  for (std::size_t i = 0; i < count; ++i) {
    const int level = static_cast<unsigned char>(bytes[2 * i]) | static_cast<unsigned char>(bytes[2 * i + 1])
                                                                     << 8;
    values.push_back(level == 65535 ? kMissing : low + level * (high - low) / 65534);
  }
  return values;
}

std::vector<std::int64_t> times(std::string_view text, std::size_t count) {
  const std::string bytes = bytes_of_base64(text);
  std::vector<std::int64_t> times;
  std::size_t at = 0;
  std::int64_t time = 0, step = 0;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (int shift = 0;; shift += 7) {
      const auto byte = static_cast<unsigned char>(bytes[at++]);
      value |= static_cast<std::uint64_t>(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (times.size() < count && at < bytes.size()) {
    const std::uint64_t code = varint();
    step += static_cast<std::int64_t>(code >> 1) ^ -static_cast<std::int64_t>(code & 1);
    const std::uint64_t steady = code == 0 ? varint() + 1 : 1;
    for (std::uint64_t i = 0; i < steady; ++i) times.push_back(time += step);
  }
  return times;
}

ScoreRow row(Nanos time, double value, double score, bool alert = false) {
  ScoreRow made;
  made.time = time;
  made.value = value;
  made.score = made.level = score;
  made.alert = alert;
  made.status = "ok";
  return made;
}

std::string json_of(ChartSeries& series, std::size_t stride) {
  std::string out = "{";
  series.append_json(out, 0, stride);
  return out + "}";
}

std::string page_of(HtmlReport& report, const std::vector<SeriesName>& names) {
  const Folder folder;
  const std::string file = folder.name("page.html");
  record::Sink sink(file);
  report.write(names, {}, sink);
  sink.close();
  return read_file(file);
}

std::string_view between(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t begin = text.find(from) + from.size();
  return text.substr(begin, text.find(to, begin) - begin);
}

}  // namespace

TEST_CASE("base64 is that of RFC 4648") {
  const auto encoded = [](std::string_view bytes) {
    std::string out;
    append_base64(out, bytes);
    return out;
  };
  CHECK(encoded("").empty());
  CHECK(encoded("f") == "Zg==");
  CHECK(encoded("fo") == "Zm8=");
  CHECK(encoded("foo") == "Zm9v");
  CHECK(encoded("foobar") == "Zm9vYmFy");
  CHECK(encoded("\xff\xfe\xfd") == "//79");
}

TEST_CASE("rows come back as they were, to 1/65534 of their range") {
  ChartSeries series;
  std::vector<Nanos> at;
  std::vector<double> values;
  Nanos time = 0;
  for (int i = 0; i < 500; ++i) {
    time += (i == 100 ? 3600 : i % 7 == 0 ? 11 : 10) * kSecond + (i > 300 ? 250 * kMillisecond : 0);
    at.push_back(time);
    values.push_back(i % 50 == 49 ? kMissing : 1e9 + std::sin(i) * 10);
    ScoreRow one = row(time, values.back(), 0.5);
    one.expected = 1e9;
    one.upper = 1e9 + 20;
    series.add(one);
  }
  simdjson::dom::parser parser;
  const simdjson::padded_string text(json_of(series, 1));
  const auto json = parser.parse(text);
  CHECK(json["n"].get_uint64().value() == 500);
  const auto read = times(json["t"].get_string().value(), 500);
  const auto value = track(json["value"].value(), 500);
  REQUIRE(read.size() == 500);
  for (std::size_t i = 0; i < 500; ++i) {
    CHECK(read[i] == at[i] / kMillisecond);
    if (std::isnan(values[i])) {
      CHECK(std::isnan(value[i]));
    } else {
      CHECK(std::abs(value[i] - values[i]) < 0.001);
    }
  }
  CHECK(track(json["expected"].value(), 500)[7] == doctest::Approx(1e9));
  CHECK(json["lower"].is_null());
  CHECK(json["marks"].get_array().value().size() == 0);
}

TEST_CASE("thinned series keep the lowest and the highest value") {
  ChartSeries series;
  for (int i = 0; i < 1000; ++i)
    series.add(row(i * kSecond, i == 503 ? 100 : i == 507 ? -100 : 0, i == 503 ? 2 : 0, i == 503));
  simdjson::dom::parser parser;
  const simdjson::padded_string text(json_of(series, 10));
  const auto json = parser.parse(text);
  CHECK(json["n"].get_uint64().value() == 100);
  CHECK(json["coarse"].get_uint64().value() == 4);
  CHECK(track(json["value"].value(), 100)[50] == doctest::Approx(-100));
  CHECK(track(json["high"].value(), 100)[50] == doctest::Approx(100));
  CHECK(track(json["high"].value(), 100)[51] == doctest::Approx(0).epsilon(0.01));
  CHECK(track(json["level"].value(), 25)[12] == doctest::Approx(2));
  REQUIRE(json["marks"].get_array().value().size() == 1);
  CHECK(json["marks"].at(0).at(0).get_int64().value() == 503'000);
  CHECK(json["marks"].at(0).at(2).get_double().value() == 100);
}

TEST_CASE("rows that are out of order are drawn in order") {
  ChartSeries series;
  for (const int at : {5, 3, 9, 7}) series.add(row(at * kSecond, at, 0));
  simdjson::dom::parser parser;
  const simdjson::padded_string text(json_of(series, 1));
  const auto json = parser.parse(text);
  CHECK(times(json["t"].get_string().value(), 4) == std::vector<std::int64_t>{3000, 5000, 7000, 9000});
  const auto value = track(json["value"].value(), 4);
  CHECK(value[0] == doctest::Approx(3));
  CHECK(value[3] == doctest::Approx(9));
}

TEST_CASE("marks are bounded: alerts and the worst stay") {
  ChartSeries series;
  for (int i = 0; i < 20'000; ++i) {
    ScoreRow one = row(i * kSecond, 1, i == 12'345 ? 99 : 1.5, i == 17);
    one.reasons = "[\"why\"]";
    series.add(one);
  }
  simdjson::dom::parser parser;
  const simdjson::padded_string text(json_of(series, 1));
  const auto json = parser.parse(text);
  CHECK(json["marks"].get_array().value().size() < 2 * ChartSeries::kMostMarks);
  CHECK(json["reasons"].get_array().value().size() <= 2 * ChartSeries::kMostMarks);
  bool alert = false, worst = false;
  for (const auto mark : json["marks"].get_array()) {
    alert |= mark.at(0).get_int64().value() == 17'000;
    worst |= mark.at(0).get_int64().value() == 12'345'000;
  }
  CHECK(alert);
  CHECK(worst);
}

TEST_CASE("strides keep the charts within their bytes, and leave short series alone") {
  CHECK(choose_strides({}, 1000).empty());
  CHECK(choose_strides({100, 2000}, 1'000'000) == std::vector<std::size_t>{1, 1});
  const auto strides = choose_strides(std::vector<std::size_t>(1000, 10'080), 11'000'000);
  CHECK(strides[0] >= 6);
  CHECK(strides[0] <= 10);
  const auto mixed = choose_strides({100, 1'000'000}, 1'000'000);
  CHECK(mixed[0] == 1);
  CHECK(mixed[1] > 1);
}

TEST_CASE("hostile names, reasons and kinds stay data") {
  const std::string evil = "</script><script>alert(1)</script><!--";
  HtmlOptions options;
  options.title = evil;
  HtmlReport report(options);
  ScoreRow one = row(minute(1), 1, 2, true);
  one.reasons = evil;
  one.truth = evil;
  one.status = evil;
  report.add(0, one);
  record::SeriesKey key;
  key.fields = {{"service", evil}, {"metric", evil}, {"labels.a", evil}};
  const std::string page = page_of(report, {{key, key.text()}});
  CHECK(page.find("<script>alert") == std::string::npos);
  CHECK(page.find("&lt;/script&gt;") != std::string::npos);  // the heading
  const std::string_view data = between(page, "<script type=\"application/json\" id=\"data\">", "</script>");
  simdjson::dom::parser parser;
  const simdjson::padded_string text(data);
  const auto json = parser.parse(text);
  REQUIRE(json.error() == simdjson::SUCCESS);
  CHECK(json["title"].get_string().value() == evil);
  CHECK(json["series"].at(0)["service"].get_string().value() == evil);
  CHECK(json["series"].at(0)["reasons"].at(0).get_string().value() == evil);
  CHECK(json["truth"].at(0).at(2).get_string().value() == evil);
}

TEST_CASE("the page fetches nothing, and its policy names the script and style that it holds") {
  HtmlReport report({});
  report.add(0, row(minute(1), 1, 0.5));
  const std::string page = page_of(report, {series_name("cpu")});
  CHECK(page.find("http://") == std::string::npos);
  CHECK(page.find("https://") == std::string::npos);
  CHECK(page.find("{{") == std::string::npos);
  CHECK(between(page, "<style>", "</style>") == page_style());
  CHECK(page_script().find("</script") == std::string_view::npos);
  CHECK(page.find(std::string("<script>") + std::string(page_script()) + "</script>") != std::string::npos);
  const std::string_view policy = between(page, "Content-Security-Policy\" content=\"", "\"");
  CHECK(policy.starts_with("default-src 'none'; script-src 'sha256-"));
  CHECK(policy.find("unsafe") == std::string_view::npos);
}

TEST_CASE("marks of all series together are bounded: those with few keep theirs") {
  HtmlOptions options;
  options.marks = 100;
  HtmlReport report(options);
  for (int i = 0; i < 500; ++i) {
    for (Slot slot = 0; slot < 2; ++slot) report.add(slot, row(minute(i), 1, 1 + i / 100.0, i == 3));
    report.add(2, row(minute(i), 1, i < 10 ? 2 : 0));
  }
  const std::string page = page_of(report, {series_name("a"), series_name("b"), series_name("c")});
  simdjson::dom::parser parser;
  const simdjson::padded_string text(between(page, "id=\"data\">", "</script>"));
  const auto json = parser.parse(text);
  std::vector<std::size_t> marks;
  for (const auto series : json["series"].get_array())
    marks.push_back(series["marks"].get_array().value().size());
  CHECK(marks == std::vector<std::size_t>{45, 45, 10});
  CHECK(json["series"].at(0)["marks"].at(0).at(0).get_int64().value() == 180'000);  // what alerted stays
}

TEST_CASE("a page of nothing is a page") {
  HtmlReport report({});
  const std::string page = page_of(report, {});
  const std::string_view data = between(page, "id=\"data\">", "</script>");
  simdjson::dom::parser parser;
  const simdjson::padded_string text(data);
  CHECK(parser.parse(text)["series"].get_array().value().size() == 0);
}
