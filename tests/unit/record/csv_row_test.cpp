#include "record/csv_row.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using aiops::record::CsvRow;
using aiops::record::undouble;

namespace {

struct Split {
  explicit Split(std::string bytes) : text(std::move(bytes)) {
    const std::size_t n = text.size();
    text += "\n" + std::string(64, '\0');
    result = row.split(text.data(), text.data() + n);
    for (const auto& field : row.fields) {
      std::string value;
      field.doubled ? undouble(field.text(), value) : void(value = field.text());
      fields.push_back(value);
    }
  }
  std::string text;
  CsvRow row;
  CsvRow::Result result;
  std::vector<std::string> fields;
  std::string line() const { return std::string(text.data(), row.line_end); }
};

using Fields = std::vector<std::string>;

}  // namespace

// The rules of RFC 4180, section 2, in their order.
TEST_CASE("CSV records are split as RFC 4180 says") {
  CHECK(Split("a,b,c\r\nd").fields == Fields{"a", "b", "c"});
  CHECK(Split("a,b,c\r\nd").line() == "a,b,c");
  CHECK(Split("a,b").fields == Fields{"a", "b"});
  CHECK(Split(",,").fields == Fields{"", "", ""});
  CHECK(Split(" a , b\n").fields == Fields{" a ", " b"});
  CHECK(Split("\"a\",\"b\"\n").fields == Fields{"a", "b"});
  CHECK(Split("\"a\r\nb\",\"c,d\"\r\n").fields == Fields{"a\r\nb", "c,d"});
  CHECK(Split("\"a\r\nb\",\"c,d\"\r\n").row.breaks == 1);
  CHECK(Split("\"a\"\"b\",\"\"\"\"\n").fields == Fields{"a\"b", "\""});
  CHECK(Split("\"\",x\n").fields == Fields{"", "x"});
}

TEST_CASE("a quote inside a bare field is an ordinary byte; text behind a closing quote is an error") {
  CHECK(Split("5\" pipe,x\n").fields == Fields{"5\" pipe", "x"});
  CHECK(Split("\"a\"b,c\n").result == CsvRow::Result::bad);
}

TEST_CASE("an open quote asks for more") {
  CHECK(Split("a,\"b\nc").result == CsvRow::Result::incomplete);
  CHECK(Split("a,\"b\"\"").result == CsvRow::Result::incomplete);
}
