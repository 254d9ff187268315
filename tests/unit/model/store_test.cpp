#include "model/store.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::model;
namespace fs = std::filesystem;

namespace {

std::string bundle_bytes(const std::string& input) { return BundleWriter(schema_of({input})).bytes(); }

}  // namespace

TEST_CASE("versions are numbered, complete and in use as they are added") {
  const Scratch scratch;
  Store store(scratch.path / "models" / "shop");
  CHECK(store.versions().empty());
  CHECK_FALSE(store.current());
  {
    const Store::Lock lock = store.lock();
    CHECK(store.add(lock, bundle_bytes("a"), "{}") == 1);
    CHECK(store.current() == 1);
    CHECK(store.add(lock, bundle_bytes("b"), "{\"b\":1}") == 2);
  }
  CHECK(store.versions() == std::vector<int>{1, 2});
  CHECK(store.current() == 2);
  CHECK(store.card(2) == "{\"b\":1}");
  CHECK(fs::read_symlink(store.directory() / "current") == "v0002");  // relative: the folder can be moved
  const LoadedModel model = open_model(store.directory());
  CHECK(model.name == "shop/v0002");
  CHECK(model.bundle.schema().inputs == std::vector<std::string>{"b"});
}

TEST_CASE("a version can be added without coming into use") {
  const Scratch scratch;
  Store store(scratch.path);
  const Store::Lock lock = store.lock();
  CHECK(store.add(lock, bundle_bytes("a"), "{}", false) == 1);
  CHECK_FALSE(store.current());
  store.use(lock, 1);
  CHECK(store.add(lock, bundle_bytes("b"), "{}", false) == 2);
  CHECK(store.current() == 1);
}

TEST_CASE("another version can be used, and one that is not used removed") {
  const Scratch scratch;
  Store store(scratch.path);
  const Store::Lock lock = store.lock();
  for (const char* input : {"a", "b", "c"}) store.add(lock, bundle_bytes(input), "{}");
  store.use(lock, 1);
  CHECK(store.current() == 1);
  CHECK_THROWS_AS(store.use(lock, 9), InputError);
  CHECK(store.current() == 1);
  CHECK_THROWS_AS(store.remove(lock, 1), InputError);
  store.remove(lock, 3);
  CHECK(store.versions() == std::vector<int>{1, 2});
  CHECK_THROWS_AS(store.remove(lock, 3), InputError);
  // A number that scores may cite does not come back for another model.
  CHECK(store.add(lock, bundle_bytes("d"), "{}") == 4);
}

TEST_CASE("whoever is refused the lock learns who holds it, unless that one is dead") {
  const Scratch scratch;
  Store store(scratch.path), other(scratch.path);
  const auto refused = [&] {
    try {
      other.lock();
    } catch (const OutputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  std::string host(256, 0);
  gethostname(host.data(), host.size());
  host.resize(host.find('\0'));
  {
    const Store::Lock lock = store.lock();
    store.add(lock, bundle_bytes("a"), "{}");
    const std::string who = " (pid " + std::to_string(getpid()) + " on " + host + ")";
    CHECK(refused() == scratch.path.string() + ": another aiops-train" + who +
                           " is writing here; wait until it has ended");
  }
  // No process has the highest number that there could be.
  const Store::Lock lock = store.lock();
  const int fd = open((scratch.path / ".lock").c_str(), O_WRONLY);
  const std::string dead = "1\n4194304 " + host + "\n";
  CHECK(ftruncate(fd, 0) == 0);
  CHECK(pwrite(fd, dead.data(), dead.size(), 0) == static_cast<ssize_t>(dead.size()));
  close(fd);
  CHECK(refused() ==
        scratch.path.string() + ": another aiops-train is writing here; wait until it has ended");
  CHECK(store.add(lock, bundle_bytes("b"), "{}") == 2);
}

TEST_CASE("what a dead one left in the lock holds nobody up, and the number stays") {
  const Scratch scratch;
  Store store(scratch.path);
  write_file(scratch.path / ".lock", "7\n4194304 somewhere\n");
  {
    const Store::Lock lock = store.lock();
    CHECK(read_file(scratch.path / ".lock").starts_with("7\n" + std::to_string(getpid()) + " "));
    CHECK(store.add(lock, bundle_bytes("a"), "{}") == 8);
  }
  CHECK(read_file(scratch.path / ".lock") == "8\n");
}

TEST_CASE("one at a time: a second lock is refused while the first is held") {
  const Scratch scratch;
  Store store(scratch.path), other(scratch.path);
  {
    const Store::Lock lock = store.lock();
    CHECK_THROWS_AS(other.lock(), OutputError);
  }
  CHECK_NOTHROW(other.lock());
}

TEST_CASE("what a trainer that died left behind is no version, and goes with the next one") {
  const Scratch scratch;
  Store store(scratch.path);
  {
    const Store::Lock lock = store.lock();
    store.add(lock, bundle_bytes("a"), "{}");
  }
  // Died while it wrote the version; before it renamed it; between the link and its rename; half removed.
  fs::create_directory(scratch.path / ".new-v0002");
  write_file(scratch.path / ".new-v0002" / kBundleFile, "half");
  fs::create_symlink("v0002", scratch.path / ".new-current");
  fs::create_directory(scratch.path / ".old-v0001");
  fs::create_directory(scratch.path / "v0003");  // no bundle in it
  CHECK(store.versions() == std::vector<int>{1});
  CHECK(open_model(scratch.path).name.ends_with("/v0001"));
  const Store::Lock lock = store.lock();
  CHECK_FALSE(fs::exists(scratch.path / ".new-v0002"));
  CHECK_FALSE(fs::exists(scratch.path / ".old-v0001"));
  CHECK(store.add(lock, bundle_bytes("b"), "{}") == 2);
  CHECK(store.add(lock, bundle_bytes("c"), "{}") == 3);
  CHECK(open_model(scratch.path).bundle.schema().inputs == std::vector<std::string>{"c"});
}

TEST_CASE("a model opens by its folder, a version's folder, current, or the bundle itself") {
  const Scratch scratch;
  Store store(scratch.path / "shop");
  const Store::Lock lock = store.lock();
  store.add(lock, bundle_bytes("a"), "{}");
  store.add(lock, bundle_bytes("b"), "{}");
  CHECK(open_model(scratch.path / "shop" / "").name == "shop/v0002");
  CHECK(open_model(scratch.path / "shop" / ".").name == "shop/v0002");
  CHECK(open_model(scratch.path / "shop" / "v0001").name == "shop/v0001");
  CHECK(open_model(scratch.path / "shop" / "current").name == "shop/v0002");
  CHECK(open_model(scratch.path / "shop" / "v0001" / "model.bundle").name == "model.bundle");
}

TEST_CASE("what is not there is named, with what to do") {
  const Scratch scratch;
  const std::string path = (scratch.path / "none").string();
  CHECK_THROWS_WITH_AS(
      open_model(path),
      (path + ": there is no model; make one with `aiops-train --models " + path + "`").c_str(), InputError);
  Store store(scratch.path);
  const Store::Lock lock = store.lock();
  store.add(lock, bundle_bytes("a"), "{}");
  store.add(lock, bundle_bytes("b"), "{}");
  fs::remove_all(store.path(2));
  CHECK_THROWS_WITH_AS(open_model(scratch.path),
                       ((scratch.path / "current").string() +
                        ": points to v0002, which is not there; choose another with `aiops-train rollback`")
                           .c_str(),
                       InputError);
  write_file(scratch.path / "file", "x");
  CHECK_THROWS_AS(Store(scratch.path / "file").lock(), OutputError);
}
