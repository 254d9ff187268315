#include "train/exclude.hpp"

#include <doctest/doctest.h>

#include "base/error.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::train;

namespace {

Exclusions read(const std::string& text, const record::Columns& columns = {}) {
  const Scratch scratch;
  KeptDiagnostics said;
  Exclusions exclusions;
  exclusions.read({scratch.file("scores", text)}, columns, said);
  return exclusions;
}

constexpr Nanos kTen = 10 * kSecond;

}  // namespace

TEST_CASE("alerts and scores of 1 and more exclude, in either format; rows without a score do not") {
  const Exclusions found = read(
      R"({"timestamp":10,"service":"a","metric":"m","value":1,"score":1.0,"alert":0}
{"timestamp":11,"service":"a","metric":"m","value":1,"score":0.2,"alert":1}
{"timestamp":12,"service":"a","metric":"m","value":1,"score":0.99,"alert":0}
{"timestamp":13,"service":"a","metric":"m","value":null,"score":null,"alert":0}
)");
  CHECK(found.count() == 2);
  CHECK(found.contains("m{service=\"a\"}", kTen));
  CHECK(found.contains("m{service=\"a\"}", kTen + kSecond));
  CHECK_FALSE(found.contains("m{service=\"a\"}", kTen + 2 * kSecond));
  CHECK_FALSE(found.contains("m", kTen));
  CHECK(read("timestamp,metric,value,score\n10,m,1,3\n").contains("m", kTen));
}

TEST_CASE("series are named as they are in training") {
  record::Columns columns;
  columns.values = {"load"};
  CHECK(read("timestamp,host,load,score\n10,h,1,3\n", columns).contains("load", kTen));
  columns.by = {"host"};
  CHECK(read("timestamp,host,load,score\n10,h,1,3\n", columns).contains("load{host=\"h\"}", kTen));
  // Several value columns were scored as sample lines.
  columns.values = {"load", "temp"};
  columns.split_values = true;
  CHECK(
      read("timestamp,host,metric,value,score\n10,h,temp,1,3\n", columns).contains("temp{host=\"h\"}", kTen));
  // Joint rows have the key that the record has.
  record::Columns joint;
  joint.values = {"a", "b"};
  joint.by = {"host"};
  CHECK(read("timestamp,host,a,b,score\n10,h,1,1,3\n", joint).contains("{host=\"h\"}", kTen));
}

TEST_CASE("a file that is not of scores, or damaged, is refused: it would exclude nothing in silence") {
  CHECK_THROWS_AS(read("timestamp,metric,value\n10,m,1\n"), InputError);
  CHECK_THROWS_AS(read("{\"timestamp\":10,\"metric\":\"m\",\"value\":1,\"score\":2}\n{\"timestamp\":\n"),
                  InputError);
  CHECK(read("").empty());
  KeptDiagnostics said;
  Exclusions exclusions;
  CHECK_THROWS_AS(exclusions.read({"/nonexistent"}, record::Columns(), said), InputError);
}
