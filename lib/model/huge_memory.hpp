// Memory for what is large, read at random, and kept: pieces of chunks that the system is asked to back with
// pages of 2 MB, so that thousands of forests need few entries of the address cache.
#pragma once

#include <cstddef>
#include <memory>

namespace aiops::model {

// `size` bytes, aligned to 64, of undefined content. A chunk is given back when all that was taken of it is
// gone. Any thread.
std::shared_ptr<std::byte> take_huge(std::size_t size);

}  // namespace aiops::model
