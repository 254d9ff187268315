#include "record/writer.hpp"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/error.hpp"
#include "base/file.hpp"

using namespace aiops;
using namespace aiops::record;

TEST_CASE("fields are appended to the line as it came") {
  Sink sink;
  Appender out(sink, {"n", "t", "l"});
  const auto row = [&](std::string_view line) {
    sink.buffer().clear();
    out.start(line);
    out.number6(1.0 / 3);
    out.text("a\"b");
    out.list({"x", "y"});
    out.end();
    return sink.buffer();
  };
  out.begin(Format::ndjson, "", "\n");
  CHECK(row("{\"id\":12345678901234567890, \"v\":1.50 }  ") ==
        "{\"id\":12345678901234567890, \"v\":1.50 ,\"n\":0.333333,\"t\":\"a\\\"b\",\"l\":[\"x\",\"y\"]}\n");
  CHECK(row("{ }") == "{ \"n\":0.333333,\"t\":\"a\\\"b\",\"l\":[\"x\",\"y\"]}\n");
  sink.buffer().clear();
  out.begin(Format::csv, "a,b", "\r\n");
  CHECK(sink.buffer() == "a,b,n,t,l\r\n");
  CHECK(row("1,\"x\ny\"") == "1,\"x\ny\",0.333333,\"a\"\"b\",x;y\r\n");
  sink.buffer().clear();
  out.pass("1,2");
  CHECK(sink.buffer() == "1,2,,,\r\n");
  sink.buffer().clear();
}

TEST_CASE("rows, names and texts of any length are written whole") {
  Sink sink;
  for (const std::size_t length : {0, 1, 14, 15, 16, 17, 100, 5000}) {
    const std::string name(length + 1, 'n'), text(length, 't'), line = "{\"x\":\"" + text + "\"";
    Appender out(sink, {name, "number", "list", "integer", name + "2"});
    out.begin(Format::ndjson, "", "\r\n");
    for (int row = 0; row < 2; ++row) {
      out.start(line + "}");
      out.text(text);
      out.number(-1.7976931348623157e+308);
      out.list({text, text});
      out.integer(-9223372036854775807);
      out.missing();
      out.end();
      CHECK(sink.buffer() ==
            fmt::format("{0},\"{1}\":\"{2}\",\"number\":-1.7976931348623157e+308,\"list\":[\"{2}\",\"{2}\"],"
                        "\"integer\":-9223372036854775807,\"{1}2\":null}}\r\n",
                        line, name, text));
      sink.buffer().clear();
    }
  }
}

TEST_CASE("what is not finite is missing, in both formats") {
  Sink sink;
  Appender out(sink, {"a", "b"});
  for (const auto& [format, line, expected] :
       {std::tuple{Format::ndjson, "{\"x\":1}", "{\"x\":1,\"a\":null,\"b\":null}\n"},
        std::tuple{Format::csv, "1", "1,,\n"}}) {
    out.begin(format, "x", "\n");
    sink.buffer().clear();
    out.start(line);
    out.number(NAN);
    out.number6(INFINITY);
    out.end();
    CHECK(sink.buffer() == expected);
    sink.buffer().clear();
  }
}

TEST_CASE("records are written with labels as an object or as columns") {
  Sink sink;
  for (const auto& [format, expected] :
       {std::pair{Format::ndjson,
                  "{\"timestamp\":\"1970-01-01T00:00:01Z\",\"labels\":{\"pod\":\"p\"},\"value\":2}\n{"
                  "\"value\":3}\n"},
        std::pair{Format::csv,
                  "timestamp,labels.pod,labels.zone,value\n1970-01-01T00:00:01Z,p,,2\n,,,3\n"}}) {
    RecordWriter out(sink, format, {"timestamp", "labels.pod", "labels.zone", "value"});
    out.start();
    out.time(0, kSecond);
    out.text(1, "p");
    out.number(3, 2);
    out.end();
    out.start();
    out.number(3, 3);
    out.end();
    CHECK(sink.buffer() == expected);
    sink.buffer().clear();
  }
}

