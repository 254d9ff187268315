#include "train/promote.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.hpp"
#include "base/text.hpp"

namespace aiops::train {

std::unique_ptr<Champion> champion_of(const model::Store& store, const model::Schema& schema,
                                      Diagnostics& diagnostics) {
  const std::optional<int> version = store.current();
  if (!version) return nullptr;
  const std::string name = model::Store::version_name(*version);
  try {
    Card card;
    const std::filesystem::path file = store.path(*version) / model::kCardFile;
    if (std::filesystem::exists(file)) card = read_card(store.card(*version), file.string());
    model::Bundle bundle = model::Bundle::open(store.path(*version) / model::kBundleFile);
    bundle.verify();
    auto champion = std::make_unique<Champion>(std::move(bundle), std::move(card), name);
    const std::string why = champion->incomparable(schema);
    if (why.empty()) return champion;
    diagnostics.info(fmt::format("not compared with {}, which {}", name, why));
  } catch (const InputError& error) {
    diagnostics.warn(fmt::format("not compared with the version in use: {}", error.what()));
  }
  return nullptr;
}

void decide(Promote promote, const Champion* champion, const FitResult& result, CardFacts& facts) {
  if (champion != nullptr && result.compared.series > 0) facts.champion = champion->name();
  if (promote == Promote::never) {
    facts.promoted = false;
    facts.not_promoted = "--promote never";
  } else if (promote == Promote::if_better && !facts.champion.empty()) {
    facts.not_promoted = result.compared.worse();
    facts.promoted = facts.not_promoted.empty();
  }
}

void tell_promotion(const Champion* champion, const std::string& path, const std::string& models,
                    const CardFacts& facts, const Comparison& compared, Diagnostics& diagnostics) {
  if (!facts.champion.empty()) {
    std::string text = fmt::format(
        "beside {} on {} of {} series{}: {}, {} had {}", facts.champion, count(compared.rows, "row"),
        thousands(compared.series), compared.seen == compared.series ? " that both were trained on" : "",
        count(compared.alerts, "alert"), facts.champion, thousands(compared.champion_alerts));
    if (compared.anomalies > 0) {
      text += fmt::format("; {} of {} anomalies found, {} found {}", thousands(compared.found),
                          thousands(compared.anomalies), facts.champion, thousands(compared.champion_found));
    }
    diagnostics.info(text);
  } else if (champion != nullptr) {
    diagnostics.info(
        fmt::format("not compared with {}: no series that both know has rows enough", champion->name()));
  }
  if (facts.promoted) return;
  const std::string version = std::filesystem::path(path).filename().string();
  diagnostics.warn(fmt::format("{} is not in use: {}; `aiops-train rollback --models {} {}` uses it", path,
                               facts.not_promoted, models, version));
}

}  // namespace aiops::train
