// What containers and the journal wrap around a line that a program wrote: the Kubernetes CRI's files,
// Docker's json-file driver, `journalctl -o json`.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace aiops::source {

// Views into the line, or into the reader's scratch until it reads the next.
struct WrappedLine {
  std::string_view time;     // as it stands; "": none
  std::string_view stream;   // stdout, stderr
  std::string_view content;  // what the program wrote
  bool partial = false;      // its line goes on in the next one of this stream
  std::vector<std::pair<std::string_view, std::string_view>> fields;  // the others, by their names
};

// 2026-01-31T12:00:00.123456789Z stdout F content; P in place of F is a part of a longer line.
// https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
bool scan_cri(std::string_view line, WrappedLine& out);

// True if the line begins as one of Docker's or the journal's does.
bool looks_like_docker(std::string_view line);
bool looks_like_journal(std::string_view line);

// One thread.
class JsonWrapping {
 public:
  JsonWrapping();
  ~JsonWrapping();
  // Lines with JsonLog::kPadding readable bytes behind. "" or what is wrong.
  // https://docs.docker.com/engine/logging/drivers/json-file/
  const std::string& docker(std::string_view line, WrappedLine& out);
  // https://systemd.io/JOURNAL_EXPORT_FORMATS/
  const std::string& journal(std::string_view line, WrappedLine& out);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// The container that a file of the kubelet holds the log of, by its path:
// /var/log/pods/NAMESPACE_POD_UID/CONTAINER/0.log, /var/log/containers/POD_NAMESPACE_CONTAINER-ID.log; "":
// none.
std::string_view container_of(std::string_view path);

}  // namespace aiops::source
