#include "daemon/state_lock.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "ledger/error.hpp"
#include "tests/daemon/temporary_folder.hpp"

namespace costd {

TEST_CASE("a state directory has one holder, who is named to the second", "[daemon]") {
  const TemporaryFolder folder;
  {
    const StateLock lock(folder.path(), "costd --config a.yaml");
    try {
      const StateLock second(folder.path(), "costd --config b.yaml");
      FAIL("two holders of one state directory");
    } catch (const Error& error) {
      CHECK(error.code() == ErrorCode::refused);
      CHECK_THAT(error.what(),
                 Catch::Contains("costd --config a.yaml (pid " + std::to_string(::getpid()) + ")"));
    }
  }
  CHECK_NOTHROW(StateLock(folder.path(), "costd --config b.yaml"));
}

TEST_CASE("another process's lock is refused by its pid and ends with the process", "[daemon]") {
  const TemporaryFolder folder;
  int ready[2];
  int done[2];
  REQUIRE(::pipe(ready) == 0);
  REQUIRE(::pipe(done) == 0);
  const pid_t child = ::fork();
  if (child == 0) {
    // The child never lets go of the lock by itself: it waits for the pipe and then just ends.
    auto* const held = new StateLock(folder.path(), "costd");
    char byte = held != nullptr ? 'x' : ' ';
    ::close(done[1]);
    if (::write(ready[1], &byte, 1) != 1 || ::read(done[0], &byte, 1) < 0) ::_exit(1);
    ::_exit(0);
  }
  char byte = 0;
  ::close(done[0]);
  REQUIRE(::read(ready[0], &byte, 1) == 1);
  CHECK_THROWS_WITH(StateLock(folder.path(), "costd"),
                    Catch::Contains("pid " + std::to_string(child)));
  ::close(done[1]);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK(status == 0);
  CHECK_NOTHROW(StateLock(folder.path(), "costd"));
  ::close(ready[0]);
  ::close(ready[1]);
}

TEST_CASE("a state directory that is not there is an error of the disk", "[daemon]") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH(StateLock(folder / "absent", "costd"), Catch::Contains("cannot open"));
}

}  // namespace costd
