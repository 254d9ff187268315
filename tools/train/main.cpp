// aiops-train: learns what is usual from history, and keeps the versions of what it learned.
#include "commands.hpp"

int main(int argc, char** argv) {
  using namespace aiops;
  cli::Command tool("aiops-train", "learn from history what is usual");
  tool.describe(
      "Reads samples, feature rows or any rows with numbers, and fits a detector to each series. The result "
      "is a new version of the model in --models, which is tested and comes into use if it is no worse than "
      "the one in use; aiops-score uses it. Versions before it stay until they are pruned.");
  tool.describe(
      "Each value column is a series of its own, seen through five features: value, delta, rolling_mean, "
      "rolling_std "
      "and zscore. With --features the columns named are scored together instead, so that one model sees, "
      "for "
      "example, all ten features of an endpoint's requests.");
  tool.describe(
      "The same input, options and seed give the same model, byte for byte, whatever the number of threads. "
      "Rows "
      "with a missing input, records of other kinds and rows older than the newest of their series are left "
      "out. If "
      "lines could not be read, the model is made of the rest and the exit status is 3.");
  tools::declare_train(tool);
  tool.section(
      "BACK-TEST",
      "Before a version is written, the last fifth of each series (--backtest) is scored by a detector "
      "trained on the rows before it; the version itself is then trained on all. Its alerts are counted as "
      "aiops-score would give them. Then known anomalies are tried, each by itself: spike, dip, level-shift, "
      "drift, variance and flat-line, as aiops-inject makes them, of 8 robust standard deviations, each "
      "twice "
      "in a series at places that the seed chooses, no longer than half of the part. One is found if the "
      "score reaches 1 in its rows or the 5 behind it, where it does not without the anomaly; the delay is "
      "from its first row to that one. With more than 500 series, 500 that the seed chooses get anomalies. "
      "There are none in columns scored together (--features), nor where features came with the records and "
      "were computed over another window than 60 samples. A series is left out if fewer than 20 rows would "
      "be "
      "tested, or fewer than --min-samples stand before them. The card has the figures: alerts a day, of all "
      "series and of each, and of each kind the share found and the median delay.");
  tool.section(
      "PROMOTION",
      "A new version comes into use (current) if it is no worse than the one in use. Both are held against "
      "the same rows of the back-test with the same anomalies, over the series that both know: rows that are "
      "newer than what the version in use was trained on, which it follows up to there; where these are "
      "fewer than 20, all tested rows, with detectors that were trained on all of them. Worse is a version "
      "that finds fewer anomalies (of those that only one of the two finds, more are lost than gained, by "
      "more "
      "than 5 % of all anomalies and more than twice the square root of the number that only one finds), or "
      "that gives more alerts (by more than a quarter, and more than twice the square root of both counts "
      "together): what chance explains is not worse. A version that is not promoted is kept, the exit "
      "status is 1, and `aiops-train rollback --models DIR VERSION` brings it into use by hand. Nothing is "
      "compared with --backtest 0, --promote always, or a version in use that looks at other columns: then "
      "the new one comes into use.");
  tool.section(
      "FEEDBACK",
      "--feedback reads intervals of series with a verdict (aiops-formats(5)). missed: something was wrong "
      "and "
      "nobody was told. Its rows are left out of training, as those of --exclude are; the card counts them. "
      "expected: it was alerted on, and is nothing to alert on. It is learned like other rows, and the "
      "version remembers what it looked like: the range of its values, from what is usual (the central 98 % "
      "of the series' other values) to its extreme and a tenth of its distance from the median beyond, on "
      "the "
      "side to which it went; where it was strange, but not for its values, just these. A later row over the "
      "threshold that lies in this range is not alerted and has the status expected_before, for one and a "
      "half times as long as the interval was, and the refractory period; the episode is over after 8 rows, "
      "and as much time as the interval was, below the threshold and with usual values. What is larger, goes "
      "the other "
      "way or lasts longer is something else until it is over, and alerts. Versions that follow take over "
      "what the one in use was told, 32 episodes "
      "of a series at most.");
  tool.example("aiops-train --models models/shop < week.ndjson", "A model of every series of a week.");
  tool.example("aiops-train --train-window 14d --exclude scores.ndjson history/*.csv",
               "The last two weeks, without what was scored anomalous.");
  tool.example(
      "aiops-features requests < log.ndjson | aiops-train --features request_count,duration_mean,error_rate",
      "One model for each endpoint over three features of its requests.");
  tool.add(tools::make_list());
  tool.add(tools::make_show());
  tool.add(tools::make_rollback());
  tool.add(tools::make_prune());
  tool.add(tools::make_check());
  return cli::run_main(argc, argv, tool);
}
