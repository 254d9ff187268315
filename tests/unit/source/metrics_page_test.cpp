// Pages of metrics to samples: rates, resets, averages, quantiles.
#include "source/metrics_page.hpp"

#include <doctest/doctest.h>

using namespace aiops;
using namespace aiops::source;

namespace {

struct Run {
  explicit Run(PageOptions options = {}) : page(std::move(options), 0) {}
  // What a page gives at a second: "metric{labels} value;…"
  std::string at(Nanos second, const std::string& text, bool complete = true) {
    frame.clear();
    page.begin(second * kSecond, false, book, frame);
    page.take(text);
    if (complete) CHECK(page.end());
    std::string out;
    for (const auto& run : frame.runs()) {
      for (std::size_t i = run.begin; i < run.end; ++i) {
        out += run.series->key.text() + " " + std::string(frame.value(frame.points()[i])) + ";";
        run.series->last = frame.points()[i].time;  // as the output does
      }
    }
    return out;
  }
  MetricsPage page;
  SeriesBook book;
  SampleFrame frame{1 << 20};
};

const std::string counter = "# TYPE c counter\nc{a=\"x\"} ";

}  // namespace

TEST_CASE("counters become rates; one that shows less began anew at 0") {
  Run run;
  CHECK(run.at(10, counter + "100\ng 5\n") == "g 5;");
  CHECK(run.at(20, counter + "150\n") == "c:rate{a=\"x\"} 5;");
  CHECK(run.at(30, counter + "20\n") == "c:rate{a=\"x\"} 2;");
  // A page that broke off was not there: the rate is over the time since the one before.
  run.at(40, counter + "1000\n", false);
  CHECK(run.at(50, counter + "60\n") == "c:rate{a=\"x\"} 2;");
  // Not shown, and shown again.
  CHECK(run.at(60, "g 5\n") == "g 5;");
  CHECK(run.at(70, counter + "80\n") == "c:rate{a=\"x\"} 1;");
}

TEST_CASE("raw counters, constants, service, and labels of their own") {
  PageOptions options;
  options.rates = false;
  options.service = "shop";
  options.constants = {{"instance", "h:1"}, {"environment", "eu"}};
  Run run(options);
  CHECK(run.at(10, counter + "1e3\n") == R"(c{service="shop",a="x",environment="eu",instance="h:1"} 1000;)");
  CHECK(run.at(20, "g{application=\"cart\",instance=\"own\"} NaN\n") ==
        R"(g{service="cart",environment="eu",instance="own"} ;)");
  CHECK(run.at(30, "g{z=\"\"} -Inf\n") == R"(g{service="shop",environment="eu",instance="h:1"} ;)");
}

TEST_CASE("histograms give counts, sums, averages and quantiles of what came since the page before") {
  PageOptions options;
  options.quantiles = {0.5};
  Run run(options);
  const auto page = [](int a, int b, int all, int sum) {
    return "# TYPE h histogram\nh_bucket{le=\"0.1\"} " + std::to_string(a) + "\nh_bucket{le=\"1\"} " +
           std::to_string(b) + "\nh_bucket{le=\"+Inf\"} " + std::to_string(all) + "\nh_sum " +
           std::to_string(sum) + "\nh_count " + std::to_string(all) + "\n";
  };
  CHECK(run.at(10, page(100, 200, 200, 50)) == "");
  CHECK(run.at(20, page(110, 230, 230, 80)) ==
        "h_sum:rate 3;h_count:rate 3;h_avg 1;h{quantile=\"0.5\"} 0.325;");
  // Nothing happened: no average, no quantile.
  CHECK(run.at(30, page(110, 230, 230, 80)) == "h_sum:rate 0;h_count:rate 0;h_avg ;h{quantile=\"0.5\"} ;");
  // Began anew.
  CHECK(run.at(40, page(10, 10, 10, 1)) ==
        "h_sum:rate 0.1;h_count:rate 1;h_avg 0.1;h{quantile=\"0.5\"} 0.05;");
}

TEST_CASE("buckets, and quantiles of all that was ever counted") {
  PageOptions options;
  options.rates = false;
  options.buckets = true;
  options.quantiles = {0.5};
  Run run(options);
  CHECK(run.at(10, "# TYPE h histogram\nh_bucket{le=\"2\"} 4\nh_bucket{le=\"+Inf\"} 4\n") ==
        R"(h_bucket{le="2"} 4;h_bucket{le="+Inf"} 4;h{quantile="0.5"} 1;)");
}

TEST_CASE("a series that stands twice is told, and a time that has not moved gives nothing") {
  Run run;
  CHECK(run.at(10, "g 1\ng 2\n") == "g 1;");
  CHECK(run.page.wrong_lines() == 1);
  CHECK(run.page.problems()[0] == ": g stands twice; the first counts");
  CHECK(run.at(20, "t 1 5000\n") == "t 1;");
  CHECK(run.at(30, "t 1 5000\n") == "");
  CHECK(run.at(40, "t 1 6000\nx y\n") == "t 1;");
  CHECK(run.page.problems() == std::vector<std::string>{":2: y is no value: x y"});
}

TEST_CASE("summaries keep their quantiles") {
  Run run;
  run.at(10, "# TYPE s summary\ns{quantile=\"0.5\"} 1\ns_sum 10\ns_count 5\n");
  CHECK(run.at(20, "# TYPE s summary\ns{quantile=\"0.5\"} 2\ns_sum 30\ns_count 10\n") ==
        "s{quantile=\"0.5\"} 2;s_sum:rate 2;s_count:rate 0.5;s_avg 4;");
}
