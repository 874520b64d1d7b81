// SPDX-License-Identifier: EUPL-1.2
#include "http/chunked.hpp"

#include <algorithm>

namespace flora::http {

namespace {

// Sizes have at most eight digits; extensions and trailers have no use here and little room.
constexpr std::size_t kDigitsMax = 8;
constexpr std::size_t kExtensionBytesMax = 256;
constexpr std::size_t kTrailerBytesMax = 4096;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_text(char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f); }

}  // namespace

bool ChunkedReader::end_of_size() {
  if (digits_ == 0) return false;
  digits_ = 0;
  if (left_ == 0) {
    at_ = At::kTrailer;
    line_ = overhead_ = 0;
    return true;
  }
  if (left_ > bytes_max_ - total_) {
    state_ = State::kTooLarge;
    return true;
  }
  total_ += left_;
  overhead_ = 0;
  at_ = At::kData;
  return true;
}

bool ChunkedReader::step(char c) {
  switch (at_) {
    case At::kSize:
      if (const int digit = hex_digit(c); digit >= 0) {
        if (++digits_ > kDigitsMax) return false;
        left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
        return true;
      }
      if (digits_ == 0) return false;
      if (c == '\r')
        at_ = At::kSizeFeed;
      else if (c == ';' || c == ' ' || c == '\t')
        at_ = At::kExtension;
      else
        return false;
      return true;
    case At::kExtension:
      if (++overhead_ > kExtensionBytesMax) return false;
      if (c == '\r') at_ = At::kSizeFeed;
      return c == '\r' || is_text(c);
    case At::kSizeFeed: return c == '\n' && end_of_size();
    case At::kDataReturn: at_ = At::kDataFeed; return c == '\r';
    case At::kDataFeed:
      at_ = At::kSize;
      left_ = 0;
      return c == '\n';
    case At::kTrailer:
      if (++overhead_ > kTrailerBytesMax) return false;
      if (c == '\r') {
        at_ = At::kTrailerFeed;
        return true;
      }
      ++line_;
      return is_text(c);
    case At::kTrailerFeed:
      if (line_ == 0) state_ = State::kDone;
      line_ = 0;
      at_ = At::kTrailer;
      return c == '\n';
    case At::kData: break;
  }
  return false;
}

std::size_t ChunkedReader::feed(std::string_view bytes, std::string* body) {
  std::size_t used = 0;
  while (state_ == State::kMore && used < bytes.size()) {
    if (at_ == At::kData) {
      const std::size_t n = std::min<std::uint64_t>(left_, bytes.size() - used);
      if (body != nullptr) body->append(bytes.substr(used, n));
      used += n;
      left_ -= n;
      if (left_ == 0) at_ = At::kDataReturn;
    } else if (step(bytes[used])) {
      ++used;
    } else {
      state_ = State::kMalformed;
    }
  }
  return used;
}

}  // namespace flora::http
