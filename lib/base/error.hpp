// Errors and exit statuses, the same for every tool.
//
// The library throws; only cli::run_main catches, prints one line "tool: what" and turns it into an exit
// status. A message says what was wrong, where (file and line, or URL), what was expected and what to do.
#pragma once

#include <stdexcept>
#include <string>

namespace aiops {

enum class Status : int {
  done = 0,
  gate = 1,     // a gate that the user asked for tripped
  usage = 2,    // wrong usage or configuration
  input = 3,    // input that could not be read, or a damaged model
  backend = 4,  // a backend could not be reached, refused, or gave less than was asked for
  output = 5,   // an output could not be written
  interrupted = 130,
};

// The status to exit with when both apply: the first of usage, output, backend, input, gate.
Status worse(Status a, Status b);

class Error : public std::runtime_error {
 public:
  Error(Status status, const std::string& what) : std::runtime_error(what), status_(status) {}
  Status status() const { return status_; }

 private:
  Status status_;
};

struct UsageError : Error {
  explicit UsageError(const std::string& what) : Error(Status::usage, what) {}
};
struct InputError : Error {
  explicit InputError(const std::string& what) : Error(Status::input, what) {}
};
struct BackendError : Error {
  explicit BackendError(const std::string& what) : Error(Status::backend, what) {}
};
struct OutputError : Error {
  explicit OutputError(const std::string& what) : Error(Status::output, what) {}
};

// The reader of our output went away (EPIPE). Not a failure: the tool ends with what it has done so far.
struct ClosedPipe : std::exception {
  const char* what() const noexcept override { return "closed pipe"; }
};

}  // namespace aiops