TEST_CASE("what a record lacks leaves no trace, and a time that comes again is written again") {
  Sink sink;
  for (const auto& [format, expected] :
       {std::pair{
            Format::ndjson,
            "{\"t\":\"1970-01-01T00:00:01Z\",\"labels\":{\"a\":\"x,y\",\"b\":\"z\"},\"n\":-7,\"r\":[1]}\n"
            "{\"t\":\"1970-01-01T00:00:01Z\"}\n{}\n{\"labels\":{\"b\":\"z\"}}\n"},
        std::pair{Format::csv,
                  "t,labels.a,labels.b,n,r\n1970-01-01T00:00:01Z,\"x,y\",z,-7,[1]\n1970-01-01T00:00:01Z,,,,\n"
                  ",,,,\n,,z,,\n"}}) {
    RecordWriter out(sink, format, {"t", "labels.a", "labels.b", "n", "r"});
    out.start();
    out.time(0, kSecond);
    out.text(1, "x,y");
    out.text(2, "z");
    out.integer(3, -7);
    out.json(4, "[1]");
    out.end();
    out.start();
    out.time(0, kSecond);
    out.text(1, "");
    out.number(3, NAN);
    out.json(4, "");
    out.end();
    out.start();
    out.time(0, kNoTime);
    out.number6(3, INFINITY);
    out.end();
    out.start();
    out.text(2, "z");
    out.end();
    CHECK(sink.buffer() == expected);
    sink.buffer().clear();
  }
}

TEST_CASE("a file appears when it is complete") {
  const std::string path = std::filesystem::temp_directory_path() / "aiops-sink-test";
  std::filesystem::remove(path);
  {
    Sink sink(path);
    sink.write("half");
    sink.flush();
    CHECK_FALSE(std::filesystem::exists(path));
  }
  CHECK_FALSE(std::filesystem::exists(path));
  Sink sink(path);
  sink.write("whole");
  sink.close();
  CHECK(read_file(path) == "whole");
  std::filesystem::remove(path);
  CHECK_THROWS_AS(Sink("/nowhere/at/all"), OutputError);
}

TEST_CASE("a row of columns is written as its fields one by one are") {
  const double nan = std::nan("");
  const std::vector<double> first = {1, nan, -0.25, 1e300, 0}, second = {nan, 2, 3.5, 1e-9, 123456.7};
  const std::vector<std::string_view> lines = {"{}", "{\"a\":1}", "{ }",
                                               "{\"a\":\"a long text, longer than a chunk\"} ", "{\"b\":2}"};
  for (const Format format : {Format::ndjson, Format::csv}) {
    Sink together{Sink::Memory{}}, apart{Sink::Memory{}};
    Appender columns(together, {"x", "a_name_of_more_than_16_bytes"}),
        fields(apart, {"x", "a_name_of_more_than_16_bytes"});
    columns.begin(format, "a", "\r\n");
    fields.begin(format, "a", "\r\n");
    NumberColumn printed[2];
    printed[0].print(first.data(), first.size());
    printed[1].print(second.data(), second.size());
    columns.rows(lines.data(), printed, 0, lines.size());
    for (std::size_t i = 0; i < lines.size(); ++i) {
      fields.start(lines[i]);
      fields.number6(first[i]);
      fields.number6(second[i]);
      fields.end();
    }
    CHECK(together.buffer() == apart.buffer());
  }
}

TEST_CASE("what is written in either way keeps its order") {
  Sink sink{Sink::Memory{}};
  Appender out(sink, {"n"});
  out.begin(Format::csv, "a", "\n");
  out.pass("1");
  sink.write("between\n");
  out.pass("2");
  sink.buffer() += "and\n";
  out.start("3");
  out.integer(4);
  out.end();
  CHECK(sink.buffer() == "a,n\n1,\nbetween\n2,\nand\n3,4\n");
}

TEST_CASE("what is kept in memory stays where it is, however much it is") {
  Sink sink{Sink::Memory{}};
  char* const first = sink.room(2'000'000);
  sink.wrote(std::fill_n(first, 1'000'000, 'a'));
  sink.wrote(std::fill_n(sink.room(1), 1, 'b'));
  *first = 'A';  // seen at the end only if nobody copied the million for the one behind it
  sink.flush();
  const std::string& all = sink.buffer();
  CHECK(all.size() == 1'000'001);
  CHECK(all.front() == 'A');
  CHECK(all.back() == 'b');
}
