#include "incident/journal.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.hpp"
#include "support.hpp"

using namespace aiops;
using namespace aiops::incident;
using testing::full_incident;

namespace {

struct Folder {
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "aiops-journal-XXXXXX").string();
    path = mkdtemp(name.data());
  }
  ~Folder() { std::filesystem::remove_all(path); }
  std::string file() const { return path + "/j"; }
  std::string path;
};

std::vector<JournalEntry> all(Journal& journal) {
  std::vector<JournalEntry> entries;
  journal.read([&](JournalEntry entry) { entries.push_back(std::move(entry)); });
  return entries;
}

Incident named(const std::string& id) {
  Incident one = full_incident();
  one.id = id;
  return one;
}

}  // namespace

TEST_CASE("the state is what the journal says, in a file or in a folder") {
  Folder folder;
  KeptDiagnostics diagnostics;
  Journal journal(folder.path + "/state/", Journal::Access::stream, diagnostics);
  CHECK(journal.path() == folder.path + "/state/incidents.journal");
  Incident one = named("one");
  CHECK(journal.append(Event::opened, one));
  ++one.revision;
  CHECK(journal.append(Event::updated, one));
  CHECK(journal.append(Event::opened, named("two")));
  Journal again(folder.path + "/state", Journal::Access::read, diagnostics);
  JournalState state;
  again.read([&](JournalEntry entry) { state.add(std::move(entry)); });
  REQUIRE(state.entries().size() == 2);
  CHECK(to_json(state.entries()[0].incident) == to_json(one));
  CHECK(state.entries()[0].event == Event::updated);
  CHECK(state.find("tw")->incident.id == "two");
  CHECK(state.find("three") == nullptr);
  CHECK(diagnostics.warnings.empty());
}

TEST_CASE("a last line that was cut off is told, and removed by the next who writes") {
  Folder folder;
  KeptDiagnostics diagnostics;
  { Journal(folder.file(), Journal::Access::write, diagnostics).append(Event::opened, named("one")); }
  const std::string whole = read_file(folder.file());
  for (const std::size_t cut : {std::size_t{1}, whole.size() / 2, whole.size() - 1}) {
    CAPTURE(cut);
    write_file(folder.file(), whole + whole.substr(0, cut));
    KeptDiagnostics told;
    Journal reader(folder.file(), Journal::Access::read, told);
    CHECK(all(reader).size() == 1);
    REQUIRE(told.warnings.size() == 1);
    CHECK(told.warnings[0].find("j:2: was cut off") != std::string::npos);
    Journal writer(folder.file(), Journal::Access::write, told);
    CHECK(told.warnings.size() == 2);
    CHECK(all(writer).size() == 1);
    CHECK(writer.append(Event::opened, named("two")));
    CHECK(all(reader).size() == 1);
    CHECK(reader.damaged() == 0);
  }
}

TEST_CASE("a line that is damaged is told with its number, and the others hold") {
  Folder folder;
  KeptDiagnostics diagnostics;
  { Journal(folder.file(), Journal::Access::write, diagnostics).append(Event::opened, named("one")); }
  const std::string whole = read_file(folder.file());
  write_file(folder.file(), whole + "no journal\n" + std::string("\0\xff\n", 3) + "{\"at\":1}\n" + whole);
  Journal journal(folder.file(), Journal::Access::read, diagnostics);
  CHECK(all(journal).size() == 2);
  CHECK(journal.damaged() == 3);
  CHECK(diagnostics.warnings[0].find("j:2: ") != std::string::npos);
}

TEST_CASE("whoever writes reads first what others wrote of the incident") {
  Folder folder;
  KeptDiagnostics diagnostics;
  Journal stream(folder.file(), Journal::Access::stream, diagnostics);
  CHECK(stream.append(Event::opened, named("one")));
  Journal person(folder.file(), Journal::Access::write, diagnostics);
  CHECK(all(person).size() == 1);
  Incident resolved = named("one");
  resolved.state = State::resolved;
  CHECK(person.append(Event::resolved, resolved));
  CHECK(stream.append(Event::opened, named("two")));         // another one: no matter
  CHECK_FALSE(stream.append(Event::updated, named("one")));  // this would undo it
  const auto news = all(stream);
  REQUIRE(news.size() == 1);
  CHECK(news[0].incident.state == State::resolved);
  CHECK(stream.append(Event::reopened, named("one")));
}

TEST_CASE("one stream at a time") {
  Folder folder;
  KeptDiagnostics diagnostics;
  Journal stream(folder.file(), Journal::Access::stream, diagnostics);
  CHECK_THROWS_WITH_AS(Journal(folder.file(), Journal::Access::stream, diagnostics),
                       doctest::Contains("another aiops-report incidents"), UsageError);
  CHECK_NOTHROW(Journal(folder.file(), Journal::Access::write, diagnostics));
}

TEST_CASE("what is no journal is refused") {
  Folder folder;
  KeptDiagnostics diagnostics;
  CHECK_THROWS_AS(Journal(folder.file(), Journal::Access::read, diagnostics), InputError);
  CHECK_THROWS_AS(Journal("/dev/null", Journal::Access::write, diagnostics), UsageError);
  CHECK_THROWS_AS(Journal("/proc/no/such", Journal::Access::write, diagnostics), OutputError);
}

TEST_CASE("the state forgets what is resolved before what lasts") {
  JournalState state(2);
  Incident over = named("over");
  over.state = State::resolved;
  state.add({0, Event::opened, named("first")});
  state.add({0, Event::resolved, over});
  state.add({0, Event::opened, named("last")});
  REQUIRE(state.entries().size() == 2);
  CHECK(state.find("over") == nullptr);
  CHECK(state.find("first") != nullptr);
  JournalState alike;
  alike.add({0, Event::opened, named("ab1")});
  alike.add({0, Event::opened, named("ab2")});
  CHECK_THROWS_AS(alike.find("ab"), UsageError);
}
