// SPDX-License-Identifier: EUPL-1.2
#include "cli/system_zones.hpp"

#include <algorithm>
#include <fstream>
#include <optional>

namespace flora::cli {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr std::size_t kFileBytesMax = 256UL * 1024;

// A name of the zone database: no way out of its folder.
bool is_zone_name(std::string_view id) {
  if (id.empty() || id.size() > 64 || id.front() == '/' || id.back() == '/' || id.find("..") != std::string_view::npos)
    return false;
  return std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '+' || c == '-' ||
           c == '/';
  });
}

std::int64_t big_endian(std::string_view bytes) {
  std::uint64_t out = static_cast<unsigned char>(bytes[0]) >= 0x80 ? ~0ULL : 0;
  for (const char c : bytes) out = out << 8 | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(out);
}

struct Header {
  std::size_t utc = 0, standard = 0, leaps = 0, times = 0, types = 0, letters = 0;
  std::size_t size(std::size_t time_bytes) const {
    return times * time_bytes + times + types * 6 + letters + leaps * (time_bytes + 4) + standard + utc;
  }
};
constexpr std::size_t kHeaderBytes = 44;

std::optional<Header> read_header(std::string_view bytes) {
  if (bytes.size() < kHeaderBytes || !bytes.starts_with("TZif")) return std::nullopt;
  const auto count = [&](std::size_t i) { return static_cast<std::size_t>(big_endian(bytes.substr(20 + 4 * i, 4)) & 0xffffff); };
  return Header{count(0), count(1), count(2), count(3), count(4), count(5)};
}

}  // namespace

Result<calendar::Zone> parse_zone_file(std::string id, std::string_view bytes) {
  const auto malformed = [&] { return fail(Code::kMalformed, "zone " + id); };
  const auto old = read_header(bytes);
  if (!old || bytes[4] < '2' || bytes.size() < kHeaderBytes + old->size(4)) return malformed();
  std::string_view rest = bytes.substr(kHeaderBytes + old->size(4));
  const auto header = read_header(rest);
  if (!header || header->types == 0 || rest.size() < kHeaderBytes + header->size(8)) return malformed();
  rest.remove_prefix(kHeaderBytes);
  const std::string_view types = rest.substr(header->times * 9);
  const auto offset_of = [&](std::size_t type) { return static_cast<std::int32_t>(big_endian(types.substr(type * 6, 4))); };
  std::vector<calendar::Zone::Change> changes;
  for (std::size_t i = 0; i < header->times; ++i) {
    const auto type = static_cast<std::size_t>(static_cast<unsigned char>(rest[header->times * 8 + i]));
    if (type >= header->types) return malformed();
    changes.push_back({big_endian(rest.substr(i * 8, 8)), offset_of(type)});
  }
  std::string_view footer = rest.substr(header->size(8));
  std::optional<calendar::YearlyRule> tail;
  if (footer.size() > 2 && footer.front() == '\n' && footer.back() == '\n') {
    const auto rule = calendar::parse_yearly_rule(footer.substr(1, footer.size() - 2));
    if (rule) tail = *rule;
  }
  return calendar::Zone::from_changes(std::move(id), offset_of(0), std::move(changes), tail);
}

const calendar::Zone* SystemZones::find_zone(std::string_view id) const {
  if (const auto* known = calendars_.find_zone(id)) return known;
  if (const auto at = read_.find(id); at != read_.end()) return at->second.get();
  auto& entry = read_[std::string(id)];
  if (!is_zone_name(id)) return nullptr;
  std::ifstream file("/usr/share/zoneinfo/" + std::string(id), std::ios::binary);
  std::string bytes(kFileBytesMax, '\0');
  file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(file.gcount()));
  if (auto zone = parse_zone_file(std::string(id), bytes)) entry = std::make_unique<calendar::Zone>(*std::move(zone));
  return entry.get();
}

}  // namespace flora::cli
