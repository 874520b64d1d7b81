// SPDX-License-Identifier: EUPL-1.2
// The chunked transfer coding (RFC 9112, section 7.1), read from bytes in pieces. Extensions and trailers are read over and
// forgotten: nothing a client says after the head may count as a header. A plain value; one thread at a time.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace flora::http {

class ChunkedReader {
 public:
  enum class State : std::uint8_t { kMore, kDone, kMalformed, kTooLarge };

  explicit ChunkedReader(std::size_t bytes_max) : bytes_max_(bytes_max) {}

  // Reads on and appends what the chunks hold to `body` (nullptr: forgets it). Returns how many bytes were consumed: all,
  // unless the coding ended or is wrong. `state` tells how it stands.
  std::size_t feed(std::string_view bytes, std::string* body);
  State state() const { return state_; }

 private:
  enum class At : std::uint8_t { kSize, kExtension, kSizeFeed, kData, kDataReturn, kDataFeed, kTrailer, kTrailerFeed };
  bool step(char c);  // one byte that is no data; false: malformed
  bool end_of_size();
  std::size_t bytes_max_;
  State state_ = State::kMore;
  At at_ = At::kSize;
  std::uint64_t left_ = 0;    // of the chunk
  std::size_t total_ = 0;     // of all chunks
  std::size_t digits_ = 0;    // of the size being read
  std::size_t overhead_ = 0;  // bytes of sizes, extensions and trailers in a row: bounded
  std::size_t line_ = 0;      // of the trailer line being read
};

}  // namespace flora::http
