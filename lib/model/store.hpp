// Versions of a model on disk: DIR/v0001/, v0002/, …, each with a bundle and a card, and DIR/current, a
// symbolic link to the one in use.
//
// A version is written under a temporary name and renamed when it is complete and on the disk; `current` is
// replaced by a rename. So a reader, and a crash at any moment, sees the old version or the new one, never a
// part of one.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "model/bundle.hpp"

namespace aiops::model {

inline constexpr std::string_view kBundleFile = "model.bundle";
inline constexpr std::string_view kCardFile = "card.json";

class Store {
 public:
  // Creates nothing until a version is added. directory: one model's, "models/default".
  explicit Store(std::filesystem::path directory) : directory_(std::move(directory)) {}

  const std::filesystem::path& directory() const { return directory_; }
  // Numbers of the complete versions, ascending; empty if there is no such folder.
  std::vector<int> versions() const;
  // The version in use; nullopt if there is none.
  std::optional<int> current() const;
  std::filesystem::path path(int version) const;  // DIR/v0001
  static std::string version_name(int version);   // "v0001"
  // card.json of a version. Throws InputError.
  std::string card(int version) const;

  // Held by whoever changes the store; given up when it goes, or when the process dies.
  class Lock {
   public:
    Lock(Lock&&) = default;
    Lock& operator=(Lock&&) = default;
    ~Lock();

   private:
    friend class Store;
    Lock() = default;
    Fd fd_;
  };
  // Creates the folder if need be. Throws OutputError, which names the process, if someone else holds the
  // lock. A process that died holds none, whatever it left.
  Lock lock();

  // Each of these needs the lock. add() writes the next version, makes it current if `use`, and returns its
  // number. Throw OutputError; use() and remove() InputError if there is no such version, remove() also if it
  // is current.
  int add(const Lock&, std::string_view bundle, std::string_view card, bool use = true);
  void use(const Lock&, int version);
  void remove(const Lock&, int version);

 private:
  void note(const Lock&, int version);

  std::filesystem::path directory_;
};

// A bundle and the name under which scores cite it: "default/v0003".
struct LoadedModel {
  Bundle bundle;
  std::string name;
  std::filesystem::path path;  // of the bundle file
};

struct FoundModel {
  std::string name;            // as scores cite it
  std::filesystem::path path;  // of the bundle file, which was not looked into
};

// Where a model stands; as open_model(), which reads it, too.
FoundModel find_model(const std::filesystem::path& path);

// path: a model's folder (its current version), a version's folder, or a bundle file. Throws InputError that
// says what was looked for and how to make it.
LoadedModel open_model(const std::filesystem::path& path);

}  // namespace aiops::model
