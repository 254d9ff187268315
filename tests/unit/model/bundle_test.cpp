#include "model/bundle.hpp"

#include <doctest/doctest.h>

#include <set>

#include "base/bytes.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::model;

namespace {

Schema example_schema() {
  Schema schema = schema_of({"value"});
  schema.by = {"host", "disk"};
  schema.derive.rolling = true;
  schema.derive.window = {0, 5 * kMinute};
  return schema;
}

std::string part(float around) {
  const Schema schema = example_schema();
  std::vector<float> data;
  for (int i = 0; i < 80; ++i) data.push_back(around + static_cast<float>(i % 7));
  const std::vector<Nanos> time(data.size());
  Parameters parameters;
  parameters.isolation_forest.trees = 3;
  auto detector = find_detector("isolation-forest").make(parameters);
  detector->fit(schema, {time.data(), data.data(), data.size(), 1}, 1);
  return BundleWriter::part(*detector);
}

BundleWriter example() {
  BundleWriter writer(example_schema());
  writer.add("mem{host=\"b\"}", 80, part(100));
  writer.add("cpu{host=\"a\"}", 81, part(10));
  return writer;
}

// Opens and uses all of it.
void use(const std::string& bytes) {
  Bundle bundle = Bundle::parse(bytes, "m");
  bundle.verify();
  for (std::size_t i = 0; i < bundle.size(); ++i) {
    const double value = 12;
    Verdict verdict;
    bundle.detector(i).update(nullptr, {nullptr, &value, 1, 1}, &verdict);
  }
}

std::string message(const std::string& bytes) {
  try {
    use(bytes);
  } catch (const InputError& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("a bundle gives back what was put in, sorted by series") {
  Bundle bundle = Bundle::parse(example().bytes(), "m");
  CHECK(bundle.schema() == example_schema());
  REQUIRE(bundle.size() == 2);
  CHECK(bundle.series(0) == "cpu{host=\"a\"}");
  CHECK(bundle.rows(0) == 81);
  CHECK(bundle.find("mem{host=\"b\"}") == 1);
  CHECK_FALSE(bundle.find("mem"));
  const double value = 12;
  Verdict verdict;
  bundle.detector(0).update(nullptr, {nullptr, &value, 1, 1}, &verdict);
  CHECK(verdict.score < 1);
  bundle.detector(1).update(nullptr, {nullptr, &value, 1, 1}, &verdict);
  CHECK(verdict.score > 1);
  CHECK(&bundle.detector(1) == &bundle.detector(1));  // parsed once
  Bundle moved = std::move(bundle);
  CHECK(moved.find("cpu{host=\"a\"}") == 0);
}

TEST_CASE("the order of adding does not show, and a series added again is replaced") {
  BundleWriter other(example_schema());
  other.add("cpu{host=\"a\"}", 5, part(3));
  other.add("cpu{host=\"a\"}", 81, part(10));
  other.add("mem{host=\"b\"}", 80, part(100));
  CHECK(other.bytes() == example().bytes());
}

TEST_CASE("every flipped bit and every cut is refused, with a sentence") {
  const std::string good = example().bytes();
  use(good);
  std::set<std::string> messages;
  for (std::size_t at = 0; at < good.size(); ++at) {
    std::string bad = good;
    bad[at] ^= static_cast<char>(1 << at % 8);
    const std::string said = message(bad);
    CAPTURE(at);
    CHECK_FALSE(said.empty());
    messages.insert(said);
    CHECK_FALSE(message(good.substr(0, at)).empty());
  }
  CHECK(messages.size() >= 4);
  for (const std::string& said : messages) CHECK(said.rfind("m: ", 0) == 0);
  CHECK(message(good + "x").find("damaged") != std::string::npos);
}

TEST_CASE("damage in one series' part does not keep others from use") {
  std::string bytes = example().bytes();
  bytes.back() ^= 1;
  Bundle bundle = Bundle::parse(bytes, "m");
  bundle.detector(0);
  CHECK_THROWS_WITH_AS(
      bundle.detector(1),
      "m: damaged: the part of mem{host=\"b\"} does not match its checksum; train again, or go back "
      "with `aiops-train rollback`",
      InputError);
  CHECK_THROWS_AS(bundle.verify(), InputError);
}

TEST_CASE("files that are something else are refused") {
  CHECK(message("") == "m: not a model bundle; expected a file made by aiops-train");
  CHECK(message("timestamp,value\n1,2\n") == "m: not a model bundle; expected a file made by aiops-train");
  CHECK(message("AIOPSBND").find("cut short after 8 bytes") != std::string::npos);
  CHECK_THROWS_AS(Bundle::open("/nonexistent/model.bundle"), InputError);
}

TEST_CASE("a later format, an unknown detector and bytes that are none of its are told apart from damage") {
  std::string later = example().bytes();
  later[8] = 3;
  std::string checked = later.substr(0, 40);
  put(checked, checksum(checked));
  later.replace(0, 48, checked);
  CHECK(message(later) == "m: bundle format 3, this program reads formats 1 and 2; train again");

  BundleWriter unknown(example_schema());
  std::string bytes;
  put_text(bytes, "oracle");
  unknown.add("cpu", 1, bytes);
  CHECK(message(unknown.bytes()) ==
        "m: the part of cpu needs the detector 'oracle', which this program does not have");
  bytes.clear();
  put_text(bytes, "isolation-forest");
  BundleWriter empty(example_schema());
  empty.add("cpu", 1, bytes);
  CHECK(message(empty.bytes()) == "m: the part of cpu: isolation forest ends too early");
}

TEST_CASE("a bundle without series is a bundle") {
  const Bundle bundle = Bundle::parse(BundleWriter(example_schema()).bytes(), "m");
  CHECK(bundle.size() == 0);
}
