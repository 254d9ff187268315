#include "base/file.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <thread>

#include "base/error.hpp"
#include "support.hpp"

namespace aiops {
namespace {

template <typename Expected, typename Function>
std::string message_of(Function function) {
  try {
    function();
  } catch (const Expected& error) {
    return error.what();
  }
  return "nothing was thrown";
}

struct Pipe {
  Pipe() {
    std::array<int, 2> ends{};
    REQUIRE(::pipe(ends.data()) == 0);
    read_end = Fd(ends[0]);
    write_end = Fd(ends[1]);
  }
  Fd read_end, write_end;
};

std::string read_all(int fd) {
  std::string content;
  std::array<char, 1000> buffer{};
  for (ssize_t got = 0; (got = ::read(fd, buffer.data(), buffer.size())) > 0;) {
    content.append(buffer.data(), static_cast<std::size_t>(got));
  }
  return content;
}

unsigned mode_of(const std::filesystem::path& path) {
  struct stat status {};
  REQUIRE(::stat(path.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

}  // namespace

TEST_CASE("Fd closes what it owns, once") {
  Pipe pipe;
  const int number = pipe.write_end.get();
  Fd moved = std::move(pipe.write_end);
  CHECK_FALSE(pipe.write_end);  // NOLINT(bugprone-use-after-move): that it is empty is the point
  CHECK(moved.get() == number);
  moved.reset();
  CHECK(::fcntl(number, F_GETFD) == -1);
  CHECK(read_all(pipe.read_end.get()).empty());
}

TEST_CASE("read_file reads files, FIFOs and /proc, and names what it cannot read") {
  const ScratchFolder folder;
  const std::string content("a\0b\nc", 5);
  write_file(folder / "a", content);
  CHECK(read_file(folder / "a") == content);
  write_file(folder / "large", std::string(300'000, 'x'));
  CHECK(read_file(folder / "large") == std::string(300'000, 'x'));
  CHECK_FALSE(read_file("/proc/self/stat").empty());

  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  std::thread writer([&folder] { write_file(folder / "fifo", std::string(100'000, 'y')); });
  CHECK(read_file(folder / "fifo") == std::string(100'000, 'y'));
  writer.join();

  const std::string missing = (folder / "missing").string();
  CHECK(message_of<InputError>([&] { read_file(missing); }) ==
        "cannot read " + missing + ": No such file or directory");
  CHECK(message_of<InputError>([&] { read_file(folder.path()); }) ==
        "cannot read " + folder.path().string() + ": Is a directory");
}

TEST_CASE("write_all waits for a reader that is slow") {
  Pipe pipe;
  REQUIRE(::fcntl(pipe.write_end.get(), F_SETFL, O_NONBLOCK) == 0);
  const std::string bytes(1'000'000, 'z');  // more than a pipe holds, so there are short writes and EAGAIN
  std::string got;
  std::thread reader([&] { got = read_all(pipe.read_end.get()); });
  write_all(pipe.write_end.get(), bytes, "pipe");
  pipe.write_end.reset();
  reader.join();
  CHECK(got == bytes);
}

TEST_CASE("write_all tells a closed pipe from a full disk") {
  std::signal(SIGPIPE, SIG_IGN);
  Pipe pipe;
  pipe.read_end.reset();
  CHECK_THROWS_AS(write_all(pipe.write_end.get(), "x", "pipe"), ClosedPipe);

  const Fd full(::open("/dev/full", O_WRONLY));
  REQUIRE(full);
  CHECK(message_of<OutputError>([&] { write_all(full.get(), "x", "standard output"); }) ==
        "cannot write standard output: No space left on device");
  CHECK(message_of<OutputError>([] { write_all(-1, "x", "out.csv"); }) ==
        "cannot write out.csv: Bad file descriptor");
  write_all(-1, "", "nothing to write");
}

TEST_CASE("AtomicFile shows the old content or the new, nothing between") {
  const ScratchFolder folder;
  const auto path = folder / "a.csv";
  {
    AtomicFile file(path);
    file.write("half");
    CHECK_FALSE(std::filesystem::exists(path));
  }
  CHECK(folder.files() == 0);
  write_file(path, "old");
  CHECK(read_file(path) == "old");
  {
    AtomicFile file(path);
    file.write("new, ");
    file.write("half");
    CHECK(read_file(path) == "old");
  }
  CHECK(read_file(path) == "old");
  {
    AtomicFile file(path);
    file.write("new");
    file.commit();
    CHECK(read_file(path) == "new");
    file.commit();  // nothing left to do
  }
  CHECK(read_file(path) == "new");
  CHECK(folder.files() == 1);
}

TEST_CASE("AtomicFile leaves what stood there when the disk is full or the folder is missing") {
  const ScratchFolder folder;
  const std::string missing = (folder / "no").string();
  CHECK(message_of<OutputError>([&] { AtomicFile file(missing + "/a.csv"); }) ==
        "cannot write " + missing + "/a.csv: no file can be made in folder " + missing +
            ": No such file or directory");
  CHECK(message_of<OutputError>([&] { AtomicFile file(folder.path()); }) ==
        "cannot write " + folder.path().string() + ": Is a directory");
  CHECK(message_of<OutputError>([] { write_file("/dev/full", "x"); }) ==
        "cannot write /dev/full: No space left on device");
  CHECK(std::filesystem::is_character_file("/dev/full"));
}

TEST_CASE("two AtomicFiles of one name do not meet") {
  const ScratchFolder folder;
  AtomicFile first(folder / "a"), second(folder / "a");
  first.write("first");
  second.write("second");
  second.commit();
  first.commit();
  CHECK(read_file(folder / "a") == "first");
  CHECK(folder.files() == 1);
}

TEST_CASE("AtomicFile takes the umask's mode for a new file and keeps an old file's") {
  const ScratchFolder folder;
  const mode_t before = ::umask(027);
  write_file(folder / "new", "x");
  ::umask(before);
  CHECK(mode_of(folder / "new") == 0640);
  REQUIRE(::chmod((folder / "new").c_str(), 0600) == 0);
  write_file(folder / "new", "y");
  CHECK(mode_of(folder / "new") == 0600);
  CHECK(read_file(folder / "new") == "y");
}

TEST_CASE("AtomicFile follows links instead of replacing them") {
  const ScratchFolder folder;
  std::filesystem::create_directory(folder / "d");
  std::filesystem::create_symlink("d/target", folder / "relative");
  std::filesystem::create_symlink(folder / "relative", folder / "absolute");
  write_file(folder / "absolute", "to nowhere yet");
  CHECK(read_file(folder / "d/target") == "to nowhere yet");
  write_file(folder / "relative", "again");
  CHECK(read_file(folder / "d/target") == "again");
  CHECK(std::filesystem::is_symlink(folder / "relative"));
  CHECK(std::filesystem::is_symlink(folder / "absolute"));

  std::filesystem::create_symlink("loop", folder / "loop");
  CHECK_THROWS_AS(AtomicFile(folder / "loop"), OutputError);
}

TEST_CASE("AtomicFile writes directly to what is no file") {
  write_file("/dev/null", "x");
  CHECK(std::filesystem::is_character_file("/dev/null"));

  const ScratchFolder folder;
  const auto fifo = folder / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  std::string got;
  std::thread reader([&] { got = read_file(fifo); });
  write_file(fifo, "through");
  reader.join();
  CHECK(got == "through");
  CHECK(std::filesystem::is_fifo(fifo));
}

TEST_CASE("AtomicFile appends to a descriptor of our own that is named as a path") {
  const ScratchFolder folder;
  const Fd log(::open((folder / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600));
  REQUIRE(log);
  write_all(log.get(), "first,", "log");
  write_file("/dev/fd/" + std::to_string(log.get()), "second,");
  write_file("/proc/self/fd/" + std::to_string(log.get()), "third");
  CHECK(read_file(folder / "log") == "first,second,third");
  CHECK_THROWS_AS(write_file("/dev/fd/987654", "x"), OutputError);
}

TEST_CASE("AtomicFile takes a long name and a bare name") {
  const ScratchFolder folder;
  const std::string name(255, 'n');
  write_file(folder / name, "x");
  CHECK(read_file(folder / name) == "x");
  const auto before = std::filesystem::current_path();
  std::filesystem::current_path(folder.path());
  write_file("bare", "y");
  std::filesystem::current_path(before);
  CHECK(read_file(folder / "bare") == "y");
}

TEST_CASE("checksum is XXH64") {
  // Vectors of the xxHash ports for Go (cespare/xxhash) and Python (python-xxhash).
  CHECK(checksum("") == 0xEF46DB3751D8E999u);
  CHECK(checksum("a") == 0xD24EC4F1A98C6E5Bu);
  CHECK(checksum("as") == 0x1C330FB2D66BE179u);
  CHECK(checksum("asd") == 0x631C37CE72A97393u);
  CHECK(checksum("asdf") == 0x415872F599CEA71Eu);
  CHECK(checksum("Call me Ishmael. Some years ago--never mind how long precisely-") == 0x02A2E85470D6FD96u);
  CHECK(checksum("Nobody inspects the spammish repetition") == 0xFBCEA83C8A378BF1u);
}

}  // namespace aiops
