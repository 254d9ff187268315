#include "fields.hpp"

#include <fmt/core.h>

#include "source/known_paths.hpp"

namespace aiops {
namespace {

TimeUnit unit_of(const std::string& name) {
  if (name == "s") return TimeUnit::seconds;
  if (name == "ms") return TimeUnit::milliseconds;
  if (name == "us") return TimeUnit::microseconds;
  if (name == "ns") return TimeUnit::nanoseconds;
  return TimeUnit::automatic;
}

}  // namespace

std::string FieldFlags::names() {
  std::string text =
      "JSON logs and CSV are read by the names that ECS, OpenTelemetry and the usual loggers give their "
      "fields. Nested "
      "objects and dotted names are the same; within attributes, resource and fields the names count too, "
      "behind the "
      "others. Where several could fill a field, the first of this list is taken:\n\n";
  std::string_view field;
  for (const source::KnownPath& known : source::known_paths()) {
    const std::string_view name = source::name_of(known.target);
    text += name == field ? std::string(", ") : fmt::format("{}`{}`\n: ", field.empty() ? "" : "\n", name);
    text += known.path;
    if (known.unit == TimeUnit::nanoseconds) text += " (ns)";
    if (known.unit == TimeUnit::microseconds) text += " (us)";
    if (known.unit == TimeUnit::seconds) text += " (s)";
    field = name;
  }
  return text + "\n";
}

void FieldFlags::declare(cli::Command& command, Of of) {
  const bool lines = of == Of::lines;
  command.group("Fields");
  command.option("--map", "FIELD=PATH", map,
                 fmt::format("Take the field of the record from this field of the {}, as in "
                             "endpoint=http.request.path. FIELD is {}service, severity_text, "
                             "message, method, endpoint, status_code, duration_ms, trace_id, span_id, {}or "
                             "labels.NAME. A field that is mapped is taken from nowhere else.",
                             lines ? "line: a column of CSV, or a path into nested objects with dots"
                                   : "document: a path into nested objects with dots",
                             lines ? "timestamp, " : "", lines ? "metric, value, " : ""));
  command
      .option(
          "--keep", "PATHS", keep,
          fmt::format("Fields that become labels of the same name. {}PATH.* keeps all below a path, '*' all "
                      "that has no other place (NDJSON only).",
                      lines ? "Those of access logs are client, user, virtual_host, bytes, referrer and "
                              "user_agent. "
                            : ""))
      .list = true;
  command.option(
      "--service", "NAME", service,
      fmt::format("The service of records that name none.{}",
                  lines ? " {file} stands for the name of the file up to its first dot, {name} for the name "
                          "without its ending, {folder} and {parent} for the folder that it is in and the "
                          "one above. Without it, containers' logs of Kubernetes get the container's name "
                          "from their path."
                        : ""));
  if (lines) {
    command.option("--metric", "NAME", metric,
                   "The metric of samples that name none; {file} as for --service.");
  }
  command.option("--label", "NAME=TEXT", labels,
                 lines ? "A label for each record; {file} as for --service." : "A label for each record.");
  command.choice("--time-unit", time_unit, {"auto", "s", "ms", "us", "ns"},
                 "Unit of times that are epoch numbers; auto tells it by their magnitude.");
  command.choice(
      "--duration-unit", duration_unit, {"auto", "s", "ms", "us", "ns"},
      fmt::format("Unit of durations whose name tells none (duration, latency, elapsed), of what is "
                  "mapped to duration_ms{}. auto takes {}what is mapped for milliseconds; and leaves "
                  "the others out, which is said.",
                  lines ? ", and of the request times of access logs" : "",
                  lines ? "the latter for seconds if they have a decimal point (nginx), else for "
                          "microseconds (Apache's %D); "
                        : ""));
}

source::MappingOptions FieldFlags::mapping_options() const {
  source::MappingOptions options;
  options.map = map;
  options.keep = keep;
  options.time_unit = unit_of(time_unit);
  options.duration_unit = unit_of(duration_unit);
  return options;
}

}  // namespace aiops
