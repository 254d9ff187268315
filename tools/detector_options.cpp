#include "detector_options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <set>
#include <string_view>
#include <vector>

#include "base/number.hpp"
#include "base/text.hpp"
#include "record/writer.hpp"

namespace aiops::tools {
namespace {

void forest(cli::Command& command, model::Parameters& parameters) {
  model::IsolationForestParameters& forest = parameters.isolation_forest;
  command.option("--contamination", "SHARE", forest.contamination,
                 "Share of usual rows that may score above the threshold.", 1e-9, 0.5);
  command.option("--trees", "N", forest.trees, "Trees: more make scores steadier and slower.", 1, 10'000);
  command.option("--samples", "N", forest.samples, "Rows that a tree is grown from. Up to 256 score fastest.",
                 2, 65'536);
  command.option(
      "--range-weight", "X", forest.range_weight,
      "How much counts that a row lies outside of everything seen in training; 0 leaves it to the forest, "
      "which cannot tell such rows from the largest that it has seen.",
      0, 100);
}

void season(cli::Command& command, model::Parameters& parameters) {
  command
      .custom(
          "--season", "auto|none|DURATION|N",
          [&parameters](const std::string& text) {
            parameters.holt_winters.season = parameters.seasonal_esd.season =
                model::SeasonLength::parse(text);
          },
          "How long a season is (24h, or a number of samples); auto looks for it in the history.")
      .preset = "auto";
}

void holt_winters(cli::Command& command, model::Parameters& parameters) {
  model::HoltWintersParameters& given = parameters.holt_winters;
  const auto one_of = [&command](std::string names, std::vector<std::string> choices, std::string help,
                                 std::function<void(const std::string&)> set) {
    cli::Option option;
    option.names = std::move(names);
    option.value = join(choices, "|");
    option.help = std::move(help);
    option.preset = choices.front();
    option.choices = std::move(choices);
    option.set = std::move(set);
    command.declare(std::move(option));
  };
  one_of("--season-kind", {"auto", "additive", "multiplicative"},
         "Whether the season adds to the level, or is a factor of it; auto takes what fits better.",
         [&given](const std::string& text) {
           given.season_kind.reset();
           if (text == "additive") given.season_kind = model::EtsSeason::additive;
           if (text == "multiplicative") given.season_kind = model::EtsSeason::multiplicative;
         });
  one_of("--trend", {"auto", "none", "damped", "linear"},
         "Whether the level has a slope, and whether that dies away; auto takes what fits best.",
         [&given](const std::string& text) {
           given.trend.reset();
           if (text == "none") given.trend = model::EtsTrend::none;
           if (text == "damped") given.trend = model::EtsTrend::damped;
           if (text == "linear") given.trend = model::EtsTrend::linear;
         });
  command.option(
      "--confidence", "SHARE", given.confidence,
      "Share of usual rows that lie within the prediction interval, at whose bounds the score is 1.", 0.5,
      1 - 1e-9);
}

void seasonal_esd(cli::Command& command, model::Parameters& parameters) {
  command.option(
      "--significance", "PROBABILITY", parameters.seasonal_esd.significance,
      "Of the test: how likely it may be that any of the samples that one is compared with are taken "
      "for outliers where errors are normal.",
      1e-12, 0.5);
}

void ensemble(cli::Command& command, model::Parameters& parameters) {
  command.option(
      "--members", "DETECTORS", parameters.ensemble.members,
      "The detectors of the ensemble. Without training, those that have to be trained are left out.");
}

// Options under one heading, and whose they are.
struct Group {
  std::string_view heading;
  std::vector<std::string_view> detectors;
  void (*declare)(cli::Command& command, model::Parameters& parameters);
};

// A new detector has its row here.
const std::vector<Group>& groups() {
  static const std::vector<Group> table = {
      {"Isolation forest", {"isolation-forest"}, forest},
      {"Season", {"holt-winters", "seasonal-esd"}, season},
      {"Holt-Winters", {"holt-winters"}, holt_winters},
      {"Seasonal ESD", {"seasonal-esd"}, seasonal_esd},
      {"Ensemble", {"ensemble"}, ensemble},
  };
  return table;
}

bool usable(const model::DetectorKind& kind, DetectorUse use) {
  return use == DetectorUse::train ? kind.trains : kind.cold;
}

std::string_view training(const model::DetectorKind& kind) {
  if (!kind.cold) return "has to be trained";
  return kind.trains ? "with or without training" : "without training";
}

// Which of its parameters a detector has, those of an ensemble's members among them.
void add_names(std::string_view detector, const model::Parameters& parameters, std::set<std::string>& names) {
  for (const auto& [name, value] : model::find_detector(detector).parameters(parameters)) names.insert(name);
  if (detector != "ensemble") return;
  for (const std::string& member : split(parameters.ensemble.members, ',')) {
    if (member != "ensemble") add_names(member, parameters, names);
  }
}

}  // namespace

void DetectorOptions::declare(cli::Command& command, DetectorUse use, const std::string& help) {
  std::vector<std::string> names;
  for (const model::DetectorKind& kind : model::detectors()) {
    if (usable(kind, use)) names.emplace_back(kind.name);
  }
  command.choice("--detector", name, names, help + " --list-detectors says what each is for.");
  command.flag("--list-detectors", list, "List the detectors and their parameters, and end.");
}

void DetectorOptions::declare_parameters(cli::Command& command, DetectorUse use) {
  for (const Group& group : groups()) {
    const bool any = std::any_of(group.detectors.begin(), group.detectors.end(), [&](std::string_view one) {
      return usable(model::find_detector(one), use);
    });
    if (!any) continue;
    command.group(std::string(group.heading));
    group.declare(command, parameters);
  }
  command.group("");
}

void DetectorOptions::refuse_parameters(const std::string& model) const {
  if (parameters == model::Parameters()) return;
  throw UsageError(
      fmt::format("the model in {} has the parameters that it was trained with; leave the detector's options "
                  "out, or name a detector that works without a model with --detector",
                  printable(model)));
}

void DetectorOptions::refuse_others(std::string_view detector) const {
  std::set<std::string> own;
  add_names(detector, parameters, own);
  for (const model::DetectorKind& kind : model::detectors()) {
    const model::ParameterList given = kind.parameters(parameters), usual = kind.parameters({});
    for (std::size_t i = 0; i < given.size(); ++i) {
      std::string option = given[i].first;
      if (given[i] == usual[i] || own.contains(option)) continue;
      std::replace(option.begin(), option.end(), '_', '-');
      throw UsageError(fmt::format("--{} is none of {}'s options, but of {}'s", option, detector, kind.name));
    }
  }
}

void print_detectors() {
  std::string text;
  for (const model::DetectorKind& kind : model::detectors()) {
    text += fmt::format("{} ({})\n    {}\n", kind.name, training(kind), kind.what);
    std::string line;
    for (const auto& [name, value] : kind.parameters({})) {
      line += ' ' + name + '=';
      if (const double* number = std::get_if<double>(&value)) {
        append_shortest(line, *number);
      } else {
        line += std::get<std::string>(value);
      }
    }
    if (!line.empty()) text += "   " + line + '\n';
  }
  record::Sink sink;
  sink.write(text);
  sink.close();
}

}  // namespace aiops::tools
