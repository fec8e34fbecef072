#pragma once
// A vector for megabytes that are filled at once: in huge pages, and not cleared beforehand.

#include <sys/mman.h>

#include <cstddef>
#include <memory>
#include <new>
#include <utility>
#include <vector>

namespace costd {

/// Asks for huge pages for what has at least the size of one: the first touch of each small page
/// costs microseconds on a virtual machine, more than writing it. The part behind the last whole
/// huge page stays in small ones, so that no memory is taken that is not used.
template <typename Value>
class LargePageAllocator {
 public:
  using value_type = Value;

  LargePageAllocator() = default;
  template <typename Other>
  explicit LargePageAllocator(const LargePageAllocator<Other>& /*other*/) noexcept {}

  Value* allocate(std::size_t count) {
    if (count > static_cast<std::size_t>(-1) / sizeof(Value)) throw std::bad_array_new_length();
    const std::size_t bytes = count * sizeof(Value);
    void* const memory = ::operator new(bytes, alignment_of(bytes));
    // A system that does not take the advice gives small pages, which do as well.
    if (bytes >= page_bytes) ::madvise(memory, bytes / page_bytes * page_bytes, MADV_HUGEPAGE);
    return static_cast<Value*>(memory);
  }
  void deallocate(Value* memory, std::size_t count) noexcept {
    ::operator delete(memory, alignment_of(count * sizeof(Value)));
  }

  /// New values without an argument are left as they are where their type allows it.
  template <typename Type>
  void construct(Type* place) {
    ::new (static_cast<void*>(place)) Type;
  }
  template <typename Type, typename... Arguments>
  void construct(Type* place, Arguments&&... arguments) {
    std::construct_at(place, std::forward<Arguments>(arguments)...);
  }

  friend bool operator==(const LargePageAllocator& /*a*/, const LargePageAllocator& /*b*/) {
    return true;
  }

 private:
  static constexpr std::size_t page_bytes = std::size_t{2} << 20;
  static constexpr std::size_t cache_line_bytes = 64;
  static constexpr std::align_val_t alignment_of(std::size_t bytes) {
    static_assert(alignof(Value) <= cache_line_bytes);
    return std::align_val_t{bytes >= page_bytes ? page_bytes : cache_line_bytes};
  }
};

/// resize() does not clear plain values that it adds.
template <typename Value>
using LargeVector = std::vector<Value, LargePageAllocator<Value>>;

}  // namespace costd
